//! Reports in files on which hands work, and secrets that reach none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Case, SYSTEM};

#[test]
fn what_hands_wrote_survives_every_report() {
    let case = Case::open("worker-crash", &[]);
    let file = case.stand.home().join("report.md");
    let path = file.to_str().unwrap();
    let first = case.incident(&["report", "last", "--output", path]);
    assert!(first.code == 0 && first.out.contains("not known yet: "), "{first:?}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let edited = text
        .replace("\n## Root Cause\n", "\n**Users Affected:** 40 %\n\n## Root Cause\n")
        .replace("| Time (UTC) | Event | By |", "| Time | Event | By |");
    fs::write(&file, edited).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(case.incident(&["note", "last", "one more thing"]).code, 0);
    let second = case.incident(&["report", "last", "--output", path]);
    assert!(
        second.code == 0 && second.out.contains("changed by hand and kept, the record's own beside it: timeline"),
        "{second:?}"
    );
    assert!(!second.out.contains("Users Affected"), "{second:?}");
    let text = fs::read_to_string(&file).unwrap();
    for kept in
        ["**Users Affected:** 40 %", "| Time | Event | By |", "| Time (UTC) | Event | By |", "Note: one more thing"]
    {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640, "as it was");
    let others: Vec<_> = fs::read_dir(case.stand.home()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(others.iter().all(|name| !name.to_string_lossy().ends_with(".midwatch")), "{others:?}");
}

#[test]
fn a_file_that_is_no_report_of_it_is_left_alone() {
    let case = Case::open("none", &[]);
    let file = case.stand.home().join("notes.md");
    let path = file.to_str().unwrap();
    fs::write(&file, "# My notes\n").unwrap();
    let told = case.incident(&["report", "last", "--output", path]);
    assert!(told.code == 5 && told.err.contains("is not the report of"), "{told:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "# My notes\n");
    // the report of another incident
    let other = case.stand.home().join("other.md");
    assert_eq!(case.incident(&["report", "last", "--output", other.to_str().unwrap()]).code, 0);
    assert_eq!(case.looking(&["open", SYSTEM, "--no-look"]).code, 0);
    assert_eq!(case.incident(&["report", "last", "--output", other.to_str().unwrap()]).code, 5);
    // a template of one's own
    fs::write(&file, "# Mine\n<!-- midwatch:summary -->\n<!-- /midwatch:summary -->\n").unwrap();
    let mine = case.incident(&["report", "last", "--template", path]);
    assert!(mine.out.starts_with("# Mine\n") && mine.out.contains("**Status:** "), "{mine:?}");
    fs::write(&file, "<!-- midwatch:sumary -->\n<!-- /midwatch:sumary -->\n").unwrap();
    let wrong = case.incident(&["report", "last", "--template", path]);
    assert!(wrong.code == 2 && wrong.err.contains("line 1: there is no section 'sumary'"), "{wrong:?}");
}

#[test]
fn a_secret_in_a_note_is_written_nowhere() {
    const CANARY: &str = "cAn@ry+\"9f/2\\k&=Z";
    let case = Case::open("worker-crash", &[]);
    let key = format!("api_key={CANARY}");
    let encoded: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    let noted =
        case.incident(&["note", "last", "the key is", CANARY, &encoded, "redis://u:hunter22@h/0", "--var", &key]);
    assert_eq!(noted.code, 0, "{noted:?}");
    let file = fs::read_to_string(case.file()).unwrap();
    let report = case.incident(&["report", "last"]).out;
    for (what, text) in [("file", file), ("report", report), ("show", case.show().to_string())] {
        assert!(text.replace('\\', "").contains("***"), "{what}: {text}");
        for leak in [CANARY, &encoded, "hunter22"] {
            assert!(!text.contains(leak), "{what}: {text}");
        }
    }
}

#[test]
fn a_torn_line_is_told_and_hides_nothing() {
    let case = Case::open("none", &[]);
    assert_eq!(case.incident(&["note", "last", "first"]).code, 0);
    let mut text = fs::read_to_string(case.file()).unwrap();
    text.push_str("{\"v\":1,\"at\":\"2026-11-22T0");
    fs::write(case.file(), &text).unwrap();
    let shown = case.incident(&["show", "last"]);
    assert!(shown.code == 0 && shown.out.contains("Note: first"), "{shown:?}");
    assert!(shown.err.contains("is left out: a writer was stopped there"), "{shown:?}");
    assert_eq!(case.incident(&["note", "last", "second"]).code, 0);
    let shown = case.incident(&["show", "last"]);
    assert!(shown.out.contains("Note: first") && shown.out.contains("Note: second"), "{shown:?}");
}
