//! One URL to ask: its origin, its path, its headers. Knows what may be shown of it.

use base64::Engine as _;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::Url;

use crate::base::{Cause, Filled, Shown};
use crate::probe::ProbeError;
use crate::probe::http::wire::Wire;
use crate::probe::net::{Address, Dialer};

/// A URL, ready to be asked again and again.
pub(super) struct Target {
    /// Index of the wire to its origin.
    wire: usize,
    path: String,
    headers: HeaderMap,
    shown: String,
}

impl Target {
    /// Takes a URL apart; adds the wire to its origin where there is none yet.
    pub(super) fn new(
        url: &Filled,
        headers: &[(&str, Filled)],
        keep_alive: Option<bool>,
        wires: &mut Vec<Wire>,
    ) -> Result<Self, ProbeError> {
        let shown = without_query_values(&url.to_string());
        let wrong = || {
            let words = format!("'{shown}' is no URL: write http://host:port/path or https://…");
            ProbeError::new(Cause::Malformed, Shown::from_remote(&words).into_string())
        };
        let parsed = Url::parse(url.expose().trim()).map_err(|_| wrong())?;
        let tls = match parsed.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let host = parsed.host_str().ok_or_else(wrong)?;
        let address = Address::new(host, parsed.port_or_known_default().ok_or_else(wrong)?);
        let headers = request_headers(&parsed, host, headers)?;
        let query = parsed.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", parsed.path());
        let wire = wires.iter().position(|wire| wire.is_to(&address, tls)).unwrap_or_else(|| {
            wires.push(Wire::new(Dialer::new(address, tls), tls, keep_alive.unwrap_or(tls)));
            wires.len() - 1
        });
        Ok(Self { wire, path, headers, shown })
    }

    /// Index of the wire to its origin.
    pub(super) fn wire(&self) -> usize {
        self.wire
    }

    /// Path and query, as sent.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Headers, as sent.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The URL without userinfo of variables, without query values.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }
}

fn request_headers(url: &Url, host: &str, given: &[(&str, Filled)]) -> Result<HeaderMap, ProbeError> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let wrong = |what: &str| ProbeError::new(Cause::Malformed, format!("header '{name}': {what}"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("its name is none that HTTP has"))?;
        let mut sent = HeaderValue::from_str(value.expose().trim())
            .map_err(|_| wrong("its value holds a line break or a control character"))?;
        // whatever prints headers prints no value that may be a key
        sent.set_sensitive(true);
        headers.insert(name, sent);
    }
    let mut default = |name: HeaderName, value: &str| {
        if !headers.contains_key(&name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    default(HOST, &url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
    default(USER_AGENT, concat!("midwatch/", env!("CARGO_PKG_VERSION")));
    default(ACCEPT, "application/json, text/plain;q=0.9, */*;q=0.5");
    default(ACCEPT_ENCODING, "gzip");
    if let Some(basic) = basic_authorization(url) {
        headers.entry(AUTHORIZATION).or_insert(basic);
    }
    Ok(headers)
}

/// `user:password@` of a URL, as the header that it stands for.
fn basic_authorization(url: &Url) -> Option<HeaderValue> {
    let plain = |text: &str| percent_decoded(text);
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let pair = [plain(url.username()), b":".to_vec(), plain(url.password().unwrap_or_default())].concat();
    let coded = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut value = HeaderValue::from_str(&format!("Basic {coded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digits = (ahead.next().and_then(hex), ahead.next().and_then(hex));
        match (byte, digits) {
            (b'%', (Some(high), Some(low))) => {
                plain.push(high * 16 + low);
                bytes = ahead;
            }
            _ => plain.push(byte),
        }
    }
    plain
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// `http://h/x?token=…&n=1` without what may be a token: `http://h/x?token=***&n=***`.
fn without_query_values(url: &str) -> String {
    let bare = url.split('#').next().unwrap_or_default();
    let Some((path, query)) = bare.split_once('?') else { return bare.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => format!("{name}={}", crate::base::secret::MASK),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Template, Variables};

    fn filled(text: &str) -> Filled {
        Template::parse(text).unwrap().fill(&Variables::default()).unwrap()
    }

    fn target(url: &str, headers: &[(&str, &str)]) -> Result<Target, ProbeError> {
        let headers: Vec<(&str, Filled)> = headers.iter().map(|(name, value)| (*name, filled(value))).collect();
        Target::new(&filled(url), &headers, None, &mut Vec::new())
    }

    #[test]
    fn a_url_is_taken_apart() {
        let target = target("http://u:p%40ss@[::1]:8001/a?q=1&flag#x", &[("X-API-Key", "k")]).unwrap();
        assert_eq!(target.path(), "/a?q=1&flag");
        assert_eq!(target.headers()["host"], "[::1]:8001");
        assert_eq!(target.headers()["authorization"], "Basic dTpwQHNz");
        assert!(target.shown().ends_with("/a?q=***&flag"), "{}", target.shown());
        let printed = format!("{:?}", target.headers());
        assert!(!printed.contains("dTpw") && !printed.contains("\"k\""), "{printed}");
    }

    #[test]
    fn what_cannot_be_asked_is_told_with_the_way_out() {
        for (url, words) in [
            ("ftp://h/x", "'ftp://h/x' is no URL: write http://host:port/path or https://…"),
            ("api/health", "'api/health' is no URL: write http://host:port/path or https://…"),
        ] {
            assert_eq!(target(url, &[]).err().unwrap().text, words);
        }
        let error = target("http://h", &[("X-Key", "a\nb")]).err().unwrap();
        assert_eq!(error.text, "header 'X-Key': its value holds a line break or a control character");
    }

    #[test]
    fn one_origin_has_one_wire() {
        let mut wires = Vec::new();
        for url in ["http://h/a", "http://h:80/b", "https://h/a", "http://i/a"] {
            Target::new(&filled(url), &[], None, &mut wires).unwrap();
        }
        assert_eq!(wires.len(), 3);
    }
}
