//! Block elements (U+2580 to U+259F) and braille (U+2800 to U+28FF) as geometry: neighbours leave no seam. So is the
//! white circle, which the font lacks while it has the black one.

use crate::canvas::{Area, Canvas, Rgb};

/// The quarters that U+2596 to U+259F fill: upper left 1, upper right 2, lower left 4, lower right 8.
const QUARTERS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

/// Draws the character if it is a block element or a braille pattern.
pub(crate) fn draw(canvas: &mut Canvas, area: Area, c: char, colour: Rgb) -> bool {
    let code = u32::from(c);
    match code {
        0x2580..=0x2595 => block(canvas, area, i32::try_from(code - 0x2580).unwrap_or(0), colour),
        0x2596..=0x259F => quarters(canvas, area, QUARTERS[(code - 0x2596) as usize], colour),
        0x2800..=0x28FF => braille(canvas, area, code - 0x2800, colour),
        0x25CB => ring(canvas, area, colour),
        _ => return false,
    }
    true
}

fn ring(canvas: &mut Canvas, area: Area, colour: Rgb) {
    let (w, h) = (area.w as f32, area.h as f32);
    let (radius, half) = (w * 0.41, w / 18.0);
    canvas.shape(area, colour, |x, y| half + 0.5 - ((x - w / 2.0).hypot(y - h / 2.0) - radius).abs());
}

/// `n` eighths of a length, on whole pixels.
fn eighths(length: i32, n: i32) -> i32 {
    (length * n + 4) / 8
}

fn block(canvas: &mut Canvas, area: Area, n: i32, colour: Rgb) {
    let Area { w, h, .. } = area;
    let (from, to, coverage) = match n {
        0x00 => ((0, 0), (w, eighths(h, 4)), 1.0),
        0x01..=0x08 => ((0, h - eighths(h, n)), (w, h), 1.0),
        0x09..=0x0F => ((0, 0), (eighths(w, 16 - n), h), 1.0),
        0x10 => ((eighths(w, 4), 0), (w, h), 1.0),
        0x11 => ((0, 0), (w, h), 0.25),
        0x12 => ((0, 0), (w, h), 0.5),
        0x13 => ((0, 0), (w, h), 0.75),
        0x14 => ((0, 0), (w, eighths(h, 1)), 1.0),
        _ => ((w - eighths(w, 1), 0), (w, h), 1.0),
    };
    canvas.rect((area.x + from.0, area.y + from.1), (area.x + to.0, area.y + to.1), colour, coverage);
}

fn quarters(canvas: &mut Canvas, area: Area, filled: u8, colour: Rgb) {
    // The middle of the lower half block, so that quarters and halves meet.
    let (mx, my) = (eighths(area.w, 4), area.h - eighths(area.h, 4));
    for (bit, xs, ys) in
        [(1, (0, mx), (0, my)), (2, (mx, area.w), (0, my)), (4, (0, mx), (my, area.h)), (8, (mx, area.w), (my, area.h))]
    {
        if filled & bit != 0 {
            canvas.rect((area.x + xs.0, area.y + ys.0), (area.x + xs.1, area.y + ys.1), colour, 1.0);
        }
    }
}

/// Dots 1 to 8 are the bits 0 to 7; the first six run down the columns, the last two make the fourth row.
fn braille(canvas: &mut Canvas, area: Area, bits: u32, colour: Rgb) {
    const DOTS: [(u8, u8); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let (w, h) = (area.w as f32, area.h as f32);
    let radius = w * 0.14;
    for (bit, (column, row)) in DOTS.into_iter().enumerate() {
        if bits & (1 << bit) == 0 {
            continue;
        }
        let (cx, cy) = (w * (f32::from(column) * 2.0 + 1.0) / 4.0, h * (f32::from(row) * 2.0 + 1.0) / 8.0);
        canvas.shape(area, colour, |x, y| radius + 0.5 - (x - cx).hypot(y - cy));
    }
}
