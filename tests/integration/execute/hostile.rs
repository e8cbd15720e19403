//! What a command is given and what it says: arguments of any kind, floods, escape sequences, secrets; and what it gets
//! to know of our own environment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use midwatch::action::End;
use proptest::prelude::*;

use crate::execute::runner::{PATIENCE, Plan, Runner, Shim, nul_separated};
use crate::support::eventually::eventually;
use crate::support::process::descendants;

const SECRET: &str = "s3cret-key-0042";

#[test]
fn a06_a_flood_with_escapes_and_secrets_blocks_nobody_and_leaks_nothing() {
    let flood = format!(
        "yes 'key={SECRET} and more' | head -c 25000000; head -c 25000000 /dev/urandom; echo; \
         printf 'a\\033]52;c;ZXZpbA==\\007b\\r\\342\\200\\256c\\n' >&2; printf s3cret; printf -- '-key-%s\\nlast' 0042"
    );
    let shim = Shim::new(&flood);
    let runner = Runner::start(&Plan { secrets: vec![SECRET.into()], ..shim.plan(&[]) }, &[]);
    let report = runner.report();
    assert_eq!((report.done.end, report.done.exit_code), (End::Accepted, Some(0)), "{:?}", report.done);
    let said = runner.said();
    for lines in [&said, &report.tail] {
        assert!(lines.iter().any(|line| line == "key=*** and more"));
        assert_eq!(lines.last().map(String::as_str), Some("last"));
        assert!(lines.contains(&"***".to_owned()), "a secret in two pieces");
        let bad = lines.iter().find(|line| line.contains("s3cret") || line.contains(char::is_control));
        assert_eq!(bad, None);
    }
    let whole = format!("{said:?}");
    assert!(whole.len() < 2 << 20, "{} bytes were told", whole.len());
    assert!(report.tail.iter().any(|line| line.contains("left out")));
    assert!(report.grown < 16 << 10, "{} KiB", report.grown);
}

#[test]
fn a06_escape_sequences_on_either_output_are_pictures() {
    let shim = Shim::new("printf 'a\\033]52;c;ZXZpbA==\\007b\\rc\\342\\200\\256d\\n'; printf '\\033[2Jx\\n' >&2");
    let runner = Runner::start(&shim.plan(&[]), &[]);
    let mut tail = runner.report().tail;
    tail.sort();
    assert_eq!(tail, ["a\u{241b}]52;c;ZXZpbA==\u{2407}b", "c\u{2039}U+202E\u{203a}d", "\u{241b}[2Jx"]);
}

/// Runs the shim that writes down what it was given, and returns that.
fn arrived(arguments: &[String]) -> Vec<String> {
    let shim = Shim::new("cat /proc/$$/cmdline >\"$0.argv\"");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = Runner::start(&shim.plan(&arguments), &[]).report().done;
    assert_eq!((done.end, done.reason.as_str()), (End::Accepted, ""));
    nul_separated(shim.path().with_extension("argv")).split_off(2)
}

#[test]
fn a14_arguments_that_a_shell_would_read_arrive_as_they_are() {
    let arguments =
        ["--help", "-x", "; rm -rf /", "$(id)", "`id`", "a\nb", "*", "", " ", "\u{1b}[31m", "'\"\\", "${HOME}"]
            .map(str::to_owned);
    assert_eq!(arrived(&arguments), arguments);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a14_any_arguments_arrive_byte_for_byte(arguments in prop::collection::vec("[^\u{0}]{0,40}", 1..40)) {
        prop_assert_eq!(arrived(&arguments), arguments);
    }
}

#[test]
fn a14_what_no_program_can_take_is_not_started() {
    let shim = Shim::new("echo started");
    for (argument, words) in [
        ("a\0b".to_owned(), "not started: an argument holds a NUL byte"),
        ("x".repeat(200 << 10), "not started: an argument is longer than the system takes (128 KiB on Linux)"),
    ] {
        let report = Runner::start(&shim.plan(&[&argument]), &[]).report();
        assert_eq!((report.done.end, report.done.reason.as_str()), (End::Failed, words));
        assert_eq!((report.done.exit_code, report.tail.len()), (None, 0));
    }
}

#[test]
fn a15_what_others_could_have_exchanged_since_it_was_found_is_not_started() {
    let shim = Shim::new("touch \"$0.ran\"");
    let run = |mode: u32, folder: u32| {
        fs::set_permissions(shim.path(), fs::Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(shim.dir.path(), fs::Permissions::from_mode(folder)).unwrap();
        let plan = Plan { argv: vec![shim.path().to_str().unwrap().to_owned()], ..shim.plan(&[]) };
        let done = Runner::start(&plan, &[]).report().done;
        assert_eq!(shim.path().with_extension("ran").exists(), done.end == End::Accepted, "{done:?}");
        done
    };
    for (mode, folder, words) in [
        (0o644, 0o700, "is not executable: chmod +x"),
        (0o777, 0o700, "can be changed by everybody"),
        (0o755, 0o777, "can be changed by everybody"),
        (0o755, 0o1777, "can be changed by everybody"),
    ] {
        let done = run(mode, folder);
        assert!(done.end == End::Failed && done.reason.contains(words), "{mode:o} {folder:o}: {done:?}");
    }
    assert_eq!(run(0o755, 0o700).end, End::Accepted);
    let gone = Plan { argv: vec!["/nowhere/at/all".into()], ..shim.plan(&[]) };
    let done = Runner::start(&gone, &[]).report().done;
    assert_eq!((done.end, done.reason.as_str()), (End::Failed, "/nowhere/at/all: there is no such program"));
}

#[test]
fn a15_a_script_without_an_interpreter_says_so() {
    let shim = Shim::new("");
    for (text, words) in [("#!/nowhere/sh\n", "the interpreter in its first line"), ("echo x\n", "no program of this")]
    {
        let file = shim.dir.path().join("odd");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        let plan = Plan { argv: vec![file.to_str().unwrap().to_owned()], ..shim.plan(&[]) };
        let done = Runner::start(&plan, &[]).report().done;
        assert!(done.end == End::Failed && done.reason.contains(words), "{done:?}");
    }
}

#[test]
fn s02_a_command_knows_a_few_names_of_our_environment_and_no_secret_is_in_any_argv() {
    let shim = Shim::new("echo ready; cat \"$1\" | cat; exit 0");
    let fifo = shim.dir.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let plan =
        Plan { secrets: vec![SECRET.into()], extra: vec!["ASKED".into()], ..shim.plan(&[fifo.to_str().unwrap()]) };
    let env = [
        ("HOME", "/root"),
        ("LC_ALL", "C.UTF-8"),
        ("API_KEY", SECRET),
        ("SSH_AUTH_SOCK", "/run/agent"),
        ("LD_LIBRARY_PATH", "/nowhere"),
        ("ASKED", "yes"),
    ];
    let runner = Runner::start(&plan, &env);
    runner.wait_said("ready");
    let family = eventually("the shell and both ends of its pipeline", PATIENCE, || {
        Some(descendants(runner.pid())).filter(|family| family.len() == 3)
    });
    for id in &family {
        let mut known = nul_separated(format!("/proc/{id}/environ"));
        known.retain(|entry| !entry.starts_with("PWD=") && !entry.starts_with("OLDPWD=") && !entry.starts_with("_="));
        known.sort();
        assert_eq!(known, ["ASKED=yes", "HOME=/root", "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"]);
        assert!(!fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap().contains(SECRET));
    }
    assert_eq!(fs::read_link(format!("/proc/{}/fd/0", family[0])).unwrap().to_str(), Some("/dev/null"));
    // opening it is what the command waits for
    fs::write(&fifo, "").unwrap();
    assert_eq!(runner.report().done.end, End::Accepted);
}
