//! All components: state by glyph, word and colour; latency with its course; the error of what fails, what explains it,
//! and the age of what is old.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Target;
use crate::base::time::Span;
use crate::base::{ComponentId, State, Status};
use crate::config::PanelSpec;
use crate::signal::Freshness;
use crate::view::ctx::{Ctx, Label, status_of};
use crate::view::format::{coarse, latency, number, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, select, visible};
use crate::view::pen::{Pen, to_u16};
use crate::view::{series, spark};
use crate::watch::Component;

use std::time::Duration;

/// Longest window of the sparklines.
const WINDOW: Duration = Duration::from_secs(1800);
/// The typical latency is that of this long.
const TYPICAL: Duration = Duration::from_secs(60);

pub(super) fn wants(ctx: &Ctx<'_>, _: &PanelSpec) -> Wants {
    let rows = to_u16(ctx.watch.components.len());
    Wants { least: rows.min(4), good: rows + 1, most: rows + 2 }
}

/// The rhythm that most live rows share; rows that differ tell their own age.
pub(super) fn age(ctx: &Ctx<'_>, _: &PanelSpec) -> Label {
    let watched = || ctx.watch.components.iter().filter(|(_, component)| component.is_watched());
    let live = watched().filter(|(id, component)| is_live(ctx, id, component) && !is_slow(ctx, id));
    match live.map(|(id, _)| ctx.timing(id).late_after()).max() {
        Some(limit) => (format!("<{}s", limit.as_secs().max(1)), ctx.theme.dim),
        None if watched().all(|(_, component)| component.polled.is_none()) => ("waiting".to_owned(), ctx.theme.dim),
        None => ("no data".to_owned(), ctx.theme.stale),
    }
}

fn is_slow(ctx: &Ctx<'_>, id: &ComponentId) -> bool {
    ctx.timing(id).every > Duration::from_secs(60)
}

fn is_live(ctx: &Ctx<'_>, id: &ComponentId, component: &Component) -> bool {
    let by_age = component.answered.map(|at| Freshness::of_age(ctx.now.mono.since(at), ctx.timing(id)));
    by_age == Some(Freshness::Live) && matches!(component.state, State::Up | State::Degraded)
}

pub(super) fn digest(ctx: &Ctx<'_>, _: &PanelSpec) -> Digest {
    let watched = || ctx.watch.components.values().filter(|component| component.is_watched());
    let up = watched().filter(|component| component.state == State::Up).count();
    let status = watched().map(|component| status_of(component.state)).max().unwrap_or(Status::Unknown);
    let waiting = watched().all(|component| component.polled.is_none());
    let text = if waiting { "waiting for answers".to_owned() } else { format!("{up} of {} up", watched().count()) };
    Digest { status, text }
}

/// The widths of the columns.
struct Columns {
    title: usize,
    state: usize,
    latency: usize,
    spark: usize,
    scale: usize,
    age: usize,
}

fn columns(ctx: &Ctx<'_>, room: usize) -> Columns {
    let titles = ctx.watch.components.keys().map(|id| width(ctx.watch.system.component_title(id)));
    let title = titles.max().unwrap_or(8).clamp(6, if room < 50 { 14 } else { 24 });
    let state = if room < 50 { 10 } else { 15 };
    let age = if room < 50 { 0 } else { 9 };
    let scale = if room < 70 { 0 } else { 7 };
    let used = 2 + title + 1 + state + 1 + 7 + 1 + scale + usize::from(scale > 0) + age + usize::from(age > 0);
    Columns { title, state, latency: 7, spark: room.saturating_sub(used).min(60), scale, age }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let columns = columns(ctx, usize::from(area.width));
    let headed = usize::from(area.height) > panel.rows.len();
    let window = shown_window(ctx);
    if headed {
        head(ctx, &columns, window, buf, area);
    }
    let top = usize::from(headed);
    let seen = visible(panel.rows.len(), panel.cursor, usize::from(area.height).saturating_sub(top));
    for (row, target) in panel.rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let Target::Component(id) = target else { continue };
        let at = top + row - seen.first;
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        line(ctx, id, &columns, window, &mut pen);
        if panel.focused && row == panel.cursor {
            select(ctx, buf, area, at);
        }
    }
    seen
}

fn shown_window(ctx: &Ctx<'_>) -> Duration {
    let quick = ctx.watch.components.keys().filter(|id| !is_slow(ctx, id));
    let histories = quick.filter_map(|id| ctx.watch.store.history(id.as_str(), "latency_ms"));
    series::window(histories, ctx.now.mono, WINDOW)
}

fn head(ctx: &Ctx<'_>, columns: &Columns, window: Duration, buf: &mut Buffer, area: Rect) {
    let dim = ctx.theme.dim;
    let mut pen = Pen::new(buf, area, 0, "");
    pen.skip(2).cell("component", columns.title, dim).cell("state", columns.state, dim);
    pen.number("latency", columns.latency, dim);
    if columns.spark >= 8 {
        pen.cell(&format!("last {}", series::window_words(window)), columns.spark, dim);
    }
    if columns.scale > 0 {
        pen.cell("scale", columns.scale, dim);
    }
}

fn line(ctx: &Ctx<'_>, id: &ComponentId, columns: &Columns, window: Duration, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    let Some(component) = ctx.watch.components.get(id) else { return };
    let title = ctx.watch.system.component_title(id);
    let mark = mark(ctx, component, columns.state >= 15);
    let quiet = matches!(component.state, State::Up) || !component.is_watched();
    pen.raw(mark.glyph, mark.style).skip(1);
    pen.cell(title, columns.title, if component.is_watched() { theme.text } else { theme.dim });
    pen.cell(&mark.word, columns.state, mark.style);
    if let Some((age, style)) = row_age(ctx, id, component)
        && pen.room() >= columns.latency + columns.spark
    {
        pen.right(&age, style);
        pen.skip_right(1);
    } else if quiet {
        pen.skip_right(columns.age);
    }
    if quiet && component.is_watched() {
        course(ctx, id, component, columns, window, pen);
    } else {
        reason(ctx, id, component, pen);
    }
}

struct Mark {
    glyph: &'static str,
    word: String,
    style: Style,
}

fn mark(ctx: &Ctx<'_>, component: &Component, roomy: bool) -> Mark {
    let theme = ctx.theme;
    let glyphs = theme.glyphs;
    if component.not_configured.is_some() {
        return Mark { glyph: glyphs.off, word: "not set up".into(), style: theme.dim };
    }
    if component.skipped {
        return Mark { glyph: glyphs.off, word: "skipped".into(), style: theme.dim };
    }
    if component.polled.is_none() {
        return Mark { glyph: glyphs.off, word: "waiting".into(), style: theme.dim };
    }
    let since = ctx.now.mono.since(component.since.mono);
    let since = if roomy { Span(since).to_string() } else { coarse(since) };
    let word = match component.state {
        State::Up => "up".to_owned(),
        State::Down => format!("DOWN {since}"),
        State::Unknown if component.answered.is_none() => "unknown".to_owned(),
        state if roomy => format!("{state} {since}"),
        state => state.to_string(),
    };
    let status = status_of(component.state);
    Mark { glyph: theme.glyph(status), word, style: theme.state(component.state) }
}

/// The age of a row, where it is not that of the others.
fn row_age(ctx: &Ctx<'_>, id: &ComponentId, component: &Component) -> Option<Label> {
    if !component.is_watched() || (is_live(ctx, id, component) && !is_slow(ctx, id)) {
        return None;
    }
    component.answered?;
    Some(ctx.component_age(id))
}

/// Why a component is not up: its cause first, then its own words.
fn reason(ctx: &Ctx<'_>, id: &ComponentId, component: &Component, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    if let Some(cause) = &component.explained_by {
        pen.put("<- ", theme.dim).put(ctx.watch.system.component_title(cause), theme.accent).skip(2);
    }
    let text = match (&component.not_configured, &component.error) {
        (Some(variable), _) => format!("{variable} is not set"),
        (None, Some(error)) => error.text.clone(),
        (None, None) if component.polled.is_none() => String::new(),
        (None, None) => ctx.why(id),
    };
    pen.put(&text, if component.is_watched() { theme.text } else { theme.dim });
}

/// Latency and its course.
fn course(
    ctx: &Ctx<'_>,
    id: &ComponentId,
    component: &Component,
    columns: &Columns,
    window: Duration,
    pen: &mut Pen<'_>,
) {
    let theme = ctx.theme;
    let shown = typical(ctx, id, component);
    pen.number(&shown.map(latency).unwrap_or_default(), columns.latency, theme.text);
    let room = columns.spark.min(pen.room());
    let Some(history) = ctx.watch.store.history(id.as_str(), "latency_ms").filter(|_| room >= 4 && !is_slow(ctx, id))
    else {
        return;
    };
    let values = series::columns(history, ctx.now.mono, window, room, ctx.timing(id), series::Merge::Peak);
    let peak = values.iter().flatten().fold(0.0_f64, |peak, value| peak.max(*value));
    // a floor of 50 ms: the jitter of a quick component is no landscape
    let top = series::nice_top(peak.max(50.0));
    spark::draw(pen, &values, top, theme.spark, theme.glyphs);
    if columns.scale > 0 {
        pen.skip(1);
        pen.number(&format!("{} ms", number(top)), columns.scale, theme.dim);
    }
}

/// The latency that is shown: that of the last minute, so that jitter does not make the screen flicker; a jump shows at
/// once.
fn typical(ctx: &Ctx<'_>, id: &ComponentId, component: &Component) -> Option<Duration> {
    let last = component.latency?;
    let history = ctx.watch.store.history(id.as_str(), "latency_ms")?;
    // cut at whole quarter minutes: the median stands still in between
    let quarter = crate::base::Mono(Duration::from_secs(ctx.now.mono.0.as_secs() / 15 * 15));
    let mut values: Vec<f64> =
        history.window(quarter, TYPICAL).take_while(|(at, _)| *at <= quarter).map(|(_, value)| value).collect();
    if values.len() < 3 {
        return Some(last);
    }
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let usual = crate::base::time::seconds(*median / 1000.0)?;
    let jumped = last > usual * 2 + Duration::from_millis(20);
    Some(if jumped { last } else { usual })
}
