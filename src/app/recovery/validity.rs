//! How far a runbook can be trusted: when somebody tried it last, and whether it was changed since.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::runbook::Runbook;

/// For how many days a validation is good: a quarter of a year.
pub const GOOD_FOR: i32 = 92;

/// When a runbook was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Nobody ever tried it.
    Never,
    /// It was changed after it was tried.
    Changed {
        /// Days since the change.
        days: i32,
    },
    /// It was tried so many days ago.
    Days(i32),
}

impl Validity {
    /// Of a runbook at a time. A date in the future tells nothing and counts as today.
    pub fn of(runbook: &Runbook, now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        let days = |date: Date| today.since(date).map_or(0, |span| span.get_days()).max(0);
        let passed = |result: &str| {
            let result = result.to_lowercase();
            ["pass", "ok", "verified", "worked"].iter().any(|word| result.starts_with(word))
        };
        let rows = runbook.validations.iter().filter(|row| passed(&row.result));
        let tried = rows.filter_map(|row| row.date.parse::<Date>().ok()).chain(runbook.last_validated.parse()).max();
        let Some(tried) = tried else { return Self::Never };
        match runbook.last_updated.parse::<Date>() {
            Ok(changed) if changed > tried => Self::Changed { days: days(changed) },
            _ => Self::Days(days(tried)),
        }
    }

    /// True where it should be said aloud.
    pub fn is_doubtful(self) -> bool {
        !matches!(self, Self::Days(days) if days <= GOOD_FOR)
    }

    /// In words.
    pub fn words(self) -> String {
        match self {
            Self::Never => "never validated".to_owned(),
            Self::Changed { .. } => "changed since it was validated".to_owned(),
            Self::Days(0) => "validated today".to_owned(),
            Self::Days(days) if days > GOOD_FOR => format!("not validated for {days} days"),
            Self::Days(days) => format!("validated {days}d ago"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_tried_changed_or_tried_long_ago_says_so() {
        let now: Timestamp = "2026-11-22T02:50:00Z".parse().unwrap();
        for (updated, validated, row, words, doubtful) in [
            ("2026-11-01", "never", "", "never validated", true),
            ("2026-11-01", "2026-10-01", "", "changed since it was validated", true),
            ("2026-01-01", "2026-06-01", "", "not validated for 174 days", true),
            ("2026-01-01", "2026-11-12", "", "validated 10d ago", false),
            ("2026-01-01", "never", "| 2026-11-20 | bo | staging | passed | |", "validated 2d ago", false),
            ("2026-01-01", "never", "| 2026-11-20 | bo | staging | failed | |", "never validated", true),
            ("2026-01-01", "2027-01-01", "", "validated today", false),
        ] {
            let text = format!(
                "# X\n\n**Scenario:** y\n**Last Updated:** {updated}\n**Last Validated:** {validated}\n\n## Symptoms\n\n- z\n\n\
                 ## Validation Log\n\n| Date | Validator | Environment | Result | Notes |\n|---|---|---|---|---|\n{row}\n"
            );
            let runbook = crate::runbook::read_house("x".parse().unwrap(), &text);
            let validity = Validity::of(&runbook, now);
            assert_eq!(
                (validity.words().as_str(), validity.is_doubtful()),
                (words, doubtful),
                "{updated} {validated} {row}"
            );
        }
    }
}
