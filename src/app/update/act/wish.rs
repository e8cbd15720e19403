//! From a key, the menu or the palette to a question for a preview. Read-only ends every road here.

use indexmap::IndexMap;

use crate::action::{ActionSpec, RowKind, WhenUnknown};
use crate::app::act::menu::{self, READ_ONLY};
use crate::app::act::{Dialog, Field, Form, Mark, Reason, Stage, Wanted};
use crate::app::{Effect, Input, Model, Overlay, Redraw, Target};
use crate::base::ActionId;

/// An action is wished for, over a row where there is one.
pub(in crate::app::update) fn begin(model: &mut Model, action: &ActionId, target: Option<&Target>) -> Vec<Effect> {
    if model.options.read_only {
        super::super::toast(model, READ_ONLY.to_owned());
        return Vec::new();
    }
    let Some((wanted, form, spec)) = wish(model, action, target) else {
        super::super::toast(model, format!("there is no action '{action}' here"));
        return Vec::new();
    };
    let dialog = Dialog {
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
    };
    model.redraw = Redraw::Now;
    open(model, dialog)
}

/// The same once more, with a reason or on fresh readings.
pub(super) fn again(model: &mut Model, wanted: Wanted, ask: bool) -> Vec<Effect> {
    let watch = model.systems.iter().find(|watch| watch.system.name == wanted.system);
    let Some(spec) = watch.and_then(|watch| watch.system.action.get(&wanted.action)) else { return Vec::new() };
    let dialog = Dialog {
        title: spec.title.clone(),
        when_unknown: spec.when_unknown == WhenUnknown::Allow,
        wanted,
        stage: Stage::Reading,
        since: model.now.mono,
        scroll: 0,
        typed: Input::default(),
        reason: if ask { Reason::Asked(Input::default()) } else { Reason::NotAsked },
        note: None,
        opener: model.pressed,
    };
    open(model, dialog)
}

fn open(model: &mut Model, dialog: Dialog) -> Vec<Effect> {
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
fn wish(model: &Model, action: &ActionId, target: Option<&Target>) -> Option<(Wanted, Option<Form>, ActionSpec)> {
    let watch = menu::here(model)?;
    let spec = watch.system.action.get(action)?.clone();
    let row = target.map(|target| menu::marks_of(model, watch, target)).unwrap_or_default();
    // an opened row is meant itself; under the cursor of a panel all of its kind are
    let opened = matches!(model.overlays.last(), Some(Overlay::Detail { .. }));
    let marked = |kind: RowKind| of_kind(&model.marks, kind);
    let mut items = menu::item_kind(&spec).and_then(|kind| {
        let marked = marked(kind);
        let own = if opened { of_kind(&row, kind) } else { Vec::new() };
        Some(if marked.is_empty() { own } else { marked }).filter(|ids| !ids.is_empty())
    });
    let mut parameters = IndexMap::new();
    let mut fields = Vec::new();
    for (name, parameter) in &spec.parameter {
        let ids = parameter.from.map(marked).unwrap_or_default();
        let under = parameter.from.map(|kind| of_kind(&row, kind)).unwrap_or_default();
        match (ids.as_slice(), under.first()) {
            ([_, _, ..], _) if items.is_none() => items = Some(ids),
            ([one, ..], _) | ([], Some(one)) => _ = parameters.insert(name.clone(), one.clone()),
            ([], None) => {
                let one_of = parameter.one_of.clone().unwrap_or_default();
                let text = parameter.default.clone().or_else(|| one_of.first().cloned()).unwrap_or_default();
                let title = parameter.title.clone().unwrap_or_else(|| name.replace(['_', '-'], " "));
                fields.push(Field { name: name.clone(), title, input: Input { text }, one_of });
            }
        }
    }
    let form = (!fields.is_empty()).then_some(Form { fields, at: 0, problem: None });
    let wanted = Wanted { system: watch.system.name.clone(), action: action.clone(), parameters, items };
    Some((wanted, form, spec))
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
