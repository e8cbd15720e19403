//! Walking and remembering as keys and messages in, effects out: what marks a step and what does not, what is written down,
//! and that watching alone writes nothing.

use super::*;
use crate::action::{Ending, Outcome, RunEvent, RunId};
use crate::app::recovery::Book;
use crate::app::recovery::desk::AWAITED;
use crate::config::RunbookFile;
use crate::incident::{Event, Incident, IncidentId, Kind, StepState};
use crate::runbook::walk::Mark;

const RUNBOOK: &str = "# Worker crash\n\n**Scenario:** gone\n**Severity:** Critical\n\n## Symptoms\n\n- It is silent <!-- when: !worker.up -->\n\n\
    ## Immediate Actions\n\n1. **Triage** — is it up? <!-- expect: worker.up --> <!-- within: 20s -->\n2. **Communication** — tell the team\n\n\
    ## Resolution Steps\n\n1. Restart it. <!-- action: restart -->\n\n\
    ## Verification\n\n- [ ] It answers <!-- expect: worker.up --> <!-- within: 60s -->\n";

fn walked() -> Model {
    let mut model = model();
    let file = RunbookFile::new("runbooks/worker-crash.md".as_ref(), RUNBOOK).unwrap();
    Arc::make_mut(&mut model.systems[0].system).runbooks = [file].into();
    press(&mut model, &["b", "Enter"]);
    assert_eq!(model.screen, Screen::Runbook);
    model
}

fn book(model: &Model) -> &Book {
    model.recovery.book().unwrap()
}

fn marks(model: &Model) -> Vec<&str> {
    book(model).steps().into_iter().map(|n| book(model).walk.marked(n).word()).collect()
}

/// What is written down: `opened`, or the state of a step.
fn written(effects: &[Effect]) -> Vec<String> {
    let records = effects.iter().filter_map(|effect| match effect {
        Effect::Record { opened, events, .. } => Some((opened.is_some(), events)),
        _ => None,
    });
    records
        .flat_map(|(opened, events)| {
            let told = events.iter().filter_map(|event| match &event.kind {
                Kind::Step(told) => Some(format!("{} {}", told.n, told.state.word())),
                Kind::Transition(turn) if !opened => Some(format!("{} {}", turn.id, turn.to)),
                Kind::Note { text } => Some(text.clone()),
                Kind::Closed { .. } => Some("closed".to_owned()),
                _ => None,
            });
            opened.then(|| "opened".to_owned()).into_iter().chain(told).collect::<Vec<_>>()
        })
        .collect()
}

fn polled(model: &mut Model, up: bool) -> Vec<Effect> {
    let mut effects = poll(model, up);
    effects.extend(send(model, Msg::Tick));
    effects
}

fn run() -> RunId {
    RunId::new("0193e0c4-1f2a-7bbb-8ccc-0000deadbeef").unwrap()
}

fn ended(outcome: Outcome) -> Msg {
    let ending = Ending {
        at: "2026-11-22T02:52:00Z".parse().unwrap(),
        outcome,
        verified: outcome == Outcome::Verified,
        reason: if outcome == Outcome::Verified { String::new() } else { "no effect".into() },
        evidence: "worker.up = true".into(),
        done: None,
    };
    Msg::RunTold(run(), RunEvent::Ended(Box::new(ending)))
}

#[test]
fn what_is_expected_is_judged_on_samples_of_after_the_step_began() {
    let mut model = walked();
    let began = press(&mut model, &["Enter"]);
    assert_eq!(written(&began), ["opened", "1 begun"]);
    assert!(began.iter().any(|effect| matches!(effect, Effect::PollNow(_))), "fresh samples are asked for");
    // what was known before the step proves nothing
    assert_eq!(written(&send(&mut model, Msg::Tick)), [""; 0]);
    assert_eq!(written(&polled(&mut model, false)), [""; 0]);
    assert_eq!(marks(&model)[0], "running");
    assert_eq!(written(&polled(&mut model, true)), ["1 verified", "worker up"]);
    assert_eq!(book(&model).walk.current(), Some(2));
}

#[test]
fn a_step_that_is_not_proved_stops_the_walk_until_somebody_decides() {
    let mut model = walked();
    press(&mut model, &["Enter"]);
    for _ in 0..5 {
        polled(&mut model, false);
    }
    assert_eq!((marks(&model)[0], book(&model).walk.current()), ("not verified", Some(1)));
    // on another step Enter only shows it
    let effects = press(&mut model, &["j", "Enter"]);
    assert!(effects.is_empty() && matches!(model.overlays.last(), Some(Overlay::Step { n: 2, .. })), "{effects:?}");
    press(&mut model, &["Esc", "k", "s"]);
    after(&mut model, 400);
    press(&mut model, &["Enter"]);
    assert!(matches!(model.overlays.last(), Some(Overlay::Ask(_))), "no step is left out without a reason");
    let effects = press(&mut model, &["s", "o", "Enter"]);
    assert_eq!(written(&effects), ["1 skipped"]);
    assert_eq!(written(&press(&mut model, &["Enter"])), ["2 done"], "its human says so");
}

/// At the action's step, with a preview shown.
fn at_the_action() -> Model {
    let mut model = walked();
    let key = model.recovery.shown.clone().unwrap();
    let book = model.recovery.books.get_mut(&key).unwrap();
    (1..=2).for_each(|n| book.walk.mark(n, Mark::Done));
    book.touched = true;
    let effects = press(&mut model, &["Enter"]);
    assert!(matches!(effects[..], [Effect::Plan { .. }]), "{effects:?}");
    plan(&mut model, preview("restart", Confirm::Yes));
    after(&mut model, 2000);
    model
}

#[test]
fn a_steps_action_goes_the_road_of_every_action_and_its_outcome_marks_the_step() {
    for (outcome, word, told) in [
        (Outcome::Verified, "verified", "3 verified"),
        (Outcome::NotVerified, "not verified", "3 not verified"),
        (Outcome::Failed, "failed", "3 failed"),
        (Outcome::Refused, "failed", "3 failed"),
    ] {
        let mut model = at_the_action();
        assert_eq!(marks(&model)[2], "todo", "a preview is no beginning");
        let effects = press(&mut model, &["y"]);
        assert_eq!((written(&effects), runs(&effects)), (vec!["opened".to_owned(), "3 begun".to_owned()], 1));
        let place = |wanted: fn(&Effect) -> bool| effects.iter().position(wanted).unwrap();
        let recorded = effects.iter().rposition(|effect| matches!(effect, Effect::Record { .. })).unwrap();
        assert!(recorded < place(|effect| matches!(effect, Effect::Run { .. })), "written down before it is run");
        let effects = send(&mut model, Msg::RunBegan { system: "shop".parse().unwrap(), run: run() });
        let [Effect::Record { events, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert!(events.iter().any(|event| matches!(&event.kind, Kind::Step(told) if told.run.is_some())));
        let effects = send(&mut model, ended(outcome));
        assert_eq!((written(&effects), marks(&model)[2]), (vec![told.to_owned()], word));
    }
}

#[test]
fn what_was_refused_is_run_again_for_its_step() {
    let mut model = at_the_action();
    press(&mut model, &["y"]);
    send(&mut model, Msg::RunBegan { system: "shop".parse().unwrap(), run: run() });
    send(&mut model, ended(Outcome::Refused));
    assert_eq!(marks(&model)[2], "failed");
    // from the view of the refused run
    let effects = press(&mut model, &["r"]);
    assert!(matches!(effects[..], [Effect::Plan { .. }]), "{effects:?}");
    plan(&mut model, preview("restart", Confirm::Yes));
    after(&mut model, 2000);
    let effects = press(&mut model, &["y"]);
    assert_eq!((written(&effects), runs(&effects)), (vec!["3 begun".to_owned()], 1));
    let again = RunId::new("0193e0c4-1f2a-7bbb-8ccc-0000deadbee0").unwrap();
    send(&mut model, Msg::RunBegan { system: "shop".parse().unwrap(), run: again.clone() });
    let Msg::RunTold(_, end) = ended(Outcome::Verified) else { unreachable!() };
    assert_eq!(written(&send(&mut model, Msg::RunTold(again, end))), ["3 verified"]);
    assert_eq!(marks(&model)[2], "verified");
}

#[test]
fn what_fits_into_the_field_of_an_action_is_the_actions_to_say() {
    const ASKS: &str = "# Limit\n\n**Scenario:** x\n**Severity:** Critical\n\n## Symptoms\n\n- s <!-- when: !worker.up -->\n\n\
        ## Resolution Steps\n\n1. Say why. <!-- action: annotate note=<reasoning> unit=<unit> -->\n";
    let mut model = model();
    let file = RunbookFile::new("runbooks/limit.md".as_ref(), ASKS).unwrap();
    let system = Arc::make_mut(&mut model.systems[0].system);
    system.runbooks = [file].into();
    let action = "title = \"Annotate\"\nrisk = \"safe\"\nhttp = { url = \"http://127.0.0.1:1/${note}\" }\n\
        parameter.note = { title = \"Reasoning\", pattern = \"[^-].{2,2000}\" }\nparameter.unit = { one_of = [\"a\", \"b\"] }\n";
    system.file.action.insert("annotate".parse().unwrap(), toml::from_str(action).unwrap());
    press(&mut model, &["b", "Enter", "Enter"]);
    let asked = |model: &Model| match model.overlays.last() {
        Some(Overlay::Ask(ask)) => (ask.title.clone(), ask.why.join(" "), ask.note.clone().unwrap_or_default()),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&model).1, "step 1 needs it: Reasoning; of the form [^-].{2,2000}");
    after(&mut model, 400);
    press(&mut model, &["-", "x", "x", "Enter"]);
    assert!(asked(&model).2.contains("'-'"), "{:?}", asked(&model));
    after(&mut model, 400);
    press(&mut model, &["Ctrl-u", "t", "w", "o", "Space", "w", "o", "r", "d", "s", "Enter"]);
    assert_eq!((asked(&model).0.as_str(), asked(&model).1.as_str()), ("unit", "step 1 needs it: unit; one of a, b"));
    after(&mut model, 400);
    press(&mut model, &["c", "Enter"]);
    assert_eq!(asked(&model).2, "it is not one of a, b");
    after(&mut model, 400);
    let effects = press(&mut model, &["Backspace", "b", "Enter"]);
    let [Effect::Plan { parameters, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((parameters["note"].as_str(), parameters["unit"].as_str()), ("two words", "b"));
}

#[test]
fn cancelled_in_the_dialog_nothing_is_begun() {
    let mut model = at_the_action();
    assert_eq!(written(&press(&mut model, &["Esc"])), [""; 0]);
    assert_eq!(marks(&model)[2], "todo");
}

#[test]
fn watching_alone_and_read_only_write_nothing() {
    let mut model = walked();
    for up in [false, true, false, false] {
        assert_eq!(written(&polled(&mut model, up)), [""; 0]);
    }
    model.options.read_only = true;
    for key in ["Enter", "s", "n", "c", "w", "i", "o"] {
        let effects = press(&mut model, &[key]);
        assert!(effects.is_empty() && model.overlays.is_empty(), "{key}: {effects:?}");
        model.screen = Screen::Runbook;
    }
    assert_eq!(marks(&model), ["todo", "todo", "todo", "todo"]);
}

/// The file of an incident as far as these effects wrote it.
fn incident(model: &mut Model, effects: &[Effect]) -> Incident {
    let mut events = Vec::new();
    for effect in effects {
        if let Effect::Record { opened, events: told, .. } = effect {
            events.extend(opened.clone().map(|opened| Event::new(model.now.wall, "a@b", Kind::Opened(*opened))));
            events.extend(told.iter().cloned());
        }
    }
    let incident = Incident::of(IncidentId::of("shop", model.now.wall, 1).unwrap(), &events, &[]);
    send(model, Msg::IncidentTold(Box::new(incident.clone())));
    incident
}

#[test]
fn an_open_incident_is_told_what_changes_and_is_closed_only_when_it_is_over() {
    let mut model = walked();
    press(&mut model, &["Esc", "i"]);
    after(&mut model, 400);
    let effects = press(&mut model, &["Enter"]);
    assert_eq!(written(&effects), ["opened"]);
    let opened = incident(&mut model, &effects);
    assert!(opened.rules.iter().any(|rule| rule == "worker-down"), "{:?}", opened.rules);
    let refused = press(&mut model, &["c"]);
    assert!(refused.is_empty() && matches!(model.overlays.last(), Some(Overlay::Ask(_))), "it is not over");
    press(&mut model, &["Esc"]);
    let news = polled(&mut model, true);
    assert_eq!(written(&news), ["worker up"]);
    assert_eq!(written(&press(&mut model, &["c"])), ["closed"]);
}

/// On the screen of an incident that was just opened.
fn opened() -> Model {
    let mut model = walked();
    press(&mut model, &["Esc", "i"]);
    after(&mut model, 400);
    let effects = press(&mut model, &["Enter"]);
    incident(&mut model, &effects);
    assert_eq!(model.screen, Screen::Incident);
    model
}

/// Types a line into what is asked for, and Enter.
fn type_line(model: &mut Model, line: &str) -> Vec<Effect> {
    after(model, 400);
    send(model, Msg::Paste(line.to_owned()));
    press(model, &["Enter"])
}

fn kinds(effects: &[Effect]) -> Vec<Kind> {
    let events = effects.iter().flat_map(|effect| match effect {
        Effect::Record { events, .. } => events.clone(),
        _ => Vec::new(),
    });
    events.map(|event| event.kind).collect()
}

#[test]
fn how_bad_it_is_and_that_users_are_served_again_is_said_on_its_screen() {
    let mut model = opened();
    assert_eq!(press(&mut model, &["s"]), []);
    for (line, why) in [("dreadful it is", "write one of info, warning, critical"), ("warning", "say why as well")] {
        assert_eq!(type_line(&mut model, line), []);
        let Some(Overlay::Ask(ask)) = model.overlays.last() else { panic!("{line}") };
        assert_eq!(ask.note.as_deref(), Some(why));
        press(&mut model, &["Ctrl-u"]);
    }
    let effects = type_line(&mut model, "warning users can pay again");
    let [Kind::Severity { severity, word: None, respond_s: None, reason }] = &kinds(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((severity.word(), reason.as_str()), ("warning", "users can pay again"));
    press(&mut model, &["d"]);
    let effects = type_line(&mut model, "the worker was restarted");
    assert_eq!(kinds(&effects), [Kind::Mitigated { words: "the worker was restarted".into() }]);
    let known = incident(&mut model, &effects);
    assert!(known.is_open() && known.mitigated.is_some());
    // once is enough
    press(&mut model, &["d"]);
    assert!(model.overlays.is_empty() && toast(&model).starts_with("mitigated since"), "{}", toast(&model));
}

#[test]
fn the_notice_and_the_hand_over_are_shown_and_copied() {
    let mut model = opened();
    // nothing is written: who may only look may read them
    model.options.read_only = true;
    assert_eq!(press(&mut model, &["o"]), []);
    let Some(Overlay::Text { title: "Outage notice", text, .. }) = model.overlays.last() else {
        panic!("{:?}", model.overlays)
    };
    assert!(text.starts_with("Subject: [INCIDENT] Shop: "), "{text}");
    let text = text.clone();
    assert_eq!(press(&mut model, &["y"]), [Effect::Copy { what: "the outage notice".to_owned(), text }]);
    press(&mut model, &["Esc"]);
    let effects = press(&mut model, &["f"]);
    let [Effect::Handover(alerts)] = &effects[..] else { panic!("{effects:?}") };
    assert!(alerts.iter().any(|alert| alert.rule == "worker-down"), "{alerts:?}");
    send(&mut model, Msg::HandoverMade("Hand-over by a@b".into()));
    assert!(matches!(model.overlays.last(), Some(Overlay::Text { title: "Hand-over", .. })));
    // a line that is cut off is read whole
    press(&mut model, &["Esc", "G", "Enter"]);
    let Some(Overlay::Text { title: "What happened", text, .. }) = model.overlays.last() else { panic!() };
    let oldest = model.recovery.desk.shown().unwrap().timeline[0].words.clone();
    assert_eq!(*text, oldest);
    // from the palette as well
    press(&mut model, &["Esc", ":", "n", "o", "t", "i", "c", "e", "Enter"]);
    assert!(matches!(model.overlays.last(), Some(Overlay::Text { title: "Outage notice", .. })));
}

#[test]
fn an_incident_that_another_dashboard_writes_takes_notes_and_no_steps() {
    let mut model = walked();
    let began = press(&mut model, &["Enter"]);
    let id = incident(&mut model, &began).id;
    assert!(model.recovery.desk.writes(&"shop".parse().unwrap()));
    // the other one was quicker
    send(&mut model, Msg::WrittenElsewhere(vec![(id.clone(), "bob@ops2".into())]));
    assert!(!model.recovery.desk.writes(&"shop".parse().unwrap()));
    assert_eq!(written(&polled(&mut model, true)), ["1 verified"], "what was begun here is told; the rest is theirs");
    for keys in [&["Enter"][..], &["s"], &["c"]] {
        model.overlays.clear();
        let effects = press(&mut model, keys);
        assert!(effects.is_empty() && toast(&model).starts_with("bob@ops2 goes on"), "{keys:?} {effects:?}");
    }
    press(&mut model, &["n"]);
    let effects = type_line(&mut model, "seen it too");
    assert_eq!(written(&effects), ["seen it too"]);
    assert!(!model.recovery.desk.writes(&"shop".parse().unwrap()), "a note makes nobody its writer");
    // their dashboard is gone
    send(&mut model, Msg::WrittenElsewhere(Vec::new()));
    assert_eq!(written(&press(&mut model, &["Enter"])), ["2 done"]);
}

#[test]
fn the_incident_on_the_screen_is_read_anew_now_and_then() {
    let mut model = opened();
    let read = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::ReadIncidents)).count();
    let mut reads = 0;
    for _ in 0..30 {
        after(&mut model, 1000);
        reads += read(&send(&mut model, Msg::Tick));
    }
    assert!((2..=4).contains(&reads), "{reads}");
    press(&mut model, &["Esc"]);
    after(&mut model, 60_000);
    assert_eq!(read(&send(&mut model, Msg::Tick)), 0, "nobody looks at it");
}

#[test]
fn the_symptoms_are_walked_through_and_nothing_is_run_meanwhile() {
    let mut model = walked();
    press(&mut model, &["Tab", "G"]);
    assert!(book(&model).turned);
    assert_eq!(book(&model).symptom, book(&model).symptoms.len() + book(&model).said().count() - 1);
    press(&mut model, &["k", "k", "k", "k"]);
    assert_eq!(book(&model).symptom, 0);
    assert_eq!(press(&mut model, &["Enter"]), [], "back to the steps, and no more");
    assert!(!book(&model).turned);
    assert_eq!(written(&press(&mut model, &["Enter"])), ["opened", "1 begun"]);
}

#[test]
fn a_killed_walk_goes_on_from_the_record() {
    let mut model = walked();
    let mut effects = press(&mut model, &["Enter"]);
    effects.extend(polled(&mut model, true));
    effects.extend(press(&mut model, &["Enter"]));
    assert_eq!(marks(&model), ["verified", "done", "todo", "todo"]);
    let known = incident(&mut model, &effects);
    let states = known.steps.iter().filter(|step| step.told.state != StepState::Begun).count();
    assert_eq!(states, 2);
    // another dashboard, which knows nothing but the files
    let mut fresh = walked();
    fresh.recovery.desk.awaited = true;
    // whoever is quicker than the disk does nothing twice
    for key in ["Enter", "s", "i", "n"] {
        assert_eq!(press(&mut fresh, &[key]).iter().filter(|effect| **effect != Effect::Redraw).count(), 0, "{key}");
        assert_eq!(toast(&fresh), AWAITED, "{key}");
        assert_eq!((fresh.overlays.len(), fresh.screen), (0, Screen::Runbook), "{key}");
    }
    assert_eq!((marks(&fresh)[0], fresh.recovery.next(book(&fresh))), ("todo", None));
    send(&mut fresh, Msg::IncidentsRead(vec![known]));
    assert_eq!((marks(&fresh)[0], fresh.recovery.next(book(&fresh))), ("verified", Some(3)));
}

#[test]
fn where_earlier_incidents_cannot_be_read_a_walk_begins_all_the_same() {
    let mut model = walked();
    model.recovery.desk.awaited = true;
    send(&mut model, Msg::IncidentsNotRead("incidents cannot be read: no permission".to_owned()));
    assert_eq!(model.recovery.next(book(&model)), Some(1));
    assert_eq!(written(&press(&mut model, &["Enter"])), ["opened", "1 begun"]);
}
