//! What is spent of a limit: the bands of the file in percent of it, the word of the band that is reached, and when the
//! limit is. Drawn as a level; a limit that is not known is told, and no share of it is made up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::{SignalKey, SignalName, Status};
use crate::config::PanelSpec;
use crate::view::ctx::{Ctx, Label};
use crate::view::format::number;
use crate::view::panel::backlog::missing_words;
use crate::view::panel::{Digest, Panel, Seen, gauge, main_signal, signal_age};
use crate::view::pen::Pen;

/// What is shown of a budget now.
enum Shown {
    /// A level against a limit, or a level alone where the file asks for no bands.
    Level(PanelSpec),
    /// A level whose limit is not known, and why.
    Limitless(PanelSpec, SignalKey),
}

impl Shown {
    fn spec(&self) -> &PanelSpec {
        match self {
            Shown::Level(spec) | Shown::Limitless(spec, _) => spec,
        }
    }
}

/// The signal of this name, where the budget's component has one.
fn own(ctx: &Ctx<'_>, spec: &PanelSpec, name: &str) -> Option<SignalKey> {
    let id = spec.component.as_ref().or(spec.signal.as_ref().map(|key| &key.component))?;
    let component = ctx.watch.system.component.get(id)?;
    let name = SignalName::new(name).ok()?;
    let has = component.signal.contains_key(&name) || component.probe.own_signals().contains(&name);
    has.then(|| SignalKey::new(id.clone(), name))
}

fn shown(ctx: &Ctx<'_>, spec: &PanelSpec) -> Shown {
    let spent = spec.signal.clone().or_else(|| own(ctx, spec, "spent")).or_else(|| main_signal(ctx, spec));
    let spec = PanelSpec { signal: spent, ..spec.clone() };
    let of_service = own(ctx, &spec, "limit");
    let told = of_service.as_ref().and_then(|key| ctx.reading(key).number());
    let limit = spec.limit.or(told).filter(|limit| limit.is_finite() && *limit > 0.0);
    let spent_known = spec.signal.as_ref().is_some_and(|key| ctx.reading(key).number().is_some());
    let share = own(ctx, &spec, "percentage").filter(|key| ctx.reading(key).number().is_some());
    match (limit, share, of_service) {
        (None, Some(share), _) => Shown::Level(against(spec, Some(share), 100.0)),
        (Some(_), Some(share), _) if !spent_known => Shown::Level(against(spec, Some(share), 100.0)),
        (Some(limit), ..) => Shown::Level(against(spec, None, limit)),
        (None, None, Some(key)) => Shown::Limitless(spec, key),
        (None, None, None) => Shown::Level(spec),
    }
}

/// The same against a limit: of its share, where that is what is known.
fn against(spec: PanelSpec, share: Option<SignalKey>, limit: f64) -> PanelSpec {
    let mut marks: Vec<_> = if share.is_some() { Vec::new() } else { spec.marks.clone() };
    marks.extend(spec.bands.iter().map(|band| band.mark(limit)));
    marks.sort_by(|a, b| a.at.total_cmp(&b.at));
    let unit = if share.is_some() { Some("%".to_owned()) } else { spec.unit.clone() };
    PanelSpec { marks, unit, limit: Some(limit), signal: share.or(spec.signal), ..spec }
}

pub(super) fn age(ctx: &Ctx<'_>, spec: &PanelSpec) -> Label {
    signal_age(ctx, shown(ctx, spec).spec())
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    match shown(ctx, spec) {
        Shown::Level(spec) => gauge::digest(ctx, &spec),
        Shown::Limitless(spec, key) => {
            let spent = gauge::digest(ctx, &spec);
            Digest { status: Status::Unknown, text: format!("{}  {}", spent.text, why(ctx, &key)) }
        }
    }
}

fn why(ctx: &Ctx<'_>, limit: &SignalKey) -> String {
    let reading = ctx.reading(limit);
    match reading.known() {
        Some(value) => format!("limit unknown: it is {value}"),
        None => format!("limit unknown: {}", missing_words(ctx, limit, &reading)),
    }
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    let shown = shown(ctx, panel.spec);
    let spec = shown.spec();
    if let (Shown::Limitless(_, limit), Some(key)) = (&shown, &spec.signal) {
        let theme = ctx.theme;
        if let Some(spent) = ctx.reading(key).number() {
            let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
            pen.put(&number(spent), theme.strong).skip(1).put(spec.unit.as_deref().unwrap_or(""), theme.text);
            Pen::new(buf, area, 1, theme.glyphs.more).put(&why(ctx, limit), theme.unknown);
            return Seen::default();
        }
    }
    let panel = Panel { spec, rows: Vec::new(), cursor: 0, focused: panel.focused, zoomed: panel.zoomed };
    gauge::draw(ctx, &panel, buf, area)
}
