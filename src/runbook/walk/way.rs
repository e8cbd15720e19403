//! Choices: the ways that a runbook offers, the one that was chosen, and the one that somebody means by a word.

use crate::base::Variables;
use crate::runbook::document::{Class, Step};
use crate::runbook::walk::Walk;

impl Walk {
    /// Chooses a way; another one than before leaves what was done on the other as it is. False where there is no such.
    pub fn choose(&mut self, choice: usize, option: &str) -> bool {
        let known = self.options(choice).contains(&option);
        if known {
            self.chosen.insert(choice, option.to_owned());
        }
        known
    }

    /// The way that was chosen.
    pub fn chosen(&self, choice: usize) -> Option<&str> {
        self.chosen.get(&choice).map(String::as_str)
    }

    /// The ways of a choice, in the order of the runbook.
    pub fn options(&self, choice: usize) -> Vec<&str> {
        let mut names = Vec::new();
        for option in self.runbook.steps.iter().filter_map(|step| step.option.as_ref()) {
            if option.choice == choice && !names.contains(&option.name.as_str()) {
                names.push(option.name.as_str());
            }
        }
        names
    }

    /// The choice that a step belongs to, where there is something to choose.
    pub fn choice_of(&self, n: usize) -> Option<usize> {
        let choice = self.step(n)?.option.as_ref()?.choice;
        let ways = || self.runbook.steps.iter().filter(|step| step.option.as_ref().is_some_and(|o| o.choice == choice));
        // ways that only read may all be gone
        let asks = ways().any(|step| step.class != Class::Check) && self.options(choice).len() > 1;
        asks.then_some(choice)
    }

    /// The way that the system's variable picks.
    pub fn picked(&self, choice: usize, variables: &Variables) -> Option<&str> {
        let of = |step: &&Step| step.option.as_ref().is_some_and(|option| option.choice == choice);
        let variable = self.runbook.steps.iter().filter(of).find_map(|step| step.option.as_ref()?.variable.as_ref())?;
        let value = variables.plain(&variable.text)?;
        self.options(choice).into_iter().find(|name| is_named(name, value))
    }

    /// The way that a person means by a word: its name, its letter (`A`, `option-a`), or the beginning of it, if only one
    /// way fits.
    pub fn meant(&self, choice: usize, word: &str) -> Option<&str> {
        let options = self.options(choice);
        if let Some(exact) = options.iter().find(|name| is_named(name, word)) {
            return Some(exact);
        }
        let begins = |name: &&&str| plain(name).starts_with(&plain(word)) && !plain(word).is_empty();
        let mut found = options.iter().filter(begins);
        found.next().copied().filter(|_| found.next().is_none())
    }
}

/// `Option A: Restart` is named by `A`, `option-a` and its whole name; `Docker` by `docker`.
fn is_named(name: &str, word: &str) -> bool {
    let (name, word) = (plain(name), plain(word));
    let label = name.strip_prefix("option ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let first = name.split(' ').next().unwrap_or_default();
    !word.is_empty()
        && (name == word
            || label == word.strip_prefix("option ").unwrap_or(&word)
            || (first == word && label.is_empty()))
}

/// Letters and digits in lower case, anything else as one space.
fn plain(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
