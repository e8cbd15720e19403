//! Box-drawing characters (U+2500 to U+257F) as geometry on whole pixels, so that lines join from cell to cell.

use crate::canvas::{Area, Canvas, Rgb};

/// The weights of the four arms of each character from U+2500 on, as left, up, right, down:
/// 0 none, 1 light, 2 heavy, 3 double. Generated from the Unicode names; arcs and diagonals stand as 0000.
#[rustfmt::skip]
const ARMS: [&str; 128] = [
    "1010", "2020", "0101", "0202", "1010", "2020", "0101", "0202", // U+2500
    "1010", "2020", "0101", "0202", "0011", "0021", "0012", "0022", // U+2508
    "1001", "2001", "1002", "2002", "0110", "0120", "0210", "0220", // U+2510
    "1100", "2100", "1200", "2200", "0111", "0121", "0211", "0112", // U+2518
    "0212", "0221", "0122", "0222", "1101", "2101", "1201", "1102", // U+2520
    "1202", "2201", "2102", "2202", "1011", "2011", "1021", "2021", // U+2528
    "1012", "2012", "1022", "2022", "1110", "2110", "1120", "2120", // U+2530
    "1210", "2210", "1220", "2220", "1111", "2111", "1121", "2121", // U+2538
    "1211", "1112", "1212", "2211", "1221", "2112", "1122", "2221", // U+2540
    "2122", "2212", "1222", "2222", "1010", "2020", "0101", "0202", // U+2548
    "3030", "0303", "0031", "0013", "0033", "3001", "1003", "3003", // U+2550
    "0130", "0310", "0330", "3100", "1300", "3300", "0131", "0313", // U+2558
    "0333", "3101", "1303", "3303", "3031", "1013", "3033", "3130", // U+2560
    "1310", "3330", "3131", "1313", "3333", "0000", "0000", "0000", // U+2568
    "0000", "0000", "0000", "0000", "1000", "0100", "0010", "0001", // U+2570
    "2000", "0200", "0020", "0002", "1020", "0102", "2010", "0201", // U+2578
];

/// The thickness of a light line and the widths that follow from it, in pixels.
#[derive(Clone, Copy)]
struct Pen {
    light: i32,
}

impl Pen {
    fn for_cell(area: Area) -> Self {
        Self { light: ((area.w + 4) / 9).max(1) }
    }

    /// The pixels across a line of this weight, as a range around the middle of `length`.
    fn band(self, weight: u8, length: i32) -> (i32, i32) {
        let thick = if weight == 2 { self.light * 2 } else { self.light };
        let start = (length - thick) / 2;
        (start, start + thick)
    }

    /// The two strokes of a double line, before and after the middle of `length`.
    fn double(self, length: i32) -> [(i32, i32); 2] {
        let (middle, _) = self.band(1, length);
        let away = self.light * 3 / 2;
        [-away, away].map(|offset| (middle + offset, middle + offset + self.light))
    }
}

/// Draws the character if it is a box-drawing one.
pub(crate) fn draw(canvas: &mut Canvas, area: Area, c: char, colour: Rgb) -> bool {
    let Some(arms) = u32::from(c).checked_sub(0x2500).and_then(|at| ARMS.get(at as usize)) else { return false };
    match c {
        '╭' | '╮' | '╯' | '╰' => arc(canvas, area, c, colour),
        '╱' | '╲' | '╳' => diagonals(canvas, area, c, colour),
        '┄'..='┋' | '╌'..='╏' => dashes(canvas, area, c, arms, colour),
        _ => straight(canvas, area, arms, colour),
    }
    true
}

/// The four arms seen from one of them: along the axis it lies on, and across it.
struct View {
    /// This arm's weight, and the weight of the one opposite.
    own: u8,
    opposite: u8,
    /// The arms across: towards smaller and towards larger coordinates.
    before: u8,
    after: u8,
    /// Does this arm point towards larger coordinates?
    forward: bool,
    /// Is this arm horizontal?
    horizontal: bool,
}

fn straight(canvas: &mut Canvas, area: Area, arms: &str, colour: Rgb) {
    let weights: Vec<u8> = arms.bytes().map(|digit| digit - b'0').collect();
    let [l, u, r, d] = weights[..] else { return };
    let horizontal = |own, opposite, forward| View { own, opposite, before: u, after: d, forward, horizontal: true };
    let vertical = |own, opposite, forward| View { own, opposite, before: l, after: r, forward, horizontal: false };
    for view in [horizontal(l, r, false), horizontal(r, l, true), vertical(u, d, false), vertical(d, u, true)] {
        arm(canvas, area, &view, colour);
    }
}

fn arm(canvas: &mut Canvas, area: Area, view: &View, colour: Rgb) {
    let (along, across) = if view.horizontal { (area.w, area.h) } else { (area.h, area.w) };
    let pen = Pen::for_cell(area);
    let mut stroke = |band: (i32, i32), inner: i32| {
        let span = if view.forward { (inner, along) } else { (0, along - inner) };
        let (xs, ys) = if view.horizontal { (span, band) } else { (band, span) };
        canvas.rect((area.x + xs.0, area.y + ys.0), (area.x + xs.1, area.y + ys.1), colour, 1.0);
    };
    match view.own {
        0 => {}
        3 => {
            let [before, after] = pen.double(across);
            stroke(before, double_start(pen, along, view.before, view.after));
            stroke(after, double_start(pen, along, view.after, view.before));
        }
        weight => stroke(pen.band(weight, across), single_start(pen, along, view)),
    }
}

/// Where a single line begins, counted in its own direction: far enough to cover the lines it meets.
fn single_start(pen: Pen, along: i32, view: &View) -> i32 {
    let [(outer, _), (inner, _)] = pen.double(along);
    match (view.before, view.after) {
        (3, 3) if view.opposite == 0 => inner,
        (3, _) | (_, 3) => outer,
        (0, 0) if view.opposite == 0 => along / 2,
        (before, after) => pen.band(before.max(after).max(1), along).0,
    }
}

/// Where one stroke of a double line begins: at the inner corner if the arm on its side (`near`) is double too, at the
/// outer corner if only the arm on the other side is.
fn double_start(pen: Pen, along: i32, near: u8, far: u8) -> i32 {
    let [(outer, _), (inner, _)] = pen.double(along);
    match (near, far) {
        (3, _) => inner,
        (_, 3) => outer,
        _ => pen.band(1, along).0,
    }
}

fn dashes(canvas: &mut Canvas, area: Area, c: char, arms: &str, colour: Rgb) {
    let count = match c {
        '┄'..='┇' => 3,
        '┈'..='┋' => 4,
        _ => 2,
    };
    let horizontal = !arms.starts_with('0');
    let weight = if arms.contains('2') { 2 } else { 1 };
    let (along, across) = if horizontal { (area.w, area.h) } else { (area.h, area.w) };
    let (band_start, band_end) = Pen::for_cell(area).band(weight, across);
    let gap = (along / count / 3).max(1);
    for n in 0..count {
        // Half a gap on either side, so that the rhythm goes on over the cells.
        let (start, end) = (along * n / count + gap / 2, along * (n + 1) / count - (gap - gap / 2));
        let (from, to) =
            if horizontal { ((start, band_start), (end, band_end)) } else { ((band_start, start), (band_end, end)) };
        canvas.rect((area.x + from.0, area.y + from.1), (area.x + to.0, area.y + to.1), colour, 1.0);
    }
}

/// A rounded corner: a quarter circle as wide as half a cell, and straight pieces up to the edges.
fn arc(canvas: &mut Canvas, area: Area, c: char, colour: Rgb) {
    let pen = Pen::for_cell(area);
    let (right, down) = (matches!(c, '╭' | '╰'), matches!(c, '╭' | '╮'));
    let middle = |length| {
        let (start, end) = pen.band(1, length);
        (start + end) as f32 / 2.0
    };
    let (w, h, half) = (area.w as f32, area.h as f32, pen.light as f32 / 2.0);
    let (mx, my) = (middle(area.w), middle(area.h));
    let radius = if right { w - mx } else { mx }.min(if down { h - my } else { my });
    let (cx, cy) = (if right { mx + radius } else { mx - radius }, if down { my + radius } else { my - radius });
    canvas.shape(area, colour, |x, y| {
        let beyond_x = if right { x > cx } else { x < cx };
        let beyond_y = if down { y > cy } else { y < cy };
        let distance = match (beyond_x, beyond_y) {
            (true, _) => (y - my).abs(),
            (_, true) => (x - mx).abs(),
            _ => ((x - cx).hypot(y - cy) - radius).abs(),
        };
        half + 0.5 - distance
    });
}

fn diagonals(canvas: &mut Canvas, area: Area, c: char, colour: Rgb) {
    let (w, h, half) = (area.w as f32, area.h as f32, Pen::for_cell(area).light as f32 / 2.0);
    let length = w.hypot(h);
    canvas.shape(area, colour, |x, y| {
        let rising = ((x * h + y * w - w * h) / length).abs();
        let falling = ((x * h - y * w) / length).abs();
        let distance = match c {
            '╱' => rising,
            '╲' => falling,
            _ => rising.min(falling),
        };
        half + 0.5 - distance
    });
}
