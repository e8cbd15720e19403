//! The characters that the screen is drawn with: one set for Unicode, one for ASCII. All are one column wide in every
//! terminal; no emoji, no variation selector.

/// A set of characters.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Good.
    pub ok: &'static str,
    /// Warning.
    pub warning: &'static str,
    /// Critical.
    pub critical: &'static str,
    /// Cannot be told.
    pub unknown: &'static str,
    /// Not looked at.
    pub off: &'static str,
    /// Text goes on.
    pub more: &'static str,
    /// The selected row of a list.
    pub cursor: &'static str,
    /// The typing place.
    pub caret: &'static str,
    /// Corners: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Lines: horizontal, vertical.
    pub lines: [&'static str; 2],
    /// Corners of the dialog that something is confirmed in.
    pub strong_corners: [&'static str; 4],
    /// Its lines: horizontal, vertical.
    pub strong_lines: [&'static str; 2],
    /// Where its lines meet a plain one: left, right.
    pub joints: [&'static str; 2],
    /// What is being done.
    pub doing: &'static str,
    /// A marked row.
    pub marked: &'static str,
    /// A threshold across a chart.
    pub threshold: &'static str,
    /// The vertical axis, with a label at its left.
    pub tick: &'static str,
    /// The axis, plain.
    pub axis: &'static str,
    /// Where the axes meet.
    pub origin: &'static str,
    /// The horizontal axis.
    pub floor: &'static str,
    /// A mark on a bar.
    pub mark: &'static str,
    /// The empty part of a bar where colours cannot show it.
    pub track: &'static str,
    /// Parts of a cell filled from below: one eighth to full.
    pub levels: [&'static str; 8],
    /// Parts of a cell filled from the left: one eighth to full.
    pub parts: [&'static str; 8],
    /// True when characters beyond ASCII can be drawn, the big digits among them.
    pub unicode: bool,
}

/// For UTF-8 terminals.
pub const UNICODE: Glyphs = Glyphs {
    ok: "✓",
    warning: "!",
    critical: "✗",
    unknown: "?",
    off: "-",
    more: "…",
    cursor: "▌",
    caret: "█",
    corners: ["╭", "╮", "╰", "╯"],
    lines: ["─", "│"],
    strong_corners: ["╔", "╗", "╚", "╝"],
    strong_lines: ["═", "║"],
    joints: ["╟", "╢"],
    doing: "»",
    marked: "*",
    threshold: "╌",
    tick: "┤",
    axis: "│",
    origin: "└",
    floor: "─",
    mark: "│",
    track: "░",
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    parts: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    unicode: true,
};

/// For everything else.
pub const ASCII: Glyphs = Glyphs {
    ok: "+",
    warning: "!",
    critical: "x",
    unknown: "?",
    off: "-",
    more: "~",
    cursor: ">",
    caret: "_",
    corners: ["+", "+", "+", "+"],
    lines: ["-", "|"],
    strong_corners: ["#", "#", "#", "#"],
    strong_lines: ["=", "#"],
    joints: ["#", "#"],
    doing: ">",
    marked: "*",
    threshold: "-",
    tick: "+",
    axis: "|",
    origin: "+",
    floor: "-",
    mark: "|",
    track: ".",
    levels: ["_", ".", ":", "-", "=", "+", "*", "#"],
    parts: [".", ".", ":", "=", "=", "=", "#", "#"],
    unicode: false,
};

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn all(set: &Glyphs) -> Vec<&'static str> {
        let mut all = vec![set.ok, set.warning, set.critical, set.unknown, set.off, set.more, set.cursor, set.caret];
        all.extend(set.strong_corners.iter().chain(&set.strong_lines).chain(&set.joints));
        all.extend([
            set.doing,
            set.marked,
            set.threshold,
            set.tick,
            set.axis,
            set.origin,
            set.floor,
            set.mark,
            set.track,
        ]);
        all.extend(set.corners.iter().chain(&set.lines).chain(&set.levels).chain(&set.parts));
        all
    }

    #[test]
    fn every_glyph_is_one_column_and_ascii_is_ascii() {
        for glyph in all(&UNICODE) {
            assert_eq!((glyph.width(), glyph.chars().count()), (1, 1), "{glyph}");
        }
        for glyph in all(&ASCII) {
            assert!(glyph.len() == 1 && glyph.is_ascii(), "{glyph}");
        }
    }

    #[test]
    fn the_state_glyphs_are_not_of_ambiguous_width() {
        // what a CJK terminal draws two columns wide would shift every row that begins with it
        for glyph in [UNICODE.ok, UNICODE.warning, UNICODE.critical, UNICODE.unknown, UNICODE.off] {
            assert_eq!(glyph.width_cjk(), 1, "{glyph}");
        }
    }
}
