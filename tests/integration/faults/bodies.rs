//! Answers that are too large, too deep, or not what they say: rows H01 to H10.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::look::{Call, Look};
use super::sabine::Sabine;
use super::{Row, hold, saying};
use crate::support::http_stub::Answer;

#[test]
fn bodies_that_are_not_what_they_say() {
    hold(&[
        Row::new(
            "H01",
            "JSON without end",
            "unknown: too large: body above 1 MiB from HOST; pending missing (too_large); memory bounded",
            || large(endless("\r\n", b"[1,1,1,1,1,1,1,1]")),
        ),
        Row::new(
            "H01",
            "chunks without end",
            "unknown: too large: body above 1 MiB from HOST; pending missing (too_large); memory bounded",
            || large(endless("Transfer-Encoding: chunked\r\n\r\n", b"1f\r\n[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,\r\n")),
        ),
        Row::new(
            "H02",
            "200 KB of gzip that unpack to 200 MiB",
            "unknown: too large: body above 1 MiB from HOST; pending missing (too_large); memory bounded",
            || large(bomb()),
        ),
        Row::new(
            "H02",
            "gzip within gzip",
            "unknown: malformed: content encoding 'gzip, gzip' from HOST; pending missing (malformed); memory bounded",
            || large(packed("gzip, gzip", &gzip(&gzip(b"{\"pending\":51}")))),
        ),
        Row::new(
            "H02",
            "an encoding that was not asked for",
            "unknown: malformed: content encoding 'zstd' from HOST; pending missing (malformed); memory bounded",
            || large(packed("zstd", b"\x28\xb5\x2f\xfd")),
        ),
        Row::new(
            "H03",
            "nesting of 100000",
            "unknown: malformed: JSON: recursion limit exceeded at line 1 column 128 from HOST; pending missing (malformed)",
            || told(Answer::json(200, &"[".repeat(100_000))),
        ),
        Row::new("H03", "nesting of 120, through the whole program", "up; 120 deep", deep),
        Row::new(
            "H04",
            "NaN",
            "unknown: malformed: JSON: expected value at line 1 column 31 from HOST; pending missing (malformed); backlog unknown",
            || number("NaN"),
        ),
        Row::new(
            "H04",
            "Infinity",
            "unknown: malformed: JSON: expected value at line 1 column 31 from HOST; pending missing (malformed); backlog unknown",
            || number("Infinity"),
        ),
        Row::new(
            "H04",
            "1e999",
            "unknown: malformed: JSON: number out of range at line 1 column 35 from HOST; pending missing (malformed); backlog unknown",
            || number("1e999"),
        ),
        Row::new("H04", "\"1e999\"", "up; pending 1e999; backlog unknown", || number("\"1e999\"")),
        Row::new("H04", "2^64", "up; pending 1.8446744073709552e+19; backlog firing", || {
            number("18446744073709551616")
        }),
        Row::new("H04", "-0", "up; pending 0.0; backlog inactive", || number("-0")),
        Row::new("H04", "1e-400", "up; pending 0.0; backlog inactive", || number("1e-400")),
        Row::new("H04", "-1e300", "up; pending -1e+300; backlog inactive", || number("-1e300")),
        Row::new(
            "H05",
            "bytes that are no UTF-8",
            "unknown: malformed: not UTF-8 at byte 21 from HOST; pending missing (malformed)",
            || bytes(b"{\"status\":\"healthy\",\"\xff\":1}"),
        ),
        Row::new(
            "H05",
            "a byte-order mark",
            "unknown: malformed: a byte-order mark before the JSON from HOST; pending missing (malformed)",
            || bytes(b"\xef\xbb\xbf{\"status\":\"healthy\",\"pending\":51}"),
        ),
        Row::new(
            "H05",
            "UTF-16",
            "unknown: malformed: not UTF-8 at byte 0 from HOST; pending missing (malformed)",
            || bytes(b"\xff\xfe{\0}\0"),
        ),
        Row::new(
            "H05",
            "half a surrogate pair",
            "unknown: malformed: JSON: unexpected end of hex escape at line 1 column 23 from HOST; pending missing (malformed)",
            || told(Answer::json(200, r#"{"status":"healt\ud83d","pending":51}"#)),
        ),
        Row::new(
            "H06",
            "a key twice",
            "unknown: malformed: JSON: key \"status\" comes twice at line 1 column 28 from HOST; pending missing (malformed)",
            || told(Answer::json(200, r#"{"status":"healthy","status":"down"}"#)),
        ),
        Row::new(
            "H07",
            "200 with HTML",
            "unknown: malformed: HTML instead of JSON from HOST; pending missing (malformed)",
            || told(Answer::json(200, "<!DOCTYPE html><p>It works!</p>")),
        ),
        Row::new(
            "H07",
            "200 with nothing",
            "unknown: malformed: an empty body instead of JSON from HOST; pending missing (malformed)",
            || told(Answer::json(200, "")),
        ),
        Row::new("H07", "200 with null", "unknown: body is null; pending missing (missing_field)", || {
            told(Answer::json(200, "null"))
        }),
        Row::new(
            "H07",
            "200 with []",
            "unknown: body is a list and has no 'status': write body[0]; pending missing (missing_field)",
            || told(Answer::json(200, "[]")),
        ),
        Row::new(
            "H08",
            "a million series",
            "unknown: too large: body above 1 MiB from HOST; all_zero missing (too_large)",
            || metrics(&"dream_team_queue_depth{status=\"queued\"} 4\n".repeat(30_000)),
        ),
        Row::new("H08", "NaN, +Inf, CRLF, a bad line, a cut last line", "up; all_zero false", || {
            metrics("dream_team_a NaN\r\ndream_team_b +Inf\r\n\u{1}?!\r\ndream_team_c 4\r\ndream_team_d")
        }),
        Row::new("H08", "nothing but zeros", "up; all_zero true", || metrics("dream_team_a 0\ndream_team_b 0.0\n")),
        Row::new("H09", "one field of 900 KB", "up; 256 characters and how many more", huge_field),
        Row::new("H09", "200 combining marks", "up; e with 2 marks", combining),
        Row::new(
            "H10",
            "10000 headers",
            "unknown: too large: headers above 408 KiB or 100 from HOST; pending missing (too_large); memory bounded",
            || large(endless("", b"X-A: b\r\n")),
        ),
        Row::new(
            "H10",
            "a header of 1 MB",
            "unknown: too large: headers above 408 KiB or 100 from HOST; pending missing (too_large); memory bounded",
            || large(endless("X-A: ", b"bbbbbbbb")),
        ),
        Row::new("H10", "latin-1 and two Set-Cookie", "up; pending 51", odd_headers),
        Row::new(
            "H10",
            "1xx without end",
            "down: timed out (response) after 300ms at HOST; pending missing (timed_out); memory bounded",
            || large_within("300ms", Answer::Endless { head: Vec::new(), body: EARLY_HINTS.repeat(500) }),
        ),
    ]);
}

const EARLY_HINTS: &[u8] = b"HTTP/1.1 103 Early Hints\r\n\r\n";

/// A system of one component, which asks for JSON and believes only what it says.
fn look(answer: Answer) -> Look {
    look_within("5s", answer)
}

fn look_within(timeout: &str, answer: Answer) -> Look {
    let http = saying(answer);
    Call::file(&format!(
        "title = 'Shop'\n[component.shop]\nprobe.http = {{ url = '{}' }}\ntimeout = '{timeout}'\n\
         healthy = \"status == 200 && body.status == 'healthy'\"\n\
         signal.pending = 'body.pending'\nsignal.deep = {{ value = 'body.deep', optional = true }}\n\
         [rule.backlog]\nsummary = 'Backlog'\nwhen = 'shop.pending > 50'\nseverity = 'warning'\n",
        http.url("/")
    ))
    .look()
}

fn told(answer: Answer) -> String {
    let look = look(answer);
    assert_eq!(look.status(), "unknown", "not healthy by its status code");
    format!("{}; pending {}", look.state("shop"), look.signal("shop.pending"))
}

/// The most memory that a look at a small body takes, in KiB.
pub(super) fn small_look() -> u64 {
    static SMALL: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *SMALL.get_or_init(|| look(Answer::json(200, r#"{"status":"healthy","pending":51}"#)).ran.peak_kib)
}

fn large(answer: Answer) -> String {
    large_within("5s", answer)
}

fn large_within(timeout: &str, answer: Answer) -> String {
    let look = look_within(timeout, answer);
    let (least, peak) = (small_look(), look.ran.peak_kib);
    let memory =
        if peak <= least + (20 << 10) { "memory bounded".to_owned() } else { format!("{least} to {peak} KiB") };
    format!("{}; pending {}; {memory}", look.state("shop"), look.signal("shop.pending"))
}

fn endless(head: &str, body: &[u8]) -> Answer {
    Answer::Endless { head: format!("HTTP/1.1 200 OK\r\n{head}").into(), body: body.repeat(500) }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn packed(encoding: &str, body: &[u8]) -> Answer {
    let headers = [("Content-Type", "application/json"), ("Content-Encoding", encoding)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Answer::Reply { status: 200, headers, body: body.to_vec() }
}

/// Members of a gzip file simply follow each other.
fn bomb() -> Answer {
    packed("gzip", &gzip(&vec![b' '; 1 << 20]).repeat(200))
}

fn deep() -> String {
    let body = format!(r#"{{"status":"healthy","pending":1,"deep":{}{}}}"#, "[".repeat(119), "]".repeat(119));
    let look = look(Answer::json(200, &body));
    let told = look.signal("shop.deep");
    format!("{}; {} deep", look.state("shop"), told.matches('[').count() + 1)
}

fn number(written: &str) -> String {
    let look = look(Answer::json(200, &format!(r#"{{"status":"healthy","pending":{written}}}"#)));
    let (state, pending) = (look.state("shop"), look.signal("shop.pending"));
    format!("{state}; pending {pending}; backlog {}", look.alert("backlog"))
}

fn bytes(body: &[u8]) -> String {
    told(Answer::reply(200, "application/json", body.to_vec()))
}

fn metrics(text: &str) -> String {
    let sabine = Sabine::start();
    sabine.api.on("/metrics/prometheus", Answer::text(200, text));
    let look = sabine.call().arg("--skip-slow").look();
    format!("{}; all_zero {}", look.state("metrics"), look.signal("metrics.all_zero"))
}

/// What a text field looks like in the end.
fn field(text: &str) -> (String, String) {
    let body = serde_json::json!({ "status": "healthy", "pending": 1, "deep": text });
    let look = look(Answer::json(200, &body.to_string()));
    (look.state("shop"), look.signal("shop.deep"))
}

fn huge_field() -> String {
    let (state, told) = field(&"x".repeat(900_000));
    let (shown, rest) = told.split_once('\u{2026}').expect("a cut");
    assert_eq!(rest, "(+899744)");
    format!("{state}; {} characters and how many more", shown.chars().count())
}

fn combining() -> String {
    let (state, told) = field(&format!("e{}", "\u{301}".repeat(200)));
    format!("{state}; {} with {} marks", &told[..1], told.chars().count() - 1)
}

fn odd_headers() -> String {
    let body = r#"{"status":"healthy","pending":51}"#;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Odd: caf", body.len());
    let raw = [head.as_bytes(), b"\xe9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n", body.as_bytes()].concat();
    let look = look(Answer::Raw(raw));
    format!("{}; pending {}", look.state("shop"), look.signal("shop.pending"))
}
