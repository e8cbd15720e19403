//! The clock of Redis: what leases and scores are compared with. Ours may differ from it, and then every age would lie.
//! Pure.

use crate::probe::rq::parse;
use crate::probe::rq::slot::Reply;

/// How far the clock of Redis is from ours, learnt anew at every poll.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    ours: f64,
    offset: Option<f64>,
    /// `TIME` is not allowed: the expiry of a key tells it.
    pub(crate) is_refused: bool,
    /// Neither is that possible (before Redis 7.0).
    pub(crate) is_unknown: bool,
    expiry_ms: Option<i64>,
}

impl Clock {
    /// Starts a poll at this time of our clock, in Unix seconds.
    pub(crate) fn begin(&mut self, ours: f64) {
        self.ours = ours;
        self.expiry_ms = None;
    }

    /// The time of Redis, in Unix seconds; ours until it is known.
    pub(crate) fn now(&self) -> f64 {
        self.ours + self.offset.unwrap_or(0.0)
    }

    /// Seconds by which Redis is ahead of us.
    pub(crate) fn skew(&self) -> Option<f64> {
        self.offset
    }

    /// The reply to `TIME`: seconds and microseconds.
    pub(crate) fn take_time(&mut self, reply: Reply) {
        self.is_refused = reply.is_err();
        let Ok(Some(parts)) = reply.map(parse::items) else { return };
        if let [Some(secs), Some(micros)] = parts.iter().map(parse::float).collect::<Vec<_>>().as_slice() {
            self.set(secs + micros / 1e6);
        }
    }

    /// When a key expires, in milliseconds of the clock of Redis.
    pub(crate) fn take_expiry(&mut self, reply: Reply) {
        self.is_unknown = reply.is_err();
        self.expiry_ms = reply.ok().as_ref().and_then(positive);
    }

    /// How many milliseconds that is from now.
    pub(crate) fn take_rest(&mut self, reply: Reply) {
        if let (Some(expiry), Some(rest)) = (self.expiry_ms.take(), reply.ok().as_ref().and_then(positive)) {
            self.set((expiry - rest) as f64 / 1000.0);
        }
    }

    fn set(&mut self, redis: f64) {
        if redis.is_finite() && redis > 0.0 {
            self.offset = Some(redis - self.ours);
        }
    }
}

fn positive(reply: &redis::Value) -> Option<i64> {
    if let redis::Value::Int(number) = reply { Some(*number).filter(|number| *number > 0) } else { None }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;
    use crate::base::Cause;
    use crate::probe::ProbeError;

    fn told(clock: &Clock) -> (f64, Option<f64>) {
        (clock.now(), clock.skew())
    }

    #[test]
    fn time_is_that_of_redis() {
        let mut clock = Clock::default();
        clock.begin(1000.0);
        assert_eq!(told(&clock), (1000.0, None));
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        clock.take_time(Ok(Value::Array(vec![text("1030"), text("500000")])));
        assert_eq!(told(&clock), (1030.5, Some(30.5)));
        clock.begin(1005.0);
        assert_eq!(told(&clock), (1035.5, Some(30.5)), "the last offset holds until the next answer");
    }

    #[test]
    fn without_the_right_to_ask_an_expiry_tells_it() {
        let mut clock = Clock::default();
        clock.begin(1000.0);
        clock.take_time(Err(ProbeError::new(Cause::Unauthorized, "NOPERM")));
        assert!(clock.is_refused);
        clock.take_expiry(Ok(Value::Int(2_000_000)));
        clock.take_rest(Ok(Value::Int(480_000)));
        assert_eq!(told(&clock), (1520.0, Some(520.0)));
        clock.take_expiry(Ok(Value::Int(-2)));
        clock.take_rest(Ok(Value::Int(-2)));
        assert_eq!(told(&clock), (1520.0, Some(520.0)), "a key that is gone tells nothing");
    }
}
