//! A row more in a runbook's Validation Log, and the date of its last validation: the text of the file with these, and
//! nothing else of it touched.

use crate::runbook::document::Validation;

/// The heading of the log.
const LOG: &str = "validation log";
/// The field of the header.
const LAST: &str = "**Last Validated:**";
/// A log that is not there yet.
const EMPTY: [&str; 2] = ["| Date | Validator | Environment | Result | Notes |", "|---|---|---|---|---|"];

/// The row as it stands in the table.
pub fn row(validation: &Validation) -> String {
    let Validation { date, validator, environment, result, notes } = validation;
    let cells =
        [date, validator, environment, result, notes].map(|cell| cell.replace('|', "\\|").replace(['\r', '\n'], " "));
    format!("| {} |", cells.join(" | "))
}

/// The text with this row at the end of the log; with its date as that of the last validation, where `is_valid`.
pub fn validated(text: &str, validation: &Validation, is_valid: bool) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let prose = prose(&lines);
    if let Some(at) = prose.iter().copied().find(|at| lines[*at].trim_start().starts_with(LAST)).filter(|_| is_valid) {
        let indent = lines[at].len() - lines[at].trim_start().len();
        let behind = if lines[at].ends_with("  ") { "  " } else { "" };
        lines[at] = format!("{}{LAST} {}{behind}", &lines[at][..indent], validation.date);
    }
    let is_log = |line: &str| {
        let title = line.trim_start_matches('#').trim();
        line.starts_with("## ") && title.to_lowercase().starts_with(LOG)
    };
    let heading = prose.iter().copied().rfind(|at| is_log(&lines[*at]));
    let heading = heading.unwrap_or_else(|| {
        lines.extend([String::new(), "## Validation Log".to_owned()]);
        lines.len() - 1
    });
    let is_row = |line: &String| line.trim_start().starts_with('|');
    let until =
        lines[heading + 1..].iter().position(|line| line.starts_with('#')).map_or(lines.len(), |n| heading + 1 + n);
    if let Some(last) = (heading + 1..until).rev().find(|at| is_row(&lines[*at])) {
        lines.insert(last + 1, row(validation));
    } else {
        let rest = lines.split_off(heading + 1);
        lines.push(String::new());
        lines.extend(EMPTY.iter().map(|line| (*line).to_owned()).chain([row(validation)]));
        lines.extend(rest);
    }
    lines.join(end) + end
}

/// The lines that stand in no fence.
fn prose(lines: &[String]) -> Vec<usize> {
    let mut fence: Option<char> = None;
    let mut prose = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let mark = ['`', '~'].into_iter().find(|mark| bare.starts_with(&mark.to_string().repeat(3)));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => prose.push(at),
            _ => {}
        }
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried() -> Validation {
        Validation {
            date: "2026-11-22".to_owned(),
            validator: "alice@ops1".to_owned(),
            environment: "staging".to_owned(),
            result: "passed".to_owned(),
            notes: "a | b".to_owned(),
        }
    }

    #[test]
    fn a_row_is_added_and_nothing_else_is_touched() {
        let text = "# A\n\n**Last Validated:** never\n**Owner:** me\n\n```md\n## Validation Log\n**Last Validated:** x\n```\n\n\
                    ## Validation Log\n\n| Date | Validator | Environment | Result | Notes |\n|---|---|---|---|---|\n\nend\n";
        let added = "| 2026-11-22 | alice@ops1 | staging | passed | a \\| b |\n";
        let want = text.replace("**Last Validated:** never", "**Last Validated:** 2026-11-22");
        let want = want.replace("|---|---|---|---|---|\n", &format!("|---|---|---|---|---|\n{added}"));
        assert_eq!(validated(text, &tried(), true), want);
        let failed = validated(text, &tried(), false);
        assert!(failed.contains("**Last Validated:** never") && failed.contains(added), "{failed}");
        let read =
            crate::runbook::read_house(crate::base::RunbookId::new("a").unwrap(), &validated(&want, &tried(), true));
        assert_eq!((read.validations.len(), read.last_validated.as_str()), (2, "2026-11-22"));
    }

    #[test]
    fn a_log_that_is_not_there_is_made() {
        for text in
            ["# A\n\ntext\n", "# A\n\n## Validation Log\n\nNever yet.\n", "# A\r\n\r\n**Last Validated:** never\r\n"]
        {
            let after = validated(text, &tried(), true);
            let read = crate::runbook::read_house(crate::base::RunbookId::new("a").unwrap(), &after);
            assert_eq!(read.validations.len(), 1, "{after}");
            assert_eq!(text.contains("\r\n"), after.contains("\r\n"));
        }
    }
}
