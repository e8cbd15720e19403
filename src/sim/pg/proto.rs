//! Messages of protocol 3.0: what a client sends, taken apart; what a server says, put together. Pure; trusts no length.

use super::value::{Kind, Refused};

/// A message of a client: its tag (0 where there is none, at the start) and its body.
pub(super) struct Message {
    pub(super) tag: u8,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The next whole message; `first` ones have no tag. None where more must be read, or never will be understood.
    pub(super) fn next(pending: &mut Vec<u8>, first: bool) -> Option<Self> {
        let head = usize::from(!first);
        let length: [u8; 4] = pending.get(head..head + 4)?.try_into().ok()?;
        let end = head + usize::try_from(u32::from_be_bytes(length)).ok()?.max(4);
        if pending.len() < end {
            return None;
        }
        let tag = if first { 0 } else { pending[0] };
        let body = pending[head + 4..end].to_vec();
        pending.drain(..end);
        Some(Self { tag, body })
    }

    /// Reads its body.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader(&self.body)
    }
}

/// Reads a body from the front.
pub(super) struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    pub(super) fn take(&mut self, size: usize) -> Option<&[u8]> {
        let (head, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        self.take(2).and_then(|raw| raw.try_into().ok()).map(u16::from_be_bytes)
    }

    pub(super) fn int(&mut self) -> Option<i32> {
        self.take(4).and_then(|raw| raw.try_into().ok()).map(i32::from_be_bytes)
    }

    /// A text up to its zero.
    pub(super) fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = String::from_utf8_lossy(self.take(end + 1)?.split_last()?.1).into_owned();
        Some(text)
    }
}

/// Adds a message.
pub(super) fn say(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(tag);
    out.extend(u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(body);
}

/// `name` and `value`, each with its zero.
pub(super) fn parameter(out: &mut Vec<u8>, name: &str, value: &str) {
    say(out, b'S', format!("{name}\0{value}\0").as_bytes());
}

pub(super) fn complete(out: &mut Vec<u8>, tag: &str) {
    say(out, b'C', format!("{tag}\0").as_bytes());
}

pub(super) fn error(out: &mut Vec<u8>, is_fatal: bool, refused: &Refused) {
    let severity = if is_fatal { "FATAL" } else { "ERROR" };
    let fields = format!("S{severity}\0V{severity}\0C{}\0M{}\0\0", refused.code, refused.message);
    say(out, b'E', fields.as_bytes());
}

/// The columns that rows will have.
pub(super) fn columns(out: &mut Vec<u8>, columns: &[(String, Kind)], is_binary: impl Fn(usize) -> bool) {
    if columns.is_empty() {
        return say(out, b'n', b"");
    }
    let mut body = count(columns.len()).to_vec();
    for (at, (name, kind)) in columns.iter().enumerate() {
        let (oid, size) = kind.oid();
        body.extend(name.as_bytes());
        body.push(0);
        // of no table, no column, no modifier
        body.extend([0; 6]);
        body.extend(oid.to_be_bytes());
        body.extend(size.to_be_bytes());
        body.extend((-1_i32).to_be_bytes());
        body.extend(u16::from(is_binary(at)).to_be_bytes());
    }
    say(out, b'T', &body);
}

/// One row.
pub(super) fn row(out: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = Option<Vec<u8>>>) {
    let mut body = count(cells.len()).to_vec();
    for cell in cells {
        match cell {
            None => body.extend((-1_i32).to_be_bytes()),
            Some(cell) => {
                body.extend(u32::try_from(cell.len()).unwrap_or(u32::MAX).to_be_bytes());
                body.extend(cell);
            }
        }
    }
    say(out, b'D', &body);
}

/// How many there are, in two bytes.
pub(super) fn count(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes()
}
