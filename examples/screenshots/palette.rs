//! What a terminal's own colours look like: default foreground and background, the sixteen, and the 256.

use vt100::Color;

use crate::canvas::Rgb;

/// A terminal's colour scheme.
#[derive(Debug)]
pub(crate) struct Palette {
    /// Text without a colour.
    pub(crate) foreground: Rgb,
    /// The screen without a colour.
    pub(crate) background: Rgb,
    /// Black, red, green, yellow, blue, magenta, cyan, white, and the bright eight.
    pub(crate) sixteen: [Rgb; 16],
}

/// A dark terminal.
pub(crate) const DARK: Palette = Palette {
    foreground: Rgb(0xd3, 0xd7, 0xde),
    background: Rgb(0x10, 0x13, 0x18),
    sixteen: [
        Rgb(0x1d, 0x22, 0x2b),
        Rgb(0xf0, 0x6a, 0x6f),
        Rgb(0x8f, 0xc9, 0x7c),
        Rgb(0xe6, 0xc0, 0x6b),
        Rgb(0x6f, 0xae, 0xf2),
        Rgb(0xc5, 0x8c, 0xe8),
        Rgb(0x5f, 0xc4, 0xcb),
        Rgb(0xc3, 0xc9, 0xd4),
        Rgb(0x68, 0x70, 0x80),
        Rgb(0xff, 0x8a, 0x8f),
        Rgb(0xa8, 0xe0, 0x95),
        Rgb(0xfb, 0xd9, 0x8b),
        Rgb(0x92, 0xc5, 0xff),
        Rgb(0xdb, 0xab, 0xf7),
        Rgb(0x83, 0xdd, 0xe3),
        Rgb(0xf2, 0xf4, 0xf8),
    ],
};

/// A light terminal.
pub(crate) const LIGHT: Palette = Palette {
    foreground: Rgb(0x2a, 0x2f, 0x3a),
    background: Rgb(0xfa, 0xfa, 0xf7),
    sixteen: [
        Rgb(0x2a, 0x2f, 0x3a),
        Rgb(0xc4, 0x2b, 0x33),
        Rgb(0x2f, 0x7d, 0x32),
        Rgb(0x97, 0x69, 0x00),
        Rgb(0x1f, 0x61, 0xb8),
        Rgb(0x86, 0x3b, 0xa8),
        Rgb(0x0b, 0x77, 0x80),
        Rgb(0xc8, 0xcc, 0xd2),
        Rgb(0x7b, 0x82, 0x8e),
        Rgb(0xde, 0x45, 0x4c),
        Rgb(0x42, 0x96, 0x45),
        Rgb(0xb0, 0x80, 0x10),
        Rgb(0x35, 0x7c, 0xd6),
        Rgb(0xa0, 0x54, 0xc4),
        Rgb(0x1b, 0x91, 0x9b),
        Rgb(0xf4, 0xf4, 0xf0),
    ],
};

impl Palette {
    /// A cell's colour, or `default` where the program set none.
    pub(crate) fn colour(&self, colour: Color, default: Rgb) -> Rgb {
        match colour {
            Color::Default => default,
            Color::Rgb(r, g, b) => Rgb(r, g, b),
            Color::Idx(n) => self.indexed(n),
        }
    }

    /// One of xterm's 256: the sixteen, a 6x6x6 cube, 24 greys.
    fn indexed(&self, n: u8) -> Rgb {
        let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        match n {
            0..=15 => self.sixteen[usize::from(n)],
            16..=231 => Rgb(level((n - 16) / 36), level((n - 16) / 6 % 6), level((n - 16) % 6)),
            _ => {
                let grey = 8 + 10 * (n - 232);
                Rgb(grey, grey, grey)
            }
        }
    }
}
