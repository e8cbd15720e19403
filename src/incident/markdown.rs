//! Texts made fit for Markdown: what a component or a person said stays words, and never becomes a heading, a link, a
//! table's cell or a marker of ours.

use std::fmt::Write as _;

use crate::base::Shown;

/// Longest text of one place, in bytes.
const LONGEST: usize = 2048;
/// The eight steps of a sparkline, and a gap.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns of a sparkline.
const COLUMNS: usize = 60;

/// A text as words in a line.
pub(super) fn words(text: &str) -> String {
    let text = Shown::long_from_remote(text, LONGEST).into_string();
    let mut out = String::with_capacity(text.len() + 8);
    let letters: Vec<char> = text.trim().chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let inside = [before, after].iter().all(|next| next.is_some_and(|next| next.is_alphanumeric()));
        let escaped = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '&' | '~' => true,
            '_' => !inside,
            // `!` opens a picture, `://` and `www.` are links by themselves
            '!' => after == Some(&'['),
            ':' => after == Some(&'/') && letters.get(at + 2) == Some(&'/'),
            '.' => at >= 3 && letters[at - 3..at].iter().all(|w| matches!(w, 'w' | 'W')),
            // what would begin a heading, a list, a quotation, a rule
            '#' | '>' | '+' | '-' | '=' => at == 0,
            _ => false,
        };
        let numbered = matches!(letter, '.' | ')') && at > 0 && letters[..at].iter().all(char::is_ascii_digit);
        if escaped || numbered {
            out.push('\\');
        }
        out.push(*letter);
    }
    out
}

/// A text as code within a line, between as many backticks as it takes.
pub(super) fn code(text: &str) -> String {
    let text = Shown::long_from_remote(text, LONGEST).into_string();
    let ticks = "`".repeat(longest_run(&text) + 1);
    let edge = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{ticks}{edge}{text}{edge}{ticks}")
}

/// Lines as a block of code. A line that would end it, or end a section of ours, cannot.
pub(super) fn block(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| Shown::long_from_remote(line, LONGEST).into_string())
        .map(|line| if line.trim_start().starts_with("<!--") { format!("\\{line}") } else { line })
        .collect();
    let fence = "`".repeat(lines.iter().map(|line| longest_run(line) + 1).max().unwrap_or(0).max(3));
    lines.iter().fold(format!("{fence}{language}\n"), |mut out, line| {
        let _ = writeln!(out, "{line}");
        out
    }) + &fence
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The course of a signal from 0 (or below) to its highest value. A gap is a space; nothing known is nothing drawn.
pub(super) fn spark(values: &[Option<f64>]) -> String {
    let values = thinned(values);
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) = known().fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let range = high - low;
    let step = |value: f64| {
        let part = if range > 0.0 && range.is_finite() { ((value - low) / range).clamp(0.0, 1.0) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=1 times seven")]
        let at = (part * 7.0).round() as usize;
        STEPS[at.min(7)]
    };
    values.iter().map(|value| value.filter(|value| value.is_finite()).map_or(' ', step)).collect()
}

/// As many values as there are columns: of several in one column the highest, so that no peak is lost.
fn thinned(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let each = values.len().div_ceil(COLUMNS).max(1);
    let highest = |part: &[Option<f64>]| part.iter().flatten().copied().reduce(f64::max);
    values.chunks(each).map(highest).collect()
}

/// A number as people write it.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    let rounded = (value * 100.0).round() / 100.0;
    if rounded.is_finite() && rounded.abs() < 1e15 { format!("{rounded}") } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_said_stays_words() {
        for (text, wanted) in [
            ("refused 127.0.0.1:8082", "refused 127.0.0.1:8082"),
            ("queue.workers_live = 0 > 1", "queue.workers_live = 0 > 1"),
            ("_all_ lost", "\\_all\\_ lost"),
            ("a | b", "a \\| b"),
            ("# Root cause", "\\# Root cause"),
            ("- [ ] done", "\\- \\[ \\] done"),
            ("1. first", "1\\. first"),
            ("see https://evil.example/x", "see https\\://evil.example/x"),
            ("www.evil.example", "www\\.evil.example"),
            ("[x](http://e) ![y](z)", "\\[x\\](http\\://e) \\!\\[y\\](z)"),
            ("<!-- /midwatch:timeline --> <b>", "\\<!-- /midwatch:timeline --> \\<b>"),
            ("`code` & \\", "\\`code\\` \\& \\\\"),
            ("two\nlines", "two\u{240a}lines"),
        ] {
            assert_eq!(words(text), wanted, "{text}");
        }
    }

    #[test]
    fn code_ends_where_it_should() {
        for (text, wanted) in [("ls", "`ls`"), ("a`b", "``a`b``"), ("``", "``` `` ```"), ("", "`  `")] {
            assert_eq!(code(text), wanted);
        }
        let lines = ["echo ```".to_owned(), "<!-- /midwatch:commands -->".to_owned(), "a\u{1b}b".to_owned()];
        assert_eq!(block("bash", &lines), "````bash\necho ```\n\\<!-- /midwatch:commands -->\na\u{241b}b\n````");
    }

    #[test]
    fn a_sparkline_is_total_and_keeps_its_peak() {
        for (values, wanted) in [
            (vec![], ""),
            (vec![Some(0.0), Some(7.0), None, Some(3.5)], "▁█ ▅"),
            (vec![Some(f64::NAN), Some(f64::INFINITY), Some(1.0)], "  █"),
            (vec![Some(-1.0), Some(1.0)], "▁█"),
            (vec![Some(f64::MAX), Some(f64::MIN)], "▁▁"),
            (vec![None], " "),
        ] {
            assert_eq!(spark(&values), wanted, "{values:?}");
        }
        let mut many = vec![Some(0.0); 1000];
        many[501] = Some(9.0);
        assert!(spark(&many).chars().count() <= COLUMNS && spark(&many).contains('█'));
    }
}
