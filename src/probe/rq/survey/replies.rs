//! What the replies of a poll mean for the state of the polls. Pure.

use crate::probe::ProbeError;
use crate::probe::rq::ask::{Ask, QueueAsk, WorkerAsk};
use crate::probe::rq::keys::{Bytes, Tally};
use crate::probe::rq::parse;
use crate::probe::rq::queue::Queue;
use crate::probe::rq::slot::{self, Reply};
use crate::probe::rq::survey::{Host, MOST, Survey, add};
use crate::probe::rq::worker::Worker;

impl Survey {
    /// Takes the reply to a question in.
    pub(crate) fn take(&mut self, ask: Ask, reply: Reply) {
        match ask {
            Ask::Time => self.clock.take_time(reply),
            Ask::ClockExpiry(_) => self.clock.take_expiry(reply),
            Ask::ClockRest(_) => self.clock.take_rest(reply),
            Ask::Suspended => self.suspended.take(reply, |reply| parse::count(&reply).map(|count| count > 0)),
            Ask::Queues => self.take_queues(reply),
            Ask::Workers => self.take_workers(reply),
            Ask::Channels => self.take_channels(reply),
            Ask::Scan(_) => self.take_scan(reply),
            Ask::Locks(at) => self.take_locks(&at, reply),
            Ask::AnyTaken(at) => self.take_any_taken(&at, reply),
            Ask::Any(of, at) => self.take_any(of, &at, reply),
            Ask::Listeners(at) => self.take_listeners(&at, reply),
            Ask::Scheduler(name) => self.take_scheduler(name, reply),
            Ask::Job(job) => self.jobs.take_job(&job, reply),
            Ask::Outcome(job) => self.jobs.take_outcome(&job, &reply),
            Ask::Enqueued(job) => self.jobs.take_enqueued(&job, reply),
            Ask::Queue(at, ask) => self.take_of_queue(at, &ask, reply),
            Ask::Worker(at, ask) => {
                if let Some(worker) = self.workers.get_mut(at) {
                    worker.take(ask, reply);
                }
                if ask == WorkerAsk::Identity {
                    self.add_served(at);
                }
            }
        }
    }

    fn take_of_queue(&mut self, at: usize, ask: &QueueAsk, reply: Reply) {
        let when = self.when();
        if let Some(queue) = self.queues.get_mut(at) {
            self.is_stale |= queue.take(ask, reply, &when);
        }
    }

    /// A queue on which nothing was ever enqueued is in no list, yet its worker's scheduler holds its lock.
    fn add_served(&mut self, worker: usize) {
        let names = self.workers.get(worker).map(Worker::queues).unwrap_or_default();
        for name in names.iter().filter(|_| !self.is_named) {
            if !self.queue_places.contains_key(name) && self.queues.len() < MOST {
                add(&mut self.queues, &mut self.queue_places, name, Queue::unlisted(name));
            }
        }
    }

    fn take_queues(&mut self, reply: Reply) {
        let keys = match names(reply) {
            Ok(keys) => keys,
            Err(fault) => return self.queues_fault = Some(fault),
        };
        self.queues_fault = None;
        self.left_out = keys.len().saturating_sub(MOST);
        let before: Vec<bool> =
            self.queues.iter_mut().map(|queue| std::mem::replace(&mut queue.is_listed, false)).collect();
        for key in keys.iter().take(MOST) {
            let Some(name) = self.keys.queue_name(key) else { continue };
            match self.queue_places.get(name) {
                Some(at) => self.queues[*at].is_listed = true,
                None => add(&mut self.queues, &mut self.queue_places, name, Queue::new(name)),
            }
        }
        // what is shown of a queue comes and goes with it
        self.is_stale |= self.queues.iter().zip(before).any(|(queue, before)| queue.is_listed != before);
    }

    fn take_workers(&mut self, reply: Reply) {
        let keys = match names(reply) {
            Ok(keys) => keys,
            Err(fault) => return self.workers_fault = Some(fault),
        };
        self.workers_fault = None;
        self.workers.iter_mut().for_each(|worker| worker.is_registered = false);
        for key in keys.iter().take(MOST) {
            let Some(name) = self.keys.worker_name(key) else { continue };
            match self.worker_places.get(name) {
                Some(at) => self.workers[*at].is_registered = true,
                None => add(&mut self.workers, &mut self.worker_places, name, Worker::new(name, true)),
            }
        }
    }

    /// A worker that is not in the list of workers, but left a trace.
    fn found(&mut self, name: &[u8]) {
        if !self.worker_places.contains_key(name) && self.workers.len() < MOST {
            add(&mut self.workers, &mut self.worker_places, name, Worker::new(name, false));
        }
    }

    fn take_channels(&mut self, reply: Reply) {
        match names(reply) {
            Ok(channels) => {
                for channel in &channels {
                    if let Some(name) = self.keys.channel_name(channel).map(Bytes::from) {
                        self.found(&name);
                    }
                }
            }
            Err(_) => self.pubsub_refused = Some(self.poll),
        }
    }

    fn take_scan(&mut self, reply: Reply) {
        self.search.cursor = None;
        let parts = reply.ok().and_then(parse::items).and_then(|parts| <[redis::Value; 2]>::try_from(parts).ok());
        let Some([cursor, keys]) = parts else { return };
        match parse::count(&cursor) {
            Some(cursor @ 1..) => self.search.cursor = Some(cursor),
            _ => self.search.scanned = Some(self.poll),
        }
        for key in parse::names(keys).unwrap_or_default() {
            if let Some(name) = self.keys.worker_name(&key).map(Bytes::from) {
                self.found(&name);
            }
        }
    }

    fn take_locks(&mut self, at: &[usize], reply: Reply) {
        let values = reply.and_then(|reply| parse::items(reply).ok_or_else(slot::malformed));
        let mut values = values.map(Vec::into_iter);
        for at in at {
            let value = values.as_mut().map(|values| values.next().unwrap_or_default()).map_err(|fault| fault.clone());
            if let Some(queue) = self.queues.get_mut(*at) {
                queue.take_lock(value);
            }
        }
    }

    fn take_any_taken(&mut self, at: &[usize], reply: Reply) {
        let any = reply.ok().as_ref().and_then(parse::count).map(|count| count > 0);
        let when = self.when();
        for at in at {
            if let Some(queue) = self.queues.get_mut(*at) {
                queue.taken.take_any(any, &when);
            }
        }
    }

    fn take_any(&mut self, of: Tally, at: &[usize], reply: Reply) {
        let any = reply.ok().as_ref().and_then(parse::count).map(|count| count > 0);
        if any.is_none() {
            self.any_refused = Some(self.poll);
        }
        let when = self.when();
        for at in at {
            if let Some(queue) = self.queues.get_mut(*at) {
                self.is_stale |= queue.take_any(of, any, &when);
            }
        }
    }

    fn take_listeners(&mut self, at: &[usize], reply: Reply) {
        let Ok(counts) = reply else { return self.pubsub_refused = Some(self.poll) };
        let counts: Vec<redis::Value> = match counts {
            redis::Value::Map(pairs) => pairs.into_iter().map(|(_, count)| count).collect(),
            flat => parse::items(flat).unwrap_or_default().into_iter().skip(1).step_by(2).collect(),
        };
        for (at, count) in at.iter().zip(counts) {
            if let Some(worker) = self.workers.get_mut(*at) {
                worker.take_listeners(Ok(count));
            }
        }
    }

    fn take_scheduler(&mut self, name: Bytes, reply: Reply) {
        let fields = reply.ok().and_then(parse::items).and_then(|fields| <[redis::Value; 2]>::try_from(fields).ok());
        if let Some([host, pid]) = fields {
            let pid = parse::bytes(&pid).and_then(parse::whole);
            let name_of_host = parse::into_bytes(host).unwrap_or_default();
            self.schedulers.insert(name, Host { name: name_of_host, pid, asked: self.poll });
        }
    }
}

/// The members of a set of names.
fn names(reply: Reply) -> Result<Vec<Bytes>, ProbeError> {
    reply.and_then(|reply| parse::names(reply).ok_or_else(slot::malformed))
}
