//! A list signal as rows, in the order of the list: the columns are the fields that its first entries have, those first
//! that the panel names, as wide as they are where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Target;
use crate::base::{Shown, SignalKey, Status};
use crate::config::PanelSpec;
use crate::signal::Value;
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{count, plural, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, backlog::missing_words, mark, nothing, visible};
use crate::view::pen::{Pen, to_u16};

/// Most columns.
const MOST: usize = 16;
/// A column gives way to others down to this; where that is not enough, the last ones are left out and counted: half an
/// id is none.
const LEAST: usize = 12;
/// Columns of the mark that says how many are left out.
const MORE: usize = 4;
/// Rows whose cells say how wide a column is.
const LOOKED_AT: usize = 50;
/// Columns between two columns.
const GAP: usize = 2;

pub(super) fn wants(_: &Ctx<'_>, _: &PanelSpec) -> Wants {
    Wants { least: 2, good: 6, most: 20, roomy: 0 }
}

pub(super) fn age(ctx: &Ctx<'_>, spec: &PanelSpec) -> Label {
    let Some(key) = spec.rows.first() else { return (String::new(), ctx.theme.dim) };
    let reading = ctx.reading(key);
    match reading.age(ctx.now.mono) {
        Some(age) => ctx.age_label(reading.freshness, Some(age), ctx.timing(&key.component)),
        None => ctx.component_age(&key.component),
    }
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let counts = spec.rows.iter().map(|key| ctx.reading(key).known().and_then(Value::as_list).map(<[Value]>::len));
    match counts.collect::<Option<Vec<usize>>>() {
        Some(counts) => {
            let all: usize = counts.iter().sum();
            let beyond = in_all(ctx, spec, all).map(|total| format!("{all} of {}", count(total)));
            Digest { status: Status::Ok, text: beyond.unwrap_or_else(|| entries(all)) }
        }
        None => Digest { status: Status::Unknown, text: why(ctx, spec) },
    }
}

/// How many rows there are, where a component counts more than it gave.
fn in_all(ctx: &Ctx<'_>, spec: &PanelSpec, rows: usize) -> Option<u64> {
    let [list] = spec.rows.as_slice() else { return None };
    let counted = SignalKey::new(list.component.clone(), "row_count".parse().ok()?);
    let Some(Value::Int(all)) = ctx.reading(&counted).known() else { return None };
    u64::try_from(*all).ok().filter(|all| *all > rows as u64)
}

fn why(ctx: &Ctx<'_>, spec: &PanelSpec) -> String {
    let missing = spec.rows.iter().find(|key| ctx.reading(key).known().is_none());
    missing.map_or_else(|| "no list".to_owned(), |key| missing_words(ctx, key, &ctx.reading(key)))
}

fn entry<'a>(ctx: &Ctx<'a>, list: &SignalKey, index: usize) -> Option<&'a Value> {
    ctx.reading(list).last.and_then(|(value, _)| value.as_list())?.get(index)
}

/// An entry in one line: its short fields, in their order.
pub(crate) fn summary(ctx: &Ctx<'_>, list: &SignalKey, index: usize) -> String {
    match entry(ctx, list, index) {
        Some(Value::Map(fields)) => {
            let short = fields.iter().filter(|(_, value)| !matches!(value, Value::Map(_) | Value::List(_)));
            let said: Vec<String> = short.take(6).map(|(name, value)| format!("{} {value}", shown(name))).collect();
            said.join("  ")
        }
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn shown(text: &str) -> String {
    Shown::from_remote(text).into_string()
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    if panel.rows.is_empty() {
        let known = panel.spec.rows.iter().all(|key| ctx.reading(key).known().is_some());
        let text = if known { "no rows".to_owned() } else { why(ctx, panel.spec) };
        nothing(ctx, &text, ctx.theme.dim, buf, area);
        return Seen::default();
    }
    let names = names(ctx, panel);
    // the list's own name where rows of several stand below each other
    let several = panel.spec.rows.len() > 1;
    let lists = panel.spec.rows.iter().map(|key| width(&list_name(ctx, panel.spec, key))).max().unwrap_or(0);
    let room = usize::from(area.width).saturating_sub(if several { lists + GAP } else { 0 });
    let natural: Vec<Column> = names.iter().map(|name| Column::of(ctx, panel, name)).collect();
    let mut columns = fit(&natural, room);
    let mut pen = Pen::new(buf, area, 0, ctx.theme.glyphs.more);
    if columns.len() < natural.len() {
        columns = fit(&natural, room.saturating_sub(MORE));
        pen.right(&format!("+{}", natural.len() - columns.len()), ctx.theme.accent);
    }
    if several {
        pen.cell("list", lists, ctx.theme.dim).skip(GAP - 1);
    }
    for (name, column) in names.iter().zip(&columns) {
        column.put(&mut pen, &shown(name).replace('_', " "), ctx.theme.dim);
    }
    let seen = visible(panel.rows.len(), panel.cursor, usize::from(area.height).saturating_sub(1));
    let seen = Seen { in_all: in_all(ctx, panel.spec, panel.rows.len()), ..seen };
    for (row, target) in panel.rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let Target::Entry { list, index } = target else { continue };
        let at = 1 + row - seen.first;
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        let style = if ctx.reading(list).missing.is_some() { ctx.theme.dim } else { ctx.theme.text };
        if several {
            pen.cell(&list_name(ctx, panel.spec, list), lists, ctx.theme.dim).skip(GAP - 1);
        }
        match entry(ctx, list, *index) {
            Some(fields @ Value::Map(_)) => {
                for (name, column) in names.iter().zip(&columns) {
                    column.put(&mut pen, &fields.get(name).map(cell).unwrap_or_default(), style);
                }
            }
            Some(other) => _ = pen.put(&other.to_string(), style),
            None => {}
        }
        mark(ctx, target, buf, area, at);
        panel.line(ctx, buf, area, at, row);
    }
    seen
}

/// What tells a list from the others of its panel: the signal's name, or the component's where all are called `rows`.
fn list_name(ctx: &Ctx<'_>, spec: &PanelSpec, list: &SignalKey) -> String {
    let same = spec.rows.iter().all(|other| other.signal == list.signal);
    if same {
        ctx.watch.system.component_title(&list.component).to_owned()
    } else {
        list.signal.as_str().replace('_', " ")
    }
}

fn names(ctx: &Ctx<'_>, panel: &Panel<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for target in panel.rows.iter().take(LOOKED_AT) {
        let Target::Entry { list, index } = target else { continue };
        let Some(Value::Map(fields)) = entry(ctx, list, *index) else { continue };
        for name in fields.keys() {
            if names.len() < MOST && !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    first(names, &panel.spec.columns)
}

/// The columns that the panel names, in its order, then the others in theirs.
fn first(mut names: Vec<String>, wanted: &[String]) -> Vec<String> {
    let place = |name: &String| wanted.iter().position(|other| other == name).unwrap_or(wanted.len());
    names.sort_by_key(place);
    names
}

/// How wide a column is, and how its cells stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    width: usize,
    /// Numbers stand below each other by their last digit.
    is_number: bool,
}

impl Column {
    fn of(ctx: &Ctx<'_>, panel: &Panel<'_>, name: &str) -> Self {
        let values = panel.rows.iter().take(LOOKED_AT).filter_map(|target| {
            let Target::Entry { list, index } = target else { return None };
            entry(ctx, list, *index)?.get(name)
        });
        let mut column = Column { width: width(&shown(name)), is_number: true };
        let mut any = false;
        for value in values.filter(|value| !matches!(value, Value::Null)) {
            any = true;
            column.width = column.width.max(width(&cell(value)));
            column.is_number &= matches!(value, Value::Int(_) | Value::Number(_));
        }
        column.is_number &= any;
        column
    }

    fn put(self, pen: &mut Pen<'_>, text: &str, style: Style) {
        // a number that does not fit is cut at its end like any text, and says so
        if self.is_number && width(text) <= self.width {
            pen.number(text, self.width, style);
        } else {
            pen.cell(text, self.width, style);
        }
        pen.skip(GAP - 1);
    }
}

/// A cell: an absent value is no text, and a zero is one.
fn cell(value: &Value) -> String {
    if matches!(value, Value::Null) { "-".to_owned() } else { value.to_string() }
}

/// Columns that fit into so much room: the widest give way to the others, down to [`LEAST`]; then the last are left out.
fn fit(natural: &[Column], room: usize) -> Vec<Column> {
    let mut kept = natural.len();
    let least = |kept: usize| -> usize {
        let widths: usize = natural[..kept].iter().map(|column| column.width.min(LEAST)).sum();
        widths + GAP * kept.saturating_sub(1)
    };
    while kept > 1 && least(kept) > room {
        kept -= 1;
    }
    let room = room.saturating_sub(GAP * kept.saturating_sub(1));
    let total = |most: usize| -> usize { natural[..kept].iter().map(|column| column.width.min(most)).sum() };
    let widest = natural[..kept].iter().map(|column| column.width).max().unwrap_or(0);
    let most = (1..=widest).rev().find(|most| total(*most) <= room).unwrap_or(room);
    natural[..kept].iter().map(|column| Column { width: column.width.min(most), ..*column }).collect()
}

/// `3 entries`.
pub(crate) fn entries(n: usize) -> String {
    if n == 1 { plural(1, "entry") } else { format!("{n} entries") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_columns_give_way_and_then_the_last_ones() {
        let widths = |natural: &[usize], room| -> Vec<usize> {
            let natural: Vec<Column> = natural.iter().map(|width| Column { width: *width, is_number: false }).collect();
            fit(&natural, room).iter().map(|column| column.width).collect()
        };
        assert_eq!(widths(&[8, 4, 100], 200), [8, 4, 100]);
        assert_eq!(widths(&[8, 4, 100], 76), [8, 4, 60]);
        assert_eq!(widths(&[30, 4, 100], 40), [16, 4, 16]);
        assert_eq!(widths(&[7, 60, 11, 9, 11, 26], 54), [7, 21, 11, 9], "the last are left out, and no id is cut");
        assert_eq!(widths(&[300], 5), [5]);
        assert_eq!(widths(&[], 5), [0; 0]);
        assert_eq!(widths(&[9, 9], 0), [0]);
    }

    #[test]
    fn the_columns_that_a_panel_names_come_first() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let there = names(&["age_h", "id", "status", "type"]);
        assert_eq!(first(there.clone(), &names(&["type", "gone", "age_h"])), ["type", "age_h", "id", "status"]);
        assert_eq!(first(there.clone(), &[]), there);
    }
}
