//! The network between us and a component: rows N01 to N12.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use midwatch::base::{ComponentId, State};
use midwatch::probe::rhythm::Rhythm;
use rustls::ServerConnection;

use super::live::{Live, state};
use super::look::{Call, Look};
use super::proxy::Proxy;
use super::{Row, hold, saying};
use crate::support::authority::Authority;
use crate::support::black_hole::BlackHole;
use crate::support::http_stub::Answer;
use crate::support::redis_server::Redis;
use crate::support::tcp_stub::TcpStub;
use crate::support::watched::Watched;

#[test]
fn the_network_in_between() {
    hold(&[
        Row::new("N01", "closed port", "down: refused HOST, by 2 polls 1 s apart", refused),
        Row::new("N02", "SYN never answered", "down: timed out (connect) after 300ms at HOST", never_accepted),
        Row::new("N03", "accepts, never answers", "down: timed out (response) after 300ms at HOST", || {
            said(Answer::Hang)
        }),
        Row::new(
            "N03",
            "the server is stopped by a signal, then continued",
            "down: timed out (response) after 300ms at HOST; then up, on a new connection",
            frozen,
        ),
        Row::new("N04", "a piece of the body each 50 ms", "down: timed out (body) after 300ms at HOST", slow_loris),
        Row::new("N05", "reset in mid-body", "down: connection lost HOST", || said(Answer::Reset)),
        Row::new("N05", "Content-Length too long", "down: connection lost HOST", || {
            said(Answer::cut_short(r#"{"pending":51}"#))
        }),
        Row::new("N05", "chunk cut short", "down: connection lost HOST", || {
            said(Answer::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"a\"\r\n".to_vec()))
        }),
        Row::new("N06", "name not found", "down: DNS; its neighbour up", no_name),
        Row::new(
            "N07",
            "an open Redis connection goes dead",
            "timed out (response) after 300ms at HOST at the next poll; then up, on a new connection",
            half_open,
        ),
        Row::new("N08", "certificate of our own CA, good", "up; asked 1 times", || tls(&Served::GOOD)),
        Row::new("N08", "certificate expired", "down: TLS: certificate expired HOST; asked 0 times", || {
            tls(&Served { years: (2020, 2021), ..Served::GOOD })
        }),
        Row::new(
            "N08",
            "certificate of another host",
            "down: TLS: certificate is for another host HOST; asked 0 times",
            || tls(&Served { host: "elsewhere", ..Served::GOOD }),
        ),
        Row::new(
            "N08",
            "certificate of an unknown CA",
            "down: TLS: certificate of an unknown issuer (own CA: set SSL_CERT_FILE) HOST; asked 0 times",
            || tls(&Served { is_ours: false, ..Served::GOOD }),
        ),
        Row::new(
            "N08",
            "plain HTTP where TLS is asked for",
            "down: TLS: the port does not speak TLS HOST",
            plain_for_tls,
        ),
        Row::new("N09", "slices of 1 byte, 200 ms late", "degraded: answers 200, says 'healthy'; pending 51", sliced),
        Row::new("N10", "localhost: ::1 is a black hole", "up, in less than half its time", black_hole_v6),
        Row::new(
            "N11",
            "302 to another host",
            "down: redirected to 127.0.0.1 by HOST; the other host saw 0 requests",
            redirected,
        ),
        Row::new(
            "N11",
            "a login page, 200",
            "unknown: malformed: HTML instead of JSON from HOST; shop.pending missing (malformed)",
            login_page,
        ),
        Row::new(
            "N12",
            "50 watchers, back after an hour",
            "all see it within 15 s, at most 9 in one second",
            back_after_an_hour,
        ),
    ]);
}

/// A system of one component at a URL, with a short timeout.
fn at(url: &str) -> Call {
    Call::file(&format!(
        "title = 'Shop'\n[component.shop]\nprobe.http = {{ url = '{url}' }}\ntimeout = '300ms'\n\
         signal.pending = 'body.pending'\n"
    ))
}

fn one(url: &str) -> String {
    let look = at(url).look();
    assert!(look.signal("shop.pending").starts_with("missing"), "{}", look.signal("shop.pending"));
    assert_eq!((look.status(), look.failures("shop")), ("critical", 2));
    assert!(look.ran.took < Duration::from_secs(10), "{:?}", look.ran.took);
    look.state("shop")
}

fn said(answer: Answer) -> String {
    one(&saying(answer).url("/"))
}

fn refused() -> String {
    let closed = TcpStub::start(|_, _| {}).address();
    let told = one(&format!("http://{closed}/"));
    let mut live =
        Live::file(&format!("title = 'Shop'\n[component.shop]\nprobe.http = {{ url = 'http://{closed}/' }}\n"));
    live.until("down", |watch, _| (watch.components["shop"].state == State::Down).then_some(()));
    let at: Vec<_> = live.reports_of("shop").iter().map(|report| report.at).collect();
    let [first, second] = at.as_slice() else { panic!("{} polls", at.len()) };
    let apart = second.since(*first);
    assert!(apart < Duration::from_secs(3), "the interval is 5 s, the quick re-try comes before: {apart:?}");
    format!("{told}, by 2 polls {:.0} s apart", apart.as_secs_f64().floor().max(1.0))
}

fn never_accepted() -> String {
    let hole = BlackHole::start();
    one(&format!("http://{}/", hole.address()))
}

fn slow_loris() -> String {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n";
    let bytes = [&head[..], &b"{ ".repeat(4000)].concat();
    said(Answer::Drip { bytes, piece: head.len(), every: Duration::from_millis(50) })
}

/// Watches a Redis every 300 ms.
fn watch_redis(address: &str) -> Live {
    Live::file(&format!(
        "title = 'Shop'\n[component.redis]\nprobe.redis = {{ url = 'redis://{address}' }}\n\
         every = '300ms'\ntimeout = '300ms'\n"
    ))
}

fn is(wanted: State) -> impl Fn(&midwatch::watch::Watch, &[super::live::Seen]) -> Option<String> {
    move |watch, _| (watch.components["redis"].state == wanted).then(|| state(watch, "redis"))
}

fn frozen() -> String {
    let redis = Redis::start();
    let proxy = Proxy::to(redis.port());
    let mut live = watch_redis(&proxy.address());
    live.until("up", is(State::Up));
    assert_eq!(proxy.opened(), 1);
    redis.pause();
    let down = live.until("down", is(State::Down));
    redis.resume();
    let up = live.until("up again", is(State::Up));
    format!("{down}; then {up}, {}", if proxy.opened() > 1 { "on a new connection" } else { "on the old one" })
}

fn half_open() -> String {
    let redis = Redis::start();
    let proxy = Proxy::to(redis.port());
    let mut live = watch_redis(&proxy.address());
    live.until("up", is(State::Up));
    proxy.stall();
    let from = live.seen.len();
    let told = live.until("a failed poll", |_, seen| seen[from..].iter().find(|s| s.told != "up").cloned());
    let polls = live.seen.len() - from;
    // one poll may have been under way, and answered, when the line went dead
    assert!(polls <= 2, "green from a dead connection: {:?}", live.seen);
    live.until("up again", |_, seen| (seen.last()?.told == "up").then_some(()));
    assert_eq!(live.state("redis"), "up", "one failed poll changes nothing yet");
    format!(
        "{} at the next poll; then up, {}",
        told.told.trim_start_matches("down: "),
        if proxy.opened() == 2 { "on a new connection" } else { "after several" }
    )
}

fn no_name() -> String {
    let http = saying(Answer::json(200, "{}"));
    let file = format!(
        "title = 'Shop'\n[component.lost]\nprobe.http = {{ url = 'http://nothing.invalid/' }}\ntimeout = '300ms'\n\
         [component.near]\nprobe.http = {{ url = '{}' }}\n",
        http.url("/")
    );
    let look = Call::file(&file).look();
    assert!(look.ran.took < Duration::from_secs(10), "a resolver that hangs is not waited for: {:?}", look.ran.took);
    // whether a name is unknown or nobody tells depends on the machine's resolver
    let told = look.state("lost");
    let cause = told.strip_prefix("down: DNS: ").map_or(told.as_str(), |_| "down: DNS");
    format!("{cause}; its neighbour {}", look.state("near"))
}

/// How a TLS server presents itself.
struct Served {
    host: &'static str,
    years: (i32, i32),
    is_ours: bool,
}

impl Served {
    const GOOD: Served = Served { host: "localhost", years: (2020, 2200), is_ours: true };
}

/// A server over TLS, seen by a program that trusts our own CA; it counts the requests that reach it.
fn tls(served: &Served) -> String {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let config = if served.is_ours { &ours } else { &other }.vouch(served.host, served.years).server_config();
    let asked = Arc::new(Watched::new(0));
    let counted = Arc::clone(&asked);
    let stub = TcpStub::start(move |stream, _| {
        let Ok(mut connection) = ServerConnection::new(Arc::clone(&config)) else { return };
        let mut tls = rustls::Stream::new(&mut connection, stream);
        while tls.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
            counted.update(|asked| *asked += 1);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
            if tls.write_all(answer).and_then(|()| tls.flush()).is_err() {
                return;
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let roots = ours.write(folder.path());
    let look = secret_at(&format!("https://localhost:{}/", stub.address().port()))
        .env("SSL_CERT_FILE", &roots.to_string_lossy())
        .look();
    format!("{}; asked {} times", look.state("shop"), asked.read(|asked| *asked))
}

/// A component that is asked with a key.
fn secret_at(url: &str) -> Call {
    Call::file(&format!(
        "title = 'Shop'\n[var.key]\nenv = 'SHOP_KEY'\nsecret = true\n[component.shop]\ntimeout = '5s'\n\
         probe.http = {{ url = '{url}', headers = {{ X-API-Key = '${{key}}' }} }}\n"
    ))
    .env("SHOP_KEY", "canary-key")
}

fn plain_for_tls() -> String {
    let heard = Arc::new(Watched::new(Vec::new()));
    let kept = Arc::clone(&heard);
    let stub = TcpStub::start(move |stream, _| {
        let mut buffer = [0; 4096];
        if let Ok(count) = stream.read(&mut buffer) {
            kept.update(|heard| heard.extend_from_slice(&buffer[..count]));
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let look = secret_at(&format!("https://{}/", stub.address())).look();
    let in_plain = heard.read(|heard| heard.windows(10).any(|bytes| bytes == b"canary-key"));
    assert!(!in_plain && heard.read(|heard| !heard.is_empty()), "the key went out in plain");
    look.state("shop")
}

fn sliced() -> String {
    let body = r#"{"status":"healthy","pending":51}"#;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
    let bytes = format!("{head}\r\n\r\n{body}").into_bytes();
    let drip = Answer::Drip { bytes, piece: 1, every: Duration::from_millis(1) };
    let http = saying(drip.after(Duration::from_millis(200)));
    let look = Call::file(&format!(
        "title = 'Shop'\n[component.shop]\nprobe.http = {{ url = '{}' }}\nevery = '20s'\ntimeout = '15s'\n\
         healthy = \"body.status == 'healthy' && latency_ms < 200.0\"\ndegraded = 'latency_ms >= 200.0'\n\
         signal.pending = 'body.pending'\n",
        http.url("/")
    ))
    .look();
    let latency: f64 = look.signal("shop.latency_ms").parse().unwrap();
    assert!(latency >= 200.0, "{latency}");
    format!("{}; pending {}", look.state("shop"), look.signal("shop.pending"))
}

fn black_hole_v6() -> String {
    let http = saying(Answer::json(200, "{}"));
    let port = http.url("").rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap();
    let hole = BlackHole::at((std::net::Ipv6Addr::LOCALHOST, port).into()).expect("the loopback of IPv6");
    let look =
        Call::file(&format!("title = 'Shop'\n[component.shop]\nprobe.http = {{ url = 'http://localhost:{port}/' }}\n"))
            .look();
    drop(hole);
    let latency: f64 = look.signal("shop.latency_ms").parse().unwrap_or(f64::MAX);
    let share = if latency < 1000.0 { "in less than half its time".into() } else { format!("in {latency} ms") };
    format!("{}, {share}", look.state("shop"))
}

fn redirected() -> String {
    let other = saying(Answer::json(200, r#"{"status":"healthy"}"#));
    let http = saying(Answer::redirect(&other.url("/login?token=canary-token")));
    let look = secret_at(&http.url("/")).look();
    assert!(http.hits().iter().all(|hit| hit.header("x-api-key") == Some("canary-key")));
    format!("{}; the other host saw {} requests", look.state("shop"), other.hits().len())
}

fn login_page() -> String {
    let http = saying(Answer::reply(200, "text/html", "<html><p>Sign in</p></html>"));
    let look: Look = at(&http.url("/")).look();
    assert_eq!(look.status(), "unknown");
    format!("{}; shop.pending {}", look.state("shop"), look.signal("shop.pending"))
}

/// How long after the return each watcher polls next.
fn waits_after(hour: Duration) -> Vec<Duration> {
    let watchers = (0..50).map(|n| {
        let id = ComponentId::new(&format!("c{n}")).unwrap();
        let mut rhythm = Rhythm::new(&id, Duration::from_secs(5), 2);
        let mut at = Duration::ZERO;
        while at < hour {
            at += rhythm.after(true);
        }
        at.saturating_sub(hour)
    });
    watchers.collect()
}

fn back_after_an_hour() -> String {
    let waits = waits_after(Duration::from_secs(3600));
    let latest = waits.iter().max().copied().unwrap_or_default();
    // one timeout of 2 s belongs to the poll that sees it
    assert!(latest + Duration::from_secs(2) <= Duration::from_secs(15), "{latest:?}");
    let at_once = (0..15).map(|second| waits.iter().filter(|wait| wait.as_secs() == second).count()).max();
    format!("all see it within 15 s, at most {} in one second", at_once.unwrap_or_default())
}
