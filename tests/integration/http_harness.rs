//! The scripted HTTP server itself, seen through plain sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::http_stub::{Answer, Http};
use crate::support::tcp_stub::{TcpStub, silence};

fn connect(http: &Http) -> TcpStream {
    let url = http.url("");
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, request: &str) {
    stream.write_all(request.as_bytes()).unwrap();
}

/// Asks once and reads up to the end of the connection.
fn get(http: &Http, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = connect(http);
    ask(&mut stream, &format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n"));
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).map(|_| all)
}

fn text(http: &Http, path: &str) -> String {
    String::from_utf8(get(http, path).unwrap()).unwrap()
}

#[test]
fn answers_are_given_as_scripted_and_requests_are_remembered() {
    let http = Http::start();
    http.on("/health", Answer::json(200, r#"{"ok":true}"#));
    http.on_each("/turn", [Answer::text(503, "first"), Answer::text(200, "then")]);
    assert!(text(&http, "/health").contains("Content-Type: application/json\r\n\r\n{\"ok\":true}"));
    assert!(text(&http, "/turn").starts_with("HTTP/1.1 503"));
    assert!(text(&http, "/turn").ends_with("then") && text(&http, "/turn").ends_with("then"));
    assert!(text(&http, "/other").starts_with("HTTP/1.1 404"));

    let mut stream = connect(&http);
    ask(&mut stream, "POST /health?deep=1 HTTP/1.1\r\nX-API-Key: k\r\nContent-Length: 2\r\n\r\nhi");
    let hit = &http.wait_hits("/health", 2)[1];
    assert_eq!((hit.method.as_str(), hit.query.as_str(), hit.body.as_slice()), ("POST", "deep=1", &b"hi"[..]));
    assert_eq!(hit.header("x-api-key"), Some("k"));
    assert_eq!(http.hits().len(), 6);
}

#[test]
fn one_connection_carries_many_requests() {
    let mut http = Http::start();
    http.on("/", Answer::text(200, "x"));
    let mut stream = connect(&http);
    for _ in 0..3 {
        ask(&mut stream, "GET / HTTP/1.1\r\n\r\n");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\nx") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
    }
    assert_eq!(http.stub().accepted(), 1);
    http.stub().drop_connections();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn bytes_that_are_no_http_and_ends_that_are_no_ends() {
    let http = Http::start();
    http.on("/raw", Answer::Raw(b"\x00\xffnonsense".to_vec()));
    http.on("/short", Answer::cut_short("{\"a\":1"));
    http.on("/reset", Answer::Reset);
    http.on("/away", Answer::redirect("http://elsewhere.invalid/login"));
    assert_eq!(get(&http, "/raw").unwrap(), b"\x00\xffnonsense");
    assert!(text(&http, "/short").contains("Content-Length: 106\r\n\r\n{\"a\":1"));
    assert_eq!(get(&http, "/reset").unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(text(&http, "/away").contains("Location: http://elsewhere.invalid/login"));
}

#[test]
fn slow_hanging_and_endless_answers() {
    let mut http = Http::start();
    http.on("/late", Answer::text(200, "late").after(Duration::from_millis(120)));
    let drip = Answer::Drip { bytes: b"0123456789".to_vec(), piece: 2, every: Duration::from_millis(20) };
    http.on("/drip", drip);
    http.on("/endless", Answer::Endless { head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), body: vec![b'x'; 4096] });
    http.on("/hang", Answer::Hang);

    let start = Instant::now();
    assert!(text(&http, "/late").ends_with("late"));
    assert!(start.elapsed() >= Duration::from_millis(120));
    let start = Instant::now();
    assert_eq!(text(&http, "/drip"), "0123456789");
    assert!(start.elapsed() >= Duration::from_millis(100));

    let mut endless = connect(&http);
    ask(&mut endless, "GET /endless HTTP/1.1\r\n\r\n");
    endless.read_exact(&mut vec![0; 3 << 20]).unwrap();

    let mut hanging = connect(&http);
    ask(&mut hanging, "GET /hang HTTP/1.1\r\n\r\n");
    http.wait_hits("/hang", 1);
    hanging.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert_eq!(silence(&mut hanging), ErrorKind::WouldBlock);
    hanging.set_read_timeout(None).unwrap();
    http.stub().close();
    assert_eq!(hanging.read(&mut [0; 1]).unwrap(), 0, "closing the server ends the hanging answer");
}

#[test]
fn a_bomb_is_small_until_it_is_unpacked() {
    let http = Http::start();
    http.on("/bomb", Answer::gzip_bomb(8));
    let response = get(&http, "/bomb").unwrap();
    let body = response.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(response.len() < 100_000);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&response[body..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked.len(), 8 << 20);
}

#[test]
fn a_closed_port_refuses_and_opens_again_as_itself() {
    let mut http = Http::start();
    http.on("/", Answer::text(200, "here"));
    assert!(text(&http, "/").ends_with("here"));
    let address = http.stub().address();
    http.stub().close();
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    http.stub().reopen();
    assert!(text(&http, "/").ends_with("here"));
}

#[test]
fn a_stub_says_the_same_bytes_to_whatever_it_is_told() {
    let stub = TcpStub::saying("-LOADING Redis is loading the dataset in memory\r\n");
    let mut connection = TcpStream::connect(stub.address()).unwrap();
    connection.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 8];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"-LOADING");
}
