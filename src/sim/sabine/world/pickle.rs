//! The few Python values that rq stores, written as Python's pickle module (protocol 2) writes them, and its compressed
//! texts. Nothing is ever unpickled.

use base64::Engine as _;

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// A job's call: `(function, None, (argument,), {})`, compressed as rq does.
pub(crate) fn call(function: &str, argument: Option<&str>) -> Vec<u8> {
    let mut out = vec![0x80, 2, b'('];
    text(&mut out, function);
    out.push(b'N');
    match argument {
        Some(argument) => {
            text(&mut out, argument);
            out.push(0x85);
        }
        None => out.push(b')'),
    }
    out.extend_from_slice(b"}t.");
    compress(&out)
}

/// A dictionary of texts, and whole numbers where a value is given as one.
pub(crate) fn dictionary(entries: &[(&str, Item<'_>)]) -> Vec<u8> {
    let mut out = vec![0x80, 2, b'}', b'('];
    for (key, value) in entries {
        text(&mut out, key);
        match value {
            Item::Text(value) => text(&mut out, value),
            Item::Whole(value) => {
                out.push(b'J');
                out.extend_from_slice(&value.to_le_bytes());
            }
        }
    }
    out.extend_from_slice(b"u.");
    out
}

/// A value of a dictionary.
pub(crate) enum Item<'a> {
    /// `str`
    Text(&'a str),
    /// `int`
    Whole(i32),
}

/// A zlib stream of stored blocks: every reader takes it, and it costs nothing to write a thousand a minute.
fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut chunks = bytes.chunks(usize::from(u16::MAX)).peekable();
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        out.push(u8::from(chunks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    out.extend_from_slice(&adler32(bytes).to_be_bytes());
    out
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1, 0), |(a, b): (u32, u32), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    b << 16 | a
}

/// An exception's text as a result holds it: compressed, then base64.
pub(crate) fn exception(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(compress(text.as_bytes()))
}

/// A return value as a result holds it: pickled, then base64.
pub(crate) fn returned(entries: &[(&str, Item<'_>)]) -> String {
    base64::engine::general_purpose::STANDARD.encode(dictionary(entries))
}
