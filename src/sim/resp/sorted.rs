//! Commands on sorted sets. Pure.

use super::command::{Answer, Call, Refusal, syntax};
use super::lists::span;
use super::proto::Reply;
use super::store::{Blob, Sorted};

pub(crate) fn zcard(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.peek::<Sorted>(call.key())?.map_or(0, Sorted::len)))
}

pub(crate) fn zscore(call: &mut Call<'_>) -> Answer {
    let sorted = call.redis.store.peek::<Sorted>(call.key())?;
    Ok(sorted.and_then(|sorted| sorted.score(&call.args[2])).map_or(Reply::Nil, Reply::Double))
}

pub(crate) fn zcount(call: &mut Call<'_>) -> Answer {
    let within = Bounds::parse(&call.args[2], &call.args[3])?;
    let sorted = call.redis.store.peek::<Sorted>(call.key())?;
    Ok(Reply::count(sorted.map_or(0, |sorted| sorted.iter().filter(|(_, score)| within.has(*score)).count())))
}

pub(crate) fn zadd(call: &mut Call<'_>) -> Answer {
    let (mut only_new, mut only_old, mut tells_changed) = (false, false, false);
    let mut at = 2;
    loop {
        match call.word(at).as_deref() {
            Some("NX") => only_new = true,
            Some("XX") => only_old = true,
            Some("CH") => tells_changed = true,
            _ => break,
        }
        at += 1;
    }
    let words = call.args.len() - at;
    if words == 0 || words % 2 == 1 {
        return Err(syntax());
    }
    let pairs: Vec<(f64, Blob)> = (at..call.args.len())
        .step_by(2)
        .map(|at| Ok((call.float(at)?, call.args[at + 1].clone())))
        .collect::<Result<_, Refusal>>()?;
    let key = call.key().to_vec();
    let (added, changed) = call.redis.store.edit(key, |sorted: &mut Sorted| {
        let (mut added, mut changed) = (0, 0);
        for (score, member) in pairs {
            let old = sorted.score(&member);
            if (only_new && old.is_some()) || (only_old && old.is_none()) {
                continue;
            }
            added += usize::from(sorted.insert(&member, score));
            changed += usize::from(old.is_none_or(|old| old.total_cmp(&score).is_ne()));
        }
        (added, changed)
    })?;
    Ok(Reply::count(if tells_changed { changed } else { added }))
}

pub(crate) fn zrem(call: &mut Call<'_>) -> Answer {
    let (key, members) = (call.key().to_vec(), call.rest(2).to_vec());
    let removed =
        call.redis.store.edit(key, |sorted: &mut Sorted| members.iter().filter(|m| sorted.remove(m)).count())?;
    Ok(Reply::count(removed))
}

pub(crate) fn zremrangebyscore(call: &mut Call<'_>) -> Answer {
    let within = Bounds::parse(&call.args[2], &call.args[3])?;
    let key = call.key().to_vec();
    let removed = call.redis.store.edit(key, |sorted: &mut Sorted| {
        let out: Vec<Blob> = sorted.iter().filter(|(_, s)| within.has(*s)).map(|(m, _)| m.clone()).collect();
        out.iter().filter(|member| sorted.remove(member)).count()
    })?;
    Ok(Reply::count(removed))
}

pub(crate) fn zrange(call: &mut Call<'_>) -> Answer {
    let options = Options::parse(call, 4)?;
    range(call, &options)
}

pub(crate) fn zrevrange(call: &mut Call<'_>) -> Answer {
    let options = Options { reversed: true, ..Options::parse(call, 4)? };
    range(call, &options)
}

pub(crate) fn zrangebyscore(call: &mut Call<'_>) -> Answer {
    let options = Options { by_score: true, ..Options::parse(call, 4)? };
    range(call, &options)
}

#[derive(Default)]
struct Options {
    reversed: bool,
    by_score: bool,
    with_scores: bool,
    limit: Option<(i64, i64)>,
}

impl Options {
    fn parse(call: &Call<'_>, mut at: usize) -> Result<Self, Refusal> {
        let mut options = Self::default();
        while let Some(option) = call.word(at) {
            match option.as_str() {
                "REV" => options.reversed = true,
                "BYSCORE" => options.by_score = true,
                "WITHSCORES" => options.with_scores = true,
                "LIMIT" => {
                    options.limit = Some((call.int(at + 1)?, call.int(at + 2)?));
                    at += 2;
                }
                _ => return Err(syntax()),
            }
            at += 1;
        }
        Ok(options)
    }
}

fn range(call: &Call<'_>, options: &Options) -> Answer {
    if options.limit.is_some() && !options.by_score {
        let rule = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
        return Err(Refusal(rule.to_owned()));
    }
    let (first, second) = (&call.args[2], &call.args[3]);
    let (low, high) = if options.reversed { (second, first) } else { (first, second) };
    let within = if options.by_score { Some(Bounds::parse(low, high)?) } else { None };
    let places = if options.by_score { (0, -1) } else { (call.int(2)?, call.int(3)?) };
    let Some(sorted) = call.redis.store.peek::<Sorted>(call.key())? else { return Ok(Reply::Array(Vec::new())) };
    let mut found: Vec<(Blob, f64)> = sorted
        .iter()
        .filter(|(_, score)| within.as_ref().is_none_or(|within| within.has(*score)))
        .map(|(member, score)| (member.clone(), score))
        .collect();
    if options.reversed {
        found.reverse();
    }
    let page = match options.limit {
        None => span(places.0, places.1, found.len()),
        Some((skip, most)) => {
            let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(found.len());
            // a negative count is "all that follow"
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            skip..skip.saturating_add(most).min(found.len())
        }
    };
    let page = found[page].to_vec();
    Ok(if options.with_scores { Reply::Scored(page) } else { Reply::bulks(page.into_iter().map(|(m, _)| m)) })
}

/// A range of scores, each end inclusive or (`(5`) exclusive.
struct Bounds {
    low: (f64, bool),
    high: (f64, bool),
}

impl Bounds {
    fn parse(low: &[u8], high: &[u8]) -> Result<Self, Refusal> {
        Ok(Self { low: end(low)?, high: end(high)? })
    }

    fn has(&self, score: f64) -> bool {
        let above = if self.low.1 { score > self.low.0 } else { score >= self.low.0 };
        let below = if self.high.1 { score < self.high.0 } else { score <= self.high.0 };
        above && below
    }
}

fn end(text: &[u8]) -> Result<(f64, bool), Refusal> {
    let (text, exclusive) = text.strip_prefix(b"(").map_or((text, false), |text| (text, true));
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).filter(|n: &f64| !n.is_nan());
    number.map(|n| (n, exclusive)).ok_or_else(|| Refusal(String::from("ERR min or max is not a float")))
}
