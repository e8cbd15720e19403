//! What a step would run: a declared action with its parameters, or a command that only reads, as arguments. A value that
//! somebody filled in is a part of one argument and is never read as shell.

use indexmap::IndexMap;

use crate::base::Variables;
use crate::base::template::Variable;
use crate::runbook::class::{Effect, shell_effect};
use crate::runbook::document::{ActionCall, Class, Step};
use crate::runbook::placeholder::{Field, FieldKind, fields, masked};
use crate::runbook::shell::{self, Piece, Word};
use crate::runbook::walk::{Walk, has_secret};

/// A declared action with everything filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its id.
    pub action: String,
    /// The values of its parameters.
    pub parameters: IndexMap<String, String>,
}

impl Walk {
    /// Fills a field of a step in, all places of it. The error says what fits.
    pub fn fill(&mut self, n: usize, name: &str, value: &str) -> Result<(), String> {
        let step = self.step(n).ok_or_else(|| format!("there is no step {n}"))?;
        let Some(field) = step.fields.iter().find(|field| field.name == name) else {
            let known: Vec<&str> = names(step);
            return Err(match known.as_slice() {
                [] => format!("step {n} asks for nothing"),
                known => format!("step {n} does not ask for '{name}', but for: {}", known.join(", ")),
            });
        };
        // what an action is given is checked by the action, which knows what fits; a parameter of a statement is no part of
        // its text, whatever it holds
        let kind = match field.kind {
            FieldKind::Text | FieldKind::Url if step.language == "sql" => FieldKind::Line,
            kind => kind,
        };
        if step.action.is_none()
            && let Some(wanted) = kind.refuses(value)
        {
            return Err(format!("'{name}' wants {wanted}"));
        }
        self.filled.insert((n, name.to_owned()), value.to_owned());
        Ok(())
    }

    /// What of a step is still to be filled in, each name once.
    pub fn missing(&self, n: usize) -> Vec<&Field> {
        let mut missing: Vec<&Field> = Vec::new();
        for field in self.step(n).map(|step| step.fields.as_slice()).unwrap_or_default() {
            let is_known = missing.iter().any(|known| known.name == field.name);
            if !is_known && !self.filled.contains_key(&(n, field.name.clone())) {
                missing.push(field);
            }
        }
        missing
    }

    /// The action's parameter that is this field and nothing else: what fits into it is the action's to say.
    pub fn parameter(&self, n: usize, field: &str) -> Option<(&ActionCall, &str)> {
        let call = self.step(n)?.action.as_ref()?;
        let is_it = |text: &str| {
            let [own] = &fields(text)[..] else { return false };
            own.name == field && own.span == (0..text.len())
        };
        let (name, _) = call.parameters.iter().find(|(_, text)| is_it(text))?;
        Some((call, name.text.as_str()))
    }

    /// The action of a step with what was filled in; `None` where it is no action, or something is missing.
    pub fn asked(&self, n: usize) -> Option<Asked> {
        let call = self.step(n)?.action.as_ref().filter(|_| self.missing(n).is_empty())?;
        let value = |text: &str| {
            let found = fields(text);
            let mut out = String::new();
            let mut at = 0;
            for field in &found {
                out.push_str(text.get(at..field.span.start)?);
                out.push_str(self.filled.get(&(n, field.name.clone()))?);
                at = field.span.end;
            }
            out.push_str(text.get(at..)?);
            Some(out)
        };
        let parameters = call.parameters.iter().map(|(name, text)| Some((name.text.clone(), value(text)?)));
        Some(Asked { action: call.id.text.clone(), parameters: parameters.collect::<Option<_>>()? })
    }

    /// Is it a command that is known to read only, whatever the runbook says of it?
    pub(super) fn reads_only(&self, n: usize) -> bool {
        let Some(step) = self.step(n).filter(|step| step.language == "bash") else { return false };
        let effect = shell_effect(&masked(&step.source, &step.fields));
        matches!(effect, Effect::Reads(_) | Effect::Follows(_)) && shell::argv(&step.source, &step.fields).is_some()
    }

    /// The arguments of a step's command, or why midwatch does not run it.
    pub fn command(&self, n: usize, variables: &Variables) -> Result<Vec<String>, String> {
        let step = self.step(n).ok_or_else(|| format!("there is no step {n}"))?;
        if has_secret(step) {
            return Err("it asks for a key, which no argument may hold".to_owned());
        }
        if !self.reads_only(n) {
            return Err(match step.language.as_str() {
                "bash" => "it is not one simple command that only reads, without a shell".to_owned(),
                _ => "it is no command".to_owned(),
            });
        }
        let words = shell::argv(&step.source, &step.fields).unwrap_or_default();
        words.iter().map(|word| self.word(n, step, word, variables)).collect()
    }

    /// Why a step that holds a command is left to hands; `None` of any other step, and of what is run.
    pub fn not_run(&self, n: usize, variables: &Variables) -> Option<String> {
        let step = self.step(n).filter(|step| step.language == "bash" && step.action.is_none())?;
        match step.class {
            Class::Act => Some("what changes something runs as a declared action, and this is none".to_owned()),
            Class::Check | Class::NeedsInput | Class::Choose if self.missing(n).is_empty() || has_secret(step) => {
                self.command(n, variables).err()
            }
            _ => None,
        }
    }

    fn word(&self, n: usize, step: &Step, word: &Word, variables: &Variables) -> Result<String, String> {
        let mut out = String::new();
        for piece in word {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Var(name) => match variables.0.get(name) {
                    Some(Variable::Plain(value)) => out.push_str(value),
                    Some(Variable::Secret(_)) => return Err(format!("{name} is a secret, which no argument may hold")),
                    None => return Err(format!("{name} is not set")),
                },
                Piece::Field(at) => {
                    let field = step.fields.get(*at).ok_or("a field is gone")?;
                    let value = self.filled.get(&(n, field.name.clone()));
                    out.push_str(value.ok_or_else(|| format!("'{}' is to be filled in", field.name))?);
                }
            }
        }
        Ok(out)
    }
}

fn names(step: &Step) -> Vec<&str> {
    let mut names: Vec<&str> = step.fields.iter().map(|field| field.name.as_str()).collect();
    names.dedup();
    names
}
