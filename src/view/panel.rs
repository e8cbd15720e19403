//! THE table of panels, their frames and the selection in them. One file per kind; each draws the same rows in the same
//! order as `app::rows` lists them.

mod alerts;
mod backlog;
mod budget;
mod events;
mod failed;
mod gauge;
pub(crate) mod jobs;
mod queues;
mod services;
mod table;
mod trend;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::act::menu;
use crate::app::{Target, rows};
use crate::base::{PanelId, SignalKey, Status};
use crate::config::{PanelKind, PanelSpec};
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{count, width};
use crate::view::layout::{Chrome, Wants};
use crate::view::pen::{Pen, to_u16};
use crate::watch::past::Told;

pub(crate) use alerts::row as alert_row;
pub(crate) use events::row as event_row;
pub(crate) use jobs::status as job_status;
pub(crate) use queues::worker_mark;
pub(crate) use table::entries;

/// What a panel comes to in one line.
pub(crate) struct Digest {
    /// How it is.
    pub(crate) status: Status,
    /// In words, with the number that matters.
    pub(crate) text: String,
}

/// A panel while it is drawn.
pub(crate) struct Panel<'a> {
    pub(crate) spec: &'a PanelSpec,
    pub(crate) rows: Vec<Target>,
    pub(crate) cursor: usize,
    pub(crate) focused: bool,
    pub(crate) zoomed: bool,
}

/// Which of its rows a panel could show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) first: usize,
    pub(crate) shown: usize,
    pub(crate) all: usize,
    /// How many there are, where that is more than there are here.
    pub(crate) in_all: Option<u64>,
}

/// One row of the table of panels.
struct PanelView {
    kind: PanelKind,
    /// Rows wanted inside the frame, from the system file alone: the layout does not follow readings.
    wants: fn(&Ctx<'_>, &PanelSpec) -> Wants,
    /// Age of what it shows.
    age: fn(&Ctx<'_>, &PanelSpec) -> Label,
    digest: fn(&Ctx<'_>, &PanelSpec) -> Digest,
    draw: fn(&Ctx<'_>, &Panel<'_>, &mut Buffer, Rect) -> Seen,
}

const PANELS: [PanelView; 8] = [
    PanelView {
        kind: PanelKind::Services,
        wants: services::wants,
        age: services::age,
        digest: services::digest,
        draw: services::draw,
    },
    PanelView {
        kind: PanelKind::Backlog,
        wants: backlog::wants,
        age: signal_age,
        digest: backlog::digest,
        draw: backlog::draw,
    },
    PanelView {
        kind: PanelKind::Queues,
        wants: queues::wants,
        age: component_age,
        digest: queues::digest,
        draw: queues::draw,
    },
    PanelView {
        kind: PanelKind::Memory,
        wants: gauge::wants,
        age: signal_age,
        digest: gauge::digest,
        draw: gauge::draw,
    },
    PanelView { kind: PanelKind::Jobs, wants: jobs::wants, age: jobs::age, digest: jobs::digest, draw: jobs::draw },
    PanelView {
        kind: PanelKind::Budget,
        wants: gauge::wants,
        age: budget::age,
        digest: budget::digest,
        draw: budget::draw,
    },
    PanelView {
        kind: PanelKind::Table,
        wants: table::wants,
        age: table::age,
        digest: table::digest,
        draw: table::draw,
    },
    PanelView {
        kind: PanelKind::Trend,
        wants: trend::wants,
        age: signal_age,
        digest: trend::digest,
        draw: trend::draw,
    },
];

fn view(kind: PanelKind) -> &'static PanelView {
    PANELS.iter().find(|view| view.kind == kind).unwrap_or(&PANELS[0])
}

/// Rows that a panel wants, frame included.
pub(crate) fn wants(ctx: &Ctx<'_>, spec: &PanelSpec, chrome: Chrome) -> Wants {
    (view(spec.kind).wants)(ctx, spec).framed(chrome.rows())
}

/// Rows that the alerts want.
pub(crate) fn alerts_want(ctx: &Ctx<'_>, chrome: Chrome) -> Wants {
    alerts::wants(ctx).framed(chrome.rows())
}

/// Rows that the events want.
pub(crate) fn events_want(chrome: Chrome) -> Wants {
    events::WANTS.framed(chrome.rows())
}

/// What a panel comes to in one line.
pub(crate) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    (view(spec.kind).digest)(ctx, spec)
}

impl Panel<'_> {
    /// A row of the panel stands in this line of the area: it is marked where it is the selected one.
    pub(crate) fn line(&self, ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect, line: usize, row: usize) {
        ctx.stands(Rect { y: area.y.saturating_add(to_u16(line)), height: 1, ..area }.intersection(area), row);
        if self.focused && row == self.cursor {
            select(ctx, buf, area, line);
        }
    }
}

/// Draws a panel of the system file.
pub(crate) fn draw(ctx: &Ctx<'_>, at: usize, buf: &mut Buffer, area: Rect, chrome: Chrome) {
    let Some((id, spec)) = ctx.watch.system.panel.get_index(at) else { return };
    let view = view(spec.kind);
    let focused = ctx.model.focus == at;
    if area.height == 1 {
        digest_line(ctx, spec, &(view.digest)(ctx, spec), focused, buf, area);
        return;
    }
    let panel = open(ctx, id, spec, focused);
    let age = (view.age)(ctx, spec);
    // what was fresh then is nothing that is live
    let age = Some(age).filter(|(_, style)| ctx.past.is_none() || *style == ctx.theme.stale);
    let labels: Vec<Label> = past_label(ctx, &spec.title, area).into_iter().chain(age).collect();
    let inner = frame(ctx, &spec.title, &labels, focused, buf, area, chrome);
    let seen = (view.draw)(ctx, &panel, buf, inner);
    scroll_mark(ctx, seen, buf, area, chrome);
}

fn open<'a>(ctx: &Ctx<'_>, id: &PanelId, spec: &'a PanelSpec, focused: bool) -> Panel<'a> {
    let rows = rows::of_panel(ctx.model, ctx.watch, spec);
    let cursor = ctx.model.cursor.get(id).copied().unwrap_or(0).min(rows.len().saturating_sub(1));
    Panel { spec, rows, cursor, focused, zoomed: ctx.model.zoomed }
}

/// That a panel shows what was, as long as its frame allows: ` PAST 10 min ago 03:12:40 `.
fn past_label(ctx: &Ctx<'_>, title: &str, area: Rect) -> Option<Label> {
    let [ago, at] = ctx.moment()?;
    let room = usize::from(area.width).saturating_sub(width(title) + 9);
    let texts = [format!(" PAST {ago} {at} "), format!(" PAST {at} "), " PAST ".to_owned()];
    let [_, _, shortest] = &texts;
    let text = texts.iter().find(|text| width(text) <= room).unwrap_or(shortest);
    Some((text.clone(), ctx.theme.badge_warning))
}

/// Draws the alerts as a panel.
pub(crate) fn draw_alerts(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect, chrome: Chrome) {
    let key = ctx.model.keymap.shown(crate::app::Command::Alerts);
    let labels: Vec<Label> = past_label(ctx, "Alerts", area).into_iter().chain([(key, ctx.theme.key)]).collect();
    let inner = frame(ctx, "Alerts", &labels, false, buf, area, chrome);
    let untold = match ctx.past.map(|past| past.alerts) {
        None | Some(Told::Recorded) => return alerts::draw(ctx, buf, inner),
        Some(Told::NotWatched) => "nothing was watched then",
        Some(Told::NotRecorded) => "not recorded: the events tell what changed",
    };
    nothing(ctx, untold, ctx.theme.dim, buf, inner);
}

/// Draws the event log as a panel.
pub(crate) fn draw_events(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect, chrome: Chrome) {
    let key = ctx.model.keymap.shown(crate::app::Command::Log);
    let labels: Vec<Label> = past_label(ctx, "Events", area).into_iter().chain([(key, ctx.theme.key)]).collect();
    let inner = frame(ctx, "Events", &labels, false, buf, area, chrome);
    events::draw(ctx, buf, inner);
}

/// The shortest form of a panel: one line.
fn digest_line(ctx: &Ctx<'_>, spec: &PanelSpec, digest: &Digest, focused: bool, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let title = if focused { theme.title_focus } else { theme.title };
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    pen.skip(1).cell(theme.glyph(digest.status), 1, theme.status(digest.status));
    if ctx.past.is_some() {
        pen.put("PAST", theme.badge_warning).skip(1);
    }
    pen.cell(&spec.title, 15, title).put(&digest.text, theme.text);
    if focused {
        buf.set_style(area.intersection(buf.area), theme.selection);
    }
}

/// Draws a frame with title and labels; returns the area inside.
pub(crate) fn frame(
    ctx: &Ctx<'_>,
    title: &str,
    labels: &[Label],
    focused: bool,
    buf: &mut Buffer,
    area: Rect,
    chrome: Chrome,
) -> Rect {
    let theme = ctx.theme;
    let (line, text) = if focused { (theme.border_focus, theme.title_focus) } else { (theme.border, theme.title) };
    let [horizontal, vertical] = theme.glyphs.lines;
    let corners = theme.glyphs.corners;
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    let boxed = chrome == Chrome::Boxed;
    if boxed {
        pen.raw(corners[0], line);
        pen.right(corners[1], line);
        pen.right(horizontal, line);
        pen.raw(horizontal, line);
    }
    let side = usize::from(boxed);
    for (label, style) in labels.iter().filter(|(label, _)| !label.is_empty()) {
        if pen.room() > width(label) + width(title) + 5 {
            pen.skip_right(side).right(label, *style);
            pen.skip_right(1);
        }
    }
    let room = pen.room().saturating_sub(2);
    pen.skip(1).put_in(title, room, text).skip(1);
    let rest = pen.room();
    pen.fill(horizontal, rest, line);
    if !boxed {
        return Rect {
            x: area.x.saturating_add(1),
            y: area.y.saturating_add(1),
            width: area.width.saturating_sub(1),
            height: area.height.saturating_sub(1),
        };
    }
    for row in 1..area.height.saturating_sub(1) {
        let mut pen = Pen::new(buf, area, row, "");
        pen.raw(vertical, line);
        pen.right(vertical, line);
    }
    let mut pen = Pen::new(buf, area, area.height.saturating_sub(1), "");
    pen.raw(corners[2], line);
    pen.right(corners[3], line);
    let rest = pen.room();
    pen.fill(horizontal, rest, line);
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Tells in the frame which rows are seen when not all are.
pub(crate) fn scroll_mark(ctx: &Ctx<'_>, seen: Seen, buf: &mut Buffer, area: Rect, chrome: Chrome) {
    if (seen.shown >= seen.all && seen.in_all.is_none()) || seen.all == 0 || area.height < 2 {
        return;
    }
    // an open frame has this beside the age, which is never written over
    let has_room = chrome == Chrome::Boxed || area.width >= 70;
    let beyond = seen.in_all.filter(|_| has_room).map(|all| format!(", {} in all", count(all))).unwrap_or_default();
    if chrome == Chrome::Ruled && !has_room && ctx.past.is_some() {
        // that it shows what was stands there
        return;
    }
    let text = format!(" {}-{} of {}{beyond} ", seen.first + 1, seen.first + seen.shown, seen.all);
    let row = if chrome == Chrome::Boxed { area.height - 1 } else { 0 };
    let mut pen = Pen::new(buf, area, row, "");
    if chrome == Chrome::Boxed {
        pen.skip_right(2);
        pen.right(&text, ctx.theme.dim);
    } else {
        pen.skip(usize::from(area.width) / 2);
        pen.put(&text, ctx.theme.dim);
    }
}

/// The part of a list around its cursor that fits into `room` rows.
pub(crate) fn visible(all: usize, cursor: usize, room: usize) -> Seen {
    let shown = all.min(room);
    let first = (cursor + 1).saturating_sub(shown).min(all - shown);
    Seen { first, shown, all, in_all: None }
}

/// Marks a row as selected; without colours the glyph at its left is kept by the reversal.
pub(crate) fn select(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect, row: usize) {
    let y = area.y.saturating_add(to_u16(row));
    if row < usize::from(area.height) {
        let wide = Rect { x: area.x.saturating_sub(1), width: area.width.saturating_add(2), y, height: 1 };
        buf.set_style(wide.intersection(buf.area), ctx.theme.selection);
    }
}

/// Shows at the left of a row that it is marked.
pub(crate) fn mark(ctx: &Ctx<'_>, target: &Target, buf: &mut Buffer, area: Rect, row: usize) {
    let marks = &ctx.model.marks;
    if marks.is_empty() || row >= usize::from(area.height) || area.x == 0 {
        return;
    }
    let own = menu::marks_of(ctx.model, ctx.watch, target).into_iter().next();
    if own.is_some_and(|own| marks.contains(&own)) {
        let edge = Rect { x: area.x - 1, y: area.y.saturating_add(to_u16(row)), width: 1, height: 1 };
        Pen::new(buf, edge, 0, "").raw(ctx.theme.glyphs.marked, ctx.theme.accent);
    }
}

/// One dim line in the middle of an area, for what is not there.
pub(crate) fn nothing(ctx: &Ctx<'_>, text: &str, style: Style, buf: &mut Buffer, area: Rect) {
    let row = area.height.saturating_sub(1) / 2;
    let mut pen = Pen::new(buf, area, row, ctx.theme.glyphs.more);
    pen.skip(pen.room().saturating_sub(width(text)) / 2).put(text, style);
}

/// The signal that a panel is about: the one it names, else its component's first.
pub(crate) fn main_signal(ctx: &Ctx<'_>, spec: &PanelSpec) -> Option<SignalKey> {
    spec.signal.clone().or_else(|| spec.signals.first().cloned()).or_else(|| {
        let id = spec.component.as_ref()?;
        let declared = ctx.watch.system.component.get(id)?.signal.keys().next()?;
        Some(SignalKey::new(id.clone(), declared.clone()))
    })
}

fn signal_age(ctx: &Ctx<'_>, spec: &PanelSpec) -> Label {
    let Some(key) = main_signal(ctx, spec) else { return component_age(ctx, spec) };
    let reading = ctx.reading(&key);
    match reading.age(ctx.now.mono) {
        Some(age) => ctx.age_label(reading.freshness, Some(age), ctx.timing(&key.component)),
        None => ctx.component_age(&key.component),
    }
}

fn component_age(ctx: &Ctx<'_>, spec: &PanelSpec) -> Label {
    spec.component.as_ref().map_or_else(|| (String::new(), ctx.theme.dim), |id| ctx.component_age(id))
}

/// The status of a value by the marks of a panel: the worst one that it stands above.
pub(crate) fn mark_status(spec: &PanelSpec, value: f64) -> Status {
    let above = spec.marks.iter().filter(|mark| value >= mark.at);
    above.map(|mark| mark.severity.into()).max().unwrap_or(Status::Ok)
}
