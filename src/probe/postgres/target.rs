//! A PostgreSQL URL taken apart: where to connect, as whom, with which TLS. Pure. Its texts never hold the URL.

use std::str::FromStr as _;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::base::{Cause, Filled};
use crate::probe::ProbeError;
use crate::probe::net::Address;

/// Where a server is and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Target {
    /// Host and port.
    pub(crate) address: Address,
    /// User, password, database, and whether TLS is asked for.
    pub(crate) config: Config,
    /// True where the certificate is verified: `sslmode=verify-ca` and `verify-full`.
    pub(crate) verified: bool,
}

/// What the URL's own parameters may set; others are those of other libraries and mean nothing here.
const PARAMETERS: [&str; 8] =
    ["dbname", "user", "password", "host", "port", "options", "channel_binding", "sslnegotiation"];

/// What is said where a URL is none.
const WRONG: &str = "is no PostgreSQL URL: write postgresql://user@host:5432/database";

impl Target {
    /// Takes `postgresql://[user[:password]@]host[:port]/database[?sslmode=…]` apart. A driver's name in the scheme
    /// (`postgresql+asyncpg://`) is passed over.
    pub(crate) fn parse(url: &Filled) -> Result<Self, ProbeError> {
        let wrong = |words: &str| ProbeError::new(Cause::Malformed, format!("malformed: its address {words}"));
        let (scheme, rest) = url.expose().trim().split_once("://").ok_or_else(|| wrong(WRONG))?;
        if !matches!(scheme.split('+').next(), Some("postgres" | "postgresql")) {
            return Err(wrong(WRONG));
        }
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let pairs: Vec<&str> = parameters.split('&').collect();
        let named = |pair: &&&str| PARAMETERS.contains(&pair.split('=').next().unwrap_or_default());
        let kept: Vec<&str> = pairs.iter().filter(named).copied().collect();
        let mut config =
            Config::from_str(&format!("postgresql://{place}?{}", kept.join("&"))).map_err(|_| wrong(WRONG))?;
        let mode = pairs.iter().rev().find_map(|pair| pair.strip_prefix("sslmode=").or(pair.strip_prefix("ssl=")));
        let (mode, verified) = match mode {
            Some("disable" | "false") => (SslMode::Disable, false),
            None | Some("allow" | "prefer") => (SslMode::Prefer, false),
            Some("require" | "true") => (SslMode::Require, false),
            Some("verify-ca" | "verify-full") => (SslMode::Require, true),
            Some(_) => {
                return Err(wrong("has an unknown sslmode: disable, prefer, require, verify-ca or verify-full"));
            }
        };
        config.ssl_mode(mode).application_name("midwatch");
        let address = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => Address::new(host, config.get_ports().first().copied().unwrap_or(5432)),
            Some(Host::Unix(_)) => return Err(wrong("is a socket: name a host, such as localhost")),
            None => return Err(wrong("names no host: write postgresql://user@host:5432/database")),
        };
        Ok(Self { address, config, verified })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<Target, String> {
        Target::parse(&Filled::new(url.to_owned(), "masked".to_owned())).map_err(|error| error.text)
    }

    #[test]
    fn urls_as_libraries_write_them() {
        for (url, address, user, database) in [
            ("postgresql://ann:pw@db:6432/shop", "db:6432", "ann", "shop"),
            ("postgres://ann@db/shop", "db:5432", "ann", "shop"),
            ("postgresql+asyncpg://ann:p%40w@db/shop?ssl=require", "db:5432", "ann", "shop"),
            ("postgresql://ann@db/shop?pgbouncer=true&connection_limit=1&sslmode=require", "db:5432", "ann", "shop"),
            ("postgresql://ann@[::1]:5433/shop", "[::1]:5433", "ann", "shop"),
        ] {
            let target = parsed(url).unwrap();
            let config = &target.config;
            let told = (target.address.to_string(), config.get_user().unwrap(), config.get_dbname().unwrap());
            assert_eq!(told, (address.to_owned(), user, database), "{url}");
            assert_eq!(config.get_application_name(), Some("midwatch"));
        }
    }

    #[test]
    fn tls_is_as_the_url_asks() {
        for (asked, mode, verified) in [
            ("", SslMode::Prefer, false),
            ("?sslmode=disable", SslMode::Disable, false),
            ("?sslmode=prefer", SslMode::Prefer, false),
            ("?sslmode=require", SslMode::Require, false),
            ("?x=1&ssl=require", SslMode::Require, false),
            ("?sslmode=verify-ca", SslMode::Require, true),
            ("?sslmode=verify-full&options=-csearch_path%3Dapp", SslMode::Require, true),
        ] {
            let target = parsed(&format!("postgresql://ann@db/shop{asked}")).unwrap();
            assert_eq!((target.config.get_ssl_mode(), target.verified), (mode, verified), "{asked}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_without_it() {
        for (url, words) in [
            ("http://ann:hunter2@db/shop", WRONG),
            ("hunter2", WRONG),
            ("postgresql://ann:hunter2@db:port/shop", WRONG),
            ("postgresql:///hunter2", "names no host: write postgresql://user@host:5432/database"),
            ("postgresql:///hunter2?host=/run/postgresql", "is a socket: name a host, such as localhost"),
            (
                "postgresql://ann:hunter2@db/shop?sslmode=yes",
                "has an unknown sslmode: disable, prefer, require, verify-ca or verify-full",
            ),
        ] {
            assert_eq!(parsed(url).map(|_| ()), Err(format!("malformed: its address {words}")), "{url}");
        }
    }
}
