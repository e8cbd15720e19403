//! What a stand-in program does: it hands its argv to the simulation of another process and tells what came of it.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde::Deserialize;

/// Longest time of a command.
const WITHIN: Duration = Duration::from_secs(20);
/// Longest answer, in bytes.
const LONGEST: u64 = 64 << 10;

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ran {
    /// Its exit code.
    pub code: u8,
    /// What it prints.
    pub out: String,
    /// What it complains of.
    pub err: String,
}

impl Ran {
    /// It went well.
    pub(crate) fn said(out: impl Into<String>) -> Self {
        Self { code: 0, out: out.into(), err: String::new() }
    }

    /// It did not.
    pub(crate) fn refused(code: u8, err: impl Into<String>) -> Self {
        Self { code, out: String::new(), err: err.into() }
    }
}

/// Runs an argv in the simulation whose control listens at this address.
pub fn command(control: SocketAddr, argv: &[String]) -> io::Result<Ran> {
    let body = serde_json::to_string(argv)?;
    let mut stream = TcpStream::connect_timeout(&control, WITHIN)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    write!(
        stream,
        "POST /sim/command HTTP/1.1\r\nHost: {control}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let is_ok = head.split(' ').nth(1) == Some("200");
    if !is_ok {
        let line = head.lines().next().unwrap_or_default();
        return Err(io::Error::other(format!("the simulation answered '{line}'")));
    }
    Ok(serde_json::from_str(body)?)
}
