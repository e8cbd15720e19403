//! What an error reply of a Redis server means, by its code word. Pure.

use redis::{ServerError, Value};

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;

/// The meaning of an error reply to `command` (which is named in the text, without its arguments).
pub(crate) fn told(error: &ServerError, command: &str) -> ProbeError {
    let code = error.code();
    let details = error.details().unwrap_or_default();
    let (cause, words) = match code {
        "NOAUTH" | "WRONGPASS" | "NOPERM" | "DENIED" => {
            (Cause::Unauthorized, format!("unauthorized: {command} ({code})"))
        }
        "LOADING" => (Cause::Loading, "loading the data set".to_owned()),
        "BUSY" => (Cause::Busy, "busy: a script runs and blocks it".to_owned()),
        "OOM" => (Cause::Busy, "out of memory: writes are refused (OOM)".to_owned()),
        "MASTERDOWN" => (Cause::Busy, "a replica without its master (MASTERDOWN)".to_owned()),
        "READONLY" => (Cause::Busy, "a replica: read-only (READONLY)".to_owned()),
        "WRONGTYPE" => (Cause::WrongType, format!("wrong type: {command}")),
        "ERR" if details.contains("max number of clients") => {
            (Cause::Busy, "out of clients: max number of clients reached".to_owned())
        }
        // one of a script's commands, or one of its keys
        "ERR" if details.starts_with("The user executing the script can't") => {
            (Cause::Unauthorized, format!("unauthorized: {command}: {details}"))
        }
        "ERR" if command == "AUTH" => (Cause::Unauthorized, format!("unauthorized: {command}: {details}")),
        _ => (Cause::ServerError, format!("{code} to {command}: {details}")),
    };
    ProbeError::new(cause, Shown::from_remote(&words).into_string())
}

/// True of the replies of a server that is no master any more.
pub(crate) fn is_demoted(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if matches!(error.code(), "MASTERDOWN" | "READONLY"))
}

/// The error line that a server sent before it hung up, where it sent nothing but that (in the setup: where it is the
/// last of what it sent).
pub(crate) fn last_words(head: &[u8], read: u64, after_others: bool) -> Option<ServerError> {
    let whole = usize::try_from(read).is_ok_and(|read| read == head.len());
    let lines = head.strip_suffix(b"\r\n").filter(|_| whole)?;
    let start = lines.windows(2).rposition(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
    if !lines[start..].starts_with(b"-") || (start > 0 && !after_others) {
        return None;
    }
    match redis::parse_redis_value(&head[start..]) {
        Ok(Value::ServerError(error)) => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> ServerError {
        match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()) {
            Ok(Value::ServerError(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_are_told_apart_by_their_code_word() {
        for (line, cause, words) in [
            ("NOAUTH Authentication required.", Cause::Unauthorized, "unauthorized: INFO (NOAUTH)"),
            ("NOPERM User watcher has no permissions", Cause::Unauthorized, "unauthorized: INFO (NOPERM)"),
            ("WRONGPASS invalid username-password pair", Cause::Unauthorized, "unauthorized: INFO (WRONGPASS)"),
            (
                "ERR The user executing the script can't run this command or subcommand",
                Cause::Unauthorized,
                "unauthorized: INFO: The user executing the script can't run this command or subcommand",
            ),
            ("LOADING Redis is loading the dataset in memory", Cause::Loading, "loading the data set"),
            ("BUSY Redis is busy running a script.", Cause::Busy, "busy: a script runs and blocks it"),
            ("OOM command not allowed", Cause::Busy, "out of memory: writes are refused (OOM)"),
            ("MASTERDOWN Link with MASTER is down", Cause::Busy, "a replica without its master (MASTERDOWN)"),
            ("READONLY You can't write", Cause::Busy, "a replica: read-only (READONLY)"),
            ("ERR max number of clients reached", Cause::Busy, "out of clients: max number of clients reached"),
            ("WRONGTYPE Operation against a key", Cause::WrongType, "wrong type: INFO"),
            ("MOVED 3999 10.0.0.1:6381", Cause::ServerError, "MOVED to INFO: 3999 10.0.0.1:6381"),
            ("ASK 3999 10.0.0.1:6381", Cause::ServerError, "ASK to INFO: 3999 10.0.0.1:6381"),
            ("CLUSTERDOWN Hash slot not served", Cause::ServerError, "CLUSTERDOWN to INFO: Hash slot not served"),
            ("MISCONF Errors writing", Cause::ServerError, "MISCONF to INFO: Errors writing"),
            ("ERR a\u{1b}[31mb", Cause::ServerError, "ERR to INFO: a\u{241b}[31mb"),
        ] {
            assert_eq!(told(&error(line), "INFO"), ProbeError::new(cause, words), "{line}");
        }
    }

    #[test]
    fn last_words_are_heard_only_where_nothing_else_was_said() {
        let code = |head: &[u8], setup| last_words(head, head.len() as u64, setup).map(|e| e.code().to_owned());
        assert_eq!(code(b"-ERR max number of clients reached\r\n", false).as_deref(), Some("ERR"));
        assert_eq!(code(b"+OK\r\n-NOPERM no\r\n", true).as_deref(), Some("NOPERM"));
        assert_eq!(code(b"+OK\r\n-NOPERM no\r\n", false), None, "a reply among others, and then the connection broke");
        assert_eq!(code(b"-ERR cut", false), None);
        assert_eq!(last_words(b"-ERR x\r\n", 9000, false).map(|e| e.code().to_owned()), None);
    }
}
