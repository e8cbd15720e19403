//! Keys and pasted text. What is typed goes to the line that is open, everything else through the keymap.

use crate::app::act::menu;
use crate::app::command::{Command, spec};
use crate::app::fuzzy::Found;
use crate::app::key::Code;
use crate::app::update::{act, command, recovery};
use crate::app::{Effect, Key, Model, Overlay, fuzzy};

/// A key press.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    model.pressed = Some((key, model.now.mono));
    if key == Key::ctrl('z') {
        return vec![Effect::Suspend];
    }
    if matches!(model.overlays.last(), Some(Overlay::Confirm(_))) {
        return act::key(model, key);
    }
    if let Some(effects) = recovery::ask_key(model, key) {
        return effects;
    }
    if key == Key::ctrl('c') {
        return interrupt(model);
    }
    if matches!(model.overlays.last(), Some(Overlay::Palette { .. })) {
        return palette(model, key);
    }
    if let Some(effects) = act::run_key(model, key) {
        return effects;
    }
    if let Some(effects) = recovery::text_key(model, key) {
        return effects;
    }
    if model.filtering {
        filter(model, key);
        return Vec::new();
    }
    match model.keymap.command(key, |spec| fuzzy::applies(spec, model)) {
        Some(command) => command::run(model, command),
        None if key.alt => escaped(model, key),
        None => by_own_key(model, key),
    }
}

/// A terminal sends Alt and a key as Esc and that key. Over a slow line the two presses come in one piece and cannot be
/// told from it; nothing is bound to Alt by default, so they were two.
fn escaped(model: &mut Model, both: Key) -> Vec<Effect> {
    let mut effects = key(model, Key::plain(Code::Esc));
    effects.extend(key(model, Key { alt: false, ..both }));
    effects
}

/// The key of an action, on the screens of its system.
fn by_own_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let open = matches!(model.overlays.last(), None | Some(Overlay::Detail { .. } | Overlay::Actions { .. }));
    let Some(action) = menu::by_key(model, key).filter(|_| open) else { return Vec::new() };
    let target = command::pointed(model);
    if matches!(model.overlays.last(), Some(Overlay::Actions { .. })) {
        model.overlays.pop();
    }
    act::begin(model, &action, target.as_ref())
}

/// Pasted text never triggers a key: it goes to an open line or nowhere.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(Overlay::Palette { input, selected }) = model.overlays.last_mut() {
        input.insert(text);
        *selected = 0;
    } else if let Some(Overlay::Confirm(dialog)) = model.overlays.last_mut() {
        act::paste(dialog, text);
    } else if let Some(Overlay::Ask(ask)) = model.overlays.last_mut() {
        recovery::ask_paste(ask, text);
    } else if model.filtering {
        model.filter.insert(text);
    }
}

/// Ctrl-C asks once: the second press within the life of the toast quits.
pub(super) fn interrupt(model: &mut Model) -> Vec<Effect> {
    const AGAIN: &str = "press Ctrl-C again to quit";
    if model.toast.as_ref().is_some_and(|(text, _)| text == AGAIN) {
        return vec![Effect::Quit(130)];
    }
    super::toast(model, AGAIN.to_owned());
    Vec::new()
}

fn filter(model: &mut Model, key: Key) {
    match key.code {
        Code::Esc => {
            model.filter.text.clear();
            model.filtering = false;
        }
        Code::Enter => model.filtering = false,
        Code::Backspace => model.filter.backspace(),
        Code::Char('u') if key.ctrl => model.filter.text.clear(),
        Code::Char(c) if !key.ctrl && !key.alt => model.filter.insert(c.encode_utf8(&mut [0; 4])),
        _ => {}
    }
    model.cursor.clear();
    model.list_cursor = 0;
}

fn palette(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Overlay::Palette { input, selected }) = model.overlays.last_mut() else { return Vec::new() };
    match key.code {
        Code::Esc => {
            model.overlays.pop();
        }
        Code::Up => *selected = selected.saturating_sub(1),
        Code::Down | Code::Tab => *selected += 1,
        Code::Backspace => {
            input.backspace();
            *selected = 0;
        }
        Code::Char('u') if key.ctrl => input.text.clear(),
        Code::Char(c) if !key.ctrl && !key.alt => {
            input.insert(c.encode_utf8(&mut [0; 4]));
            *selected = 0;
        }
        Code::Enter => return choose(model),
        _ => {}
    }
    clamp_palette(model);
    Vec::new()
}

fn clamp_palette(model: &mut Model) {
    let Some(Overlay::Palette { input, .. }) = model.overlays.last() else { return };
    let last = fuzzy::find(model, &input.text).len().saturating_sub(1);
    if let Some(Overlay::Palette { selected, .. }) = model.overlays.last_mut() {
        *selected = (*selected).min(last);
    }
}

/// Runs the selected command; a word that matches none stays to be mended.
pub(super) fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Palette { input, selected }) = model.overlays.last() else { return Vec::new() };
    let chosen = match input.text.trim() {
        // `:q` by habit of many other programs
        "q" | "quit" => spec(Command::Quit).map(Found::Command),
        text => fuzzy::find(model, text).into_iter().nth(*selected),
    };
    let Some(chosen) = chosen else { return Vec::new() };
    model.overlays.pop();
    match chosen {
        Found::Command(chosen) => command::run(model, chosen.command),
        Found::Action(action) => {
            let target = command::pointed(model);
            act::begin(model, &action, target.as_ref())
        }
        Found::Runbook(id) => recovery::open_book(model, &id),
    }
}
