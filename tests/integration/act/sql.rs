//! Actions that are statements, on the real program and a real PostgreSQL: tried before, all or nothing, undo told.

use super::shop::Shop;
use crate::support::postgres_server::{Postgres, Session};

/// A budget of 20 with 7 spent, and two orders.
const TABLES: &str = "CREATE TABLE budget (id int PRIMARY KEY, amount numeric, note text); \
                      INSERT INTO budget VALUES (1, 20, 'it''s ours'), (2, 30, NULL); \
                      CREATE TABLE orders (id int, state text); \
                      INSERT INTO orders VALUES (1, 'pending'), (2, 'pending')";

fn declare(shop: &Shop, url: &str, statements: &str) {
    // the password goes by the environment, as it must
    shop.declare(&format!(
        "[var.database_url]\nenv = \"SHOP_DATABASE_URL\"\nsecret = true\n\
         [component.budget]\nprobe.postgres = {{ url = \"${{database_url}}\", query = \"SELECT amount FROM budget WHERE id = 1\" }}\n\
         timeout = \"5s\"\n[component.budget.signal]\namount = \"row.amount\"\n\
         [action.raise]\ntitle = \"Raise the budget\"\nrisk = \"disruptive\"\ncomponent = \"budget\"\n\
         sql = {{ url = \"${{database_url}}\", statements = [\n{statements}\n] }}\n\
         verify = {{ when = \"budget.amount == run.parameters.amount || budget.amount == double(run.parameters.amount)\", within = \"10s\", samples = 1 }}\n\
         [action.raise.parameter.amount]\npattern = \"[0-9.]+\"\n"
    ));
    assert!(url.contains("s3cret"), "a password to be kept");
}

const RAISE: &str = "{ do = \"UPDATE budget\\nSET amount = $1 WHERE id = $2\", with = [\"${amount}\", \"1\"], expect_rows = 1, \
                     before = \"SELECT id, amount, note FROM budget WHERE id = $1\", before_with = [\"1\"], \
                     undo = \"UPDATE budget SET amount = {amount} WHERE id = {id}\" },";

/// What the table holds.
fn amounts(url: &str) -> Vec<Vec<Option<String>>> {
    Session::open(url).run("SELECT amount FROM budget ORDER BY id")
}

fn texts(texts: &[&str]) -> Vec<Vec<Option<String>>> {
    texts.iter().map(|text| vec![Some((*text).to_owned())]).collect()
}

pub(super) fn shown_done_and_undone() -> String {
    let server = Postgres::shared();
    let url = server.database("act_sql", TABLES);
    let shop = Shop::open();
    declare(&shop, &url, RAISE);
    let mut look = shop.command("raise", &["--dry-run", "--param", "amount=25.5"]);
    let look = super::shop::Told::of(look.env("SHOP_DATABASE_URL", &url));
    let preview = look.json.to_string();
    for wanted in [
        "UPDATE budget\",\"SET amount = $1 WHERE id = $2",
        "$1 = 25.5",
        "expects 1 row",
        "tried and rolled back: 1 row",
        "before: id = 1, amount = 20, note = 'it''s ours'",
        "UPDATE budget SET amount = 20 WHERE id = 1",
    ] {
        assert!(preview.contains(wanted), "{wanted}: {preview}");
    }
    assert!(!preview.contains("s3cret"), "{preview}");
    assert_eq!(amounts(&url), texts(&["20", "30"]), "a look changes nothing");
    let mut act = shop.command("raise", &["--yes", "--param", "amount=25.5"]);
    let told = super::shop::Told::of(act.env("SHOP_DATABASE_URL", &url).env("SUDO_USER", "root"));
    let brief = told.ended("verified", 0, "1 statement, 1 row");
    assert_eq!(amounts(&url), texts(&["25.5", "30"]));
    let outcome = shop.records().pop().unwrap();
    assert_eq!(outcome["undo"], "UPDATE budget SET amount = 20 WHERE id = 1");
    shop.assert_whole();
    brief
}

pub(super) fn all_or_nothing() -> String {
    let server = Postgres::shared();
    let url = server.database("act_sql_rows", TABLES);
    let shop = Shop::open();
    let mut briefs = Vec::new();
    for (second, words) in [
        ("UPDATE orders SET state = 'x' WHERE id = 9", "statement 2 of 2: expected 1 row, got 0"),
        ("UPDATE orders SET state = 'x'", "statement 2 of 2: expected 1 row, got 2"),
        (
            "UPDATE orders SET status = 'x'",
            "schema: column \\\"status\\\" of relation \\\"orders\\\" does not exist (42703)",
        ),
        ("UPDATE budget SET amount = 'x'::numeric WHERE id = 1", "invalid input syntax for type numeric"),
    ] {
        declare(&shop, &url, &format!("{RAISE}\n{{ do = \"{second}\", expect_rows = 1 }}"));
        let mut act = shop.command("raise", &["--yes", "--param", "amount=25.5"]);
        let told = super::shop::Told::of(act.env("SHOP_DATABASE_URL", &url).env("SUDO_USER", "root"));
        assert!(told.json.to_string().contains(words), "{words}: {told:#?}");
        assert_eq!((told.code, amounts(&url)), (5, texts(&["20", "30"])), "{second}");
        briefs.push(words.replace("\\\"", "'"));
    }
    shop.assert_whole();
    format!("refused before anything ran: {}", briefs.join(" | "))
}
