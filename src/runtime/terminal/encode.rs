//! Two frames to the fewest bytes that turn the first into the second. Pure.
//!
//! A frame stands between the brackets of synchronized output (DEC mode 2026), starts and ends with the default style,
//! and never moves the cursor where printing has already put it. Nothing changed is nothing written.

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Begin synchronized update.
const BEGIN: &[u8] = b"\x1b[?2026h";
/// End synchronized update.
const END: &[u8] = b"\x1b[?2026l";

/// Appends the bytes that bring a terminal from `before` to `after`; with no `before` it is cleared and painted whole.
pub(super) fn frame(before: Option<&Buffer>, after: &Buffer, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(BEGIN);
    let blank;
    let before = if let Some(same) = before.filter(|before| before.area == after.area) {
        same
    } else {
        clear(out);
        blank = Buffer::empty(after.area);
        &blank
    };
    let painted = paint(before, after, out);
    if painted == 0 && out.len() == start + BEGIN.len() {
        out.truncate(start);
        return;
    }
    out.extend_from_slice(END);
}

/// Appends the bytes that clear the terminal, after which it shows a blank frame.
pub(super) fn clear(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[0m\x1b[2J");
}

/// Appends the bytes that bring one row from `before` to `after`, both of the same size, without brackets: what is written
/// in pieces is shown in pieces.
pub(super) fn row(before: &Buffer, after: &Buffer, y: u16, erasing: Erasing, out: &mut Vec<u8>) {
    let mut pen = Pen { erasing: Some(erasing), ..Pen::default() };
    paint_row(before, after, y, &mut pen, &mut None, out);
    pen.reset(out);
}

fn paint(before: &Buffer, after: &Buffer, out: &mut Vec<u8>) -> usize {
    let mut pen = Pen::default();
    let mut next = None;
    let rows = after.area.top()..after.area.bottom();
    let painted = rows.map(|y| paint_row(before, after, y, &mut pen, &mut next, out)).sum();
    pen.reset(out);
    painted
}

/// Where the cursor is, as far as it is known.
type Cursor = Option<(u16, u16)>;

fn paint_row(before: &Buffer, after: &Buffer, y: u16, pen: &mut Pen, next: &mut Cursor, out: &mut Vec<u8>) -> usize {
    let mut painted = 0;
    let mut x = after.area.left();
    // columns up to here lost their content when a wide character went away: terminals differ in what they leave
    let mut torn = x;
    while x < after.area.right() {
        let (old, cell) = (&before[(x, y)], &after[(x, y)]);
        let end = x.saturating_add(columns(cell));
        if old != cell || x < torn {
            if *next != Some((x, y)) {
                move_to(out, *next, x, y);
            }
            pen.set(cell, out);
            let blanks = pen.erasing.map_or(0, |erasing| blanks(before, after, (x, y), erasing));
            if blanks > SHORT {
                let past = x + blanks;
                // the cursor stays where it is
                erase(out, blanks, past >= after.area.right());
                torn = (x..past).map(|at| at.saturating_add(columns(&before[(at, y)]))).fold(torn, u16::max);
                *next = Some((x, y));
                painted += 1;
                x = past;
                continue;
            }
            out.extend_from_slice(cell.symbol().as_bytes());
            // where a cell holds several characters, terminals differ in how far it moved the cursor
            let known = cell.symbol().chars().nth(1).is_none();
            *next = (known && end < after.area.right()).then_some((end, y));
            painted += 1;
            torn = (x..end)
                .map(|at| at.saturating_add(columns(&before[(at.min(after.area.right() - 1), y)])))
                .fold(torn, u16::max);
        }
        x = end;
    }
    painted
}

/// So many blanks are not worth being erased rather than written.
const SHORT: u16 = 8;

/// What an erased cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erasing {
    /// As the terminal itself, whatever colour was set.
    Bare,
    /// In the colour of the ground that was set.
    Coloured,
}

/// How many cells from here on become blank on the same ground, up to the last that is not so yet; none where erasing
/// would leave another ground.
fn blanks(before: &Buffer, after: &Buffer, (from, y): (u16, u16), erasing: Erasing) -> u16 {
    let ground = after[(from, y)].bg;
    if ground != Color::Reset && erasing == Erasing::Bare {
        return 0;
    }
    let is_bare = |cell: &Cell| is_blank(cell) && cell.bg == ground && !cell.modifier.intersects(ON_BLANKS);
    let run = (from..after.area.right()).take_while(|x| is_bare(&after[(*x, y)]));
    run.filter(|x| before[(*x, y)] != after[(*x, y)]).last().map_or(0, |last| last + 1 - from)
}

/// Erases so many cells, or all to the end of the row.
fn erase(out: &mut Vec<u8>, cells: u16, to_the_end: bool) {
    let result = if to_the_end { write!(out, "\x1b[K") } else { write!(out, "\x1b[{cells}X") };
    debug_assert!(result.is_ok(), "writing to a Vec cannot fail");
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " "
}

/// What shows although there is no character.
const ON_BLANKS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// Columns that a cell takes.
fn columns(cell: &Cell) -> u16 {
    // nearly every cell is one ASCII character
    if cell.symbol().len() == 1 {
        return 1;
    }
    u16::try_from(unicode_width::UnicodeWidthStr::width(cell.symbol())).unwrap_or(1).max(1)
}

/// The shortest of the moves that fit: right along the row, else to the place itself.
fn move_to(out: &mut Vec<u8>, from: Option<(u16, u16)>, x: u16, y: u16) {
    let result = match from {
        Some((at, row)) if row == y && x > at && x - at == 1 => write!(out, "\x1b[C"),
        Some((at, row)) if row == y && x > at => write!(out, "\x1b[{}C", x - at),
        _ if x == 0 => write!(out, "\x1b[{}H", y + 1),
        _ => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    };
    debug_assert!(result.is_ok(), "writing to a Vec cannot fail");
}

/// The style that the terminal has now.
#[derive(Default, PartialEq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
    /// Blanks are erased, for a link on which every byte counts.
    erasing: Option<Erasing>,
}

impl Pen {
    fn set(&mut self, cell: &Cell, out: &mut Vec<u8>) {
        let modifier = cell.modifier;
        if is_blank(cell) && self.bg == cell.bg && !(self.modifier | modifier).intersects(ON_BLANKS) {
            return;
        }
        if (self.fg, self.bg, self.modifier) == (cell.fg, cell.bg, modifier) {
            return;
        }
        let mut codes: Vec<u8> = Vec::with_capacity(40);
        // an attribute that goes away, or the default style: start anew, it is the shortest
        let anew = !(self.modifier - modifier).is_empty()
            || (cell.fg == Color::Reset && cell.bg == Color::Reset && modifier.is_empty());
        if anew {
            codes.push(b'0');
            *self = Pen { erasing: self.erasing, ..Pen::default() };
        }
        for (flag, code) in MODIFIERS {
            if modifier.contains(flag) && !self.modifier.contains(flag) {
                push(&mut codes, code);
            }
        }
        if self.fg != cell.fg {
            color(&mut codes, cell.fg, false);
        }
        if self.bg != cell.bg {
            color(&mut codes, cell.bg, true);
        }
        if codes == b"0" {
            out.extend_from_slice(b"\x1b[m");
        } else if !codes.is_empty() {
            out.extend_from_slice(b"\x1b[");
            out.extend_from_slice(&codes);
            out.push(b'm');
        }
        *self = Pen { fg: cell.fg, bg: cell.bg, modifier, ..*self };
    }

    fn reset(&mut self, out: &mut Vec<u8>) {
        let bare = Pen { erasing: self.erasing, ..Pen::default() };
        if *self != bare {
            out.extend_from_slice(b"\x1b[m");
            *self = bare;
        }
    }
}

const MODIFIERS: [(Modifier, &str); 6] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::REVERSED, "7"),
    (Modifier::CROSSED_OUT, "9"),
];

fn push(codes: &mut Vec<u8>, code: &str) {
    if !codes.is_empty() {
        codes.push(b';');
    }
    codes.extend_from_slice(code.as_bytes());
}

fn color(codes: &mut Vec<u8>, color: Color, background: bool) {
    let text = match (color, named(color), background) {
        (Color::Reset, _, false) => "39".to_owned(),
        (Color::Reset, _, true) => "49".to_owned(),
        (Color::Indexed(n), _, _) => format!("{};5;{n}", if background { 48 } else { 38 }),
        (Color::Rgb(r, g, b), _, _) => format!("{};2;{r};{g};{b}", if background { 48 } else { 38 }),
        (_, Some(n), _) => {
            let base = match (n < 8, background) {
                (true, false) => 30,
                (true, true) => 40,
                (false, false) => 82,
                (false, true) => 92,
            };
            (base + n).to_string()
        }
        (_, None, _) => return,
    };
    push(codes, &text);
}

/// The place of a named colour among the sixteen.
fn named(color: Color) -> Option<u16> {
    Some(match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn shown(before: Option<&Buffer>, after: &Buffer) -> String {
        let mut bytes = Vec::new();
        frame(before, after, &mut bytes);
        String::from_utf8(bytes).unwrap().replace('\x1b', "^")
    }

    fn lines(lines: &[&str]) -> Buffer {
        Buffer::with_lines(lines.iter().copied())
    }

    #[test]
    fn nothing_changed_is_nothing_written() {
        let same = lines(&["abc", "def"]);
        assert_eq!(shown(Some(&same), &same), "");
    }

    #[test]
    fn one_number_costs_one_move_and_its_digits() {
        assert_eq!(shown(Some(&lines(&["n 41"])), &lines(&["n 42"])), "^[?2026h^[1;4H2^[?2026l");
    }

    #[test]
    fn a_frame_ends_in_the_default_style() {
        let before = lines(&["ab"]);
        let mut after = before.clone();
        after.set_style(Rect::new(0, 0, 1, 1), Style::new().fg(Color::Red).add_modifier(Modifier::REVERSED));
        assert_eq!(shown(Some(&before), &after), "^[?2026h^[1H^[7;31ma^[m^[?2026l");
    }

    #[test]
    fn another_size_is_painted_whole() {
        assert_eq!(shown(Some(&lines(&["a"])), &lines(&["ab"])), "^[?2026h^[0m^[2J^[1Hab^[?2026l");
    }

    /// What an emulator shows, cell by cell; a cell never written to and a blank one look the same.
    fn cells(emulator: &vt100::Parser) -> Vec<(String, vt100::Color, vt100::Color, bool)> {
        let cell = |at: u16| {
            let cell = emulator.screen().cell(at / 12, at % 12).unwrap();
            let blank = !cell.has_contents() || cell.contents() == " ";
            let text = if blank { " " } else { cell.contents() };
            // the pen of a blank cannot be seen
            let pen = if blank { (vt100::Color::Default, false) } else { (cell.fgcolor(), cell.bold()) };
            (text.to_owned(), pen.0, cell.bgcolor(), pen.1)
        };
        (0..48).map(cell).collect()
    }

    /// What a terminal shows after the bytes is the frame, whatever the two frames are.
    #[test]
    fn a_terminal_shows_the_frame() {
        let colors = [Color::Reset, Color::Red, Color::Indexed(77), Color::Rgb(1, 2, 3), Color::LightBlue];
        let symbols = ["a", "b", " ", "│", "字"];
        let mut seed = 7_u64;
        let mut random = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 40).unwrap() % n
        };
        let emulator = || vt100::Parser::new(4.try_into().unwrap(), 12.try_into().unwrap(), 0);
        let mut terminal = emulator();
        let mut before: Option<Buffer> = None;
        for _ in 0..200 {
            let mut after = before.clone().unwrap_or_else(|| Buffer::empty(Rect::new(0, 0, 12, 4)));
            for _ in 0..random(9) {
                let modifier = if random(2) == 0 { Modifier::empty() } else { Modifier::BOLD };
                let style = Style::new().fg(colors[random(5)]).bg(colors[random(5)]).add_modifier(modifier);
                let (x, y) = (u16::try_from(random(11)).unwrap(), u16::try_from(random(4)).unwrap());
                // a widget that covers the second half of a wide character blanks its first half
                if x > 0 && after[(x - 1, y)].symbol() == "字" {
                    after.set_string(x - 1, y, " ", Style::reset());
                }
                after.set_string(x, y, symbols[random(5)], Style::reset().patch(style));
            }
            let mut bytes = Vec::new();
            frame(before.as_ref(), &after, &mut bytes);
            terminal.process(&bytes);
            let mut whole = emulator();
            let mut fresh = Vec::new();
            frame(None, &after, &mut fresh);
            whole.process(&fresh);
            assert_eq!(cells(&terminal), cells(&whole));
            before = Some(after);
        }
    }
}
