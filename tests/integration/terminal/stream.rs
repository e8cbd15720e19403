//! What the program may send to a terminal, and nothing else: a grammar of its own frames, against which every byte of a
//! run is held.

use super::corpus::INVISIBLE;

/// Whether the terminal is bright, asked before the first frame and nowhere else.
const QUESTION: &str = "]11;?\u{1b}\\\u{1b}[?2026h\u{1b}[0m\u{1b}[2J";

/// What in these bytes is no frame of ours, at a screen of this size with 256 colours: with its neighbourhood, at most
/// ten. Lines that end with CR LF are taken as well: they stand on the main screen after the end.
pub(super) fn foreign(bytes: &[u8], columns: u16, rows: u16) -> Vec<String> {
    let mut found = Vec::new();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![format!("not UTF-8: {:?}", around(bytes, error.valid_up_to()))],
    };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let fine = match c {
            '\u{1b}' => {
                let rest = &text[at + 1..];
                let length = sequence(rest, columns, rows);
                (0..length.unwrap_or(0)).for_each(|_| _ = chars.next());
                length.is_some()
            }
            '\r' => chars.next_if(|(_, c)| *c == '\n').is_some(),
            c => !c.is_control() && !INVISIBLE.contains(&c),
        };
        if !fine && found.len() < 10 {
            found.push(format!("{c:?} in {:?}", around(bytes, at)));
        }
    }
    found
}

fn around(bytes: &[u8], at: usize) -> String {
    String::from_utf8_lossy(&bytes[at.saturating_sub(20)..bytes.len().min(at + 40)]).into_owned()
}

/// The length of a sequence of ours after its escape character.
fn sequence(rest: &str, columns: u16, rows: u16) -> Option<usize> {
    if rest.starts_with(QUESTION) {
        return Some(7);
    }
    if let Some(title) = rest.strip_prefix("]2;") {
        let (title, _) = title.split_once('\u{7}')?;
        let is_ours = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
        // none at the end, where it may not be put back
        let is_fine = title.is_empty() || title.starts_with("midwatch");
        return (is_fine && title.chars().all(is_ours)).then_some(3 + title.len() + 1);
    }
    let body = rest.strip_prefix('[')?;
    let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == '?'))?;
    let (parameters, last) = (&body[..end], body[end..].chars().next()?);
    let numbers: Option<Vec<u16>> = match parameters {
        "" => Some(Vec::new()),
        some => some.split(';').map(|n| n.parse().ok()).collect(),
    };
    let fine = match (last, parameters.strip_prefix('?'), numbers) {
        ('h' | 'l', Some("1049" | "25" | "2004" | "2026"), _) => true,
        ('m', None, Some(numbers)) => is_style(&numbers),
        // the title put by, and back
        ('t', None, Some(numbers)) => matches!(numbers.as_slice(), [22 | 23, 0]),
        ('J', None, Some(numbers)) => numbers == [2],
        ('C', None, Some(numbers)) => numbers.iter().all(|n| (2..columns).contains(n)),
        ('H', None, Some(numbers)) => match numbers.as_slice() {
            [row] => (1..=rows).contains(row),
            [row, column] => (1..=rows).contains(row) && (1..=columns).contains(column),
            _ => false,
        },
        _ => false,
    };
    fine.then_some(1 + end + 1)
}

fn is_style(numbers: &[u16]) -> bool {
    let mut rest = numbers;
    loop {
        rest = match rest {
            [] => return true,
            [38 | 48, 5, 0..=255, rest @ ..]
            | [0..=4 | 7 | 9 | 30..=37 | 39..=47 | 49 | 90..=97 | 100..=107, rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[test]
fn the_grammar_knows_ours_from_theirs() {
    let ours =
        "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?2026h\u{1b}[0m\u{1b}[2J\u{1b}[1H\u{1b}[1;38;5;77mok\u{1b}[4C│\u{1b}[m\r\n";
    assert_eq!(foreign(ours.as_bytes(), 80, 24), Vec::<String>::new());
    for payload in super::corpus::payloads() {
        let is_hostile = payload.chars().any(|c| c.is_control() || INVISIBLE.contains(&c));
        let told = foreign(format!("a{payload}b").as_bytes(), 80, 24);
        assert_eq!(!told.is_empty(), is_hostile, "{payload:?}: {told:?}");
    }
}
