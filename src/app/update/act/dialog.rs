//! The keys of the dialog. What confirms is told by the preview; nothing confirms within 300 ms of something new, no
//! pasted text, and no key that is held down since it opened the dialog.

use crate::action::Confirm;
use crate::action::guard::Given;
use crate::app::act::{ARMED_AFTER, Dialog, Form, OPENER_RESTS, Reason, Stage};
use crate::app::key::Code;
use crate::app::update::recovery;
use crate::app::{Effect, Input, Key, Model, Overlay};
use crate::base::Mono;

use super::wish;

/// What a key comes to.
enum Verdict {
    /// Nothing, or something inside the dialog.
    Stay,
    /// The dialog closes; nothing has run.
    Cancel,
    /// A preview is wanted.
    Read,
    /// It is confirmed.
    Run,
}

/// A key while the dialog is open.
pub(in crate::app::update) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let now = model.now.mono;
    let read_only = model.options.read_only;
    let Some(declared) = declared(model) else { return cancel(model) };
    let Some(Overlay::Confirm(dialog)) = model.overlays.last_mut() else { return Vec::new() };
    // Alt and a key is Esc and that key in one piece
    let verdict = if key.code == Code::Esc || key.alt || key == Key::ctrl('c') {
        Verdict::Cancel
    } else {
        judge(dialog, key, now, &declared)
    };
    match verdict {
        Verdict::Stay => Vec::new(),
        Verdict::Cancel => cancel(model),
        Verdict::Read => {
            dialog.enter(Stage::Reading, now);
            let wanted = dialog.wanted.clone();
            wish::ask(model, &wanted)
        }
        // the dialog cannot be opened then; this is the last of the doors
        Verdict::Run if read_only => cancel(model),
        Verdict::Run => {
            let step = dialog.step.clone();
            let run = run(dialog, now);
            // it is written down that the step was begun before its runner is asked for; without a step there is none
            let mut effects = step.map(|step| recovery::confirmed(model, &step)).unwrap_or_default();
            effects.extend(run);
            effects
        }
    }
}

type Declared = indexmap::IndexMap<String, crate::action::ParameterSpec>;

fn declared(model: &Model) -> Option<Declared> {
    let Some(Overlay::Confirm(dialog)) = model.overlays.last() else { return None };
    let watch = model.systems.iter().find(|watch| watch.system.name == dialog.wanted.system)?;
    watch.system.action.get(&dialog.wanted.action).map(|spec| spec.parameter.clone())
}

fn cancel(model: &mut Model) -> Vec<Effect> {
    let began = match model.overlays.pop() {
        Some(Overlay::Confirm(dialog)) => matches!(dialog.stage, Stage::Starting(_)),
        _ => false,
    };
    if began {
        let key = model.keymap.told(crate::app::Command::Runs);
        super::super::toast(model, format!("the run goes on: {key} shows it"));
    }
    Vec::new()
}

fn judge(dialog: &mut Dialog, key: Key, now: Mono, declared: &Declared) -> Verdict {
    let held = dialog.opener.as_mut().is_some_and(|(opener, at)| {
        let again = *opener == key && now.since(*at) < OPENER_RESTS;
        if *opener == key {
            *at = now;
        }
        again
    });
    if let Stage::Asking(_) = &dialog.stage {
        return if held { Verdict::Stay } else { typed_value(dialog, key, now, declared) };
    }
    if held || now.since(dialog.since) < ARMED_AFTER {
        if matches!(dialog.stage, Stage::Shown { .. }) {
            dialog.note = Some("too quick: press it once more".to_owned());
        }
        return Verdict::Stay;
    }
    dialog.note = None;
    match &dialog.stage {
        _ if scroll(&mut dialog.scroll, key) => Verdict::Stay,
        Stage::Shown { .. } if dialog.barred().is_some() => barred(dialog, key),
        Stage::Shown { .. } if dialog.asks_reason() => reason(dialog, key, now),
        Stage::Shown { preview, .. } => match preview.confirm {
            Confirm::Enter => enter(key),
            Confirm::Yes if key == Key::char('y') => Verdict::Run,
            Confirm::Yes => Verdict::Cancel,
            Confirm::Name => name(dialog, key),
        },
        Stage::Failed(_) if key == Key::char('r') => Verdict::Read,
        _ if key == Key::char('q') => Verdict::Cancel,
        Stage::Asking(_) | Stage::Reading | Stage::Starting(_) | Stage::Failed(_) => Verdict::Stay,
    }
}

/// Arrows and pages move the text; letters never do: they may stand in a name, or mean no.
fn scroll(at: &mut usize, key: Key) -> bool {
    *at = match key.code {
        Code::Up => at.saturating_sub(1),
        Code::Down => at.saturating_add(1),
        Code::PageUp => at.saturating_sub(8),
        Code::PageDown => at.saturating_add(8),
        Code::Home => 0,
        _ => return false,
    }
    .min(10_000);
    true
}

fn barred(dialog: &mut Dialog, key: Key) -> Verdict {
    if key == Key::char('r') {
        return Verdict::Read;
    }
    let closes = key == Key::char('q') || dialog.confirm() == Some(Confirm::Yes);
    if closes { Verdict::Cancel } else { Verdict::Stay }
}

fn enter(key: Key) -> Verdict {
    match key.code {
        Code::Enter => Verdict::Run,
        Code::Char('r') => Verdict::Read,
        Code::Char('q' | 'n') => Verdict::Cancel,
        _ => Verdict::Stay,
    }
}

fn name(dialog: &mut Dialog, key: Key) -> Verdict {
    match key.code {
        Code::Enter if dialog.is_named() => return Verdict::Run,
        Code::Enter => dialog.note = Some(format!("type {}, then Enter", dialog.wanted.system)),
        _ => edit(&mut dialog.typed, key),
    }
    Verdict::Stay
}

fn reason(dialog: &mut Dialog, key: Key, now: Mono) -> Verdict {
    let Reason::Asked(input) = &mut dialog.reason else { return Verdict::Stay };
    if key.code != Code::Enter {
        edit(input, key);
    } else if input.text.trim().is_empty() {
        dialog.note = Some("a reason, then Enter".to_owned());
    } else {
        dialog.reason = Reason::Given(input.text.trim().to_owned());
        // the Enter that ends the reason must not confirm as well
        (dialog.since, dialog.opener) = (now, Some((key, now)));
    }
    Verdict::Stay
}

fn edit(input: &mut Input, key: Key) {
    match key.code {
        Code::Backspace => input.backspace(),
        Code::Char('u') if key.ctrl => input.text.clear(),
        Code::Char(c) if !key.ctrl && !key.alt => input.insert(c.encode_utf8(&mut [0; 4])),
        _ => {}
    }
}

/// A key in the form of parameters; Enter in the last one asks for the preview.
fn typed_value(dialog: &mut Dialog, key: Key, now: Mono, declared: &Declared) -> Verdict {
    let Stage::Asking(form) = &mut dialog.stage else { return Verdict::Stay };
    let last = form.fields.len().saturating_sub(1);
    match key.code {
        Code::Up | Code::BackTab => form.at = form.at.saturating_sub(1),
        Code::Down | Code::Tab => form.at = (form.at + 1).min(last),
        Code::Left => choose(form, -1),
        Code::Right => choose(form, 1),
        Code::Enter if form.at < last => form.at += 1,
        Code::Enter => {
            if let Some(values) = form.values(declared) {
                dialog.wanted.parameters.extend(values);
                dialog.opener = Some((key, now));
                return Verdict::Read;
            }
        }
        _ => {
            form.problem = None;
            if let Some(field) = form.fields.get_mut(form.at).filter(|field| field.one_of.is_empty()) {
                edit(&mut field.input, key);
            }
        }
    }
    Verdict::Stay
}

/// The next of the values that are allowed.
fn choose(form: &mut Form, by: isize) {
    let Some(field) = form.fields.get_mut(form.at).filter(|field| !field.one_of.is_empty()) else { return };
    let at = field.one_of.iter().position(|value| *value == field.input.text).unwrap_or(0);
    let count = field.one_of.len();
    if let Some(next) = field.one_of.get((at + count).saturating_add_signed(by) % count) {
        field.input.text.clone_from(next);
    }
}

/// Pasted text: into a value or a reason, never into what confirms.
pub(in crate::app::update) fn paste(dialog: &mut Dialog, text: &str) {
    match (&mut dialog.stage, &mut dialog.reason) {
        (Stage::Asking(form), _) => {
            if let Some(field) = form.fields.get_mut(form.at).filter(|field| field.one_of.is_empty()) {
                field.input.insert(text);
            }
        }
        (Stage::Shown { .. }, Reason::Asked(input)) => input.insert(text),
        (Stage::Shown { .. }, _) => dialog.note = Some("pasted text confirms nothing".to_owned()),
        _ => {}
    }
}

fn run(dialog: &mut Dialog, now: Mono) -> Vec<Effect> {
    let Stage::Shown { preview, .. } = &dialog.stage else { return Vec::new() };
    let shown = preview.clone();
    let reason = if let Reason::Given(reason) = &dialog.reason { Some(reason.clone()) } else { None };
    let given = Given { confirm: Some(shown.confirm), reason };
    let crate::app::act::Wanted { system, action, parameters, items } = dialog.wanted.clone();
    dialog.enter(Stage::Starting(shown.clone()), now);
    vec![Effect::Run { system, action, parameters, items, shown, given }]
}
