//! The worker's health port: Python's single-threaded `http.server` with HTTP/1.0. One connection after the other, so
//! that an idle one blocks the rest, as in life.

use std::time::Duration;

use axum::serve::Listener as _;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Shared, told};
use crate::sim::door::{Door, Guarded};

/// The real server waits for ever; the simulated one frees itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// A longer request head is none.
const LONGEST_HEAD: usize = 16 << 10;

/// Serves through the door, until dropped.
pub(crate) async fn serve(mut door: Door, stage: Shared) {
    loop {
        let (mut stream, _) = door.accept().await;
        // a client that went away or said nothing in time has its connection closed, and that is all
        let _ = tokio::time::timeout(PATIENCE, converse(&mut stream, &stage)).await;
    }
}

async fn converse(stream: &mut Guarded, stage: &Shared) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        match stream.read(&mut chunk).await? {
            0 => return Ok(()),
            read => head.extend_from_slice(&chunk[..read]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.lines().next().unwrap_or("").split(' ');
    let answer = answer(words.next().unwrap_or(""), words.next().unwrap_or(""), stage);
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn answer(method: &str, path: &str, stage: &Shared) -> String {
    let (status, kind, body) = match (method, path) {
        ("GET", "/health" | "/health/") => {
            let (status, told) = stage.with(told::worker_health);
            // pretty-printed as the real one does; a plain map of numbers and texts always prints
            (status, "application/json", format!("{told:#}"))
        }
        ("GET", _) => (404, "text/html;charset=utf-8", error_page(404, "Not Found")),
        _ => (501, "text/html;charset=utf-8", error_page(501, "Unsupported method")),
    };
    let reason = match status {
        200 => "OK",
        503 => "Service Unavailable",
        404 => "Not Found",
        _ => "Unsupported method",
    };
    let now = stage.with(|world| world.now_ms());
    let date = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%a, %d %b %Y %H:%M:%S GMT");
    format!(
        "HTTP/1.0 {status} {reason}\r\nServer: BaseHTTP/0.6 Python/3.11.9\r\nDate: {date}\r\nContent-Type: \
         {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn error_page(code: u16, reason: &str) -> String {
    format!(
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        <title>Error response</title>\n    </head>\n    \
         <body>\n        <h1>Error response</h1>\n        <p>Error code: {code}</p>\n        <p>Message: {reason}.</p>\n    \
         </body>\n</html>\n"
    )
}
