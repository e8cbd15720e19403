//! Bytes become lines, and lines text without the escape sequences that colour them. Pure.

/// The most that is kept of a line; the rest of it is left out.
const LONGEST: usize = 64 * 1024;

/// Puts lines together from pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// The line that has not ended.
    rest: Vec<u8>,
    /// The beginning of the next line is not there: it is no line.
    is_cut: bool,
}

impl Splitter {
    /// Takes a piece; gives every line that ends in it, without its end.
    pub(super) fn push(&mut self, piece: &[u8], mut each: impl FnMut(&[u8])) {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            let Some(part) = part.strip_suffix(b"\n") else {
                self.keep(part);
                return;
            };
            if self.rest.is_empty() && !self.is_cut {
                each(&part[..part.len().min(LONGEST)]);
                continue;
            }
            self.keep(part);
            self.end(&mut each);
        }
    }

    /// What has come so far is a line, even without its end: nothing more of it comes.
    pub(super) fn end(&mut self, mut each: impl FnMut(&[u8])) {
        if !self.is_cut && !self.rest.is_empty() {
            each(&self.rest);
        }
        self.rest.clear();
        self.is_cut = false;
    }

    /// What comes next begins in the middle of a line.
    pub(super) fn cut(&mut self) {
        self.rest.clear();
        self.is_cut = true;
    }

    fn keep(&mut self, part: &[u8]) {
        let room = LONGEST.saturating_sub(self.rest.len()).min(part.len());
        self.rest.extend_from_slice(&part[..room]);
    }
}

/// A line as text: what is no UTF-8 replaced, colours and other escape sequences taken out, no carriage return at its end.
pub(super) fn plain(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']);
    if !text.contains('\u{1b}') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            // CSI: parameters, then one letter
            Some('[') => {
                let _ = chars.find(|c| matches!(c, '@'..='~'));
            }
            // OSC and other strings: up to BEL, or ESC and a backslash
            Some(']' | 'P' | 'X' | '^' | '_') => {
                while let Some(c) = chars.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&str]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut lines = Vec::new();
        for piece in pieces {
            splitter.push(piece.as_bytes(), |line| lines.push(String::from_utf8(line.to_vec()).unwrap()));
        }
        lines
    }

    #[test]
    fn lines_are_whole_whatever_the_pieces() {
        assert_eq!(split(&["a\nb", "c\n", "\nd"]), ["a", "bc", ""]);
        assert_eq!(split(&["a", "b", "\n"]), ["ab"]);
        let long = "x".repeat(LONGEST + 9);
        assert_eq!(split(&[&long, &long, "\nshort\n"]).iter().map(String::len).collect::<Vec<_>>(), [LONGEST, 5]);
        let mut splitter = Splitter::default();
        let mut lines = Vec::new();
        splitter.cut();
        splitter.push(b"half a line", |_| panic!("the beginning is not there"));
        splitter.push(b" more\nwhole\nlast", |line| lines.push(line.to_vec()));
        splitter.end(|line| lines.push(line.to_vec()));
        assert_eq!(lines, [b"whole".to_vec(), b"last".to_vec()]);
    }

    #[test]
    fn colours_and_titles_are_no_text() {
        for (line, text) in [
            (&b"\x1b[31;1mERROR\x1b[0m it\r"[..], "ERROR it"),
            (b"\x1b]0;title\x07a\x1b]8;;http://h\x1b\\b", "ab"),
            (b"caf\xc3\xa9 \xff", "caf\u{e9} \u{fffd}"),
            (b"half \x1b[31", "half "),
            (b"\x1b", ""),
        ] {
            assert_eq!(plain(line), text);
        }
    }
}
