//! One worker over the polls: what to ask of it, what was answered, and what is remembered from poll to poll. Pure.

use crate::base::Shown;
use crate::probe::rq::ask::WorkerAsk as Ask;
use crate::probe::rq::facts::{Liveness, WorkerFacts};
use crate::probe::rq::keys::{Bytes, job_of};
use crate::probe::rq::liveness::{Activity, Evidence, Hash, liveness};
use crate::probe::rq::parse;
use crate::probe::rq::slot::{Reply, Slot};

/// What changes of a worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pulse {
    state: Bytes,
    beat: Option<f64>,
    birth: Bytes,
    died: bool,
    current_job: Option<Bytes>,
    successful: Option<u64>,
    failed: Option<u64>,
}

/// What a worker wrote at its birth.
#[derive(Clone, Debug, Default, PartialEq)]
struct Identity {
    /// Birth of the pulse that it was read for.
    birth: Bytes,
    queues: Vec<Bytes>,
    host: Bytes,
    pid: Option<u64>,
    /// Fit to be shown: the queues, the host, the version.
    shown: (Vec<Shown>, Shown, Shown),
}

/// One worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worker {
    pub(crate) name: Bytes,
    pub(crate) shown: Shown,
    /// `rq:workers` lists it.
    pub(crate) is_registered: bool,
    /// The state that it wrote last, fit to be shown.
    state: Shown,
    /// `None` in it: there is no hash.
    pulse: Slot<Option<Pulse>>,
    rest: Slot<i64>,
    executions: Slot<Vec<Bytes>>,
    listeners: Slot<u64>,
    identity_asked: bool,
    identity: Option<Identity>,
    /// It beats, and nobody is seen to listen.
    pub(crate) is_unheard: bool,
    /// Pulse and listeners at the last poll.
    last: Option<(Pulse, Option<u64>)>,
}

impl Worker {
    pub(crate) fn new(name: &[u8], is_registered: bool) -> Self {
        Self { name: name.into(), shown: parse::shown(name), is_registered, ..Self::default() }
    }

    /// Forgets the last poll but for what is remembered.
    pub(crate) fn begin(&mut self) {
        self.last = self.pulse().cloned().map(|pulse| (pulse, self.listeners.known().copied()));
        self.pulse.clear();
        self.rest.clear();
        self.executions.clear();
        self.listeners.clear();
        self.identity_asked = false;
    }

    /// The pulse of this poll.
    fn pulse(&self) -> Option<&Pulse> {
        self.pulse.known().and_then(Option::as_ref)
    }

    /// The pulse of this poll, or else of the last one.
    fn likely(&self) -> Option<&Pulse> {
        match &self.pulse {
            Slot::Known(pulse) => pulse.as_ref(),
            _ => self.last.as_ref().map(|(pulse, _)| pulse),
        }
    }

    /// Asks what this poll does not know yet.
    pub(crate) fn asks(&mut self, now: f64, mut ask: impl FnMut(Ask)) {
        if self.pulse.ask() {
            ask(Ask::Pulse);
        }
        let is_reborn = self
            .pulse()
            .zip(self.identity.as_ref())
            .is_some_and(|(pulse, id)| !pulse.birth.is_empty() && pulse.birth != id.birth);
        if (self.identity.is_none() || is_reborn) && !std::mem::replace(&mut self.identity_asked, true) {
            ask(Ask::Identity);
        }
        let Some(pulse) = self.likely() else { return };
        let activity = pulse.activity();
        let is_quiet = pulse.beat.is_none_or(|beat| now - beat > usual_age(activity));
        let runs_unnamed = activity == Activity::Busy && pulse.current_job.is_none();
        if is_quiet && self.rest.ask() {
            ask(Ask::Rest);
        }
        if runs_unnamed && self.executions.ask() {
            ask(Ask::Executions);
        }
    }

    /// True when the listeners of its channel are to be asked for.
    pub(crate) fn asks_listeners(&mut self) -> bool {
        self.listeners.ask()
    }

    /// Takes the reply to a question in.
    pub(crate) fn take(&mut self, ask: Ask, reply: Reply) {
        match ask {
            Ask::Pulse => self.take_pulse(reply),
            Ask::Identity => self.take_identity(reply),
            Ask::Executions => self.executions.take(reply, parse::names),
            Ask::Rest => {
                self.rest.take(reply, |reply| if let redis::Value::Int(rest) = reply { Some(rest) } else { None });
            }
        }
    }

    fn take_pulse(&mut self, reply: Reply) {
        self.pulse.take(reply, |reply| {
            let fields: [redis::Value; 7] = parse::items(reply)?.try_into().ok()?;
            if fields.iter().all(|field| *field == redis::Value::Nil) {
                return Some(None);
            }
            let [state, beat, birth, death, current_job, successful, failed] = fields;
            Some(Some(Pulse {
                state: parse::into_bytes(state).unwrap_or_default(),
                beat: parse::bytes(&beat).and_then(parse::time),
                birth: parse::into_bytes(birth).unwrap_or_default(),
                died: parse::bytes(&death).is_some_and(|death| !death.is_empty()),
                current_job: parse::into_bytes(current_job).filter(|job| !job.is_empty()),
                successful: parse::count(&successful),
                failed: parse::count(&failed),
            }))
        });
        if let Some(pulse) = self.pulse.known().and_then(Option::as_ref)
            && *pulse.state != *self.state.as_str().as_bytes()
        {
            self.state = parse::shown(&pulse.state);
        }
    }

    fn take_identity(&mut self, reply: Reply) {
        let fields = reply.ok().and_then(parse::items).and_then(|fields| <[redis::Value; 4]>::try_from(fields).ok());
        let Some([queues, host, pid, version]) = fields else { return };
        let split = |queues: &[u8]| queues.split(|byte| *byte == b',').map(Bytes::from).collect::<Vec<_>>();
        let queues = parse::bytes(&queues).filter(|queues| !queues.is_empty()).map(split).unwrap_or_default();
        let host = parse::into_bytes(host).unwrap_or_default();
        let version = parse::shown(parse::bytes(&version).unwrap_or_default());
        self.identity = Some(Identity {
            // asked for together with the pulse, or after it
            birth: self.pulse().map(|pulse| pulse.birth.clone()).unwrap_or_default(),
            pid: parse::bytes(&pid).and_then(parse::whole),
            shown: (queues.iter().map(|queue| parse::shown(queue)).collect(), parse::shown(&host), version),
            queues,
            host,
        });
    }

    pub(crate) fn take_listeners(&mut self, reply: Reply) {
        self.listeners.take(reply, |reply| parse::count(&reply));
    }

    /// True when there is nothing left of it that could be told.
    pub(crate) fn is_gone(&self) -> bool {
        let is_heard = self.listeners.known().is_some_and(|listeners| *listeners > 0);
        !self.is_registered && !is_heard && matches!(self.pulse, Slot::Known(None))
    }

    /// Notes whether it beat since the last poll although nobody was seen to listen at either. Then its listeners tell
    /// nothing: its listening thread has died, or they are counted elsewhere (on a replica, behind a proxy).
    pub(crate) fn note_unheard(&mut self) {
        let before = self.last.as_ref().filter(|(_, listeners)| *listeners == Some(0)).map(|(pulse, _)| pulse);
        let beats = |before: &Pulse, now: &Pulse| now.birth == before.birth && now.beat > before.beat;
        let has_beaten = before.zip(self.pulse()).is_some_and(|(before, now)| beats(before, now));
        self.is_unheard = !self.is_heard() && (self.is_unheard || has_beaten);
    }

    /// True when somebody listens on its channel.
    pub(crate) fn is_heard(&self) -> bool {
        self.listeners.known().is_some_and(|listeners| *listeners > 0)
    }

    /// Its last heartbeat, in Unix seconds of its host.
    pub(crate) fn beat(&self) -> Option<f64> {
        self.pulse().and_then(|pulse| pulse.beat)
    }

    /// True when it says that it waits for jobs and may do so: it can be the one that swallowed a job.
    pub(crate) fn may_swallow(&self) -> bool {
        let is_unheard = self.listeners.known() == Some(&0);
        !is_unheard && self.pulse().is_none_or(|pulse| !pulse.died && pulse.activity() == Activity::Idle)
    }

    /// Queues it listens on.
    pub(crate) fn queues(&self) -> &[Bytes] {
        self.identity.as_ref().map_or(&[], |identity| &identity.queues)
    }

    /// Host and process id.
    pub(crate) fn process(&self) -> (&[u8], Option<u64>) {
        self.identity.as_ref().map_or((&[], None), |identity| (&identity.host, identity.pid))
    }

    /// What this poll tells. `around` holds what others tell of it: its scheduler, its queues.
    pub(crate) fn facts(&self, now: f64, counts_listeners: bool, around: Around) -> WorkerFacts {
        let evidence = self.evidence(now, counts_listeners, &around);
        let (word, why) = liveness(&evidence);
        let (pulse, identity) = (self.pulse(), self.identity.as_ref());
        let (queues, host, version) = identity.map(|identity| identity.shown.clone()).unwrap_or_default();
        let execution = self.executions.known().and_then(|all| all.first()).map(|member| parse::shown(job_of(member)));
        WorkerFacts {
            name: self.shown.clone(),
            registered: evidence.registered,
            state: pulse.map(|_| self.state.clone()).unwrap_or_default(),
            liveness: word,
            why,
            queues,
            heartbeat_age_s: evidence.age_s,
            current_job: pulse
                .filter(|_| word != Liveness::Stopped)
                .and_then(|pulse| pulse.current_job.as_ref().map(|job| parse::shown(job)).or(execution)),
            successful: pulse.and_then(|pulse| pulse.successful),
            failed: pulse.and_then(|pulse| pulse.failed),
            host,
            pid: identity.and_then(|identity| identity.pid),
            version,
        }
    }

    fn evidence(&self, now: f64, counts_listeners: bool, around: &Around) -> Evidence {
        let pulse = self.pulse();
        let age = |at: f64| (now - at).max(0.0);
        let died = pulse.is_some_and(|pulse| pulse.died);
        let born_s = pulse.and_then(|pulse| parse::time(&pulse.birth)).map(age);
        Evidence {
            // its birth may fall between the two looks at the list and at the hashes
            registered: self.is_registered || (!died && born_s.is_some_and(|age| age < JUST_BORN_S)),
            hash: match &self.pulse {
                Slot::Known(Some(_)) => Hash::Present,
                Slot::Known(None) => Hash::Gone,
                _ => Hash::Unread,
            },
            died,
            activity: pulse.map(Pulse::activity).unwrap_or_default(),
            born_s,
            age_s: pulse.and_then(|pulse| pulse.beat).map(age),
            // -1: it never expires, -2: it did meanwhile
            rest_s: self.rest.known().filter(|rest| **rest >= 0).map(|rest| *rest as f64 / 1000.0),
            listeners: self.listeners.known().copied().filter(|_| counts_listeners && !self.is_unheard),
            scheduler: around.scheduler,
            swallowed: around.swallowed,
            waiting_s: around.waiting_s,
        }
    }
}

/// Seconds after its birth within which a worker that is not listed may simply be new.
const JUST_BORN_S: f64 = 10.0;

/// What others tell of a worker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    /// A scheduler that may be its child holds a lock of its queues.
    pub(crate) scheduler: bool,
    /// A job was swallowed, and nobody else can have done it.
    pub(crate) swallowed: bool,
    /// Seconds that a job has been waiting in one of its queues.
    pub(crate) waiting_s: Option<f64>,
}

impl Pulse {
    fn activity(&self) -> Activity {
        match &*self.state {
            b"busy" => Activity::Busy,
            b"suspended" => Activity::Suspended,
            _ => Activity::Idle,
        }
    }
}

/// A younger heartbeat than this needs no second look, in seconds.
fn usual_age(activity: Activity) -> f64 {
    match activity {
        Activity::Idle => 400.0,
        Activity::Busy => 40.0,
        Activity::Suspended => 10.0,
    }
}
