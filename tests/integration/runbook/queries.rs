//! Checks in SQL, asked of a real PostgreSQL by the real program: what is read, what the server refuses, what is filled in,
//! what is kept of it, and what is said where no database is known.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::midwatch::{dismiss, home, press, program, quit};
use crate::support::command_line::{Run, run};
use crate::support::key::Key;
use crate::support::postgres_server::{Postgres, Session};

const SYSTEM: &str = r#"
title = "Shop"
environment = "staging"
timezone = "UTC"

[var.database_url]
env = "SHOP_DATABASE_URL"
secret = true
about = "its database"

[component.orders]
title = "Orders"
every = "2s"
probe.postgres = { url = "${database_url}", query = "SELECT count(*) AS open FROM orders WHERE state = 'open'" }
healthy = "row.open < 3"

[component.orders.signal]
open = "row.open"
"#;

const RUNBOOK: &str = "\
# Orders stuck

**Scenario:** Orders stay open.
**Severity:** Critical
**Owner:** Shop

## Symptoms

- Many are open <!-- when: orders.open > 2 -->

## Diagnosis

### Check 1: The open ones

```sql
SELECT id, state, note FROM orders
WHERE state = 'open' ORDER BY id;
SELECT count(*) FROM orders;
```

**Expected Output:** A few. <!-- expect: orders.open < 3 -->

### Check 2: One of them

```sql
SELECT id, note FROM orders WHERE id = '<order-id>';
```

### Check 3: It writes where nobody sees it

```sql
SELECT * FROM counted;
```

### Check 4: What changes is no check

```sql
DELETE FROM orders;
```

<!-- class: check -->

## Verification

- [ ] Few are open <!-- expect: orders.open < 3 -->
";

const TABLES: &str = "CREATE TABLE orders (id text, state text, note text);
    INSERT INTO orders VALUES ('a-1', 'open', NULL), ('a-2', 'open', E'\\x1b[2J'), ('a-3', 'done', 'well');
    CREATE FUNCTION touch() RETURNS int LANGUAGE plpgsql VOLATILE AS
      $$ BEGIN INSERT INTO orders VALUES ('x', 'open', 'x'); RETURN 1; END $$;
    CREATE VIEW counted AS SELECT touch() AS n;";

const HOSTILE: &str = "'; drop table orders; --";

struct Stand {
    server: std::sync::Arc<Postgres>,
    url: String,
    home: TempDir,
}

impl Stand {
    fn new(database: &str) -> Self {
        let server = Postgres::shared();
        let url = server.database(database, TABLES);
        let home = home();
        let folder = home.path().join("shop");
        fs::create_dir_all(folder.join("runbooks")).unwrap();
        fs::write(folder.join("system.toml"), SYSTEM).unwrap();
        fs::write(folder.join("runbooks/orders-stuck.md"), RUNBOOK).unwrap();
        Self { server, url, home }
    }

    fn run_with(&self, args: &[&str], more: &[(&str, &str)]) -> Run {
        let (home, folder) = (self.home.path().to_str().unwrap(), self.home.path().join("shop"));
        let args = [args, &["--system-file", folder.to_str().unwrap()]].concat();
        run(args, &[&[("HOME", home), ("XDG_STATE_HOME", home), ("PATH", "/usr/bin:/bin")], more].concat())
    }

    fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, &[("SHOP_DATABASE_URL", &self.url)])
    }

    fn walk(&self, more: &[&str]) -> Run {
        self.run(&[&["runbook", "run", "shop", "orders-stuck", "--yes"], more].concat())
    }

    fn rows(&self) -> Vec<Vec<Option<String>>> {
        Session::open(&self.url).run("SELECT id, state, note FROM orders ORDER BY id")
    }

    /// The file of the incident.
    fn incident(&self) -> PathBuf {
        let folder = fs::read_dir(self.home.path().join("midwatch/incidents")).unwrap();
        let mut files = folder.map(|file| file.unwrap().path());
        files.find(|path| path.extension().is_some_and(|ext| ext == "jsonl")).expect("an incident")
    }

    /// Its events.
    fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.incident()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn a_walk_asks_what_is_shown_and_keeps_what_was_answered() {
    let stand = Stand::new("runbook_walk");
    let before = stand.rows();
    let param = format!("order-id={HOSTILE}");
    let walked = stand.walk(&["--param", &param]);
    let out = &walked.out;
    for line in ["id   state  note", "a-1  open   NULL", "statement 2: 1 row", "    3"] {
        assert!(out.contains(line), "{line}: {walked:?}");
    }
    assert!(!out.contains('\u{1b}'), "{walked:?}");
    // the third check calls a function that inserts
    assert!(out.contains("failed: refused: it writes, and may only read (25006)"), "{walked:?}");
    assert!(out.contains("stopped at step 3"), "{walked:?}");
    assert_eq!(walked.code, 1, "{walked:?}");
    let walked = stand.walk(&["--skip", "3=it writes"]);
    assert!(walked.out.contains("wants hands: destructive: DELETE without WHERE takes every row"), "{walked:?}");
    assert_eq!(stand.rows(), before, "nothing is changed, and the table is there");
    let asked: Vec<Value> = stand.events().into_iter().filter(|event| event["asked"].is_array()).collect();
    let of = |n: u64| asked.iter().rev().find(|event| event["n"] == n).unwrap().clone();
    assert_eq!(of(1)["asked"][0], "-- the database of orders (${database_url}), read only");
    assert_eq!(
        (&of(1)["asked"][1], &of(1)["state"]),
        (&"SELECT id, state, note FROM orders".into(), &"verified".into())
    );
    assert_eq!(of(2)["asked"][1], "SELECT id, note FROM orders WHERE id = $1;", "bound, never spliced");
    assert_eq!(of(2)["asked"][2], format!("-- $1 = {HOSTILE}"));
    let id = stand.incident().file_stem().unwrap().to_str().unwrap().to_owned();
    let home = stand.home.path().to_str().unwrap();
    let report = run(["incident", "report", &id], &[("HOME", home), ("XDG_STATE_HOME", home)]).out;
    assert!(report.contains("```sql") && report.contains("WHERE id = $1;"), "{report}");
}

#[test]
fn no_secret_leaves_the_database_with_its_rows() {
    let stand = Stand::new("runbook_secret");
    let password = "hunter2-of-the-shop";
    let role = format!("CREATE ROLE shop_reader LOGIN PASSWORD '{password}'; GRANT SELECT ON orders TO shop_reader");
    Session::open(&stand.url).run(&role);
    Session::open(&stand.url).run(&format!("INSERT INTO orders VALUES ('b-1', 'open', 'pw {password}')"));
    let url = stand.server.url_as("shop_reader", password);
    let name = stand.url.rsplit('/').next().unwrap();
    let url = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
    let args = ["runbook", "run", "shop", "orders-stuck", "--yes", "--skip", "2=none", "--skip", "3=none"];
    let walked = stand.run_with(&args, &[("SHOP_DATABASE_URL", &url)]);
    assert!(walked.out.contains("b-1") && !walked.out.contains("hunter2"), "{walked:?}");
    let events: String = stand.events().iter().map(Value::to_string).collect();
    assert!(events.contains("b-1") && !events.contains("hunter2"), "{events}");
}

#[test]
fn a_dry_run_shows_the_question_and_whom_it_goes_to_and_asks_nobody() {
    let stand = Stand::new("runbook_dry");
    let args = ["runbook", "run", "shop", "orders-stuck", "--dry-run"];
    let nobody = [("SHOP_DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:1/none")];
    let dry = stand.run_with(&args, &nobody);
    assert_eq!(dry.code, 0, "{dry:?}");
    for told in [
        "would ask the database of orders (${database_url}), read only:",
        "WHERE state = 'open' ORDER BY id;",
        "then look: orders.open < 3",
        "would ask for: order-id (text); then ask the database of orders",
        "WHERE id = $1;",
        "-- $1 = <order-id>",
    ] {
        assert!(dry.out.contains(told), "{told}: {}", dry.out);
    }
    assert!(!dry.out.contains("hunter2"), "{}", dry.out);
}

#[test]
fn a_rehearsal_asks_every_question_and_tells_what_has_no_answer() {
    let stand = Stand::new("runbook_rehearse");
    let rehearsed = |more: &[(&str, &str)]| -> (i32, Vec<(u64, String, String)>) {
        let told = stand.run_with(&["runbook", "rehearse", "shop", "--format", "json"], more);
        let json: Value = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{told:?}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let checks = json["runbooks"][0]["checks"].as_array().unwrap().iter();
        (told.code, checks.map(|c| (c["n"].as_u64().unwrap(), text(&c["state"]), text(&c["because"]))).collect())
    };
    let before = stand.rows();
    let (code, checks) = rehearsed(&[("SHOP_DATABASE_URL", &stand.url)]);
    let of = |checks: &[(u64, String, String)], n: u64| checks.iter().find(|(at, ..)| *at == n).cloned().unwrap();
    assert_eq!(of(&checks, 1), (1, "ok".into(), "2 rows, 1 row; orders.open = 2 < 3".into()));
    let (_, state, because) = of(&checks, 3);
    assert!(state == "not_made" && because.contains("it writes, and may only read"), "{because}");
    assert_eq!((of(&checks, 4).1.as_str(), code), ("left_out", 1), "{checks:?}");
    assert_eq!(stand.rows(), before);
    let (code, checks) = rehearsed(&[]);
    let (_, state, because) = of(&checks, 1);
    assert_eq!((state.as_str(), code), ("not_made", 1), "{checks:?}");
    assert!(because.contains("missing") && because.contains("database_url"), "{because}");
}

#[test]
fn on_the_screen_enter_asks_and_the_rows_stand_beneath_the_step() {
    let stand = Stand::new("runbook_screen");
    let before = stand.rows();
    let program = program(stand.home.path()).env("SHOP_DATABASE_URL", &stand.url);
    let pty = program.args(["--system-file", stand.home.path().join("shop").to_str().unwrap()]).start().unwrap();
    pty.wait_text("all 1 components answer").unwrap();
    press(&pty, Key::Char('b'), "Orders stuck");
    press(&pty, Key::Enter, "ask the database of orders (${database_url}), read only");
    press(&pty, Key::Enter, "fill in order-id");
    let screen = pty.screen_text();
    assert!(screen.contains("as expected"), "{screen}");
    pty.send_key(Key::Enter).unwrap();
    pty.wait_text("step 2 needs it: a text").unwrap();
    crate::recovery::hands::answer(&pty, HOSTILE);
    pty.wait_text("2 of 5 behind").unwrap();
    press(&pty, Key::Enter, "it writes, and may only read (25006)");
    assert_eq!(stand.rows(), before, "nothing is changed, and the table is there");
    dismiss(&pty, Key::Char('q'), "2 of 5 behind");
    quit(&pty);
}
