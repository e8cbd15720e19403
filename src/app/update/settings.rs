//! The user's own settings, read again because they changed: what can apply does so at once, what cannot is told, and what
//! is wrong leaves everything as it was. Nothing here lets anything run that could not run before.

use crate::app::settings::{News, Right, Settings};
use crate::app::update::toast;
use crate::app::{Effect, Model, Redraw};

/// Takes the settings as they are now.
pub(super) fn taken(model: &mut Model, news: News) -> Vec<Effect> {
    model.redraw = Redraw::Now;
    match news {
        News::Right(right) => apply(model, *right),
        News::Kept { why, read_only } => {
            model.trouble.settings = Some(why);
            if read_only { forbid(model) } else { Vec::new() }
        }
    }
}

fn apply(model: &mut Model, right: Right) -> Vec<Effect> {
    let was_wrong = model.trouble.told().is_some();
    model.trouble.settings = None;
    let mut effects = Vec::new();
    let (mut now, mut later) = (Vec::new(), Vec::new());
    // what has to wait stays as it was in here too, so that it is told until it holds, or is taken back
    let before = model.settings.clone();
    model.settings = Settings {
        systems: before.systems.clone(),
        theme: before.theme.clone(),
        read_only: before.read_only || right.settings.read_only,
        notices: before.notices.clone(),
        ..right.settings.clone()
    };
    effects.extend(theme(model, &before, &right, &mut now));
    if right.settings.zone != before.zone {
        model.options.local_zone = right.zone;
        now.push("zone");
    }
    if right.settings.keymap != before.keymap {
        model.keymap = right.settings.keymap;
        now.push("keys");
    }
    if right.settings.wall != before.wall {
        now.push("wall");
    }
    if right.settings.floor != before.floor {
        effects.push(Effect::Floor(right.settings.floor));
        now.push("refresh_floor");
    }
    if right.settings.read_only && !model.options.read_only {
        effects.extend(forbid(model));
        now.push("read_only");
    } else if before.read_only && !right.settings.read_only {
        later.push("read_only");
    }
    if right.settings.mouse != before.mouse && !model.options.wall {
        model.mouse = right.settings.mouse;
        effects.push(Effect::Mouse(model.mouse));
        now.push("mouse");
    }
    if right.settings.notices != before.notices {
        later.push("notices");
    }
    if right.settings.systems != before.systems {
        later.push("systems");
    }
    let told = match (now.is_empty(), later.is_empty()) {
        (true, true) if !was_wrong || model.trouble.told().is_some() => return effects,
        (true, true) => "your settings are right again".to_owned(),
        (false, true) => format!("your settings, read again: {}", now.join(", ")),
        (true, false) => format!("with the next start: {}", later.join(", ")),
        (false, false) => {
            format!("your settings, read again: {}; with the next start: {}", now.join(", "), later.join(", "))
        }
    };
    toast(model, told);
    effects
}

/// The theme that is asked for now, and how everything is drawn. One that cannot be shown changes nothing.
fn theme(model: &mut Model, before: &Settings, right: &Right, now: &mut Vec<&'static str>) -> Option<Effect> {
    if (right.settings.ascii, right.settings.color) != (before.ascii, before.color) {
        now.push("glyphs and colours");
    }
    model.trouble.theme.clone_from(&right.trouble);
    if right.trouble.is_some() || right.settings.theme == before.theme {
        return None;
    }
    model.settings.theme.clone_from(&right.settings.theme);
    model.themes.kept.clone_from(&right.theme);
    model.themes.asked = right.asks.then_some(model.now.mono);
    now.push("theme");
    right.asks.then_some(Effect::AskGround)
}

/// Takes every right away, for as long as it runs: incidents that were written here are others' to go on with.
fn forbid(model: &mut Model) -> Vec<Effect> {
    model.recovery.desk.writing.clear();
    if std::mem::replace(&mut model.options.read_only, true) { Vec::new() } else { vec![Effect::Forbid] }
}
