//! T01, T02, T03 and H09: hostile texts on the screen. Every byte of a run is held against the grammar of our frames.

use serde_json::json;
use vt100::Screen;

use super::house::House;
use super::stream::foreign;
use super::{corpus, stream};
use crate::midwatch::{Shop, dismiss, in_body, line, open_alerts, press, program, quit};
use crate::support::http_stub::Answer;
use crate::support::key::Key;
use crate::support::pty::Pty;
use crate::support::terminal::{find, text};

/// Large enough for all payloads at once.
const SIZE: (u16, u16) = (160, 300);

pub(super) fn on_the_screen() -> String {
    let house = House::open();
    let args = ["--system-file".into(), house.file()];
    let pty = program(house.home()).args(&args).size(SIZE.0, SIZE.1).start().unwrap();
    let count = corpus::marked().len();
    let last = format!("z{:03}", count - 1);

    // the entries, alone on the screen
    pty.send_key(Key::Char('z')).unwrap();
    let screen = pty.wait_for("all entries", |screen| in_body(screen, &last)).unwrap();
    let shown = text(&screen);
    let missing: Vec<String> = (0..count).map(|n| format!("z{n:03}")).filter(|mark| !shown.contains(mark)).collect();
    assert!(missing.is_empty(), "not shown: {missing:?}");
    for picture in ["\u{241b}]52;c;", "\u{241b}[31;5m", "\u{2039}U+202E\u{203a}", "\u{2039}U+009B\u{203a}", "שלום"]
    {
        assert!(shown.contains(picture), "{picture} is not shown:\n{shown}");
    }
    aligned(&screen);
    open(&pty, "the entry", "z000");
    leave(&pty);

    pty.send_key(Key::Tab).unwrap();
    let screen = pty.wait_for("the queues", |screen| in_body(screen, "Queues") && in_body(screen, "z0")).unwrap();
    aligned(&screen);
    open(&pty, "the queue", "ValueError");
    leave(&pty);
    // the last row is a failed job
    pty.send_key(Key::Char('G')).unwrap();
    open(&pty, "the failed job", "failed_jobs");
    leave(&pty);
    // of one name there are a queue, a worker and a failed job
    press(&pty, Key::Char('/'), "Enter keeps it");
    pty.send("z000").unwrap();
    pty.send_key(Key::Enter).unwrap();
    pty.wait_text("filter z000").unwrap();
    pty.send_key(Key::Char('G')).unwrap();
    pty.send_key(Key::Char('k')).unwrap();
    open(&pty, "the worker", "heartbeat");
    leave(&pty);
    dismiss(&pty, Key::Esc, "filter z000");

    pty.send_key(Key::Tab).unwrap();
    let screen = pty.wait_for("the services", |screen| in_body(screen, "liar99") && in_body(screen, "LIAR")).unwrap();
    aligned(&screen);
    for component in ["body", "fail", "away", "plain", "liar7"] {
        press(&pty, Key::Char('/'), "Enter keeps it");
        pty.send(component).unwrap();
        pty.send_key(Key::Enter).unwrap();
        pty.wait_text(&format!("filter {component}")).unwrap();
        open(&pty, component, "polled");
        leave(&pty);
        dismiss(&pty, Key::Esc, &format!("filter {component}"));
    }
    let screen = open_alerts(&pty);
    assert!(in_body(&screen, "The word is not calm"), "{}", pty.screen_text());
    press(&pty, Key::Char('e'), "Events, times in");
    let title = String::from_utf8(pty.title().unwrap()).unwrap();
    assert!(title.starts_with("midwatch "), "{title}");
    quit_from_list(&pty);

    let strange = foreign(&pty.raw(), SIZE.0, SIZE.1);
    assert!(strange.is_empty(), "{strange:#?}");
    assert_eq!(pty.clipboard(), None);
    format!("{count} texts in 3 panels, 9 details, alerts, events; {} KiB, all ours", pty.bytes_written() >> 10)
}

/// Opens the selected row: the box over the panel, with a text in it. The panel behind may show the same text.
fn open(pty: &Pty, what: &str, text: &str) {
    pty.send_key(Key::Enter).unwrap();
    pty.wait_for(&format!("the detail of {what}"), |screen| has_box(screen) && in_body(screen, text)).unwrap();
}

/// Goes to the end of the detail and closes it.
fn leave(pty: &Pty) {
    pty.send_key(Key::Char('G')).unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_for("the panel alone", |screen| !has_box(screen)).unwrap();
}

/// True while a box lies over the panel: its corners stand within the rows.
fn has_box(screen: &Screen) -> bool {
    let (rows, columns) = screen.size();
    let inside = usize::from(rows.get()).saturating_sub(5);
    screen.rows(1, columns.get()).skip(3).take(inside).any(|row| row.contains('╭'))
}

fn quit_from_list(pty: &Pty) {
    dismiss(pty, Key::Char('q'), "Events, times in");
    pty.send_key(Key::Char('q')).unwrap();
    pty.wait_for("all panels", |screen| in_body(screen, "Entries") && in_body(screen, "Queues")).unwrap();
    quit(pty);
}

/// The right border of a panel that is alone on the screen stands in one column, whatever its rows hold.
#[track_caller]
fn aligned(screen: &Screen) {
    if let Some(row) = askew(screen) {
        panic!("row {row}: {}", line(screen, row));
    }
}

/// The first row whose border is not there.
fn askew(screen: &Screen) -> Option<u16> {
    let (rows, columns) = screen.size();
    let is_there = |row: u16| {
        let border = screen.cell(row, columns.get() - 1).map(|cell| cell.contents().to_owned());
        border.is_some_and(|border| ["│", "┃", "█", "▐"].contains(&border.as_str()))
    };
    (3..rows.get() - 2).find(|row| !is_there(*row))
}

pub(super) fn at_every_width() -> String {
    let shop = Shop::open();
    let entries: Vec<_> = corpus::marked().into_iter().map(|text| json!({ "text": text, "more": text })).collect();
    let body = json!({ "status": "ok", "orders": 7, "entries": entries });
    shop.http.on("/health", Answer::json(200, &body.to_string()));
    let file = shop.file();
    let system = std::fs::read_to_string(&file).unwrap()
        + "\n[component.api.signal.entries]\nvalue = \"body.entries\"\n[panel.all]\ntitle = \"All\"\nkind = \"table\"\nrows = [\"api.entries\"]\n";
    std::fs::write(&file, system).unwrap();
    let pty = shop.program().size(130, 300).start().unwrap();
    pty.send_key(Key::Char('z')).unwrap();
    pty.send_key(Key::BackTab).unwrap();
    pty.wait_for("the entries alone", |screen| in_body(screen, "z100")).unwrap();
    // below 100 columns there are no borders that could be out of line
    let widths: Vec<u16> = (100..130).step_by(3).chain(101..105).collect();
    for columns in &widths {
        pty.resize(*columns, 300).unwrap();
        // what was written for another width may be drawn over first
        let wanted = format!("an aligned frame of {columns} columns");
        let screen = pty
            .wait_for(&wanted, |screen| {
                find(screen, "╮").is_some_and(|(_, at)| at + 1 == *columns)
                    && in_body(screen, "z100")
                    && askew(screen).is_none()
            })
            .unwrap();
        aligned(&screen);
    }
    press(&pty, Key::Char('z'), "Services");
    quit(&pty);
    let strange = stream::foreign(&pty.raw(), 130, 300);
    assert!(strange.is_empty(), "{strange:#?}");
    format!("columns stay in line at {} widths", widths.len())
}

pub(super) fn huge() -> String {
    let shop = Shop::open();
    let long = format!("begin{}", "\u{65e5}\u{1b}[31m".repeat(60_000));
    let marks = format!("e{}", "\u{301}".repeat(200));
    let body = json!({ "status": long, "orders": 7, "marks": marks });
    shop.http.on("/health", Answer::json(200, &body.to_string()));
    let pty = shop.program().start().unwrap();
    pty.wait_for("the fault", |screen| line(screen, 1).contains("CRITICAL")).unwrap();
    press(&pty, Key::Enter, "Last answer");
    pty.wait_text("begin").unwrap();
    pty.send_key(Key::Char('G')).unwrap();
    pty.wait_for("the mark of what was cut", |screen| text(screen).contains("(+")).unwrap();
    pty.send_key(Key::Esc).unwrap();
    pty.wait_gone("(+").unwrap();
    quit(&pty);
    let raw = pty.raw();
    let strange = foreign(&raw, 120, 40);
    assert!(strange.is_empty(), "{strange:#?}");
    let most = String::from_utf8_lossy(&raw).split(|c| c != '\u{301}').map(str::len).max().unwrap_or(0);
    assert!(most <= 2 * 2, "{most} bytes of marks on one letter");
    "cut with a mark, at most two marks a letter".to_owned()
}
