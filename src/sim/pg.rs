//! A small PostgreSQL on a loopback socket: protocol 3.0 as far as a client needs it that asks one statement at a time,
//! in a transaction, by the simple or the extended protocol. It reads no SQL: what a statement says is the host's to know,
//! by its leading comment `/* name */`.
//!
//! What a statement changes is changed at its COMMIT and not before, so that a rollback leaves the world as it was;
//! statements of one transaction do not see each other. No TLS, no COPY, no cursors, no passwords but in clear text.

use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use super::door::{Door, Guarded};
use session::Session;
pub(crate) use value::{Cell, Kind, Refused, Rows};

mod by_hand;
mod proto;
mod session;
#[cfg(test)]
mod tests;
mod value;

/// A message that never ends is cut off here.
const MOST_PENDING: usize = 4 << 20;

/// Who knows what the statements say.
pub(crate) trait Host: Send + Sync + 'static {
    /// Lets a client in, or says why not (`53300` too many clients, `57P03` starting).
    fn admit(&self, _user: &str, _database: &str) -> Result<(), Refused> {
        Ok(())
    }

    /// The password that is asked for, in clear text; none where everybody is trusted.
    fn password(&self) -> Option<String> {
        None
    }

    /// How long a statement of this name takes. Longer than the client's `statement_timeout` ends it with `57014`.
    fn takes(&self, _name: &str) -> Duration {
        Duration::ZERO
    }

    /// What a statement comes to. Only where it `applies` may it change anything; it is asked more often than that: to
    /// learn its columns (then without values) and what it would come to.
    fn answer(&self, asked: &Asked<'_>) -> Result<Rows, Refused>;
}

/// One statement.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// What its leading comment says; the whole text where there is none.
    pub(crate) name: &'a str,
    /// As it was sent.
    pub(crate) text: &'a str,
    /// The values of `$1`, `$2`, … as texts; a null is none. Empty where only the columns are asked for.
    pub(crate) values: &'a [Option<String>],
    /// True where its effect is to last.
    pub(crate) applies: bool,
}

impl Asked<'_> {
    /// A value; nothing where there is none.
    pub(crate) fn value(&self, at: usize) -> &str {
        self.values.get(at).and_then(Option::as_deref).unwrap_or_default()
    }
}

/// Serves every connection that comes through the door; ends when dropped, and its connections with it.
pub(crate) async fn serve(mut door: Door, host: Arc<dyn Host>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            (stream, _) = door.accept() => { connections.spawn(converse(stream, Arc::clone(&host))); },
            Some(_) = connections.join_next() => {},
        }
    }
}

/// One connection, to its end. An IO error is its end.
async fn converse(mut stream: Guarded, host: Arc<dyn Host>) {
    let mut session = Session::default();
    let (mut pending, mut out, mut chunk) = (Vec::new(), Vec::new(), vec![0; 16 << 10]);
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        pending.extend_from_slice(&chunk[..read]);
        while let Some(message) = session.next(&mut pending) {
            let takes = session.takes(&message, &*host);
            if !takes.is_zero() {
                tokio::time::sleep(takes).await;
            }
            if session.hear(&message, &*host, &mut out).is_none() {
                // what is not said any more changes nothing
                let _ = stream.write_all(&out).await;
                return;
            }
        }
        if pending.len() > MOST_PENDING || stream.write_all(&out).await.is_err() {
            return;
        }
        out.clear();
    }
}
