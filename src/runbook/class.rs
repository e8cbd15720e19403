//! What a command may do: it reads, changes, destroys, is for hands, or is never run. Whatever is not known to read
//! only counts as a change; one part of a command that is worse makes all of it worse.

mod curl;
mod elsewhere;
mod endless;
mod file;
mod idle;
mod program;
mod script;
mod secret;
mod tools;

use std::borrow::Cow;

use crate::action::Risk;
use crate::runbook::document::Class;
use crate::runbook::placeholder::{Field, fields, masked};
use crate::runbook::shell::{self, Command, Script, Then};
use crate::runbook::sql;

/// What one command does, and why that is known. Worse ones come later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that outlives it: `cd`, `export`.
    Idle(Cow<'static, str>),
    /// It reads.
    Reads(Cow<'static, str>),
    /// It reads and does not end.
    Follows(Cow<'static, str>),
    /// It changes something.
    Changes(Cow<'static, str>),
    /// It takes something away for good.
    Destroys(Cow<'static, str>),
    /// It is for a person.
    Hands(Cow<'static, str>),
    /// It is never run.
    Never(Cow<'static, str>),
}

impl Effect {
    pub(super) fn reads(why: impl Into<Cow<'static, str>>) -> Self {
        Effect::Reads(why.into())
    }

    pub(super) fn changes(why: impl Into<Cow<'static, str>>) -> Self {
        Effect::Changes(why.into())
    }

    pub(super) fn destroys(why: impl Into<Cow<'static, str>>) -> Self {
        Effect::Destroys(why.into())
    }

    pub(super) fn never(why: impl Into<Cow<'static, str>>) -> Self {
        Effect::Never(why.into())
    }

    fn rank(&self) -> u8 {
        match self {
            Effect::Idle(_) => 0,
            Effect::Reads(_) => 1,
            Effect::Follows(_) => 2,
            Effect::Changes(_) => 3,
            Effect::Destroys(_) => 4,
            Effect::Hands(_) => 5,
            Effect::Never(_) => 6,
        }
    }

    /// The worse of two, the first where they are equal.
    pub(super) fn and(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    /// In one line.
    #[cfg(test)]
    pub(super) fn why(&self) -> &str {
        self.words()
    }

    /// In one line, to be kept.
    pub(super) fn words(&self) -> &Cow<'static, str> {
        match self {
            Effect::Idle(why)
            | Effect::Reads(why)
            | Effect::Follows(why)
            | Effect::Changes(why)
            | Effect::Destroys(why)
            | Effect::Hands(why)
            | Effect::Never(why) => why,
        }
    }

    /// What it may break, where it runs.
    pub(super) fn risk(&self) -> Risk {
        match self {
            Effect::Idle(_) | Effect::Reads(_) | Effect::Follows(_) => Risk::Safe,
            Effect::Changes(_) | Effect::Hands(_) | Effect::Never(_) => Risk::Disruptive,
            Effect::Destroys(_) => Risk::Destructive,
        }
    }

    fn class(&self) -> Class {
        match self {
            Effect::Reads(_) | Effect::Follows(_) => Class::Check,
            Effect::Changes(_) | Effect::Destroys(_) => Class::Act,
            Effect::Idle(_) | Effect::Hands(_) => Class::Manual,
            Effect::Never(_) => Class::Never,
        }
    }
}

/// The judgement of a source.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) class: Class,
    pub(super) why: Cow<'static, str>,
    pub(super) risk: Risk,
    pub(super) time_boxed: bool,
    pub(super) fields: Vec<Field>,
}

/// Judges a source by its language.
pub(super) fn judge(language: &str, source: &str) -> Judged {
    let fields = fields(source);
    let plain = masked(source, &fields);
    let effect = match language {
        "bash" => shell_effect(&plain),
        "sql" => sql::effect(&plain),
        _ => Effect::Hands(to_read(language)),
    };
    let (class, risk, time_boxed) = (effect.class(), effect.risk(), matches!(effect, Effect::Follows(_)));
    let why = effect.words().clone();
    if fields.is_empty() || !matches!(class, Class::Check | Class::Act) {
        return Judged { class, why, risk, time_boxed, fields };
    }
    let mut names: Vec<&str> = Vec::new();
    for field in fields.iter().filter(|field| !names.contains(&field.name.as_str())).take(4).collect::<Vec<_>>() {
        names.push(&field.name);
    }
    let redirects =
        if language == "bash" && source.contains('<') && fields.iter().any(|f| source[f.span.clone()].starts_with('<'))
        {
            "; as it stands a shell would redirect by it"
        } else {
            ""
        };
    let why = format!("asks for {}{redirects}; then: {why}", names.join(", "));
    Judged { class: Class::NeedsInput, why: why.into(), risk, time_boxed, fields }
}

fn to_read(language: &str) -> Cow<'static, str> {
    match language {
        "" | "text" => "to read: no command".into(),
        "json" | "yaml" | "yml" | "toml" | "ini" | "env" => "to read: data, no command".into(),
        "http" => "an HTTP request without a program that sends it".into(),
        "markdown" | "md" => "to read: a template".into(),
        other => format!("to read: {} is no shell", crate::base::Shown::from_remote(other).as_str()).into(),
    }
}

/// What a text of shell does.
pub(super) fn shell_effect(text: &str) -> Effect {
    shell_effect_at(text, 0)
}

/// The same of a text that so many programs run.
fn shell_effect_at(text: &str, depth: usize) -> Effect {
    if is_call(text) {
        return Effect::Hands("no command of a shell: a call in a program".into());
    }
    let script = shell::read(text);
    if script.commands.is_empty() {
        return Effect::Hands(if script.open { "cannot be read as shell" } else { "nothing to run" }.into());
    }
    let mut worst: Option<Effect> = None;
    let mut endless = None;
    for (n, command) in script.commands.iter().enumerate() {
        let is_fed = n > 0 && script.commands[n - 1].then == Then::Pipe;
        let next = script.commands.get(n + 1).filter(|_| command.then == Then::Pipe);
        let effect = of_command(command, is_fed, next, depth);
        if let Effect::Follows(why) = &effect {
            endless = Some(why.clone());
        }
        worst = Some(match worst {
            Some(worst) => worst.and(effect),
            None => effect,
        });
    }
    let effect = shaped(&script, worst.unwrap_or(Effect::Hands("nothing to run".into())));
    match (effect, endless) {
        // what changes something and then stays would stay until its time is over
        (Effect::Changes(why), Some(endless)) => Effect::Changes(format!("{why}; a part of it: {endless}").into()),
        (effect, _) => effect,
    }
}

/// `metrics.getCounter("x")` is code; `f() { …; }` is shell.
fn is_call(text: &str) -> bool {
    let Some((name, rest)) = text.trim_start().split_once('(') else { return false };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
    is_name && !rest.trim_start().starts_with(')')
}

/// What the shape of the text adds.
fn shaped(script: &Script, effect: Effect) -> Effect {
    if script.loops {
        return effect.and(Effect::never("a loop that may never end"));
    }
    if script.commands.iter().any(|command| command.then == Then::Background) {
        return effect.and(Effect::never("is left running in the background, where nobody sees its end"));
    }
    if script.open {
        return effect.and(Effect::changes("cannot be read to its end"));
    }
    if script.compound {
        return effect.and(Effect::changes("several commands in one: a loop, a branch or a subshell"));
    }
    effect
}

fn of_command(command: &Command, is_fed: bool, next: Option<&Command>, depth: usize) -> Effect {
    let words: Vec<String> = command.words.iter().map(shell::Read::text).collect();
    let mut effect = match words.split_first() {
        None if command.assigned.is_empty() => Effect::changes("empties a file"),
        None => idle::assignment(&command.assigned),
        Some(_) => program::effect(&program::Call {
            words: &words,
            read: &command.words,
            reads: &command.reads,
            is_fed: is_fed || command.is_fed || !command.reads.is_empty(),
            next: next.and_then(|next| next.words.first()).map(shell::Read::text),
            depth,
        }),
    };
    // `PATH=… ls` runs something else than `ls`
    let trusted =
        |name: &String| matches!(name.as_str(), "LC_ALL" | "LANG" | "TZ" | "PGPASSWORD" | "PGHOST" | "PGUSER");
    if !words.is_empty() && !command.assigned.iter().all(trusted) {
        effect = effect.and(Effect::changes("changes the environment of what it runs"));
    }
    // a text that is fed to what shows it, with a secret written out
    let prints = words.first().is_some_and(|name| file::is_printer(name)) && command.writes.is_empty();
    if let Some(name) = command.fed.iter().find(|name| prints && secret::is_secret(name)) {
        effect = effect.and(secret::prints(name));
    }
    if let Some(file) = command.writes.first() {
        effect =
            effect.and(Effect::changes(format!("writes the file {}", crate::base::Shown::from_remote(file).as_str())));
    }
    effect
}

#[cfg(test)]
mod tests;
