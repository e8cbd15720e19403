//! Commands that do nothing once their shell has ended, and commands that are for a person in front of a screen.

use std::borrow::Cow;

use crate::runbook::class::Effect;
use crate::runbook::class::program::Call;

/// Names are given values, and nothing else happens.
pub(super) fn assignment(names: &[String]) -> Effect {
    let name = names.first().map_or("it", String::as_str);
    Effect::Idle(format!("setting {name} here has no effect on a running service: set it where the service is configured, then restart").into())
}

/// What tells all variables of a shell.
pub(super) fn environment(call: &Call<'_>) -> Option<Effect> {
    match call.name() {
        "export" | "declare" | "set" if call.words.len() == 1 => effect(call),
        _ => None,
    }
}

pub(super) fn effect(call: &Call<'_>) -> Option<Effect> {
    let idle = |why: &'static str| Some(Effect::Idle(Cow::Borrowed(why)));
    match call.name() {
        "export" | "declare" | "typeset" | "readonly" | "local" => {
            let names: Vec<String> = call
                .arguments()
                .filter(|word| !word.starts_with('-'))
                .map(|word| word.split('=').next().unwrap_or_default().to_owned())
                .collect();
            if names.is_empty() {
                return Some(Effect::never("prints the whole environment with its secrets"));
            }
            Some(assignment(&names))
        }
        "unset" => idle("has no effect on a running service: it ends with its own shell"),
        "cd" | "pushd" | "popd" => idle("has no effect on the next step, which runs by itself"),
        "source" | "." if call.read.iter().any(|word| word.computed) => {
            Some(Effect::changes("runs code that is not known"))
        }
        "source" | "." | "alias" | "unalias" | "umask" | "shopt" => {
            idle("has no effect on a running service or on the next step")
        }
        "set" if call.arguments().next().is_none() => Some(Effect::never("prints all variables with their secrets")),
        "set" => idle("has no effect on the next step: each runs by itself"),
        "true" | ":" | "wait" => Some(Effect::reads("does nothing")),
        "open" | "xdg-open" | "sensible-browser" | "wslview" => {
            let target = call.arguments().find(|word| !word.starts_with('-')).unwrap_or("it");
            let target = crate::base::Shown::from_remote(target);
            Some(Effect::Hands(format!("no browser here: show {target} and copy it").into()))
        }
        "pbcopy" | "xclip" | "wl-copy" => Some(Effect::Hands("for the clipboard of a desktop".into())),
        "vim" | "vi" | "nano" | "emacs" | "ed" | "crontab" if !call.has(&["-l"]) => {
            Some(Effect::Hands("opens an editor: do it in a shell of your own".into()))
        }
        "bash" | "sh" | "zsh" | "fish" | "python" | "python3" | "node" | "irb" | "rails" | "mysql" | "mongosh"
        | "mongo" | "sqlite3" | "ipython"
            if call.words.len() == 1 && !call.is_fed =>
        {
            Some(Effect::never("waits for a person at a terminal"))
        }
        "exit" | "return" | "logout" => idle("ends a shell"),
        _ => None,
    }
}
