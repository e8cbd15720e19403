//! All components: state by glyph, word and colour; latency with its course; the error of what fails, what explains it,
//! and the age of what is old.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Target;
use crate::base::{ComponentId, State, Status};
use crate::config::PanelSpec;
use crate::signal::{Freshness, Value};
use crate::view::ctx::{Ctx, Label, status_of};
use crate::view::format::{coarse, latency, number, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, visible};
use crate::view::pen::{Pen, to_u16};
use crate::view::{series, spark};
use crate::watch::Component;
use crate::watch::component::BUILT_IN;

use std::time::Duration;

/// Longest window of the sparklines.
const WINDOW: Duration = Duration::from_secs(1800);
/// The typical latency is that of this long.
const TYPICAL: Duration = Duration::from_secs(60);

pub(super) fn wants(ctx: &Ctx<'_>, _: &PanelSpec) -> Wants {
    let rows = to_u16(ctx.watch.components.len());
    Wants { least: rows.min(4), good: rows, most: rows + 1, roomy: rows * 2 + 1 }
}

/// Whether all answers are as fresh as they should be; each row tells its own age where there is room.
pub(super) fn age(ctx: &Ctx<'_>, _: &PanelSpec) -> Label {
    let watched = || ctx.watch.components.iter().filter(|(_, component)| component.is_watched());
    let old = watched().filter(|(id, component)| freshness(ctx, id, component) == Freshness::Stale).count();
    if old > 0 {
        return (format!("{old} STALE"), ctx.theme.stale);
    }
    let waiting = watched().filter(|(_, component)| component.polled.is_none()).count();
    (if waiting > 0 { format!("{waiting} waiting") } else { "live".to_owned() }, ctx.theme.dim)
}

/// How fresh a component's last poll is, whatever it brought.
fn freshness(ctx: &Ctx<'_>, id: &ComponentId, component: &Component) -> Freshness {
    component.polled.map_or(Freshness::Never, |at| Freshness::of_age(ctx.now.mono.since(at), ctx.timing(id)))
}

fn is_slow(ctx: &Ctx<'_>, id: &ComponentId) -> bool {
    ctx.timing(id).every > Duration::from_secs(60)
}

pub(super) fn digest(ctx: &Ctx<'_>, _: &PanelSpec) -> Digest {
    let watched = || ctx.watch.components.iter().filter(|(_, component)| component.is_watched());
    let aged = |id, component| freshness(ctx, id, component) >= Freshness::Stale;
    let up = watched().filter(|(id, component)| component.state == State::Up && !aged(id, component)).count();
    let status = watched().map(|(id, component)| {
        if aged(id, component) { Status::Unknown.max(status_of(component.state)) } else { status_of(component.state) }
    });
    let status = status.max().unwrap_or(Status::Unknown);
    let waiting = watched().all(|(_, component)| component.polled.is_none());
    let text = if waiting { "waiting for answers".to_owned() } else { format!("{up} of {} up", watched().count()) };
    Digest { status, text }
}

/// The widths of the columns.
struct Columns {
    title: usize,
    latency: usize,
    spark: usize,
    scale: usize,
    age: usize,
}

/// Columns of a state's word.
const STATE: usize = 8;
/// From so many columns on a row is spread.
const WIDE: usize = 140;

fn columns(ctx: &Ctx<'_>, room: usize) -> Columns {
    let titles = ctx.watch.components.keys().map(|id| width(ctx.watch.system.component_title(id)));
    let title = titles.max().unwrap_or(8).clamp(if room < 50 { 6 } else { 9 }, if room < 50 { 15 } else { 24 });
    // where a row is this long, what a component says of itself below its name gets more of it
    let title = if room >= WIDE { title.max(room / 6) } else { title };
    let age = if room < 50 { 0 } else { 8 };
    let latency = if room < 50 { 6 } else { 7 };
    let scale = if room < 70 { 0 } else { 8 };
    let used = 2 + title + 1 + STATE + 1 + latency + 1 + scale + age;
    Columns { title, latency, spark: room.saturating_sub(used).min(if room >= WIDE { 240 } else { 60 }), scale, age }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let columns = columns(ctx, usize::from(area.width));
    let headed = usize::from(area.height) > panel.rows.len();
    let window = shown_window(ctx);
    if headed {
        head(ctx, &columns, window, buf, area);
    }
    let top = usize::from(headed);
    let room = usize::from(area.height).saturating_sub(top);
    let each = if room >= panel.rows.len() * 2 { 2 } else { 1 };
    let seen = visible(panel.rows.len(), panel.cursor, room / each);
    for (row, target) in panel.rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let Target::Component(id) = target else { continue };
        let at = top + (row - seen.first) * each;
        let place = Rect { y: area.y.saturating_add(to_u16(at)), height: to_u16(each), ..area };
        entry(ctx, id, &columns, window, buf, place.intersection(area));
        (at..at + each).for_each(|line| panel.line(ctx, buf, area, line, row));
    }
    seen
}

/// A component in one row, or in two where there is room: then its own words stand below and its course is twice as
/// high.
fn entry(ctx: &Ctx<'_>, id: &ComponentId, columns: &Columns, window: Duration, buf: &mut Buffer, area: Rect) {
    let Some(component) = ctx.watch.components.get(id) else { return };
    let theme = ctx.theme;
    let aged = component.is_watched() && freshness(ctx, id, component) == Freshness::Stale;
    let mark = mark(ctx, component, aged);
    let name = if component.is_watched() && !aged { theme.text } else { theme.dim };
    let polled = component.polled.is_some();
    let up = polled && component.state == State::Up;
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    pen.raw(mark.glyph, mark.style).skip(1);
    pen.cell(ctx.watch.system.component_title(id), columns.title, name);
    if !component.is_watched() {
        pen.put(&ctx.why(id), theme.dim);
        return;
    }
    pen.cell(mark.word, STATE, mark.style);
    if polled {
        age_of_row(ctx, id, component, columns, &mut pen);
    }
    if up && pen.room() >= columns.latency {
        pen.number(&typical(ctx, id, component).map(latency).unwrap_or_default(), columns.latency, name);
    } else if !up {
        reason(ctx, id, component, columns, &mut pen);
    }
    let left = 2 + columns.title + 1 + STATE + 1 + columns.latency + 1;
    if up && usize::from(area.width) > left + columns.scale {
        let inset = to_u16(left);
        let course_area = Rect { x: area.x + inset, width: area.width - inset, ..area };
        course(ctx, id, columns, window, buf, course_area);
    }
    if area.height > 1 {
        let mut pen = Pen::new(buf, area, 1, theme.glyphs.more);
        pen.skip(2).put_in(&facts(ctx, id), left.saturating_sub(4), theme.dim);
    }
}

/// What a component says of itself: its first short signals.
fn facts(ctx: &Ctx<'_>, id: &ComponentId) -> String {
    let own = ctx.watch.store.component(id.as_str(), ctx.now);
    let short = own.filter(|(name, reading)| {
        let listed = matches!(reading.last, Some((Value::List(_) | Value::Map(_) | Value::Null, _)) | None);
        !listed && reading.missing.is_none() && !BUILT_IN.contains(&name.as_str())
    });
    let said = short.take(3).filter_map(|(name, reading)| {
        let unit = ctx.watch.store.unit(id.as_str(), name.as_str()).unwrap_or("");
        let words = name.as_str().replace('_', " ");
        // `memory rss mb 612 MB` says it twice
        let ending = unit.to_ascii_lowercase();
        let short = words.strip_suffix(&ending).filter(|_| !ending.is_empty()).unwrap_or(&words);
        Some(format!("{} {} {unit}", short.trim_end(), reading.last?.0).trim_end().to_owned())
    });
    said.collect::<Vec<_>>().join("  ")
}

fn shown_window(ctx: &Ctx<'_>) -> Duration {
    let quick = ctx.watch.components.keys().filter(|id| !is_slow(ctx, id));
    let courses = quick.filter_map(|id| ctx.course(id.as_str(), "latency_ms"));
    ctx.window(courses, WINDOW)
}

fn head(ctx: &Ctx<'_>, columns: &Columns, window: Duration, buf: &mut Buffer, area: Rect) {
    let dim = ctx.theme.dim;
    let mut pen = Pen::new(buf, area, 0, "");
    if columns.age > 0 {
        pen.right("age", dim);
        pen.skip_right(columns.age.saturating_sub(3));
    }
    pen.skip(2).cell("component", columns.title, dim).cell("state", STATE, dim);
    pen.number(if columns.latency < 7 { "time" } else { "latency" }, columns.latency, dim);
    let last = format!("last {}", series::window_words(window));
    if columns.spark >= width(&last) {
        pen.cell(&last, columns.spark, dim);
        if columns.scale > 0 {
            pen.number("scale", columns.scale - 1, dim);
        }
    }
}

struct Mark {
    glyph: &'static str,
    word: &'static str,
    style: Style,
}

fn mark(ctx: &Ctx<'_>, component: &Component, aged: bool) -> Mark {
    let theme = ctx.theme;
    let off = |word| Mark { glyph: theme.glyphs.off, word, style: theme.dim };
    if !component.is_watched() {
        return off("");
    }
    if component.polled.is_none() {
        return off("waiting");
    }
    let word = if component.state == State::Down { "DOWN" } else { component.state.word() };
    if aged {
        // what is not asked any more is not known any more, whatever it last was
        return Mark { glyph: theme.glyphs.unknown, word, style: theme.dim };
    }
    let glyph = theme.glyph(status_of(component.state));
    Mark { glyph, word, style: theme.state(component.state) }
}

/// The age of a row at its right end: dim while live, told in words when late or stale. A row that has something to
/// tell keeps the room for it as long as it is live.
fn age_of_row(ctx: &Ctx<'_>, id: &ComponentId, component: &Component, columns: &Columns, pen: &mut Pen<'_>) {
    let Some(at) = component.polled else { return };
    let freshness = freshness(ctx, id, component);
    // what is down is asked more rarely: its row tells since when, not that the next answer is due
    let live = freshness == Freshness::Live || (freshness == Freshness::Late && component.state == State::Down);
    if live && (columns.age == 0 || component.state != State::Up) {
        return;
    }
    let (text, style) = ctx.age_label(freshness, Some(ctx.now.mono.since(at)), ctx.timing(id));
    let shown = width(&text);
    pen.right(&text, style);
    pen.skip_right(columns.age.saturating_sub(shown).max(1));
}

/// Why a component is not up: since when, its cause first, then its own words.
fn reason(ctx: &Ctx<'_>, id: &ComponentId, component: &Component, columns: &Columns, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    if component.polled.is_none() {
        return;
    }
    let since = if columns.age == 0 {
        coarse(ctx.still.mono.since(component.since.mono))
    } else {
        ctx.lasting(component.since.mono)
    };
    pen.number(&since, if columns.age == 0 { 3 } else { columns.latency }, theme.state(component.state));
    if let Some(cause) = &component.explained_by {
        pen.put("<- ", theme.dim).put(ctx.watch.system.component_title(cause), theme.accent).skip(2);
    }
    let text = component.error.as_ref().map_or_else(|| ctx.why(id), |error| error.text.clone());
    pen.put(&text, theme.text);
}

/// The latency's course with the top of its scale.
fn course(ctx: &Ctx<'_>, id: &ComponentId, columns: &Columns, window: Duration, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let fresh = ctx.watch.components.get(id).map_or(Freshness::Never, |component| freshness(ctx, id, component));
    let style = if fresh == Freshness::Stale { theme.faded } else { theme.spark };
    let taken = columns.scale + if fresh == Freshness::Live { columns.age } else { columns.age.max(12) };
    let room = columns.spark.min(usize::from(area.width).saturating_sub(taken));
    let Some(course) = ctx.course(id.as_str(), "latency_ms").filter(|_| room >= 4 && !is_slow(ctx, id)) else {
        return;
    };
    let values = series::columns(course, ctx.still.mono, window, room, ctx.timing(id), series::Merge::Peak);
    let peak = values.iter().flatten().fold(0.0_f64, |peak, value| peak.max(*value));
    // a floor of 50 ms: the jitter of a quick component is no landscape
    let top = series::nice_top(peak.max(50.0));
    spark::draw_rows(buf, Rect { width: to_u16(room), ..area }, &values, top, style, theme.glyphs);
    if columns.scale > 0 {
        let mut pen = Pen::new(buf, area, 0, "");
        pen.skip(room + 1).number(&format!("{} ms", number(top)), columns.scale - 1, theme.dim);
    }
}

/// The latency that is shown: that of the last minute, so that jitter does not make the screen flicker; a jump shows at
/// once.
fn typical(ctx: &Ctx<'_>, id: &ComponentId, component: &Component) -> Option<Duration> {
    let last = component.latency?;
    let history = ctx.watch.store.history(id.as_str(), "latency_ms")?;
    // cut at whole quarter minutes: the median stands still in between
    let quarter = ctx.now.floor(Duration::from_secs(15)).mono;
    let mut values: Vec<f64> = history.window(quarter, TYPICAL).map(|(_, value)| value).collect();
    if values.len() < 3 {
        return Some(last);
    }
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let usual = crate::base::time::seconds(*median / 1000.0)?;
    let jumped = last > usual * 2 + Duration::from_millis(20);
    Some(if jumped { last } else { usual })
}
