//! The wire: requests taken out of a byte buffer, replies put into one, in RESP2 or RESP3. Pure.

use std::io::Write as _;

use super::store::Blob;

/// More arguments than any client here sends.
const MOST_ARGS: i64 = 65_536;
/// More bytes than any argument here has.
const LONGEST_BULK: i64 = 8 << 20;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// `+OK` and the like.
    Simple(&'static str),
    /// The whole error line, code word first.
    Error(String),
    /// An integer.
    Int(i64),
    /// A double: a bulk string in RESP2.
    Double(f64),
    /// A bulk string.
    Bulk(Blob),
    /// Lines of text, as `INFO` answers.
    Verbatim(String),
    /// Nothing.
    Nil,
    /// No list: an `EXEC` whose watched keys changed.
    NilArray,
    /// A list.
    Array(Vec<Reply>),
    /// A set: a list in RESP2.
    Set(Vec<Reply>),
    /// Pairs: a flat list in RESP2.
    Map(Vec<(Reply, Reply)>),
    /// Members with scores: a flat list in RESP2, a list of pairs in RESP3.
    Scored(Vec<(Blob, f64)>),
}

impl Reply {
    /// A bulk string of any bytes.
    pub(crate) fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bulk(bytes.as_ref().to_vec())
    }

    /// A count.
    pub(crate) fn count(n: usize) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// A list of bulk strings.
    pub(crate) fn bulks<B: AsRef<[u8]>>(items: impl IntoIterator<Item = B>) -> Self {
        Self::Array(items.into_iter().map(Self::bulk).collect())
    }

    /// Appends it to `out` as protocol 2 or 3 writes it.
    pub(crate) fn write(&self, resp3: bool, out: &mut Vec<u8>) {
        match self {
            Self::Simple(text) => line(out, '+', text),
            Self::Error(text) => line(out, '-', text),
            Self::Int(n) => line(out, ':', &n.to_string()),
            Self::Double(n) if resp3 => line(out, ',', &score(*n)),
            Self::Double(n) => bulk(out, score(*n).as_bytes()),
            Self::Bulk(bytes) => bulk(out, bytes),
            Self::Verbatim(text) if resp3 => {
                head(out, '=', text.len() + 4);
                out.extend_from_slice(b"txt:");
                out.extend_from_slice(text.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
            Self::Verbatim(text) => bulk(out, text.as_bytes()),
            Self::Nil | Self::NilArray if resp3 => out.extend_from_slice(b"_\r\n"),
            Self::Nil => out.extend_from_slice(b"$-1\r\n"),
            Self::NilArray => out.extend_from_slice(b"*-1\r\n"),
            Self::Array(items) => many(out, '*', items, resp3),
            Self::Set(items) => many(out, if resp3 { '~' } else { '*' }, items, resp3),
            Self::Map(pairs) => {
                let (mark, len) = if resp3 { ('%', pairs.len()) } else { ('*', pairs.len() * 2) };
                head(out, mark, len);
                for (key, value) in pairs {
                    key.write(resp3, out);
                    value.write(resp3, out);
                }
            }
            Self::Scored(members) => {
                head(out, '*', if resp3 { members.len() } else { members.len() * 2 });
                for (member, n) in members {
                    if resp3 {
                        head(out, '*', 2);
                    }
                    bulk(out, member);
                    Self::Double(*n).write(resp3, out);
                }
            }
        }
    }
}

/// A double as Redis prints it: the shortest text that reads back the same.
fn score(n: f64) -> String {
    if n.is_infinite() { String::from(if n > 0.0 { "inf" } else { "-inf" }) } else { n.to_string() }
}

fn line(out: &mut Vec<u8>, mark: char, text: &str) {
    // writing to a Vec cannot fail
    let _ = write!(out, "{mark}{text}\r\n");
}

fn head(out: &mut Vec<u8>, mark: char, len: usize) {
    let _ = write!(out, "{mark}{len}\r\n");
}

fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    head(out, '$', bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

fn many(out: &mut Vec<u8>, mark: char, items: &[Reply], resp3: bool) {
    head(out, mark, items.len());
    for item in items {
        item.write(resp3, out);
    }
}

/// Takes the first request out of `buffer`: its words and how many bytes it took. `None` while it is incomplete; the
/// error is Redis' own sentence, after which the connection ends.
pub(crate) fn request(buffer: &[u8]) -> Result<Option<(Vec<Blob>, usize)>, String> {
    let Some((first, mut at)) = next_line(buffer, 0)? else { return Ok(None) };
    let Some(count) = first.strip_prefix(b"*") else {
        let words = first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        return Ok(Some((words.map(<[u8]>::to_vec).collect(), at)));
    };
    let count = number(count).filter(|n| *n <= MOST_ARGS).ok_or("invalid multibulk length")?;
    let mut words = Vec::new();
    for _ in 0..count.max(0) {
        let Some((header, after)) = next_line(buffer, at)? else { return Ok(None) };
        let Some(length) = header.strip_prefix(b"$") else {
            let got = header.first().map_or(' ', |byte| char::from(*byte));
            return Err(format!("expected '$', got '{got}'"));
        };
        let length = number(length).filter(|n| (0..=LONGEST_BULK).contains(n)).ok_or("invalid bulk length")?;
        let end = after + usize::try_from(length).map_err(|_| "invalid bulk length")?;
        let Some(word) = buffer.get(after..end).filter(|_| buffer.len() >= end + 2) else { return Ok(None) };
        words.push(word.to_vec());
        at = end + 2;
    }
    Ok(Some((words, at)))
}

/// The line from `at` on, without its end, and where the next one starts.
fn next_line(buffer: &[u8], at: usize) -> Result<Option<(&[u8], usize)>, String> {
    let rest = buffer.get(at..).unwrap_or(&[]);
    match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => Ok(Some((rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]), at + end + 1))),
        None if rest.len() > 64 << 10 => Err(String::from("too big inline request")),
        None => Ok(None),
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(items: &[&str]) -> Vec<Blob> {
        items.iter().map(|item| item.as_bytes().to_vec()).collect()
    }

    #[test]
    fn requests_come_out_one_by_one_and_only_when_complete() {
        let whole = b"*2\r\n$3\r\nGET\r\n$3\r\na\r\n\r\nPING x\r\n";
        for cut in 0..22 {
            assert_eq!(request(&whole[..cut]), Ok(None), "cut at {cut}");
        }
        let (get, used) = request(whole).unwrap().unwrap();
        assert_eq!((get, used), (words(&["GET", "a\r\n"]), 22));
        assert_eq!(request(&whole[used..]).unwrap().unwrap().0, words(&["PING", "x"]));
    }

    #[test]
    fn nonsense_is_refused_in_redis_own_words() {
        for (bytes, error) in [
            (&b"*x\r\n"[..], "invalid multibulk length"),
            (b"*99999999999\r\n", "invalid multibulk length"),
            (b"*1\r\n$999999999999\r\n", "invalid bulk length"),
            (b"*1\r\n$-1\r\n", "invalid bulk length"),
            (b"*1\r\n:1\r\n", "expected '$', got ':'"),
        ] {
            assert_eq!(request(bytes), Err(error.to_owned()));
        }
        assert!(request(&vec![b'x'; 70_000]).is_err());
    }

    #[test]
    fn both_protocols() {
        let reply = Reply::Array(vec![
            Reply::Map(vec![(Reply::bulk("a"), Reply::Int(1))]),
            Reply::Scored(vec![(b"m".to_vec(), 1.5)]),
            Reply::Nil,
            Reply::Verbatim("x".into()),
        ]);
        let both = [false, true].map(|resp3| {
            let mut out = Vec::new();
            reply.write(resp3, &mut out);
            String::from_utf8(out).unwrap()
        });
        assert_eq!(both[0], "*4\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nm\r\n$3\r\n1.5\r\n$-1\r\n$1\r\nx\r\n");
        assert_eq!(both[1], "*4\r\n%1\r\n$1\r\na\r\n:1\r\n*1\r\n*2\r\n$1\r\nm\r\n,1.5\r\n_\r\n=5\r\ntxt:x\r\n");
    }
}
