//! What every part of the screen needs to draw: the system, the theme, the time; and the judgements that several parts
//! share, so that they are worded once.

use std::cell::RefCell;
use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Model;
use crate::base::time::Span;
use crate::base::{ComponentId, Missing, Mono, Now, SignalKey, State, Status};
use crate::job::Zone;
use crate::rule::AlertState;
use crate::signal::store::NOT_RECORDED;
use crate::signal::{Course, Freshness, Reading, Timing};
use crate::view::format::{clock, coarse, rough, until};
use crate::view::{Theme, is_still, series, still};
use crate::watch::{Component, Then, Watch, WatchedRule};

/// What is drawn, how, and when.
pub(crate) struct Ctx<'a> {
    pub(crate) model: &'a Model,
    pub(crate) watch: &'a Watch,
    pub(crate) theme: &'a Theme,
    /// For freshness and for what is told exactly.
    pub(crate) now: Now,
    /// For courses, and for ages that may wait: see [`view::still`](crate::view::still).
    pub(crate) still: Now,
    pub(crate) zone: Zone,
    /// Where the rows of the panels and lists stand, while somebody asks for it.
    pub(crate) places: Option<&'a RefCell<Vec<(Rect, usize)>>>,
    /// Ages are told in words that change rarely.
    calm: bool,
    /// What is drawn is not what is but what was.
    pub(crate) past: Option<&'a Then>,
}

/// A short text with its style.
pub(crate) type Label = (String, Style);

impl<'a> Ctx<'a> {
    /// The context of one frame for one system.
    pub(crate) fn new(model: &'a Model, watch: &'a Watch, theme: &'a Theme) -> Self {
        Self {
            model,
            watch,
            theme,
            now: model.now,
            still: still(model),
            zone: model.shown_zone(),
            places: None,
            calm: is_still(model),
            past: None,
        }
    }

    /// The context of the panels: of the moment that they show.
    pub(crate) fn of_panels(&self) -> Ctx<'a> {
        let past = self.model.past.as_deref();
        let Some(then) = past else { return Ctx { zone: self.zone.clone(), ..*self } };
        Ctx { watch: &then.watch, now: then.now, still: then.now, zone: self.zone.clone(), calm: false, past, ..*self }
    }

    /// Notes where a row stands, where somebody asks for it.
    pub(crate) fn stands(&self, place: Rect, row: usize) {
        if let Some(places) = self.places {
            places.borrow_mut().push((place, row));
        }
    }

    /// How long ago the shown moment was, and when: `10 min ago`, `03:12:40`.
    pub(crate) fn moment(&self) -> Option<[String; 2]> {
        let past = self.past?;
        Some([ago(past, self.model), clock(past.now.wall, &self.zone, true)])
    }

    /// What stands at the end of a chart's time.
    pub(crate) fn end_word(&self) -> String {
        self.moment().map_or_else(|| "now".to_owned(), |[_, at]| at)
    }

    /// The rhythm of a component.
    pub(crate) fn timing(&self, id: &ComponentId) -> Timing {
        let fallback = Timing { every: Duration::from_secs(5), timeout: Duration::from_secs(2) };
        self.watch.system.component.get(id).map_or(fallback, crate::probe::ComponentSpec::timing)
    }

    /// For how long something has been so: to the second while something is wrong, else, or over a slow link, in words that
    /// change rarely.
    pub(crate) fn lasting(&self, since: Mono) -> String {
        if self.calm { rough(self.still.mono.since(since)) } else { Span(self.now.mono.since(since)).to_string() }
    }

    /// The same of a span that a component told in its last answer.
    pub(crate) fn told(&self, id: &ComponentId, span: Duration) -> String {
        if !self.calm {
            return Span(span).to_string();
        }
        let answered = self.watch.components.get(id).and_then(|component| component.answered);
        let ahead = answered.map_or(Duration::ZERO, |at| at.since(self.still.mono));
        rough(span.saturating_sub(ahead))
    }

    /// When something will be so, as far as can be told.
    pub(crate) fn forecast(&self, span: Duration) -> String {
        if self.calm { until(span).into_owned() } else { Span(span).to_string() }
    }

    /// A signal's reading.
    pub(crate) fn reading(&self, key: &SignalKey) -> Reading<'a> {
        self.watch.store.get(key, self.now)
    }

    /// All that can be drawn of a signal over time.
    pub(crate) fn course(&self, component: &str, signal: &str) -> Option<Course<'a>> {
        self.watch.store.course(component, signal)
    }

    /// The window of a chart: what these courses fill, at most `most`.
    pub(crate) fn window(&self, courses: impl Iterator<Item = Course<'a>>, most: Duration) -> Duration {
        self.model.window.unwrap_or_else(|| series::window(courses, self.still.mono, most))
    }

    /// How old a reading may look: live readings show a limit that does not tick (`<7s`), late ones their age, stale
    /// ones the word and their age.
    pub(crate) fn age_label(&self, freshness: Freshness, age: Option<Duration>, timing: Timing) -> Label {
        let theme = self.theme;
        match (freshness, age) {
            (Freshness::Never, _) | (_, None) => ("no data".to_owned(), theme.dim),
            (Freshness::Live, Some(age)) if timing.every > Duration::from_secs(60) && age.as_secs() < 60 => {
                ("<1m ago".to_owned(), theme.dim)
            }
            (Freshness::Live, Some(age)) if timing.every > Duration::from_secs(60) => {
                (format!("{} ago", coarse(age)), theme.dim)
            }
            (Freshness::Live, Some(_)) => (format!("<{}s", timing.late_after().as_secs().max(1)), theme.dim),
            (Freshness::Late, Some(age)) => (format!("late {}", Span(age)), theme.stale),
            (Freshness::Stale, Some(age)) => (format!("STALE {}", Span(age)), theme.stale),
        }
    }

    /// How fresh what a component says is: the age of its last answer.
    pub(crate) fn component_age(&self, id: &ComponentId) -> Label {
        let Some(component) = self.watch.components.get(id) else { return ("no data".to_owned(), self.theme.dim) };
        if let Some(label) = self.unwatched(component) {
            return label;
        }
        let timing = self.timing(id);
        let Some(answered) = component.answered else {
            let text = if component.polled.is_some() { "no data" } else { "waiting" };
            return (text.to_owned(), self.theme.dim);
        };
        let age = self.now.mono.since(answered);
        let by_age = Freshness::of_age(age, timing);
        let down = matches!(component.state, State::Down | State::Unknown);
        let freshness = if down { Freshness::Stale } else { by_age };
        self.age_label(freshness, Some(age), timing)
    }

    fn unwatched(&self, component: &Component) -> Option<Label> {
        if component.not_configured.is_some() {
            return Some(("not set up".to_owned(), self.theme.dim));
        }
        component.skipped.then(|| ("skipped".to_owned(), self.theme.dim))
    }

    /// True when what a component last said is not believed any more: it is drawn dimmed.
    pub(crate) fn is_stale(&self, id: &ComponentId) -> bool {
        let Some(component) = self.watch.components.get(id) else { return true };
        let silent = matches!(component.state, State::Down | State::Unknown);
        let old = component
            .answered
            .is_none_or(|at| Freshness::of_age(self.now.mono.since(at), self.timing(id)) == Freshness::Stale);
        silent || old
    }

    /// Why there is nothing to show of a component, in words.
    pub(crate) fn why(&self, id: &ComponentId) -> String {
        let Some(component) = self.watch.components.get(id) else { return format!("no component '{id}'") };
        if component.skipped {
            return "skipped by choice".to_owned();
        }
        match component.why() {
            Missing::NotPolled if self.past.is_some() => NOT_RECORDED.to_owned(),
            Missing::NotPolled if component.polled.is_some() => "no answer yet".to_owned(),
            why => why.to_string(),
        }
    }

    /// The worst firing alert that reads one of these components' signals.
    pub(crate) fn alert_status(&self, key: &SignalKey) -> Status {
        let reads = |watched: &&WatchedRule| watched.rule.when.signals().contains(key);
        let firing = |watched: &&WatchedRule| watched.alert.state == AlertState::Firing;
        let alerts = self.watch.alerts.values().filter(firing).filter(reads);
        alerts.map(|watched| watched.rule.severity.into()).max().unwrap_or(Status::Ok)
    }

    /// The change per minute of a signal over five full minutes: what a forecast may stand on.
    pub(crate) fn trend(&self, key: &SignalKey) -> Option<f64> {
        let history = self.watch.store.history(key.component.as_str(), key.signal.as_str())?;
        series::per_minute(history, self.still.mono, Duration::from_secs(300))
    }

    /// The change per minute of a signal over the last five minutes, or over what there is from one minute on.
    pub(crate) fn rate(&self, key: &SignalKey) -> Option<f64> {
        let history = self.watch.store.history(key.component.as_str(), key.signal.as_str())?;
        let window = [300, 120, 60].map(Duration::from_secs);
        window.into_iter().find_map(|window| series::per_minute(history, self.still.mono, window))
    }
}

/// How long ago a moment was: `10m00s ago`.
pub(crate) fn ago(past: &Then, model: &Model) -> String {
    let ago = past.ago(model.now);
    let minutes = ago.as_secs() / 60;
    match minutes {
        0 => format!("{} s ago", ago.as_secs()),
        1..60 => format!("{minutes} min ago"),
        _ => format!("{} ago", Span(ago)),
    }
}

/// How a component's state weighs on the scale of the whole.
pub(crate) fn status_of(state: State) -> Status {
    match state {
        State::Up => Status::Ok,
        State::Degraded => Status::Warning,
        State::Down => Status::Critical,
        State::Unknown => Status::Unknown,
    }
}
