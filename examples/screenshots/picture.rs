//! A terminal screen as a picture: cells, their attributes, and a quiet margin. The cursor is left out.

use vt100::{Cell, Color, Screen};

use crate::canvas::{Area, Canvas, Rgb};
use crate::font::{Fonts, Style};
use crate::palette::Palette;
use crate::{blocks, boxes};

/// The margin around the screen at scale 1, in pixels.
const MARGIN: i32 = 14;

/// How far dim text goes towards its background, out of 255.
const DIM: u8 = 95;

/// Paints the screen.
pub(crate) fn paint(screen: &Screen, palette: &Palette, fonts: &mut Fonts, scale: u8) -> Canvas {
    let (rows, cols) = screen.size();
    let (cell_w, cell_h) = fonts.cell();
    let margin = MARGIN * i32::from(scale);
    let size = |cells: u16, side: i32| i32::from(cells) * side + 2 * margin;
    let mut canvas = Canvas::new(size(cols.get(), cell_w), size(rows.get(), cell_h), margin_colour(screen, palette));
    let cells = || (0..rows.get()).flat_map(|row| (0..cols.get()).map(move |col| (row, col)));
    let at = |(row, col): (u16, u16), cell: &Cell| Area {
        x: margin + i32::from(col) * cell_w,
        y: margin + i32::from(row) * cell_h,
        w: if cell.is_wide() { 2 * cell_w } else { cell_w },
        h: cell_h,
    };
    // All grounds first: a slanted letter may reach into the next cell.
    for position in cells() {
        if let Some(cell) = screen.cell(position.0, position.1).filter(|cell| !cell.is_wide_continuation()) {
            let area = at(position, cell);
            canvas.rect((area.x, area.y), (area.x + area.w, area.y + area.h), colours(cell, palette).1, 1.0);
        }
    }
    for position in cells() {
        if let Some(cell) = screen.cell(position.0, position.1).filter(|cell| !cell.is_wide_continuation()) {
            paint_cell(&mut canvas, at(position, cell), cell, palette, fonts, i32::from(scale));
        }
    }
    canvas
}

fn paint_cell(canvas: &mut Canvas, area: Area, cell: &Cell, palette: &Palette, fonts: &mut Fonts, scale: i32) {
    let (colour, _) = colours(cell, palette);
    let style = Style { bold: cell.bold(), italic: cell.italic() };
    for c in cell.contents().chars().filter(|c| *c != '\u{fe0e}' && *c != '\u{fe0f}') {
        if !boxes::draw(canvas, area, c, colour) && !blocks::draw(canvas, area, c, colour) {
            fonts.draw(canvas, area, c, style, colour);
        }
    }
    if cell.underline() {
        let top = area.y + area.h - 3 * scale;
        canvas.rect((area.x, top), (area.x + area.w, top + scale), colour, 1.0);
    }
}

/// What the text and the ground of a cell look like.
fn colours(cell: &Cell, palette: &Palette) -> (Rgb, Rgb) {
    let mut text = palette.colour(cell.fgcolor(), palette.foreground);
    let mut ground = palette.colour(cell.bgcolor(), palette.background);
    if cell.inverse() {
        std::mem::swap(&mut text, &mut ground);
    }
    if cell.dim() {
        text = text.towards(ground, DIM);
    }
    (text, ground)
}

/// The margin goes on with the screen's ground where its four corners agree on one.
fn margin_colour(screen: &Screen, palette: &Palette) -> Rgb {
    let (rows, cols) = screen.size();
    let (last_row, last_col) = (rows.get() - 1, cols.get() - 1);
    let corner = |row, col| screen.cell(row, col).map_or(Color::Default, Cell::bgcolor);
    let first = corner(0, 0);
    let agreed = [corner(0, last_col), corner(last_row, 0), corner(last_row, last_col)].iter().all(|c| *c == first);
    if agreed { palette.colour(first, palette.background) } else { palette.background }
}
