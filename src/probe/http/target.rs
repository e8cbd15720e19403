//! One URL to ask: its origin, its path, its headers. Knows what may be shown of it.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::Url;

use crate::base::{Cause, Filled, Shown};
use crate::probe::ProbeError;
use crate::probe::http::names::Origin;
use crate::probe::net::Address;

/// A URL, ready to be asked again and again.
pub(super) struct Target {
    /// Its place among the origins.
    origin: usize,
    /// As asked: the client takes userinfo out of it and sends it as a header.
    url: Url,
    headers: HeaderMap,
    shown: String,
}

impl Target {
    /// Takes a URL apart; adds its origin where it is new.
    pub(super) fn new(
        url: &Filled,
        headers: &[(&str, Filled)],
        keep_alive: Option<bool>,
        origins: &mut Vec<Origin>,
    ) -> Result<Self, ProbeError> {
        let shown = without_query_values(&url.to_string());
        let wrong = || {
            let words = format!("'{shown}' is no URL: write http://host:port/path or https://…");
            ProbeError::new(Cause::Malformed, Shown::from_remote(&words).into_string())
        };
        let mut url = Url::parse(url.expose().trim()).map_err(|_| wrong())?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let host = url.host_str().ok_or_else(wrong)?;
        let address = Address::new(host, url.port_or_known_default().ok_or_else(wrong)?);
        let headers = request_headers(&url, host, headers)?;
        let origin = Origin::place(origins, address, tls, keep_alive.unwrap_or(tls));
        url.set_fragment(None);
        Ok(Self { origin, url, headers, shown })
    }

    /// Asks with these values in its query from now on, in the place of those of the same names.
    pub(super) fn ask_with(&mut self, pairs: &[(&str, String)]) {
        let named = |name: &str| pairs.iter().any(|(own, _)| *own == name);
        let kept: Vec<(String, String)> = self
            .url
            .query_pairs()
            .filter(|(name, _)| !named(name))
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        self.url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(pairs);
    }

    /// Place of its origin.
    pub(super) fn origin(&self) -> usize {
        self.origin
    }

    /// The URL, secrets and all.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Path and query, as sent.
    pub(super) fn path(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
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
    Ok(headers)
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
    use std::sync::Arc;

    use reqwest::{Client, Method};

    use super::*;
    use crate::base::{Template, Variables};
    use crate::probe::http::exchange;
    use crate::probe::net::tls;

    fn filled(text: &str) -> Filled {
        Template::parse(text).unwrap().fill(&Variables::default()).unwrap()
    }

    fn target(url: &str, headers: &[(&str, &str)]) -> Result<Target, ProbeError> {
        let headers: Vec<(&str, Filled)> = headers.iter().map(|(name, value)| (*name, filled(value))).collect();
        Target::new(&filled(url), &headers, None, &mut Vec::new())
    }

    #[test]
    fn a_url_is_asked_as_it_is_written_and_shown_without_what_may_be_secret() {
        let target = target("http://u:p%40ss@[::1]:8001/a?q=1&flag#x", &[("X-API-Key", "k")]).unwrap();
        assert_eq!(target.path(), "/a?q=1&flag");
        assert!(target.shown().ends_with("/a?q=***&flag"), "{}", target.shown());
        let client = Client::builder().tls_backend_preconfigured(tls::none().unwrap()).build().unwrap();
        let request = exchange::request(&client, &target, true).unwrap();
        let headers = request.headers();
        assert_eq!((request.method(), request.url().as_str()), (&Method::GET, "http://[::1]:8001/a?q=1&flag"));
        assert_eq!(
            (&headers["host"], &headers["connection"]),
            (&"[::1]:8001".parse().unwrap(), &"close".parse().unwrap())
        );
        assert_eq!(headers["authorization"], "Basic dTpwQHNz");
        let printed = format!("{headers:?}");
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
    fn one_origin_has_one_place_and_one_name_one_resolver() {
        let mut origins = Vec::new();
        let places = ["http://h/a", "http://h:80/b", "https://h/a", "http://i/a"]
            .map(|url| Target::new(&filled(url), &[], None, &mut origins).unwrap().origin());
        assert_eq!(places, [0, 0, 1, 2]);
        assert!(Arc::ptr_eq(&origins[0].resolver, &origins[1].resolver));
        assert!(!Arc::ptr_eq(&origins[0].resolver, &origins[2].resolver));
    }
}
