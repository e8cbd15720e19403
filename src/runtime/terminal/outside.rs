//! What is said to the terminal that a person sits at, past a multiplexer between it and us: notifications, the clipboard.
//! Pure: text to bytes.

use base64::Engine as _;

use super::encode::Erasing;
use crate::config::Sign;

/// What stands between us and the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    #[default]
    Nothing,
    /// tmux: passes on what is wrapped, where it is allowed to (`allow-passthrough`).
    Tmux,
    /// GNU screen: passes on what is wrapped, in short pieces.
    Screen,
}

/// What the terminal and what is before it can take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach {
    /// What stands between.
    pub between: Between,
    /// What it erases gets the colour that was set (`bce`).
    pub colours_erased: bool,
    /// It knows sequences of the operating-system kind (OSC): a terminal that does not would show their letters.
    pub osc: bool,
}

/// Screen throws away what is longer.
const PIECE: usize = 500;

impl Reach {
    pub(super) fn erasing(self) -> Erasing {
        if self.colours_erased { Erasing::Coloured } else { Erasing::Bare }
    }

    /// The signs of one notice. Its texts are ours or made safe before; what would end a sequence is taken out once more.
    pub(super) fn signs(self, signs: &[Sign], title: &str, text: &str) -> Vec<u8> {
        let (title, text) = (plain(title), plain(text));
        let sign = |sign: &Sign| match sign {
            Sign::Bell => b"\x07".to_vec(),
            _ if !self.osc => Vec::new(),
            // a digit first would be a command of ConEmu's; ours begins with our name
            Sign::Osc9 => self.through(&format!("\x1b]9;{title}: {text}\x07")),
            Sign::Osc777 => self.through(&format!("\x1b]777;notify;{};{text}\x07", title.replace(';', ","))),
        };
        signs.iter().flat_map(sign).collect()
    }

    /// What sets the clipboard. The text itself is encoded: nothing in it can end the sequence.
    pub(super) fn clipboard(self, text: &str) -> Vec<u8> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let bare = format!("\x1b]52;c;{encoded}\x07");
        match self.between {
            // tmux takes it itself where set-clipboard is on, and passes it on where allow-passthrough is: one of both
            Between::Tmux => [bare.as_bytes(), &self.through(&bare)].concat(),
            _ => self.through(&bare),
        }
    }

    /// A sequence as the terminal behind the multiplexer gets it.
    fn through(self, sequence: &str) -> Vec<u8> {
        match self.between {
            Between::Nothing => sequence.as_bytes().to_vec(),
            Between::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")).into_bytes(),
            Between::Screen => {
                let wrap = |piece: &[u8]| [b"\x1bP", piece, b"\x1b\\"].concat();
                sequence.as_bytes().chunks(PIECE).flat_map(wrap).collect()
            }
        }
    }
}

/// Without anything that a terminal could take for the end of a sequence or the begin of another.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sign; 3] = [Sign::Bell, Sign::Osc9, Sign::Osc777];

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap().replace('\x1b', "^").replace('\x07', "!")
    }

    #[test]
    fn signs_pass_the_multiplexer_and_nothing_in_them_ends_them() {
        let hostile = "a\x1b\\b\x07c\u{9c}d;e\n";
        for (between, shown) in [
            (Between::Nothing, "!^]9;midwatch: a \\b c d;e !^]777;notify;midwatch;a \\b c d;e !"),
            (Between::Tmux, "!^Ptmux;^^]9;midwatch: a \\b c d;e !^\\^Ptmux;^^]777;notify;midwatch;a \\b c d;e !^\\"),
            (Between::Screen, "!^P^]9;midwatch: a \\b c d;e !^\\^P^]777;notify;midwatch;a \\b c d;e !^\\"),
        ] {
            let reach = Reach { between, osc: true, ..Reach::default() };
            assert_eq!(text(&reach.signs(&ALL, "midwatch", hostile)), shown);
        }
        let simple = Reach::default();
        assert_eq!(text(&simple.signs(&ALL, "midwatch", "x")), "!", "a terminal that shows what it does not know");
    }

    #[test]
    fn the_clipboard_is_set_through_tmux_both_ways_and_through_screen_in_pieces() {
        let reach = |between| Reach { between, osc: true, ..Reach::default() };
        assert_eq!(text(&reach(Between::Nothing).clipboard("hi")), "^]52;c;aGk=!");
        assert_eq!(text(&reach(Between::Tmux).clipboard("hi")), "^]52;c;aGk=!^Ptmux;^^]52;c;aGk=!^\\");
        let pieces = text(&reach(Between::Screen).clipboard(&"x".repeat(900)));
        let inside: Vec<&str> = pieces.split("^\\").filter(|piece| !piece.is_empty()).collect();
        assert!(inside.len() == 3 && inside.iter().all(|piece| piece.starts_with("^P") && piece.len() <= 502));
        let joined: String = inside.iter().map(|piece| &piece[2..]).collect();
        assert!(joined.starts_with("^]52;c;eHh4") && joined.ends_with('!'));
    }
}
