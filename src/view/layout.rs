//! Which panel goes where: one to three columns, the most important first, each panel between its least and its greatest
//! height. The choice depends on the terminal and the system file only, never on readings: nothing jumps when something
//! breaks.

use ratatui::layout::Rect;

/// Fewest columns and rows that the panels are drawn in; below it one line tells the worst.
pub const SMALLEST: (u16, u16) = (40, 12);

/// How a panel is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chrome {
    /// A box.
    Boxed,
    /// A rule with the title; where rows and columns are dear.
    Ruled,
}

impl Chrome {
    /// Rows that the frame itself takes.
    pub(crate) fn rows(self) -> u16 {
        match self {
            Chrome::Boxed => 2,
            Chrome::Ruled => 1,
        }
    }
}

/// The frame for a body of this size.
pub(crate) fn chrome(body: Rect) -> Chrome {
    if body.width >= 100 && body.height >= 24 { Chrome::Boxed } else { Chrome::Ruled }
}

/// What can be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// The panel at this place of the system file.
    Panel(usize),
    /// The alerts; only where there is room.
    Alerts,
    /// The events; only where there is room.
    Events,
}

impl Item {
    fn is_extra(self) -> bool {
        !matches!(self, Item::Panel(_))
    }
}

/// Rows that an item can use, frame included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wants {
    /// Below it the item becomes a single line.
    pub(crate) least: u16,
    /// Where everything is shown.
    pub(crate) good: u16,
    /// Beyond it rows stay empty.
    pub(crate) most: u16,
    /// The height of a more generous form, taken whole or not at all; 0 where there is none.
    pub(crate) roomy: u16,
}

impl Wants {
    /// The same with rows for a frame.
    pub(crate) fn framed(self, frame: u16) -> Self {
        let roomy = if self.roomy > 0 { self.roomy + frame } else { 0 };
        Self { least: self.least + frame, good: self.good + frame, most: self.most + frame, roomy }
    }
}

impl Wants {
    /// Rows in which everything stands, in its most generous form.
    fn full(self) -> u16 {
        self.most.max(self.roomy)
    }

    /// Rows beyond which an item looks stretched: a course may be half as tall again, a list says no more than it has.
    fn cap(self, item: Item) -> u16 {
        match item {
            Item::Panel(_) if self.roomy > 0 => self.full(),
            Item::Panel(_) => self.most.saturating_mul(2).saturating_sub(self.good),
            Item::Alerts => self.full(),
            Item::Events => self.most.saturating_mul(3),
        }
    }
}

/// An item with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What.
    pub(crate) item: Item,
    /// Where.
    pub(crate) area: Rect,
}

/// Free columns between two columns of panels.
fn gap(chrome: Chrome) -> u16 {
    match chrome {
        Chrome::Boxed => 0,
        Chrome::Ruled => 2,
    }
}

/// How many columns a body has. The third comes where two cannot give each item all that it can use: on a tall screen
/// wide panels tell more than long ones.
fn columns(body: Rect, items: &[Item], wants: &impl Fn(Item) -> Wants) -> u16 {
    match body.width {
        0..76 => 1,
        76..230 => 2,
        _ => {
            let all: u32 = items.iter().map(|item| u32::from(wants(*item).full())).sum();
            if all <= u32::from(body.height) * 2 * 9 / 10 { 2 } else { 3 }
        }
    }
}

/// Places the items; where not all have room, the one in focus has it first.
pub(crate) fn arrange(body: Rect, items: &[Item], focus: Item, wants: impl Fn(Item) -> Wants) -> Vec<Slot> {
    if body.is_empty() || items.is_empty() {
        return Vec::new();
    }
    let count = columns(body, items, &wants);
    let panels: Vec<(Item, Wants)> =
        items.iter().filter(|item| !item.is_extra()).map(|item| (*item, wants(*item))).collect();
    let extras: Vec<(Item, Wants)> =
        items.iter().filter(|item| item.is_extra()).map(|item| (*item, wants(*item))).collect();
    // extras come in only where every panel still gets what is good for it
    for keep in (0..=extras.len()).rev() {
        let mut all = panels.clone();
        all.extend(&extras[..keep]);
        let places = best(&all, count, body.height);
        if keep == 0 || !is_crowded(&all, &places, body.height) {
            return place(body, &all, &places, count, focus);
        }
    }
    Vec::new()
}

/// True when some column cannot give each item what is good for it.
fn is_crowded(items: &[(Item, Wants)], places: &[u16], height: u16) -> bool {
    let mut good = [0_u16; 3];
    for ((_, wants), column) in items.iter().zip(places) {
        good[usize::from(*column).min(2)] += wants.good;
    }
    good.iter().any(|good| *good > height)
}

/// More items than this are not searched through but dealt out.
const SEARCHED: usize = 9;

/// The column of each item, by exhaustive search: at most 3^9 cheap trials.
fn best(items: &[(Item, Wants)], columns: u16, height: u16) -> Vec<u16> {
    let count = items.len();
    let dealt: Vec<u16> = (0..count).map(|at| u16::try_from(at % usize::from(columns)).unwrap_or(0)).collect();
    if columns == 1 || count > SEARCHED {
        return dealt;
    }
    let trials = u32::from(columns).pow(u32::try_from(count).unwrap_or(0));
    let mut places = vec![0; count];
    let mut found = (u32::MAX, dealt);
    for trial in 0..trials {
        let mut rest = trial;
        for place in &mut places {
            *place = u16::try_from(rest % u32::from(columns)).unwrap_or(0);
            rest /= u32::from(columns);
        }
        // the most important item stands at the top left
        if places.first() != Some(&0) {
            continue;
        }
        let cost = cost(items, &places, columns, height);
        if cost < found.0 {
            found = (cost, places.clone());
        }
    }
    found.1
}

/// How bad an assignment is: rows that are missing weigh most, then rows that stay empty, then important items far from
/// the top, then uneven columns.
fn cost(items: &[(Item, Wants)], places: &[u16], columns: u16, height: u16) -> u32 {
    let height = u32::from(height);
    let mut sums = [(0_u32, 0_u32, 0_u32); 3];
    let mut cost = 0;
    for (rank, ((item, wants), column)) in items.iter().zip(places).enumerate() {
        let sum = &mut sums[usize::from(*column).min(2)];
        let importance = u32::try_from(items.len() - rank).unwrap_or(0);
        cost += sum.1 * importance / 8 + u32::from(*column);
        sum.0 += u32::from(wants.least);
        sum.1 += u32::from(wants.good);
        // in two columns what is extra fills what the panels leave; in three it would get a column of its own
        sum.2 += if item.is_extra() && columns < 3 { height } else { u32::from(wants.full()) };
    }
    let used = &sums[..usize::from(columns).min(3)];
    for (least, good, most) in used {
        cost += least.saturating_sub(height) * 100_000;
        cost += good.saturating_sub(height) * 1000;
        cost += height.saturating_sub(*most) * 4;
    }
    let fullest = used.iter().map(|(_, good, _)| *good).max().unwrap_or(0);
    let emptiest = used.iter().map(|(_, good, _)| *good).min().unwrap_or(0);
    cost + (fullest - emptiest)
}

fn place(body: Rect, items: &[(Item, Wants)], places: &[u16], columns: u16, focus: Item) -> Vec<Slot> {
    let gap = gap(chrome(body));
    let usable = body.width.saturating_sub(gap * (columns - 1));
    let mut slots = Vec::with_capacity(items.len());
    let mut x = body.x;
    let rows = rows(items, places, columns, body.height);
    // where columns are dear the first gets more: its rows carry the longest texts
    let more = if columns == 2 && gap > 0 { 2 } else { 0 };
    for column in 0..columns {
        // what does not divide evenly goes to the left
        let even = usable / columns + u16::from(column < usable % columns);
        let width = if column == 0 { even + more } else { even - more };
        let inside: Vec<&(Item, Wants)> =
            items.iter().zip(places).filter(|(_, at)| **at == column).map(|(item, _)| item).collect();
        let heights = heights(&inside, rows, focus);
        let mut y = body.y;
        for ((item, _), height) in inside.into_iter().zip(heights) {
            if height > 0 {
                slots.push(Slot { item: *item, area: Rect { x, y, width, height } });
            }
            y += height;
        }
        x = x.saturating_add(width + gap);
    }
    slots.sort_by_key(|slot| items.iter().position(|(item, _)| *item == slot.item));
    slots
}

/// Rows that are used: those of the column that can use most. What nobody has anything to say in stays free at the foot.
fn rows(items: &[(Item, Wants)], places: &[u16], columns: u16, height: u16) -> u16 {
    let caps = |column: u16| {
        let inside = items.iter().zip(places).filter(|(_, at)| **at == column);
        inside.fold(0, |sum: u16, ((item, wants), _)| sum.saturating_add(wants.cap(*item)))
    };
    (0..columns).map(caps).max().unwrap_or(height).min(height)
}

/// Shares a column's rows out: a line for each, then the least, the good, the most in the order of importance; what is
/// left after that goes to all up to where they would look stretched, and what is left then to a list, or to nobody.
fn heights(inside: &[&(Item, Wants)], height: u16, focus: Item) -> Vec<u16> {
    let mut heights = vec![0_u16; inside.len()];
    let mut left = height;
    // a single line is the shortest form of a panel
    for own in &mut heights {
        let line = left.min(1);
        *own += line;
        left -= line;
    }
    let focused = inside.iter().position(|(item, _)| *item == focus);
    for at in focused.into_iter().chain(0..inside.len()) {
        let more = inside[at].1.least.saturating_sub(heights[at]);
        if more <= left {
            heights[at] += more;
            left -= more;
        }
    }
    for goal in [|w: &Wants| w.good, |w: &Wants| w.most] {
        spread(&mut heights, inside, &mut left, goal);
    }
    for (own, (_, wants)) in heights.iter_mut().zip(inside) {
        let more = wants.roomy.saturating_sub(*own);
        if *own >= wants.most && more <= left {
            *own += more;
            left -= more;
        }
    }
    for ((item, wants), own) in inside.iter().zip(&mut heights).filter(|((item, _), _)| *item == Item::Events) {
        // the log can always use more
        let more = wants.cap(*item).saturating_sub(*own).min(left);
        *own += more;
        left -= more;
    }
    let caps: Vec<(Item, Wants)> =
        inside.iter().map(|(item, wants)| (*item, Wants { most: wants.cap(*item), ..*wants })).collect();
    spread(&mut heights, &caps.iter().collect::<Vec<_>>(), &mut left, |w| w.most);
    let list =
        [Item::Events, Item::Alerts].into_iter().find_map(|list| inside.iter().position(|(item, _)| *item == list));
    if let Some(own) = list.and_then(|at| heights.get_mut(at)) {
        *own += left;
    }
    heights
}

/// Raises heights towards a goal, row by row in turn so that nobody gets all of it; single lines stay lines.
fn spread(heights: &mut [u16], inside: &[&(Item, Wants)], left: &mut u16, goal: impl Fn(&Wants) -> u16) {
    loop {
        let before = *left;
        for (own, (_, wants)) in heights.iter_mut().zip(inside) {
            if *left > 0 && *own >= wants.least && *own < goal(wants) {
                *own += 1;
                *left -= 1;
            }
        }
        if *left == before || *left == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: [Item; 7] =
        [Item::Panel(0), Item::Panel(1), Item::Panel(2), Item::Panel(3), Item::Panel(4), Item::Alerts, Item::Events];

    fn wants(item: Item) -> Wants {
        let (least, good, most) = match item {
            Item::Panel(0) => (5, 13, 24),
            Item::Panel(1) => (4, 10, 18),
            Item::Panel(2) => (4, 9, 16),
            Item::Panel(3) => (3, 6, 14),
            Item::Panel(_) => (4, 10, 11),
            Item::Alerts => (5, 8, 20),
            Item::Events => (5, 8, 40),
        };
        Wants { least, good, most, roomy: 0 }
    }

    #[test]
    fn panels_never_overlap_nor_leave_the_body() {
        for width in (0..=300).step_by(7) {
            for height in 0..=100 {
                let body = Rect::new(1, 2, width, height);
                let slots = arrange(body, &ITEMS, ITEMS[0], wants);
                for (n, slot) in slots.iter().enumerate() {
                    assert_eq!(slot.area.intersection(body), slot.area, "{width}x{height}: {slot:?}");
                    for other in &slots[..n] {
                        assert!(!slot.area.intersects(other.area), "{width}x{height}: {slot:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_panel_is_there_at_eighty_by_twenty_four_and_extras_come_with_room() {
        let items = |columns: u16, rows: u16| {
            let slots = arrange(Rect::new(0, 2, columns, rows - 3), &ITEMS, ITEMS[0], wants);
            slots.iter().map(|slot| slot.item).collect::<Vec<_>>()
        };
        assert_eq!(items(40, 12), ITEMS[..5]);
        assert_eq!(items(80, 24), ITEMS[..5]);
        assert_eq!(items(200, 60), ITEMS);
        assert_eq!(items(300, 100), ITEMS);
    }

    #[test]
    fn on_the_widest_screen_no_column_holds_only_what_is_extra() {
        for (columns, rows) in [(230_u16, 60_u16), (250, 64), (300, 50)] {
            let slots = arrange(Rect::new(0, 2, columns, rows - 3), &ITEMS, ITEMS[0], wants);
            let mut starts: Vec<u16> = slots.iter().map(|slot| slot.area.x).collect();
            starts.sort_unstable();
            starts.dedup();
            assert_eq!(starts.len(), 3, "{columns}x{rows}");
            for x in starts {
                let panels = slots.iter().filter(|slot| slot.area.x == x && !slot.item.is_extra());
                assert!(panels.count() > 0, "{columns}x{rows}: {slots:?}");
            }
        }
    }

    #[test]
    fn nothing_is_stretched_however_large_the_screen() {
        for (columns, rows) in [(200_u16, 60_u16), (230, 80), (300, 100), (400, 200)] {
            let slots = arrange(Rect::new(0, 2, columns, rows - 3), &ITEMS, ITEMS[0], wants);
            for slot in slots.iter().filter(|slot| !slot.item.is_extra()) {
                let cap = wants(slot.item).cap(slot.item);
                assert!(slot.area.height <= cap, "{columns}x{rows}: {slot:?} beyond {cap}");
            }
        }
        // a tall screen has two wide columns rather than three long ones
        let slots = arrange(Rect::new(0, 2, 300, 97), &ITEMS, ITEMS[0], wants);
        assert!(slots.iter().all(|slot| slot.area.width == 150), "{slots:?}");
    }

    #[test]
    fn the_most_important_panel_stands_at_the_top_left() {
        for (columns, rows) in [(40_u16, 12_u16), (80, 24), (120, 40), (200, 60), (300, 100)] {
            let slots = arrange(Rect::new(0, 2, columns, rows - 3), &ITEMS, ITEMS[0], wants);
            assert_eq!((slots[0].item, slots[0].area.x, slots[0].area.y), (Item::Panel(0), 0, 2));
        }
    }

    #[test]
    fn the_panel_in_focus_has_room_on_a_small_screen() {
        for focus in &ITEMS[..5] {
            let slots = arrange(Rect::new(0, 2, 40, 9), &ITEMS, *focus, wants);
            let tall = slots.iter().find(|slot| slot.item == *focus).unwrap().area.height;
            assert!(tall >= 3, "{focus:?}: {tall}");
        }
    }

    #[test]
    fn columns_are_filled_to_their_foot() {
        let body = Rect::new(0, 2, 120, 37);
        let slots = arrange(body, &ITEMS, ITEMS[0], wants);
        for x in [0, 60] {
            let column: u16 = slots.iter().filter(|slot| slot.area.x == x).map(|slot| slot.area.height).sum();
            assert_eq!(column, body.height);
        }
    }
}
