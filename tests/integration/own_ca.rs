//! The program against a real Redis over TLS and an HTTPS server, both vouched for by an authority of our own.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConnection;
use serde_json::Value;

use crate::support::authority::{Authority, Vouched};
use crate::support::command_line::run;
use crate::support::redis_server::Redis;
use crate::support::tcp_stub::TcpStub;

const YEARS: (i32, i32) = (2020, 2200);

fn https(vouched: &Vouched) -> TcpStub {
    let config = vouched.server_config();
    TcpStub::start(move |stream, _| {
        let Ok(mut connection) = ServerConnection::new(Arc::clone(&config)) else { return };
        let mut tls = rustls::Stream::new(&mut connection, stream);
        while tls.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
            if tls.write_all(answer).and_then(|()| tls.flush()).is_err() {
                return;
            }
        }
    })
}

/// Redis that speaks TLS at a second port.
fn rediss(vouched: &Vouched, folder: &Path) -> (Redis, u16) {
    let (certificate, key) = vouched.write(folder);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (certificate, key, at) = (certificate.to_string_lossy(), key.to_string_lossy(), port.to_string());
    let options = ["--save", "", "--tls-port", &at, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    (Redis::with(&[&options[..], &["--tls-ca-cert-file", &certificate, "--tls-auth-clients", "no"]].concat()), port)
}

/// What one look says of both, by component: the state and the reason.
fn look(file: &Path, env: &[(&str, &str)]) -> Vec<(String, String)> {
    let ran = run(["check", "--format", "json", "--system-file", file.to_str().unwrap()], env);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let components = report["systems"][0]["components"].as_array().unwrap();
    components.iter().map(|component| (text(&component["state"]), text(&component["error"]))).collect()
}

#[test]
fn an_own_authority_is_trusted_by_naming_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let vouched = ours.vouch("localhost", YEARS);
    let api = https(&vouched);
    let (_redis, redis_port) = rediss(&vouched, folder.path());
    let file = folder.path().join("shop.toml");
    let system = format!(
        "title = 'Shop'\n\
         [component.api]\ntimeout = '5s'\nprobe.http = {{ url = 'https://localhost:{}/' }}\n\
         signal.cert_days_left = 'cert_days_left'\n\
         [component.redis]\ntimeout = '5s'\nprobe.redis = {{ url = 'rediss://localhost:{redis_port}/0' }}\n",
        api.address().port()
    );
    std::fs::write(&file, system).unwrap();

    let roots = ours.write(folder.path());
    let trusting = [("SSL_CERT_FILE", roots.to_str().unwrap())];
    let up = ("up".to_owned(), String::new());
    assert_eq!(look(&file, &trusting), [up.clone(), up.clone()]);

    let told = run(["check", "--format", "json", "--system-file", file.to_str().unwrap()], &trusting);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let left = told["systems"][0]["signals"]["api.cert_days_left"]["value"].as_f64().unwrap();
    let end: jiff::Timestamp = format!("{}-01-01T00:00:00Z", YEARS.1).parse().unwrap();
    let wanted = end.duration_since(jiff::Timestamp::now()).as_secs_f64() / 86_400.0;
    assert!((left - wanted).abs() < 0.1, "{left} is not {wanted}");

    // a proxy of the environment is not asked
    let proxied = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:1"));
    assert_eq!(look(&file, &[&trusting[..], &proxied].concat()), [up.clone(), up]);

    let elsewhere = tempfile::tempdir().unwrap();
    let others = other.write(elsewhere.path());
    for env in [&[][..], &[("SSL_CERT_FILE", others.to_str().unwrap())]] {
        for (state, error) in look(&file, env) {
            assert_eq!(state, "down");
            assert!(error.starts_with("TLS: certificate of an unknown issuer (own CA: set SSL_CERT_FILE) "), "{error}");
        }
    }
    for (_, error) in look(&file, &[("SSL_CERT_FILE", "/nowhere.pem")]) {
        assert!(error.starts_with("TLS: SSL_CERT_FILE '/nowhere.pem' holds no certificate ("), "{error}");
    }
}
