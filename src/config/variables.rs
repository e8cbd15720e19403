//! The values of a system's variables: flag before environment before default. No environment is read here: the caller
//! hands it in. Values of secrets never reach a message.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use regex::Regex;

use crate::base::problem::nearest;
use crate::base::template::Variable;
use crate::base::{Redactor, Secret, SystemName, Variables};
use crate::config::{System, VarSpec};

/// One `--var [SYSTEM.]NAME=VALUE`: the system where it is given, the name, the value.
pub type Override = (Option<SystemName>, String, String);

/// Looks an environment variable up.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a variable's value, or a flag, cannot stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}{}", help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
pub struct VariableProblem {
    /// Where it was given, as the user wrote it: `--var dialect`, `SABINE_DIALECT`.
    pub place: String,
    /// What is wrong. Never holds the value of a secret.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// What set a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// `--var`.
    Flag,
    /// Its environment variable.
    Environment,
    /// The default of the system file.
    Default,
    /// Nothing: what needs it is not configured.
    Unset,
}

impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            SetBy::Flag => "flag",
            SetBy::Environment => "environment",
            SetBy::Default => "default",
            SetBy::Unset => "not set",
        })
    }
}

/// One variable as `doctor` tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableReport {
    /// Its name in the file.
    pub name: String,
    /// The environment variable that sets it.
    pub env: Option<String>,
    /// What set it.
    pub set_by: SetBy,
    /// The value without userinfo; of a secret only its length; `None` where it is not set.
    pub shown: Option<String>,
    /// What it is.
    pub about: Option<String>,
    /// True when it is a secret.
    pub secret: bool,
    /// True when the system cannot do without it.
    pub required: bool,
    /// What is doubtful about the value.
    pub doubt: Option<String>,
}

/// The values of one system's variables.
pub fn resolve(system: &System, overrides: &[Override], env: Lookup<'_>) -> Result<Variables, Vec<VariableProblem>> {
    let mut all = resolve_each(&[system], overrides, env)?;
    Ok(all.pop().unwrap_or_default())
}

/// The values of several systems' variables, in their order. A flag without a system sets the variable in each that has
/// it; one that no system has is a mistake.
pub fn resolve_each(
    systems: &[&System],
    overrides: &[Override],
    env: Lookup<'_>,
) -> Result<Vec<Variables>, Vec<VariableProblem>> {
    let mut problems = unknown(systems, overrides);
    let mut all = Vec::with_capacity(systems.len());
    for system in systems {
        let mut values = HashMap::new();
        for (name, spec) in &system.var {
            match value(system, name, spec, overrides, env) {
                (_, None) => {}
                (by, Some(text)) => match judge(name, spec, by, &text) {
                    Some(problem) => problems.push(problem),
                    None => drop(values.insert(name.clone(), wrap(spec, text))),
                },
            }
        }
        all.push(Variables(values));
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

/// Every variable of a system, in the order of the file.
pub fn report(system: &System, overrides: &[Override], env: Lookup<'_>) -> Vec<VariableReport> {
    let one = |(name, spec): (&String, &VarSpec)| {
        let (set_by, text) = value(system, name, spec, overrides, env);
        let shown = text.as_deref().map(|text| shown(spec, text));
        let doubt = text.as_deref().and_then(|text| doubt(system, name, spec, set_by, text));
        VariableReport {
            name: name.clone(),
            env: spec.env.clone(),
            set_by,
            shown,
            about: spec.about.clone(),
            secret: spec.secret,
            required: spec.required,
            doubt,
        }
    };
    system.var.iter().map(one).collect()
}

/// Environment variables that several of these systems read: set, they say of none that it is meant.
pub fn shared_names(systems: &[System]) -> BTreeSet<String> {
    let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for system in systems {
        let names: BTreeSet<&String> = system.var.values().filter_map(|spec| spec.env.as_ref()).collect();
        shared.extend(names.iter().filter(|name| seen.contains(**name)).map(|name| (*name).clone()));
        seen.extend(names);
    }
    shared
}

/// True when the environment says that this system is meant: it sets a variable that a probe needs, or one that is not
/// secret and that something in the file uses. Neither a key that a developer's shell holds anyway (`ANTHROPIC_API_KEY`)
/// nor a name that another system has as well starts a watch.
pub fn is_meant(system: &System, shared: &BTreeSet<String>, env: Lookup<'_>) -> bool {
    let needed = |name: &str| {
        system.component.values().any(|spec| spec.probe.templates().iter().any(|t| t.variables().any(|v| v == name)))
    };
    let chooses = |name: &str| {
        let components = system.component.values().filter_map(|one| one.choose.as_deref());
        let actions = system.action.values().filter_map(|one| one.choose.as_deref());
        let jobs = system.job.values().filter_map(|one| one.choose.as_deref());
        components.chain(actions).chain(jobs).any(|chosen| chosen == name)
    };
    let used = |name: &str| chooses(name) || system.text.contains(&format!("${{{name}}}"));
    system.var.iter().any(|(name, spec)| {
        let is_own = |env: &&str| !shared.contains(*env);
        let set = spec.env.as_deref().filter(is_own).and_then(env).is_some_and(|text| tidy(&text).is_some());
        set && (needed(name) || (!spec.secret && used(name)))
    })
}

/// The value and what set it.
fn value(
    system: &System,
    name: &str,
    spec: &VarSpec,
    overrides: &[Override],
    env: Lookup<'_>,
) -> (SetBy, Option<String>) {
    // the last one wins, and one that names the system wins over one that does not
    let flag = |named: bool| {
        let mine = |o: &&Override| o.1 == name && o.0.as_ref().map_or(!named, |s| named && *s == system.name);
        overrides.iter().rev().find(mine).and_then(|o| tidy(&o.2))
    };
    if let Some(text) = flag(true).or_else(|| flag(false)) {
        return (SetBy::Flag, Some(text));
    }
    if let Some(text) = spec.env.as_deref().and_then(env).and_then(|text| tidy(&text)) {
        return (SetBy::Environment, Some(text));
    }
    match &spec.default {
        Some(text) => (SetBy::Default, Some(text.clone())),
        None => (SetBy::Unset, None),
    }
}

/// Without the white space that files and shells leave at the ends; nothing left is not set. An address loses its last
/// slash, so that `${api_url}/health` has one and not two.
fn tidy(text: &str) -> Option<String> {
    let text = text.trim();
    let is_address = text.starts_with("http://") || text.starts_with("https://");
    let text = if is_address { text.trim_end_matches('/') } else { text };
    (!text.is_empty()).then(|| text.to_owned())
}

fn wrap(spec: &VarSpec, text: String) -> Variable {
    if spec.secret { Variable::Secret(Secret::new(text)) } else { Variable::Plain(text) }
}

fn shown(spec: &VarSpec, text: &str) -> String {
    if spec.secret { Secret::new(text.to_owned()).told() } else { Redactor::default().redact(text) }
}

fn judge(name: &str, spec: &VarSpec, by: SetBy, text: &str) -> Option<VariableProblem> {
    let allowed = spec.one_of.as_ref().filter(|allowed| !allowed.iter().any(|one| one == text))?;
    let place = match (by, &spec.env) {
        (SetBy::Environment, Some(env)) => env.clone(),
        _ => format!("--var {name}"),
    };
    let value = if spec.secret { "the value".to_owned() } else { format!("'{}'", Redactor::default().redact(text)) };
    let near = if spec.secret { None } else { nearest(text, allowed.iter().map(String::as_str)) };
    let message = format!("{value} is not one of: {}", allowed.join(", "));
    Some(VariableProblem { place, message, help: near.map(|near| format!("did you mean '{near}'?")) })
}

/// Flags that set nothing.
fn unknown(systems: &[&System], overrides: &[Override]) -> Vec<VariableProblem> {
    let problem = |(scope, name, _): &Override| {
        let place = scope.as_ref().map_or_else(|| format!("--var {name}"), |scope| format!("--var {scope}.{name}"));
        let meant: Vec<&&System> = systems.iter().filter(|s| scope.as_ref().is_none_or(|n| *n == s.name)).collect();
        let watched: Vec<&str> = systems.iter().map(|system| system.name.as_str()).collect();
        if let (Some(scope), true) = (scope, meant.is_empty()) {
            let message = format!("system '{scope}' is not watched");
            let help = match nearest(scope.as_str(), watched.iter().copied()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("watched: {}", watched.join(", ")),
            };
            return Some(VariableProblem { place, message, help: Some(help) });
        }
        if meant.iter().any(|system| system.var.contains_key(name)) {
            return None;
        }
        let known: Vec<&str> = meant.iter().flat_map(|system| system.var.keys().map(String::as_str)).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None if known.is_empty() => "the system has no variables".to_owned(),
            None => format!("there are: {}", known.join(", ")),
        };
        let of = meant.iter().map(|system| system.name.as_str()).collect::<Vec<_>>().join(", ");
        Some(VariableProblem { place, message: format!("{of} has no variable '{name}'"), help: Some(help) })
    };
    overrides.iter().filter_map(problem).collect()
}

fn doubt(system: &System, name: &str, spec: &VarSpec, by: SetBy, text: &str) -> Option<String> {
    if let Some(problem) = judge(name, spec, by, text) {
        return Some(problem.message);
    }
    if spec.secret && by == SetBy::Flag {
        return Some("given by a flag: every user of this machine can read it in the process list".to_owned());
    }
    let whole = spec.pattern.as_ref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
    if whole.is_some_and(|whole| !whole.is_match(text)) {
        return spec.pattern.as_ref().map(|pattern| format!("is malformed: it does not match {pattern}"));
    }
    let schemes = system.component.values().find_map(|component| {
        let opens = |t: &&crate::base::Template| t.to_string().starts_with(&format!("${{{name}}}"));
        component.probe.templates().into_iter().find(opens).and_then(|_| match component.probe.kind() {
            "http" | "prometheus" | "promql" | "alertmanager" => Some(&["http", "https"][..]),
            "postgres" => Some(&["postgresql", "postgres"][..]),
            "redis" | "rq" => Some(&["redis", "rediss", "redis+unix", "unix"][..]),
            _ => None,
        })
    })?;
    let right = url::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()));
    (!right).then(|| format!("is not a whole address: write {}://host:port", schemes[0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Source;

    const FILE: &str = r#"
        title = "Shop"
        [var.url]
        env = "SHOP_URL"
        default = "http://127.0.0.1:1"
        [var.key]
        env = "SHOP_KEY"
        secret = true
        [var.other_key]
        env = "OTHER_KEY"
        secret = true
        [var.mode]
        env = "SHOP_MODE"
        default = "calm"
        one_of = ["calm", "wild"]
        [component.api]
        probe.http = { url = "${url}/health", headers = { X-API-Key = "${key}" } }
    "#;

    fn shop() -> System {
        let source = Source { path: "shop.toml".into(), text: FILE.into() };
        crate::config::load(SystemName::new("shop").unwrap(), &source).unwrap()
    }

    fn flag(text: &str) -> Override {
        let (name, value) = text.split_once('=').unwrap();
        match name.split_once('.') {
            Some((system, name)) => (SystemName::new(system).ok(), name.to_owned(), value.to_owned()),
            None => (None, name.to_owned(), value.to_owned()),
        }
    }

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn flag_before_environment_before_default() {
        for (flags, variables, url) in [
            (&[][..], &[][..], "http://127.0.0.1:1"),
            (&[], &[("SHOP_URL", "http://e:2/")], "http://e:2"),
            (&[], &[("SHOP_URL", "  \n")], "http://127.0.0.1:1"),
            (&["url=http://f:3"], &[("SHOP_URL", "http://e:2")], "http://f:3"),
            (&["shop.url=http://s:4", "url=http://f:3"], &[], "http://s:4"),
            (&["url=http://f:3", "url=http://f:5"], &[], "http://f:5"),
        ] {
            let flags: Vec<Override> = flags.iter().map(|text| flag(text)).collect();
            let values = resolve(&shop(), &flags, &env(variables)).unwrap();
            assert_eq!(values.plain("url"), Some(url), "{flags:?} {variables:?}");
        }
    }

    #[test]
    fn what_is_not_set_is_left_out_and_what_is_not_allowed_is_told() {
        let values = resolve(&shop(), &[], &env(&[])).unwrap();
        assert!(!values.0.contains_key("key"));
        let flags = [flag("moed=wild"), flag("shop.mode=wlid"), flag("stop.mode=wild")];
        let told: Vec<String> =
            resolve(&shop(), &flags, &env(&[])).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "--var moed: shop has no variable 'moed'; did you mean 'mode'?",
                "--var stop.mode: system 'stop' is not watched; did you mean 'shop'?",
                "--var mode: 'wlid' is not one of: calm, wild; did you mean 'wild'?",
            ]
        );
        let problems = resolve(&shop(), &[], &env(&[("SHOP_MODE", "mad")])).unwrap_err();
        assert_eq!(problems[0].to_string(), "SHOP_MODE: 'mad' is not one of: calm, wild");
    }

    #[test]
    fn a_report_tells_what_set_each_and_shows_no_secret() {
        let pairs = [("SHOP_KEY", "s3cret-value"), ("SHOP_URL", "127.0.0.1:8001")];
        let all = report(&shop(), &[flag("other_key=0ther-s3cret")], &env(&pairs));
        let told: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.set_by, one.shown.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("url", SetBy::Environment, Some("127.0.0.1:8001")),
                ("key", SetBy::Environment, Some("set, 12 characters")),
                ("other_key", SetBy::Flag, Some("set, 12 characters")),
                ("mode", SetBy::Default, Some("calm")),
            ]
        );
        assert_eq!(all[0].doubt.as_deref(), Some("is not a whole address: write http://host:port"));
        assert!(all[2].doubt.as_deref().unwrap().contains("process list"));
        assert!(!format!("{all:?}").contains("s3cret"));
    }

    #[test]
    fn a_key_that_a_shell_holds_anyway_starts_no_watch() {
        for (name, meant) in
            [("SHOP_URL", true), ("SHOP_KEY", true), ("OTHER_KEY", false), ("SHOP_MODE", false), ("PATH", false)]
        {
            assert_eq!(is_meant(&shop(), &BTreeSet::new(), &env(&[(name, "x")])), meant, "{name}");
        }
        assert!(!is_meant(&shop(), &BTreeSet::new(), &env(&[("SHOP_URL", "")])));
        let shared = shared_names(&[shop(), shop()]);
        assert!(!is_meant(&shop(), &shared, &env(&[("SHOP_URL", "x")])), "which of the two is not told");
        assert!(shared_names(&[shop()]).is_empty());
    }
}
