//! `--plain`: one line for each change, for screen readers, logs and pipes. Pure: what was told, and a look at what is
//! known now, go in; the lines that are due come out. Where nothing changed there is none.
//!
//! Numbers that move and words of an error that differ from poll to poll are no change; another cause is.

use indexmap::IndexMap;

use crate::base::time::Span;
use crate::base::{ComponentId, JobId, Mono, Now, RuleId, RunbookId, Shown, State, Status};
use crate::job::JobState;
use crate::report::all_well;
use crate::rule::AlertState;
use crate::watch::{Component, Finding, Watch, WatchedRule};

/// Longest line, in bytes: a pipe takes it in one piece.
const LONGEST: usize = 1000;

/// What was told of one system so far.
#[derive(Debug, Default)]
pub struct Told {
    is_known: bool,
    is_well: bool,
    open: IndexMap<Subject, Open>,
    likely: Option<RunbookId>,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Rule(RuleId),
    /// A component that is degraded, which needs no rule.
    Degraded(ComponentId),
    Job(JobId),
}

/// What was told to be wrong, and not yet to be over.
#[derive(Debug)]
struct Open {
    /// What of it makes another line when it changes.
    face: String,
    /// What is told to be OK again.
    name: String,
    since: Mono,
}

/// What is wrong now.
struct Item {
    open: Open,
    word: String,
    text: String,
}

impl Told {
    /// The lines that are due: what is known at the start, then what has changed since they were last asked for.
    pub fn news(&mut self, watch: &Watch, now: Now) -> Vec<String> {
        if !self.is_known && !is_settled(watch) {
            return Vec::new();
        }
        self.is_known = true;
        let items = items(watch, now);
        let mut news: Vec<(String, String)> = Vec::new();
        for (subject, item) in &items {
            let known = self.open.get(subject);
            if known.is_none_or(|known| known.face != item.open.face) {
                news.push((item.word.clone(), item.text.clone()));
            }
        }
        self.open.retain(|subject, open| {
            let end = if items.contains_key(subject) { End::No } else { end(watch, subject) };
            if end == End::Well {
                let held = Span(now.mono.since(open.since));
                let text = format!("{}: OK again after {held}{}", open.name, named(subject));
                news.push((upper(Status::Ok.word()), text));
            }
            end == End::No
        });
        for (subject, item) in items {
            let since = self.open.get(&subject).map_or(item.open.since, |known| known.since);
            self.open.insert(subject, Open { since, ..item.open });
        }
        news.extend(self.likely(watch));
        news.extend(self.whole(watch));
        let line = |(word, text): (String, String)| {
            let at = now.wall.strftime("%Y-%m-%d %H:%M:%S UTC");
            Shown::long_from_remote(&format!("{at} {word} {}: {text}", watch.system.name), LONGEST).into_string()
        };
        news.into_iter().map(line).collect()
    }

    /// The runbook that fits best, when it is another one.
    fn likely(&mut self, watch: &Watch) -> Option<(String, String)> {
        let first = watch.diagnoses.first();
        let runbook = first.map(|first| first.runbook.clone());
        let is_new = runbook != self.likely;
        self.likely = runbook;
        let first = first.filter(|_| is_new)?;
        let text = format!("likely {}, {}; runbook {}", first.title, first.share(), first.runbook);
        Some((upper(watch.situation.status.word()), text))
    }

    /// That nothing is wrong, when that is new.
    fn whole(&mut self, watch: &Watch) -> Option<(String, String)> {
        let situation = &watch.situation;
        let was_well = self.is_well;
        self.is_well = situation.findings.iter().all(|finding| finding.status == Status::Ok);
        let text =
            if situation.status == Status::Ok { all_well(watch) } else { "nothing of it can be told".to_owned() };
        (self.is_well && !was_well).then(|| (upper(situation.status.word()), text))
    }
}

/// Whether what was told goes on.
#[derive(PartialEq)]
enum End {
    /// It does, or stands behind what is told instead.
    No,
    Well,
    /// It is something else now, and that is told.
    Other,
}

fn end(watch: &Watch, subject: &Subject) -> End {
    match subject {
        Subject::Rule(id) => match watch.alerts.get(id).map(|watched| &watched.alert.state) {
            Some(AlertState::Firing | AlertState::Unknown(_)) => End::No,
            _ => End::Well,
        },
        Subject::Degraded(id) => match watch.components.get(id).map(|known| known.state) {
            Some(State::Up) => End::Well,
            _ => End::Other,
        },
        Subject::Job(_) => End::Well,
    }
}

/// True when every component has answered, or has failed as often as it takes to be believed.
fn is_settled(watch: &Watch) -> bool {
    let settled = |(id, known): (&ComponentId, &Component)| {
        let spec = watch.system.component.get(id);
        let is_sure = spec.is_none_or(|spec| spec.is_slow() || known.failures >= spec.down_after());
        !known.is_watched() || known.polled.is_some() && (known.failures == 0 || is_sure)
    };
    !watch.situation.starting && watch.components.iter().all(settled)
}

/// All that is wrong: causes, worst first, each with what fires because of it; what is degraded; jobs.
fn items(watch: &Watch, now: Now) -> IndexMap<Subject, Item> {
    let mut items = IndexMap::new();
    for found in &watch.situation.findings {
        items.insert(Subject::Rule(found.rule.clone()), cause(watch, found));
        for rule in &found.consequences {
            let fires = |watched: &&WatchedRule| watched.alert.state == AlertState::Firing;
            if let Some(watched) = watch.alerts.get(rule).filter(fires)
                && let Some(item) = consequence(watch, rule, watched)
            {
                items.insert(Subject::Rule(rule.clone()), item);
            }
        }
    }
    for (id, known) in watch.components.iter().filter(|(_, known)| known.is_watched() && known.state == State::Degraded)
    {
        let name = watch.system.component_title(id).to_owned();
        let why = known.error.as_ref().map(|error| format!(": {}", error.text)).unwrap_or_default();
        let text = format!("{name} is degraded{why}");
        let open = Open { face: face_of(Status::Ok, known), name, since: known.since.mono };
        items.insert(Subject::Degraded(id.clone()), Item { open, word: upper("info"), text });
    }
    for (id, status) in watch.jobs.iter().filter(|(_, job)| !matches!(job.state, JobState::Scheduled | JobState::Due)) {
        let name = watch.system.job.get(id).map_or_else(|| id.to_string(), |job| job.title.clone());
        let text = format!("{name} {}: {}", status.state.word(), status.note);
        let open = Open { face: status.state.word().to_owned(), name, since: now.mono };
        items.insert(Subject::Job(id.clone()), Item { open, word: upper(Status::Warning.word()), text });
    }
    items
}

fn cause(watch: &Watch, found: &Finding) -> Item {
    let alert = watch.alerts.get(&found.rule);
    let own = found.component.as_ref().and_then(|id| watch.components.get(id));
    let is_many = own.is_none() && alert.is_some_and(|watched| watched.implied.is_some());
    let face = match own {
        Some(own) => face_of(found.status, own),
        None if is_many => found.text.clone(),
        None => found.status.to_string(),
    };
    let because = alert.filter(|watched| watched.implied.is_none() && found.status != Status::Unknown);
    let because = because.map(|watched| watched.alert.because.as_str()).filter(|because| !because.is_empty());
    let because = because.map(|because| format!(": {because}")).unwrap_or_default();
    let flapping = if found.flapping { ", flapping" } else { "" };
    let runbook = found.runbook.as_ref().map(|id| format!("; runbook {id}")).unwrap_or_default();
    let text = format!("{}{because}{flapping} ({}){runbook}", found.text, found.rule);
    let name = alert.map_or_else(|| found.text.clone(), |watched| name(watch, watched));
    let word = if found.status == Status::Ok { upper("info") } else { upper(found.status.word()) };
    Item { open: Open { face, name, since: found.since.mono }, word, text }
}

/// An alert that fires because of another component; nothing where it is part of what is told of many.
fn consequence(watch: &Watch, rule: &RuleId, watched: &WatchedRule) -> Option<Item> {
    let below = watch.system.component_title(watched.explained_by.as_ref()?);
    let own = watched.implied.as_ref().and_then(|id| watch.components.get(id));
    let status = Status::from(watched.rule.severity);
    let error = own.and_then(|own| own.error.as_ref()).map(|error| format!(": {}", error.text)).unwrap_or_default();
    let text = format!("{}{error}, follows from {below} ({rule})", watched.rule.summary);
    let face = own.map_or_else(|| status.to_string(), |own| face_of(status, own));
    let since = own.map_or(watched.alert.since, |own| own.since).mono;
    Some(Item { open: Open { face, name: name(watch, watched), since }, word: upper(status.word()), text })
}

fn name(watch: &Watch, watched: &WatchedRule) -> String {
    let title = watched.implied.as_ref().map(|id| watch.system.component_title(id));
    title.unwrap_or(&watched.rule.summary).to_owned()
}

/// A component is told anew when it fails in another way.
fn face_of(status: Status, known: &Component) -> String {
    let cause = known.error.as_ref().map_or("", |error| error.cause.code());
    format!("{status} {cause}")
}

fn named(subject: &Subject) -> String {
    if let Subject::Rule(id) = subject { format!(" ({id})") } else { String::new() }
}

fn upper(word: &str) -> String {
    word.to_uppercase()
}
