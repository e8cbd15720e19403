//! The life of one run, in a process of its own: lock → look anew → permit → intent → call → verification → outcome.
//! Nothing is run before the intent is durable, and every intent gets an outcome, unless this process is killed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::action::guard::{self, Case};
use crate::action::run::outcome;
use crate::action::{Call, Done, End, Ending, Holder, Outcome, Permit, Phase, Reach, RunEvent, Stream, Verify};
use crate::base::Period;
use crate::base::time::Span;
use crate::record::StateDir;
use crate::runtime::act::carry::{self, Terms};
use crate::runtime::act::facts::RunFacts;
use crate::runtime::act::feed::{Feed, FeedError, Requests};
use crate::runtime::act::journal::{Entry, Journal};
use crate::runtime::act::lock::{Lock, LockError, Scope};
use crate::runtime::act::old;
use crate::runtime::act::order::Order;
use crate::runtime::act::plan::{self, Plan};
use crate::runtime::act::shared::{Store, Taken};
use crate::runtime::act::verify::{self, Look, verify};
use crate::runtime::clock;
use crate::runtime::trip::{self, Step};

/// How often a request to cancel is looked for.
const LISTEN: Duration = Duration::from_millis(100);
/// How long an effect is looked for after the call itself ended badly.
const BRIEFLY: Duration = Duration::from_secs(3);

/// Carries an order out. Returns the exit code of its outcome; an error is that there is not even a feed to tell it in.
pub async fn run(order: &Order) -> Result<Outcome, FeedError> {
    let state = StateDir::open(&order.bench.state)?;
    let feed = Feed::create(&state, &order.run)?;
    let requests = feed.requests();
    let runner = Runner { order, feed: Mutex::new(feed) };
    let preview = Box::new(order.shown.clone());
    runner.say(&RunEvent::Started { at: clock::now().wall, who: order.bench.who.to_string(), preview });
    let ending = runner.live(requests).await;
    let outcome = ending.outcome;
    runner.say(&RunEvent::Ended(Box::new(ending)));
    drop(runner);
    // what is in the way of that is in the way of nothing else
    let _ = old::sweep(&state, clock::now().wall);
    Ok(outcome)
}

struct Runner<'a> {
    order: &'a Order,
    feed: Mutex<Feed>,
}

impl Runner<'_> {
    /// A feed that cannot be written stops nothing: the journal is what counts.
    fn say(&self, event: &RunEvent) {
        let _ = self.feed.lock().unwrap_or_else(PoisonError::into_inner).say(event);
    }

    fn enter(&self, phase: Phase) {
        self.say(&RunEvent::Entered { at: clock::now().wall, phase });
    }

    fn line(&self, stream: Stream, text: &str) {
        self.say(&RunEvent::Line { stream, text: text.to_owned() });
    }

    async fn live(&self, requests: Requests) -> Ending {
        let order = self.order;
        let journal = match Journal::open(&order.bench.state, &order.prepared.redactor) {
            Ok(journal) => journal,
            Err(error) => return refused(error.to_string()),
        };
        let (cancel, cancelled) = watch::channel(false);
        tokio::select! {
            ending = self.permitted(&journal, cancelled) => ending,
            never = self.listen(&journal, &requests, &cancel) => match never {},
        }
    }

    /// Waits for requests to cancel, by file or by signal, and passes the first on.
    async fn listen(
        &self,
        journal: &Journal,
        requests: &Requests,
        cancel: &watch::Sender<bool>,
    ) -> std::convert::Infallible {
        let mut ended = crate::runtime::signals::termination();
        loop {
            let by_signal = tokio::select! {
                () = tokio::time::sleep(LISTEN) => false,
                () = ended.heard() => true,
            };
            let by = if by_signal { Some("a signal".to_owned()) } else { requests.cancelled_by() };
            if let Some(by) = by.filter(|_| !*cancel.borrow()) {
                self.line(Stream::Own, &format!("asked to cancel by {by}"));
                if let Err(error) = journal.cancel(&self.entry(), &by) {
                    self.line(Stream::Own, &format!("the request could not be journalled: {error}"));
                }
                cancel.send_replace(true);
            }
        }
    }

    fn entry(&self) -> Entry<'_> {
        let Order { run, given, shown, bench, .. } = self.order;
        Entry { run, who: &bench.who, given, preview: shown }
    }

    /// Up to the permit; what is refused is journalled as far as that is possible.
    async fn permitted(&self, journal: &Journal, cancelled: watch::Receiver<bool>) -> Ending {
        self.enter(Phase::Checking);
        let not = |why: String| {
            let ending = refused(why);
            let _ = journal.outcome(&self.entry(), &ending);
            ending
        };
        let locks = match self.locks(journal).await {
            Ok(locks) => locks,
            Err(why) => return not(why),
        };
        let ending = match self.ask(journal, &locks).await {
            Ok((permit, plan, call)) => self.carried_out(journal, permit, &plan, &call, cancelled).await,
            Err(why) => not(why),
        };
        locks.release().await;
        ending
    }

    /// The lock of this host, and that of all hosts where there is one.
    async fn locks(&self, journal: &Journal) -> Result<Locks, String> {
        let Order { run, prepared, ask, bench, .. } = self.order;
        if let Some(why) = &bench.forbidden {
            return Err(why.clone());
        }
        let now = clock::now();
        let scope = plan::scope_of(prepared, ask).map_err(|error| error.to_string())?;
        let holder = Holder {
            run: run.to_string(),
            action: ask.action.to_string(),
            target: scope.target.clone(),
            who: bench.who.to_string(),
            since: now.wall,
        };
        trip::die(Step::BeforeLock);
        let here = scope.take(journal.state(), &holder).await.map_err(|error| match error {
            LockError::Held(holder) => holder.to_string(),
            other => other.to_string(),
        })?;
        let everywhere = match Store::of(prepared) {
            Some(store) => Some(store.take(&scope, &holder).await),
            None => None,
        };
        if let Some(Taken::Held(holder)) = everywhere {
            return Err(holder.to_string());
        }
        trip::die(Step::Locked);
        Ok(Locks { scope, since: now.wall, everywhere, _here: here })
    }

    /// Fresh readings, and the guard's word on them.
    async fn ask(&self, journal: &Journal, locks: &Locks) -> Result<(Permit, Plan, Call), String> {
        let Order { run, prepared, ask, shown, given, bench } = self.order;
        // an intent of somebody else without an end is looked at before anything is run on top of it
        journal.reconcile(&bench.who).map_err(|error| error.to_string())?;
        let mut plan = plan::plan(prepared, ask, bench, Some(journal)).await.map_err(|error| error.to_string())?;
        plan.is_ours(locks.silent());
        let case = Case {
            run,
            forbidden: bench.forbidden.as_deref(),
            given,
            shown,
            fresh: &plan.preview,
            when_unknown: plan.spec.when_unknown,
            rest: plan.spec.rest(),
            recent: &journal.recent(&locks.scope, locks.since).map_err(|error| error.to_string())?,
            now: clock::now().wall,
        };
        let permit = guard::permit(&case).map_err(|refusal| refusal.to_string())?;
        trip::die(Step::Permitted);
        let call = plan.call.take().ok_or("there is nothing to carry out")?;
        Ok((permit, plan, call))
    }

    /// Intent, call, verification, outcome.
    async fn carried_out(
        &self,
        journal: &Journal,
        permit: Permit,
        plan: &Plan,
        call: &Call,
        cancelled: watch::Receiver<bool>,
    ) -> Ending {
        let argv = if let Call::Command(command) = call { command.argv.clone() } else { Vec::new() };
        let entry = Entry { preview: &plan.preview, ..self.entry() };
        if let Err(error) = journal.intent(&entry, argv, &self.order.prepared.system.text) {
            return refused(error.to_string());
        }
        trip::die(Step::Intended);
        self.enter(Phase::Running);
        let began = RunFacts::new(clock::now(), &plan.parameters, plan.before.clone());
        let say = |stream, text: &str| self.line(stream, text);
        let terms = Terms {
            timeout: plan.spec.timeout.0,
            cancelled: cancelled.clone(),
            redactor: &self.order.prepared.redactor,
            state: journal.state(),
            say: &say,
        };
        let done = carry::out(permit, call, terms).await;
        trip::die(Step::Called);
        let (verified, last) =
            self.proved(plan.spec.verify.as_ref(), &done, began.with(&done), cancelled.clone()).await;
        trip::die(Step::Verified);
        let mut ending = Ending {
            at: clock::now().wall,
            outcome: outcome(&done, verified),
            reason: reason(&done, verified, plan.spec.verify.as_ref(), last.as_ref(), *cancelled.borrow()),
            verified,
            evidence: last.map(|look| look.because).unwrap_or_default(),
            done: Some(done),
        };
        if let Err(error) = journal.outcome(&entry, &ending) {
            ending.reason = format!("{}; its outcome could not be journalled: {error}", ending.reason);
        }
        trip::die(Step::Recorded);
        ending
    }

    /// Was the effect seen? The last look at it, where there is something to look at.
    async fn proved(
        &self,
        declared: Option<&Verify>,
        done: &Done,
        run: RunFacts,
        cancelled: watch::Receiver<bool>,
    ) -> (bool, Option<Look>) {
        let Some(declared) = declared else { return (false, None) };
        let answered = done.proved.unwrap_or(declared.answer.is_none());
        let Some(when) = &declared.when else { return (answered && done.end == End::Accepted, None) };
        self.enter(Phase::Verifying);
        trip::die(Step::Verifying);
        let brief = Verify { within: Period(declared.within.0.min(BRIEFLY)), samples: 1, ..declared.clone() };
        // what ended badly may have had its effect all the same, which is worth a look, and no more
        let hopeless = matches!(done.end, End::Failed | End::Cancelled);
        let (seen, look) = verify(
            &self.order.prepared,
            verify::Terms::of(if hopeless { &brief } else { declared }),
            when,
            Some(&run),
            cancelled,
            |look| {
                self.say(&RunEvent::Looked {
                    holds: look.holds,
                    because: look.because.clone(),
                    left_s: look.left.as_secs(),
                });
            },
        )
        .await;
        (seen && answered, Some(look))
    }
}

/// What a run holds.
struct Locks {
    scope: Scope,
    since: Timestamp,
    everywhere: Option<Taken>,
    _here: Lock,
}

impl Locks {
    /// Why the lock keeps out the operators of this host alone, where it is meant to keep out all.
    fn silent(&self) -> Option<&Reach> {
        match &self.everywhere {
            Some(Taken::Silent(reach)) => Some(reach),
            _ => None,
        }
    }

    /// Gives them back; the files of this host go with the value.
    async fn release(self) {
        if let Some(Taken::Ours(hold)) = self.everywhere {
            hold.release().await;
        }
    }
}

fn refused(reason: String) -> Ending {
    Ending {
        at: clock::now().wall,
        outcome: Outcome::Refused,
        reason,
        verified: false,
        evidence: String::new(),
        done: None,
    }
}

/// Why it ended so, in one sentence.
fn reason(done: &Done, verified: bool, declared: Option<&Verify>, last: Option<&Look>, cancelled: bool) -> String {
    let because = last.map(|look| look.because.as_str()).filter(|text| !text.is_empty());
    let said = if done.reason.is_empty() { String::new() } else { format!("{}; ", done.reason) };
    match (done.end, verified) {
        (End::Accepted, true) => done.reason.clone(),
        (End::Accepted, false) => match (declared, because) {
            (None, _) => format!("{said}it ran, and nothing is declared that would prove it"),
            (Some(_), Some(because)) if cancelled => {
                format!("{said}it ran, and somebody asked to look for its effect no longer: {because}")
            }
            (Some(declared), Some(because)) => {
                format!("{said}it ran, but its effect was not seen within {}: {because}", Span(declared.within.0))
            }
            (Some(_), None) if done.reason.is_empty() => "it ran, but its answer does not prove the effect".to_owned(),
            (Some(_), None) => format!("it ran: {}", done.reason),
        },
        (_, true) => format!("{said}but the condition holds: {}", because.unwrap_or("as its answer says")),
        (_, false) => done.reason.clone(),
    }
}
