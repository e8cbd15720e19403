//! Asks whoever sits at the terminal what to do with a step. What was typed or pasted before the question was seen counts
//! for nothing, and no answer is one by default but Enter itself.

use crate::base::Shown;
use crate::cli::act::confirm::line;
use crate::cli::{Failure, out};
use crate::runbook::walk::{Doing, Walk};

/// What is to be done with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Do it.
    Run,
    /// Leave it out, for this reason.
    Skip(String),
    /// Take another way: its word.
    Choose(String),
    /// Stop here.
    Quit,
}

/// Asks about a step. Only what is understood ends the question; the end of the input stops.
pub(super) fn step(walk: &Walk, n: usize, doing: &Doing<'_>) -> Result<Answer, Failure> {
    let enter = match doing {
        Doing::Action { .. } => Some("Enter previews"),
        Doing::Expect { .. } => Some("Enter looks"),
        Doing::Command { .. } => Some("Enter runs it"),
        Doing::Query { .. } => Some("Enter asks it, read only"),
        Doing::Human => Some("Enter when it is done"),
        Doing::Input { .. } => Some("Enter asks for it"),
        Doing::Choice { by: Some(_), .. } => Some("Enter takes what the system says"),
        Doing::Choice { by: None, .. } | Doing::Never => None,
    };
    let has_ways = walk.choice_of(n).is_some();
    let mut keys: Vec<&str> = enter.into_iter().collect();
    keys.push("s REASON skips");
    if has_ways {
        keys.push("c WAY chooses");
    }
    keys.push("q stops");
    loop {
        out::tell(&format!("       {}: ", keys.join(", ")))?;
        let Some(answer) = line()? else { return Ok(Answer::Quit) };
        match answer.trim().split_once(' ').map_or((answer.trim(), ""), |(key, rest)| (key, rest.trim())) {
            ("", "") if enter.is_some() => return Ok(Answer::Run),
            ("q", "") => return Ok(Answer::Quit),
            ("s", reason) if !reason.is_empty() => return Ok(Answer::Skip(Shown::from_remote(reason).into_string())),
            ("s", _) => out::tell("       why? write s and the reason\n")?,
            ("c", way) if has_ways && !way.is_empty() => return Ok(Answer::Choose(way.to_owned())),
            _ => out::tell("       not understood\n")?,
        }
    }
}

/// Asks for a value.
pub(super) fn value(name: &str, kind: &str) -> Result<Option<String>, Failure> {
    out::tell(&format!("       {} ({kind}): ", Shown::from_remote(name)))?;
    Ok(line()?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}
