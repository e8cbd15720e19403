//! Since when a secret is in use, as far as it says so itself or a text beside it does. Pure; nothing of a value is told
//! but its dates.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Regex;

use crate::signal::{Value, moment};

/// Longest token that is looked into.
const LONGEST: usize = 16 << 10;

/// What a token says of its own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Since when.
    pub issued: Option<Timestamp>,
    /// Until when.
    pub expires: Option<Timestamp>,
}

/// The dates of a JSON Web Token, whose middle part anybody can read who has it; nothing where it is none.
pub fn token(text: &str) -> Option<Token> {
    let parts: Vec<&str> = text.trim().split('.').collect();
    let [_, claims, _] = parts.as_slice() else { return None };
    let claims =
        (claims.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()).flatten()?;
    let claims = Value::from_json(serde_json::from_slice(&claims).ok()?);
    let moment = |claim: &str| claims.get(claim).and_then(|value| moment::read(value).ok().flatten());
    let token = Token { issued: moment("iat"), expires: moment("exp") };
    (token.issued.is_some() || token.expires.is_some()).then_some(token)
}

/// The last day that stands in a text, as in `prod-2026-08-01` or `key_20260801`.
pub fn day_in(text: &str) -> Option<Timestamp> {
    let days = Regex::new(r"(20[0-9]{2})[-_.]?([01][0-9])[-_.]?([0-3][0-9])").ok()?;
    let is_digit = |c: char| c.is_ascii_digit();
    let day = |found: regex::Captures<'_>| {
        let whole = found.get(0)?;
        let longer = text[..whole.start()].ends_with(is_digit) || text[whole.end()..].starts_with(is_digit);
        let number = |at: usize| found.get(at)?.as_str().parse::<i16>().ok();
        let (month, day) = (i8::try_from(number(2)?).ok()?, i8::try_from(number(3)?).ok()?);
        let day = Date::new(number(1)?, month, day).ok().filter(|_| !longer)?;
        day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp())
    };
    days.captures_iter(text).filter_map(day).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_tells_its_dates_and_what_is_none_tells_nothing() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let rows = [
            (
                r#"{"role":"service_role","iat":1754006400,"exp":2069366400}"#,
                "2025-08-01T00:00:00Z",
                "2035-07-30T00:00:00Z",
            ),
            (r#"{"iat":1754006400.0}"#, "2025-08-01T00:00:00Z", ""),
            (r#"{"exp":2069366400}"#, "", "2035-07-30T00:00:00Z"),
        ];
        for (claims, issued, expires) in rows {
            let of = |text: &str| if text.is_empty() { None } else { at(text) };
            assert_eq!(token(&signed(claims)), Some(Token { issued: of(issued), expires: of(expires) }), "{claims}");
        }
        for none in [
            "",
            "a.b.c",
            "sk-ant-api03-xxxx",
            "..",
            &signed("{}"),
            &signed("[]"),
            &signed(r#"{"iat":"soon","exp":-1}"#),
        ] {
            assert_eq!(token(none), None, "{none}");
        }
        assert_eq!(token(&format!("a.{}.c", "A".repeat(LONGEST + 4))), None);
    }

    #[test]
    fn a_day_is_found_in_the_name_of_a_key() {
        let rows = [
            ("prod-2026-08-01", "2026-08-01"),
            ("key_20260801", "2026-08-01"),
            ("2026.08.01-b", "2026-08-01"),
            ("k-2026-05-01-2026-08-01", "2026-08-01"),
            ("prod-v2", ""),
            ("2026-13-01", ""),
            ("2026-02-30", ""),
            ("920260801", ""),
        ];
        for (text, day) in rows {
            let wanted = (!day.is_empty()).then(|| format!("{day}T00:00:00Z").parse::<Timestamp>().unwrap());
            assert_eq!(day_in(text), wanted, "{text}");
        }
    }
}
