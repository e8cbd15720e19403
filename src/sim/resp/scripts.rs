//! `EVAL` without Lua: the few scripts that remedies for rq send, known by the first line of their comment and carried out
//! here step by step. Any other script is refused.

use super::command::{Answer, Call, Refusal};
use super::proto::Reply;
use super::store::{Blob, Hash, List, Set, Sorted, Ttl};

/// One script: what its comment says, and what it does.
struct Script {
    says: &'static str,
    run: fn(&mut Steps<'_, '_>) -> Reply,
}

/// The scripts.
static SCRIPTS: [Script; 5] = [
    Script { says: "-- Puts failed jobs back at the end of their queue.", run: requeue },
    Script { says: "-- Deletes waiting jobs of one queue.", run: empty },
    Script {
        says: "-- Puts jobs that a worker took and never started back at the head of their queue.",
        run: give_back,
    },
    Script { says: "-- Enqueues a new job: its hash and its id in the queue, or neither.", run: enqueue },
    Script { says: "-- Suspends all workers for a time, unless somebody did so for longer.", run: suspend },
];

/// The script that a text is.
fn script_of(text: &[u8]) -> Option<&'static Script> {
    let text = String::from_utf8_lossy(text);
    SCRIPTS.iter().find(|script| text.contains(script.says))
}

pub(crate) fn eval(call: &mut Call<'_>) -> Answer {
    let Some(script) = script_of(call.key()) else {
        return Err(Refusal(String::from("ERR this server has no Lua: it knows the scripts of rq's remedies by name")));
    };
    let keys = usize::try_from(call.int(2)?).unwrap_or(usize::MAX);
    let words = call.rest(3).to_vec();
    let Some((keys, argv)) = words.split_at_checked(keys) else {
        return Err(Refusal(String::from("ERR Number of keys can't be greater than number of args")));
    };
    Ok((script.run)(&mut Steps { call, keys, argv }))
}

/// A script at work.
struct Steps<'c, 'a> {
    call: &'c mut Call<'a>,
    keys: &'c [Blob],
    argv: &'c [Blob],
}

/// What is said of one job.
type Word = &'static str;

impl Steps<'_, '_> {
    fn key(&self, at: usize) -> Blob {
        self.keys.get(at).cloned().unwrap_or_default()
    }

    /// One command; its refusal is no more than its having done nothing.
    fn redis(&mut self, words: &[&[u8]]) -> Reply {
        let words: Vec<Blob> = words.iter().map(|word| word.to_vec()).collect();
        self.call.redis.call(self.call.client, &words)
    }

    fn field(&self, hash: &[u8], field: &str) -> Option<Blob> {
        let hash = self.call.redis.store.peek::<Hash>(hash).ok().flatten()?;
        hash.get(field.as_bytes()).cloned()
    }

    fn has(&self, key: &[u8]) -> bool {
        self.call.redis.store.has(key)
    }

    fn is_listed(&self, list: &[u8], item: &[u8]) -> bool {
        let list = self.call.redis.store.peek::<List>(list).ok().flatten();
        list.is_some_and(|list| list.iter().any(|other| other == item))
    }

    /// Each job of `argv` from `first` on, with its own `count` keys after `fixed` common ones.
    fn each(
        &mut self,
        (first, fixed, count): (usize, usize, usize),
        mut one: impl FnMut(&mut Self, &[u8], &[Blob]) -> Word,
    ) -> Reply {
        let (keys, argv) = (self.keys, self.argv);
        let own = keys.get(fixed..).unwrap_or(&[]).chunks(count);
        let jobs = argv.get(first..).unwrap_or(&[]);
        Reply::bulks(jobs.iter().zip(own).map(|(id, own)| one(self, id, own)).collect::<Vec<Word>>())
    }
}

fn requeue(steps: &mut Steps<'_, '_>) -> Reply {
    let (failed, queue, queues) = (steps.key(0), steps.key(1), steps.key(2));
    let now = steps.argv.first().cloned().unwrap_or_default();
    steps.each((1, 3, 3), |steps, id, own| {
        let [job, dependents, dependencies] = own else { return "failed ERR too few keys" };
        let sorted = steps.call.redis.store.peek::<Sorted>(&failed).ok().flatten();
        if sorted.and_then(|sorted| sorted.score(id)).is_none() {
            return "gone";
        }
        if !steps.has(job) {
            steps.redis(&[b"ZREM", &failed, id]);
            return "gone";
        }
        steps.redis(&[b"SADD", &queues, &queue]);
        steps.redis(&[b"RPUSH", &queue, id]);
        let fields: [&[u8]; 10] =
            [b"HSET", job, b"status", b"queued", b"enqueued_at", &now, b"started_at", b"", b"ended_at", b""];
        steps.redis(&fields);
        steps.redis(&[b"HDEL", job, b"exc_info"]);
        for key in [job, dependents, dependencies] {
            steps.redis(&[b"PERSIST", key]);
        }
        steps.redis(&[b"ZREM", &failed, id]);
        "done"
    })
}

fn empty(steps: &mut Steps<'_, '_>) -> Reply {
    let queue = steps.key(0);
    steps.each((0, 1, 4), |steps, id, own| {
        let [job, results, dependents, dependencies] = own else { return "failed ERR too few keys" };
        if steps.call.redis.store.peek::<Set>(dependents).ok().flatten().is_some() {
            return "skipped other jobs wait for it";
        }
        if steps.redis(&[b"LREM", &queue, b"1", id]) == Reply::Int(0) {
            return "gone";
        }
        steps.redis(&[b"DEL", job, results, dependents, dependencies]);
        "done"
    })
}

fn give_back(steps: &mut Steps<'_, '_>) -> Reply {
    let (taken, queue, queues) = (steps.key(0), steps.key(1), steps.key(2));
    let mut back: Vec<Blob> = Vec::new();
    let said = steps.each((0, 4, 3), |steps, id, own| {
        let [job, executions, seen] = own else { return "failed ERR too few keys" };
        match steps.field(job, "status") {
            Some(status) if status != b"queued" => return "skipped it is not queued any more",
            Some(_) if steps.has(executions) => return "skipped a worker runs it",
            Some(_) if !steps.is_listed(&taken, id) => return "gone",
            Some(_) => {}
            None => {
                steps.redis(&[b"LREM", &taken, b"1", id]);
                return "gone";
            }
        }
        steps.redis(&[b"LREM", &taken, b"1", id]);
        steps.redis(&[b"DEL", seen]);
        back.push(id.to_vec());
        "done"
    });
    // the first of them is the next one again
    for id in back.iter().rev() {
        steps.redis(&[b"SADD", &queues, &queue]);
        steps.redis(&[b"LPUSH", &queue, id]);
    }
    said
}

fn enqueue(steps: &mut Steps<'_, '_>) -> Reply {
    let (job, queue, queues) = (steps.key(0), steps.key(1), steps.key(2));
    let Some((id, fields)) = steps.argv.split_first() else { return Reply::bulk("failed ERR too few arguments") };
    steps.redis(&[b"SADD", &queues, &queue]);
    steps.redis(&[b"RPUSH", &queue, id]);
    let mut words: Vec<&[u8]> = vec![b"HSET", &job];
    words.extend(fields.iter().map(Vec::as_slice));
    if let Reply::Error(line) = steps.redis(&words) {
        steps.redis(&[b"LREM", &queue, b"-1", id]);
        return Reply::bulk(format!("failed {line}"));
    }
    Reply::bulk("done")
}

fn suspend(steps: &mut Steps<'_, '_>) -> Reply {
    let (key, secs) = (steps.key(0), steps.argv.first().cloned().unwrap_or_default());
    let asked = std::str::from_utf8(&secs).ok().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    match steps.call.redis.store.ttl(&key) {
        Ttl::Lasting => return Reply::Int(-1),
        Ttl::Ends(left) if left > asked * 1000 => return Reply::Int(left),
        Ttl::Ends(_) | Ttl::Absent => {}
    }
    steps.redis(&[b"SET", &key, b"1", b"EX", &secs]);
    Reply::Int(-2)
}

#[cfg(test)]
mod tests {
    use super::super::command::{Client, Redis};
    use super::*;

    fn told(redis: &mut Redis, words: &[&str]) -> Reply {
        let words: Vec<Blob> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        redis.call(&mut Client::new(1), &words)
    }

    #[test]
    fn every_script_that_is_sent_is_known() {
        for (text, run) in [
            (include_str!("../../runtime/run/rq/requeue.lua"), requeue as fn(&mut Steps<'_, '_>) -> Reply),
            (include_str!("../../runtime/run/rq/empty.lua"), empty),
            (include_str!("../../runtime/run/rq/return.lua"), give_back),
            (include_str!("../../runtime/run/rq/enqueue.lua"), enqueue),
            (include_str!("../../runtime/run/rq/suspend.lua"), suspend),
        ] {
            let script = script_of(text.as_bytes()).unwrap_or_else(|| panic!("unknown: {text}"));
            assert!(std::ptr::fn_addr_eq(script.run, run), "{}", script.says);
        }
        let mut redis = Redis::default();
        assert!(matches!(told(&mut redis, &["EVAL", "return 1", "0"]), Reply::Error(line) if line.contains("no Lua")));
    }

    #[test]
    fn failed_jobs_go_back_and_what_is_gone_is_told() {
        let mut redis = Redis::default();
        for words in [
            &["ZADD", "failed", "9", "a", "9", "c"][..],
            &["HSET", "job:a", "status", "failed", "exc_info", "x"],
            &["EXPIRE", "job:a", "9"],
        ] {
            told(&mut redis, words);
        }
        let keys = ["failed", "queue", "queues", "job:a", "a1", "a2", "job:b", "b1", "b2", "job:c", "c1", "c2"];
        let words = [&["EVAL", SCRIPTS[0].says, "12"][..], &keys, &["now", "a", "b", "c"]].concat();
        assert_eq!(told(&mut redis, &words), Reply::bulks(["done", "gone", "gone"]));
        assert_eq!(told(&mut redis, &["LRANGE", "queue", "0", "-1"]), Reply::bulks(["a"]));
        assert_eq!(told(&mut redis, &["ZCARD", "failed"]), Reply::Int(0));
        assert_eq!(told(&mut redis, &["HMGET", "job:a", "status", "enqueued_at"]), Reply::bulks(["queued", "now"]));
        assert_eq!(told(&mut redis, &["TTL", "job:a"]), Reply::Int(-1), "it does not expire while it waits");
    }

    #[test]
    fn a_job_is_enqueued_and_a_suspension_is_not_shortened() {
        let mut redis = Redis::default();
        let words =
            ["EVAL", SCRIPTS[3].says, "3", "job:n", "queue", "queues", "n", "status", "queued", "description", "f()"];
        assert_eq!(told(&mut redis, &words), Reply::bulk("done"));
        assert_eq!(told(&mut redis, &["HGET", "job:n", "description"]), Reply::bulk("f()"));
        assert_eq!(told(&mut redis, &["LRANGE", "queue", "0", "-1"]), Reply::bulks(["n"]));
        let suspended = |redis: &mut Redis, secs| told(redis, &["EVAL", SCRIPTS[4].says, "1", "suspended", secs]);
        assert_eq!(suspended(&mut redis, "600"), Reply::Int(-2));
        assert_eq!(suspended(&mut redis, "60"), Reply::Int(600_000));
    }
}
