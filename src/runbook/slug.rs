//! Titles to ids and anchors.

use std::collections::HashMap;

use crate::base::RunbookId;

/// Longest id.
const LONGEST: usize = 64;

/// A title without its number: `3a. Worker Crash`, `4.3 Stuck`, `Type 1: Retry Exhausted`, `Check 2: Memory`.
pub(super) fn without_number(title: &str) -> &str {
    let title = title.trim();
    let (first, rest) = title.split_once(' ').unwrap_or((title, ""));
    let number = first.trim_end_matches(['.', ')', ':']);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.split('.').all(|part| {
            let letters = part.trim_start_matches(|c: char| c.is_ascii_digit());
            part.len() > letters.len() && letters.len() <= 1 && letters.bytes().all(|byte| byte.is_ascii_lowercase())
        });
    if is_number && !rest.trim().is_empty() && (number.len() < first.len() || number.contains('.')) {
        return rest.trim();
    }
    if let Some((before, after)) = title.split_once(": ")
        && let Some((word, n)) = before.split_once(' ')
        && matches!(word, "Type" | "Check" | "Scenario" | "Issue" | "Case")
        && !n.is_empty()
        && n.bytes().all(|byte| byte.is_ascii_digit())
    {
        return after.trim();
    }
    title
}

/// A title as an id: kebab-case of ASCII letters and digits.
pub(super) fn kebab(title: &str) -> String {
    let mut id = String::new();
    for c in title.chars() {
        if id.len() >= LONGEST {
            break;
        }
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') && !matches!(c, '\'' | '’') {
            id.push('-');
        }
    }
    id.trim_end_matches('-').to_owned()
}

/// A text as a runbook's id; a text without letters is `untitled`.
pub(super) fn id(text: &str) -> RunbookId {
    let kebab = kebab(text);
    RunbookId::new(if kebab.is_empty() { "untitled" } else { &kebab }).unwrap_or_else(|_| untitled())
}

/// Ids that are given, each with the number that its next namesake tries first.
pub(super) type Taken = HashMap<RunbookId, usize>;

/// The same, unlike all that are taken: `rollback`, `rollback-2`, …
pub(super) fn unique(text: &str, taken: &mut Taken) -> RunbookId {
    let first = id(text);
    let mut n = taken.get(&first).copied().unwrap_or(1);
    let mut candidate = first.clone();
    while taken.contains_key(&candidate) {
        n += 1;
        let tail = format!("-{n}");
        let head: String = first.as_str().chars().take(LONGEST - tail.len()).collect();
        candidate = id(&(head.trim_end_matches('-').to_owned() + &tail));
    }
    taken.insert(candidate.clone(), 1);
    taken.insert(first, n);
    candidate
}

#[expect(clippy::expect_used, reason = "a constant that the rule of ids allows")]
fn untitled() -> RunbookId {
    RunbookId::new("untitled").expect("kebab-case")
}

/// The anchor that a Git host makes of a heading.
pub(super) fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_ids_without_their_numbers() {
        for (title, want) in [
            ("3a. Worker Crash", "worker-crash"),
            ("1. High Error Rate", "high-error-rate"),
            ("4.3 Work Orders Stuck in \"Pending\"", "work-orders-stuck-in-pending"),
            ("Type 1: Retry Exhausted", "retry-exhausted"),
            ("Type 2: Budget Warning/Critical", "budget-warning-critical"),
            ("3f. Memory Pressure (OOM)", "memory-pressure-oom"),
            ("2 workers are left", "2-workers-are-left"),
            ("5xx errors", "5xx-errors"),
            ("Don't panic", "dont-panic"),
            ("→", "untitled"),
        ] {
            assert_eq!(id(without_number(title)).as_str(), want, "{title}");
        }
    }

    #[test]
    fn an_id_is_given_once() {
        let mut taken = Taken::new();
        let ids: Vec<String> =
            ["Rollback", "Rollback", "rollback 2"].iter().map(|t| unique(t, &mut taken).to_string()).collect();
        assert_eq!(ids, ["rollback", "rollback-2", "rollback-2-2"]);
    }
}
