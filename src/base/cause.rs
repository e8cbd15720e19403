//! Why something is not known. A missing reading always carries one of these; it is never a zero.

use std::fmt;

use crate::base::State;

/// What went wrong with a poll, told apart as an on-call engineer would. The codes are stable: JSON prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The host answered that nothing listens there.
    Refused,
    /// No answer in time (connect, response or body: the text says which).
    TimedOut,
    /// The name did not resolve.
    Dns,
    /// The TLS handshake or the certificate failed.
    Tls,
    /// 401, 403, NOAUTH, WRONGPASS, NOPERM.
    Unauthorized,
    /// An HTTP status that the health condition does not accept.
    BadStatus,
    /// It answered, and its own word is that it is not healthy.
    Unhealthy,
    /// The body, the protocol or the text could not be understood.
    Malformed,
    /// The answer is well formed but lacks what was asked for.
    MissingField,
    /// More than the cap (1 MiB).
    TooLarge,
    /// The connection broke in the middle of an answer.
    ConnectionLost,
    /// Answered with a redirect, which is not followed.
    Redirected,
    /// Redis: the data set is being loaded.
    Loading,
    /// Redis: a script blocks it, or it is out of memory, of clients, or a replica without its master.
    Busy,
    /// Redis: a key holds another type than rq writes.
    WrongType,
    /// Any other error reply of the server; its code word is in the text.
    ServerError,
    /// A file that is not there.
    NotFound,
    /// A command that could not be started: not there, not executable, not allowed to.
    NotStarted,
    /// A command that a signal ended: it has no exit code.
    Killed,
    /// Our own fault: out of file descriptors, a panic in the poller.
    Internal,
}

impl Cause {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Cause::Refused => "refused",
            Cause::TimedOut => "timed_out",
            Cause::Dns => "dns",
            Cause::Tls => "tls",
            Cause::Unauthorized => "unauthorized",
            Cause::BadStatus => "bad_status",
            Cause::Unhealthy => "unhealthy",
            Cause::Malformed => "malformed",
            Cause::MissingField => "missing_field",
            Cause::TooLarge => "too_large",
            Cause::ConnectionLost => "connection_lost",
            Cause::Redirected => "redirected",
            Cause::Loading => "loading",
            Cause::Busy => "busy",
            Cause::WrongType => "wrong_type",
            Cause::ServerError => "server_error",
            Cause::NotFound => "not_found",
            Cause::NotStarted => "not_started",
            Cause::Killed => "killed",
            Cause::Internal => "internal",
        }
    }

    /// What a component is when a poll ends so and its own health condition cannot be asked: what we cannot reach is
    /// down, what answers but cannot serve is degraded, what we cannot read is unknown.
    pub fn state(self) -> State {
        match self {
            Cause::Refused
            | Cause::TimedOut
            | Cause::Dns
            | Cause::Tls
            | Cause::ConnectionLost
            | Cause::BadStatus
            | Cause::Unhealthy
            | Cause::Redirected => State::Down,
            Cause::Loading | Cause::Busy | Cause::WrongType | Cause::ServerError => State::Degraded,
            Cause::Unauthorized
            | Cause::Malformed
            | Cause::MissingField
            | Cause::TooLarge
            | Cause::NotFound
            | Cause::NotStarted
            | Cause::Killed
            | Cause::Internal => State::Unknown,
        }
    }

    /// True for causes that keep us from reaching the component at all: they make it down, not unknown.
    pub fn is_unreachable(self) -> bool {
        matches!(self, Cause::Refused | Cause::TimedOut | Cause::Dns | Cause::Tls | Cause::ConnectionLost)
    }
}

/// The word for people: `timed out`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Cause::TimedOut => "timed out",
            Cause::Dns => "DNS",
            Cause::Tls => "TLS",
            Cause::BadStatus => "bad status",
            Cause::MissingField => "missing field",
            Cause::TooLarge => "too large",
            Cause::ConnectionLost => "connection lost",
            Cause::WrongType => "wrong type",
            Cause::ServerError => "server error",
            Cause::NotFound => "not found",
            Cause::NotStarted => "not started",
            Cause::Internal => "internal error",
            other => other.code(),
        })
    }
}

/// Why there is no reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No poll has ended yet.
    NotPolled,
    /// A variable that the component needs is not set: no fault.
    NotConfigured {
        /// The variable's name.
        variable: String,
    },
    /// Polled, and it failed.
    Failed {
        /// The cause.
        cause: Cause,
        /// The sentence for people, sanitised and redacted: `refused 127.0.0.1:8082`.
        text: String,
    },
    /// The source answers but did not report this field (the path that was looked for).
    NotReported {
        /// What was looked for and what was there instead.
        text: String,
    },
    /// Too old to be believed.
    Stale,
}

impl Missing {
    /// The stable code that JSON prints as `missing`.
    pub fn code(&self) -> &'static str {
        match self {
            Missing::NotPolled => "not_polled",
            Missing::NotConfigured { .. } => "not_configured",
            Missing::Failed { cause, .. } => cause.code(),
            Missing::NotReported { .. } => "missing_field",
            Missing::Stale => "stale",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::NotPolled => f.write_str("not polled yet"),
            Missing::NotConfigured { variable } => write!(f, "not configured: {variable} is not set"),
            Missing::Failed { text, .. } | Missing::NotReported { text } => f.write_str(text),
            Missing::Stale => f.write_str("stale"),
        }
    }
}
