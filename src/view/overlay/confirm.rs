//! The dialog before anything runs: what exactly is done to what, what is known, what proves it; and the one line that
//! says which key confirms it. Nothing of it is cut: what does not fit scrolls.

mod form;
mod told;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::action::{ActionSpec, Confirm};
use crate::app::Model;
use crate::app::act::{Dialog, Reason, Stage};
use crate::base::time::Span;
use crate::config::Environment;
use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::doc::Doc;
use crate::view::overlay::gate::{From, Gate, columns, risk_badge};
use crate::view::pen::Pen;

/// From so many seconds on the line tells when the dialog closes.
const HURRY: u64 = 30;

/// Draws the dialog.
pub(super) fn draw(model: &Model, dialog: &Dialog, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let watch = model.systems.iter().find(|watch| watch.system.name == dialog.wanted.system);
    let spec = watch.and_then(|watch| watch.system.action.get(&dialog.wanted.action));
    let gate = Gate {
        environment: watch.map_or(Environment::Production, |watch| watch.system.environment),
        title: &dialog.title,
        badge: spec.map(|spec| risk(theme, spec)).unwrap_or_default(),
        note: dialog.preview().map(|preview| format!("picture {}", preview.digest())).unwrap_or_default(),
        theme,
    };
    let mut doc = Doc::fitted(theme, columns(area));
    match &dialog.stage {
        Stage::Asking(form) => form::fill(form, theme, &mut doc),
        Stage::Reading => {
            let took = model.now.mono.since(dialog.since).as_secs();
            let since = if took > 1 { format!(" for {took} s") } else { String::new() };
            doc.text(format!("reading the system anew{since}{}", theme.glyphs.more), theme.text);
        }
        Stage::Shown { preview, .. } | Stage::Starting(preview) => told::fill(model, dialog, preview, theme, &mut doc),
        Stage::Failed(why) => doc.field("failed", why.clone(), theme.strong),
    }
    let foot = gate.draw(&[], &doc.rows(columns(area)), &From::Top(dialog.scroll), buf, area);
    let mut pen = Pen::new(buf, foot, 0, theme.glyphs.more);
    line(model, dialog, theme, &mut pen);
}

fn risk(theme: &Theme, spec: &ActionSpec) -> (String, Style) {
    (format!(" {} ", spec.risk), risk_badge(theme, spec.risk))
}

/// The last line: which key does what.
fn line(model: &Model, dialog: &Dialog, theme: &Theme, pen: &mut Pen<'_>) {
    if let Some(note) = &dialog.note {
        pen.right(note, theme.warning);
        pen.skip_right(2);
    } else if let Some(left) = dialog.closes_in(model.now.mono).filter(|left| left.as_secs() < HURRY)
        && pen.room() > 50
    {
        pen.right(&format!("closes in {}", Span(left)), theme.dim);
        pen.skip_right(2);
    }
    match &dialog.stage {
        Stage::Asking(_) => keys(&[("Enter", "goes on"), ("Tab", "next"), ("Esc", "cancel")], theme, pen),
        Stage::Reading => keys(&[("Esc", "cancel")], theme, pen),
        Stage::Starting(_) => {
            pen.put(theme.glyphs.doing, theme.accent).skip(1).put("starting its runner", theme.strong).skip(3);
            keys(&[("Esc", "close, the run goes on")], theme, pen);
        }
        Stage::Failed(_) => keys(&[("r", "try again"), ("Esc", "close")], theme, pen),
        Stage::Shown { .. } if dialog.barred().is_some() => {
            pen.put(theme.glyphs.critical, theme.critical).skip(1).put("cannot be confirmed", theme.critical).skip(3);
            keys(&[("r", "read anew"), ("Esc", "close")], theme, pen);
        }
        Stage::Shown { preview, .. } => match (&dialog.reason, preview.confirm) {
            (Reason::Asked(input), _) => {
                pen.put("why again: ", theme.text).put(&input.text, theme.strong).put(theme.glyphs.caret, theme.accent);
                pen.skip(2);
                keys(&[("Enter", "goes on"), ("Esc", "cancel")], theme, pen);
            }
            (_, Confirm::Enter) => {
                button("Enter", dialog, theme, pen);
                pen.put("run", theme.strong).skip(3);
                keys(&[("Esc", "cancel")], theme, pen);
            }
            (_, Confirm::Yes) => {
                button("y", dialog, theme, pen);
                pen.put("run", theme.strong).skip(3);
                pen.put("any other key cancels", theme.hint);
            }
            (_, Confirm::Name) => name(dialog, theme, pen),
        },
    }
}

/// The system's name, shown from the configuration, and what is typed of it.
fn name(dialog: &Dialog, theme: &Theme, pen: &mut Pen<'_>) {
    let wanted = dialog.wanted.system.as_str();
    pen.put("type ", theme.text).put(wanted, theme.key).put(": ", theme.text);
    pen.put(&dialog.typed.text, theme.strong).put(theme.glyphs.caret, theme.accent);
    // what is typed does not move what stands behind it
    pen.skip((width(wanted) + 3).saturating_sub(width(&dialog.typed.text)));
    if dialog.is_named() {
        button("Enter", dialog, theme, pen);
        pen.put("run", theme.strong).skip(3);
    }
    keys(&[("Esc", "cancel")], theme, pen);
}

/// The key that runs it, in the colour of its risk.
fn button(key: &str, dialog: &Dialog, theme: &Theme, pen: &mut Pen<'_>) {
    let style = match dialog.preview().map(|preview| preview.risk.as_str()) {
        Some("safe") => theme.badge_ok,
        Some("destructive") => theme.badge_critical,
        _ => theme.badge_warning,
    };
    pen.put(&format!(" {key} "), style.add_modifier(Modifier::BOLD)).skip(1);
}

/// Keys and what they do.
pub(super) fn keys(keys: &[(&str, &str)], theme: &Theme, pen: &mut Pen<'_>) {
    for (key, word) in keys {
        pen.put(key, theme.key).skip(1).put(word, theme.hint).skip(3);
    }
}
