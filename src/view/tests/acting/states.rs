//! Previews and runs of a small shop, and models that show them: each went through the same messages as in the program.

use std::time::Duration;

use jiff::Timestamp;

use super::super::*;
use crate::action::{
    Condition, Confirm, Done, End, Ending, Item, ItemEnd, LastRun, Outcome, Phase, Preview, RunEvent, RunId, Stream,
};
use crate::base::ActionId;

pub(super) const RUN: &str = "0193e0c4-1f2a-7bbb-8ccc-00001a2b3c4d";

pub(super) fn when(time: &str) -> Timestamp {
    format!("2026-11-22T{time}Z").parse().unwrap()
}

pub(super) fn condition(text: &str, holds: bool, because: &str) -> Condition {
    Condition { text: text.into(), holds: Some(holds), because: because.into() }
}

/// The restart of the worker, as it is shown.
pub(super) fn restart() -> Preview {
    Preview {
        at: jiff::Timestamp::UNIX_EPOCH,
        system: "shop".into(),
        environment: "production".into(),
        action: "restart-worker".into(),
        title: "Restart worker".into(),
        risk: "disruptive".into(),
        confirm: Confirm::Yes,
        target: "worker".into(),
        call: "/usr/bin/sudo -n systemctl restart shop-worker".into(),
        calls: Vec::new(),
        items: Vec::new(),
        effect: None,
        affects: Vec::new(),
        evidence: vec![
            "worker is down for 4m12s: refused 127.0.0.1:8082 (2 s ago)".into(),
            "queue.workers_live = 0 (1 s ago)".into(),
        ],
        precondition: Some(condition("worker.state == 'down'", true, "worker.state = down")),
        verify: Some(condition("worker.up && queue.workers_live > 0", false, "worker.up = false")),
        verify_within_s: 90,
        timeout_s: 60,
        undo: None,
        last: Some(LastRun {
            run: RUN.into(),
            action: "restart-worker".into(),
            who: "alice@ops1 (pts/3)".into(),
            at: when("00:31:12"),
            outcome: Some("verified".into()),
        }),
        held_by: None,
        reach: crate::action::Reach::Host,
        refusal: None,
        picture: vec![("worker".into(), "down".into())],
    }
}

pub(super) fn briefing() -> Preview {
    Preview {
        action: "send-briefing".into(),
        title: "Send the morning briefing now".into(),
        risk: "safe".into(),
        confirm: Confirm::Enter,
        target: "send-briefing".into(),
        call: "POST http://127.0.0.1:8001/briefing".into(),
        effect: Some("sends an SMS".into()),
        evidence: Vec::new(),
        precondition: Some(condition("api.up", true, "api.up = true")),
        verify: None,
        last: None,
        picture: Vec::new(),
        ..restart()
    }
}

pub(super) fn emptying() -> Preview {
    Preview {
        action: "empty-queue".into(),
        title: "Empty a queue".into(),
        risk: "destructive".into(),
        confirm: Confirm::Name,
        target: "queue".into(),
        call: "rq at redis://127.0.0.1:6379/0: delete 3 jobs".into(),
        items: ["7c1f02aa-55e1", "91b2c3d4-0000", "it's odd"].map(String::from).to_vec(),
        affects: vec!["WAL backlog".into(), "Scheduled jobs".into()],
        evidence: vec!["queue.queued = 3 (1 s ago)".into()],
        precondition: None,
        verify: Some(condition("queue.queued == 0", false, "queue.queued = 3")),
        undo: Some("a copy of every job is kept in the state folder before it is deleted".into()),
        ..restart()
    }
}

pub(super) fn many() -> Preview {
    let ids: Vec<String> = (0..200).map(|n| format!("wal-{:04}", 4100 + n)).collect();
    Preview {
        action: "requeue-entries".into(),
        title: "Requeue waiting entries".into(),
        risk: "safe".into(),
        confirm: Confirm::Enter,
        target: "wal".into(),
        call: "200 requests, the first: POST http://127.0.0.1:8001/wal/wal-4100/retry".into(),
        calls: ids.iter().map(|id| format!("POST http://127.0.0.1:8001/wal/{id}/retry")).collect(),
        items: ids,
        precondition: None,
        ..restart()
    }
}

pub(super) fn long() -> Preview {
    let arguments: Vec<String> = (0..40).map(|n| format!("'--option-{n}=a value with spaces'")).collect();
    Preview { call: format!("/usr/bin/docker run {}", arguments.join(" ")), ..restart() }
}

pub(super) fn refused() -> Preview {
    Preview { refusal: Some("there is no program 'systemctl' on this machine".into()), ..restart() }
}

/// Two minutes of a shop whose worker is down: quick to make.
pub(super) fn model() -> Model {
    let mut bench = Bench::starting();
    bench.run(30);
    bench.fail(&["worker"]);
    bench.run(90);
    bench.model((80, 24))
}

pub(super) fn later(model: &mut Model, millis: u64) {
    let now = model.now.plus(Duration::from_millis(millis));
    update(model, Msg::Tick, now);
}

pub(super) fn plan(model: &mut Model, preview: Preview) {
    let msg = Msg::Planned {
        system: "shop".parse().unwrap(),
        action: ActionId::new(&preview.action).unwrap(),
        preview: Box::new(preview),
    };
    let now = model.now;
    update(model, msg, now);
}

/// A model whose dialog shows a preview.
pub(super) fn dialog(preview: Preview) -> Model {
    let mut model = model();
    let title = preview.title.clone();
    press(&mut model, &[":"]);
    for letter in title.chars().filter(|c| *c != ' ') {
        press(&mut model, &[&letter.to_string()]);
    }
    press(&mut model, &["Enter"]);
    if preview.action == "empty-queue" {
        press(&mut model, &["d"]);
        later(&mut model, 1100);
        press(&mut model, &["Enter"]);
    }
    plan(&mut model, preview);
    later(&mut model, 1100);
    model
}

pub(super) fn run_id() -> RunId {
    RunId::new(RUN).unwrap()
}

pub(super) fn tell(model: &mut Model, event: RunEvent) {
    let now = model.now;
    update(model, Msg::RunTold(run_id(), event), now);
}

/// A model that follows a confirmed run.
pub(super) fn started(preview: Preview) -> Model {
    let mut model = dialog(preview.clone());
    let keys: &[&str] = match preview.confirm {
        Confirm::Enter => &["Enter"],
        Confirm::Yes => &["y"],
        Confirm::Name => &["s", "h", "o", "p", "Enter"],
    };
    press(&mut model, keys);
    let now = model.now;
    update(&mut model, Msg::RunBegan { system: "shop".parse().unwrap(), run: run_id() }, now);
    let at = now.wall;
    let who = "bob@ops2 (pts/7)".to_owned();
    tell(&mut model, RunEvent::Started { at, who, preview: Box::new(preview) });
    model
}

pub(super) fn line(stream: Stream, text: &str) -> RunEvent {
    RunEvent::Line { stream, text: text.into() }
}

pub(super) fn running() -> Model {
    let mut model = started(restart());
    let at = model.now.wall;
    tell(&mut model, RunEvent::Entered { at, phase: Phase::Running });
    tell(&mut model, line(Stream::Own, "sudo is /usr/bin/sudo"));
    for n in 1..=30 {
        tell(&mut model, line(Stream::Out, &format!("stopping job {n} of 30")));
    }
    tell(&mut model, line(Stream::Err, "Warning: unit file changed on disk"));
    later(&mut model, 7000);
    model
}

pub(super) fn verifying() -> Model {
    let mut model = running();
    let at = model.now.wall;
    tell(&mut model, RunEvent::Entered { at, phase: Phase::Verifying });
    let because = "queue.workers_live = 0 (not above 0)".to_owned();
    tell(&mut model, RunEvent::Looked { holds: Some(false), because, left_s: 61 });
    model
}

pub(super) fn end(model: &mut Model, outcome: Outcome, reason: &str, evidence: &str, done: Option<Done>) {
    let at = model.now.wall;
    let verified = outcome == Outcome::Verified;
    let ending = Ending { at, outcome, reason: reason.into(), verified, evidence: evidence.into(), done };
    tell(model, RunEvent::Ended(Box::new(ending)));
}

pub(super) fn verified() -> Model {
    let mut model = verifying();
    let done = Done { exit_code: Some(0), ..Done::new(End::Accepted, "") };
    end(&mut model, Outcome::Verified, "", "worker.up = true, queue.workers_live = 1 (above 0)", Some(done));
    model
}

pub(super) fn not_verified() -> Model {
    let mut model = verifying();
    let left = vec!["pid 4711: python -m shop.worker".to_owned()];
    let done = Done { exit_code: Some(0), left_running: left, ..Done::new(End::Accepted, "") };
    let evidence = "worker.up = false, queue.workers_live = 0 (not above 0)";
    end(&mut model, Outcome::NotVerified, "its effect was not seen within 1m30s", evidence, Some(done));
    model
}

pub(super) fn requeued() -> Model {
    let mut model = started(many());
    let mut items: Vec<Item> = many().items.into_iter().map(|id| Item { id, end: ItemEnd::Done }).collect();
    items[17].end = ItemEnd::Gone;
    items[140].end = ItemEnd::Skipped("it is being worked on".into());
    let done = Done { http_status: Some(200), items, ..Done::new(End::Accepted, "") };
    end(&mut model, Outcome::Verified, "", "wal.pending = 2", Some(done));
    model
}

pub(super) fn too_soon() -> Model {
    let mut model = started(restart());
    let reason = "restart-worker worked 20 s ago (alice@ops1 (pts/3)): give a reason to run it again";
    end(&mut model, Outcome::Refused, reason, "", None);
    model
}

/// The target came up while the dialog was open.
pub(super) fn changed() -> Model {
    let mut model = dialog(restart());
    let at = model.now;
    let component = crate::view::fixture::id("worker");
    let took = Duration::from_millis(2);
    let outcome = Ok(crate::probe::assess::Observation {
        state: crate::base::State::Up,
        reason: None,
        signals: Vec::new(),
        latency: took,
        detail: crate::probe::Detail::None,
    });
    let report = crate::probe::ProbeReport { component, at: at.mono, took, outcome };
    update(&mut model, Msg::Reports(vec![("shop".parse().unwrap(), Box::new(report))]), at);
    model
}

pub(super) fn naming() -> Model {
    let mut model = dialog(emptying());
    press(&mut model, &["s", "h", "o", "p"]);
    model
}

pub(super) fn reason() -> Model {
    let mut model = too_soon();
    press(&mut model, &["r"]);
    plan(&mut model, restart());
    later(&mut model, 1100);
    press(&mut model, &["3", "a", "Space"]);
    model
}

pub(super) fn no_preview() -> Model {
    let mut model = model();
    press(&mut model, &["R"]);
    let (system, action) = ("shop".parse().unwrap(), ActionId::new("restart-worker").unwrap());
    let why = "the journal cannot be opened: no space left on device".to_owned();
    let now = model.now;
    update(&mut model, Msg::NotPlanned { system, action, why }, now);
    model
}

pub(super) fn cancelling() -> Model {
    let mut model = running();
    press(&mut model, &["c"]);
    model
}

pub(super) fn unknown() -> Model {
    let mut model = running();
    end(
        &mut model,
        Outcome::Unknown,
        "its runner is gone and nobody saw the end: look before you run it again",
        "",
        None,
    );
    model
}

pub(super) fn failed() -> Model {
    let mut model = running();
    let done = Done { exit_code: Some(1), ..Done::new(End::Failed, "exit code 1") };
    end(&mut model, Outcome::Failed, "exit code 1", "worker.up = false", Some(done));
    model
}

pub(super) type State = (&'static str, fn() -> Model);
pub(super) const STATES: [State; 20] = [
    ("safe", || dialog(briefing())),
    ("disruptive", || dialog(restart())),
    ("destructive", || dialog(emptying())),
    ("many", || dialog(many())),
    ("long", || dialog(long())),
    ("refused", || dialog(refused())),
    ("changed", changed),
    ("naming", naming),
    ("reason", reason),
    ("no-preview", no_preview),
    ("running", running),
    ("cancelling", cancelling),
    ("verifying", verifying),
    ("verified", verified),
    ("not-verified", not_verified),
    ("failed", failed),
    ("unknown", unknown),
    ("items", requeued),
    ("too-soon", too_soon),
    ("reading", || {
        let mut model = model();
        press(&mut model, &["R"]);
        model
    }),
];
