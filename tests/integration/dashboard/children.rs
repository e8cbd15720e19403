//! The programs that a dashboard starts for its probes: none reaches its terminal, and none outlives it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::midwatch::{home, program};
use crate::support::eventually::eventually;
use crate::support::process::processes;
use crate::support::pty::Pty;

/// A dashboard over a component whose probe runs a script of this text.
fn watch(home: &Path, probe: &str, script: &str) -> Pty {
    let tool = home.join("tool");
    std::fs::write(&tool, format!("#!/bin/sh\n{}\n", script.replace("HOME", home.to_str().unwrap()))).unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = home.join("shop.toml");
    let probe = probe.replace("TOOL", tool.to_str().unwrap());
    let text = format!("title = \"Shop\"\n[component.tool]\nevery = \"1s\"\ntimeout = \"1s\"\n{probe}\n");
    std::fs::write(&file, text).unwrap();
    program(home).args(["--system-file".as_ref(), file.as_os_str()]).start().unwrap()
}

#[test]
fn a_program_that_writes_to_the_terminal_has_none() {
    let home = home();
    let script =
        "if (echo GARBLED > /dev/tty); then echo wrote >> HOME/told; else echo none >> HOME/told; fi 2>/dev/null";
    let pty = watch(home.path(), "probe.command = { argv = [\"TOOL\"] }", script);
    let told = eventually("it has tried twice", Duration::from_secs(60), || {
        std::fs::read_to_string(home.path().join("told")).ok().filter(|told| told.lines().count() > 1)
    });
    assert!(told.lines().all(|line| line == "none"), "it had a terminal: {told}");
    pty.wait_text("all 1 components answer").unwrap();
    assert!(!String::from_utf8_lossy(&pty.raw()).contains("GARBLED"));
}

#[test]
fn a_program_that_follows_ends_with_a_dashboard_that_is_killed() {
    let home = home();
    let script = "echo $$ > HOME/pid.new; mv HOME/pid.new HOME/pid; echo started; exec sleep 600";
    let pty = watch(home.path(), "probe.log = { command = [\"TOOL\"], patterns.errors = \"ERROR\" }", script);
    let follower = eventually("it follows", Duration::from_secs(60), || {
        std::fs::read_to_string(home.path().join("pid")).ok()?.trim().parse::<u32>().ok()
    });
    let lives = |id: u32| processes().any(|process| process.id == id);
    let guards = || processes().any(|process| process.parent == pty.pid() && process.id != follower);
    eventually("its guard is there", Duration::from_secs(60), || (lives(follower) && guards()).then_some(()));
    pty.signal(Signal::KILL).unwrap();
    eventually("nobody follows for nobody", Duration::from_secs(5), || (!lives(follower)).then_some(()));
}
