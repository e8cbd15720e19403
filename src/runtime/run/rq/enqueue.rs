//! Enqueues a function without arguments, as rq would: the job's hash and its id in the queue, in one script. Refuses where
//! the same is queued, running or about to be.

use std::io::Read as _;

use redis::{Pipeline, Value};

use super::batches::stamp;
use super::look::{list, queues, time};
use super::{PREFIX, failed, item, unanswered, why_unanswered};
use crate::action::{Done, End, ItemEnd};
use crate::base::{Now, Shown};
use crate::probe::ProbeError;
use crate::probe::rq::keys::{Bytes, Keys, Tally, job_of};
use crate::probe::rq::parse;
use crate::runtime::run::link::{Link, malformed, pipe};

const ENQUEUE: &str = concat!(include_str!("each.lua"), include_str!("enqueue.lua"));

/// A job that is scheduled within so many seconds is as good as queued.
const SOON_S: f64 = 300.0;
/// Jobs of one queue that are compared at most.
const MOST: usize = 5000;
/// Jobs compared at once.
const PAGE: usize = 100;
/// The name of the function is at the beginning of the payload.
const HEAD: u64 = 4096;
/// Seconds for which the job may run.
const TIMEOUT_S: u32 = 900;
/// Seconds for which its result is kept: a day.
const RESULT_TTL_S: u32 = 86_400;
/// Seconds for which its failure is kept: a week.
const FAILURE_TTL_S: u32 = 604_800;
/// What rq writes even where there is nothing to say.
const EMPTY_FIELDS: [&str; 8] = [
    "success_callback_name",
    "failure_callback_name",
    "stopped_callback_name",
    "started_at",
    "ended_at",
    "last_heartbeat",
    "worker_name",
    "group_id",
];

/// Enqueues a call of `function`.
pub(super) async fn enqueue(queue: &str, function: &str, now: Now, link: &mut Link) -> Done {
    match twin(queue, function, now, link).await {
        Err(error) => return failed(&error),
        Ok(Some(why)) => return Done::new(End::Failed, &why),
        Ok(None) => {}
    }
    let id = uuid::Uuid::new_v4().to_string();
    let (end, of_item) = match link.tell(&script(queue, function, &id, now)).await {
        Err(lost) => (unanswered(&lost), ItemEnd::Failed(why_unanswered(&lost))),
        Ok(replies) => match told(replies, link) {
            Ok(()) => (End::Accepted, ItemEnd::Done),
            Err(error) => (End::Failed, ItemEnd::Failed(error.text)),
        },
    };
    let mut done = Done::new(end, "");
    done.reason = match &of_item {
        ItemEnd::Failed(why) => why.clone(),
        _ => Shown::from_remote(&format!("job {id} waits in {queue}")).into_string(),
    };
    if matches!(end, End::Accepted | End::Unknown) {
        done.undo = Some(format!("while it waits: delete job {id}; it cannot be undone once it runs"));
    }
    done.items.push(item(&id, of_item));
    done
}

/// Everything in one script: a transaction whose beginning alone was refused would be half of it.
fn script(queue: &str, function: &str, id: &str, now: Now) -> Pipeline {
    let (keys, now) = (Keys::new(PREFIX), stamp(now));
    let job = [keys.job(id.as_bytes()), keys.tally(Tally::Queued, queue.as_bytes()), keys.fixed(":queues")];
    let mut pipe = Pipeline::new();
    pipe.cmd("EVAL").arg(ENQUEUE).arg(job.len()).arg(&job[..]).arg(id);
    pipe.arg("created_at").arg(&now).arg("enqueued_at").arg(&now).arg("status").arg("queued").arg("origin").arg(queue);
    pipe.arg("data").arg(payload(function)).arg("description").arg(format!("{function}()"));
    pipe.arg("timeout").arg(TIMEOUT_S).arg("result_ttl").arg(RESULT_TTL_S).arg("failure_ttl").arg(FAILURE_TTL_S);
    for field in EMPTY_FIELDS {
        pipe.arg(field).arg("");
    }
    pipe
}

/// What the script said.
fn told(replies: Vec<Result<Value, ProbeError>>, link: &Link) -> Result<(), ProbeError> {
    let word = replies.into_iter().next().unwrap_or_else(|| Err(malformed()))?;
    match parse::bytes(&word).map(String::from_utf8_lossy).as_deref() {
        Some("done") => Ok(()),
        Some(word) => Err(link.scripted(word.strip_prefix("failed ").unwrap_or(word))),
        None => Err(malformed()),
    }
}

/// `(function, None, (), {})` as a pickle of protocol 2, which every Python 3 reads.
fn payload(function: &str) -> Vec<u8> {
    let length = u32::try_from(function.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&b"\x80\x02(X"[..], &length, function.as_bytes(), b"N)}t."].concat()
}

/// Where the same function is at work already, or soon will be.
async fn twin(queue: &str, function: &str, now: Now, link: &mut Link) -> Result<Option<String>, ProbeError> {
    let keys = Keys::new(PREFIX);
    let mut names = queues(link, &keys, None).await?;
    if !names.iter().any(|name| name == queue) {
        names.push(queue.to_owned());
    }
    let soon = time(link).await?.unwrap_or_else(|| now.unix()) + SOON_S;
    for name in names {
        let queued = list(link, &keys.tally(Tally::Queued, name.as_bytes()), 0, MOST + 1).await?;
        if queued.len() > MOST {
            return Ok(Some(format!(
                "more than {MOST} jobs wait in {name}: too many to be sure that {function} is not among them"
            )));
        }
        let (started, until) = (keys.tally(Tally::Started, name.as_bytes()), soon.to_string());
        let scheduled = keys.tally(Tally::Scheduled, name.as_bytes());
        let most = MOST.to_string();
        let asks: [&[&[u8]]; 2] = [
            &[b"ZRANGE", &started, b"0", most.as_bytes()],
            &[b"ZRANGEBYSCORE", &scheduled, b"-inf", until.as_bytes(), b"LIMIT", b"0", most.as_bytes()],
        ];
        let mut rest = link.ask(&pipe(asks)).await?.into_iter().map(|reply| parse::names(reply).ok_or_else(malformed));
        let started = rest.next().unwrap_or_else(|| Err(malformed()))?;
        let started: Vec<Bytes> = started.iter().map(|member| Bytes::from(job_of(member))).collect();
        let scheduled = rest.next().unwrap_or_else(|| Err(malformed()))?;
        for (jobs, state) in [(queued, "queued"), (started, "running"), (scheduled, "scheduled within 5 minutes")] {
            if let Some(id) = same(&jobs, function, &keys, link).await? {
                return Ok(Some(format!("{function} is {state} in {name} already: job {id}")));
            }
        }
    }
    Ok(None)
}

/// The first of these jobs that calls the function.
async fn same(jobs: &[Bytes], function: &str, keys: &Keys, link: &mut Link) -> Result<Option<String>, ProbeError> {
    for page in jobs.chunks(PAGE) {
        let hashes: Vec<Vec<u8>> = page.iter().map(|id| keys.job(id)).collect();
        let asks = hashes.iter().map(|hash| [&b"HMGET"[..], hash, b"description", b"data"]);
        for (id, reply) in page.iter().zip(link.ask(&pipe(asks)).await?) {
            let fields = parse::items(reply).ok_or_else(malformed)?;
            let [description, data] = [0, 1].map(|at| fields.get(at).and_then(parse::bytes).unwrap_or_default());
            if describes(description, function) || calls(data, function) {
                return Ok(Some(parse::shown(id).into_string()));
            }
        }
    }
    Ok(None)
}

/// True of `function()` and `function(…)`.
fn describes(description: &[u8], function: &str) -> bool {
    let rest = description.strip_prefix(function.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"("))
}

/// True when the pickled payload, compressed or not, holds the function's name as a text of its own. Nothing is unpickled.
fn calls(data: &[u8], function: &str) -> bool {
    let mut head = Vec::new();
    let is_packed = flate2::read::ZlibDecoder::new(data).take(HEAD).read_to_end(&mut head).is_ok();
    let head = if is_packed { &head[..] } else { data };
    let name = function.as_bytes();
    let long = u32::try_from(name.len()).map(|length| [b"X", &length.to_le_bytes()[..], name].concat());
    let short = u8::try_from(name.len()).map(|length| [&[0x8c, length], name].concat());
    let holds = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
    long.is_ok_and(|text| holds(&text)) || short.is_ok_and(|text| holds(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_the_verified_one() {
        assert_eq!(payload("a.b"), b"\x80\x02\x28\x58\x03\x00\x00\x00a.b\x4e\x29\x7d\x74\x2e");
    }

    #[test]
    fn the_same_function_is_known_by_its_description_or_its_payload() {
        for (description, is_same) in [
            ("a.b()", true),
            ("a.b(1, x='y')", true),
            ("a.b", true),
            ("a.bc()", false),
            ("x.a.b()", false),
            ("", false),
        ] {
            assert_eq!(describes(description.as_bytes(), "a.b"), is_same, "{description}");
        }
        assert!(calls(&payload("a.b"), "a.b"));
        assert!(!calls(&payload("a.bc"), "a.b"));
        assert!(!calls(b"", "a.b"));
        // pickle.dumps(("a.b", None, (), {}), protocol=5)
        let newest = b"\x80\x05\x95\x0e\x00\x00\x00\x00\x00\x00\x00(\x8c\x03a.b\x94N)}\x94t\x94.";
        assert!(calls(newest, "a.b"));
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packer, newest).unwrap();
        assert!(calls(&packer.finish().unwrap(), "a.b"));
    }
}
