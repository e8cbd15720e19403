//! A level against its limit: bar with bands and marks, percent, course, time to the limit. Memory in MB, a budget in
//! money.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::{SignalKey, Status};
use crate::config::{Mark, PanelSpec};
use crate::view::bar::{self, BarMark};
use crate::view::chart::{self, Chart};
use crate::view::ctx::Ctx;
use crate::view::format::{number, rate, width};
use crate::view::layout::Wants;
use crate::view::panel::backlog::{missing_words, number_style};
use crate::view::panel::{Digest, Panel, Seen, main_signal, mark_status, nothing};
use crate::view::pen::Pen;
use crate::view::{digits, series, spark};

const WINDOW: Duration = Duration::from_secs(5400);

pub(super) fn wants(_: &Ctx<'_>, _: &PanelSpec) -> Wants {
    Wants { least: 2, good: 4, most: 14, roomy: 0 }
}

/// How a forecast begins; where there is little room it is told shorter.
const REACHES: &str = "reaches the limit";

/// The limit: the file's own, else the highest mark.
fn limit(spec: &PanelSpec) -> Option<f64> {
    spec.limit.or_else(|| spec.marks.iter().map(|mark| mark.at).reduce(f64::max)).filter(|limit| *limit > 0.0)
}

fn unit<'a>(ctx: &Ctx<'a>, spec: &'a PanelSpec, key: &SignalKey) -> &'a str {
    let stored = || ctx.watch.store.unit(key.component.as_str(), key.signal.as_str());
    spec.unit.as_deref().or_else(stored).unwrap_or("")
}

fn percent(value: f64, limit: f64) -> String {
    format!("{} %", number((value / limit * 100.0).round()))
}

/// The word of the band that a value is in, where the file names bands.
fn band(spec: &PanelSpec, value: f64) -> Option<&str> {
    let reached = || spec.marks.iter().rev().find(|mark| value >= mark.at);
    (!spec.bands.is_empty()).then(reached).flatten().map(|mark| mark.label.as_str())
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let Some(key) = main_signal(ctx, spec) else {
        return Digest { status: Status::Unknown, text: "no signal".into() };
    };
    let reading = ctx.reading(&key);
    match reading.number() {
        Some(value) => {
            let share = limit(spec).map(|limit| format!("  {}", percent(value, limit))).unwrap_or_default();
            let status = mark_status(spec, value).max(ctx.alert_status(&key));
            let band = band(spec, value).map(|band| format!("  {band}")).unwrap_or_default();
            Digest { status, text: format!("{} {}{share}{band}", number(value), unit(ctx, spec, &key)) }
        }
        None => Digest { status: Status::Unknown, text: missing_words(ctx, &key, &reading) },
    }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let spec = panel.spec;
    let Some(key) = main_signal(ctx, spec) else {
        nothing(ctx, "the panel names no signal", ctx.theme.dim, buf, area);
        return Seen::default();
    };
    let reading = ctx.reading(&key);
    let Some(last) = reading.last.and_then(|(value, _)| value.as_f64()) else {
        nothing(ctx, &missing_words(ctx, &key, &reading), ctx.theme.text, buf, area);
        return Seen::default();
    };
    let level = Level { key, last, known: reading.missing.is_none(), limit: limit(spec) };
    let status = mark_status(spec, last).max(ctx.alert_status(&level.key));
    let style = if level.known { number_style(ctx, status) } else { ctx.theme.dim };
    let below = headline(ctx, spec, &level, status, style, buf, area);
    let filled = match (level.known, status) {
        (false, _) => ctx.theme.faded,
        (true, Status::Ok) => ctx.theme.gauge,
        (true, status) => Style { add_modifier: ratatui::style::Modifier::empty(), ..ctx.theme.status(status) },
    };
    let below = scale(ctx, spec, &level, filled, buf, below);
    match below.height {
        0 => {}
        1 | 2 => line(ctx, &level, buf, Rect { y: below.bottom() - 1, height: 1, ..below }),
        _ => course(ctx, spec, &level, buf, below),
    }
    Seen::default()
}

struct Level {
    key: SignalKey,
    last: f64,
    known: bool,
    limit: Option<f64>,
}

/// State, number, percent, and where it is going.
fn headline(
    ctx: &Ctx<'_>,
    spec: &PanelSpec,
    level: &Level,
    status: Status,
    style: Style,
    buf: &mut Buffer,
    area: Rect,
) -> Rect {
    let theme = ctx.theme;
    let text = number(level.last);
    let big = area.height >= 12 && theme.glyphs.unicode && digits::columns(&text) + 30 < usize::from(area.width);
    let height = if big { digits::ROWS } else { 1 };
    if big {
        digits::draw(buf, area, &text, if style == theme.strong { theme.text } else { style });
    }
    let mut pen = Pen::new(buf, area, height - 1, theme.glyphs.more);
    if big {
        pen.skip(digits::columns(&text) + 2);
    } else {
        pen.put(&text, style).skip(1);
    }
    pen.put(unit(ctx, spec, &level.key), theme.text).skip(2);
    if level.known {
        let plain = if status == Status::Ok { "ok" } else { status.word() };
        let word = band(spec, level.last).unwrap_or(plain);
        let shown = format!("{} {word}", theme.glyph(status));
        let (going, going_style) = outlook(ctx, spec, level);
        let short = going.strip_prefix(REACHES).map(|span| format!("limit{span}"));
        let fits = width(&shown) + 2 + width(&going) <= pen.room();
        pen.right(short.as_ref().filter(|_| !fits).unwrap_or(&going), going_style);
        pen.skip_right(1);
        pen.put(&shown, theme.status(status)).skip(2);
    }
    if let Some(limit) = level.limit {
        pen.put(&percent(level.last, limit), if level.known { theme.text } else { theme.dim });
        let of = format!(" of {} {}", number(limit), unit(ctx, spec, &level.key));
        if width(&of) <= pen.room() {
            pen.put(&of, theme.dim);
        }
        pen.skip(2);
    }
    if !level.known {
        pen.put("last seen", theme.dim);
    }
    // a free row below big digits keeps them apart from what follows
    let height = height + u16::from(big);
    Rect { y: area.y.saturating_add(height), height: area.height.saturating_sub(height), ..area }
}

/// How it moves, and when it reaches the next mark above it.
fn outlook(ctx: &Ctx<'_>, spec: &PanelSpec, level: &Level) -> (String, Style) {
    let theme = ctx.theme;
    let Some(per_minute) = ctx.trend(&level.key) else { return (String::new(), theme.dim) };
    // less than a thousandth of the limit in a minute is no trend
    let least = level.limit.unwrap_or(level.last).abs() / 1000.0;
    if per_minute.abs() < least {
        return ("steady".to_owned(), theme.dim);
    }
    if let Some(limit) = level.limit.filter(|_| !spec.bands.is_empty()) {
        return burn(ctx, level.last, limit, per_minute);
    }
    let next = spec.marks.iter().filter(|mark| mark.at > level.last).min_by(|a, b| a.at.total_cmp(&b.at));
    let reach = next.and_then(|mark| Some((mark, series::time_to(level.last, mark.at, per_minute)?)));
    match reach {
        Some((mark, span)) => (
            format!("{}  {} in {}", rate(per_minute), number(mark.at), ctx.forecast(span)),
            if span < Duration::from_secs(3600) { theme.warning } else { theme.accent },
        ),
        None => (rate(per_minute), theme.accent),
    }
}

/// When a budget is spent.
fn burn(ctx: &Ctx<'_>, spent: f64, limit: f64, per_minute: f64) -> (String, Style) {
    let theme = ctx.theme;
    if spent >= limit {
        return ("the limit is reached".to_owned(), theme.critical);
    }
    match series::time_to(spent, limit, per_minute) {
        Some(span) => (
            format!("{REACHES} in {}", ctx.forecast(span)),
            if span < Duration::from_secs(3600) { theme.warning } else { theme.accent },
        ),
        None => (rate(per_minute), theme.accent),
    }
}

/// The bar, and its marks with their words below. Returns the area below both.
fn scale(ctx: &Ctx<'_>, spec: &PanelSpec, level: &Level, style: Style, buf: &mut Buffer, area: Rect) -> Rect {
    if area.height == 0 {
        return area;
    }
    let theme = ctx.theme;
    let highest = spec.marks.iter().map(|mark| mark.at).chain(level.limit).reduce(f64::max);
    // room beyond the limit: it is a mark on the scale, not the scale's end
    let top = highest.map_or_else(|| series::nice_top(level.last), |highest| highest * 1.12);
    let marks: Vec<BarMark> =
        spec.marks.iter().map(|mark| BarMark { at: mark.at, style: theme.severity(mark.severity) }).collect();
    bar::draw(buf, area, Some(level.last), top, style, &marks, theme);
    if area.height < 2 {
        return Rect { y: area.y + 1, height: 0, ..area };
    }
    let columns = usize::from(area.width);
    // the words of all marks, else their numbers: never some of the one and some of the other
    let words = |mark: &Mark| format!("{} {}", number(mark.at), mark.label);
    let numbers = |mark: &Mark| number(mark.at);
    let placed = labels(spec, top, columns, words).or_else(|| labels(spec, top, columns, numbers)).unwrap_or_default();
    let free = placed.iter().map(|(start, _)| *start).min().unwrap_or(columns);
    for (start, text) in &placed {
        Pen::new(buf, area, 1, "").skip(*start).put(text, theme.dim);
    }
    if free > 1 {
        Pen::new(buf, area, 1, "").put("0", theme.dim);
    }
    Rect { y: area.y + 2, height: area.height - 2, ..area }
}

/// Where the marks' labels stand: each begins below its mark, or ends earlier where it would run into the next. `None`
/// when they do not fit.
fn labels(spec: &PanelSpec, top: f64, columns: usize, text: impl Fn(&Mark) -> String) -> Option<Vec<(usize, String)>> {
    let mut end = columns;
    let mut placed = Vec::with_capacity(spec.marks.len());
    for mark in spec.marks.iter().rev() {
        let at = bar::column(mark.at, top, columns);
        let text = text(mark);
        let start = at.min(end.checked_sub(width(&text))?);
        // more than half a label away from its mark it would be taken for another's
        if at - start > width(&text) {
            return None;
        }
        end = start.checked_sub(2)?;
        placed.push((start, text));
    }
    Some(placed)
}

/// The course in one row, where there is no room for a chart.
fn line(ctx: &Ctx<'_>, level: &Level, buf: &mut Buffer, area: Rect) {
    let key = &level.key;
    let Some(course) = ctx.course(key.component.as_str(), key.signal.as_str()) else { return };
    let window = ctx.window(std::iter::once(course), WINDOW);
    let words = format!("last {}", series::window_words(window));
    let mut pen = Pen::new(buf, area, 0, "");
    pen.put(&words, ctx.theme.dim).skip(2);
    let timing = ctx.timing(&key.component);
    let values = series::columns(course, ctx.still.mono, window, pen.room(), timing, series::Merge::Last);
    let top = values.iter().flatten().fold(level.limit.unwrap_or(level.last), |top, value| top.max(*value));
    let style = if level.known { ctx.theme.spark } else { ctx.theme.faded };
    spark::draw(&mut pen, &values, top, style, ctx.theme.glyphs);
}

fn course(ctx: &Ctx<'_>, spec: &PanelSpec, level: &Level, buf: &mut Buffer, area: Rect) {
    let key = &level.key;
    let Some(course) = ctx.course(key.component.as_str(), key.signal.as_str()) else { return };
    let window = ctx.window(std::iter::once(course), WINDOW);
    let highest = series::highest(course, ctx.still.mono, window, level.last);
    let reached = spec.marks.iter().filter(|mark| mark.at <= highest * 1.4);
    let thresholds = chart::thresholds(reached, highest, ctx.theme);
    let top = thresholds.iter().map(|line| line.at * 1.05).fold(highest * 1.1, f64::max);
    let top = series::nice_top(top);
    let frame = chart::Frame::new(area, top, &thresholds);
    let timing = ctx.timing(&key.component);
    let values = series::bands(course, ctx.still.mono, window, frame.plot_columns(), timing, series::Merge::Last);
    let tint = (!level.known).then_some(ctx.theme.faded);
    frame.draw(
        buf,
        &Chart { values: &values, top, thresholds: &thresholds, window, end: &ctx.end_word(), tint },
        ctx.theme,
    );
}
