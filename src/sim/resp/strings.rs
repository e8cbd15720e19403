//! Commands on strings. Pure.

#![expect(clippy::unnecessary_wraps, reason = "every row of the command table has one signature")]

use super::command::{Answer, Call, syntax};
use super::proto::Reply;
use super::store::{Blob, Ttl};

fn bulk_or_nil(value: Option<&Blob>) -> Reply {
    value.map_or(Reply::Nil, Reply::bulk)
}

pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    Ok(bulk_or_nil(call.redis.store.peek::<Blob>(call.key())?))
}

pub(crate) fn strlen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.peek::<Blob>(call.key())?.map_or(0, Vec::len)))
}

/// A key of another kind reads as nothing here, as in Redis.
pub(crate) fn mget(call: &mut Call<'_>) -> Answer {
    let store = &call.redis.store;
    Ok(Reply::Array(call.rest(1).iter().map(|key| bulk_or_nil(store.peek::<Blob>(key).ok().flatten())).collect()))
}

pub(crate) fn set(call: &mut Call<'_>) -> Answer {
    let (mut expires, mut only_new, mut only_old, mut keeps) = (None, false, false, false);
    let now = call.redis.store.now();
    let mut at = 3;
    while let Some(option) = call.word(at) {
        match option.as_str() {
            "NX" => only_new = true,
            "XX" => only_old = true,
            "KEEPTTL" => keeps = true,
            "EX" | "PX" => {
                let unit = if option == "EX" { 1000 } else { 1 };
                at += 1;
                expires = Some(now.saturating_add(call.int(at)?.saturating_mul(unit)));
            }
            _ => return Err(syntax()),
        }
        at += 1;
    }
    let (key, value) = (call.key().to_vec(), call.args[2].clone());
    let store = &mut call.redis.store;
    if (only_new && store.has(&key)) || (only_old && !store.has(&key)) {
        return Ok(Reply::Nil);
    }
    if let (true, Ttl::Ends(left)) = (keeps, store.ttl(&key)) {
        expires = Some(now + left);
    }
    store.put(&key, value);
    store.expire_at(&key, expires);
    Ok(Reply::Simple("OK"))
}
