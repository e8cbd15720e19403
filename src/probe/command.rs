//! The `command` probe: runs a program and reads what it says. argv and no shell, nothing on its standard input, an
//! environment of a few names, its whole process group ended within the component's timeout. Never two at once.
//!
//! It cannot make the program read only: what a command does is the word of who wrote the file. It runs none of a file
//! that others can write (see `PreparedSystem::prober`).
//!
//! Facts for the expressions: `exit`, `text` (standard output), `errors` (standard error), `body` (standard output as
//! JSON, where that is what it is said to be), `latency_ms`.

mod answer;
pub(in crate::probe) mod line;
pub(in crate::probe) mod run;

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::{Redactor, Template, Variables};
use crate::probe::deadline::Deadline;
use crate::probe::{Answer, ProbeError};
use line::Line;
use run::Starting;

/// What expressions may read of an answer.
pub const FACTS: &[&str] = &["exit", "text", "errors", "body", "latency_ms"];

/// `probe.command = { argv = ["mise", "run", "health-check"], env = { TOKEN = "${token}" }, output = "json" }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandProbe {
    /// The program, by its name on PATH or its absolute path, and its arguments: never a shell. No argument may hold a
    /// secret.
    pub argv: Vec<Template>,
    /// Environment variables that it is given beside the usual ones. The way for a secret.
    #[serde(default)]
    pub env: IndexMap<String, Template>,
    /// The folder that it runs in, an absolute path; `/` where it is left out.
    pub directory: Option<Template>,
    /// What its standard output is.
    #[serde(default)]
    pub output: OutputKind,
}

/// What a program writes to its standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// Text: the fact `text`.
    #[default]
    Text,
    /// One JSON value: the fact `body`, beside `text`.
    Json,
}

impl CommandProbe {
    /// Every text in it that may name variables.
    pub fn templates(&self) -> Vec<&Template> {
        self.argv.iter().chain(self.env.values()).chain(&self.directory).collect()
    }
}

/// Runs one command.
pub struct CommandPoller {
    /// The error is what is wrong with the command.
    line: Result<Line, ProbeError>,
    output: OutputKind,
    /// A start that had not ended when its poll did: nothing else is started before it is over.
    starting: Option<Starting>,
    timeout: Duration,
    redactor: Redactor,
}

impl CommandPoller {
    /// Fills the command in; the error is an unset variable.
    pub fn new(
        spec: &CommandProbe,
        timeout: Duration,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let line = Line::new(&spec.argv, &spec.env, spec.directory.as_ref(), variables)?;
        Ok(Self { line, output: spec.output, starting: None, timeout, redactor: redactor.clone() })
    }

    /// Runs it to its end, and ends it where it does not end by itself.
    pub async fn poll(&mut self) -> Result<Answer, ProbeError> {
        let deadline = Deadline::after(self.timeout);
        let polled = match &self.line {
            Ok(line) => match run::run(line, &mut self.starting, self.timeout, &deadline).await {
                Ok(ran) => answer::of(line, &ran, self.output, &self.redactor),
                Err(error) => Err(error),
            },
            Err(wrong) => Err(wrong.clone()),
        };
        polled.map_err(|error| error.redacted(&self.redactor))
    }
}
