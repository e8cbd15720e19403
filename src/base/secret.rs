//! Secrets: a type that cannot be printed, and the one layer that takes known secrets out of texts.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};

/// A value that is never shown, logged, recorded, put into argv or an error. No `Display`, no `Serialize`; zeroed on
/// drop.
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Takes a secret in.
    pub fn new(value: String) -> Self {
        Self(Arc::new(SecretString::from(value)))
    }

    /// The bare value, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What may be told of it: `set, 43 characters`.
    pub fn told(&self) -> String {
        format!("set, {} characters", self.expose().chars().count())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// What stands where a secret stood.
pub const MASK: &str = "***";
/// Shorter values are not searched for: they would blank out ordinary words.
const SHORTEST: usize = 6;

/// Takes known secrets, in the encodings in which they leak (plain, URL, base64, hex, JSON-escaped), out of texts; and
/// the userinfo of any URL.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that no shorter one leaves a rest.
    needles: Arc<[Box<str>]>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} needles)", self.needles.len())
    }
}

impl Redactor {
    /// A redactor of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut needles: Vec<Box<str>> =
            secrets.into_iter().flat_map(|secret| encodings(secret.expose())).filter(|n| n.len() >= SHORTEST).collect();
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self { needles: needles.into() }
    }

    /// The text without the secrets.
    pub fn redact(&self, text: &str) -> String {
        let mut out = mask_userinfo(text);
        for needle in self.needles.iter() {
            if out.contains(&**needle) {
                out = out.replace(&**needle, MASK);
            }
        }
        out
    }
}

fn encodings(value: &str) -> Vec<Box<str>> {
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let json = serde_json::to_string(value).unwrap_or_else(|_| String::from("\"\""));
    let hex = value.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let url: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let percent = url.replace('+', "%20");
    vec![
        value.into(),
        json.trim_matches('"').into(),
        url.into(),
        percent.into(),
        hex.to_uppercase().into(),
        hex.into(),
        engine.encode(value).into(),
        url_safe.encode(value).into(),
    ]
}

/// `redis://user:pw@host` becomes `redis://***@host`, wherever it stands in the text.
fn mask_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>'));
        let authority = &tail[..end.unwrap_or(tail.len())];
        if let Some(host) = authority.rfind('@') {
            out.push_str(MASK);
            rest = &tail[host..];
        } else {
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_a_secret_is_taken_out() {
        let secret = Secret::new("p\"ss w/rd+42".into());
        let redactor = Redactor::new([&secret]);
        for leaked in encodings(secret.expose()) {
            let shown = redactor.redact(&format!("before {leaked} after"));
            assert_eq!(shown, "before *** after");
        }
        assert!(!format!("{secret:?}{redactor:?}").contains("w/rd"));
    }

    #[test]
    fn url_passwords_go_even_when_unknown() {
        let redactor = Redactor::default();
        assert_eq!(
            redactor.redact("at redis://:hunter22@h:1/0 and http://a/b@c"),
            "at redis://***@h:1/0 and http://a/b@c"
        );
    }
}
