//! Scheduled jobs: when each runs next, when it ran last, what is wrong with it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Target;
use crate::base::{JobId, RunbookId, Status};
use crate::config::PanelSpec;
use crate::job::{JobSpec, JobState, JobStatus};
use crate::signal::store::NOT_RECORDED;
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{coarse, until, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, nothing, visible};
use crate::view::pen::{Pen, to_u16};

pub(super) fn wants(ctx: &Ctx<'_>, _: &PanelSpec) -> Wants {
    let rows = to_u16(ctx.watch.system.job.len());
    Wants { least: rows.clamp(1, 3), good: rows, most: rows + 1, roomy: 0 }
}

/// Schedules are known from the file; they have no age.
pub(super) fn age(ctx: &Ctx<'_>, _: &PanelSpec) -> Label {
    (format!("times in {}", ctx.zone.short()), ctx.theme.dim)
}

/// How a job's state weighs.
pub(crate) fn status(state: JobState) -> Status {
    match state {
        JobState::Scheduled | JobState::Due => Status::Ok,
        JobState::Late | JobState::Missed | JobState::Duplicate | JobState::Absent => Status::Warning,
    }
}

pub(super) fn digest(ctx: &Ctx<'_>, _: &PanelSpec) -> Digest {
    if ctx.past.is_some() {
        return Digest { status: Status::Unknown, text: NOT_RECORDED.to_owned() };
    }
    let jobs = &ctx.watch.jobs;
    let bad = jobs.values().filter(|job| status(job.state) != Status::Ok).count();
    let next = next_in_words(ctx);
    if bad > 0 {
        return Digest { status: Status::Warning, text: format!("{bad} of {} need a look", jobs.len()) };
    }
    Digest { status: Status::Ok, text: next.unwrap_or_else(|| format!("{} scheduled", jobs.len())) }
}

/// Time until an instant, `None` when it is past.
fn left(ctx: &Ctx<'_>, at: jiff::Timestamp) -> Option<String> {
    let span = std::time::Duration::try_from(at.duration_since(ctx.now.wall)).ok()?;
    Some(until(span).into_owned())
}

/// The job that runs next: `Gap detection in 3h12m`.
pub(crate) fn next_in_words(ctx: &Ctx<'_>) -> Option<String> {
    let next = ctx.watch.jobs.iter().filter_map(|(id, job)| Some((job.next_run?, id))).min();
    next.and_then(|(at, id)| Some(format!("{} in {}", ctx.watch.system.job.get(id)?.title, left(ctx, at)?)))
}

struct Columns {
    title: usize,
    schedule: usize,
    next: usize,
    last: usize,
    state: usize,
    priority: usize,
    runbook: usize,
    headed: bool,
}

fn columns(ctx: &Ctx<'_>, room: usize, headed: bool) -> Columns {
    let titles = ctx.watch.system.job.values().map(|job| width(&job.title)).max().unwrap_or(8);
    let title = titles.clamp(6, if room < 36 { 18 } else { 28 });
    let schedules = ctx.watch.system.job.values().map(|job| width(&schedule(ctx, job))).max().unwrap_or(8);
    let mut left = room.saturating_sub(2 + title + 1);
    let mut take = |wanted: usize| {
        let fits = left > wanted;
        if fits {
            left -= wanted + 1;
        }
        if fits { wanted } else { 0 }
    };
    // `in 7m` where no head says what it is
    let next = take(if headed { 7 } else { 9 });
    let schedule = take(schedules.min(24));
    let last = if ctx.watch.jobs.values().any(|job| job.last_run.is_some()) { take(8) } else { 0 };
    let state = take(11);
    let priority = take(10);
    let runbooks = ctx.watch.system.job.values().filter_map(|job| job.runbook.as_ref());
    let runbook = runbooks.map(|id| width(id.as_str()) + 2).max().map_or(0, |wanted| take(wanted.max(11)));
    Columns { title, schedule, next, last, state, priority, runbook, headed }
}

/// The schedule in words, with its zone where that is not the screen's.
fn schedule(ctx: &Ctx<'_>, job: &JobSpec) -> String {
    let zone = job.timezone.as_ref().unwrap_or(&ctx.watch.system.timezone);
    let words = job.schedule.words();
    let repeats = words.starts_with("every") || words.starts_with("hourly");
    let short = words.strip_prefix("daily ").unwrap_or(&words);
    if repeats || zone == &ctx.zone { short.to_owned() } else { format!("{short} {}", zone.short()) }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    if panel.rows.is_empty() {
        nothing(ctx, "no job", ctx.theme.dim, buf, area);
        return Seen::default();
    }
    let headed = usize::from(area.height) > panel.rows.len();
    let columns = columns(ctx, usize::from(area.width), headed);
    if headed {
        let dim = ctx.theme.dim;
        let mut pen = Pen::new(buf, area, 0, "");
        pen.skip(2).cell("job", columns.title, dim);
        if columns.schedule > 0 {
            pen.cell("schedule", columns.schedule, dim);
        }
        pen.number("next in", columns.next, dim);
        if columns.last > 0 {
            pen.number("last ago", columns.last, dim);
        }
        if columns.state > 0 {
            pen.skip(2).cell("state", columns.state - 2, dim);
        }
        if columns.priority > 0 {
            pen.skip(2).cell("priority", columns.priority - 2, dim);
        }
        if columns.runbook > 0 {
            pen.skip(2).cell("checklist", columns.runbook - 2, dim);
        }
    }
    let top = usize::from(headed);
    let seen = visible(panel.rows.len(), panel.cursor, usize::from(area.height).saturating_sub(top));
    for (row, target) in panel.rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let Target::Job(id) = target else { continue };
        let at = top + row - seen.first;
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        line(ctx, id, &columns, &mut pen);
        panel.line(ctx, buf, area, at, row);
    }
    seen
}

fn line(ctx: &Ctx<'_>, id: &JobId, columns: &Columns, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    let (Some(spec), Some(job)) = (ctx.watch.system.job.get(id), ctx.watch.jobs.get(id)) else { return };
    let status = status(job.state);
    // whether it ran was not recorded: no OK stands over that
    let (glyph, style, word) = match ctx.past {
        Some(_) => (theme.glyphs.off, theme.dim, ""),
        None => (theme.glyph(status), theme.status(status), job.state.word()),
    };
    pen.cell(glyph, 1, style).cell(&spec.title, columns.title, theme.text);
    if status != Status::Ok {
        // what is wrong takes the place of what is usual
        pen.right(&next(ctx, job, columns.headed), theme.text);
        pen.skip_right(2).put(job.state.word(), theme.status(status));
        if !job.note.is_empty() {
            pen.put(": ", theme.dim).put(&job.note, theme.text);
        }
        return;
    }
    if columns.schedule > 0 {
        pen.cell(&schedule(ctx, spec), columns.schedule, theme.dim);
    }
    pen.number(&next(ctx, job, columns.headed), columns.next, theme.text);
    if columns.last > 0 {
        pen.number(&last(ctx, job), columns.last, theme.dim);
    }
    if columns.state > 0 {
        pen.skip(2).cell(word, columns.state - 2, theme.dim);
    }
    if columns.priority > 0 {
        pen.skip(2).cell(spec.priority.as_deref().unwrap_or(""), columns.priority - 2, theme.dim);
    }
    if columns.runbook > 0 {
        pen.skip(2).cell(spec.runbook.as_ref().map_or("", RunbookId::as_str), columns.runbook - 2, theme.accent);
    }
}

fn next(ctx: &Ctx<'_>, job: &JobStatus, headed: bool) -> String {
    match (job.state, job.next_run) {
        (JobState::Due, _) => "now".to_owned(),
        (_, Some(at)) => match left(ctx, at) {
            Some(left) if headed => left,
            Some(left) => format!("in {left}"),
            None => "now".to_owned(),
        },
        (_, None) => "never".to_owned(),
    }
}

fn last(ctx: &Ctx<'_>, job: &JobStatus) -> String {
    let ago = job.last_run.and_then(|at| std::time::Duration::try_from(ctx.still.wall.duration_since(at)).ok());
    match ago {
        Some(ago) if ago.as_secs() < 60 => "<1m".to_owned(),
        Some(ago) => coarse(ago),
        None => "not told".to_owned(),
    }
}
