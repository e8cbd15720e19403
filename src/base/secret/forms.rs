//! The forms in which a secret leaks: as it is, and as URLs, JSON, base64 and hexadecimal digits hold it. Pure.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Shorter forms are not searched for: they would blank out ordinary words.
const SHORTEST: usize = 6;
/// A user name without a password is a token from this length on, and a name below it.
const TOKEN: usize = 16;

/// Every form of a secret, and of what is secret within it: the password of a URL, the lines of a key.
pub(super) fn of(value: &str) -> Vec<String> {
    let mut all = encoded(value);
    if let Some(password) = password(value) {
        all.extend(encoded(&decoded(&password)));
        all.push(password);
    }
    if value.contains(['\n', '\r']) {
        all.extend(value.split(['\n', '\r']).map(|line| line.trim().to_owned()));
    }
    all.retain(|form| form.len() >= SHORTEST);
    all
}

/// The password of a URL as it stands there, or the user that is a token. A password that is the user's name is no secret,
/// and a word that texts are full of: `postgres:postgres@`.
pub(super) fn password(value: &str) -> Option<String> {
    let url = url::Url::parse(value.trim()).ok()?;
    let password = url.password().filter(|password| *password != url.username());
    let user = Some(url.username()).filter(|user| user.len() >= TOKEN);
    password.or(user).map(str::to_owned)
}

fn encoded(value: &str) -> Vec<String> {
    let json = json(value);
    let mut all = vec![
        value.to_owned(),
        json.replace('/', "\\/"),
        ascii(&json),
        // JSON as a text in JSON
        self::json(&json),
        self::json(&ascii(&json)),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        percent(value, b"-._~", false),
        percent(value, b"-._~", true),
        percent(value, b"-_.!~*'()", false),
        hex(value, false),
        hex(value, true),
        STANDARD.encode(value),
        URL_SAFE.encode(value),
    ];
    all.push(json);
    for shift in 0..3 {
        all.extend(inside_base64(value, shift));
    }
    all
}

/// What base64 makes of a value that stands `shift` bytes behind a group of three: the digits that it alone decides.
fn inside_base64(value: &str, shift: usize) -> [String; 2] {
    let bytes: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.bytes()).collect();
    let own = (8 * shift).div_ceil(6)..8 * bytes.len() / 6;
    [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)].map(|text| text.get(own.clone()).unwrap_or_default().to_owned())
}

/// As it stands between the quotes of a JSON text.
fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As JSON that keeps to ASCII has it.
fn ascii(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

fn percent(value: &str, kept: &[u8], lower: bool) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut out, byte| {
        let _ = match byte {
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => write!(out, "{}", char::from(byte)),
            _ if lower => write!(out, "%{byte:02x}"),
            _ => write!(out, "%{byte:02X}"),
        };
        out
    })
}

fn hex(value: &str, upper: bool) -> String {
    value.bytes().fold(String::with_capacity(2 * value.len()), |mut out, byte| {
        let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
        out
    })
}

/// A part of a URL as it is meant.
pub(super) fn decoded(part: &str) -> String {
    // the decoder of forms takes + for a space
    let pair = format!("={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}
