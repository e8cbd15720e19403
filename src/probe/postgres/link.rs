//! One connection to a PostgreSQL server, kept between polls and shared by all that is polled by the same URL: a server
//! counts its connections, and a watcher must not be a load.
//!
//! Everything runs in one transaction of its own whose settings are `SET LOCAL`, so that it works behind a pooler that
//! hands out another session for each transaction. A connection is dropped after any I/O error, timeout or malformed
//! answer; one that the server closed meanwhile is replaced within the same poll. Reads never write: `READ ONLY` is the
//! server's word, not ours.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

use crate::base::{Cause, Filled, Secret};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::net::{Address, Dialer, Watch};
use crate::probe::postgres::decode::Cell;
use crate::probe::postgres::fault;
use crate::probe::postgres::target::Target;
use crate::probe::postgres::tls::Handshake;
use crate::signal::Value;

/// The most that is kept of one answer.
const LARGEST: usize = 1024 * 1024;
/// The most that is read for one answer: the library reads ahead of the row that it hands out, by about a quarter of
/// this at most, and the rows that were read are to be those that fit, whatever came in one piece.
pub(crate) const ANSWER_CAP: u64 = 2 * 1024 * 1024;
/// Rows that are kept of an answer.
pub(crate) const MOST_ROWS: usize = 500;
/// The longest that we wait for a lock: who waits for one makes others wait behind him.
const LOCK: Duration = Duration::from_secs(1);

/// An open connection. Dropping it closes the socket at once; the server ends by itself what still runs on it.
pub(crate) struct Live {
    pub(crate) client: Client,
    driver: JoinHandle<Option<tokio_postgres::Error>>,
    watch: Arc<Watch>,
    address: Address,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Rows as they came.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Names of the columns.
    pub(crate) columns: Vec<String>,
    /// The first [`MOST_ROWS`] rows.
    pub(crate) kept: Vec<Vec<Value>>,
    /// Rows in all; none where reading ended before them.
    pub(crate) count: Option<u64>,
    /// Time from the question to its last row.
    pub(crate) took: Duration,
}

impl Live {
    /// Connects, within the deadline.
    pub(crate) async fn open(target: &Target, deadline: &Deadline) -> Result<Self, ProbeError> {
        let dialer = Dialer::new(target.address.clone(), false);
        let stream = dialer.open(deadline).await?;
        let watch = stream.watch();
        watch.begin(ANSWER_CAP);
        let handshake = Handshake { address: target.address.clone(), verified: target.verified };
        let connecting = target.config.connect_raw(stream, handshake);
        let connected = deadline.within("log-in", &target.address, connecting).await;
        let connected = connected.map_err(|expired| fault::of_endless_log_in(expired, &watch, &target.address))?;
        let (client, connection) =
            connected.map_err(|error| fault::of_library(&error, None, &watch, &target.address))?;
        let driver = tokio::spawn(async move { connection.await.err() });
        Ok(Self { client, driver, watch, address: target.address.clone() })
    }

    /// Where it goes.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Begins an answer of so many bytes at most.
    pub(crate) fn cap(&self, bytes: u64) {
        self.watch.begin(bytes);
    }

    /// What an error on it means. Waits for the last word of a server that hung up, which says why.
    pub(crate) async fn told(&mut self, error: &tokio_postgres::Error, deadline: &Deadline) -> Failed {
        let last = if error.is_closed() {
            deadline.bound(&mut self.driver).await.and_then(Result::ok).flatten()
        } else {
            None
        };
        let told = fault::of_library(error, last.as_ref(), &self.watch, &self.address);
        let is_answer = error.as_db_error().is_some() && told.cause != Cause::ConnectionLost;
        Failed { error: told, is_answer }
    }

    /// One statement in a transaction that may only read.
    async fn read(&mut self, query: &str, deadline: &Deadline) -> Result<Rows, Failed> {
        self.cap(ANSWER_CAP);
        let begin = begin(false, deadline.left());
        let start = deadline.elapsed();
        // both leave in one piece; the server takes them one after the other
        let both = async { tokio::join!(self.client.batch_execute(&begin), self.client.prepare(query)) };
        let statement = match deadline.within("response", &self.address, both).await? {
            (Ok(()), Ok(statement)) => statement,
            (Err(error), _) | (_, Err(error)) => return Err(self.told(&error, deadline).await),
        };
        self.answer(&statement, &[], start, deadline).await
    }

    /// Several statements in one transaction that may only read, each with its parameters.
    async fn read_all(&mut self, asked: &[(&str, &[String])], deadline: &Deadline) -> Result<Vec<Rows>, Failed> {
        let begin = begin(false, deadline.left());
        if let Err(error) = deadline.within("response", &self.address, self.client.batch_execute(&begin)).await? {
            return Err(self.told(&error, deadline).await);
        }
        let mut all = Vec::new();
        for (text, values) in asked {
            self.cap(ANSWER_CAP);
            let start = deadline.elapsed();
            let statement = match deadline.within("response", &self.address, self.client.prepare(text)).await? {
                Ok(statement) => statement,
                Err(error) => return Err(self.told(&error, deadline).await),
            };
            let rows = self.answer(&statement, values, start, deadline).await?;
            let is_whole = rows.count.is_some();
            all.push(rows);
            // what is left of an answer stands before the next one
            if !is_whole {
                break;
            }
        }
        Ok(all)
    }

    /// The answer to a statement that was prepared.
    async fn answer(
        &mut self,
        statement: &tokio_postgres::Statement,
        values: &[String],
        start: Duration,
        deadline: &Deadline,
    ) -> Result<Rows, Failed> {
        if statement.params().len() != values.len() {
            let words = match values.len() {
                0 => "malformed: the query has parameters, and none is given".to_owned(),
                given => format!("malformed: it takes {} parameters, and {given} are given", statement.params().len()),
            };
            return Err(Failed { error: ProbeError::new(Cause::Malformed, words), is_answer: true });
        }
        let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let mut read = Rows { columns, ..Rows::default() };
        let ended = deadline.within("response", &self.address, self.rows(statement, values, &mut read)).await?;
        read.took = deadline.elapsed().saturating_sub(start);
        match ended {
            Ok(count) => read.count = count,
            // what was read until then is kept
            Err(_) if self.watch.is_over() => {}
            Err(Unread::Library(error)) => return Err(self.told(&error, deadline).await),
            Err(Unread::Cell(error)) => return Err(error.into()),
        }
        Ok(read)
    }

    /// The number of rows, or none where they are more than are kept.
    async fn rows(
        &self,
        statement: &tokio_postgres::Statement,
        values: &[String],
        read: &mut Rows,
    ) -> Result<Option<u64>, Unread> {
        let values: Vec<Text<'_>> = values.iter().map(|value| Text(value)).collect();
        let values = values.iter().map(|value| value as &dyn ToSql);
        let mut stream = std::pin::pin!(self.client.query_raw(statement, values).await.map_err(Unread::Library)?);
        let (mut count, mut bytes) = (0, 0);
        while let Some(row) = stream.next().await {
            let row = row.map_err(Unread::Library)?;
            bytes += row.raw_size_bytes();
            if bytes > LARGEST {
                return Ok(None);
            }
            count += 1;
            if read.kept.len() < MOST_ROWS {
                read.kept.push(cells(&row).map_err(Unread::Cell)?);
            }
        }
        Ok(Some(count))
    }

    /// Ends the transaction; an error means that the connection is not to be used again.
    async fn end(&self, deadline: &Deadline) -> Option<()> {
        deadline.bound(self.client.batch_execute("ROLLBACK")).await?.ok()
    }
}

/// Asks several questions in one transaction that may only read, on a connection of its own which is closed behind them.
pub(crate) async fn once(
    url: &Filled,
    asked: &[(&str, &[String])],
    deadline: &Deadline,
) -> Result<Vec<Rows>, ProbeError> {
    let mut live = Live::open(&Target::parse(url)?, deadline).await?;
    let read = live.read_all(asked, deadline).await.map_err(|failed| failed.error)?;
    // where that is not heard, the end of the connection does it
    let _ = live.end(deadline).await;
    Ok(read)
}

/// A parameter: the server reads its text as the type that it wants.
#[derive(Debug)]
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl ToSql for Text<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    tokio_postgres::types::to_sql_checked!();
}

/// Why a statement brought nothing.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: ProbeError,
    /// True where it is the server's own word on the statement: the connection is as good as before.
    pub(crate) is_answer: bool,
}

impl From<ProbeError> for Failed {
    fn from(error: ProbeError) -> Self {
        Self { error, is_answer: false }
    }
}

enum Unread {
    Library(tokio_postgres::Error),
    Cell(ProbeError),
}

/// The cells of a row.
pub(crate) fn cells(row: &tokio_postgres::Row) -> Result<Vec<Value>, ProbeError> {
    let cell = |at: usize| row.try_get::<_, Cell>(at).map(|cell| cell.0);
    (0..row.len())
        .map(cell)
        .collect::<Result<_, _>>()
        .map_err(|_| ProbeError::new(Cause::Malformed, "malformed: a cell is not in the form of its type"))
}

/// What every transaction of ours begins with: the server ends it before our own time is up, so that it can say so.
pub(crate) fn begin(writes: bool, left: Duration) -> String {
    let statement = left.saturating_sub((left / 10).min(Duration::from_millis(250))).max(Duration::from_millis(1));
    let lock = LOCK.min(statement / 2).max(Duration::from_millis(1));
    let access = if writes { "READ WRITE" } else { "READ ONLY" };
    format!(
        "BEGIN {access}; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = {}",
        statement.as_millis(),
        lock.as_millis(),
        left.as_millis() + 1000
    )
}

/// The one connection of a URL.
pub(crate) struct Link {
    target: Result<Target, ProbeError>,
    live: Option<Live>,
}

/// Shared by all that is polled there; one at a time.
pub(crate) type Shared = Arc<tokio::sync::Mutex<Link>>;

static LINKS: Mutex<Vec<(Secret, Weak<tokio::sync::Mutex<Link>>)>> = Mutex::new(Vec::new());

/// The link of a URL: the same as long as anybody holds it.
pub(crate) fn shared(url: &Filled) -> Shared {
    let mut links = LINKS.lock().unwrap_or_else(PoisonError::into_inner);
    links.retain(|(_, link)| link.strong_count() > 0);
    if let Some(link) = links.iter().find(|(known, _)| known.expose() == url.expose()).and_then(|(_, l)| l.upgrade()) {
        return link;
    }
    let link = Arc::new(tokio::sync::Mutex::new(Link { target: Target::parse(url), live: None }));
    links.push((Secret::new(url.expose().to_owned()), Arc::downgrade(&link)));
    link
}

impl Link {
    /// Asks one question, connecting where it must.
    pub(crate) async fn read(&mut self, query: &str, deadline: &Deadline) -> Result<Rows, ProbeError> {
        let target = self.target.as_ref().map_err(Clone::clone)?;
        // taken out, not borrowed: a poll that is cancelled half-way leaves no open transaction behind
        let kept = self.live.take().filter(|live| !live.client.is_closed());
        if let Some(mut kept) = kept {
            match kept.read(query, deadline).await {
                Err(Failed { error, .. }) if error.cause == Cause::ConnectionLost => {}
                ended => return self.keep(kept, ended, deadline).await,
            }
        }
        let mut fresh = Live::open(target, deadline).await?;
        let ended = fresh.read(query, deadline).await;
        self.keep(fresh, ended, deadline).await
    }

    async fn keep(&mut self, live: Live, ended: Result<Rows, Failed>, deadline: &Deadline) -> Result<Rows, ProbeError> {
        let is_sound = match &ended {
            Ok(rows) => rows.count.is_some(),
            Err(failed) => failed.is_answer,
        };
        if is_sound && live.end(deadline).await.is_some() {
            self.live = Some(live);
        }
        ended.map_err(|failed| failed.error)
    }
}
