//! What would be done, held against the system as it is now: the same road for the dialog, for `act` and for the runner,
//! which holds what was shown against what it finds. Reads only.

mod jobs;
mod tell;

use indexmap::{IndexMap, IndexSet};

use crate::action::{
    ActionSpec, Arguments, BadArgument, Call, CommandCall, HttpCall, Operation, Preview, Reach, resolve_http,
    resolve_sql, surroundings, words,
};
use crate::base::{ActionId, ComponentId};
use crate::expr::Expr;
use crate::runtime::act::facts;
use crate::runtime::act::journal::Journal;
use crate::runtime::act::lock::Scope;
use crate::runtime::act::order::{Ask, Bench};
use crate::runtime::act::shared::Store;
use crate::runtime::headless::look_at;
use crate::runtime::run::{program, sql};
use crate::runtime::{PreparedSystem, clock};
use crate::signal::Value;
use crate::watch::Watch;

/// Most ids that one run is about.
const MOST_ITEMS: usize = 10_000;

/// What would be done.
#[derive(Debug)]
pub struct Plan {
    /// As declared.
    pub spec: ActionSpec,
    /// With everything filled in; none where it cannot be done, which the preview tells.
    pub call: Option<Call>,
    /// What is shown of it.
    pub preview: Preview,
    /// What it locks.
    pub scope: Scope,
    /// The checked values of its parameters.
    pub(super) parameters: IndexMap<String, String>,
    /// What is known before it, by component and signal.
    pub(super) before: Value,
}

/// Why there is no plan at all.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No such action.
    #[error("system '{system}' has no action '{action}'; {}", near(action, has))]
    NoAction {
        /// The system.
        system: String,
        /// As asked for.
        action: String,
        /// What there is.
        has: Vec<String>,
    },
    /// A parameter.
    #[error(transparent)]
    Argument(#[from] BadArgument),
}

fn near(action: &str, has: &[String]) -> String {
    crate::base::problem::nearest(action, has.iter().map(String::as_str))
        .map_or_else(|| format!("there are: {}", has.join(", ")), |near| format!("did you mean '{near}'?"))
}

/// The declaration of an action.
pub fn declared<'a>(prepared: &'a PreparedSystem, action: &ActionId) -> Result<&'a ActionSpec, PlanError> {
    prepared.system.action.get(action).ok_or_else(|| PlanError::NoAction {
        system: prepared.system.name.to_string(),
        action: action.to_string(),
        has: prepared.system.action.keys().map(ToString::to_string).collect(),
    })
}

/// Looks at what the action is about, and plans. Without a journal nothing is known of runs before.
pub async fn plan(
    prepared: &PreparedSystem,
    ask: &Ask,
    bench: &Bench,
    journal: Option<&Journal>,
) -> Result<Plan, PlanError> {
    let spec = declared(prepared, &ask.action)?;
    let at = ask.at.unwrap_or_else(|| clock::now().wall);
    let arguments = Arguments::new(&spec.parameter, &ask.parameters, &prepared.variables)?.at(at);
    let wanted = concerned(spec);
    let watch = look(prepared, &wanted).await;
    let called = call(prepared, spec, &arguments, ask, bench, watch.as_ref()).await;
    let scope = scope(prepared, ask, spec);
    let mut preview = tell::declared(prepared, ask, spec, &scope, at);
    match &called {
        Ok(call) => tell::call(&mut preview, call),
        Err(why) => preview.refusal = Some(why.clone()),
    }
    let tried = tried(called.as_ref().ok(), spec, prepared, bench).await;
    match &tried {
        Some(Ok(came)) => tell::came(&mut preview, came),
        Some(Err(why)) => preview.refusal = Some(why.clone()),
        None => {}
    }
    if prepared.distrust.is_some() {
        preview.refusal.clone_from(&prepared.distrust);
    }
    if let Some(watch) = &watch {
        tell::readings(&mut preview, spec, watch, &wanted, clock::now());
    }
    preview.held_by = journal.and_then(|journal| scope.held_by(journal.state()));
    if let Some(store) = Store::of(prepared) {
        tell::lock(&mut preview, store.look(&scope).await);
    }
    preview.last = journal.and_then(|journal| journal.last_on(&scope));
    tell::picture(&mut preview, spec, watch.as_ref());
    if let (Some(Call::Sql(call)), Some(Ok(came))) = (called.as_ref().ok(), &tried) {
        preview.picture.extend(tell::counts(call, came));
    }
    tell::redact(&mut preview, &prepared.redactor);
    let before = watch.as_ref().map_or_else(|| Value::Map(IndexMap::new()), |w| facts::known(w, &wanted, clock::now()));
    let parameters = arguments.given;
    Ok(Plan { spec: spec.clone(), call: called.ok(), preview, scope, parameters, before })
}

impl Plan {
    /// We hold the lock now, as far as it reaches.
    pub(super) fn is_ours(&mut self, silent: Option<&Reach>) {
        self.preview.held_by = None;
        if let Some(silent) = silent {
            tell::lock(&mut self.preview, (silent.clone(), None));
        }
    }
}

/// What statements would come to: they are prepared, and where anything may run here, tried and rolled back.
async fn tried(
    call: Option<&Call>,
    spec: &ActionSpec,
    prepared: &PreparedSystem,
    bench: &Bench,
) -> Option<Result<Vec<sql::Came>, String>> {
    let Some(Call::Sql(call)) = call else { return None };
    let may_try = bench.forbidden.is_none() && prepared.distrust.is_none();
    Some(sql::look(call, may_try, spec.timeout.0, &prepared.redactor).await)
}

/// The components whose readings decide: the target, and what the conditions read.
fn concerned(spec: &ActionSpec) -> Vec<ComponentId> {
    let verify = spec.verify.as_ref().and_then(|verify| verify.when.as_ref());
    let conditions = [spec.precondition.as_ref(), verify, spec.items.as_ref()];
    let read = conditions.into_iter().flatten().flat_map(|expr| expr.signals().iter().map(|key| key.component.clone()));
    let all: IndexSet<ComponentId> = spec.component.iter().cloned().chain(read).collect();
    all.into_iter().collect()
}

async fn look(prepared: &PreparedSystem, wanted: &[ComponentId]) -> Option<Watch> {
    // what has a price is not asked just to show a dialog
    let narrow = prepared.only(wanted, true);
    look_at(std::slice::from_ref(&narrow), None).await.pop()
}

/// What an action locks.
pub fn scope_of(prepared: &PreparedSystem, ask: &Ask) -> Result<Scope, PlanError> {
    declared(prepared, &ask.action).map(|spec| scope(prepared, ask, spec))
}

/// Its component, or itself.
fn scope(prepared: &PreparedSystem, ask: &Ask, spec: &ActionSpec) -> Scope {
    let Some(target) = &spec.component else {
        let target = ask.action.to_string();
        return Scope { system: prepared.system.name.to_string(), target, neighbours: Vec::new() };
    };
    let components = &prepared.system.component;
    let below = components.get(target).into_iter().flat_map(|spec| spec.depends_on.iter());
    let above = components.iter().filter(|(_, spec)| spec.depends_on.contains(target)).map(|(id, _)| id);
    let neighbours = below.chain(above).map(ToString::to_string).collect();
    Scope { system: prepared.system.name.to_string(), target: target.to_string(), neighbours }
}

/// Everything filled in, or why it cannot be done here.
async fn call(
    prepared: &PreparedSystem,
    spec: &ActionSpec,
    arguments: &Arguments,
    ask: &Ask,
    bench: &Bench,
    watch: Option<&Watch>,
) -> Result<Call, String> {
    match spec.operation(&prepared.variables)? {
        Operation::Command(argv) => {
            let argv = words(&argv, arguments).map_err(|error| error.to_string())?;
            let name = argv.first().map(String::as_str).unwrap_or_default();
            let program = program::find(name, bench.path.as_ref()).map_err(|error| error.to_string())?;
            let environment = surroundings(&spec.environment, arguments).map_err(|error| error.to_string())?;
            Ok(Call::Command(CommandCall { program, argv, environment }))
        }
        Operation::Http(request) => {
            let proof = spec.verify.as_ref().and_then(|verify| verify.answer.clone());
            let items = match &spec.items {
                Some(expr) => items(expr, ask, watch)?.into_iter().map(Some).collect(),
                None => vec![None],
            };
            let one = |item: &Option<String>| {
                let call = resolve_http(&request, arguments, item.as_deref()).map_err(|error| error.to_string())?;
                Ok::<_, String>(HttpCall { proof: proof.clone(), ..call })
            };
            Ok(Call::Http(items.iter().map(one).collect::<Result<_, _>>()?))
        }
        Operation::Sql(operation) => {
            resolve_sql(&operation, arguments).map(Call::Sql).map_err(|error| error.to_string())
        }
        Operation::Rq(operation) => jobs::call(&operation, arguments, ask).await.map(Call::Rq),
    }
}

/// The ids that the request is sent for: the chosen ones, or all that the expression lists now.
fn items(expr: &Expr, ask: &Ask, watch: Option<&Watch>) -> Result<Vec<String>, String> {
    let chosen = match (&ask.items, watch) {
        (Some(chosen), _) => chosen.clone(),
        (None, None) => return Err("the ids it is about cannot be read".to_owned()),
        (None, Some(watch)) => {
            let listed =
                expr.value(&watch.store, clock::now()).map_err(|why| format!("its ids are unknown: {}", why.text))?;
            listed.as_list().unwrap_or_default().iter().filter_map(id_of).collect()
        }
    };
    counted(chosen)
}

/// An id as a text, or the `id` of an entry.
fn id_of(value: &Value) -> Option<String> {
    value.get("id").unwrap_or(value).as_str().map(str::to_owned)
}

fn counted<T>(items: Vec<T>) -> Result<Vec<T>, String> {
    match items.len() {
        0 => Err("there is nothing to do it for".to_owned()),
        n if n > MOST_ITEMS => Err(format!("{n} are more than {MOST_ITEMS} at once: choose some")),
        _ => Ok(items),
    }
}
