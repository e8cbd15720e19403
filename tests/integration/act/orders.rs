//! Orders to runners, made in this process as the dashboard makes them: planned, shown, and carried out when the test
//! says so.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::Arc;

use indexmap::IndexMap;
use midwatch::action::guard::Given;
use midwatch::action::{Confirm, Preview, RunId};
use midwatch::base::{ActionId, Source, SystemName, Variables};
use midwatch::config;
use midwatch::record::Who;
use midwatch::runtime::act::journal::Journal;
use midwatch::runtime::act::order::{Ask, Bench, Order};
use midwatch::runtime::act::{plan, start};
use midwatch::runtime::{PreparedSystem, headless};

use super::shop::Shop;
use crate::support::command_line;

/// Somebody who acts.
pub(super) fn who(name: &str) -> Who {
    Who { sudo_user: Some(name.to_owned()), ..Who::here() }
}

/// An order for an action, as it is shown now.
pub(super) fn order(shop: &Shop, who: &Who, action: &str) -> Order {
    let source = Source { path: shop.file(), text: std::fs::read_to_string(shop.file()).unwrap().into() };
    let system = config::load(SystemName::new("shop").unwrap(), &source).unwrap();
    let prepared = PreparedSystem::new(Arc::new(system), Variables::default(), false);
    let ask = Ask { action: ActionId::new(action).unwrap(), parameters: IndexMap::new(), items: None, at: None };
    let bench = Bench { state: shop.state(), path: "/usr/bin:/bin".to_owned(), who: who.clone(), forbidden: None };
    let shown = shown(&prepared, &ask, &bench);
    let ask = ask.for_shown(&shown);
    let given = Given { confirm: Some(Confirm::Name), reason: None };
    Order { run: start::new_run(), prepared, ask, shown, given, bench }
}

fn shown(prepared: &PreparedSystem, ask: &Ask, bench: &Bench) -> Preview {
    let journal = Journal::open(&bench.state, &prepared.redactor).unwrap();
    headless::run(plan::plan(prepared, ask, bench, Some(&journal))).unwrap().unwrap().preview
}

/// Starts the runner of an order, as whoever shows it does.
pub(super) fn start(shop: &Shop, order: &Order) -> Child {
    fed(shop, &order.run, order.to_wire().unwrap().expose().as_bytes())
}

/// Starts a runner and gives it these bytes.
pub(super) fn fed(shop: &Shop, run: &RunId, wire: &[u8]) -> Child {
    let mut command = command_line::midwatch(["__run", run.as_str()], &[]);
    command.envs(shop.env()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut runner = command.spawn().unwrap();
    // one that does not want it closes the pipe
    let _ = runner.stdin.take().unwrap().write_all(wire);
    runner
}

/// The exit code of a runner.
#[track_caller]
pub(super) fn ended(runner: &mut Child) -> i32 {
    runner.wait().unwrap().code().unwrap_or(-1)
}

/// How a run ended, and why, as its feed tells.
#[track_caller]
pub(super) fn ending(shop: &Shop, run: &RunId) -> (String, String) {
    let feed = feed(shop, run);
    let last: serde_json::Value = serde_json::from_str(feed.lines().last().unwrap()).unwrap();
    let text = |name: &str| last[name].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("reason"))
}

/// Everything that a run told.
pub(super) fn feed(shop: &Shop, run: &RunId) -> String {
    std::fs::read_to_string(shop.state().join("runs").join(run.as_str()).join("events.jsonl")).unwrap()
}
