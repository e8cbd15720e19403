//! Whether the terminal is bright: the question (OSC 11) and what an answer says. It is asked beside the first frame and
//! nobody waits for it; whoever reads the keys hands the answer on, or swallows it.

use std::sync::atomic::{AtomicBool, Ordering};

/// Which colour is the ground?
pub(super) const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// The luminance whose contrast with black is that with white.
const MIDDLE: f64 = 0.179;

/// A question is out.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Notes that the question goes out.
pub(super) fn ask() {
    ASKED.store(true, Ordering::Relaxed);
}

/// True while a question is out.
pub(in crate::runtime) fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// What an answer says, if it is one to this question: true for a bright terminal.
pub(in crate::runtime) fn told(answer: &str) -> Option<bool> {
    let colour = answer.strip_prefix("11;")?;
    ASKED.store(false, Ordering::Relaxed);
    let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(part);
    let mut light = 0.0;
    for weight in [0.2126, 0.7152, 0.0722] {
        light += weight * libm::pow(parts.next()??, 2.2);
    }
    Some(light > MIDDLE)
}

/// One to four hex digits as a share of the most they can say.
fn part(digits: &str) -> Option<f64> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?).filter(|_| (1..=4).contains(&digits.len()))? - 1;
    Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bright_and_dark_are_told_from_every_form_of_an_answer() {
        for (answer, light) in [
            ("11;rgb:ffff/ffff/ffff", Some(true)),
            ("11;rgb:fdfd/f6f6/e3e3", Some(true)),
            ("11;rgb:1010/1414/1c1c", Some(false)),
            ("11;rgb:00/2b/36", Some(false)),
            ("11;rgb:f/f/f", Some(true)),
            ("11;rgba:2e2e/3434/4040/ffff", Some(false)),
            ("11;rgb:ffff/ffff", None),
            ("11;rgb:fffff/0/0", None),
            ("11;rgb:+f/0/0", None),
            ("11;rgb:zz/00/00", None),
            ("10;rgb:ffff/ffff/ffff", None),
            ("52;c;cXE=", None),
            ("", None),
        ] {
            assert_eq!(told(answer), light, "{answer}");
        }
    }
}
