//! Remote text made fit to show. Every byte from a component is hostile: [`Shown`] is the only road to screen, log,
//! report and title.
//!
//! Control characters become visible pictures, bidi, zero-width and tag characters become `‹U+XXXX›`, at most two
//! combining marks stay on a base, and length is capped. Nothing is dropped in silence.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use unicode_segmentation::UnicodeSegmentation;

/// Longest text that is kept, in graphemes.
pub const MAX_GRAPHEMES: usize = 256;
/// Longest text that is kept, in bytes.
pub const MAX_BYTES: usize = 4096;

/// A text that is safe on every surface: one line, no control, no invisible character.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown(String);

impl Shown {
    /// Neutralises a remote text and cuts it to one line of at most [`MAX_GRAPHEMES`].
    pub fn from_remote(text: &str) -> Self {
        // most remote texts are short and plain: there is nothing to replace, one byte is one grapheme
        if text.len() <= MAX_GRAPHEMES && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self(text.to_owned());
        }
        Self(neutralise(text, MAX_GRAPHEMES, MAX_BYTES))
    }

    /// Neutralises a text for a record: one line, cut at so many bytes.
    pub fn long_from_remote(text: &str, max_bytes: usize) -> Self {
        Self(neutralise(text, max_bytes, max_bytes))
    }

    /// Neutralises a line that is kept in full: at most [`MAX_BYTES`] instead of [`MAX_GRAPHEMES`].
    pub fn line_from_remote(line: &str) -> Self {
        Self(neutralise(line, usize::MAX, MAX_BYTES))
    }

    /// Neutralises a text of several lines (a traceback, a log tail): one [`Shown`] a line, at most `most` lines, the
    /// last ones kept.
    pub fn lines_from_remote(text: &str, most: usize) -> Vec<Self> {
        let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        let skip = lines.len().saturating_sub(most);
        lines[skip..].iter().map(|line| Self::from_remote(line)).collect()
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The safe text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// A text as one argument: bare where nothing in it could be read otherwise.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", Shown::from_remote(text).as_str().replace('\'', "'\\''"))
}

/// The text where the locale is not UTF-8: whatever is not ASCII becomes a character that is.
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let graphemes = text.graphemes(true);
    graphemes
        .fold(String::with_capacity(text.len()), |mut out, one| {
            if one.is_ascii() {
                out.push_str(one);
            } else {
                out.push(ascii_of(one));
            }
            out
        })
        .into()
}

/// The nearest ASCII character to a grapheme.
pub fn ascii_of(grapheme: &str) -> char {
    match grapheme.chars().next() {
        Some(c) if c.is_ascii() => c,
        // the pictures of control characters
        Some('\u{2400}'..='\u{2426}') => '^',
        Some('\u{2039}' | '\u{2190}' | '\u{2264}') => '<',
        Some('\u{203a}' | '\u{2192}' | '\u{2265}') => '>',
        Some('\u{2026}') => '~',
        None | Some('\u{a0}') => ' ',
        // the typographic ones that texts of people have: dashes and dots, quotes, arrows, marks
        Some('\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2022}' | '\u{2212}') => '-',
        Some('\u{2018}' | '\u{2019}') => '\'',
        Some('\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}') => '"',
        Some('\u{d7}' | '\u{2717}' | '\u{2718}') => 'x',
        Some('\u{2713}' | '\u{2714}') => '+',
        Some(_) => '?',
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Shown> for String {
    fn from(shown: Shown) -> String {
        shown.0
    }
}

/// What replaces a character that must not reach a terminal; `None` keeps it.
fn replacement(c: char) -> Option<Cow<'static, str>> {
    let code = u32::from(c);
    match code {
        0x00..=0x1f => char::from_u32(0x2400 + code).map(|p| Cow::Owned(p.to_string())),
        0x7f => Some(Cow::Borrowed("\u{2421}")),
        // C1, bidi marks and overrides, zero-width, line separators, variation selectors, interlinear, tags, and the
        // skin tones, which take no column in one terminal and two in the next
        0x80..=0x9f
        | 0xad
        | 0x061c
        | 0x115f
        | 0x1160
        | 0x180e
        | 0x200b..=0x200f
        | 0x2028..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff9..=0xfffb
        | 0x1f3fb..=0x1f3ff
        | 0xe0000..=0xe0fff => Some(Cow::Owned(format!("\u{2039}U+{code:04X}\u{203a}"))),
        _ => None,
    }
}

fn is_combining(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

fn neutralise(text: &str, max_graphemes: usize, max_bytes: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(max_bytes) + 8);
    let mut marks = 0;
    for c in text.chars() {
        // beyond the cap only the count of what is left out matters
        if safe.len() > max_bytes + 64 {
            break;
        }
        if let Some(shown) = replacement(c) {
            marks = 0;
            safe.push_str(&shown);
        } else if is_combining(c) {
            marks += 1;
            if marks <= 2 && !safe.is_empty() {
                safe.push(c);
            }
        } else {
            marks = 0;
            safe.push(c);
        }
    }
    let cut = safe
        .grapheme_indices(true)
        .enumerate()
        .find(|(n, (at, g))| *n >= max_graphemes || at + g.len() > max_bytes)
        .map(|(_, (at, _))| at);
    if let Some(at) = cut {
        let left_out = text.chars().count().saturating_sub(safe[..at].chars().count());
        safe.truncate(at);
        let _ = write!(safe, "\u{2026}(+{left_out})");
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        Shown::from_remote(text).into_string()
    }

    #[test]
    fn escape_sequences_become_pictures() {
        assert_eq!(show("a\u{1b}]52;c;ZXZpbA==\u{7}b"), "a\u{241b}]52;c;ZXZpbA==\u{2407}b");
        assert_eq!(show("ok\rFAIL"), "ok\u{240d}FAIL");
        assert_eq!(show("\u{9b}31m"), "\u{2039}U+009B\u{203a}31m");
    }

    #[test]
    fn invisible_and_reordering_characters_are_named() {
        assert_eq!(show("rm \u{202e}x"), "rm \u{2039}U+202E\u{203a}x");
        assert_eq!(show("a\u{200b}b"), "a\u{2039}U+200B\u{203a}b");
        assert_eq!(show("\u{e0041}"), "\u{2039}U+E0041\u{203a}");
        assert_eq!(show("שלום"), "שלום", "letters of right-to-left scripts stay");
    }

    #[test]
    fn without_utf_8_every_character_is_ascii() {
        for (text, plain) in [
            ("as it is", "as it is"),
            (
                "Triage \u{2014} \u{2018}it\u{2019} \u{2192} \u{201c}no\u{201d} \u{2265} 3 \u{2713}",
                "Triage - 'it' > \"no\" > 3 +",
            ),
            ("a\u{241b}]0;\u{2039}U+202E\u{203a}", "a^]0;<U+202E>"),
            ("日本 e\u{301}\u{2026}", "?? e~"),
        ] {
            assert_eq!(ascii(text), plain);
        }
    }

    #[test]
    fn marks_and_length_are_capped() {
        let zalgo = format!("e{}", "\u{301}".repeat(200));
        assert_eq!(show(&zalgo).chars().count(), 3);
        let long = show(&"x".repeat(1 << 20));
        assert!(long.ends_with("\u{2026}(+1048320)"), "{}", &long[240..]);
        assert!(long.len() < 300);
    }

    #[test]
    fn lines_keep_the_last() {
        let lines = Shown::lines_from_remote("a\r\nb\nc", 2);
        assert_eq!(lines.iter().map(Shown::as_str).collect::<Vec<_>>(), ["b", "c"]);
    }
}
