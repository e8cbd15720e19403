//! Who acts on what from other hosts: one key for each target in a Redis that all of them reach, where the system file
//! names one. It comes on top of the file locks of this host, and ends by itself when its runner is gone.
//!
//! When that Redis does not answer, a run is still possible (it may be the very thing to repair), but says so, and wants
//! the system's name typed and a reason.

use std::time::Duration;

use redis::{Pipeline, Value};
use tokio::task::JoinHandle;

use crate::action::{Holder, Reach};
use crate::base::{Cause, Filled};
use crate::probe::ProbeError;
use crate::runtime::PreparedSystem;
use crate::runtime::act::lock::Scope;
use crate::runtime::run::link::Link;

const TAKE: &str = include_str!("shared/take.lua");
const RELEASE: &str = include_str!("shared/release.lua");
/// How long a lock outlives a runner that was killed.
const LIFE: Duration = Duration::from_secs(30);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(10);
/// The longest that a question to the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the hosts lock each other out.
#[derive(Clone, Debug)]
pub struct Store {
    url: Filled,
    prepared: PreparedSystem,
}

/// What became of a wish for the lock.
pub enum Taken {
    /// It is ours, until the hold is given back.
    Ours(Box<Hold>),
    /// Somebody else acts.
    Held(Box<Holder>),
    /// The store did not answer: how far the lock reaches without it.
    Silent(Reach),
}

/// The lock while it is held: a task renews it.
pub struct Hold {
    store: Store,
    key: String,
    who: String,
    renewal: JoinHandle<()>,
}

impl Store {
    /// The store that the system's file names; none where it names none, or where its variable is not set.
    pub fn of(prepared: &PreparedSystem) -> Option<Self> {
        let lock = prepared.system.lock.as_ref()?;
        let url = lock.redis.fill(&prepared.variables).ok()?;
        Some(Self { url, prepared: prepared.clone() })
    }

    /// Where it is, as people read it: without user and password.
    fn place(&self) -> String {
        let host = url::Url::parse(self.url.expose()).ok().and_then(|url| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{}{port}", url.host_str()?))
        });
        host.unwrap_or_else(|| self.prepared.redactor.redact(&self.url.to_string()))
    }

    /// Looks who holds the target or a neighbour of it, and how far a lock reaches now. Reads only.
    pub async fn look(&self, scope: &Scope) -> (Reach, Option<Holder>) {
        let mut pipe = Pipeline::new();
        let mget = pipe.cmd("MGET");
        for key in keys(scope) {
            mget.arg(key);
        }
        match self.link().ask(&pipe).await {
            Err(error) => (self.silent(error), None),
            Ok(replies) => {
                let found = match replies.into_iter().next() {
                    Some(Value::Array(values)) => values.iter().find_map(told),
                    _ => None,
                };
                match found.transpose() {
                    Ok(found) => (Reach::Shared { store: self.place() }, found),
                    Err(error) => (self.silent(error), None),
                }
            }
        }
    }

    /// Takes the lock, and renews it until it is given back.
    pub async fn take(&self, scope: &Scope, holder: &Holder) -> Taken {
        let who = serde_json::to_string(holder).unwrap_or_default();
        match self.ask_for(scope, &who).await {
            Err(error) => Taken::Silent(self.silent(error)),
            Ok(Some(other)) => Taken::Held(Box::new(other)),
            Ok(None) => {
                let renewal = tokio::spawn(self.clone().renew(scope.clone(), who.clone()));
                Taken::Ours(Box::new(Hold { store: self.clone(), key: key(scope, &scope.target), who, renewal }))
            }
        }
    }

    async fn ask_for(&self, scope: &Scope, who: &str) -> Result<Option<Holder>, ProbeError> {
        let keys = keys(scope);
        let mut pipe = Pipeline::new();
        pipe.cmd("EVAL").arg(TAKE).arg(keys.len()).arg(keys).arg(who).arg(LIFE.as_millis().to_string());
        let replies = self.link().tell(&pipe).await.map_err(|lost| lost.error)?;
        match replies.into_iter().next() {
            Some(reply) => told(&reply?).transpose(),
            None => Ok(None),
        }
    }

    fn silent(&self, error: ProbeError) -> Reach {
        Reach::Silent { store: self.place(), why: error.text }
    }

    async fn renew(self, scope: Scope, who: String) {
        loop {
            tokio::time::sleep(RENEW).await;
            // a store that is away now may be back at the next turn; the lock of this host holds meanwhile
            let _ = self.ask_for(&scope, &who).await;
        }
    }

    fn link(&self) -> Link {
        Link::new(&self.url, PATIENCE, &self.prepared.redactor)
    }
}

impl Hold {
    /// Gives the lock back. When that fails it ends by itself.
    pub async fn release(self) {
        self.renewal.abort();
        let mut pipe = Pipeline::new();
        pipe.cmd("EVAL").arg(RELEASE).arg(1).arg(&self.key).arg(&self.who);
        let _ = self.store.link().tell(&pipe).await;
    }
}

/// The target first, then what it must not be disturbed by. The braces keep them together in a cluster.
fn keys(scope: &Scope) -> Vec<String> {
    std::iter::once(&scope.target).chain(&scope.neighbours).map(|name| key(scope, name)).collect()
}

fn key(scope: &Scope, name: &str) -> String {
    format!("midwatch:lock:{{{}}}:{name}", scope.system)
}

/// Who a value says that holds it; none where there is none. What midwatch did not write can be nobody's lock.
fn told(value: &Value) -> Option<Result<Holder, ProbeError>> {
    let Value::BulkString(bytes) = value else { return None };
    let foreign = |_| ProbeError::new(Cause::Malformed, "its key holds what midwatch did not write");
    Some(serde_json::from_slice(bytes).map_err(foreign))
}
