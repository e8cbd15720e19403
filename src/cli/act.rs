//! `midwatch act`: one action without a screen, through the same guard and the same runner as the dashboard.

pub(super) mod confirm;

use std::future::Future;

use indexmap::IndexMap;

use crate::action::guard::{self, Case, Given};
use crate::action::{Confirm, Ending, Outcome, Phase, Preview, Refusal, RunEvent, RunId, RunView};
use crate::base::{ActionId, Redactor};
use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome as Told, bench, choice, dashboard};
use crate::record::AuditError;
use crate::report::{Style, act as report};
use crate::runtime::act::journal::{Entry, Journal};
use crate::runtime::act::order::{Ask, Bench, Order};
use crate::runtime::act::plan::{self, Plan};
use crate::runtime::act::{feed, start};
use crate::runtime::{clock, headless};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The system
    #[arg(value_name = "SYSTEM")]
    system: String,
    /// The action, as `midwatch systems show SYSTEM` lists it
    #[arg(value_name = "ACTION")]
    action: String,
    #[command(flatten)]
    choice: choice::Args,
    /// Give a parameter of the action its value
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Do it for this id only; may be given several times
    #[arg(long = "item", value_name = "ID")]
    items: Vec<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm what is safe or disruptive
    #[arg(long)]
    yes: bool,
    /// Confirm what is destructive, by the system's name
    #[arg(long, value_name = "SYSTEM")]
    confirm: Option<String>,
    /// Why it is run again so soon; stands in the audit log
    #[arg(long, visible_alias = "force-reason", value_name = "TEXT")]
    reason: Option<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Nothing that changes a system may run
    #[arg(long)]
    read_only: bool,
}

impl Args {
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.read_only |= top.read_only;
        self.choice = self.choice.under(top.choice);
        self
    }
}

pub(super) fn run(args: &Args) -> Told {
    let prepared = choice::of_name(&args.system, &args.choice)?;
    let ask = ask(args)?;
    plan::declared(&prepared, &ask.action).map_err(|error| Failure::Usage(error.to_string()))?;
    let bench = bench::here(args.read_only)?;
    let journal = match journal(args, &bench, &prepared.redactor) {
        Ok(journal) => journal,
        Err(error) => {
            out::error(&error.to_string());
            return Ok(Outcome::Refused.exit_code());
        }
    };
    let act = async {
        let planned = plan::plan(&prepared, &ask, &bench, journal.as_ref()).await;
        let plan = planned.map_err(|error| Failure::Usage(error.to_string()))?;
        if args.dry_run {
            shown(args, &plan.preview)?;
            return Ok(0);
        }
        let given = given(args, &plan.preview);
        let ask = ask.for_shown(&plan.preview);
        let order = Order { run: start::new_run(), prepared, ask, shown: plan.preview.clone(), given, bench };
        decided(args, journal.as_ref(), order, &plan).await
    };
    headless::run(act).map_err(Failure::of)?
}

/// Without a journal nothing is run; a look is still a look, and writes nothing.
fn journal(args: &Args, bench: &Bench, redactor: &Redactor) -> Result<Option<Journal>, AuditError> {
    if args.dry_run || bench.forbidden.is_some() {
        return Ok(Journal::existing(&bench.state, redactor).unwrap_or_else(|error| {
            out::error(&error.to_string());
            None
        }));
    }
    Journal::open(&bench.state, redactor).map(Some)
}

fn ask(args: &Args) -> Result<Ask, Failure> {
    let action = ActionId::new(&args.action).map_err(|error| Failure::Usage(error.to_string()))?;
    let pair = |text: &String| {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Failure::Usage("--param without '=': write --param NAME=VALUE".to_owned()))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    let parameters = args.parameters.iter().map(pair).collect::<Result<IndexMap<_, _>, Failure>>()?;
    let items = (!args.items.is_empty()).then(|| args.items.clone());
    Ok(Ask { action, parameters, items, at: None })
}

fn given(args: &Args, preview: &Preview) -> Given {
    let typed = args.confirm.as_deref() == Some(preview.system.as_str());
    let confirm = if typed { Some(Confirm::Name) } else { args.yes.then_some(Confirm::Yes) };
    Given { confirm, reason: args.reason.clone() }
}

fn shown(args: &Args, preview: &Preview) -> Result<(), Failure> {
    match args.format {
        Format::Text => out::tell(&report::preview(preview, style())),
        Format::Json => out::print(&format!("{:#}\n", report::dry_json(preview))),
    }
}

fn style() -> Style {
    Style { color: out::Color::default().decide(), width: out::width() }
}

/// Refused at once where it is clear; confirmed by whoever sits here, where no flag does it; else run.
async fn decided(args: &Args, journal: Option<&Journal>, mut order: Order, plan: &Plan) -> Told {
    if args.format == Format::Text {
        shown(args, &plan.preview)?;
    }
    let asks = args.format == Format::Text && order.given.confirm.is_none() && confirm::can_ask();
    let ahead = Given { confirm: asks.then_some(Confirm::Name).or(order.given.confirm), ..order.given.clone() };
    if let Err(refusal) = foreseen(journal, &order, plan, &ahead)? {
        return refused(args, journal, &order, &refusal);
    }
    if asks {
        order.given.confirm = confirm::ask(&plan.preview)?;
        if let Err(refusal) = foreseen(journal, &order, plan, &order.given)? {
            return refused(args, journal, &order, &refusal);
        }
    }
    let journal = journal.ok_or_else(|| Failure::Failed("without a journal nothing is run".to_owned()))?;
    acted(args, journal, &order, plan).await
}

/// Run by the runner, which asks the guard anew.
async fn acted(args: &Args, journal: &Journal, order: &Order, plan: &Plan) -> Told {
    let runner = start::start(order).await.map_err(Failure::of)?;
    let mut view = RunView::new(order.run.clone());
    let state = journal.state();
    let follow = start::follow(state, &order.run, Some(runner), |event| {
        if args.format == Format::Text {
            tell(&view, &event);
        }
        view.absorb(event);
    });
    let ending = interruptible(follow, || {
        out::error("asking the run to cancel; press Ctrl-C again to leave it running");
        feed::cancel(state, &order.run, &order.bench.who.to_string()).map_err(Failure::of)
    })
    .await?;
    let Some(ending) = ending.transpose().map_err(Failure::of)? else { return Ok(130) };
    match args.format {
        Format::Text => out::tell(&report::ending(&view, style()))?,
        Format::Json => out::print(&format!("{:#}\n", report::json(&plan.preview, &view)))?,
    }
    Ok(ending.outcome.exit_code())
}

/// What the guard would say of it as it was shown. The permit is dropped: only the runner's own counts.
pub(super) fn foreseen(
    journal: Option<&Journal>,
    order: &Order,
    plan: &Plan,
    given: &Given,
) -> Result<Result<(), Refusal>, Failure> {
    let now = clock::now().wall;
    let recent = journal.map_or_else(|| Ok(Vec::new()), |journal| journal.recent(&plan.scope, now));
    let recent = recent.map_err(Failure::of)?;
    let case = Case {
        run: &order.run,
        forbidden: order.bench.forbidden.as_deref(),
        given,
        shown: &order.shown,
        fresh: &plan.preview,
        when_unknown: plan.spec.when_unknown,
        rest: plan.spec.rest(),
        recent: &recent,
        now,
    };
    Ok(guard::permit(&case).map(drop))
}

/// Writes a refusal down. What nobody confirmed is no event.
pub(super) fn journal_refusal(journal: Option<&Journal>, order: &Order, refusal: &Refusal) -> Result<(), Failure> {
    let ending = Ending {
        at: clock::now().wall,
        outcome: Outcome::Refused,
        reason: refusal.to_string(),
        verified: false,
        evidence: String::new(),
        done: None,
    };
    let is_event = !matches!(refusal, Refusal::NotConfirmed(..) | Refusal::Forbidden(_));
    if let Some(journal) = journal.filter(|_| is_event) {
        let Order { run, given, shown, bench, .. } = order;
        let entry = Entry { run, who: &bench.who, given, preview: shown };
        journal.outcome(&entry, &ending).map_err(Failure::of)?;
    }
    Ok(())
}

fn refused(args: &Args, journal: Option<&Journal>, order: &Order, refusal: &Refusal) -> Told {
    let reason = refusal.to_string();
    journal_refusal(journal, order, refusal)?;
    match args.format {
        Format::Text => out::tell(&format!("refused: {reason}\n"))?,
        Format::Json => out::print(&format!("{:#}\n", report::refused_json(&order.shown, &order.run, &reason)))?,
    }
    Ok(Outcome::Refused.exit_code())
}

/// One line for what is new.
pub(super) fn tell(view: &RunView, event: &RunEvent) {
    let told = match event {
        RunEvent::Entered { phase, .. } => match phase {
            Phase::Checking => format!("run {}\n  checking\n", short(&view.id)),
            Phase::Running => "  running\n".to_owned(),
            Phase::Verifying => "  verifying\n".to_owned(),
            Phase::Ended => return,
        },
        RunEvent::Line { stream, text } => report::line(*stream, text),
        RunEvent::Looked { because, left_s, .. } => {
            let before = view.looked.as_ref().map(|(_, because, _)| because);
            if before == Some(because) {
                return;
            }
            format!("  {because} ({left_s} s left)\n")
        }
        RunEvent::Started { .. } | RunEvent::Ended(_) => return,
    };
    // a reader that went away ends nothing: the run goes on
    let _ = out::print(&told);
}

fn short(run: &RunId) -> &str {
    run.short()
}

/// The first Ctrl-C asks, the second leaves: then there is no result.
async fn interruptible<T>(
    future: impl Future<Output = T>,
    ask: impl Fn() -> Result<(), Failure>,
) -> Result<Option<T>, Failure> {
    tokio::pin!(future);
    tokio::select! {
        ended = &mut future => return Ok(Some(ended)),
        _ = tokio::signal::ctrl_c() => ask()?,
    }
    tokio::select! {
        ended = &mut future => Ok(Some(ended)),
        _ = tokio::signal::ctrl_c() => Ok(None),
    }
}
