//! What is known of a system now, as an incident is told it: what opens one, what changed, the course of what decides, and
//! what stands against closing it. The dashboard and `incident` share it. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::base::{ComponentId, Now, RuleId, Severity, SignalKey, State, Status};
use crate::config::System;
use crate::expr::{Verdict, Why};
use crate::incident::handover::OpenAlert;
use crate::incident::{Course, Diagnosed, Escalation, Event, Incident, Kind, OURSELVES, Opened, Ranked, Turn};
use crate::rule::AlertState;
use crate::runbook::diagnosis::{Diagnosis, Evidence, compile};
use crate::runbook::{Part, Runbook};
use crate::watch::{EventKind, Watch, WatchedRule, event};

/// How much of the past a course tells.
const PAST: Duration = Duration::from_secs(1800);
/// Points of a course: one a minute.
const POINTS: usize = 30;
/// How bad something can be.
const SCALE: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];
/// Most courses that one look adds.
const MOST: usize = 8;

/// An incident of what is wrong now: what opens it, and the events that belong to it, the diagnosis among them where one
/// was made. Where nothing is wrong the title is the system's and the severity a warning: whoever opens it knows more.
pub fn opening(watch: &Watch, now: Now) -> (Opened, Vec<Event>) {
    let system = &watch.system;
    let mut opened = bare(system);
    let wrong: Vec<_> = watch.situation.findings.iter().filter(|finding| finding.status != Status::Ok).collect();
    if let Some(worst) = wrong.first() {
        opened.title.clone_from(&worst.text);
        opened.severity = if worst.status == Status::Critical { Severity::Critical } else { Severity::Warning };
        opened.word.clone_from(&worst.word);
        opened.runbook = worst.runbook.as_ref().map(ToString::to_string);
    }
    opened.respond_s = opened.word.as_ref().and_then(|word| respond_s(system, word));
    let active = active(watch);
    if let Some((_, first)) = active.first().filter(|_| wrong.is_empty()) {
        opened.title.clone_from(&first.rule.summary);
        opened.severity = first.severity();
        opened.runbook = first.rule.runbook.as_ref().map(ToString::to_string);
    }
    opened.rules = active.iter().map(|(id, _)| id.to_string()).collect();
    let since = wrong.iter().map(|finding| finding.since.wall);
    opened.since = since.chain(active.iter().map(|(_, watched)| watched.alert.since.wall)).min();
    for (_, watched) in active.iter().filter(|(_, watched)| watched.explained_by.is_none()) {
        for id in watched.implied.iter().chain(watched.reads.iter().filter(|_| watched.implied.is_none())) {
            let title = system.component_title(id).to_owned();
            if !opened.components.contains(&title) {
                opened.components.push(title);
            }
        }
    }
    let mut events: Vec<Event> = watch.components.keys().filter_map(|id| component(watch, id)).collect();
    events.extend(active.iter().filter(|(_, watched)| watched.implied.is_none()).map(|(id, watched)| {
        let words = format!("{} ({})", watched.rule.summary, watched.alert.because);
        turn(watched.alert.since.wall, "rule", id.as_str(), watched.alert.state.word(), words)
    }));
    events.extend(courses(watch, &decisive(watch, &active), now));
    if !watch.diagnoses.is_empty() {
        events.push(diagnosed(&watch.diagnoses, now));
    }
    (opened, events)
}

/// What opens an incident of a system that nobody has looked at.
pub fn bare(system: &System) -> Opened {
    let escalation = system.escalation.iter();
    Opened {
        system: system.name.to_string(),
        environment: system.environment.word().to_owned(),
        title: format!("Incident of {}", system.title),
        severity: Severity::Warning,
        word: None,
        rules: Vec::new(),
        runbook: None,
        components: Vec::new(),
        since: None,
        respond_s: None,
        escalation: escalation
            .map(|step| Escalation { after_s: step.after.0.as_secs(), to: step.to.clone() })
            .collect(),
    }
}

/// Within how many seconds a severity of this word has to be answered.
pub fn respond_s(system: &System, word: &str) -> Option<u64> {
    Some(system.severity.get(word)?.respond?.0.as_secs())
}

/// The words for how bad something is: the scale that all systems share, then the system's own.
pub fn severities(system: &System) -> Vec<&str> {
    let own = system.severity.keys().map(String::as_str);
    SCALE.iter().map(|severity| severity.word()).chain(own).collect()
}

/// A severity by its word, and the word where it is the system's own. The error names all there are.
pub fn graded(system: &System, word: &str) -> Result<(Severity, Option<String>), String> {
    if let Some((own, meant)) = system.severity.iter().find(|(own, _)| own.eq_ignore_ascii_case(word)) {
        return Ok((meant.means, Some(own.clone())));
    }
    let known = SCALE.into_iter().find(|severity| severity.word().eq_ignore_ascii_case(word));
    known.map(|severity| (severity, None)).ok_or_else(|| format!("write one of {}", severities(system).join(", ")))
}

/// That it is worse or less bad than it was taken for. The error says what is missing.
pub fn severity(system: &System, word: &str, reason: &str) -> Result<Kind, String> {
    let (severity, word) = graded(system, word)?;
    if reason.is_empty() {
        return Err("say why as well".to_owned());
    }
    let respond_s = word.as_ref().and_then(|word| respond_s(system, word));
    Ok(Kind::Severity { severity, word, respond_s, reason: reason.to_owned() })
}

/// A line of the event log as an event of an incident; to be asked as soon as it was logged. None for what is no change of
/// the system: actions stand in the audit log.
pub fn transition(watch: &Watch, logged: &event::Event) -> Option<Event> {
    let (of, id, to) = match &logged.kind {
        EventKind::Component(id) => ("component", id.as_str(), watch.components.get(id)?.state.word()),
        EventKind::Alert(id) => ("rule", id.as_str(), watch.alerts.get(id)?.alert.state.word()),
        EventKind::Job(id) => ("job", id.as_str(), watch.jobs.get(id)?.state.word()),
        EventKind::Action(_) | EventKind::Own | EventKind::Gap => return None,
    };
    Some(turn(logged.at.wall, of, id, to, logged.text.clone()))
}

/// A component that is not well.
fn component(watch: &Watch, id: &ComponentId) -> Option<Event> {
    let known = watch.components.get(id).filter(|known| known.is_watched())?;
    let is_bad = matches!(known.state, State::Down | State::Degraded);
    let error = known.error.as_ref().map(|error| format!(": {}", error.text)).unwrap_or_default();
    let words = format!("{} {}{error}", watch.system.component_title(id), known.state);
    is_bad.then(|| turn(known.since.wall, "component", id.as_str(), known.state.word(), words))
}

fn turn(at: Timestamp, of: &str, id: &str, to: &str, words: String) -> Event {
    let turn = Turn { of: of.to_owned(), id: id.to_owned(), from: String::new(), to: to.to_owned(), words };
    Event::new(at, OURSELVES, Kind::Transition(turn))
}

/// The rules that fire; where none does, those that hold and do not fire yet: one look is too short for their `for`.
fn active(watch: &Watch) -> Vec<(&RuleId, &WatchedRule)> {
    let of = |state: AlertState| {
        let counts = move |(_, watched): &(&RuleId, &WatchedRule)| {
            watched.alert.state == state && watched.severity() > Severity::Info
        };
        watch.alerts.iter().filter(counts).collect::<Vec<_>>()
    };
    let firing = of(AlertState::Firing);
    if firing.is_empty() { of(AlertState::Pending) } else { firing }
}

/// The signals that these rules read; where only components are down, those that speak for the runbook that fits best.
fn decisive(watch: &Watch, active: &[(&RuleId, &WatchedRule)]) -> Vec<SignalKey> {
    let declared = active.iter().filter(|(_, watched)| watched.implied.is_none());
    let mut of_rules = declared.flat_map(|(_, watched)| watched.rule.when.signals());
    let first = watch.diagnoses.first();
    let signs = first.and_then(|first| watch.signs.iter().flatten().find(|signs| signs.id == first.runbook));
    let speaks = |line: usize| {
        let mut told = first.into_iter().flat_map(|first| &first.evidence);
        told.any(|told| told.line == line && told.verdict == Some(true) && !told.is_context)
    };
    let spoken = signs.into_iter().flat_map(|signs| &signs.signs).filter(|sign| speaks(sign.line));
    let mut of_symptoms = spoken.flat_map(|sign| sign.condition.signals());
    let told = |found: &mut dyn Iterator<Item = &SignalKey>| {
        let mut keys: Vec<SignalKey> = Vec::new();
        for key in found {
            if !keys.contains(key) && keys.len() < MOST {
                keys.push(key.clone());
            }
        }
        keys
    };
    let keys = told(&mut of_rules);
    if keys.is_empty() { told(&mut of_symptoms) } else { keys }
}

/// The courses of these signals, as far as they are numbers.
pub fn courses(watch: &Watch, keys: &[SignalKey], now: Now) -> Vec<Event> {
    let course = |key: &SignalKey| {
        let (component, signal) = (key.component.as_str(), key.signal.as_str());
        let values = watch.store.course(component, signal)?.means(now.mono, PAST, POINTS);
        // what lies before the first sample and behind the last is no gap
        let (first, last) = (values.iter().position(Option::is_some)?, values.iter().rposition(Option::is_some)?);
        let back = |columns: usize| {
            let span =
                SignedDuration::try_from(PAST * u32::try_from(columns).ok()? / u32::try_from(POINTS).ok()?).ok()?;
            now.wall.checked_sub(span).ok()
        };
        let course = Course {
            signal: key.to_string(),
            unit: watch.store.unit(component, signal).map(str::to_owned),
            from: back(POINTS - first).unwrap_or(now.wall),
            to: back(POINTS - 1 - last).unwrap_or(now.wall),
            values: values[first..=last].to_vec(),
            mark: mark(watch, key),
        };
        Some(Event::new(now.wall, OURSELVES, Kind::Samples(course)))
    };
    keys.iter().filter_map(course).collect()
}

/// The condition of an active rule that reads it.
fn mark(watch: &Watch, key: &SignalKey) -> Option<String> {
    let active = active(watch);
    let (_, watched) = active.iter().find(|(_, watched)| watched.rule.when.signals().contains(key))?;
    Some(format!("{} when {}", watched.severity(), watched.rule.when.text()))
}

/// What the symptoms say now: to be told when an incident is opened, and when the first of them changes.
pub fn diagnosed(diagnoses: &[Diagnosis], now: Now) -> Event {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let ranked = diagnoses.iter().map(|one| Ranked {
        runbook: one.runbook.to_string(),
        title: one.title.to_string(),
        symptoms: count(one.symptoms),
        matched: count(one.matched),
        contradicted: count(one.contradicted),
        unknown: count(one.unknown),
        evidence: one.evidence.iter().map(judged).collect(),
    });
    Event::new(now.wall, OURSELVES, Kind::Diagnosis(Diagnosed { ranked: ranked.collect() }))
}

/// `true: Worker process not running (queue.workers_live = 0)`.
fn judged(evidence: &Evidence) -> String {
    let because = if evidence.because.is_empty() { String::new() } else { format!(" ({})", evidence.because) };
    format!("{}: {}{because}", evidence.word(), evidence.symptom)
}

/// That a runbook was chosen.
pub fn chosen(runbook: &Runbook) -> Kind {
    let (id, title) = (runbook.id.to_string(), runbook.title.clone());
    Kind::Runbook { runbook: id, title, advice: runbook.prevention.clone() }
}

/// What a hand-over tells of alerts: what fires, what holds, and what cannot be told and matters.
pub fn open_alerts(watch: &Watch) -> Vec<OpenAlert> {
    let told = |(id, watched): (&RuleId, &WatchedRule)| {
        let words = match &watched.alert.state {
            AlertState::Inactive => return None,
            AlertState::Unknown(why) if watch.is_excused(why.missing.as_ref(), &watched.reads) => return None,
            AlertState::Unknown(why) => why.text.clone(),
            AlertState::Firing | AlertState::Pending => format!("{} ({})", watched.rule.summary, watched.alert.because),
        };
        Some(OpenAlert {
            system: watch.system.name.to_string(),
            rule: id.to_string(),
            state: watched.alert.state.word().to_owned(),
            severity: watched.severity().word().to_owned(),
            words,
            since: watched.alert.since.wall,
        })
    };
    watch.active_alerts().filter_map(told).collect()
}

/// Whether what opened an incident is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What was seen to be over.
    pub over: Vec<String>,
    /// What stands against closing it: what holds still, what cannot be told, what was never proved.
    pub against: Vec<String>,
}

/// Looks whether an incident is over. Of one that no rule opened the whole system must be well.
pub fn standing(watch: &Watch, incident: &Incident, now: Now) -> Standing {
    let mut standing = Standing { against: incident.unproved(), ..Standing::default() };
    for id in &incident.rules {
        let Some(watched) = watch.alerts.get(id.as_str()) else {
            standing.against.push(format!("{id} cannot be told: the system has no such rule any more"));
            continue;
        };
        match told(watch, watched, now) {
            Ok(because) => standing.over.push(format!("{id} is over: {because}")),
            Err(because) if watched.rule.lingers => standing.over.push(format!("{id} {because}, which goes by itself")),
            Err(because) => standing.against.push(format!("{id} {because}")),
        }
    }
    if let Some(file) = incident.followed().and_then(|id| watch.system.runbook(id)) {
        verification(&mut standing, watch, &file.read(), now);
    }
    if incident.rules.is_empty() {
        let findings = &watch.situation.findings;
        standing
            .against
            .extend(findings.iter().filter(|found| found.status != Status::Ok).map(|found| found.text.clone()));
        match watch.situation.status {
            Status::Ok => standing.over.push("nothing fires, and all that is asked is known".to_owned()),
            status if standing.against.is_empty() => standing.against.push(format!("the system is {status}")),
            _ => {}
        }
    }
    standing
}

/// Whether what the runbook that was followed wants to see at its end holds now, whoever repaired it and how.
fn verification(standing: &mut Standing, watch: &Watch, runbook: &Runbook, now: Now) {
    for step in runbook.steps.iter().filter(|step| step.part == Part::Verification) {
        let Some(Ok(expect)) = step.expect.as_ref().map(|expect| compile(&expect.text)) else { continue };
        let words = |verdict: &str| format!("{} {verdict}: {}", step.text, expect.evidence(&watch.store, now));
        match expect.verdict(&watch.store, now) {
            Verdict::True => standing.over.push(words("holds")),
            Verdict::False => standing.against.push(words("does not hold")),
            Verdict::Unknown(why) => standing.against.push(format!("{} cannot be told: {}", step.text, why.text)),
        }
    }
}

fn told(watch: &Watch, watched: &WatchedRule, now: Now) -> Result<String, String> {
    let evidence = || watched.rule.when.evidence(&watch.store, now);
    match &watched.alert.state {
        AlertState::Firing => Err(format!("fires: {} ({})", watched.rule.summary, watched.alert.because)),
        AlertState::Pending => Err(format!("holds again: {} ({})", watched.rule.summary, watched.alert.because)),
        AlertState::Unknown(Why { text, .. }) => Err(format!("cannot be told: {text}")),
        AlertState::Inactive => match watched.rule.clear_when.as_ref().map(|clear| clear.verdict(&watch.store, now)) {
            // one look knows nothing of the alert that fired before it: what ends it must hold
            Some(Verdict::False) => Err(format!("is not clear yet: {}", evidence())),
            Some(Verdict::Unknown(why)) => Err(format!("cannot be told to be clear: {}", why.text)),
            _ => Ok(evidence()),
        },
    }
}

/// The signals of which an incident has kept a course, to go on with.
pub fn kept(incident: &Incident) -> Vec<SignalKey> {
    incident.courses.iter().filter_map(|course| course.signal.parse().ok()).collect()
}
