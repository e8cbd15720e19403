//! Colours: hex to RGB, contrast as WCAG 2 has it, the nearest colour of a smaller palette. Pure.

use ratatui::style::Color;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// No colour (`NO_COLOR`, `TERM=dumb`): no colour command may be sent at all.
    None,
    /// The sixteen of old.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bits.
    True,
}

/// A colour of 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rgb(pub(super) u8, pub(super) u8, pub(super) u8);

impl Rgb {
    /// `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
        let part = |from: usize| u8::from_str_radix(&hex[from..from + 2], 16).ok();
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// The contrast ratio of two colours, 1 to 21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour between two: 0 is `self`, `of` is `other`.
    pub(super) fn between(self, other: Self, step: usize, of: usize) -> Self {
        let mix = |a: u8, b: u8| {
            let mixed = (usize::from(a) * (of - step) + usize::from(b) * step) / of.max(1);
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Distance as the eye has it, roughly ("redmean").
    fn distance(self, other: Self) -> f64 {
        let (r, g, b) = (
            f64::from(self.0) - f64::from(other.0),
            f64::from(self.1) - f64::from(other.1),
            f64::from(self.2) - f64::from(other.2),
        );
        let mean = f64::midpoint(f64::from(self.0), f64::from(other.0));
        (2.0 + mean / 256.0) * r * r + 4.0 * g * g + (2.0 + (255.0 - mean) / 256.0) * b * b
    }
}

impl Rgb {
    fn chroma(self) -> u8 {
        self.0.max(self.1).max(self.2) - self.0.min(self.1).min(self.2)
    }

    /// True of greys and of tints so faint that sixteen colours have nothing like them.
    fn is_grey(self) -> bool {
        self.chroma() < 48
    }

    /// Degrees on the colour wheel.
    fn hue(self) -> f64 {
        let (r, g, b) = (f64::from(self.0), f64::from(self.1), f64::from(self.2));
        let chroma = f64::from(self.chroma()).max(1.0);
        let sixth = if self.0 >= self.1 && self.0 >= self.2 {
            (g - b) / chroma
        } else if self.1 >= self.2 {
            2.0 + (b - r) / chroma
        } else {
            4.0 + (r - g) / chroma
        };
        (sixth * 60.0).rem_euclid(360.0)
    }

    /// Distance among the sixteen: the hue first, because all of them are vivid and no pastel is near any; greys by
    /// lightness.
    fn likeness(self, other: Self) -> f64 {
        let lightness = (self.luminance() - other.luminance()).abs() * 20.0;
        if self.is_grey() {
            return lightness;
        }
        let apart = (self.hue() - other.hue()).abs();
        apart.min(360.0 - apart) + lightness
    }
}

/// The luminance whose contrast with black is that with white.
const MIDDLE: f64 = 0.179;

/// xterm's defaults of the sixteen colours.
const ANSI: [(Rgb, Color); 16] = [
    (Rgb(0, 0, 0), Color::Black),
    (Rgb(205, 0, 0), Color::Red),
    (Rgb(0, 205, 0), Color::Green),
    (Rgb(205, 205, 0), Color::Yellow),
    (Rgb(0, 0, 238), Color::Blue),
    (Rgb(205, 0, 205), Color::Magenta),
    (Rgb(0, 205, 205), Color::Cyan),
    (Rgb(229, 229, 229), Color::Gray),
    (Rgb(127, 127, 127), Color::DarkGray),
    (Rgb(255, 0, 0), Color::LightRed),
    (Rgb(0, 255, 0), Color::LightGreen),
    (Rgb(255, 255, 0), Color::LightYellow),
    (Rgb(92, 92, 255), Color::LightBlue),
    (Rgb(255, 0, 255), Color::LightMagenta),
    (Rgb(0, 255, 255), Color::LightCyan),
    (Rgb(255, 255, 255), Color::White),
];

/// The colours 16 to 255 of xterm: a cube of six levels and twenty-four greys.
fn indexed(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if let Some(grey) = index.checked_sub(232) {
        let level = 8 + grey * 10;
        return Rgb(level, level, level);
    }
    let cube = usize::from(index.saturating_sub(16));
    Rgb(LEVELS[cube / 36], LEVELS[cube / 6 % 6], LEVELS[cube % 6])
}

/// The RGB of a resolved colour.
pub(super) fn rgb_of(color: Color) -> Option<Rgb> {
    match color {
        Color::Rgb(r, g, b) => Some(Rgb(r, g, b)),
        Color::Indexed(index) => Some(indexed(index)),
        named => ANSI.iter().find(|(_, color)| *color == named).map(|(rgb, _)| *rgb),
    }
}

/// What a colour of a smaller palette must stay apart from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Against<'a> {
    /// The grounds it stands on.
    pub(super) grounds: &'a [Rgb],
    /// The least contrast with each.
    pub(super) least: f64,
}

impl Against<'_> {
    /// Any colour will do.
    pub(super) const NOTHING: Against<'static> = Against { grounds: &[], least: 0.0 };

    fn admits(self, rgb: Rgb) -> bool {
        self.grounds.iter().all(|ground| rgb.contrast(*ground) >= self.least)
    }
}

/// The colour that shows `wanted` best at a depth, among those that are apart from their grounds as long as there is
/// one.
pub(super) fn nearest(wanted: Rgb, against: Against<'_>, depth: ColorDepth) -> (Color, Rgb) {
    match depth {
        ColorDepth::None => (Color::Reset, wanted),
        ColorDepth::True => (Color::Rgb(wanted.0, wanted.1, wanted.2), wanted),
        ColorDepth::Ansi16 => {
            let candidates = ANSI.iter().filter(|(rgb, _)| rgb.is_grey() == wanted.is_grey());
            best(against, candidates.map(|(rgb, color)| (*color, *rgb, wanted.likeness(*rgb))))
        }
        ColorDepth::Ansi256 => {
            let candidates = (16..=255).map(|index| (Color::Indexed(index), indexed(index)));
            best(against, candidates.map(|(color, rgb)| (color, rgb, wanted.distance(rgb))))
        }
    }
}

/// A ground as a depth shows it. Of the sixteen none is as quiet as a ground has to be, save black and white.
pub(super) fn ground(wanted: Rgb, depth: ColorDepth) -> (Color, Rgb) {
    match depth {
        ColorDepth::Ansi16 if wanted.luminance() < MIDDLE => (Color::Black, Rgb(0, 0, 0)),
        ColorDepth::Ansi16 => (Color::White, Rgb(255, 255, 255)),
        ColorDepth::None | ColorDepth::Ansi256 | ColorDepth::True => nearest(wanted, Against::NOTHING, depth),
    }
}

/// The candidate with the least distance among those that are apart from their grounds.
fn best(against: Against<'_>, candidates: impl Iterator<Item = (Color, Rgb, f64)>) -> (Color, Rgb) {
    let chosen = candidates.min_by(|(_, a, near_a), (_, b, near_b)| {
        (!against.admits(*a)).cmp(&!against.admits(*b)).then(near_a.total_cmp(near_b))
    });
    chosen.map_or((Color::Reset, Rgb(0, 0, 0)), |(color, rgb, _)| (color, rgb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_and_nothing_else() {
        assert_eq!(Rgb::parse("#0fa0ff"), Some(Rgb(15, 160, 255)));
        for bad in ["", "#fff", "0fa0ff", "#0fa0fg", "#ääää"] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 0.01);
        assert!((Rgb(119, 119, 119).contrast(Rgb(255, 255, 255)) - 4.48).abs() < 0.01);
    }

    #[test]
    fn smaller_palettes_get_the_nearest_colour_that_can_be_read() {
        assert_eq!(nearest(Rgb(255, 0, 0), Against::NOTHING, ColorDepth::Ansi256).0, Color::Indexed(196));
        assert_eq!(nearest(Rgb(8, 8, 8), Against::NOTHING, ColorDepth::Ansi256).0, Color::Indexed(232));
        assert_eq!(nearest(Rgb(0, 0, 200), Against::NOTHING, ColorDepth::Ansi16).0, Color::Blue);
        let black = Against { grounds: &[Rgb(0, 0, 0)], least: 4.5 };
        let on_black = nearest(Rgb(0, 0, 200), black, ColorDepth::Ansi16).1;
        assert!(on_black.contrast(Rgb(0, 0, 0)) >= 4.5);
    }
}
