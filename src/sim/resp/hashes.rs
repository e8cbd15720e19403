//! Commands on hashes. Pure.

use super::command::{Answer, Call, wrong_number};
use super::proto::Reply;
use super::store::{Blob, Hash};

fn field(call: &Call<'_>, hash: Option<&Hash>, at: usize) -> Reply {
    hash.and_then(|hash| hash.get(&call.args[at])).map_or(Reply::Nil, Reply::bulk)
}

pub(crate) fn hget(call: &mut Call<'_>) -> Answer {
    Ok(field(call, call.redis.store.peek(call.key())?, 2))
}

pub(crate) fn hmget(call: &mut Call<'_>) -> Answer {
    let hash = call.redis.store.peek(call.key())?;
    Ok(Reply::Array((2..call.args.len()).map(|at| field(call, hash, at)).collect()))
}

pub(crate) fn hgetall(call: &mut Call<'_>) -> Answer {
    let hash = call.redis.store.peek::<Hash>(call.key())?;
    let pairs = hash.map_or_else(Vec::new, |hash| hash.iter().map(|(f, v)| (Reply::bulk(f), Reply::bulk(v))).collect());
    Ok(Reply::Map(pairs))
}

pub(crate) fn hexists(call: &mut Call<'_>) -> Answer {
    let hash = call.redis.store.peek::<Hash>(call.key())?;
    Ok(Reply::Int(i64::from(hash.is_some_and(|hash| hash.contains_key(&call.args[2])))))
}

pub(crate) fn hlen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.peek::<Hash>(call.key())?.map_or(0, Hash::len)))
}

pub(crate) fn hset(call: &mut Call<'_>) -> Answer {
    let (key, words) = (call.key().to_vec(), call.rest(2).to_vec());
    if words.len() % 2 == 1 {
        return Err(wrong_number("hset"));
    }
    let added = call.redis.store.edit(key, |hash: &mut Hash| {
        words.chunks_exact(2).filter(|pair| hash.insert(pair[0].clone(), pair[1].clone()).is_none()).count()
    })?;
    Ok(Reply::count(added))
}

pub(crate) fn hdel(call: &mut Call<'_>) -> Answer {
    let (key, fields): (Blob, Vec<Blob>) = (call.key().to_vec(), call.rest(2).to_vec());
    let removed = call
        .redis
        .store
        .edit(key, |hash: &mut Hash| fields.iter().filter(|field| hash.shift_remove(*field).is_some()).count())?;
    Ok(Reply::count(removed))
}
