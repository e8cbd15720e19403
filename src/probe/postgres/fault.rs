//! What an error of PostgreSQL means: SQLSTATE to cause and sentence. Pure; never a statement, a URL or a parameter.

use std::error::Error as _;

use tokio_postgres::error::DbError;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::net::{Address, Watch, told};

/// Characters of a server's message that are told.
const LONGEST: usize = 240;

/// An error reply, told.
pub(crate) fn of_server(error: &DbError) -> ProbeError {
    let code = error.code().code();
    let message: String = error.message().chars().take(LONGEST).collect();
    let message = Shown::from_remote(&message);
    let (cause, words) = match code {
        "53300" => (Cause::Busy, "too many connections".to_owned()),
        "57P03" => (Cause::Loading, format!("not ready: {message}")),
        "57P01" => (Cause::ConnectionLost, "connection lost: ended by the administrator".to_owned()),
        "57P02" => (Cause::ConnectionLost, "connection lost: the server crashed".to_owned()),
        "57P05" | "25P03" => (Cause::ConnectionLost, "connection lost: ended because it was idle".to_owned()),
        "57014" if error.message().contains("statement timeout") => {
            (Cause::TimedOut, "timed out (statement): the server ended it".to_owned())
        }
        "57014" => (Cause::Busy, "the statement was cancelled by somebody".to_owned()),
        "55P03" => (Cause::Busy, "waits for a lock that somebody holds".to_owned()),
        "40001" | "40P01" => (Cause::Busy, message.to_string()),
        "25006" => (Cause::Unauthorized, "refused: it writes, and may only read".to_owned()),
        "3D000" => (Cause::MissingField, format!("no such database: {message}")),
        "42P01" | "42703" | "42883" | "42704" | "3F000" | "42P02" => {
            (Cause::MissingField, format!("schema: {message}"))
        }
        "42501" => (Cause::Unauthorized, format!("unauthorized: {message}")),
        _ if code.starts_with("28") => (Cause::Unauthorized, format!("unauthorized: {message}")),
        _ if code.starts_with("42") => (Cause::Malformed, format!("malformed: the server does not read it: {message}")),
        _ if code.starts_with("08") => (Cause::ConnectionLost, format!("connection lost: {message}")),
        _ if code.starts_with("53") => (Cause::Busy, message.to_string()),
        _ => (Cause::ServerError, message.to_string()),
    };
    ProbeError::new(cause, format!("{words} ({})", Shown::from_remote(code)))
}

/// Any error of the library, told. `last` is what the connection's own task ended with.
pub(crate) fn of_library(
    error: &tokio_postgres::Error,
    last: Option<&tokio_postgres::Error>,
    watch: &Watch,
    address: &Address,
) -> ProbeError {
    if let Some(said) = error.as_db_error().or_else(|| last.and_then(tokio_postgres::Error::as_db_error)) {
        return of_server(said);
    }
    if watch.is_over() {
        return ProbeError::new(Cause::TooLarge, format!("answer larger than 1 MiB from {address}"));
    }
    let of_tls = error.source().and_then(|source| source.downcast_ref::<ProbeError>());
    if let Some(own) = of_tls {
        return own.clone();
    }
    let words = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if words.contains("server does not support TLS") {
        let words = format!("TLS: the server has none, and the URL's sslmode asks for it {address}");
        return ProbeError::new(Cause::Tls, words);
    }
    if words.starts_with("authentication error") || words.contains("password missing") {
        return ProbeError::new(Cause::Unauthorized, format!("unauthorized: {} {address}", Shown::from_remote(&words)));
    }
    let sources = [Some(error), last].into_iter().flatten().filter_map(std::error::Error::source);
    let mut io = sources.filter_map(|source| source.downcast_ref::<std::io::Error>());
    // parsers say what they do not understand as an I/O error without a number
    match io.find(|io| io.raw_os_error().is_some()) {
        Some(io) => told(io, address),
        None if watch.has_ended() || error.is_closed() => {
            ProbeError::new(Cause::ConnectionLost, format!("connection lost {address}"))
        }
        None => stranger(&words, address),
    }
}

/// What is said where somebody else speaks: `words` are his, or the library's about him.
fn stranger(words: &str, address: &Address) -> ProbeError {
    let words = Shown::from_remote(words);
    ProbeError::new(Cause::Malformed, format!("malformed: not the PostgreSQL protocol from {address}: {words}"))
}

/// What a log-in came to that did not end in time: whoever begins with no message of a log-in speaks another protocol,
/// whose text was taken for the length of a message.
pub(crate) fn of_endless_log_in(expired: ProbeError, watch: &Watch, address: &Address) -> ProbeError {
    let head = watch.head();
    match head.first() {
        None | Some(b'R' | b'E' | b'N' | b'S' | b'v') => expired,
        Some(_) => stranger(&String::from_utf8_lossy(&head).chars().take(40).collect::<String>(), address),
    }
}
