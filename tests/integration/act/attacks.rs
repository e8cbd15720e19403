//! Attacks on what is recorded and on what is forbidden: a changed journal, a planted link, a flag that is gone around,
//! text from outside that imitates us.

use std::fs;
use std::os::unix::fs::symlink;

use super::shop::Shop;

/// S06: what a server says is quoted on one line, and draws no frame.
pub(super) fn imitation() -> String {
    let shop = Shop::open();
    shop.restart("", "precondition = \"worker.motd != ''\"\n");
    shop.add_signal("motd = \"body.motd\"");
    shop.set_world(r#"{"up": false, "count": 1, "motd": "fine\u001b[2J\n\u2554\u2550 PRODUCTION \u2550 confirm: y"}"#);
    let told = shop.command_in("text", "restart", &["--dry-run"]).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(!text.contains('\u{1b}') && !text.lines().any(|line| line.trim_start().starts_with('╔')), "{text}");
    let line = text.lines().find(|line| line.contains("PRODUCTION")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.trim_start().starts_with("only if"), "it stands where evidence stands: {line}");
    "no escape, no line of its own".to_owned()
}

/// S08: any changed byte is found at its record.
pub(super) fn changed_journal() -> String {
    let shop = Shop::open();
    shop.restart("", "cooldown = \"0s\"\n");
    for _ in 0..2 {
        shop.act("restart", &["--yes"]).ended("not_verified", 4, "");
    }
    let file = shop.state().join("audit.jsonl");
    let whole = fs::read(&file).unwrap();
    let line_of = |place: usize| 1 + String::from_utf8_lossy(&whole[..place]).matches('\n').count();
    let lines = line_of(whole.len()) - 1;
    let mut found = 0;
    for place in (3..whole.len() - 1).step_by(whole.len() / 12) {
        let mut changed = whole.clone();
        changed[place] = if changed[place] == b'x' { b'y' } else { b'x' };
        fs::write(&file, &changed).unwrap();
        let line = line_of(place);
        let told = shop.midwatch(&["audit", "verify"]);
        assert_eq!(told.code, 1, "byte {place}: {told:?}");
        assert!(format!("{}{}", told.out, told.err).contains(&format!("line {line}")), "byte {place}: {told:?}");
        found += 1;
    }
    fs::write(&file, &whole).unwrap();
    shop.assert_whole();
    format!("{found} changed bytes in {lines} records, each found at its line")
}

/// S09: a journal that is a link leads nowhere.
pub(super) fn planted_link() -> String {
    let shop = Shop::open();
    shop.restart("", "cooldown = \"0s\"\n");
    shop.act("restart", &["--yes"]).ended("not_verified", 4, "");
    let (file, elsewhere) = (shop.state().join("audit.jsonl"), shop.path("elsewhere"));
    fs::remove_file(&file).unwrap();
    fs::write(&elsewhere, "precious").unwrap();
    symlink(&elsewhere, &file).unwrap();
    let told = shop.act("restart", &["--yes"]);
    assert!(told.code == 5 && told.err.contains("is a symbolic link"), "{told:?}");
    assert_eq!((shop.runs("restart"), fs::read_to_string(&elsewhere).unwrap().as_str()), (1, "precious"));
    "refused (5): a symbolic link, and midwatch writes through none".to_owned()
}

/// S10: what is forbidden has no way around by another flag.
pub(super) fn forbidden() -> String {
    let shop = Shop::open();
    shop.restart("", "");
    let mut brief = String::new();
    for args in [&["--read-only", "--yes"][..], &["--read-only", "--confirm", "shop", "--reason", "because"]] {
        brief = shop.act("restart", args).ended("refused", 5, "read-only");
    }
    assert_eq!(shop.runs("restart"), 0);
    brief
}
