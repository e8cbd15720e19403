//! The list of themes: what is under the cursor is shown, and only Enter keeps it.

use super::*;
use crate::app::themes::Choice;

fn choice(name: &str, trouble: Option<&str>) -> Choice {
    let trouble = trouble.map(str::to_owned);
    Choice { name: name.to_owned(), title: name.to_uppercase(), origin: "built in", trouble }
}

/// The list, open.
fn open() -> Model {
    let mut model = model();
    model.themes.kept = "light".to_owned();
    assert_eq!(press(&mut model, &["T"]), [Effect::ListThemes]);
    let all = vec![choice("dark", None), choice("light", None), choice("mine", Some("mine.toml:3:1: no"))];
    send(&mut model, Msg::Themes(all));
    model
}

#[test]
fn the_theme_under_the_cursor_is_shown_and_escape_goes_back() {
    let mut model = open();
    assert_eq!(model.theme(), "light", "the cursor begins at what is shown");
    press(&mut model, &["k"]);
    assert_eq!(model.theme(), "dark");
    press(&mut model, &["Esc"]);
    assert_eq!((model.theme(), model.overlays.len()), ("light", 0));
}

#[test]
fn enter_keeps_the_theme_and_whatever_else_closes_the_list_does_not() {
    let mut model = open();
    press(&mut model, &["k"]);
    press(&mut model, &["a"]);
    assert_eq!(model.theme(), "light", "another screen closes the list");
    let mut model = open();
    press(&mut model, &["k"]);
    press(&mut model, &["Enter"]);
    assert_eq!((model.theme(), model.overlays.len()), ("dark", 0));
    assert!(model.toast.as_ref().unwrap().0.contains("--theme dark"));
}

#[test]
fn a_theme_with_a_mistake_says_it_and_is_not_shown() {
    let mut model = open();
    press(&mut model, &["j"]);
    assert_eq!(model.theme(), "light");
    press(&mut model, &["Enter"]);
    assert_eq!((model.theme(), model.overlays.len()), ("light", 1), "the list stays");
    assert!(model.toast.as_ref().unwrap().0.contains("mine.toml:3:1"));
}

#[test]
fn the_terminal_is_believed_at_the_start_only_and_never_over_a_choice() {
    let told = |asked: bool, millis: u64| {
        let mut model = model();
        model.themes.kept = "dark".to_owned();
        model.themes.asked = asked.then_some(model.now.mono);
        after(&mut model, millis);
        send(&mut model, Msg::Ground { light: true });
        model.theme().to_owned()
    };
    assert_eq!(told(true, 900), "light");
    assert_eq!(told(true, 6000), "dark", "too late");
    assert_eq!(told(false, 900), "dark", "nobody asked");
    let mut model = open();
    model.themes.asked = Some(model.now.mono);
    press(&mut model, &["k", "Enter"]);
    send(&mut model, Msg::Ground { light: true });
    assert_eq!(model.theme(), "dark", "somebody chose");
}
