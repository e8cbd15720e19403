//! Commands on keys whatever they hold: existence, expiry, scanning. Pure.

#![expect(clippy::unnecessary_wraps, reason = "every row of the command table has one signature")]

use super::command::{Answer, Call, Refusal, syntax};
use super::proto::Reply;
use super::store::{Blob, Ttl};

pub(crate) fn del(call: &mut Call<'_>) -> Answer {
    let keys: Vec<Blob> = call.rest(1).to_vec();
    Ok(Reply::count(keys.iter().filter(|key| call.redis.store.remove(key)).count()))
}

pub(crate) fn exists(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.rest(1).iter().filter(|key| call.redis.store.has(key)).count()))
}

pub(crate) fn kind(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Simple(call.redis.store.kind_of(call.key())))
}

pub(crate) fn dbsize(call: &mut Call<'_>) -> Answer {
    Ok(Reply::count(call.redis.store.len()))
}

pub(crate) fn pttl(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(match call.redis.store.ttl(call.key()) {
        Ttl::Absent => -2,
        Ttl::Lasting => -1,
        Ttl::Ends(left) => left,
    }))
}

/// When it ends, in milliseconds since 1970.
pub(crate) fn pexpiretime(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(match call.redis.store.ttl(call.key()) {
        Ttl::Absent => -2,
        Ttl::Lasting => -1,
        Ttl::Ends(left) => call.redis.store.now() + left,
    }))
}

/// When it ends, in seconds since 1970.
pub(crate) fn expiretime(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(match call.redis.store.ttl(call.key()) {
        Ttl::Absent => -2,
        Ttl::Lasting => -1,
        Ttl::Ends(left) => (call.redis.store.now() + left + 500) / 1000,
    }))
}

/// Rounded to the nearest second, as in Redis.
pub(crate) fn ttl(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(match call.redis.store.ttl(call.key()) {
        Ttl::Absent => -2,
        Ttl::Lasting => -1,
        Ttl::Ends(left) => (left + 500) / 1000,
    }))
}

pub(crate) fn expire(call: &mut Call<'_>) -> Answer {
    let at = call.redis.store.now().saturating_add(call.int(2)?.saturating_mul(1000));
    ends_at(call, at)
}

pub(crate) fn pexpire(call: &mut Call<'_>) -> Answer {
    let at = call.redis.store.now().saturating_add(call.int(2)?);
    ends_at(call, at)
}

pub(crate) fn expireat(call: &mut Call<'_>) -> Answer {
    let at = call.int(2)?.saturating_mul(1000);
    ends_at(call, at)
}

fn ends_at(call: &mut Call<'_>, at: i64) -> Answer {
    let key = call.key().to_vec();
    Ok(Reply::Int(i64::from(call.redis.store.expire_at(&key, Some(at)))))
}

pub(crate) fn persist(call: &mut Call<'_>) -> Answer {
    let key = call.key().to_vec();
    let had = matches!(call.redis.store.ttl(&key), Ttl::Ends(_));
    if had {
        call.redis.store.expire_at(&key, None);
    }
    Ok(Reply::Int(i64::from(had)))
}

pub(crate) fn scan(call: &mut Call<'_>) -> Answer {
    let cursor = std::str::from_utf8(call.key()).ok().and_then(|text| text.parse().ok());
    let cursor = cursor.ok_or_else(|| Refusal(String::from("ERR invalid cursor")))?;
    let (mut count, mut pattern, mut kind) = (10, None, None);
    let mut at = 2;
    while let Some(option) = call.word(at) {
        match option.as_str() {
            "COUNT" => count = usize::try_from(call.int(at + 1)?).ok().filter(|n| *n > 0).ok_or_else(syntax)?,
            "MATCH" => pattern = Some(call.args.get(at + 1).ok_or_else(syntax)?),
            "TYPE" => kind = Some(call.word(at + 1).ok_or_else(syntax)?.to_lowercase()),
            _ => return Err(syntax()),
        }
        at += 2;
    }
    let store = &call.redis.store;
    let (next, page) = store.scan(cursor, count);
    let found = page
        .into_iter()
        .filter(|key| pattern.is_none_or(|pattern| glob(pattern, key)))
        .filter(|key| kind.as_ref().is_none_or(|kind| kind == store.kind_of(key)));
    Ok(Reply::Array(vec![Reply::bulk(next.to_string()), Reply::bulks(found)]))
}

/// Redis' glob: `*`, `?`, `[abc]`, `[^a-c]`, `\` before a literal.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
    match (first, text.split_first()) {
        (b'*', _) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        (_, None) => false,
        (b'?', Some((_, tail))) => glob(rest, tail),
        (b'[', Some((byte, tail))) => {
            let end = rest.iter().position(|b| *b == b']').unwrap_or(rest.len());
            in_class(&rest[..end], *byte) && glob(rest.get(end + 1..).unwrap_or(&[]), tail)
        }
        (b'\\', Some((byte, tail))) if !rest.is_empty() => rest[0] == *byte && glob(&rest[1..], tail),
        (literal, Some((byte, tail))) => literal == byte && glob(rest, tail),
    }
}

fn in_class(class: &[u8], byte: u8) -> bool {
    let (negated, class) = class.strip_prefix(b"^").map_or((false, class), |class| (true, class));
    let range = class.windows(3).any(|w| w[1] == b'-' && (w[0]..=w[2]).contains(&byte));
    (range || class.contains(&byte)) != negated
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn globs_as_redis_matches_them() {
        for (pattern, text, fits) in [
            ("rq:worker:*", "rq:worker:a", true),
            ("rq:worker:*", "rq:workers", false),
            ("*:executions", "rq:worker:a:executions", true),
            ("a?c", "abc", true),
            ("a[bx]c", "axc", true),
            ("a[^b]c", "abc", false),
            ("a[0-9]c", "a7c", true),
            ("a\\*c", "abc", false),
            ("a\\*c", "a*c", true),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), fits, "{pattern} {text}");
        }
    }
}
