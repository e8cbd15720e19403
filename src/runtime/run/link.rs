//! The connection of one operation: everything under one deadline, what changes something sent once, and all that is said
//! of it without secrets.

use std::time::Duration;

use redis::{Pipeline, Value};

use crate::base::{Cause, Filled, Redactor};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::redis::connection::{Connection, Unanswered};
use crate::probe::redis::reply;

/// A connection with its deadline.
pub(in crate::runtime) struct Link {
    connection: Connection,
    deadline: Deadline,
    redactors: [Redactor; 2],
}

impl Link {
    /// Connects at the first question; ends within `timeout`, all in all.
    pub(in crate::runtime) fn new(url: &Filled, timeout: Duration, redactor: &Redactor) -> Self {
        let connection = Connection::new(url, timeout);
        let redactors = [connection.redactor(), redactor.clone()];
        Self { connection, deadline: Deadline::after(timeout), redactors }
    }

    /// Asks: reading commands only. An error reply to any of them is an error of all.
    pub(in crate::runtime) async fn ask(&mut self, pipe: &Pipeline) -> Result<Vec<Value>, ProbeError> {
        let replies = self.connection.run_by(pipe, &self.deadline).await.map_err(|error| self.clean(error))?;
        for (reply, command) in replies.iter().zip(pipe.cmd_iter()) {
            if let Value::ServerError(error) = reply {
                return Err(self.clean(reply::told(error, &name(command))));
            }
        }
        Ok(replies)
    }

    /// Asks one thing.
    pub(in crate::runtime) async fn ask_one(&mut self, words: &[&[u8]]) -> Result<Value, ProbeError> {
        let replies = self.ask(&pipe([words])).await?;
        replies.into_iter().next().ok_or_else(malformed)
    }

    /// Tells it to do something, once. Error replies stay in their places.
    pub(in crate::runtime) async fn tell(
        &mut self,
        pipe: &Pipeline,
    ) -> Result<Vec<Result<Value, ProbeError>>, Unanswered> {
        let replies = match self.connection.run_once(pipe, &self.deadline).await {
            Ok(replies) => replies,
            Err(Unanswered { error, was_sent }) => return Err(Unanswered { error: self.clean(error), was_sent }),
        };
        let told = replies.into_iter().zip(pipe.cmd_iter()).map(|(reply, command)| match reply {
            Value::ServerError(error) => Err(self.clean(reply::told(&error, &name(command)))),
            reply => Ok(reply),
        });
        Ok(told.collect())
    }

    /// What an error means that a script met.
    pub(in crate::runtime) fn scripted(&self, words: &str) -> ProbeError {
        let line: String = words.trim_start_matches('-').chars().filter(|c| !c.is_control()).collect();
        let error = match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()) {
            Ok(Value::ServerError(error)) => reply::told(&error, "EVAL"),
            _ => ProbeError::new(Cause::ServerError, line),
        };
        self.clean(error)
    }

    /// Time since it was made.
    pub(in crate::runtime) fn elapsed(&self) -> Duration {
        self.deadline.elapsed()
    }

    fn clean(&self, error: ProbeError) -> ProbeError {
        self.redactors.iter().fold(error, ProbeError::redacted)
    }
}

/// Commands as a pipeline.
pub(in crate::runtime) fn pipe<'a>(commands: impl IntoIterator<Item = impl AsRef<[&'a [u8]]>>) -> Pipeline {
    let mut pipe = Pipeline::new();
    for words in commands {
        let mut command = redis::Cmd::new();
        command.arg(words.as_ref());
        pipe.add_command(command);
    }
    pipe
}

/// A reply that is none of those that the command has.
pub(in crate::runtime) fn malformed() -> ProbeError {
    ProbeError::new(Cause::Malformed, "malformed: not the reply of a Redis server")
}

/// The name of a command.
fn name(command: &redis::Cmd) -> String {
    let word = command.args_iter().find_map(|arg| match arg {
        redis::Arg::Simple(word) => Some(String::from_utf8_lossy(word).into_owned()),
        _ => None,
    });
    word.unwrap_or_default()
}
