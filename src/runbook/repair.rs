//! Double-encoded text made readable: UTF-8 that was once taken for Windows-1252 or -1254 (`â†’` for `→`). Only for
//! display, and only where a whole run of such characters makes sense.

use std::borrow::Cow;

/// What Windows-1252 has at 0x80 to 0x9F; zero where it has nothing.
const HIGH: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
    0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];
/// Where Windows-1254 has another letter.
const TURKISH: [(u16, u8); 6] =
    [(0x011e, 0xd0), (0x0130, 0xdd), (0x015e, 0xde), (0x011f, 0xf0), (0x0131, 0xfd), (0x015f, 0xfe)];

/// The text with its double-encoded runs repaired. A run that does not decode as a whole stays as it is.
pub fn repaired(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        let (plain, tail) = rest.split_at(start);
        let end = tail.find(|c: char| c.is_ascii()).unwrap_or(tail.len());
        let (run, tail) = tail.split_at(end);
        out.push_str(plain);
        let right = decode(run);
        changed |= right.is_some();
        out.push_str(right.as_deref().unwrap_or(run));
        rest = tail;
    }
    if !changed {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn decode(run: &str) -> Option<String> {
    let mut bytes = run.chars().map(byte).collect::<Option<Vec<u8>>>()?;
    // the last byte of the emoji selector is one of the five that Windows-1252 does not have, and is often lost
    if bytes.ends_with(&[0xef, 0xb8]) {
        bytes.truncate(bytes.len() - 2);
    }
    let text = String::from_utf8(bytes).ok()?;
    let sound = !text.is_empty() && !text.chars().any(char::is_control);
    sound.then(|| text.chars().filter(|c| *c != '\u{fe0f}').collect())
}

/// The byte that a character was before it was taken for a character.
fn byte(c: char) -> Option<u8> {
    let code = u16::try_from(u32::from(c)).ok()?;
    if let Ok(byte @ 0x80..) = u8::try_from(code) {
        return Some(byte);
    }
    let at = HIGH.iter().position(|high| *high == code).and_then(|at| u8::try_from(at).ok());
    at.map(|at| 0x80 + at).or_else(|| TURKISH.iter().find(|(high, _)| *high == code).map(|(_, byte)| *byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_encoded_text_is_readable_and_all_other_text_is_untouched() {
        for (written, shown) in [
            ("Dashboard â†’ Settings", "Dashboard → Settings"),
            ("ğŸ“‹ Table of Contents", "📋 Table of Contents"),
            ("âš\u{a0}ï¸ WARNING", "⚠ WARNING"),
            ("Ø§Ù„Ø¯Ù„ÙŠÙ„", "الدليل"),
            // half of it was lost: nothing is guessed
            ("â•â•", "â•â•"),
            ("Café → naïve … „Größe“ ≥ 80 %", "Café → naïve … „Größe“ ≥ 80 %"),
            ("plain", "plain"),
        ] {
            assert_eq!(repaired(written), shown);
        }
    }

    #[test]
    fn what_is_repaired_once_stays_as_it_is() {
        let once = repaired("â†’ âœ… ğŸš¨").into_owned();
        assert_eq!(once, "→ ✅ 🚨");
        assert_eq!(repaired(&once), once);
    }
}
