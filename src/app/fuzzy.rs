//! Fuzzy search over the command table, for the palette.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::Model;
use crate::app::command::{COMMANDS, CommandSpec, Scope};

/// True when a command applies to what is on the screen.
pub fn applies(spec: &CommandSpec, model: &Model) -> bool {
    match spec.scope {
        Scope::Anywhere => true,
        Scope::Panels => !model.systems.is_empty(),
        Scope::Demo => model.options.demo.is_some(),
        Scope::First => model.systems.is_empty(),
    }
}

/// The commands that match a text, best first; all of them for an empty one.
pub fn commands(model: &Model, text: &str) -> Vec<&'static CommandSpec> {
    let candidates = COMMANDS.iter().filter(|spec| applies(spec, model));
    if text.trim().is_empty() {
        return candidates.collect();
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<_> = candidates
        .filter_map(|spec| {
            let text = format!("{} {}", spec.id, spec.doc);
            let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
            Some((score, spec))
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(b.1.id)));
    scored.into_iter().map(|(_, spec)| spec).collect()
}
