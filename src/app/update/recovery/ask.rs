//! The keys of a line that is asked for. Pasted text goes into it and triggers nothing.

use crate::app::act::ARMED_AFTER;
use crate::app::key::Code;
use crate::app::model::{About, Ask};
use crate::app::{Effect, Key, Model, Overlay};
use crate::incident::Kind;
use crate::runbook::walk::Mark;

use super::{incident, step};

/// A key while a line is asked for; `None` where none is.
pub(in crate::app::update) fn key(model: &mut Model, key: Key) -> Option<Vec<Effect>> {
    let now = model.now.mono;
    let Some(Overlay::Ask(ask)) = model.overlays.last_mut() else { return None };
    if key.code == Code::Esc || key.alt || key == Key::ctrl('c') {
        model.overlays.pop();
        return Some(Vec::new());
    }
    ask.note = None;
    match key.code {
        // the Enter that opened it, held down, answers nothing
        Code::Enter if now.since(ask.since) < ARMED_AFTER => {
            ask.note = Some("too quick: press it once more".to_owned());
        }
        Code::Enter if ask.input.text.trim().is_empty() => {
            ask.note = Some("type something first, or Esc".to_owned());
        }
        Code::Enter => {
            let Some(Overlay::Ask(ask)) = model.overlays.pop() else { return None };
            return Some(answered(model, *ask));
        }
        Code::Backspace => ask.input.backspace(),
        Code::Char('u') if key.ctrl => ask.input.text.clear(),
        Code::Char(c) if !key.ctrl => ask.input.insert(c.encode_utf8(&mut [0; 4])),
        _ => {}
    }
    Some(Vec::new())
}

/// Pasted text.
pub(in crate::app::update) fn paste(ask: &mut Ask, text: &str) {
    ask.input.insert(text);
}

fn answered(model: &mut Model, ask: Ask) -> Vec<Effect> {
    let text = ask.input.text.trim().to_owned();
    match &ask.about {
        About::OpenIncident => incident::open(model, text),
        About::Note(id) => incident::noted(model, id, text),
        About::Close(id) => incident::closed(model, id, text),
        About::Mitigated(id) => super::record::write(model, id, Vec::new(), Kind::Mitigated { words: text }),
        About::Severity(id) => incident::graded(model, id, &text).unwrap_or_else(|why| {
            model.overlays.push(Overlay::Ask(Box::new(Ask { note: Some(why), ..ask })));
            Vec::new()
        }),
        About::Skip(n) => {
            let Some(key) = model.recovery.shown.clone() else { return Vec::new() };
            step::mark(model, &key, *n, Mark::Skipped { reason: text })
        }
        About::Field { n, name } => {
            let declared = step::parameter(model, *n, name).map_or(Ok(()), |spec| spec.check(&text));
            let Some(book) = model.recovery.book_mut() else { return Vec::new() };
            match declared.and_then(|()| book.walk.fill(*n, name, &text)) {
                Ok(()) => step::enter(model),
                Err(why) => {
                    model.overlays.push(Overlay::Ask(Box::new(Ask { note: Some(why), ..ask })));
                    Vec::new()
                }
            }
        }
    }
}
