//! Commands on lists. Pure.

use super::command::{Answer, Call, syntax};
use super::proto::Reply;
use super::store::{Blob, List};

/// Redis' inclusive range with negative indexes counted from the end, as a half-open one.
pub(crate) fn span(start: i64, stop: i64, len: usize) -> std::ops::Range<usize> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { len.saturating_add(index) } else { index };
    let start = from_end(start).clamp(0, len);
    let stop = from_end(stop).saturating_add(1).clamp(start, len);
    usize::try_from(start).unwrap_or(0)..usize::try_from(stop).unwrap_or(0)
}

pub(crate) fn llen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.peek::<List>(call.key())?.map_or(0, List::len)))
}

pub(crate) fn lrange(call: &mut Call<'_>) -> Answer {
    let (start, stop) = (call.int(2)?, call.int(3)?);
    let Some(list) = call.redis.store.peek::<List>(call.key())? else { return Ok(Reply::Array(Vec::new())) };
    Ok(Reply::bulks(list.range(span(start, stop, list.len()))))
}

pub(crate) fn lindex(call: &mut Call<'_>) -> Answer {
    let index = call.int(2)?;
    let list = call.redis.store.peek::<List>(call.key())?;
    let item = list.and_then(|list| {
        let range = span(index, index, list.len());
        list.get(range.start).filter(|_| !range.is_empty())
    });
    Ok(item.map_or(Reply::Nil, Reply::bulk))
}

pub(crate) fn lpush(call: &mut Call<'_>) -> Answer {
    push(call, List::push_front)
}

pub(crate) fn rpush(call: &mut Call<'_>) -> Answer {
    push(call, List::push_back)
}

fn push(call: &mut Call<'_>, put: fn(&mut List, Blob)) -> Answer {
    let (key, items) = (call.key().to_vec(), call.rest(2).to_vec());
    let length = call.redis.store.edit(key, |list: &mut List| {
        for item in items {
            put(list, item);
        }
        list.len()
    })?;
    Ok(Reply::count(length))
}

pub(crate) fn lpop(call: &mut Call<'_>) -> Answer {
    pop(call, List::pop_front)
}

pub(crate) fn rpop(call: &mut Call<'_>) -> Answer {
    pop(call, List::pop_back)
}

fn pop(call: &mut Call<'_>, take: fn(&mut List) -> Option<Blob>) -> Answer {
    let key = call.key().to_vec();
    Ok(call.redis.store.edit(key, take)?.map_or(Reply::Nil, Reply::Bulk))
}

pub(crate) fn lrem(call: &mut Call<'_>) -> Answer {
    let (key, count, item) = (call.key().to_vec(), call.int(2)?, call.args[3].clone());
    let most = if count == 0 { usize::MAX } else { usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) };
    let removed = call.redis.store.edit(key, |list: &mut List| remove(list, &item, most, count < 0))?;
    Ok(Reply::count(removed))
}

fn remove(list: &mut List, item: &Blob, most: usize, from_tail: bool) -> usize {
    let mut places: Vec<usize> = list.iter().enumerate().filter(|(_, i)| *i == item).map(|(at, _)| at).collect();
    if from_tail {
        places.reverse();
    }
    places.truncate(most);
    places.sort_unstable_by(|a, b| b.cmp(a));
    places.iter().filter(|at| list.remove(**at).is_some()).count()
}

pub(crate) fn lmove(call: &mut Call<'_>) -> Answer {
    let (source, target) = (call.key().to_vec(), call.args[2].clone());
    let side = |word: Option<String>| match word.as_deref() {
        Some("LEFT") => Ok(true),
        Some("RIGHT") => Ok(false),
        _ => Err(syntax()),
    };
    let (from_left, to_left) = (side(call.word(3))?, side(call.word(4))?);
    let store = &mut call.redis.store;
    store.peek::<List>(&target)?;
    let take = if from_left { List::pop_front } else { List::pop_back };
    let Some(item) = store.edit(source, take)? else { return Ok(Reply::Nil) };
    let put = if to_left { List::push_front } else { List::push_back };
    store.edit(target, |list: &mut List| put(list, item.clone()))?;
    Ok(Reply::Bulk(item))
}
