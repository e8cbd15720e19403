//! Fuzzy search over the command table and the actions of the system on the screen, for the palette.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::act::menu;
use crate::app::command::{COMMANDS, CommandSpec, Scope};
use crate::app::{Model, Screen};
use crate::base::{ActionId, RunbookId};

/// What the palette finds.
#[derive(Clone, Debug)]
pub enum Found {
    /// A command.
    Command(&'static CommandSpec),
    /// An action of the system on the screen.
    Action(ActionId),
    /// A runbook of the system on the screen.
    Runbook(RunbookId),
}

/// True when a command applies to what is on the screen.
pub fn applies(spec: &CommandSpec, model: &Model) -> bool {
    match spec.scope {
        Scope::Anywhere => true,
        Scope::Panels => !model.systems.is_empty(),
        Scope::Demo => model.options.demo.is_some(),
        Scope::First => model.systems.is_empty(),
        Scope::Runbook => model.screen == Screen::Runbook,
        // a walk is about an incident
        Scope::Incident => matches!(model.screen, Screen::Incident | Screen::Runbook),
        Scope::Record => model.screen == Screen::Incident,
    }
}

/// True when the key that is shown for a command does it on this screen.
pub fn is_at_hand(spec: &CommandSpec, model: &Model) -> bool {
    let Some(key) = model.keymap.keys(spec.command).next() else { return false };
    applies(spec, model) && model.keymap.command(key, |other| applies(other, model)) == Some(spec.command)
}

/// The commands and actions that match a text, best first; all of them for an empty one, commands first.
pub fn find(model: &Model, text: &str) -> Vec<Found> {
    let commands = COMMANDS.iter().filter(|spec| applies(spec, model));
    let commands = commands.map(|spec| (format!("{} {}", spec.id, spec.doc), Found::Command(spec)));
    let actions = menu::here(model).into_iter().flat_map(|watch| &watch.system.action);
    let actions = actions.map(|(id, spec)| {
        let words = format!("{} {id} act {} {}", spec.title, spec.risk, spec.effect.as_deref().unwrap_or(""));
        (words, Found::Action(id.clone()))
    });
    let runbooks = menu::here(model).into_iter().flat_map(|watch| watch.system.runbooks.iter());
    let runbooks = runbooks.map(|file| (format!("{} runbook", file.id), Found::Runbook(file.id.clone())));
    let candidates = commands.chain(actions).chain(runbooks);
    if text.trim().is_empty() {
        return candidates.map(|(_, found)| found).collect();
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<_> = candidates
        .filter_map(|(words, found)| {
            let score = pattern.score(Utf32Str::new(&words, &mut buffer), &mut matcher)?;
            Some(((start(&words, text), score), words, found))
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.into_iter().map(|(.., found)| found).collect()
}

/// What a text begins: the whole name, one of the words, or nothing. Who types `pa` means `pause`, not `move the pane`.
fn start(words: &str, text: &str) -> u8 {
    let (words, text) = (words.to_lowercase(), text.trim().to_lowercase());
    match () {
        () if words.starts_with(&text) => 2,
        () if words.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&text)) => 1,
        () => 0,
    }
}
