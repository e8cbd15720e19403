//! Commands on sets. Pure.

use super::command::{Answer, Call};
use super::proto::Reply;
use super::store::Set;

pub(crate) fn smembers(call: &mut Call<'_>) -> Answer {
    let set = call.redis.store.peek::<Set>(call.key())?;
    Ok(Reply::Set(set.map_or_else(Vec::new, |set| set.iter().map(Reply::bulk).collect())))
}

pub(crate) fn scard(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.peek::<Set>(call.key())?.map_or(0, Set::len)))
}

pub(crate) fn sismember(call: &mut Call<'_>) -> Answer {
    let set = call.redis.store.peek::<Set>(call.key())?;
    Ok(Reply::Int(i64::from(set.is_some_and(|set| set.contains(&call.args[2])))))
}

pub(crate) fn sadd(call: &mut Call<'_>) -> Answer {
    let (key, members) = (call.key().to_vec(), call.rest(2).to_vec());
    let added =
        call.redis.store.edit(key, |set: &mut Set| members.into_iter().filter(|m| set.insert(m.clone())).count())?;
    Ok(Reply::count(added))
}

pub(crate) fn srem(call: &mut Call<'_>) -> Answer {
    let (key, members) = (call.key().to_vec(), call.rest(2).to_vec());
    let removed =
        call.redis.store.edit(key, |set: &mut Set| members.iter().filter(|m| set.shift_remove(*m)).count())?;
    Ok(Reply::count(removed))
}
