//! Big digits, three rows high, for the one number that is read across the room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::pen::{Pen, to_u16};

/// Rows of a big digit.
pub(crate) const ROWS: u16 = 3;

fn shape(c: char) -> [&'static str; 3] {
    match c {
        '0' => ["▄▄▄", "█ █", "█▄█"],
        '1' => ["▄▄ ", " █ ", "▄█▄"],
        '2' => ["▄▄▄", "▄▄█", "█▄▄"],
        '3' => ["▄▄▄", " ▄█", "▄▄█"],
        '4' => ["▄ ▄", "█▄█", "  █"],
        '5' => ["▄▄▄", "█▄▄", "▄▄█"],
        '6' => ["▄▄▄", "█▄▄", "█▄█"],
        '7' => ["▄▄▄", "  █", "  █"],
        '8' => ["▄▄▄", "█▄█", "█▄█"],
        '9' => ["▄▄▄", "█▄█", "▄▄█"],
        '-' => ["   ", "▄▄▄", "   "],
        '.' => [" ", " ", "▄"],
        ' ' => [" ", " ", " "],
        _ => ["▄▄▄", " ▄█", " ▄ "],
    }
}

/// Columns that a text takes in big digits.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|c| shape(c)[0].chars().count() + 1).sum::<usize>().saturating_sub(1)
}

/// Draws a number at the top left of an area.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    let mut x = area.x;
    for c in text.chars() {
        let shape = shape(c);
        let columns = to_u16(shape[0].chars().count());
        for (row, part) in shape.iter().enumerate() {
            let cell = Rect { x, width: columns.min(area.right().saturating_sub(x)), ..area };
            Pen::new(buf, cell, to_u16(row), "").raw(part, style);
        }
        x = x.saturating_add(columns + 1);
        if x >= area.right() {
            break;
        }
    }
}
