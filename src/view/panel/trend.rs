//! Numbers over time: one as a chart, several as charts below each other, or as lines where there is little room.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::{SignalKey, Status};
use crate::config::PanelSpec;
use crate::signal::{Course as Known, Timing};
use crate::view::chart::{self, Chart};
use crate::view::ctx::Ctx;
use crate::view::format::{number, rate, width};
use crate::view::layout::Wants;
use crate::view::panel::backlog::{missing_words, number_style};
use crate::view::panel::{Digest, Panel, Seen, main_signal, mark_status, nothing};
use crate::view::pen::{Pen, to_u16};
use crate::view::series::Merge;
use crate::view::{series, spark};

const WINDOW: Duration = Duration::from_secs(5400);
/// Fewer columns show no course.
const LEAST_COURSE: usize = 8;

pub(super) fn wants(_: &Ctx<'_>, spec: &PanelSpec) -> Wants {
    let several = to_u16(spec.signals.len()).clamp(1, 8);
    Wants { least: several, good: several.max(2) * 3, most: several.max(2) * 6, roomy: 0 }
}

/// The numbers that a panel shows.
fn keys(ctx: &Ctx<'_>, spec: &PanelSpec) -> Vec<SignalKey> {
    let one = main_signal(ctx, spec).filter(|key| !spec.signals.contains(key));
    one.into_iter().chain(spec.signals.iter().cloned()).collect()
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let keys = keys(ctx, spec);
    let told: Vec<Digest> = keys.iter().map(|key| digest_of(ctx, spec, key)).collect();
    match told.as_slice() {
        [] => Digest { status: Status::Unknown, text: "no signal".into() },
        [one] => Digest { status: one.status, text: one.text.clone() },
        several => {
            let name = |key: &SignalKey| name(key, &keys);
            let texts: Vec<String> =
                keys.iter().zip(several).map(|(key, one)| format!("{} {}", name(key), one.text.trim())).collect();
            let status = several.iter().map(|one| one.status).max().unwrap_or(Status::Unknown);
            Digest { status, text: texts.join("  ") }
        }
    }
}

fn digest_of(ctx: &Ctx<'_>, spec: &PanelSpec, key: &SignalKey) -> Digest {
    let reading = ctx.reading(key);
    match reading.known() {
        Some(value) => {
            let status = value.as_f64().map_or(Status::Ok, |n| mark_status(spec, n)).max(ctx.alert_status(key));
            let text = value.as_f64().map_or_else(|| value.to_string(), number);
            Digest { status, text: format!("{text} {}", spec.unit.as_deref().unwrap_or("")) }
        }
        None => Digest { status: Status::Unknown, text: missing_words(ctx, key, &reading) },
    }
}

/// What a signal is called beside others: by its component too where they are of several.
fn name(key: &SignalKey, all: &[SignalKey]) -> String {
    let signal = key.signal.as_str().replace('_', " ");
    let alone = all.iter().all(|other| other.component == key.component);
    if alone { signal } else { format!("{} {signal}", key.component) }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let keys = keys(ctx, panel.spec);
    match keys.as_slice() {
        [] => nothing(ctx, "the panel names no signal", ctx.theme.dim, buf, area),
        [key] if ctx.reading(key).last.is_none() => {
            nothing(ctx, &missing_words(ctx, key, &ctx.reading(key)), ctx.theme.text, buf, area);
        }
        [key] => one(ctx, panel.spec, key, None, buf, area),
        several => {
            let names: Vec<String> = several.iter().map(|key| name(key, several)).collect();
            let widest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(usize::from(area.width) / 2);
            // each gets the same rows, so that their courses can be compared; what is left over stays free below
            let rows = (area.height / to_u16(several.len())).max(1);
            for (n, (key, name)) in several.iter().zip(&names).enumerate() {
                let y = area.y.saturating_add(to_u16(n) * rows);
                if y < area.bottom() {
                    let part = Rect { y, height: rows.min(area.bottom() - y), ..area };
                    one(ctx, panel.spec, key, Some((name, widest)), buf, part);
                }
            }
        }
    }
    Seen::default()
}

/// One number: its name among several, what it is, how it moves; below that its chart, or behind it its course.
fn one(ctx: &Ctx<'_>, spec: &PanelSpec, key: &SignalKey, name: Option<(&str, usize)>, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let reading = ctx.reading(key);
    let known = reading.missing.is_none();
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    if let Some((name, columns)) = name {
        pen.cell(name, columns, theme.dim);
    }
    let Some((value, _)) = reading.last else {
        pen.put(&missing_words(ctx, key, &reading), theme.text);
        return;
    };
    let Some(last) = value.as_f64() else {
        pen.put(&value.to_string(), if known { theme.strong } else { theme.dim });
        return;
    };
    let status = mark_status(spec, last).max(ctx.alert_status(key));
    let style = if known { number_style(ctx, status) } else { theme.dim };
    if name.is_some() {
        pen.number(&number(last), 7, style);
    } else {
        pen.put(&number(last), style).skip(1);
    }
    let stored = ctx.watch.store.unit(key.component.as_str(), key.signal.as_str());
    pen.put(spec.unit.as_deref().or(stored).unwrap_or(""), theme.text).skip(2);
    match ctx.rate(key) {
        _ if !known => _ = pen.put("last seen", theme.dim).skip(2),
        Some(per_minute) => _ = pen.put(&rate(per_minute), theme.accent).skip(2),
        None => {}
    }
    let Some(samples) = ctx.course(key.component.as_str(), key.signal.as_str()) else { return };
    let course = Course { samples, timing: ctx.timing(&key.component), last, known };
    if area.height >= 4 {
        let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
        course.chart(ctx, spec, buf, rest);
    } else if name.is_some() && area.height >= 2 {
        let highest = course.highest(ctx);
        pen.right(&format!("max {}", number(highest)), theme.dim);
        let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let values = course.values(ctx, usize::from(rest.width));
        spark::draw_rows(buf, rest, &values, highest, course.style(ctx), theme.glyphs);
    } else if name.is_some() {
        course.line(ctx, &mut pen);
    }
}

struct Course<'a> {
    samples: Known<'a>,
    timing: Timing,
    last: f64,
    known: bool,
}

impl<'a> Course<'a> {
    fn chart(&self, ctx: &Ctx<'a>, spec: &PanelSpec, buf: &mut Buffer, area: Rect) {
        let (theme, highest) = (ctx.theme, self.highest(ctx));
        let thresholds = chart::thresholds(spec.marks.iter(), highest, theme);
        let top = thresholds.iter().map(|line| line.at * 1.05).fold(highest * 1.1, f64::max);
        let top = spec.limit.unwrap_or_else(|| series::nice_top(top));
        let frame = chart::Frame::new(area, top, &thresholds);
        let (window, columns) = (self.window(ctx), frame.plot_columns());
        let values = series::bands(self.samples, ctx.still.mono, window, columns, self.timing, Merge::Last);
        let tint = (!self.known).then_some(theme.faded);
        frame.draw(
            buf,
            &Chart { values: &values, top, thresholds: &thresholds, window, end: &ctx.end_word(), tint },
            theme,
        );
    }

    /// The course in the rest of a row, with the top of its scale.
    fn line(&self, ctx: &Ctx<'a>, pen: &mut Pen<'_>) {
        let highest = self.highest(ctx);
        pen.right(&format!("max {}", number(highest)), ctx.theme.dim);
        pen.skip_right(1);
        let columns = pen.room();
        if columns >= LEAST_COURSE {
            spark::draw(pen, &self.values(ctx, columns), highest, self.style(ctx), ctx.theme.glyphs);
        }
    }

    fn window(&self, ctx: &Ctx<'a>) -> Duration {
        ctx.window(std::iter::once(self.samples), WINDOW)
    }

    fn highest(&self, ctx: &Ctx<'a>) -> f64 {
        series::highest(self.samples, ctx.still.mono, self.window(ctx), self.last)
    }

    fn values(&self, ctx: &Ctx<'a>, columns: usize) -> Vec<Option<f64>> {
        series::columns(self.samples, ctx.still.mono, self.window(ctx), columns, self.timing, Merge::Last)
    }

    fn style(&self, ctx: &Ctx<'a>) -> Style {
        if self.known { ctx.theme.spark } else { ctx.theme.faded }
    }
}
