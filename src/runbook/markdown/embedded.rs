//! Code within a piece of HTML: to Markdown it is part of the HTML, to whoever wrote it it is a command. What a
//! `<details>` without a blank line or a `<pre>` holds must not be lost.

use crate::runbook::markdown::{Fence, language};

/// The fences of a piece of HTML whose first line is `line` of a file with `last` lines.
pub(super) fn fences(html: &str, line: usize, last: usize) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<(Fence, &str)> = None;
    for (n, text) in html.lines().enumerate() {
        let trimmed = text.trim();
        match &mut open {
            Some((_, end)) if ends(trimmed, end) => found.extend(open.take().map(|(fence, _)| fence)),
            Some((fence, _)) => {
                fence.code.push_str(text);
                fence.code.push('\n');
            }
            None => {
                let begun = begins(trimmed);
                open = begun
                    .map(|(language, end)| (Fence { language, code: String::new(), line: line + n + 1, last }, end));
            }
        }
    }
    found.extend(open.map(|(fence, _)| fence));
    found.retain(|fence| !fence.code.trim().is_empty());
    found
}

fn begins(line: &str) -> Option<(String, &'static str)> {
    match line {
        _ if line.starts_with("```") => Some((language(line.trim_start_matches('`')), "```")),
        _ if line.starts_with("~~~") => Some((language(line.trim_start_matches('~')), "~~~")),
        "<pre>" | "<pre><code>" => Some((String::new(), "</")),
        _ => None,
    }
}

fn ends(line: &str, end: &str) -> bool {
    line.starts_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_within_html_is_found_with_its_place() {
        let html = "<details><summary>x</summary>\n```bash\nwhoami\n```\n</details>\n<pre>\ndocker ps\n</pre>\n";
        let found: Vec<_> = fences(html, 10, 99).into_iter().map(|f| (f.language, f.code, f.line)).collect();
        assert_eq!(
            found,
            [("bash".to_owned(), "whoami\n".to_owned(), 12), (String::new(), "docker ps\n".to_owned(), 16)]
        );
        assert!(fences("<b>x</b>", 1, 1).is_empty());
    }
}
