//! The demo: faults by its own menu and from the command line, seen by the production probes.

use std::time::{Duration, Instant};

use crate::midwatch::{dismiss, home, in_body, line, press, program, quit};
use crate::support::key::Key;
use crate::support::terminal::find;

/// How long a recovery may take to show.
const RECOVERY: Duration = Duration::from_secs(15);

#[test]
fn a_fault_of_the_menu_shows_and_heals() {
    let home = home();
    let pty = program(home.path()).args(["demo", "--system", "sabine"]).start().unwrap();
    pty.wait_for("a calm demo", |screen| line(screen, 0).contains("DEMO") && line(screen, 1).contains("OK")).unwrap();

    press(&pty, Key::Char('F'), "Simulated faults");
    // the second row is the first fault
    pty.send_key(Key::Down).unwrap();
    pty.send_key(Key::Enter).unwrap();
    pty.wait_for("the fault's name", |screen| line(screen, 0).contains("fault worker-crash")).unwrap();
    pty.wait_for("the crash", |screen| line(screen, 1).contains("CRITICAL") && line(screen, 1).contains("Worker"))
        .unwrap();

    press(&pty, Key::Char('/'), "Enter keeps it");
    pty.send("worker").unwrap();
    pty.send_key(Key::Enter).unwrap();
    press(&pty, Key::Enter, "Last errors");
    dismiss(&pty, Key::Char('q'), "Last errors");
    // the end of the filter is seen before the next key: Esc and a letter in one piece are Alt and the letter
    pty.send_key(Key::Esc).unwrap();
    pty.wait_for("all rows", |screen| in_body(screen, "Supabase")).unwrap();

    press(&pty, Key::Char('F'), "Simulated faults");
    pty.send_key(Key::Char('g')).unwrap();
    pty.send_key(Key::Up).unwrap();
    let healed = Instant::now();
    pty.send_key(Key::Enter).unwrap();
    // rq keeps the dead worker's key for minutes, which stays a warning, as in life
    pty.wait_for("the recovery", |screen| {
        line(screen, 0).contains("no fault")
            && !line(screen, 1).contains("CRITICAL")
            && in_body(screen, "Worker is up again")
    })
    .unwrap();
    assert!(healed.elapsed() < RECOVERY, "{:?}", healed.elapsed());
    quit(&pty);
}

#[test]
fn it_opens_on_the_fleet_and_inside_a_fault_on_its_system() {
    let home = home();
    let pty = program(home.path()).args(["demo"]).start().unwrap();
    let all = ["sabine", "agent-team", "moose", "chat-api", "control-plane"];
    pty.wait_for("a tile of each", |screen| all.iter().all(|name| find(screen, name).is_some())).unwrap();
    quit(&pty);
    let pty = program(home.path()).args(["demo", "--fault", "moose/budget-kill"]).start().unwrap();
    pty.wait_for("its screen", |screen| line(screen, 0).contains("moose") && line(screen, 1).contains("CRITICAL"))
        .unwrap();
    quit(&pty);
}

#[test]
fn a_fault_of_the_command_line_is_there_from_the_start() {
    let home = home();
    let pty = program(home.path()).args(["demo", "--fault", "redis-down"]).start().unwrap();
    pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL") && line(screen, 1).contains("Redis"))
        .unwrap();
    for (columns, rows) in [(80, 24), (40, 12), (200, 60)] {
        pty.resize(columns, rows).unwrap();
        let wanted = format!("the fault at {columns}x{rows}");
        pty.wait_for(&wanted, |screen| find(screen, "CRITICAL").is_some() && in_body(screen, "Redis")).unwrap();
    }
    quit(&pty);
}
