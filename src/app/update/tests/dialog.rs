//! What confirms, what cancels, what does neither.

use super::*;
use crate::action::{Holder, guard::Given};

#[test]
fn each_risk_has_its_own_confirmation() {
    for (key, action, confirm, typed) in [
        ("P", "ping", Confirm::Enter, &["Enter"][..]),
        ("R", "restart", Confirm::Yes, &["y"]),
        ("D", "purge", Confirm::Name, &["s", "h", "o", "p", "Enter"]),
    ] {
        let mut model = shown(key, preview(action, confirm));
        after(&mut model, 301);
        let effects = press(&mut model, typed);
        let [Effect::Run { system, action: ran, given, shown, items, .. }] = &effects[..] else {
            panic!("{action}: {effects:?}")
        };
        assert_eq!((system.as_str(), ran.as_str(), shown.action.as_str()), ("shop", action, action));
        assert_eq!((given, items), (&Given { confirm: Some(confirm), reason: None }, &None));
        assert!(matches!(stage(&model), Some(Stage::Starting(_))));
        // the same keys again start nothing more
        after(&mut model, 2000);
        assert_eq!(press(&mut model, typed), []);
    }
}

#[test]
fn nothing_confirms_within_300_ms_and_escape_always_cancels() {
    for (key, action, confirm, typed) in [
        ("P", "ping", Confirm::Enter, &["Enter"][..]),
        ("R", "restart", Confirm::Yes, &["y"]),
        ("D", "purge", Confirm::Name, &["s", "h", "o", "p", "Enter"]),
    ] {
        let mut model = shown(key, preview(action, confirm));
        after(&mut model, 299);
        assert_eq!(press(&mut model, typed), []);
        assert!(note(&model).contains("too quick"));
        assert!(matches!(stage(&model), Some(Stage::Shown { .. })), "{action}: swallowed, not cancelled");
        press(&mut model, &["Esc"]);
        assert_eq!((model.overlays.len(), runs(&press(&mut model, typed))), (0, 0));
    }
}

#[test]
fn what_is_not_on_the_terminal_yet_is_confirmed_by_nothing() {
    let mut model = shown("R", preview("restart", Confirm::Yes));
    // drawn long ago, but the link has not carried it there
    for _ in 0..5 {
        after(&mut model, 2000);
        let now = model.now.mono;
        assert_eq!(send(&mut model, Msg::Seen(now)), []);
        assert_eq!(press(&mut model, &["y"]), []);
        assert!(note(&model).contains("too quick"));
    }
    after(&mut model, 1000);
    let arrived = model.now.mono;
    after(&mut model, 299);
    send(&mut model, Msg::Seen(arrived));
    assert_eq!(press(&mut model, &["y"]), [], "nobody reads so fast");
    after(&mut model, 2);
    send(&mut model, Msg::Seen(arrived));
    assert_eq!(runs(&press(&mut model, &["y"])), 1);
}

#[test]
fn a_late_preview_starts_the_time_anew() {
    let mut model = model();
    press(&mut model, &["R"]);
    after(&mut model, 5000);
    assert_eq!(press(&mut model, &["y"]), [], "nothing is shown yet");
    plan(&mut model, preview("restart", Confirm::Yes));
    after(&mut model, 299);
    assert_eq!(press(&mut model, &["y"]), []);
    after(&mut model, 2);
    assert_eq!(runs(&press(&mut model, &["y"])), 1);
}

#[test]
fn a_key_that_is_held_down_confirms_nothing() {
    let mut model = model();
    // by the menu: the Enter that opened it repeats, first after 660 ms, then 25 times a second
    press(&mut model, &["x", "j", "j", "Enter"]);
    assert!(matches!(stage(&model), Some(Stage::Reading)));
    plan(&mut model, preview("ping", Confirm::Enter));
    after(&mut model, 660);
    for _ in 0..200 {
        assert_eq!(press(&mut model, &["Enter"]), []);
        after(&mut model, 40);
    }
    after(&mut model, 1000);
    assert_eq!(runs(&press(&mut model, &["Enter"])), 1, "let go and pressed again");
}

#[test]
fn cancel_is_the_default() {
    for key in ["Enter", "n", "Y", "q", "Tab", "x", "Space", "Esc", "Ctrl-c", "Alt-y", "R"] {
        let mut model = shown("R", preview("restart", Confirm::Yes));
        after(&mut model, 1500);
        assert_eq!(press(&mut model, &[key]), [], "{key}");
        assert_eq!(model.overlays.len(), 0, "{key} cancels");
    }
    let mut model = shown("P", preview("ping", Confirm::Enter));
    after(&mut model, 1500);
    assert_eq!(press(&mut model, &["Alt-Enter"]), [], "Esc and Enter in one piece");
    assert_eq!(model.overlays.len(), 0);
    let mut model = shown("R", preview("restart", Confirm::Yes));
    after(&mut model, 400);
    for key in ["Down", "Up", "PgDn", "PgUp", "Home"] {
        press(&mut model, &[key]);
        assert!(stage(&model).is_some(), "{key} scrolls");
    }
}

#[test]
fn a_name_is_compared_byte_by_byte() {
    for typed in ["", "sho", "Shop", "shop ", "sh\u{43e}p", "shops"] {
        let mut model = shown("D", preview("purge", Confirm::Name));
        after(&mut model, 400);
        for letter in typed.chars() {
            let key = Key::char(letter);
            send(&mut model, Msg::Key(key));
        }
        assert_eq!(press(&mut model, &["Enter"]), [], "{typed}");
        assert!(stage(&model).is_some(), "{typed}: it may be mended");
    }
    let mut model = shown("D", preview("purge", Confirm::Name));
    after(&mut model, 400);
    assert_eq!(runs(&press(&mut model, &["s", "h", "x", "Backspace", "o", "p", "Enter"])), 1);
}

#[test]
fn pasted_text_never_confirms() {
    for (key, action, confirm) in
        [("P", "ping", Confirm::Enter), ("R", "restart", Confirm::Yes), ("D", "purge", Confirm::Name)]
    {
        let mut model = shown(key, preview(action, confirm));
        after(&mut model, 1500);
        for text in ["y", "\n", "shop", "shop\n", "y\r"] {
            assert_eq!(send(&mut model, Msg::Paste(text.to_owned())), []);
        }
        assert!(matches!(stage(&model), Some(Stage::Shown { .. })));
        let enters = runs(&press(&mut model, &["Enter"]));
        assert_eq!(enters, usize::from(confirm == Confirm::Enter), "{action}");
    }
}

#[test]
fn a_dialog_that_nobody_confirms_closes() {
    let mut model = shown("R", preview("restart", Confirm::Yes));
    after(&mut model, 59_000);
    send(&mut model, Msg::Tick);
    assert!(stage(&model).is_some());
    after(&mut model, 1000);
    send(&mut model, Msg::Tick);
    assert_eq!((model.overlays.len(), toast(&model)), (0, "closed: nobody confirmed within 60 s"));
    assert_eq!(runs(&press(&mut model, &["y"])), 0);
}

#[test]
fn what_changed_is_told_and_asks_for_another_look() {
    let mut model = shown("R", preview("restart", Confirm::Yes));
    poll(&mut model, true);
    let Some(Stage::Shown { changed: Some(changed), .. }) = stage(&model) else { panic!("{:?}", stage(&model)) };
    assert_eq!(changed, "worker was down, now up");
    assert!(matches!(press(&mut model, &["r"])[..], [Effect::Plan { .. }]));
    let picture = vec![("worker".to_owned(), "up".to_owned())];
    plan(&mut model, Preview { picture, ..preview("restart", Confirm::Yes) });
    assert_eq!(press(&mut model, &["y"]), [], "300 ms from the new picture on");
    after(&mut model, 301);
    assert_eq!(runs(&press(&mut model, &["y"])), 1);
    // confirming what changed cancels
    let mut model = shown("R", preview("restart", Confirm::Yes));
    poll(&mut model, true);
    assert_eq!((press(&mut model, &["y"]), model.overlays.len()), (Vec::new(), 0));
}

#[test]
fn a_picture_that_is_newer_than_the_screen_is_no_change() {
    let picture = vec![("worker".to_owned(), "up".to_owned())];
    let mut model = shown("R", Preview { picture, ..preview("restart", Confirm::Yes) });
    send(&mut model, Msg::Tick);
    assert!(matches!(stage(&model), Some(Stage::Shown { changed: None, .. })), "nothing was polled since");
    poll(&mut model, true);
    assert!(matches!(stage(&model), Some(Stage::Shown { changed: None, .. })), "{:?}", stage(&model));
}

#[test]
fn what_cannot_run_cannot_be_confirmed() {
    let holder = Holder {
        run: String::new(),
        action: "restart".into(),
        target: "worker".into(),
        who: "alice@ops1".into(),
        since: "2026-11-22T02:16:07Z".parse().unwrap(),
    };
    let condition = |holds| Some(Condition { text: "worker.up".into(), holds, because: String::new() });
    for (confirm, keys) in [(Confirm::Enter, &["Enter"][..]), (Confirm::Name, &["s", "h", "o", "p", "Enter"])] {
        let whole = preview("purge", confirm);
        for barred in [
            Preview { refusal: Some("no such program".into()), ..whole.clone() },
            Preview { held_by: Some(holder.clone()), ..whole.clone() },
            Preview { precondition: condition(Some(false)), ..whole.clone() },
            Preview { precondition: condition(None), ..whole.clone() },
        ] {
            let mut model = shown("D", barred.clone());
            after(&mut model, 1500);
            assert_eq!(press(&mut model, keys), [], "{barred:?}");
            assert!(matches!(press(&mut model, &["r"])[..], [Effect::Plan { .. }]), "it may be read anew");
        }
    }
}

#[test]
fn only_the_answer_to_the_last_question_counts() {
    let mut model = model();
    press(&mut model, &["R"]);
    press(&mut model, &["Esc", "R"]);
    plan(&mut model, Preview { call: "/bin/first".into(), ..preview("restart", Confirm::Yes) });
    assert!(matches!(stage(&model), Some(Stage::Reading)), "an answer to what was cancelled");
    plan(&mut model, Preview { call: "/bin/second".into(), ..preview("restart", Confirm::Yes) });
    let Some(Stage::Shown { preview, .. }) = stage(&model) else { panic!() };
    assert_eq!(preview.call, "/bin/second");
}

#[test]
fn no_preview_is_told_and_tried_again() {
    let mut model = model();
    press(&mut model, &["R"]);
    let (system, action) = ("shop".parse().unwrap(), ActionId::new("restart").unwrap());
    send(&mut model, Msg::NotPlanned { system, action, why: "the journal cannot be opened".into() });
    assert_eq!(stage(&model), Some(&Stage::Failed("the journal cannot be opened".into())));
    after(&mut model, 1001);
    assert!(matches!(press(&mut model, &["r"])[..], [Effect::Plan { .. }]));
    after(&mut model, 30_000);
    send(&mut model, Msg::Tick);
    assert_eq!(stage(&model), Some(&Stage::Failed("no answer within 30 s".into())));
}

#[test]
fn parameters_are_typed_and_checked_before_anything_is_read() {
    let mut model = model();
    assert_eq!(press(&mut model, &["L"]), []);
    after(&mut model, 1001);
    press(&mut model, &["Backspace", "Backspace", "x"]);
    assert_eq!(press(&mut model, &["Enter", "Right", "Enter"]), []);
    let Some(Stage::Asking(form)) = stage(&model) else { panic!("{:?}", stage(&model)) };
    assert!(form.problem.as_ref().unwrap().contains("does not match [0-9]+m"), "{form:?}");
    assert_eq!(form.at, 0, "the field that is wrong");
    send(&mut model, Msg::Paste("\u{1b}[2J".to_owned()));
    press(&mut model, &["Ctrl-u", "7", "m", "Enter"]);
    let effects = press(&mut model, &["Enter"]);
    let [Effect::Plan { parameters, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((&*parameters["limit"], &*parameters["unit"]), ("7m", "b"));
}
