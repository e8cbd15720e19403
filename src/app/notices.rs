//! Which alerts somebody who looks elsewhere is told of, and when: each once, all together at most once a minute. Pure; how
//! they are told is the runtime's.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::app::{Effect, Model, Redraw};
use crate::base::{Mono, RuleId, Severity, SystemName};
use crate::rule::AlertState;
use crate::watch::{Watch, WatchedRule};

/// Two notices are at least this far apart.
const APART: Duration = Duration::from_secs(60);

/// What was told, and what waits to be.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// Alerts less bad than this are not told; none at all where nothing is set.
    pub at_least: Option<Severity>,
    /// Since when each alert that was told fires.
    told: HashMap<(SystemName, RuleId), Mono>,
    /// The systems whose state at the start has been seen: it is no news.
    settled: HashSet<SystemName>,
    /// When the last one went out.
    last: Option<Mono>,
}

/// An alert to be told.
struct News<'a> {
    watch: &'a Watch,
    id: &'a RuleId,
    watched: &'a WatchedRule,
}

/// A notice that is due. Alerts that came since the last one and are over by now are never told.
pub(super) fn pass(model: &mut Model) -> Option<Effect> {
    let least = model.notices.at_least?;
    settle(model, least);
    let Model { systems, notices, now, redraw, .. } = model;
    if notices.last.is_some_and(|last| now.mono.since(last) < APART) {
        return None;
    }
    let mut news: Vec<News<'_>> =
        systems.iter().flat_map(|watch| firing(watch, least)).filter(|news| !notices.knows(news)).collect();
    news.sort_by_key(|news| std::cmp::Reverse(news.watched.rule.severity));
    let first = news.first()?;
    let more = match news.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let effect = Effect::Notify {
        system: first.watch.system.name.clone(),
        severity: first.watched.rule.severity,
        text: first.words() + &more,
    };
    let told: Vec<_> = news.iter().map(News::key).collect();
    notices.told.extend(told);
    notices.last = Some(now.mono);
    *redraw = Redraw::Now;
    Some(effect)
}

/// What fires when a system has just been looked at for the first time was there before us.
fn settle(model: &mut Model, least: Severity) {
    let Model { systems, notices, .. } = model;
    for watch in systems.iter().filter(|watch| !watch.situation.starting) {
        if notices.settled.insert(watch.system.name.clone()) {
            notices.told.extend(firing(watch, least).map(|news| news.key()));
        }
    }
}

/// The alerts of a system that fire of themselves: a consequence is told by its cause.
fn firing(watch: &Watch, least: Severity) -> impl Iterator<Item = News<'_>> {
    let alerts = if watch.situation.starting { None } else { Some(&watch.alerts) };
    alerts.into_iter().flatten().map(move |(id, watched)| News { watch, id, watched }).filter(move |news| {
        news.watched.rule.severity >= least
            && news.watched.alert.state == AlertState::Firing
            && news.watched.explained_by.is_none()
    })
}

impl News<'_> {
    /// `Worker is down: refused 127.0.0.1:8082`, `Orders pile up (api.orders = 500)`
    fn words(&self) -> String {
        let rule = &self.watched.rule;
        let finding = self.watch.situation.findings.iter().find(|finding| finding.rule == *self.id);
        match finding.filter(|_| self.watched.implied.is_some()) {
            Some(finding) => finding.text.clone(),
            None => format!("{} ({})", rule.summary, self.watched.alert.because),
        }
    }

    fn key(&self) -> ((SystemName, RuleId), Mono) {
        ((self.watch.system.name.clone(), self.id.clone()), self.watched.alert.since.mono)
    }
}

impl Notices {
    fn knows(&self, news: &News<'_>) -> bool {
        let (key, since) = news.key();
        self.told.get(&key) == Some(&since)
    }
}
