//! An action of a step: planned, shown, confirmed, guarded, run and proved exactly as `act` does it.

use crate::action::guard::Given;
use crate::action::{Confirm, Outcome, Preview, Refusal, RunEvent, RunId, RunView};
use crate::base::ActionId;
use crate::cli::act::{self, confirm};
use crate::cli::runbook::run::walker::{Came, Walker};
use crate::cli::runbook::run::{NOT_VERIFIED, REFUSED};
use crate::cli::{Failure, out};
use crate::incident::walk::{begun, mark_of};
use crate::report::act as report;
use crate::runbook::walk::Mark;
use crate::runtime::act::order::{Ask, Order};
use crate::runtime::act::plan::{self, Plan};
use crate::runtime::act::start;

impl Walker<'_> {
    /// Runs the action of a step to its end. What nobody confirmed is left as it is.
    pub(super) async fn act(&mut self, n: usize) -> Result<Came, Failure> {
        let Some(asked) = self.walk.asked(n) else {
            return Ok(Came::Stopped { code: super::UNFINISHED, why: "something of it is to be filled in".to_owned() });
        };
        let failed = |why: String| Came::Marked { mark: Mark::Failed { why }, code: super::FAILED };
        let action = match ActionId::new(&asked.action) {
            Ok(action) => action,
            Err(error) => return Ok(failed(error.to_string())),
        };
        let ask = Ask { action, parameters: asked.parameters, items: None, at: None };
        let plan = match plan::plan(self.prepared, &ask, self.bench, Some(self.journal)).await {
            Ok(plan) => plan,
            Err(error) => return Ok(failed(error.to_string())),
        };
        self.args.say(&report::preview(&plan.preview, self.args.style()))?;
        let ask = ask.for_shown(&plan.preview);
        let mut order = Order {
            run: start::new_run(),
            prepared: self.prepared.clone(),
            ask,
            shown: plan.preview.clone(),
            given: self.given(&plan.preview),
            bench: self.bench.clone(),
        };
        if let Some(came) = self.permitted(&mut order, &plan)? {
            return Ok(came);
        }
        self.run(n, &order).await
    }

    /// Asks the guard before anything is started, and whoever sits here in between. What the runner's own guard says counts.
    fn permitted(&self, order: &mut Order, plan: &Plan) -> Result<Option<Came>, Failure> {
        let asks = self.asks && order.given.confirm.is_none();
        let ahead = Given { confirm: asks.then_some(Confirm::Name).or(order.given.confirm), ..order.given.clone() };
        let refused = |order: &Order, refusal: Refusal| {
            act::journal_refusal(Some(self.journal), order, &refusal)?;
            let why = format!("{}: {refusal}", Outcome::Refused.told());
            Ok(Some(match refusal {
                // nothing was tried: the step is still to be done
                Refusal::NotConfirmed(..) => Came::Stopped { code: REFUSED, why },
                _ => Came::Marked { mark: Mark::Failed { why }, code: REFUSED },
            }))
        };
        if let Err(refusal) = act::foreseen(Some(self.journal), order, plan, &ahead)? {
            return refused(order, refusal);
        }
        if asks {
            order.given.confirm = confirm::ask(&plan.preview)?;
            if let Err(refusal) = act::foreseen(Some(self.journal), order, plan, &order.given)? {
                return refused(order, refusal);
            }
        }
        Ok(None)
    }

    /// Starts the runner, and follows it to its end. It outlives us.
    async fn run(&mut self, n: usize, order: &Order) -> Result<Came, Failure> {
        let told = begun(&self.walk, n).map(|told| crate::incident::Told { run: Some(order.run.to_string()), ..told });
        self.record.tell(told)?;
        let runner = start::start(order).await.map_err(Failure::of)?;
        self.follow(n, &order.run, Some(runner)).await
    }

    /// Follows a run, our own or one that outlived an earlier walk, and says what the step came to.
    pub(super) async fn follow(
        &mut self,
        n: usize,
        run: &RunId,
        runner: Option<tokio::process::Child>,
    ) -> Result<Came, Failure> {
        let mut view = RunView::new(run.clone());
        let is_text = self.args.is_text();
        let ending = start::follow(self.journal.state(), run, runner, |event: RunEvent| {
            if is_text {
                act::tell(&view, &event);
            }
            view.absorb(event);
        })
        .await
        .map_err(Failure::of)?;
        if is_text {
            out::tell(&report::ending(&view, self.args.style()))?;
        }
        self.runs.push(serde_json::json!({ "n": n, "run": run.as_str(), "outcome": ending.outcome.word() }));
        let mark = mark_of(ending.outcome, &ending.reason, &ending.evidence);
        let code = ending.outcome.exit_code();
        if ending.outcome == Outcome::Refused {
            return Ok(Came::Marked { mark, code });
        }
        // what the step expects beside the action's own proof must hold as well
        if ending.outcome == Outcome::Verified
            && let Some(expected) = self.expected(n, None).await?
        {
            let code = if expected.is_stuck() { NOT_VERIFIED } else { code };
            return Ok(Came::Ran { mark: expected, code, run: run.to_string() });
        }
        Ok(Came::Ran { mark, code, run: run.to_string() })
    }

    fn given(&self, preview: &Preview) -> Given {
        let typed = self.args.confirm.as_deref() == Some(preview.system.as_str());
        let confirm = if typed { Some(Confirm::Name) } else { self.args.yes.then_some(Confirm::Yes) };
        Given { confirm, reason: self.args.reason.clone() }
    }
}
