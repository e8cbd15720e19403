//! Letters that are read across a room: a table of 5x7 pixels, drawn with full and half blocks, or with `#` where there is
//! nothing but ASCII. Capitals and figures, and the small letters of units of time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::text::ascii_of;
use crate::view::Theme;
use crate::view::pen::to_u16;

/// Rows of a letter, in pixels.
const TALL: u16 = 7;
/// Columns of a letter, in pixels.
const WIDE: u16 = 5;

/// How large a pixel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Columns.
    across: u16,
    /// Half rows.
    down: u16,
    /// A pixel is half a column: letters half as wide as they would be.
    narrow: bool,
}

/// Sizes where half a row can be drawn, the largest first.
const BLOCKS: [Size; 4] = [square(4), square(3), square(2), square(1)];
/// Sizes where it cannot.
const ROWS: [Size; 3] = [square(4), square(2), Size { across: 1, down: 2, narrow: false }];

const fn square(side: u16) -> Size {
    Size { across: side, down: side, narrow: false }
}

/// The smallest letters that are still read across a room.
pub(crate) const NARROW: Size = Size { across: 1, down: 1, narrow: true };

/// The smallest letters, where quarters of a cell can be drawn.
pub(crate) fn narrow(theme: &Theme) -> Option<Size> {
    theme.glyphs.unicode.then_some(NARROW)
}

/// The sizes that a theme can draw, the largest first.
pub(crate) fn sizes(theme: &Theme) -> &'static [Size] {
    if theme.glyphs.unicode { &BLOCKS } else { &ROWS }
}

impl Size {
    /// Rows that a line of text takes.
    pub(crate) fn rows(self) -> u16 {
        (TALL * self.down).div_ceil(2)
    }

    /// Rows that lines of text take, with room between them.
    pub(crate) fn lines(self, n: usize) -> u16 {
        (self.pitch() * to_u16(n)).saturating_sub(self.pitch() - self.rows())
    }

    /// Columns from one letter of so many pixels to the next.
    fn advance(self, wide: u16) -> u16 {
        if self.narrow { (wide + 1).div_ceil(2) } else { (wide + 1) * self.across }
    }

    fn pitch(self) -> u16 {
        TALL * self.down / 2 + 1
    }

    /// Columns that a text takes.
    pub(crate) fn columns(self, text: &str) -> usize {
        if self.narrow {
            return text.chars().map(|c| usize::from(self.advance(extent(c).1))).sum();
        }
        let pixels: usize = text.chars().map(|c| usize::from(extent(c).1) + 1).sum();
        pixels.saturating_sub(1) * usize::from(self.across)
    }
}

/// The pixels of a character, each row's five from the left as bits 4 to 0.
#[rustfmt::skip]
fn pixels(c: char) -> [u8; 7] {
    match c {
        'A' => [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11],
        'B' => [0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E],
        'C' => [0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E],
        'D' => [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E],
        'E' => [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F],
        'F' => [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10],
        'G' => [0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0F],
        'H' => [0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11],
        'I' => [0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E],
        'J' => [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C],
        'K' => [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11],
        'L' => [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F],
        'M' => [0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11],
        'N' => [0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11],
        'O' => [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
        'P' => [0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10],
        'Q' => [0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D],
        'R' => [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11],
        'S' => [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E],
        'T' => [0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04],
        'U' => [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
        'V' => [0x11, 0x11, 0x11, 0x11, 0x11, 0x0A, 0x04],
        'W' => [0x11, 0x11, 0x11, 0x15, 0x15, 0x15, 0x0A],
        'X' => [0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11],
        'Y' => [0x11, 0x11, 0x11, 0x0A, 0x04, 0x04, 0x04],
        'Z' => [0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F],
        '0' => [0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E],
        '1' => [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E],
        '2' => [0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F],
        '3' => [0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E],
        '4' => [0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02],
        '5' => [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E],
        '6' => [0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E],
        '7' => [0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
        '8' => [0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E],
        '9' => [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C],
        'd' => [0x01, 0x01, 0x0D, 0x13, 0x11, 0x11, 0x0F],
        'h' => [0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11],
        'm' => [0x00, 0x00, 0x1A, 0x15, 0x15, 0x11, 0x11],
        's' => [0x00, 0x00, 0x0F, 0x10, 0x0E, 0x01, 0x1E],
        '.' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C],
        ',' => [0x00, 0x00, 0x00, 0x00, 0x0C, 0x04, 0x08],
        ':' => [0x00, 0x0C, 0x0C, 0x00, 0x0C, 0x0C, 0x00],
        ';' => [0x00, 0x0C, 0x0C, 0x00, 0x0C, 0x04, 0x08],
        '-' => [0x00, 0x00, 0x00, 0x0E, 0x00, 0x00, 0x00],
        '+' => [0x00, 0x04, 0x04, 0x1F, 0x04, 0x04, 0x00],
        '/' => [0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x00],
        '\\' => [0x00, 0x10, 0x08, 0x04, 0x02, 0x01, 0x00],
        '%' => [0x18, 0x19, 0x02, 0x04, 0x08, 0x13, 0x03],
        '(' => [0x02, 0x04, 0x08, 0x08, 0x08, 0x04, 0x02],
        ')' => [0x08, 0x04, 0x02, 0x02, 0x02, 0x04, 0x08],
        '[' => [0x0E, 0x08, 0x08, 0x08, 0x08, 0x08, 0x0E],
        ']' => [0x0E, 0x02, 0x02, 0x02, 0x02, 0x02, 0x0E],
        '!' => [0x04, 0x04, 0x04, 0x04, 0x04, 0x00, 0x04],
        '?' => [0x0E, 0x11, 0x01, 0x02, 0x04, 0x00, 0x04],
        '\'' | '`' => [0x04, 0x04, 0x08, 0x00, 0x00, 0x00, 0x00],
        '"' => [0x0A, 0x0A, 0x0A, 0x00, 0x00, 0x00, 0x00],
        '_' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1F],
        '=' => [0x00, 0x00, 0x1F, 0x00, 0x1F, 0x00, 0x00],
        '<' => [0x02, 0x04, 0x08, 0x10, 0x08, 0x04, 0x02],
        '>' => [0x08, 0x04, 0x02, 0x01, 0x02, 0x04, 0x08],
        '#' => [0x0A, 0x0A, 0x1F, 0x0A, 0x1F, 0x0A, 0x0A],
        '*' => [0x00, 0x04, 0x15, 0x0E, 0x15, 0x04, 0x00],
        '&' => [0x0C, 0x12, 0x14, 0x08, 0x15, 0x12, 0x0D],
        '@' => [0x0E, 0x11, 0x01, 0x0D, 0x15, 0x15, 0x0E],
        '|' => [0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04],
        '~' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x15, 0x15],
        '$' => [0x04, 0x0F, 0x14, 0x0E, 0x05, 0x1E, 0x04],
        '^' => [0x04, 0x0A, 0x11, 0x00, 0x00, 0x00, 0x00],
        '{' => [0x06, 0x04, 0x04, 0x08, 0x04, 0x04, 0x06],
        '}' => [0x0C, 0x04, 0x04, 0x02, 0x04, 0x04, 0x0C],
        '✓' => [0x00, 0x01, 0x03, 0x16, 0x1C, 0x08, 0x00],
        '✗' => [0x11, 0x1B, 0x0E, 0x04, 0x0E, 0x1B, 0x11],
        ' ' => [0; 7],
        _ => [0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F],
    }
}

/// The first column that a character uses, and how many. Figures are all as wide, so that a clock stands still.
fn extent(c: char) -> (u16, u16) {
    if c == ' ' {
        return (0, 2);
    }
    if c.is_ascii_digit() {
        return (0, WIDE);
    }
    let used = pixels(c).into_iter().fold(0, |all, row| all | row);
    let first = u16::try_from(used.leading_zeros()).unwrap_or(0).saturating_sub(8 - WIDE);
    let last = WIDE.saturating_sub(u16::try_from(used.trailing_zeros()).unwrap_or(0));
    (first.min(WIDE), last.saturating_sub(first))
}

/// A text as the table has letters for it: in capitals, what is not ASCII as what comes next to it.
pub(crate) fn capitals(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii() { c } else { ascii_of(c.encode_utf8(&mut [0; 4])) }.to_ascii_uppercase())
        .collect()
}

/// Draws a line at the top left of an area; what does not fit is not drawn.
pub(crate) fn draw(theme: &Theme, buf: &mut Buffer, area: Rect, size: Size, text: &str, style: Style) {
    let area = area.intersection(buf.area);
    let mut x = area.x;
    for c in text.chars() {
        let (first, wide) = extent(c);
        let columns = if size.narrow { wide.div_ceil(2) } else { wide * size.across };
        if x.saturating_add(columns) > area.right() {
            return;
        }
        let letter = Letter { pixels: pixels(c), first, size };
        for row in 0..size.rows().min(area.height) {
            for column in 0..columns {
                let (up, down) = (row * 2, row * 2 + 1);
                let symbol = if size.narrow {
                    let set = |half: u16, at: u16| column * 2 + half < wide && letter.is_set(column * 2 + half, at);
                    quarters([set(0, up), set(1, up), set(0, down), set(1, down)])
                } else {
                    symbol((letter.is_set(column, up), letter.is_set(column, down)), theme.glyphs.unicode)
                };
                let Some(symbol) = symbol else { continue };
                if let Some(cell) = buf.cell_mut((x + column, area.y + row)) {
                    cell.set_symbol(symbol).set_style(style);
                }
            }
        }
        x = x.saturating_add(size.advance(wide));
    }
}

struct Letter {
    pixels: [u8; 7],
    first: u16,
    size: Size,
}

impl Letter {
    fn is_set(&self, column: u16, half_row: u16) -> bool {
        let row = self.pixels.get(usize::from(half_row / self.size.down)).copied().unwrap_or(0);
        let bit = WIDE - 1 - (self.first + column / self.size.across).min(WIDE - 1);
        row >> bit & 1 == 1
    }
}

/// Upper left, upper right, lower left, lower right.
fn quarters(set: [bool; 4]) -> Option<&'static str> {
    const ALL: [&str; 16] = ["", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"];
    let at = set.iter().rev().fold(0, |at, set| at * 2 + usize::from(*set));
    ALL.get(at).copied().filter(|symbol| !symbol.is_empty())
}

fn symbol(halves: (bool, bool), unicode: bool) -> Option<&'static str> {
    match halves {
        (false, false) => None,
        _ if !unicode => Some("#"),
        (true, true) => Some("█"),
        (true, false) => Some("▀"),
        (false, true) => Some("▄"),
    }
}

/// The part of an area that a line in this size takes.
pub(crate) fn line(area: Rect, size: Size, n: usize) -> Rect {
    let y = area.y.saturating_add(to_u16(n).saturating_mul(size.pitch()));
    Rect { y, height: size.rows(), ..area }.intersection(area)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ColorDepth;

    fn drawn(text: &str, ascii: bool, size: usize) -> Vec<String> {
        let theme = Theme::builtin("dark", ColorDepth::None, ascii).unwrap();
        let size = sizes(&theme)[size];
        let area = Rect::new(0, 0, to_u16(size.columns(text)), size.rows());
        let mut buf = Buffer::empty(area);
        draw(&theme, &mut buf, area, size, text, Style::new());
        let rows = buf.content.chunks(usize::from(area.width));
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
    }

    #[test]
    fn letters_stand_in_half_rows_or_in_ascii() {
        assert_eq!(drawn("OK.", false, 3), ["▄▀▀▀▄ █  ▄▀   ", "█   █ █▄▀     ", "█   █ █ ▀▄  ▄▄", " ▀▀▀  ▀   ▀ ▀▀"]);
        let ascii = ["#   #", "#  # ", "# #  ", "##   ", "# #  ", "#  # ", "#   #"];
        assert_eq!(drawn("K", true, 2), ascii);
    }

    #[test]
    fn narrow_letters_have_quarters_of_a_cell() {
        let theme = Theme::builtin("dark", ColorDepth::None, false).unwrap();
        let size = narrow(&theme).unwrap();
        let area = Rect::new(0, 0, to_u16(size.columns("OK1")), size.rows());
        let mut buf = Buffer::empty(area);
        draw(&theme, &mut buf, area, size, "OK1", Style::new());
        let rows = buf.content.chunks(usize::from(area.width));
        let rows: Vec<String> = rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect();
        assert_eq!(rows, ["▞▀▖▌▗▘▗▌ ", "▌ ▌▙▘  ▌ ", "▌ ▌▌▚  ▌ ", "▝▀ ▘ ▘▝▀ "]);
    }

    #[test]
    fn every_character_has_a_shape_of_its_own() {
        let mut seen: Vec<[u8; 7]> = Vec::new();
        for c in ('!'..='_').chain("dhms{|}~✓✗".chars()).filter(|c| *c != '`') {
            assert_ne!(pixels(c), pixels('\u{1}'), "{c}");
            assert!(!seen.contains(&pixels(c)), "{c}");
            seen.push(pixels(c));
        }
    }
}
