//! All systems: a tile each, with state, worst cause, what fires and how fresh it is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::Model;
use crate::base::{Status, own_word};
use crate::signal::Freshness;
use crate::view::Theme;
use crate::view::ctx::{Ctx, Label, status_of};
use crate::view::format::{plural, width};
use crate::view::layout::Chrome;
use crate::view::panel::{frame, jobs};
use crate::view::pen::{Pen, to_u16};
use crate::watch::Component;
use crate::watch::clock::clocks;

/// Rows of a tile where there is room, and where there is little: a rule with its name, and its worst in one line.
const TALL: u16 = 6;
const SHORT: u16 = 2;
/// Rows that are worth a box.
const BOXED: u16 = 5;
/// Least columns of a tile.
const NARROW: u16 = 56;

/// Draws the tiles; those that do not fit scroll with the cursor.
pub(crate) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    for (tile, number) in tiles(model, area) {
        let Some(watch) = model.systems.get(number) else { continue };
        draw_tile(&Ctx::new(model, watch, theme), number + 1, number == model.list_cursor, buf, tile);
    }
}

/// The system whose tile stands at a place.
pub(super) fn at(model: &Model, area: Rect, at: Position) -> Option<usize> {
    tiles(model, area).into_iter().find(|(tile, _)| tile.contains(at)).map(|(_, number)| number)
}

/// Where each tile stands, and of which system it is.
fn tiles(model: &Model, area: Rect) -> Vec<(Rect, usize)> {
    // a free row below the header where there are rows to spare
    let spare = u16::from(area.height > TALL * 2);
    let area = Rect { y: area.y + spare, height: area.height - spare, ..area };
    let across = (area.width / NARROW).max(1);
    let order = model.worst_first();
    let height = tile_height(area.height, to_u16(order.len()).div_ceil(across));
    let down = (area.height / height).max(1);
    let cursor = order.iter().position(|at| *at == model.list_cursor).unwrap_or(0);
    let row = cursor / usize::from(across);
    let first_row = (row + 1).saturating_sub(usize::from(down));
    let first = first_row * usize::from(across);
    let width = area.width / across;
    let shown = order.into_iter().skip(first).take(usize::from(across * down)).enumerate();
    let tile = |(place, number)| {
        let place = to_u16(place);
        let tile = Rect {
            x: area.x + place % across * width,
            y: area.y + place / across * height,
            width,
            height: height.min(area.height),
        };
        (tile.intersection(area), number)
    };
    shown.map(tile).collect()
}

/// Rows of each tile, so that as many systems as can be are seen at once.
fn tile_height(room: u16, rows: u16) -> u16 {
    (room / rows.max(1)).clamp(SHORT, TALL)
}

/// A system's tile. Its number is that of its key, whatever its place.
fn draw_tile(ctx: &Ctx<'_>, number: usize, selected: bool, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let watch = ctx.watch;
    let situation = &watch.situation;
    let environment = watch.system.environment;
    let banner = (format!(" {} ", environment.word().to_uppercase()), theme.environment(environment));
    let chrome = if area.height >= BOXED { Chrome::Boxed } else { Chrome::Ruled };
    let title = if number <= 9 { format!("{number} {}", watch.system.title) } else { watch.system.title.clone() };
    let inner = frame(ctx, &title, &[banner], selected, buf, area, chrome);
    let mut pen = Pen::new(buf, inner, 0, theme.glyphs.more);
    let starting = situation.starting && situation.status != Status::Critical;
    let word = if starting { "STARTING".to_owned() } else { situation.status.word().to_uppercase() };
    let style = if starting { theme.badge_info } else { theme.badge(situation.status) };
    pen.put(&format!(" {} {word} ", theme.glyph(situation.status)), style).skip(1);
    match situation.worst().filter(|_| !starting && situation.status != Status::Ok) {
        Some(finding) => {
            let since = ctx.lasting(finding.since.mono);
            if let Some(word) = own_word(finding.word.as_deref(), finding.status.word()) {
                pen.put(word, theme.strong).skip(1);
            }
            pen.put(&since, theme.status(finding.status)).skip(2).put(&finding.text, theme.strong);
        }
        None => _ = pen.put(watch.system.name.as_str(), theme.dim),
    }
    let watched = || watch.components.values().filter(|component| component.is_watched());
    let up = watched().filter(|component| component.state == crate::base::State::Up).count();
    let mut pen = Pen::new(buf, inner, 1, theme.glyphs.more);
    let (age, style) = freshness(ctx);
    pen.right(&age, style);
    pen.skip_right(1).put(&format!("{up} of {} up", watched().count()), theme.text).skip(3);
    for status in [Status::Critical, Status::Unknown, Status::Warning] {
        let n = situation.count(status);
        if n > 0 && !starting {
            pen.put(&format!("{n} {status}"), theme.status(status)).skip(3);
        }
    }
    if situation.consequences() > 0 {
        pen.put(&plural(situation.consequences(), "consequence"), theme.dim);
    }
    if inner.height > 3 {
        times(ctx, &mut Pen::new(buf, inner, 2, theme.glyphs.more));
    }
    let above = if inner.height > 3 { 3 } else { 2 };
    strip(ctx, buf, Rect { y: inner.y + above, height: inner.height.saturating_sub(above).min(1), ..inner });
}

/// The clocks that run, and which job comes next.
fn times(ctx: &Ctx<'_>, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    for clock in clocks(ctx.watch, ctx.now) {
        let style = if clock.over { theme.warning } else { theme.text };
        if pen.room() > width(&clock.text) {
            pen.put(&clock.text, style).skip(3);
        }
    }
    if let Some(next) = jobs::next_in_words(ctx).filter(|next| pen.room() > width(next) + 6) {
        pen.put("next ", theme.dim).put(&next, theme.dim);
    }
}

/// Whether what the tile shows is as fresh as it should be.
fn freshness(ctx: &Ctx<'_>) -> Label {
    let watched = || ctx.watch.components.iter().filter(|(_, component)| component.is_watched());
    let of = |component: &Component, id| {
        component.polled.map(|at| Freshness::of_age(ctx.now.mono.since(at), ctx.timing(id)))
    };
    let stale = watched().filter(|(id, component)| of(component, id) == Some(Freshness::Stale)).count();
    match stale {
        0 if watched().any(|(_, component)| component.polled.is_none()) => ("waiting".to_owned(), ctx.theme.dim),
        0 => ("live".to_owned(), ctx.theme.dim),
        n => (format!("{n} STALE"), ctx.theme.stale),
    }
}

/// A glyph for each component: the whole system in one row.
fn strip(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    for (id, component) in &ctx.watch.components {
        let status = status_of(component.state);
        let (glyph, style) = if !component.is_watched() || component.polled.is_none() {
            (theme.glyphs.off, theme.dim)
        } else {
            (theme.glyph(status), theme.state(component.state))
        };
        pen.put(glyph, style).skip(1);
        if status != Status::Ok && component.polled.is_some() && component.is_watched() {
            pen.put(ctx.watch.system.component_title(id), style).skip(1);
        }
    }
}
