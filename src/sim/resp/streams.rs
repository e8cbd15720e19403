//! Commands on streams: reads only, the world writes its entries itself. Pure.

use super::command::{Answer, Call, Refusal, syntax};
use super::proto::Reply;
use super::store::{Stream, StreamEntry};

pub(crate) fn xlen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.peek::<Stream>(call.key())?.map_or(0, Vec::len)))
}

pub(crate) fn xrange(call: &mut Call<'_>) -> Answer {
    let (low, high) = (bound(&call.args[2], 0)?, bound(&call.args[3], u64::MAX)?);
    let most = count(call)?;
    let stream = call.redis.store.peek::<Stream>(call.key())?.map_or(&[][..], Vec::as_slice);
    Ok(page(stream.iter(), low, high, most))
}

pub(crate) fn xrevrange(call: &mut Call<'_>) -> Answer {
    let (high, low) = (bound(&call.args[2], u64::MAX)?, bound(&call.args[3], 0)?);
    let most = count(call)?;
    let stream = call.redis.store.peek::<Stream>(call.key())?.map_or(&[][..], Vec::as_slice);
    Ok(page(stream.iter().rev(), low, high, most))
}

fn count(call: &Call<'_>) -> Result<usize, Refusal> {
    match call.word(4).as_deref() {
        None => Ok(usize::MAX),
        Some("COUNT") => Ok(usize::try_from(call.int(5)?).unwrap_or(0)),
        Some(_) => Err(syntax()),
    }
}

/// `-`, `+`, `ms` or `ms-seq`; `fill` is the sequence of a bare `ms`.
fn bound(text: &[u8], fill: u64) -> Result<(u64, u64), Refusal> {
    let parse = || {
        let text = std::str::from_utf8(text).ok()?;
        match text.split_once('-') {
            _ if text == "-" => Some((0, 0)),
            _ if text == "+" => Some((u64::MAX, u64::MAX)),
            Some((ms, seq)) => Some((ms.parse().ok()?, seq.parse().ok()?)),
            None => Some((text.parse().ok()?, fill)),
        }
    };
    parse().ok_or_else(|| Refusal(String::from("ERR Invalid stream ID specified as stream command argument")))
}

fn page<'a>(entries: impl Iterator<Item = &'a StreamEntry>, low: (u64, u64), high: (u64, u64), most: usize) -> Reply {
    let told = entries.filter(|entry| (low..=high).contains(&entry.id)).take(most).map(|entry| {
        let fields = entry.fields.iter().flat_map(|(field, value)| [field, value]);
        Reply::Array(vec![Reply::bulk(format!("{}-{}", entry.id.0, entry.id.1)), Reply::bulks(fields)])
    });
    Reply::Array(told.collect())
}
