//! Host and port of a component, as errors name it. Holds no user, password or path.

use std::fmt;
use std::net::IpAddr;

/// `127.0.0.1:8082`, `[::1]:6379`, `db.internal:5432`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// A host, with or without the brackets of IPv6, and a port.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        Self { host: bare.to_owned(), port }
    }

    /// Parses `host:port`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.trim().rsplit_once(':')?;
        let whole =
            !host.is_empty() && !host.contains(['/', '@', ' ']) && (host.starts_with('[') || !host.contains(':'));
        whole.then_some(()).and_then(|()| Some(Self::new(host, port.parse().ok()?)))
    }

    /// The host, without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The address itself, where the host is one and no name.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = crate::base::Shown::from_remote(&self.host);
        if self.host.contains(':') { write!(f, "[{host}]:{}", self.port) } else { write!(f, "{host}:{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        for (text, shown) in [("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:6379", "[::1]:6379"), ("db:5432", "db:5432")] {
            assert_eq!(Address::parse(text).map(|a| a.to_string()).as_deref(), Some(shown));
        }
        for bad in ["", "db", "db:", ":80", "db:99999", "::1:80", "http://db:80", "u@db:80"] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }
}
