//! rq: a row per queue and per worker, who works and who only seems to, and what hangs between the registries.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Target;
use crate::base::time::seconds;
use crate::base::{ComponentId, Status};
use crate::config::PanelSpec;
use crate::probe::Detail;
use crate::probe::rq::{Liveness, QueueFacts, RqSnapshot, WorkerFacts};
use crate::view::ctx::{Ctx, Label, status_of};
use crate::view::format::{count, plural, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, failed, mark, nothing, visible};
use crate::view::pen::{Pen, to_u16};
use crate::view::{series, spark};

pub(super) fn wants(_: &Ctx<'_>, _: &PanelSpec) -> Wants {
    Wants { least: 3, good: 6, most: 10, roomy: 0 }
}

fn snapshot<'a>(ctx: &Ctx<'a>, spec: &PanelSpec) -> Option<(&'a ComponentId, &'a RqSnapshot)> {
    let (id, component) = ctx.watch.components.get_key_value(spec.component.as_ref()?)?;
    match &component.detail {
        Detail::Rq(snapshot) => Some((id, snapshot)),
        _ => None,
    }
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let Some(id) = &spec.component else { return Digest { status: Status::Unknown, text: "no component".into() } };
    let status = ctx.watch.components.get(id).map_or(Status::Unknown, |component| status_of(component.state));
    match snapshot(ctx, spec) {
        Some((_, rq)) if !ctx.is_stale(id) => {
            let queued = told(rq.queues.iter().map(|queue| queue.queued).sum());
            let failed = told(rq.queues.iter().map(|queue| queue.failed).sum());
            let live = rq.workers.iter().filter(|worker| worker.liveness.works()).count();
            let text = format!("{queued} queued  {failed} failed  {}", plural(live, "worker"));
            Digest { status, text }
        }
        _ => Digest { status: status.max(Status::Unknown), text: ctx.why(id) },
    }
}

/// A count, or that it could not be read.
fn told(n: Option<u64>) -> String {
    n.map_or_else(|| "?".to_owned(), count)
}

/// The numeric columns that fit, the most telling first.
type Column = (&'static str, usize, fn(&QueueFacts) -> Option<u64>);
const COLUMNS: [Column; 6] = [
    ("queued", 7, |queue| queue.queued),
    ("failed", 7, |queue| queue.failed),
    ("started", 7, |queue| queue.started),
    ("scheduled", 9, |queue| queue.scheduled),
    ("deferred", 8, |queue| queue.deferred),
    ("finished", 8, |queue| queue.finished),
];

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let Some((id, rq)) = snapshot(ctx, panel.spec) else {
        let why = panel.spec.component.as_ref().map_or_else(|| "no component".to_owned(), |id| ctx.why(id));
        nothing(ctx, &why, ctx.theme.text, buf, area);
        return Seen::default();
    };
    let failed = failed::rows(panel);
    let above = to_u16(panel.rows.len() - failed.len() + 3);
    let least = if failed.is_empty() { 0 } else { to_u16(failed.len() + 1).min(area.height / 2) };
    let upper = if least == 0 { area.height } else { above.min(area.height - least) };
    let lower = Rect { y: area.y.saturating_add(upper), height: area.height - upper, ..area };
    let area = Rect { height: upper, ..area };
    let seen_failed = failed::draw(ctx, panel, failed, ctx.is_stale(id), buf, lower);
    let room = usize::from(area.width);
    let names = rq.queues.iter().map(|queue| width(queue.name.as_str())).max().unwrap_or(0).clamp(8, 20);
    let rows = Rows { id, columns: columns_for(room, names), faded: ctx.is_stale(id) };
    head(ctx, rows.columns, room, buf, area);
    // the summary of the workers stands between queues and workers; one row for it, one for the head
    let body = usize::from(area.height).saturating_sub(2);
    let queues = panel.rows.iter().filter(|target| matches!(target, Target::Queue(..))).count();
    let workers = panel.rows.len() - queues - failed.len();
    let shown_queues = queues.min(body.saturating_sub(workers.min(body / 3)).max(1));
    let cursor_queue = panel.cursor.min(queues.saturating_sub(1));
    let seen = visible(queues, cursor_queue, shown_queues);
    let mut at = 1;
    for (row, target) in panel.rows.iter().enumerate().take(queues).skip(seen.first).take(seen.shown) {
        let Target::Queue(_, name) = target else { continue };
        let Some(queue) = rq.queues.iter().find(|queue| queue.name.as_str() == name) else { continue };
        queue_line(ctx, &rows, queue, buf, area, at);
        mark(ctx, target, buf, area, at);
        panel.line(ctx, buf, area, at, row);
        at += 1;
    }
    if queues == 0 {
        let why = rq.queues_fault.as_ref().map_or("no queue", |fault| fault.text.as_str());
        Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more).put(why, ctx.theme.dim);
        at += 1;
    }
    summary(ctx, &rows, rq, buf, area, at);
    at += 1;
    let room = usize::from(area.height).saturating_sub(at);
    let seen_workers = visible(workers, panel.cursor.saturating_sub(queues), room);
    for (row, target) in panel.rows.iter().enumerate().skip(queues + seen_workers.first).take(seen_workers.shown) {
        let Target::Worker(_, name) = target else { continue };
        let Some(worker) = rq.workers.iter().find(|worker| worker.name.as_str() == name) else { continue };
        worker_line(ctx, &rows, worker, buf, area, at);
        mark(ctx, target, buf, area, at);
        panel.line(ctx, buf, area, at, row);
        at += 1;
    }
    Seen {
        first: seen.first,
        shown: seen.shown + seen_workers.shown + seen_failed,
        all: panel.rows.len(),
        in_all: None,
    }
}

fn columns_for(room: usize, names: usize) -> &'static [Column] {
    let mut left = room.saturating_sub(2 + names + 1 + 8);
    let fits = COLUMNS.iter().take_while(|(_, width, _)| {
        let fits = left > *width;
        left = left.saturating_sub(width + 1);
        fits
    });
    // queued and failed are always there, whatever the names are
    &COLUMNS[..fits.count().max(2)]
}

fn name_width(columns: &[Column], room: usize) -> usize {
    let used: usize = columns.iter().map(|(_, width, _)| width + 1).sum();
    room.saturating_sub(used + 2 + 8 + if room > 80 { 14 } else { 0 }).clamp(6, 28)
}

fn head(ctx: &Ctx<'_>, columns: &[Column], room: usize, buf: &mut Buffer, area: Rect) {
    let dim = ctx.theme.dim;
    let mut pen = Pen::new(buf, area, 0, "");
    pen.skip(2).cell("queue", name_width(columns, room), dim);
    for (name, width, _) in columns {
        pen.number(name, *width, dim);
    }
    pen.number("oldest", 7, dim);
}

fn queue_status(queue: &QueueFacts) -> Status {
    let hung = [queue.abandoned, queue.swallowed, queue.overdue];
    if hung.into_iter().flatten().any(|n| n > 0) {
        Status::Warning
    } else if queue.queued.is_none() || queue.failed.is_none() {
        Status::Unknown
    } else {
        Status::Ok
    }
}

/// What all rows of one drawing share.
struct Rows<'a> {
    /// The component that told them.
    id: &'a ComponentId,
    columns: &'static [Column],
    /// True when they are not believed any more.
    faded: bool,
}

fn queue_line(ctx: &Ctx<'_>, rows: &Rows<'_>, queue: &QueueFacts, buf: &mut Buffer, area: Rect, row: usize) {
    let theme = ctx.theme;
    let Rows { id, columns, faded } = *rows;
    let status = queue_status(queue);
    let mut pen = Pen::new(buf, area, to_u16(row), theme.glyphs.more);
    if faded {
        pen.cell(theme.glyphs.unknown, 1, theme.dim);
    } else {
        pen.cell(theme.glyph(status), 1, theme.status(status));
    }
    pen.cell(
        queue.name.as_str(),
        name_width(columns, usize::from(area.width)),
        if faded { theme.dim } else { theme.text },
    );
    for (_, width, value) in columns {
        let value = value(queue);
        let style = match value {
            _ if faded => theme.dim,
            None => theme.unknown,
            Some(0) => theme.dim,
            Some(_) => theme.strong,
        };
        pen.number(&told(value), *width, style);
    }
    let oldest = match queue.oldest_wait_s {
        Some(_) if queue.queued == Some(0) => String::new(),
        Some(secs) => seconds(secs).map_or_else(|| "?".to_owned(), |span| ctx.told(id, span)),
        None => "?".to_owned(),
    };
    pen.number(&oldest, 7, if faded { theme.dim } else { theme.text });
    pen.skip(1);
    let hung = [(queue.abandoned, "abandoned"), (queue.swallowed, "swallowed"), (queue.overdue, "overdue")];
    for (n, word) in hung.into_iter().filter_map(|(n, word)| Some((n.filter(|n| *n > 0)?, word))) {
        pen.put(&format!("{} {word}", count(n)), theme.warning).skip(2);
    }
}

/// Who works, who only seems to, who holds the scheduler's lock; and the course of what is queued.
fn summary(ctx: &Ctx<'_>, rows: &Rows<'_>, rq: &RqSnapshot, buf: &mut Buffer, area: Rect, row: usize) {
    let theme = ctx.theme;
    let Rows { id, faded, .. } = *rows;
    let mut pen = Pen::new(buf, area, to_u16(row), theme.glyphs.more);
    let of = |kind: Liveness| rq.workers.iter().filter(|worker| worker.liveness == kind).count();
    let live = of(Liveness::Live);
    pen.put("workers", theme.dim).skip(2);
    let live_style = if faded {
        theme.dim
    } else if live == 0 {
        theme.critical
    } else {
        theme.ok
    };
    pen.put(&format!("{live} live"), live_style).skip(2);
    let narrow = area.width < 50;
    for kind in
        [Liveness::Unregistered, Liveness::Killed, Liveness::OrphanScheduler, Liveness::Silent, Liveness::Stopped]
    {
        let n = of(kind);
        if n > 0 {
            let style = if faded { theme.dim } else { worker_style(ctx, kind) };
            let word = if narrow && kind == Liveness::OrphanScheduler { "orphaned" } else { kind.word() };
            pen.put(&format!("{n} {word}"), style).skip(2);
        }
    }
    if rq.suspended == Some(true) {
        pen.put("SUSPENDED", theme.warning).skip(2);
    }
    let lock = match (rq.schedulers.len(), &rq.schedulers_fault) {
        (_, Some(_)) => "scheduler lock unknown",
        (0, None) => "no scheduler lock",
        _ => "scheduler lock held",
    };
    if width(lock) + 2 <= pen.room() {
        pen.put(lock, theme.dim).skip(2);
    }
    queued_spark(ctx, id, faded, &mut pen);
}

fn queued_spark(ctx: &Ctx<'_>, id: &ComponentId, faded: bool, pen: &mut Pen<'_>) {
    let room = pen.room().min(if area_is_wide(pen) { 72 } else { 24 });
    let Some(course) = ctx.course(id.as_str(), "queued").filter(|_| room >= 16) else { return };
    let window = ctx.model.window.unwrap_or(Duration::from_secs(300));
    let columns = room - 8;
    let values = series::columns(course, ctx.still.mono, window, columns, ctx.timing(id), series::Merge::Last);
    let top = series::nice_top(values.iter().flatten().fold(10.0_f64, |top, value| top.max(*value)));
    pen.skip(pen.room() - room);
    let style = if faded { ctx.theme.faded } else { ctx.theme.spark };
    spark::draw(pen, &values, top, style, ctx.theme.glyphs);
    pen.skip(1).put(&series::window_words(window), ctx.theme.dim);
}

/// True where the course of what waits has room to be read.
fn area_is_wide(pen: &Pen<'_>) -> bool {
    pen.room() >= 110
}

fn worker_style(ctx: &Ctx<'_>, kind: Liveness) -> Style {
    match kind {
        Liveness::Live => ctx.theme.ok,
        Liveness::Stopped => ctx.theme.dim,
        Liveness::Killed | Liveness::OrphanScheduler => ctx.theme.critical,
        Liveness::Unregistered => ctx.theme.warning,
        Liveness::Silent => ctx.theme.unknown,
    }
}

/// The glyph, word and style of a worker.
pub(crate) fn worker_mark(ctx: &Ctx<'_>, kind: Liveness) -> (&'static str, Label) {
    let glyphs = ctx.theme.glyphs;
    let glyph = match kind {
        Liveness::Live => glyphs.ok,
        Liveness::Stopped => glyphs.off,
        Liveness::Killed | Liveness::OrphanScheduler => glyphs.critical,
        Liveness::Unregistered => glyphs.warning,
        Liveness::Silent => glyphs.unknown,
    };
    (glyph, (kind.word().to_owned(), worker_style(ctx, kind)))
}

fn worker_line(ctx: &Ctx<'_>, rows: &Rows<'_>, worker: &WorkerFacts, buf: &mut Buffer, area: Rect, row: usize) {
    let theme = ctx.theme;
    let Rows { id, faded, .. } = *rows;
    let (glyph, (word, style)) = worker_mark(ctx, worker.liveness);
    let (glyph, style) = if faded { (theme.glyphs.unknown, theme.dim) } else { (glyph, style) };
    let mut pen = Pen::new(buf, area, to_u16(row), theme.glyphs.more);
    pen.cell(glyph, 1, style).cell(
        worker.name.as_str(),
        if area.width < 50 { 16 } else { 24 },
        if faded { theme.dim } else { theme.text },
    );
    let state = if worker.liveness == Liveness::Live { worker.state.as_str() } else { word.as_str() };
    pen.put(state, style).skip(10_usize.saturating_sub(width(state)).max(2));
    match (&worker.current_job, worker.heartbeat_age_s) {
        (Some(job), _) if worker.liveness.works() && pen.room() >= 12 => {
            pen.put("job ", theme.dim).put(job.as_str(), if faded { theme.dim } else { theme.text });
        }
        (_, Some(age)) if !worker.liveness.works() => {
            let age = seconds(age).map(|age| ctx.told(id, age)).unwrap_or_default();
            let beat = format!("last beat {age} ago");
            if width(&beat) <= pen.room() {
                pen.put(&beat, theme.dim);
            }
        }
        _ => {}
    }
}
