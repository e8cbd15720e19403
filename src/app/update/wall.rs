//! Keys on the wall: nobody sits before it, and whoever leans on its keyboard changes nothing.

use crate::app::command::Command;
use crate::app::update::input;
use crate::app::{Effect, Key, Model};
use crate::base::Now;

/// How often everything is drawn anew, seconds: what others wrote over the screen, such as a message of the system to all
/// terminals, goes away without a key.
const ANEW: i64 = 3600;

/// The key that quits does, and Ctrl-C twice; no other does anything.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    if key == Key::ctrl('c') {
        return input::interrupt(model);
    }
    match model.keymap.command(key, |_| true) {
        Some(Command::Quit) => vec![Effect::Quit(0)],
        _ => Vec::new(),
    }
}

/// Draws everything anew with each hour.
pub(super) fn redraw(model: &Model, before: Now) -> Option<Effect> {
    let hour = |now: Now| now.wall.as_second().div_euclid(ANEW);
    (model.options.wall && hour(before) != hour(model.now)).then_some(Effect::Redraw)
}
