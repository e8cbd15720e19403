//! A scheduled job: its schedule, its next and last runs, what is wrong with it.

use crate::base::JobId;
use crate::base::time::Span;
use crate::view::ctx::Ctx;
use crate::view::overlay::doc::Doc;
use crate::view::panel::job_status;

use super::instant;

/// Fills the text; returns its title.
pub(super) fn fill(ctx: &Ctx<'_>, id: &JobId, doc: &mut Doc<'_>) -> String {
    let theme = ctx.theme;
    let (Some(spec), Some(job)) = (ctx.watch.system.job.get(id), ctx.watch.jobs.get(id)) else {
        doc.text("no such job", theme.dim);
        return id.to_string();
    };
    let status = job_status(job.state);
    doc.field("state", format!("{} {}", theme.glyph(status), job.state.word()), theme.status(status));
    if !job.note.is_empty() {
        doc.field("note", job.note.clone(), theme.strong);
    }
    let zone = spec.timezone.as_ref().unwrap_or(&ctx.watch.system.timezone);
    let words = format!("{}, {} in {}", spec.schedule.words(), spec.schedule.text(), zone.name());
    doc.field("schedule", words, theme.text);
    match job.next_run {
        Some(at) => {
            let left = std::time::Duration::try_from(at.duration_since(ctx.now.wall));
            let left = left.map_or_else(|_| "now".to_owned(), |left| format!("in {}", Span(left)));
            doc.field("next run", format!("{left}, {}", instant(ctx, at)), theme.strong);
            if zone != &ctx.zone {
                let elsewhere = crate::view::format::moment(at, zone);
                doc.field("", format!("{elsewhere} {}", zone.short()), theme.dim);
            }
        }
        None => doc.field("next run", "never by this schedule", theme.text),
    }
    match job.last_run {
        Some(at) => {
            let ago = std::time::Duration::try_from(ctx.now.wall.duration_since(at)).unwrap_or_default();
            doc.field("last run", format!("{} ago, {}", Span(ago), instant(ctx, at)), theme.text);
        }
        None => doc.field("last run", "the system does not tell it", theme.dim),
    }
    if let Some(copies) = job.copies {
        doc.field("copies", copies.to_string(), if copies == 1 { theme.text } else { theme.warning });
    }
    doc.field("late after", Span(spec.grace.0).to_string(), theme.text);
    if let Some(priority) = &spec.priority {
        doc.field("priority", priority.clone(), theme.text);
    }
    if let Some(trigger) = &spec.trigger {
        doc.field("runs now by", trigger.to_string(), theme.text);
    }
    if let Some(runbook) = &spec.runbook {
        doc.field("checklist", format!("runbook {runbook}"), theme.accent);
    }
    spec.title.clone()
}
