//! A small Redis on a loopback socket: RESP2 and RESP3 over an in-memory store that the simulated world fills.
//!
//! It answers what a dashboard reads, what its remediation writes and what clients send when they connect, in Redis'
//! own words. Of Lua it knows the scripts of that remediation. No blocking commands, one database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::serve::Listener as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use super::door::{Door, Guarded};
pub(crate) use command::{Client, Redis};
pub(crate) use proto::Reply;
pub(crate) use store::{Blob, Hash, List, Set, Sorted, Store, Stream, StreamEntry, Ttl};

mod command;
mod hashes;
mod keys;
mod lists;
mod proto;
mod scripts;
mod server;
mod sets;
mod sorted;
mod store;
mod streams;
mod strings;

/// A request that never ends is cut off here.
const MOST_PENDING: usize = 16 << 20;

/// Who carries requests out: brings the world up to date, then calls [`Redis::call`].
pub(crate) trait Host: Send + Sync + 'static {
    /// Carries out one request of one connection.
    fn call(&self, client: &mut Client, args: &[Blob]) -> Reply;
}

/// Serves every connection that comes through the door; ends when dropped, and its connections with it.
pub(crate) async fn serve(mut door: Door, host: Arc<dyn Host>) {
    let mut connections = JoinSet::new();
    let ids = AtomicI64::new(1);
    loop {
        tokio::select! {
            (stream, _) = door.accept() => {
                let client = Client::new(ids.fetch_add(1, Ordering::Relaxed));
                connections.spawn(converse(stream, client, Arc::clone(&host)));
            },
            Some(_) = connections.join_next() => {},
        }
    }
}

/// One connection, to its end. An IO error is its end.
async fn converse(mut stream: Guarded, mut client: Client, host: Arc<dyn Host>) {
    let (mut pending, mut out, mut chunk) = (Vec::new(), Vec::new(), vec![0; 16 << 10]);
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        pending.extend_from_slice(&chunk[..read]);
        let ended = answer_all(&mut pending, &mut out, &mut client, &*host);
        if stream.write_all(&out).await.is_err() || ended || pending.len() > MOST_PENDING {
            break;
        }
        out.clear();
    }
}

/// Answers every complete request in `pending`; true when the connection is to end.
fn answer_all(pending: &mut Vec<u8>, out: &mut Vec<u8>, client: &mut Client, host: &dyn Host) -> bool {
    let mut used = 0;
    let mut ended = false;
    while !ended {
        match proto::request(&pending[used..]) {
            Ok(None) => break,
            Ok(Some((words, bytes))) => {
                used += bytes;
                // an empty line between requests means nothing
                if !words.is_empty() {
                    host.call(client, &words).write(client.resp3, out);
                    ended = client.quits;
                }
            }
            Err(why) => {
                Reply::Error(format!("ERR Protocol error: {why}")).write(client.resp3, out);
                ended = true;
            }
        }
    }
    pending.drain(..used);
    ended
}

#[cfg(test)]
mod tests;
