//! One connection to a Redis server, kept between polls; the `rq` probe polls through it as well.
//!
//! It is dropped after any I/O error, timeout or malformed reply, so that the next poll starts afresh: a half-open
//! connection costs one poll. A kept connection that the server closed meanwhile is replaced within the same poll. It sends
//! AUTH and SELECT where the URL asks for them, then only what it is given. Never follows MOVED or ASK. What changes
//! something goes by [`Connection::run_once`]: it is never sent twice.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisConnectionInfo, Value};
use tokio::task::JoinHandle;

use crate::base::{Cause, Filled, Redactor, Secret, Shown};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::net::{Address, Dialer, Watch, told};
use crate::probe::redis::reply;

/// The most that is read for one pipeline: rq's thousand queues and workers are below 2 MiB.
const REPLY_CAP: u64 = 16 * 1024 * 1024;
/// The most that is read while the connection is set up.
const SETUP_CAP: u64 = 4096;

/// A connection that is made when it is needed.
pub(crate) struct Connection {
    /// The URL's parts; the error is what is wrong with it.
    target: Result<Target, ProbeError>,
    timeout: Duration,
    live: Option<Live>,
}

struct Target {
    dialer: Dialer,
    /// Database, user, password.
    settings: RedisConnectionInfo,
}

/// Why there are no replies to commands that are never sent twice.
#[derive(Debug)]
pub(crate) struct Unanswered {
    /// What happened.
    pub(crate) error: ProbeError,
    /// They may have been carried out; otherwise they never left.
    pub(crate) was_sent: bool,
}

/// An open connection. Dropping it closes the socket at once, whatever is still awaited on it.
struct Live {
    connection: MultiplexedConnection,
    watch: Arc<Watch>,
    driver: JoinHandle<()>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// A connection to `redis://[user:password@]host[:port][/db]` or `rediss://…`; connects at the first [`run`].
    ///
    /// [`run`]: Connection::run
    pub(crate) fn new(url: &Filled, timeout: Duration) -> Self {
        Self { target: Target::parse(url), timeout, live: None }
    }

    /// Sends a pipeline in one round trip and gives one value for each command, within the timeout, connecting included.
    ///
    /// An error reply to one command stays in its place as [`Value::ServerError`] ([`reply::told`] says what it means).
    /// An `Err` means that there are no replies at all. Error texts are sanitised but know no secrets: redact them.
    pub(crate) async fn run(&mut self, pipe: &Pipeline) -> Result<Vec<Value>, ProbeError> {
        let deadline = Deadline::after(self.timeout);
        self.run_by(pipe, &deadline).await
    }

    /// As [`run`](Connection::run), for a poll of several round trips under one deadline.
    pub(crate) async fn run_by(&mut self, pipe: &Pipeline, deadline: &Deadline) -> Result<Vec<Value>, ProbeError> {
        if pipe.is_empty() {
            return Ok(Vec::new());
        }
        // taken out, not borrowed: a poll that is cancelled half-way leaves no half-read connection behind
        let kept = self.live.take();
        let target = self.target.as_mut().map_err(|error| error.clone())?;
        if let Some(kept) = kept {
            match kept.exchange(pipe, target.dialer.address(), deadline).await {
                Err(error) if error.cause == Cause::ConnectionLost => {}
                ended => return self.keep(ended),
            }
        }
        let ended = match target.open(deadline).await {
            Ok(fresh) => fresh.exchange(pipe, target.dialer.address(), deadline).await,
            Err(error) => Err(error),
        };
        self.keep(ended)
    }

    /// As [`run_by`](Connection::run_by), for what changes something: it is sent once, on a connection that stands.
    pub(crate) async fn run_once(&mut self, pipe: &Pipeline, deadline: &Deadline) -> Result<Vec<Value>, Unanswered> {
        let unsent = |error| Unanswered { error, was_sent: false };
        let kept = self.live.take();
        let target = self.target.as_mut().map_err(|error| unsent(error.clone()))?;
        let live = match kept {
            Some(kept) => kept,
            None => target.open(deadline).await.map_err(unsent)?,
        };
        let ended = live.exchange(pipe, target.dialer.address(), deadline).await;
        self.keep(ended).map_err(|error| Unanswered { error, was_sent: true })
    }

    /// Takes the URL's own password out of texts.
    pub(crate) fn redactor(&self) -> Redactor {
        let password = self.target.as_ref().ok().and_then(|target| target.settings.password());
        Redactor::new(password.map(|password| Secret::new(password.to_owned())).as_ref())
    }

    /// Closes it; the next run connects anew, to whatever the name stands for by then.
    pub(crate) fn close(&mut self) {
        self.live = None;
    }

    fn keep(&mut self, ended: Result<(Live, Vec<Value>), ProbeError>) -> Result<Vec<Value>, ProbeError> {
        let (live, replies) = ended?;
        // a server that has become a replica: connect anew next time, so that a failover is followed
        if !replies.iter().any(reply::is_demoted) {
            self.live = Some(live);
        }
        Ok(replies)
    }
}

impl Target {
    fn parse(url: &Filled) -> Result<Self, ProbeError> {
        let wrong = || {
            let words = format!("'{url}' is no Redis URL: write redis://host:port/db, or rediss:// for TLS");
            ProbeError::new(Cause::Malformed, Shown::from_remote(&words).into_string())
        };
        let info = url.expose().into_connection_info().map_err(|_| wrong())?;
        let dialer = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Dialer::new(Address::new(host, *port), false),
            ConnectionAddr::TcpTls { host, port, insecure: false, .. } => Dialer::new(Address::new(host, *port), true),
            _ => return Err(wrong()),
        };
        // CLIENT SETINFO is chatter that a server before 7.2 and a read-only user refuse
        Ok(Self { dialer, settings: info.redis_settings().clone().set_skip_set_lib_name() })
    }

    async fn open(&mut self, deadline: &Deadline) -> Result<Live, ProbeError> {
        let stream = self.dialer.open(deadline).await?;
        let watch = stream.watch();
        watch.begin(SETUP_CAP);
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let setup = MultiplexedConnection::new_with_config(&self.settings, stream, config);
        let address = self.dialer.address();
        let (connection, driver) = deadline
            .within("response", address, setup)
            .await?
            .map_err(|error| failed(&error, &watch, address, Stage::Setup))?;
        Ok(Live { connection, watch, driver: tokio::spawn(driver) })
    }
}

impl Live {
    async fn exchange(
        mut self,
        pipe: &Pipeline,
        address: &Address,
        deadline: &Deadline,
    ) -> Result<(Live, Vec<Value>), ProbeError> {
        self.watch.begin(REPLY_CAP);
        let replies = self.connection.send_packed_commands(pipe, 0, pipe.len());
        match deadline.within("response", address, replies).await? {
            Ok(replies) => Ok((self, replies)),
            Err(error) => Err(failed(&error, &self.watch, address, Stage::Replies)),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Setup,
    Replies,
}

/// What a failed exchange means. The library says "broken pipe" for most of it; the guard knows better.
fn failed(error: &redis::RedisError, watch: &Watch, address: &Address, stage: Stage) -> ProbeError {
    use std::error::Error as _;
    if watch.is_over() {
        let cap = REPLY_CAP / (1024 * 1024);
        return ProbeError::new(Cause::TooLarge, format!("reply larger than {cap} MiB from {address}"));
    }
    let head = watch.head();
    // an error line and the end: too many clients, protected mode, a refused AUTH
    if let Some(refusal) = reply::last_words(&head, watch.read(), stage == Stage::Setup) {
        return reply::told(&refusal, if stage == Stage::Setup { "AUTH" } else { "connecting" });
    }
    let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    match io {
        Some(io) if watch.has_ended() => told(io, address),
        _ if watch.has_ended() || head.is_empty() => {
            ProbeError::new(Cause::ConnectionLost, format!("connection lost {address}"))
        }
        _ => {
            let says: String = String::from_utf8_lossy(&head).chars().take(40).collect();
            let words = format!("malformed: not the Redis protocol from {address}: '{}'", Shown::from_remote(&says));
            ProbeError::new(Cause::Malformed, words)
        }
    }
}
