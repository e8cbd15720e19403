//! One number over time.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::Status;
use crate::config::PanelSpec;
use crate::view::chart::{self, Chart};
use crate::view::ctx::Ctx;
use crate::view::format::{number, rate};
use crate::view::layout::Wants;
use crate::view::panel::backlog::{missing_words, number_style};
use crate::view::panel::{Digest, Panel, Seen, main_signal, mark_status, nothing};
use crate::view::pen::Pen;
use crate::view::series;

const WINDOW: Duration = Duration::from_secs(5400);

pub(super) fn wants(_: &Ctx<'_>, _: &PanelSpec) -> Wants {
    Wants { least: 1, good: 6, most: 12, roomy: 0 }
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let Some(key) = main_signal(ctx, spec) else {
        return Digest { status: Status::Unknown, text: "no signal".into() };
    };
    let reading = ctx.reading(&key);
    match reading.known() {
        Some(value) => {
            let status = value.as_f64().map_or(Status::Ok, |n| mark_status(spec, n)).max(ctx.alert_status(&key));
            let text = value.as_f64().map_or_else(|| value.to_string(), number);
            Digest { status, text: format!("{text} {}", spec.unit.as_deref().unwrap_or("")) }
        }
        None => Digest { status: Status::Unknown, text: missing_words(ctx, &key, &reading) },
    }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let (spec, theme) = (panel.spec, ctx.theme);
    let Some(key) = main_signal(ctx, spec) else {
        nothing(ctx, "the panel names no signal", theme.dim, buf, area);
        return Seen::default();
    };
    let reading = ctx.reading(&key);
    let Some((value, _)) = reading.last else {
        nothing(ctx, &missing_words(ctx, &key, &reading), theme.text, buf, area);
        return Seen::default();
    };
    let known = reading.missing.is_none();
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    let Some(last) = value.as_f64() else {
        pen.put(&value.to_string(), if known { theme.strong } else { theme.dim });
        return Seen::default();
    };
    let status = mark_status(spec, last).max(ctx.alert_status(&key));
    pen.put(&number(last), if known { number_style(ctx, status) } else { theme.dim }).skip(1);
    let stored = ctx.watch.store.unit(key.component.as_str(), key.signal.as_str());
    pen.put(spec.unit.as_deref().or(stored).unwrap_or(""), theme.text).skip(2);
    match ctx.rate(&key) {
        Some(per_minute) if known => _ = pen.put(&rate(per_minute), theme.accent),
        _ => {}
    }
    if area.height < 4 {
        return Seen::default();
    }
    let Some(history) = ctx.watch.store.history(key.component.as_str(), key.signal.as_str()) else {
        return Seen::default();
    };
    let window = series::window(std::iter::once(history), ctx.still.mono, WINDOW);
    let highest = history.window(ctx.still.mono, window).fold(last, |top, (_, value)| top.max(value));
    let thresholds = chart::thresholds(spec.marks.iter(), highest, theme);
    let top = thresholds.iter().map(|line| line.at * 1.05).fold(highest * 1.1, f64::max);
    let top = spec.limit.unwrap_or_else(|| series::nice_top(top));
    let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let frame = chart::Frame::new(rest, top, &thresholds);
    let timing = ctx.timing(&key.component);
    let values = series::columns(history, ctx.still.mono, window, frame.plot_columns(), timing, series::Merge::Last);
    let tint = (!known).then_some(theme.faded);
    frame.draw(buf, &Chart { values: &values, top, thresholds: &thresholds, window, tint }, theme);
    Seen::default()
}
