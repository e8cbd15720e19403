//! The situation line: the worst state, its cause in words, for how long, what follows from it, which runbook helps.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::act::menu;
use crate::app::{Command, Model};
use crate::base::{Shown, Status, own_word};
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{clip, plural, width};
use crate::view::overlay::gate::risk_style;
use crate::view::{Pen, Theme};
use crate::watch::{Finding, Watch};

/// Columns from which hints stand further apart.
const WIDE: usize = 90;
/// Most columns of a cause that go before its hints.
const ESSENCE: usize = 28;
/// Columns that a cause's reason needs beside it.
const REASON: usize = 9;
/// Fewest columns of a runbook's name that tell anything.
const NAME: usize = 6;

/// Draws the line of one system into one row.
pub(crate) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let situation = &ctx.watch.situation;
    if situation.starting && situation.status != Status::Critical {
        starting(ctx, buf, area);
        return;
    }
    buf.set_style(area, theme.band(situation.status));
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    if ctx.model.past.is_some() {
        // the panels below it are not
        pen.put(" NOW ", theme.badge_info);
    }
    if situation.status == Status::Ok {
        calm(ctx, &mut pen);
        return;
    }
    let word = situation.status.word().to_uppercase();
    pen.put(&format!(" {} {word} ", theme.glyph(situation.status)), theme.badge(situation.status)).skip(1);
    let worst = situation.findings.iter().find(|finding| finding.status == situation.status).or(situation.worst());
    if let Some(finding) = worst {
        tell(ctx, finding, &mut pen);
    }
}

fn tell(ctx: &Ctx<'_>, finding: &Finding, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    if let Some(word) = own_word(finding.word.as_deref(), finding.status.word()) {
        pen.put(word, theme.strong).skip(1);
    }
    pen.put(&ctx.lasting(finding.since.mono), theme.status(finding.status)).skip(2);
    pen.skip_right(1);
    let gap = if pen.room() < WIDE { 2 } else { 3 };
    // what is wrong comes first, then both next steps, then the runbook's name and the rest of the cause; what follows
    // takes the room that is left
    let whole = width(&finding.text);
    let mut room = Room(pen.room().saturating_sub(essence(&finding.text)));
    let step = next_step(ctx, finding).filter(|step| room.take(columns(step) + gap));
    let mut runbook = runbook(ctx, finding, &mut room, gap);
    let mut room = Room(room.0.saturating_sub(whole - essence(&finding.text)));
    if let (Some(told), Some(first)) = (&mut runbook, ctx.watch.diagnoses.first()) {
        let share = format!(" {}", first.share());
        told.extend(room.take(width(&share)).then_some((share, theme.accent)));
    }
    let flapping = finding.flapping.then(|| vec![("FLAPPING".to_owned(), theme.warning)]);
    let follows = finding.consequences.len();
    let follows = (follows > 0).then(|| vec![(plural(follows, "consequence"), theme.text)]);
    let [flapping, follows, incident] =
        [flapping, follows, incident(ctx, finding)].map(|told| told.filter(|told| room.take(columns(told) + gap)));
    for told in [incident, step, runbook, follows, flapping].into_iter().flatten() {
        for (text, style) in told.iter().rev() {
            pen.right(text, *style);
        }
        pen.skip_right(gap);
    }
    let head = head(&finding.text);
    // two letters of a reason tell nothing
    let cut = pen.room() < whole && pen.room() < width(head) + REASON;
    pen.put(if cut { head } else { &finding.text }, theme.strong);
}

/// What must be read of a cause: `Worker is down` of `Worker is down: refused 127.0.0.1:8082`. A bare name tells nothing:
/// of `Budget: emergency kill, all stops` it is `Budget: emergency kill`.
fn head(text: &str) -> &str {
    let Some((head, rest)) = text.split_once(": ") else { return text };
    if head.contains(' ') {
        return head;
    }
    rest.split_once(", ").map_or(text, |(first, _)| &text[..head.len() + ": ".len() + first.len()])
}

/// Columns that nobody has taken yet.
struct Room(usize);

impl Room {
    /// Takes columns if so many are there.
    fn take(&mut self, columns: usize) -> bool {
        let left = self.0.checked_sub(columns);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

fn columns(pieces: &[Label]) -> usize {
    pieces.iter().map(|(text, _)| width(text)).sum()
}

fn essence(text: &str) -> usize {
    width(head(text)).min(ESSENCE)
}

/// The runbook's key and word, with as much of its name as there is room for: `r runbook Worker crash`.
fn runbook(ctx: &Ctx<'_>, finding: &Finding, room: &mut Room, gap: usize) -> Option<Vec<Label>> {
    let theme = ctx.theme;
    let name = match ctx.watch.diagnoses.first() {
        Some(first) => Shown::from_remote(&first.title).into_string(),
        None => finding.runbook.as_ref()?.to_string(),
    };
    // the word keeps it apart from the action, whose key may be the same letter in upper case
    let mut told =
        vec![(format!("{} ", ctx.model.keymap.told(Command::Runbook)), theme.key), ("runbook".to_owned(), theme.text)];
    if !room.take(columns(&told) + gap) {
        return None;
    }
    let (kept, cut) = clip(&name, room.0.saturating_sub(1));
    let kept = if cut { format!("{kept}{}", theme.glyphs.more) } else { kept.to_owned() };
    if !cut || width(&kept) >= NAME {
        room.take(width(&kept) + 1);
        told.push((format!(" {kept}"), theme.accent));
    }
    Some(told)
}

/// The open incident, or the key that opens one where it is critical.
fn incident(ctx: &Ctx<'_>, finding: &Finding) -> Option<Vec<Label>> {
    let theme = ctx.theme;
    let open = ctx.model.recovery.desk.open_of(&ctx.watch.system.name).is_some();
    let offered = finding.status == Status::Critical && !ctx.model.options.read_only;
    let word = if open { "incident open" } else { "incident" };
    let key = (format!("{} ", ctx.model.keymap.told(Command::Incident)), theme.key);
    (open || offered).then(|| vec![key, (word.to_owned(), theme.text)])
}

/// The key of the action for a finding, in the colour of its risk, and what it does: `R restart worker`.
fn next_step(ctx: &Ctx<'_>, finding: &Finding) -> Option<Vec<Label>> {
    let theme = ctx.theme;
    let (_, spec) = menu::next_step(ctx.watch, finding).filter(|_| !ctx.model.options.read_only)?;
    let key = spec.key.clone().unwrap_or_else(|| ctx.model.keymap.told(Command::Actions));
    let title = as_step(&spec.title);
    Some(vec![(format!("{key} "), risk_style(theme, spec.risk).add_modifier(Modifier::BOLD)), (title, theme.text)])
}

/// The title of an action behind its key: `restart worker`.
pub(crate) fn as_step(title: &str) -> String {
    let mut title = title.to_owned();
    // an abbreviation keeps its capitals
    if title.is_ascii() && title.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase()) {
        title[..1].make_ascii_lowercase();
    }
    title
}

fn starting(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let watched = || ctx.watch.components.values().filter(|component| component.is_watched());
    let polled = watched().filter(|component| component.polled.is_some()).count();
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    pen.put(&format!(" {} STARTING ", theme.glyphs.unknown), theme.badge_info).skip(1);
    pen.put(&format!("{polled} of {} components have been asked", watched().count()), theme.text);
}

fn calm(ctx: &Ctx<'_>, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    pen.put(&format!(" {} OK ", theme.glyphs.ok), theme.ok.add_modifier(Modifier::BOLD)).skip(1);
    pen.put(&calm_words(ctx.watch), theme.text).skip(3);
    let situation = &ctx.watch.situation;
    let off = ctx.watch.components.values().filter(|component| component.not_configured.is_some()).count();
    for (n, word) in [(off, "not set up"), (situation.skipped, "skipped")] {
        if n > 0 {
            pen.put(&format!("{n} {word}"), theme.dim).skip(3);
        }
    }
    let pending =
        ctx.watch.alerts.values().filter(|watched| watched.alert.state == crate::rule::AlertState::Pending).count();
    if pending > 0 {
        pen.put(&format!("{pending} pending"), theme.accent).skip(3);
    }
    for finding in &situation.findings {
        pen.put("info ", theme.info).put(&finding.text, theme.text).skip(3);
    }
}

/// What is said where nothing is wrong.
pub(crate) fn calm_words(watch: &Watch) -> String {
    let watched = || watch.components.values().filter(|component| component.is_watched());
    let up = watched().filter(|component| component.state == crate::base::State::Up).count();
    let all = watched().count();
    if up == all { format!("all {all} components answer") } else { format!("{up} of {all} components answer") }
}

/// For a terminal that is too small for panels: the worst of all systems and its cause, in as many rows as there are.
pub(crate) fn one_line(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    if model.systems.is_empty() {
        Pen::new(buf, area, 0, theme.glyphs.more).put("midwatch: no system is watched", theme.text);
        return;
    }
    let mut watches: Vec<&Watch> = model.systems.iter().collect();
    watches.sort_by_key(|watch| std::cmp::Reverse(watch.situation.status));
    for (row, watch) in watches.into_iter().enumerate().take(usize::from(area.height)) {
        let status = watch.situation.status;
        let starting = watch.situation.starting && status != Status::Critical;
        let mut pen = Pen::new(buf, area, crate::view::pen::to_u16(row), theme.glyphs.more);
        let word = if starting { "STARTING".to_owned() } else { status.word().to_uppercase() };
        pen.put(theme.glyph(status), theme.status(status)).skip(1).put(&word, theme.status(status)).skip(1);
        if model.systems.len() > 1 {
            pen.put(watch.system.name.as_str(), theme.strong).skip(1);
        }
        match watch.situation.worst().filter(|_| !starting && status != Status::Ok) {
            Some(finding) => _ = pen.put(&finding.text, theme.text),
            None if starting => {}
            None => _ = pen.put(&calm_words(watch), theme.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_read_of_a_cause_is_never_a_bare_name() {
        for (text, read) in [
            ("Worker is down: refused 127.0.0.1:8082", "Worker is down"),
            ("Budget: emergency kill, all LLM operations stop", "Budget: emergency kill"),
            ("Budget: emergency kill", "Budget: emergency kill"),
            ("Jobs failed in rq", "Jobs failed in rq"),
        ] {
            assert_eq!(head(text), read);
        }
    }
}
