//! From a key, the menu or the palette to a question for a preview. Read-only ends every road here.

use indexmap::IndexMap;

use crate::action::{ActionSpec, RowKind, WhenUnknown};
use crate::app::act::menu::{self, READ_ONLY};
use crate::app::act::{Dialog, Field, Form, Mark, Reason, Stage, Wanted};
use crate::app::recovery::BookKey;
use crate::app::{Effect, Input, Model, Overlay, Redraw, Target};
use crate::base::ActionId;

/// An action is wished for, over a row where there is one.
pub(in crate::app::update) fn begin(model: &mut Model, action: &ActionId, target: Option<&Target>) -> Vec<Effect> {
    if model.options.read_only {
        super::super::toast(model, READ_ONLY.to_owned());
        return Vec::new();
    }
    if let Some(why) = crate::app::update::past::no_act(model) {
        super::super::toast(model, why);
        return Vec::new();
    }
    let (wanted, form, spec) = match wish(model, action, target) {
        Ok(wish) => wish,
        Err(why) => {
            super::super::toast(model, why);
            return Vec::new();
        }
    };
    let dialog = dialog(model, wanted, form, &spec);
    open(model, dialog)
}

/// The action of a runbook's step, with the parameters that the runbook gives it.
pub(in crate::app::update) fn begin_step(
    model: &mut Model,
    action: &ActionId,
    parameters: IndexMap<String, String>,
    step: (BookKey, usize),
) -> Vec<Effect> {
    let (mut wanted, form, spec) = match wish(model, action, None) {
        Ok(wish) => wish,
        Err(why) => {
            super::super::toast(model, why);
            return Vec::new();
        }
    };
    let form = form.map(|mut form| {
        form.fields.retain(|field| !parameters.contains_key(&field.name));
        form
    });
    let form = form.filter(|form| !form.fields.is_empty());
    wanted.parameters.extend(parameters);
    let dialog = Dialog { step: Some(step), ..dialog(model, wanted, form, &spec) };
    open(model, dialog)
}

/// The same once more, with a reason or on fresh readings; for the same step of a runbook, where it was for one.
pub(super) fn again(model: &mut Model, wanted: Wanted, ask: bool, step: Option<(BookKey, usize)>) -> Vec<Effect> {
    let watch = model.systems.iter().find(|watch| watch.system.name == wanted.system);
    let Some(spec) = watch.and_then(|watch| watch.system.action.get(&wanted.action)) else { return Vec::new() };
    let reason = if ask { Reason::Asked(Input::default()) } else { Reason::NotAsked };
    let dialog = Dialog { reason, step, ..dialog(model, wanted, None, spec) };
    open(model, dialog)
}

/// A dialog that begins: with the form where something is to be asked for, else with the reading of the preview.
fn dialog(model: &Model, wanted: Wanted, form: Option<Form>, spec: &ActionSpec) -> Dialog {
    Dialog {
        wanted,
        title: spec.title.clone(),
        when_unknown: spec.when_unknown == WhenUnknown::Allow,
        stage: form.map_or(Stage::Reading, Stage::Asking),
        since: model.now.mono,
        scroll: 0,
        typed: Input::default(),
        reason: Reason::NotAsked,
        note: None,
        opener: model.pressed,
        step: None,
    }
}

fn open(model: &mut Model, dialog: Dialog) -> Vec<Effect> {
    model.redraw = Redraw::Now;
    let effects = if dialog.stage == Stage::Reading { ask(model, &dialog.wanted) } else { Vec::new() };
    model.overlays.push(Overlay::Confirm(Box::new(dialog)));
    effects
}

/// Asks for a preview, and remembers that it did: only the answer to the last question counts.
pub(super) fn ask(model: &mut Model, wanted: &Wanted) -> Vec<Effect> {
    *model.plans.entry((wanted.system.clone(), wanted.action.clone())).or_insert(0) += 1;
    let Wanted { system, action, parameters, items } = wanted.clone();
    vec![Effect::Plan { system, action, parameters, items }]
}

/// What is wanted, from the marked rows, else from the row; and what is still to be asked for.
fn wish(
    model: &Model,
    action: &ActionId,
    target: Option<&Target>,
) -> Result<(Wanted, Option<Form>, ActionSpec), String> {
    let found = menu::here(model).and_then(|watch| Some((watch, watch.system.action.get(action)?.clone())));
    let (watch, spec) = found.ok_or_else(|| format!("there is no action '{action}' here"))?;
    // without a row nothing is marked by standing on it
    let row = target.map(|target| menu::marks_of(model, watch, target)).unwrap_or_default();
    // an opened row is meant itself; under the cursor of a panel all of its kind are
    let opened = matches!(model.overlays.last(), Some(Overlay::Detail { .. }));
    let marked = |kind: RowKind| of_kind(&model.marks, kind);
    let items = menu::item_kind(&spec).and_then(|kind| {
        let marked = marked(kind);
        // the worker under the cursor, not all of them
        let own = if opened || kind == RowKind::Worker { of_kind(&row, kind) } else { Vec::new() };
        let mut ids = if marked.is_empty() { own } else { marked };
        ids.retain(|id| kind != RowKind::Job || id.contains('/'));
        Some(ids).filter(|ids| !ids.is_empty())
    });
    let mut parameters = IndexMap::new();
    let mut fields = Vec::new();
    for (name, parameter) in &spec.parameter {
        // a parameter that stands for no row takes none
        let ids = parameter.from.map(marked).unwrap_or_default();
        let under = parameter.from.map(|kind| of_kind(&row, kind)).unwrap_or_default();
        match (ids.as_slice(), under.first()) {
            // the items are what it is about; a parameter of their kind only has to be there
            ([first, _, ..], _) if menu::item_kind(&spec) == parameter.from => {
                parameters.insert(name.clone(), first.clone());
            }
            ([_, _, ..], _) => {
                return Err(format!("{} takes one row at a time, and {} are marked", spec.title, ids.len()));
            }
            ([one], _) | ([], Some(one)) => {
                // of `queue/id` the id
                let bare = if parameter.from == Some(RowKind::Job) { one.rsplit('/').next() } else { None };
                parameters.insert(name.clone(), bare.unwrap_or(one).to_owned());
            }
            ([], None) => {
                // nothing to choose from is free text, which begins empty where nothing is declared
                let one_of = parameter.one_of.clone().unwrap_or_default();
                let text = parameter.default.clone().or_else(|| one_of.first().cloned()).unwrap_or_default();
                let title = parameter.title.clone().unwrap_or_else(|| name.replace(['_', '-'], " "));
                fields.push(Field { name: name.clone(), title, input: Input { text }, one_of });
            }
        }
    }
    let form = (!fields.is_empty()).then_some(Form { fields, at: 0, problem: None });
    let wanted = Wanted { system: watch.system.name.clone(), action: action.clone(), parameters, items };
    Ok((wanted, form, spec))
}

fn of_kind<'m>(marks: impl IntoIterator<Item = &'m Mark>, kind: RowKind) -> Vec<String> {
    marks.into_iter().filter(|(own, _)| *own == kind).map(|(_, id)| id.clone()).collect()
}

/// Marks a row, or takes its mark away. Tells whether it can be marked.
pub(in crate::app::update) fn toggle_mark(model: &mut Model, target: &Target) -> bool {
    let mark = model.watch().and_then(|watch| menu::marks_of(model, watch, target).into_iter().next());
    let Some(mark) = mark else { return false };
    if !model.marks.shift_remove(&mark) {
        model.marks.insert(mark);
    }
    true
}
