//! The first line: which system, where it runs, what counts, what time it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::act::menu;
use crate::app::{Command, Model, Screen};
use crate::base::Status;
use crate::base::time::Span;
use crate::job::Zone;
use crate::view::ctx::ago;
use crate::view::format::{clock, plural, width};
use crate::view::pen::Pen;
use crate::view::{Theme, still};
use crate::watch::Watch;

/// Below so many columns a moment is told shorter.
const NARROW: u16 = 60;

/// A piece of the line. Those of the highest rank go first when there is no room for all.
struct Piece {
    text: String,
    style: Style,
    rank: u8,
    right: bool,
}

/// Draws the header into one row.
pub(crate) fn draw(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    buf.set_style(area, theme.header);
    let mut pieces = pieces(model, theme);
    let room = usize::from(area.width);
    // the widths of all pieces, two columns between them, one at each end
    let used = |pieces: &[Piece]| pieces.iter().map(|piece| width(&piece.text) + 2).sum::<usize>();
    while used(&pieces) > room {
        let Some(last) = (0..pieces.len()).max_by_key(|at| pieces[*at].rank) else { break };
        if pieces[last].rank == 0 {
            break;
        }
        pieces.remove(last);
    }
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    pen.skip(1).skip_right(1);
    for piece in pieces.iter().rev().filter(|piece| piece.right) {
        pen.right(&piece.text, piece.style);
        pen.skip_right(2);
    }
    for piece in pieces.iter().filter(|piece| !piece.right) {
        pen.put(&piece.text, piece.style).skip(2);
    }
}

fn pieces(model: &Model, theme: &Theme) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(12);
    let mut left = |text: String, style: Style, rank: u8| pieces.push(Piece { text, style, rank, right: false });
    left("midwatch".to_owned(), theme.brand, 5);
    let shown = model.watch().filter(|_| !matches!(model.screen, Screen::Fleet | Screen::First));
    if let Some(watch) = shown {
        left(watch.system.name.to_string(), theme.strong, 0);
        let environment = watch.system.environment;
        left(format!(" {} ", environment.word().to_uppercase()), theme.environment(environment), 1);
    } else if model.screen == Screen::Fleet {
        left(plural(model.systems.len(), "system"), theme.strong, 0);
    }
    if let Some(past) = model.past.as_deref().filter(|_| shown.is_some()) {
        let at = clock(past.now.wall, &model.shown_zone(), true);
        let key = model.keymap.shown(Command::Back);
        let ago = ago(past, model);
        let text = if model.size.0 < NARROW { format!(" PAST {ago} ") } else { format!(" PAST {ago} {at} ") };
        left(text, theme.badge_warning, 0);
        left(format!("{key} now"), theme.hint, 3);
    }
    if model.paused {
        left(" PAUSED ".to_owned(), theme.badge_warning, 1);
    }
    if model.slow {
        left(" SLOW LINK ".to_owned(), theme.badge_info, 4);
    }
    if model.options.read_only {
        left(" READ-ONLY ".to_owned(), theme.badge_info, 4);
    }
    let runs = menu::runs(model);
    let key = model.keymap.shown(Command::Runs);
    let under_way = runs.iter().filter(|run| run.is_under_way()).count();
    if under_way > 0 {
        left(format!(" {} under way: {key} ", plural(under_way, "run")), theme.badge_info, 1);
    }
    let unknown = runs.iter().filter(|run| run.is_unknown()).count();
    if unknown > 0 {
        left(format!(" {} of unknown end: {key} ", plural(unknown, "run")), theme.badge_unknown, 2);
    }
    if let Some(demo) = &model.options.demo {
        if let Some(drilling) = demo.drill.as_ref().filter(|_| demo.hides()) {
            left(format!(" DRILL {} ", Span(drilling.at(model.now))), theme.badge_warning, 0);
        } else {
            left(" DEMO ".to_owned(), theme.badge_info, 1);
            let fault = demo.told(shown.map(|watch| &watch.system.name));
            left(format!("simulated, {fault}"), theme.text, 3);
        }
    }
    if let Some(watch) = shown {
        counts(watch, theme, &mut pieces);
    }
    times(model, theme, &mut pieces);
    pieces
}

/// `1 critical  1 warning  1 cause, 2 consequences`
fn counts(watch: &Watch, theme: &Theme, pieces: &mut Vec<Piece>) {
    let situation = &watch.situation;
    for status in [Status::Critical, Status::Unknown, Status::Warning] {
        let n = situation.count(status);
        if n > 0 && !situation.starting {
            let text = format!("{n} {status}");
            pieces.push(Piece { text, style: theme.status(status), rank: 2, right: true });
        }
    }
    let consequences = situation.consequences();
    if consequences > 0 {
        let causes = situation.findings.iter().filter(|finding| !finding.consequences.is_empty()).count();
        let text = format!("{}, {}", plural(causes, "cause"), plural(consequences, "consequence"));
        pieces.push(Piece { text, style: theme.text, rank: 6, right: true });
    }
}

/// The time in the screen's zone and, where it differs, in the service's.
fn times(model: &Model, theme: &Theme, pieces: &mut Vec<Piece>) {
    let zone = model.shown_zone();
    let now = still(model).wall;
    pieces.push(Piece {
        text: format!("{} {}", clock(now, &zone, true), zone.short()),
        style: theme.text,
        // what is shown is from another time
        rank: u8::from(model.past.is_some()) * 2,
        right: true,
    });
    let service = model.watch().map_or_else(Zone::utc, |watch| watch.system.timezone.clone());
    let other = if service == zone { Zone::utc() } else { service };
    if other != zone {
        let text = format!("{} {}", clock(now, &other, false), other.short());
        pieces.push(Piece { text, style: theme.dim, rank: 7, right: true });
    }
}
