//! The last pass where the terminal's locale is not UTF-8: whatever is not ASCII on the screen by then (remote texts,
//! marks of what was cut) becomes a character that is. Every cell keeps its place.

use ratatui::buffer::Buffer;

use crate::base::text::ascii_of;

/// Replaces what is not ASCII.
pub(super) fn fold(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            cell.set_char(ascii_of(cell.symbol()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_keeps_its_place() {
        let mut buf =
            Buffer::with_lines(["a\u{241b}]0;\u{2039}U+202E\u{203a}", "日本 é\u{2026}|", "a \u{2014} b\u{2013}c"]);
        fold(&mut buf);
        assert_eq!(buf, Buffer::with_lines(["a^]0;<U+202E>", "? ?  ?~|", "a - b-c"]));
    }
}
