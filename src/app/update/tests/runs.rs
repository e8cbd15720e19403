//! Runs that are looked at: ours, somebody else's, cancelled, refused.

use super::*;
use crate::action::{Ending, Outcome, Phase, RunEvent, RunId, Stream};
use crate::app::RunSeen;
use crate::app::act::menu;

fn id(n: u32) -> RunId {
    RunId::new(&format!("0193e0c4-1f2a-7bbb-8ccc-{n:012}")).unwrap()
}

/// A model that looks at the run it started.
fn started() -> Model {
    let mut model = shown("R", preview("restart", Confirm::Yes));
    after(&mut model, 400);
    press(&mut model, &["y"]);
    send(&mut model, Msg::RunBegan { system: "shop".parse().unwrap(), run: id(1) });
    model
}

fn ended(outcome: Outcome, reason: &str) -> RunEvent {
    RunEvent::Ended(Box::new(Ending {
        at: "2026-11-22T02:20:00Z".parse().unwrap(),
        outcome,
        reason: reason.into(),
        verified: false,
        evidence: String::new(),
        done: None,
    }))
}

fn seen(n: u32, live: bool) -> RunSeen {
    RunSeen {
        run: id(n),
        system: "shop".parse().unwrap(),
        action: "restart".into(),
        target: "worker".into(),
        who: "alice@ops1".into(),
        since: "2026-11-22T02:10:00Z".parse().unwrap(),
        live,
    }
}

fn last_event(model: &Model) -> String {
    model.systems[0].log.iter().next_back().map(|event| event.text.clone()).unwrap_or_default()
}

#[test]
fn the_dialog_gives_way_to_its_run_and_both_ends_are_in_the_events() {
    let mut model = started();
    assert!(matches!(model.overlays[..], [Overlay::Run { .. }]));
    assert!(last_event(&model).starts_with("restart confirmed, run "), "{}", last_event(&model));
    let effects = send(&mut model, Msg::RunTold(id(1), ended(Outcome::NotVerified, "no effect")));
    assert_eq!(effects, [Effect::PollNow("shop".parse().unwrap())], "the panels show it at once");
    assert_eq!(last_event(&model), "restart not verified: no effect");
    let events = model.systems[0].log.len();
    assert_eq!(send(&mut model, Msg::RunTold(id(1), ended(Outcome::NotVerified, "no effect"))), []);
    assert_eq!(model.systems[0].log.len(), events, "an end is told once");
    press(&mut model, &["c"]);
    assert!(model.toast.as_ref().is_some_and(|(text, _)| text.contains("has ended")), "a key says why it does nothing");
    press(&mut model, &["Enter"]);
    assert_eq!(model.overlays.len(), 0, "Enter goes on");
}

#[test]
fn closing_the_view_ends_nothing_and_the_list_shows_it_again() {
    let mut model = started();
    assert_eq!(press(&mut model, &["Esc"]), []);
    assert_eq!(menu::runs(&model).iter().filter(|run| run.is_under_way()).count(), 1);
    assert_eq!(press(&mut model, &["u", "Enter"]), [], "it is followed already");
    assert!(matches!(model.overlays.last(), Some(Overlay::Run { run, .. }) if *run == id(1)));
    press(&mut model, &["q", "q"]);
    assert_eq!(model.overlays.len(), 0);
}

#[test]
fn cancelling_asks_and_is_a_request() {
    let mut model = started();
    assert_eq!(press(&mut model, &["c", "n"]), []);
    assert_eq!(press(&mut model, &["y"]), [], "it was not asked any more");
    assert_eq!(press(&mut model, &["c", "y"]), [Effect::CancelRun(id(1))]);
    send(&mut model, Msg::RunTold(id(1), ended(Outcome::Cancelled, "")));
    assert_eq!(press(&mut model, &["c", "y"]), [], "it is over");
}

#[test]
fn a_refusal_for_want_of_a_reason_asks_for_one() {
    let mut model = started();
    let refusal = "restart worked 20 s ago (alice): give a reason to run it again";
    send(&mut model, Msg::RunTold(id(1), ended(Outcome::Refused, refusal)));
    let effects = press(&mut model, &["r"]);
    assert!(matches!(&effects[..], [Effect::Plan { action, .. }] if action.as_str() == "restart"), "{effects:?}");
    plan(&mut model, preview("restart", Confirm::Yes));
    after(&mut model, 1500);
    assert_eq!(press(&mut model, &["Enter"]), [], "a reason is a text");
    assert_eq!(press(&mut model, &["s", "t", "i", "l", "l", "Space", "d", "y", "Enter", "Enter", "y"]), []);
    after(&mut model, 301);
    let effects = press(&mut model, &["y"]);
    let [Effect::Run { given, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(given.reason.as_deref(), Some("still dy"));
    // what was refused for another cause is looked at anew, without a reason
    let mut model = started();
    send(&mut model, Msg::RunTold(id(1), ended(Outcome::Refused, "changed since shown: worker: down, now up")));
    press(&mut model, &["r"]);
    assert!(matches!(model.overlays.last(), Some(Overlay::Confirm(dialog)) if !dialog.asks_reason()));
}

#[test]
fn somebody_elses_run_is_seen_followed_and_holds_its_target() {
    let mut model = model();
    send(&mut model, Msg::RunsSeen(vec![seen(7, true), seen(8, false)]));
    let events: Vec<String> = model.systems[0].log.iter().map(|event| event.text.clone()).collect();
    assert!(events.contains(&"alice@ops1 runs restart on worker".to_owned()), "{events:?}");
    assert!(events.iter().any(|event| event.contains("nobody saw the end")), "{events:?}");
    let entries = menu::entries(&model, None);
    let held = entries.iter().find(|entry| entry.id.as_str() == "restart").and_then(|entry| entry.blocked.clone());
    assert_eq!(held.as_deref(), Some("alice@ops1 runs restart now"));
    assert_eq!(press(&mut model, &["u", "Enter"]), [Effect::FollowRun(id(7))]);
    // one whose end nobody saw is told once by the journal: it stays until it is looked at
    send(&mut model, Msg::RunsSeen(Vec::new()));
    send(&mut model, Msg::RunTold(id(7), ended(Outcome::Verified, "")));
    assert!(menu::runs(&model).iter().all(|run| !run.is_under_way()));
    assert_eq!(menu::runs(&model).iter().filter(|run| run.is_unknown()).count(), 1);
    press(&mut model, &["Esc", "Esc", "u"]);
    assert_eq!(press(&mut model, &["Enter"]), [Effect::FollowRun(id(8))]);
    send(&mut model, Msg::RunTold(id(8), ended(Outcome::Unknown, "its runner is gone")));
    assert_eq!(menu::runs(&model).iter().filter(|run| run.is_unknown()).count(), 0, "it was looked at");
}

#[test]
fn a_run_that_cannot_be_followed_is_told() {
    let mut model = started();
    let (system, action) = ("shop".parse().unwrap(), ActionId::new("restart").unwrap());
    send(&mut model, Msg::NotPlanned { system, action, why: "its feed is gone".into() });
    assert_eq!(toast(&model), "restart: its feed is gone");
}

#[test]
fn a_runner_that_does_not_answer_is_told() {
    let mut model = shown("R", preview("restart", Confirm::Yes));
    after(&mut model, 400);
    press(&mut model, &["y"]);
    send(&mut model, Msg::Failed("acting is not wired yet".into()));
    assert_eq!(stage(&model), Some(&Stage::Failed("acting is not wired yet".into())));
    let mut model = shown("R", preview("restart", Confirm::Yes));
    after(&mut model, 400);
    press(&mut model, &["y"]);
    after(&mut model, 10_000);
    send(&mut model, Msg::Tick);
    let Some(Stage::Failed(why)) = stage(&model) else { panic!("{:?}", stage(&model)) };
    assert!(why.contains("look at the runs"), "{why}");
}

#[test]
fn what_is_read_stays_in_place_while_lines_come() {
    let mut model = started();
    let line = || RunEvent::Line { stream: Stream::Out, text: "x".into() };
    let scroll =
        |model: &Model| if let Some(Overlay::Run { scroll, .. }) = model.overlays.last() { *scroll } else { 9 };
    let at = model.now.wall;
    send(&mut model, Msg::RunTold(id(1), RunEvent::Entered { at, phase: Phase::Running }));
    send(&mut model, Msg::RunTold(id(1), line()));
    assert_eq!(scroll(&model), 0, "the tail is followed");
    press(&mut model, &["k", "k"]);
    send(&mut model, Msg::RunTold(id(1), line()));
    assert_eq!(scroll(&model), 3);
    press(&mut model, &["G"]);
    assert_eq!(scroll(&model), 0);
    press(&mut model, &["k"]);
    send(&mut model, Msg::RunTold(id(1), ended(Outcome::Failed, "exit code 1")));
    assert_eq!(scroll(&model), 0, "the end is shown from its top");
}

#[test]
fn only_so_many_runs_are_kept_and_none_that_goes_on_is_lost() {
    let mut model = started();
    for n in 2..200 {
        send(&mut model, Msg::RunTold(id(n), ended(Outcome::Verified, "")));
    }
    assert_eq!(model.runs.len(), 50);
    assert!(model.runs.contains_key(&id(1)), "it is under way");
}

#[test]
fn behind_the_end_of_a_text_a_key_moves_it_at_once() {
    let mut model = model();
    press(&mut model, &["?", "G"]);
    let scroll = |model: &Model| if let Some(Overlay::Help { scroll }) = model.overlays.last() { *scroll } else { 0 };
    assert!(scroll(&model) > 7, "how long it is was not drawn yet");
    // drawn: the last row that can be the first one
    model.reach = Some(7);
    press(&mut model, &["k"]);
    assert_eq!(scroll(&model), 6);
    press(&mut model, &["j", "j", "j", "k"]);
    assert_eq!(scroll(&model), 6, "nor does it go on behind the end");
}
