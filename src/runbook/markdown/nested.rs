//! Templates show Markdown with fences in a fence of Markdown. To a parser the first inner end is the end of all, and
//! what follows is torn apart; to a reader it is not. The outer fence is written with tildes before it is parsed, which
//! changes no length.

use std::borrow::Cow;

/// How many lines a template may have.
const FARTHEST: usize = 2000;

/// The text with such fences made whole; the mark of an editor before its first line is three spaces.
pub(super) fn untangled(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {}", whole(rest))),
        None => whole(text),
    }
}

fn whole(text: &str) -> Cow<'_, str> {
    if !text.contains("```markdown") && !text.contains("```md") {
        return Cow::Borrowed(text);
    }
    let mut out: Option<String> = None;
    let lines: Vec<(usize, &str)> = {
        let begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        begins.zip(text.split_inclusive('\n')).collect()
    };
    let mut n = 0;
    let mut in_fence = false;
    while let Some((start, line)) = lines.get(n) {
        let mark = line.trim_start().starts_with("```").then(|| line.trim()[3..].trim());
        match mark {
            Some("") => in_fence = !in_fence,
            Some("markdown" | "md") if !in_fence => {
                if let Some(last) = end(&lines, n) {
                    let out = out.get_or_insert_with(|| text.to_owned());
                    for (start, line) in [(*start, *line), lines[last]] {
                        let ticks = start + line.len() - line.trim_start().len();
                        out.replace_range(ticks..ticks + 3, "~~~");
                    }
                    n = last;
                } else {
                    in_fence = true;
                }
            }
            Some(_) => in_fence = true,
            None => {}
        }
        n += 1;
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The line that ends the fence which line `first` begins, where another fence stands in it.
fn end(lines: &[(usize, &str)], first: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut nests = false;
    for (n, (_, line)) in lines.iter().enumerate().skip(first + 1).take(FARTHEST) {
        let trimmed = line.trim();
        // four marks, or tildes, need no help
        if trimmed.starts_with("````") || trimmed.starts_with("~~~") {
            return None;
        }
        match trimmed.strip_prefix("```") {
            Some("") if depth == 0 => return nests.then_some(n),
            Some("") => depth -= 1,
            Some(info) if depth == 0 && !info.contains('`') => {
                depth += 1;
                nests = true;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_in_a_template_does_not_end_it() {
        let text = "```markdown\n# T\n```bash\nls\n```\nend\n```\n\nafter\n";
        assert_eq!(untangled(text), "~~~markdown\n# T\n```bash\nls\n```\nend\n~~~\n\nafter\n");
    }

    #[test]
    fn fences_that_need_no_help_get_none() {
        for text in [
            "```markdown\n# T\n```\n```bash\nls\n```\n",
            "```markdown\n```bash\n",
            "```bash\n```markdown\n```\n",
            "````md\n```sh\n```\n````\n",
        ] {
            assert_eq!(untangled(text), text);
        }
    }
}
