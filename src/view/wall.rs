//! The wall: one system at a time in letters that are read from four metres, all systems' states below it, a clock, and a
//! mark that moves every second. Takes no keys and keeps nothing: what it shows follows from the model and its time.
//!
//! Big letters change with minutes and with states, never with seconds. Everything stands elsewhere every few minutes, by
//! a cell, so that no screen burns in.

mod fit;
mod font;
mod rotation;
mod strip;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Model;
use crate::base::{Mono, Now, Shown, Status, own_word};
use crate::signal::Freshness;
use crate::view::ctx::Ctx;
use crate::view::format::{clock, coarse, plural, rough, width};
use crate::view::pen::{Pen, to_u16};
use crate::view::{Theme, panel, situation};
use crate::watch::{Finding, Watch};
use fit::{Room, Wish};

/// Where everything stands, one place after the other: to the right and down.
const PLACES: [(u16, u16); 6] = [(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)];
/// Rows of the narrow letters.
const NARROW_ROWS: u16 = 4;
/// Steps of the mark that moves.
const STEPS: u16 = 8;

/// Draws the wall.
pub(super) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, whole: Rect) {
    let mut room = Room { area: shifted(whole, model.settings.wall.shift(), model.now), theme };
    let tall = room.area.height;
    let foot = room.bottom(strip::rows(tall, model.systems.len()));
    strip::draw(model, theme, buf, foot);
    let watch = model.systems.get(rotation::shown(model));
    let pulse_line = room.bottom(if tall >= 45 { 5 } else { 1 });
    let head = room.top(match tall {
        50.. => 9,
        20.. => 5,
        _ => 1,
    });
    let left = time(model, theme, buf, head);
    let ctx = watch.map(|watch| Ctx::new(model, watch, theme));
    pulse(model, theme, ctx.as_ref(), buf, pulse_line);
    let Some(ctx) = ctx else {
        room.put(buf, &Wish { most: 2, ..Wish::new("no system is watched", theme.strong) });
        return;
    };
    name(&ctx, buf, left);
    state(&ctx, &mut room, buf);
}

/// The area of this time: a little smaller than the screen.
fn shifted(whole: Rect, every: Duration, now: Now) -> Rect {
    let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX).max(1);
    let place = now.wall.as_second().div_euclid(every).rem_euclid(6);
    let (right, down) = usize::try_from(place).ok().and_then(|at| PLACES.get(at)).copied().unwrap_or((0, 0));
    Rect {
        x: whole.x + right,
        y: whole.y + down,
        width: whole.width.saturating_sub(2),
        height: whole.height.saturating_sub(1),
    }
}

/// The clock at the right; returns what it leaves.
fn time(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) -> Rect {
    let zone = model.shown_zone();
    let now = clock(model.now.wall, &zone, false);
    let wide = usize::from(area.width);
    let Some(size) = font::sizes(theme).iter().find(|size| size.rows() < area.height && size.columns(&now) * 3 < wide)
    else {
        let text = format!("{now} {}", zone.short());
        Pen::new(buf, area, 0, "").right(&text, theme.strong);
        return Rect { width: area.width.saturating_sub(to_u16(width(&text) + 1)), ..area };
    };
    let columns = to_u16(size.columns(&now));
    let place = Rect { x: area.right().saturating_sub(columns), width: columns, ..area };
    font::draw(theme, buf, place, *size, &now, theme.text);
    Pen::new(buf, place, size.rows(), "").right(zone.short(), theme.dim);
    Rect { width: area.width.saturating_sub(columns + 2), ..area }
}

/// Which system: its title as large as it can be, else its name; below it where it runs.
fn name(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let system = &ctx.watch.system;
    let environment =
        (format!(" {} ", system.environment.word().to_uppercase()), theme.environment(system.environment));
    let mut pen = Pen::new(buf, area, area.height.saturating_sub(1), theme.glyphs.more);
    let tags = |pen: &mut Pen<'_>| {
        pen.put(&environment.0, environment.1).skip(2);
        if ctx.model.options.demo.is_some() {
            pen.put(" DEMO ", theme.badge_info).skip(1).put("simulated", theme.text).skip(2);
        }
    };
    if area.height < 5 {
        pen.put(&system.title, theme.strong).skip(2);
        tags(&mut pen);
        return;
    }
    tags(&mut pen);
    let big = Rect { height: area.height - 1, ..area };
    for text in [system.title.as_str(), system.name.as_str()] {
        let text = font::capitals(text);
        let fits = |size: &&font::Size| size.rows() <= big.height && size.columns(&text) <= usize::from(big.width);
        if let Some(size) = font::sizes(theme).iter().find(fits) {
            if text != font::capitals(&system.title) {
                pen.put(&system.title, theme.strong);
            }
            font::draw(theme, buf, big, *size, &text, theme.strong);
            return;
        }
    }
    pen.put(&system.title, theme.strong);
}

/// The state in one word, its cause, and what the panels come to.
fn state(ctx: &Ctx<'_>, room: &mut Room<'_>, buf: &mut Buffer) {
    let theme = ctx.theme;
    let situation = &ctx.watch.situation;
    let starting = situation.starting && situation.status != Status::Critical;
    let worst = situation.findings.iter().find(|finding| finding.status == situation.status).or(situation.worst());
    let worst = worst.filter(|_| !starting && situation.status != Status::Ok);
    let (word, style) = match situation.status {
        _ if starting => ("STARTING".to_owned(), theme.badge_info),
        Status::Ok => ("OK".to_owned(), theme.ok),
        status => (status.word().to_uppercase(), theme.badge(status)),
    };
    let lasting = worst.map(|finding| lasting(ctx.now.mono, finding.since.mono));
    band(ctx, room, buf, (&word, style), lasting.as_deref());
    if let Some(finding) = worst {
        cause(ctx, finding, room, buf);
    } else if starting {
        let watched = || ctx.watch.components.values().filter(|component| component.is_watched());
        let asked = watched().filter(|component| component.polled.is_some()).count();
        let text = format!("{asked} of {} components have been asked", watched().count());
        room.put(buf, &Wish::new(&text, theme.text));
    } else {
        room.put(buf, &Wish::new(&situation::calm_words(ctx.watch), theme.strong));
    }
    figures(ctx, room, buf);
}

/// The word over the whole width, in the colour of the state; at its right for how long.
fn band(ctx: &Ctx<'_>, room: &mut Room<'_>, buf: &mut Buffer, (word, style): (&str, Style), lasting: Option<&str>) {
    let theme = ctx.theme;
    let most = room.area.height / 3;
    let wide = usize::from(room.area.width).saturating_sub(2);
    let fits = |size: &&font::Size| size.rows() < most && size.columns(word) <= wide;
    let Some(size) = font::sizes(theme).iter().find(fits) else {
        let area = room.top(3.min(room.area.height));
        buf.set_style(area, if style == theme.ok { Style::new() } else { style });
        let mut pen = Pen::new(buf, area, area.height / 2, theme.glyphs.more);
        pen.skip(1).put(theme.glyph(ctx.watch.situation.status), style).skip(1).put(word, style).skip(2);
        pen.put(lasting.unwrap_or_default(), style);
        return;
    };
    // a row of air above; below it the smallest letters, where rows are dear, have the half row that they leave empty
    let pad = if size.rows() >= 7 || room.area.height >= 24 { 2 } else { 1 };
    let area = room.top(size.rows() + pad);
    // a calm wall has no large bright areas
    if style != theme.ok {
        buf.set_style(area.intersection(buf.area), style);
    }
    let inner = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: size.rows() };
    font::draw(theme, buf, inner, *size, word, style);
    let Some(lasting) = lasting else { return };
    let left = wide.saturating_sub(size.columns(word) + 3);
    let fits = |own: &&font::Size| own.rows() <= size.rows() && own.columns(lasting) <= left;
    match font::sizes(theme).iter().find(fits) {
        Some(own) => {
            let columns = to_u16(own.columns(lasting));
            // on the same foot as the word
            let down = size.rows() - own.rows();
            let place = Rect {
                x: inner.right().saturating_sub(columns),
                y: inner.y + down,
                width: columns,
                height: own.rows(),
            };
            font::draw(theme, buf, place, *own, lasting, style);
        }
        None => _ = Pen::new(buf, inner, inner.height.saturating_sub(1), "").right(lasting, style),
    }
}

/// For how long, in words that change with minutes.
fn lasting(now: Mono, since: Mono) -> String {
    let lasting = now.since(since);
    if lasting < Duration::from_secs(60) { "<1m".to_owned() } else { coarse(lasting) }
}

/// What is wrong in large letters, why in smaller ones, then what helps and what else is wrong.
fn cause(ctx: &Ctx<'_>, finding: &Finding, room: &mut Room<'_>, buf: &mut Buffer) {
    let theme = ctx.theme;
    let (head, reason) = finding.text.split_once(": ").unwrap_or((&finding.text, ""));
    let head = match own_word(finding.word.as_deref(), finding.status.word()) {
        Some(word) => format!("{word}: {head}"),
        None => head.to_owned(),
    };
    room.gap(50);
    let keep = if reason.is_empty() { 1 } else { 3 };
    room.put(buf, &Wish { most: 3, keep, ..Wish::new(&head, theme.strong) });
    if !reason.is_empty() {
        room.gap(40);
        room.put(buf, &Wish { most: 2, keep: 2, largest: 1, ..Wish::new(reason, theme.text) });
    }
    let mut facts = Vec::new();
    if let Some(first) = ctx.watch.diagnoses.first() {
        facts.push(format!("runbook {} {}", Shown::from_remote(&first.title), first.share()));
    }
    if !finding.consequences.is_empty() {
        facts.push(plural(finding.consequences.len(), "consequence"));
    }
    let others = ctx.watch.situation.findings.iter().filter(|other| other.rule != finding.rule);
    facts.extend(others.map(|other| format!("{} {}", theme.glyph(other.status), other.text)));
    // what helps, and what follows, is read from afar where the figures below still have their room
    let known = facts.len().min(2);
    let first = facts.get(..known).unwrap_or_default().join(", ");
    let rest = if known > 0 && room.narrow(buf, &first, theme.text, 2 * (NARROW_ROWS + 1)) {
        facts.split_off(known)
    } else {
        room.gap(20);
        facts
    };
    for fact in &rest {
        room.put(buf, &Wish { most: 1, keep: 1, largest: 0, ..Wish::new(fact, theme.text) });
    }
}

/// What each panel comes to: large where all have room, else in a line each.
fn figures(ctx: &Ctx<'_>, room: &mut Room<'_>, buf: &mut Buffer) {
    let theme = ctx.theme;
    let panels = &ctx.watch.system.panel;
    if narrow_figures(ctx, room, buf) {
        return;
    }
    room.gap(16);
    let each = room.area.height / to_u16(panels.len()).max(1);
    let size = font::sizes(theme).last().filter(|size| size.rows() <= each && room.area.width >= 150);
    for spec in panels.values() {
        let digest = panel::digest(ctx, spec);
        let rows = size.map_or(1, |size| size.rows());
        if rows > room.area.height {
            return;
        }
        let line = room.top(if each >= 2 && size.is_none() { 2 } else { rows });
        let mut pen = Pen::new(buf, line, (rows - 1) / 2, theme.glyphs.more);
        pen.cell(theme.glyph(digest.status), 1, theme.status(digest.status)).cell(&spec.title, 18, theme.dim);
        let style = if digest.status == Status::Ok { theme.text } else { theme.status(digest.status) };
        match size {
            None => _ = pen.put(&digest.text, style),
            Some(size) => {
                let place = Rect { x: line.x + 22, width: line.width.saturating_sub(22), ..line };
                let text = whole_words(&digest.text, usize::from(place.width), *size);
                font::draw(theme, buf, place, *size, &text, style);
            }
        }
    }
}

/// What each panel comes to in narrow letters, several beside each other: true where that is the best that has room.
fn narrow_figures(ctx: &Ctx<'_>, room: &mut Room<'_>, buf: &mut Buffer) -> bool {
    let theme = ctx.theme;
    let panels = &ctx.watch.system.panel;
    let Some(size) = font::narrow(theme).filter(|_| room.area.width >= 150 && !panels.is_empty()) else { return false };
    let below_each_other = font::sizes(theme).last().map_or(0, |size| size.rows()) * to_u16(panels.len());
    // a title above each, and its figure
    let each = NARROW_ROWS + 1;
    let columns = [2, 3].into_iter().find(|columns| to_u16(panels.len().div_ceil(*columns)) * each <= room.area.height);
    let Some(columns) = columns.filter(|_| room.area.height < below_each_other) else { return false };
    let wide = room.area.width / to_u16(columns);
    let specs: Vec<_> = panels.values().collect();
    for row in specs.chunks(columns) {
        let line = room.top(each);
        for (nth, spec) in row.iter().enumerate() {
            let digest = panel::digest(ctx, spec);
            let place = Rect { x: line.x + to_u16(nth) * wide, width: wide.saturating_sub(2), ..line };
            let mut pen = Pen::new(buf, place, 0, theme.glyphs.more);
            pen.put(theme.glyph(digest.status), theme.status(digest.status)).skip(1).put(&spec.title, theme.dim);
            let style = if digest.status == Status::Ok { theme.text } else { theme.status(digest.status) };
            let text = whole_words(&digest.text, usize::from(place.width), size);
            font::draw(theme, buf, Rect { y: place.y + 1, height: NARROW_ROWS, ..place }, size, &text, style);
        }
    }
    true
}

/// As many figures as have room, in capitals; what comes first matters most. A number never stands without its word, but
/// where not even the first figure has room.
fn whole_words(text: &str, wide: usize, size: font::Size) -> String {
    let fitting = |parts: &mut dyn Iterator<Item = &str>, between: &str| {
        let mut fitting = String::new();
        for part in parts {
            let longer = if fitting.is_empty() {
                font::capitals(part)
            } else {
                fitting.clone() + between + &font::capitals(part)
            };
            if size.columns(&longer) > wide {
                break;
            }
            fitting = longer;
        }
        fitting
    };
    let figures = fitting(&mut text.split("  "), "  ");
    if figures.is_empty() { fitting(&mut text.split_whitespace(), " ") } else { figures }
}

/// How old the data is, and the mark that moves with every second: a wall that stands still is seen to.
fn pulse(model: &Model, theme: &Theme, ctx: Option<&Ctx<'_>>, buf: &mut Buffer, area: Rect) {
    let low = area.height.saturating_sub(1);
    let step = u16::try_from(model.now.wall.as_second().rem_euclid(i64::from(STEPS))).unwrap_or(0);
    let wide = if area.width >= 100 { 2 } else { 1 };
    let track = Rect { x: area.right().saturating_sub(STEPS * wide), width: STEPS * wide, ..area }.intersection(area);
    let mut pen = Pen::new(buf, track, low, "");
    pen.fill(theme.glyphs.floor, usize::from(step * wide), theme.dim);
    pen.fill(theme.glyphs.parts[7], usize::from(wide), theme.accent);
    pen.fill(theme.glyphs.floor, usize::from((STEPS - 1 - step) * wide), theme.dim);
    let place = Rect { width: area.width.saturating_sub(STEPS * wide + 2), ..area };
    if let Some(trouble) = model.trouble.told().filter(|_| area.height > 4 && model.toast.is_none()) {
        Pen::new(buf, place, 0, theme.glyphs.more).put(trouble, theme.warning);
    }
    let (text, style) = match (&model.toast, ctx) {
        (Some((text, _)), _) => (text.clone(), theme.strong),
        (None, _) if model.trouble.told().is_some() && area.height <= 4 => {
            (model.trouble.told().unwrap_or_default().to_owned(), theme.warning)
        }
        (None, Some(ctx)) => age(ctx),
        (None, None) => return,
    };
    let mut line = Room { area: Rect { y: area.y + u16::from(area.height > 4), ..place }, theme };
    line.area.height = area.bottom().saturating_sub(line.area.y);
    line.put(buf, &Wish { largest: 1, ..Wish::new(&text, style) });
}

/// How old what is shown is: the newest answer, and how many components are silent for longer than they should be.
fn age(ctx: &Ctx<'_>) -> (String, Style) {
    let theme = ctx.theme;
    let watched = || ctx.watch.components.iter().filter(|(_, component)| component.is_watched());
    let Some(newest) = watched().filter_map(|(_, component)| component.answered).max() else {
        return ("no answer yet".to_owned(), theme.stale);
    };
    let all = watched().count();
    let old = watched().filter(|(id, component)| {
        let age = component.answered.map(|at| ctx.now.mono.since(at));
        age.is_none_or(|age| Freshness::of_age(age, ctx.timing(id)) == Freshness::Stale)
    });
    let age = rough(ctx.now.mono.since(newest));
    match old.count() {
        0 => (format!("data {age} old, all {all} live"), theme.dim),
        n if n == all => (format!("no data for {age}"), theme.stale),
        n => (format!("data {age} old, {n} of {all} stale"), theme.stale),
    }
}

/// The state of a system on the wall.
fn badge(theme: &Theme, watch: &Watch) -> (&'static str, &'static str, Style) {
    let situation = &watch.situation;
    match situation.status {
        status if situation.starting && status != Status::Critical => {
            ("starting", theme.glyphs.unknown, theme.badge_info)
        }
        Status::Ok => (Status::Ok.word(), theme.glyphs.ok, theme.ok),
        status => (status.word(), theme.glyph(status), theme.badge(status)),
    }
}
