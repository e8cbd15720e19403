//! Lines of a given width. Pure.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks a text at spaces; every line after the first begins with `indent`, for which the first has room already.
pub(in crate::report) fn hang(text: &str, width: usize, indent: &str) -> String {
    let room = width.saturating_sub(indent.width()).max(20);
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let wide = word.width();
        if used > 0 && used + 1 + wide > room {
            out.push('\n');
            out.push_str(indent);
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += wide;
    }
    out
}

/// The text in at most `room` columns; three dots stand for what is left out.
pub(in crate::report) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut used = 3;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect();
    format!("{}...", kept.trim_end())
}

/// The text in exactly `room` columns.
pub(in crate::report) fn pad(text: &str, room: usize) -> String {
    let cut = cut(text, room);
    let missing = room.saturating_sub(cut.width());
    cut + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        let text = "Worker is down: refused 127.0.0.1:8082 and 日本語 letters take two columns each of them";
        let shown = hang(text, 40, "    ");
        assert!(shown.lines().enumerate().all(|(n, line)| line.width() <= if n == 0 { 36 } else { 40 }), "{shown}");
        assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("refused", 7), "refused");
        assert_eq!(cut("refused 127.0.0.1", 11), "refused...");
        assert_eq!(pad("up", 4), "up  ");
    }
}
