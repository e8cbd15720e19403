//! A check in SQL as keys and messages in, effects out: it is asked once, what it expects is judged behind its answer, and
//! without an answer nothing is as it should be.

use super::*;
use crate::app::CheckEnd;
use crate::base::ComponentId;
use crate::config::RunbookFile;
use crate::runbook::Database;
use crate::runbook::walk::Walk;

const RUNBOOK: &str = "# Worker crash\n\n**Scenario:** gone\n**Severity:** Critical\n\n## Diagnosis\n\n\
    ### Check 1: Rows\n\n```sql\nSELECT count(*) FROM jobs;\n```\n\nExpected. <!-- expect: worker.up -->\n\n\
    ### Check 2: One\n\n```sql\nSELECT * FROM jobs WHERE id = '<job>';\n```\n";

fn walked() -> Model {
    let mut model = model();
    let file = RunbookFile::new("runbooks/worker-crash.md".as_ref(), RUNBOOK).unwrap();
    Arc::make_mut(&mut model.systems[0].system).runbooks = [file].into();
    press(&mut model, &["b", "Enter"]);
    let book = model.recovery.book_mut().unwrap();
    let mut runbook = (**book.walk.runbook()).clone();
    let component = ComponentId::new("worker").unwrap();
    runbook.steps.iter_mut().for_each(|step| {
        step.asked = Database::Of { component: component.clone(), address: "${database_url}".to_owned() };
    });
    book.walk = Walk::new(Arc::new(runbook));
    model
}

fn word(model: &Model, n: usize) -> &str {
    model.recovery.book().unwrap().walk.marked(n).word()
}

fn asked(effects: &[Effect]) -> Vec<String> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Query { query, .. } => Some(query.lines().join(" ")),
        _ => None,
    });
    lines.collect()
}

fn answer(model: &mut Model, n: usize, outcome: Result<&str, &str>) -> Vec<Effect> {
    let book = model.recovery.shown.clone().unwrap();
    let end = |line: &str| CheckEnd { lines: vec![line.to_owned()], ended: "1 row".into(), well: true };
    send(model, Msg::Checked { book, n, outcome: outcome.map(end).map_err(str::to_owned) })
}

#[test]
fn a_question_is_asked_and_what_is_expected_is_judged_behind_its_answer() {
    for (outcome, up, word_of_it) in [
        (Ok("count"), true, "as expected"),
        (Ok("count"), false, "not as expected"),
        // whatever the signals say: what was asked has no answer
        (Err("missing: database_url is not set"), true, "looked at"),
        (Err("refused"), false, "not as expected"),
    ] {
        let mut model = walked();
        let effects = press(&mut model, &["Enter"]);
        assert_eq!(asked(&effects), ["SELECT count(*) FROM jobs;"]);
        assert!(effects.iter().any(|effect| matches!(effect, Effect::PollNow(_))), "fresh samples are asked for");
        poll(&mut model, up);
        send(&mut model, Msg::Tick);
        assert_eq!(word(&model, 1), "running", "its answer is waited for");
        answer(&mut model, 1, outcome);
        poll(&mut model, up);
        send(&mut model, Msg::Tick);
        assert_eq!(word(&model, 1), word_of_it, "{outcome:?} {up}");
        let book = model.recovery.book().unwrap();
        let told = &book.printed[&1][0];
        assert!(outcome.map_or_else(|why| told.contains(why), |line| told == line), "{told}");
    }
}

#[test]
fn what_is_typed_is_a_value_beside_the_text_and_stands_in_the_record() {
    let mut model = walked();
    model.recovery.book_mut().unwrap().walk.mark(1, crate::runbook::walk::Mark::Done);
    assert!(asked(&press(&mut model, &["Enter"])).is_empty(), "it asks for a value first");
    let typed: Vec<String> =
        "'; drop table x; --".chars().map(|c| if c == ' ' { "Space".into() } else { c.into() }).collect();
    press(&mut model, &typed.iter().map(String::as_str).collect::<Vec<_>>());
    after(&mut model, 400);
    let effects = press(&mut model, &["Enter"]);
    assert_eq!(asked(&effects), ["SELECT * FROM jobs WHERE id = $1; -- $1 = '; drop table x; --"]);
    let effects = answer(&mut model, 2, Err("refused: it writes, and may only read (25006)"));
    assert_eq!(word(&model, 2), "failed");
    let recorded = format!("{effects:?}");
    assert!(recorded.contains("WHERE id = $1;") && recorded.contains("-- $1 = '; drop table x; --"), "{recorded}");
}
