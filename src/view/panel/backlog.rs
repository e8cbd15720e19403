//! A backlog: how much is pending, how fast it grows, its course against its thresholds, when it is drained.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Target;
use crate::base::time::{Span, seconds};
use crate::base::{Missing, SignalKey, Status};
use crate::config::PanelSpec;
use crate::signal::{Reading, Value};
use crate::view::chart::{self, Chart};
use crate::view::ctx::Ctx;
use crate::view::format::{number, rate, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, main_signal, mark, mark_status, nothing, select, table};
use crate::view::pen::{Pen, to_u16};
use crate::view::{digits, series};
use crate::watch::component::BUILT_IN;

const WINDOW: Duration = Duration::from_secs(1800);

pub(super) fn wants(_: &Ctx<'_>, _: &PanelSpec) -> Wants {
    Wants { least: 2, good: 7, most: 18, roomy: 0 }
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let Some(key) = main_signal(ctx, spec) else {
        return Digest { status: Status::Unknown, text: "no signal".into() };
    };
    let reading = ctx.reading(&key);
    match reading.number() {
        Some(value) => {
            let mut text = format!("{} {}", number(value), key.signal);
            if let Some(per_minute) = ctx.rate(&key) {
                text = format!("{text}  {}", rate(per_minute));
            }
            Digest { status: status(ctx, spec, &key, value), text }
        }
        None => Digest { status: Status::Unknown, text: missing_words(ctx, &key, &reading) },
    }
}

fn status(ctx: &Ctx<'_>, spec: &PanelSpec, key: &SignalKey, value: f64) -> Status {
    mark_status(spec, value).max(ctx.alert_status(key))
}

/// Why a reading is missing, in words; a component's own cause before the signal's.
pub(super) fn missing_words(ctx: &Ctx<'_>, key: &SignalKey, reading: &Reading<'_>) -> String {
    if let (Some((value, _)), None) = (reading.last, &reading.missing) {
        return format!("no number: {value}");
    }
    match &reading.missing {
        Some(Missing::NotPolled) | None => ctx.why(&key.component),
        Some(Missing::Stale) => match reading.age(ctx.now.mono) {
            Some(age) => format!("no answer for {}", Span(age)),
            None => "no answer".to_owned(),
        },
        Some(missing) => missing.to_string(),
    }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let Some(key) = main_signal(ctx, panel.spec) else {
        nothing(ctx, "the panel names no signal", ctx.theme.dim, buf, area);
        return Seen::default();
    };
    let reading = ctx.reading(&key);
    let Some(last) = reading.last.and_then(|(value, _)| value.as_f64()) else {
        nothing(ctx, &missing_words(ctx, &key, &reading), ctx.theme.text, buf, area);
        return Seen::default();
    };
    let known = reading.missing.is_none();
    let value_style = if known { number_style(ctx, status(ctx, panel.spec, &key, last)) } else { ctx.theme.dim };
    let (below, area) = split_entries(panel, area);
    let mut rest = headline(ctx, panel.spec, &key, last, value_style, buf, area);
    if rest.height >= 4 {
        let foot = Rect { y: rest.bottom() - 1, height: 1, ..rest };
        outlook(ctx, panel.spec, &key, last, known, buf, foot);
        rest.height -= 1;
        course(ctx, panel.spec, &key, last, known, buf, rest);
    } else if rest.height > 0 {
        outlook(ctx, panel.spec, &key, last, known, buf, rest);
    }
    entries(ctx, panel, buf, below)
}

/// A number's style: strong while good, the state's colour otherwise.
pub(super) fn number_style(ctx: &Ctx<'_>, status: Status) -> Style {
    match status {
        Status::Ok => ctx.theme.strong,
        other => ctx.theme.status(other),
    }
}

/// Zoomed, the rows of the list get their place; focused, one line tells the selected one.
fn split_entries(panel: &Panel<'_>, area: Rect) -> (Rect, Rect) {
    let rows = to_u16(panel.rows.len());
    let list = if rows == 0 || !panel.focused {
        0
    } else if panel.zoomed {
        (rows + 1).min(area.height / 2)
    } else {
        u16::from(area.height >= 4)
    };
    let upper = Rect { height: area.height - list, ..area };
    (Rect { y: area.y + upper.height, height: list, ..area }, upper)
}

/// The numbers: in big digits where there is room. Returns the area below.
fn headline(
    ctx: &Ctx<'_>,
    spec: &PanelSpec,
    key: &SignalKey,
    last: f64,
    style: Style,
    buf: &mut Buffer,
    area: Rect,
) -> Rect {
    let theme = ctx.theme;
    let text = number(last);
    let big = area.height >= 12 && theme.glyphs.unicode && digits::columns(&text) + 30 < usize::from(area.width);
    let height = if big { digits::ROWS } else { 1 };
    let skip = if big { digits::columns(&text) + 2 } else { 0 };
    if big {
        digits::draw(buf, area, &text, if style == theme.strong { theme.text } else { style });
    }
    // beside big digits the words stand on their foot
    let mut pen = Pen::new(buf, area, height - 1, theme.glyphs.more);
    pen.skip(skip);
    if !big {
        pen.put(&text, style).skip(1);
    }
    pen.put(key.signal.as_str(), theme.text).skip(2);
    let known = ctx.reading(key).missing.is_none();
    if let Some(per_minute) = ctx.rate(key).filter(|_| known) {
        pen.put(&rate(per_minute), theme.accent);
    }
    let others = others(ctx, spec, key);
    for (number, name) in fitting(&others, pen.room()).iter().rev() {
        pen.right(name, theme.dim);
        pen.skip_right(1).right(number, if number == "0" || !known { theme.dim } else { theme.strong });
        pen.skip_right(3);
    }
    // a free row below big digits keeps them apart from what follows
    let height = height + u16::from(big);
    Rect { y: area.y.saturating_add(height), height: area.height.saturating_sub(height), ..area }
}

/// The counts that fit, in their order; where not all do, what failed comes first.
fn fitting(others: &[(String, String)], mut room: usize) -> Vec<&(String, String)> {
    let mut ranked: Vec<usize> = (0..others.len()).collect();
    ranked.sort_by_key(|at| !others[*at].1.contains("fail"));
    ranked.retain(|at| {
        let (number, name) = &others[*at];
        let columns = width(number) + 1 + width(name) + 3;
        let fits = columns <= room;
        room -= if fits { columns } else { 0 };
        fits
    });
    ranked.sort_unstable();
    ranked.into_iter().map(|at| &others[at]).collect()
}

/// The component's other counts, in the order in which they are declared.
fn others(ctx: &Ctx<'_>, _: &PanelSpec, key: &SignalKey) -> Vec<(String, String)> {
    let signals = ctx.watch.store.component(key.component.as_str(), ctx.now);
    let counts = signals.filter(|(name, reading)| {
        let counted = matches!(reading.last, Some((Value::Int(_) | Value::Number(_), _)));
        counted && **name != key.signal && !BUILT_IN.contains(&name.as_str()) && !name.as_str().starts_with("oldest")
    });
    let shown = counts.filter_map(|(name, reading)| Some((reading.last?.0.as_f64()?, name)));
    shown.take(3).map(|(value, name)| (number(value), name.as_str().replace('_', " "))).collect()
}

/// The course over time with the marks as thresholds.
fn course(ctx: &Ctx<'_>, spec: &PanelSpec, key: &SignalKey, last: f64, known: bool, buf: &mut Buffer, area: Rect) {
    let Some(course) = ctx.course(key.component.as_str(), key.signal.as_str()) else { return };
    let theme = ctx.theme;
    let window = ctx.window(std::iter::once(course), WINDOW);
    let highest = series::highest(course, ctx.still.mono, window, last);
    let lowest_mark = spec.marks.iter().map(|mark| mark.at).fold(f64::INFINITY, f64::min);
    let with_mark = if lowest_mark.is_finite() { highest.max(lowest_mark * 1.25) } else { highest.max(4.0) };
    let top = spec.limit.unwrap_or(0.0).max(series::nice_top(with_mark));
    let thresholds = chart::thresholds(spec.marks.iter(), highest, theme);
    let frame = chart::Frame::new(area, top, &thresholds);
    let timing = ctx.timing(&key.component);
    let values = series::bands(course, ctx.still.mono, window, frame.plot_columns(), timing, series::Merge::Last);
    let tint = (!known).then_some(theme.faded);
    frame.draw(
        buf,
        &Chart { values: &values, top, thresholds: &thresholds, window, end: &ctx.end_word(), tint },
        theme,
    );
}

/// How old the oldest is, and when the backlog is drained.
fn outlook(ctx: &Ctx<'_>, _: &PanelSpec, key: &SignalKey, last: f64, known: bool, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    if !known {
        let reading = ctx.reading(key);
        pen.put(&missing_words(ctx, key, &reading), theme.text);
        return;
    }
    if let Some(secs) = oldest(ctx, key) {
        let age = seconds(secs).map_or_else(|| "?".to_owned(), |age| ctx.told(&key.component, age));
        pen.put("oldest ", theme.dim).put(&age, theme.text).skip(3);
    }
    match ctx.rate(key) {
        _ if last <= 0.0 => _ = pen.put("nothing waits", theme.dim),
        None => _ = pen.put("rate not known yet", theme.dim),
        Some(per_minute) => match series::time_to(-last, 0.0, -per_minute) {
            Some(span) => _ = pen.put("drains in ", theme.dim).put(&ctx.forecast(span), theme.strong),
            None if last > 0.0 && rate(per_minute) == "steady" => _ = pen.put("neither grows nor drains", theme.dim),
            None => _ = pen.put("drains ", theme.dim).put("never at this rate", theme.text),
        },
    }
}

fn oldest(ctx: &Ctx<'_>, key: &SignalKey) -> Option<f64> {
    let mut signals = ctx.watch.store.component(key.component.as_str(), ctx.now);
    signals.find(|(name, _)| name.as_str().starts_with("oldest")).and_then(|(_, reading)| reading.number())
}

/// The rows of the list: as a table where the panel stands alone, else the selected one.
fn entries(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    if area.height > 1 {
        return table::draw(ctx, panel, buf, area);
    }
    if let (1, Some(target @ Target::Entry { list, index })) = (area.height, panel.rows.get(panel.cursor)) {
        mark(ctx, target, buf, area, 0);
        let mut pen = Pen::new(buf, area, 0, ctx.theme.glyphs.more);
        pen.put(&format!("{} of {}", panel.cursor + 1, panel.rows.len()), ctx.theme.dim).skip(2);
        pen.put(&table::summary(ctx, list, *index), ctx.theme.text);
        select(ctx, buf, area, 0);
    }
    Seen::default()
}
