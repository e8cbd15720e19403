//! What nobody gets to see of our process: its memory, in a core file or by attaching to it; its secrets, in the report of
//! a panic. As an ordinary user too, for whom it is harder to look at oneself then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use midwatch::action::End;
use rustix::process::{Signal, geteuid};

use crate::execute::runner::{PATIENCE, Plan, Runner, end};
use crate::midwatch::{PATH, home, program};
use crate::support::http_stub::{Answer, Http};
use crate::support::key::Key;
use crate::support::process::Process;

const SECRET: &str = "s3cret-key-0042";

/// A folder that everybody can look into, with a copy of a program in it.
fn open_folder(of: impl AsRef<Path>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(of, dir.path().join("program")).unwrap();
    dir
}

/// What makes an ordinary user of us.
fn ordinary() -> &'static [&'static str] {
    if geteuid().is_root() { &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] } else { &[] }
}

/// A system of one component that is asked with a secret.
fn system(dir: &Path, stub: &Http) -> String {
    stub.otherwise(Answer::json(200, "{}"));
    let file = dir.join("shop.toml");
    let text = format!(
        "title = \"Shop\"\n[var.key]\nenv = \"SHOP_KEY\"\nsecret = true\n[component.api]\n\
         probe.http = {{ url = \"{}\", headers = {{ X-Key = \"${{key}}\" }} }}\n",
        stub.url("/health")
    );
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn s03_no_core_is_written_and_no_other_process_of_the_user_looks_inside() {
    let (dir, stub) = (open_folder(PATH), Http::start());
    let file = system(dir.path(), &stub);
    let mut check = Command::new("sh");
    check
        .args(["-c", "ulimit -c \"$(ulimit -Hc)\"; exec \"$@\"", "sh"])
        .args(ordinary())
        .arg(dir.path().join("program"));
    check.args(["check", "--for", "10m", "--system-file", &file]).current_dir(dir.path()).env("SHOP_KEY", SECRET);
    let check = Process::start("midwatch check", &mut check).unwrap();
    stub.wait_hits("/health", 1);
    let limits = fs::read_to_string(format!("/proc/{}/limits", check.pid())).unwrap();
    let core: Vec<&str> = limits.lines().find(|line| line.contains("core file")).unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{limits}");
    let look = |file: &str| {
        let path = format!("/proc/{}/{file}", check.pid());
        let looked = [ordinary(), &["head", "-c1", &path]].concat();
        Command::new(looked[0]).args(&looked[1..]).output().unwrap().status.success()
    };
    assert!(look("status") && !look("environ") && !look("maps") && !look("mem"));
    check.signal(Signal::ABORT);
    let ended = check.wait_end(PATIENCE).unwrap();
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(Signal::ABORT.as_raw()), false));
}

#[test]
fn s01_the_report_of_a_panic_holds_nothing_of_the_environment() {
    let (home, stub) = (home(), Http::start());
    let file = system(home.path(), &stub);
    for site in ["update", "draw"] {
        let pty = program(home.path())
            .args(["--system-file", &file])
            .env("SHOP_KEY", SECRET)
            .env("MIDWATCH_TEST_PANIC", site);
        let pty = pty.env("RUST_BACKTRACE", "full").env("OTHER_TOKEN", "other-token-77").start().unwrap();
        if site == "update" {
            pty.wait_text("components answer").unwrap();
            pty.send_key(Key::Char('?')).unwrap();
        }
        assert_eq!(pty.exit_status().unwrap().code(), Some(101));
        let said = String::from_utf8_lossy(&pty.raw()).into_owned();
        assert!(said.contains("a panic was asked for"), "{said}");
        assert!(!said.contains(SECRET) && !said.contains("other-token-77"), "{said}");
    }
}

#[test]
fn s03_an_ordinary_user_carries_calls_out_all_the_same() {
    let dir = open_folder(std::env::current_exe().unwrap());
    let script = "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo child $!; exit 0";
    let plan = Plan { argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(), ..Plan::script("/".as_ref(), &[]) };
    let runner = Runner::start_as(ordinary(), &dir.path().join("program"), &plan, &[]);
    let child = runner.wait_said("child ");
    let done = runner.report().done;
    assert_eq!((done.end, done.left_running), (End::Accepted, vec![format!("pid {child}: sleep 1000")]));
    end(&child);
}
