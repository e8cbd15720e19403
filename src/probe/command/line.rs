//! A command with everything filled in, and why it may not be run as it is. Finding its program and starting it is left
//! to a thread that may wait for a disk.

use std::ffi::OsString;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::base::template::Variable;
use crate::base::text::quoted;
use crate::base::{Cause, Filled, Shown, Template, Variables};
use crate::probe::ProbeError;
use crate::probe::child::{self, Leader, program};

/// A command that can be run again and again.
#[derive(Clone, Debug)]
pub(in crate::probe) struct Line {
    argv: Vec<String>,
    environment: Vec<(String, Option<Filled>)>,
    directory: PathBuf,
}

impl Line {
    /// Fills it in. The outer error is an unset variable, the inner one what is wrong with it.
    pub(in crate::probe) fn new(
        argv: &[Template],
        env: &IndexMap<String, Template>,
        directory: Option<&Template>,
        variables: &Variables,
    ) -> Result<Result<Self, ProbeError>, String> {
        let words = argv.iter().map(|template| word(template, variables)).collect::<Result<Vec<_>, String>>()?;
        let fill = |(name, value): (&String, &Template)| Ok((name.clone(), Some(value.fill(variables)?)));
        let environment = env.iter().map(fill).collect::<Result<Vec<_>, String>>()?;
        let directory = directory.map(|directory| directory.fill(variables)).transpose()?;
        let directory = PathBuf::from(directory.as_ref().map_or("/", Filled::expose));
        Ok(words.into_iter().collect::<Result<Vec<_>, String>>().map_err(|why| not_started(&why)).and_then(|argv| {
            if argv.is_empty() {
                return Err(not_started("it names no program"));
            }
            if !directory.is_absolute() {
                let path = directory.to_string_lossy();
                return Err(not_started(&format!("'{path}' is a relative path: write the folder's absolute path")));
            }
            Ok(Self { argv, environment, directory })
        }))
    }

    /// Starts it. May wait for a disk.
    pub(in crate::probe) fn start(&self) -> Result<Leader, ProbeError> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = program::find(&self.argv[0], &path).map_err(|refused| not_started(&refused.to_string()))?;
        program::check_folder(&self.directory).map_err(|refused| not_started(&refused.to_string()))?;
        let env: Vec<(OsString, OsString)> = child::environment(&self.environment);
        let started = child::spawn(&program, &self.argv, &env, Some(&self.directory));
        started.map(Leader::of).map_err(|error| not_started(&child::not_started(&program, &error)))
    }
}

/// What it is, quoted as a shell would need it, without its environment.
impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
    }
}

/// One argument: whatever is in it, it stays one, is no option that nobody wrote, and no secret.
fn word(template: &Template, variables: &Variables) -> Result<Result<String, String>, String> {
    let filled = template.fill(variables)?;
    let text = filled.expose();
    let is_named_secret = template.variables().any(|name| matches!(variables.0.get(name), Some(Variable::Secret(_))));
    Ok(if is_named_secret || filled.is_secret() {
        // the password of a URL is one, whatever the variable is
        Err("an argument holds a secret, and every user of the machine can read an argv: pass it by env".to_owned())
    } else if text.contains('\0') {
        Err("an argument holds a NUL byte".to_owned())
    } else if template.begins_with_variable() && text.starts_with('-') {
        Err(format!("the argument '{filled}' of a variable could be read as an option"))
    } else {
        Ok(text.to_owned())
    })
}

pub(in crate::probe) fn not_started(why: &str) -> ProbeError {
    let why = Shown::line_from_remote(why);
    ProbeError::new(Cause::NotStarted, format!("not started: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;

    fn line(argv: &[&str], directory: Option<&str>) -> Result<Line, ProbeError> {
        let plain = |text: &str| Variable::Plain(text.to_owned());
        let variables = Variables(
            [
                ("name".to_owned(), plain("a b; rm -rf /")),
                ("option".to_owned(), plain("--all")),
                ("store".to_owned(), plain("redis://:hunter22@h/0")),
                ("key".to_owned(), Variable::Secret(Secret::new("s3cret-key".into()))),
            ]
            .into(),
        );
        let argv: Vec<Template> = argv.iter().map(|word| word.parse().unwrap()).collect();
        let directory = directory.map(|directory| directory.parse().unwrap());
        Line::new(&argv, &IndexMap::new(), directory.as_ref(), &variables).unwrap()
    }

    #[test]
    fn an_argument_stays_one_and_what_may_not_be_one_is_refused() {
        assert_eq!(line(&["tool", "${name}"], None).unwrap().to_string(), "tool 'a b; rm -rf /'");
        assert_eq!(line(&["tool", "--of=${option}"], None).unwrap().argv[1], "--of=--all");
        for (argv, directory, wanted) in [
            (&["tool", "${option}"][..], None, "could be read as an option"),
            (&["tool", "k=${key}"], None, "holds a secret"),
            (&["tool", "${store}"], None, "holds a secret"),
            (&["tool", "a\0b"], None, "holds a NUL byte"),
            (&[], None, "names no program"),
            (&["tool"], Some("srv/shop"), "is a relative path"),
        ] {
            let error = line(argv, directory).unwrap_err();
            assert!(error.text.starts_with("not started: ") && error.text.contains(wanted), "{argv:?}: {error}");
            assert!(!error.text.contains("s3cret") && !error.text.contains("hunter"), "{error}");
            assert_eq!(error.cause, Cause::NotStarted);
        }
        assert_eq!(
            Line::new(&["${nope}".parse().unwrap()], &IndexMap::new(), None, &Variables::default()).err(),
            Some("nope".to_owned())
        );
    }
}
