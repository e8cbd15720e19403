//! Letters: the font `JetBrains Mono` in four styles, as outlines. Chooses the size of a cell. Draws no lines and blocks.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ab_glyph::{Font as _, FontVec, Glyph, PxScale, point};

use crate::canvas::{Area, Canvas, Rgb};

/// Where Debian's package puts the font.
pub(crate) const DEFAULT_DIR: &str = "/usr/share/fonts/truetype/jetbrains-mono";

/// The em at scale 1, in pixels: its advance of 0.6 em is then a whole number of pixels at every scale.
const EM: u8 = 15;

/// Bold and italic, as an index into the four faces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Style {
    /// Heavier.
    pub(crate) bold: bool,
    /// Slanted.
    pub(crate) italic: bool,
}

/// The four faces at one size.
pub(crate) struct Fonts {
    /// Regular, bold, italic, bold italic.
    faces: [FontVec; 4],
    scale: u8,
    drawn: HashMap<(char, Style), Mask>,
    missing: BTreeSet<char>,
}

/// The coverage of a glyph, relative to the upper left corner of its cell.
struct Mask {
    left: i32,
    top: i32,
    width: usize,
    coverage: Vec<f32>,
}

/// The font cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FontError {
    /// The file cannot be read.
    #[error(
        "cannot read {path} (JetBrains Mono: ./test.sh installs it, Debian has it as fonts-jetbrains-mono; or say where it lies by --font DIR)"
    )]
    Read {
        /// The file.
        path: String,
        /// The system's word.
        source: std::io::Error,
    },
    /// The file is no font.
    #[error("{path} is no font that can be read")]
    Invalid {
        /// The file.
        path: String,
    },
}

impl Fonts {
    /// Reads the four faces from a folder.
    pub(crate) fn load(dir: &Path, scale: u8) -> Result<Self, FontError> {
        let face = |style: &str| {
            let path = dir.join(format!("JetBrainsMono-{style}.ttf"));
            let name = || path.display().to_string();
            let bytes = std::fs::read(&path).map_err(|source| FontError::Read { path: name(), source })?;
            FontVec::try_from_vec(bytes).map_err(|_| FontError::Invalid { path: name() })
        };
        let faces = [face("Regular")?, face("Bold")?, face("Italic")?, face("BoldItalic")?];
        Ok(Self { faces, scale, drawn: HashMap::new(), missing: BTreeSet::new() })
    }

    /// The size of a cell in pixels.
    pub(crate) fn cell(&self) -> (i32, i32) {
        let em = i32::from(EM) * i32::from(self.scale);
        // 0.6 em wide; the face's own 1.32 em high, rounded up to a whole pixel at scale 1.
        (em * 3 / 5, (i32::from(EM) * 4 + 2) / 3 * i32::from(self.scale))
    }

    /// Draws a character into a cell; a visible box stands for what the font does not have.
    pub(crate) fn draw(&mut self, canvas: &mut Canvas, area: Area, c: char, style: Style, colour: Rgb) {
        if c == ' ' {
            return;
        }
        if self.faces[0].glyph_id(c).0 == 0 {
            self.missing.insert(c);
            return missing_box(canvas, area, colour, i32::from(self.scale));
        }
        if !self.drawn.contains_key(&(c, style)) {
            let mask = self.outline(c, style);
            self.drawn.insert((c, style), mask);
        }
        let Some(mask) = self.drawn.get(&(c, style)) else { return };
        for (at, coverage) in mask.coverage.iter().enumerate() {
            let (x, y) = (i32::try_from(at % mask.width).unwrap_or(0), i32::try_from(at / mask.width).unwrap_or(0));
            canvas.blend(area.x + mask.left + x, area.y + mask.top + y, colour, *coverage);
        }
    }

    fn outline(&self, c: char, style: Style) -> Mask {
        let face = &self.faces[usize::from(style.bold) + 2 * usize::from(style.italic)];
        let face = if face.glyph_id(c).0 == 0 { &self.faces[0] } else { face };
        let em = f32::from(EM) * f32::from(self.scale);
        let per_em = em / face.units_per_em().unwrap_or(1000.0);
        let (_, height) = self.cell();
        let free = height as f32 - face.height_unscaled() * per_em;
        let baseline = (free / 2.0 + face.ascent_unscaled() * per_em).round();
        let glyph = Glyph {
            id: face.glyph_id(c),
            scale: PxScale::from(face.height_unscaled() * per_em),
            position: point(0.0, baseline),
        };
        let Some(outlined) = face.outline_glyph(glyph) else {
            return Mask { left: 0, top: 0, width: 1, coverage: Vec::new() };
        };
        let bounds = outlined.px_bounds();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole pixels of one glyph")]
        let (left, top, width, rows) =
            (bounds.min.x as i32, bounds.min.y as i32, bounds.width() as usize, bounds.height() as usize);
        let mut coverage = vec![0.0; width * rows];
        outlined.draw(|x, y, amount| {
            if let Some(pixel) = coverage.get_mut(y as usize * width + x as usize) {
                *pixel = amount;
            }
        });
        Mask { left, top, width: width.max(1), coverage }
    }

    /// The characters that were wanted since the last call and that the font does not have.
    pub(crate) fn take_missing(&mut self) -> impl Iterator<Item = char> + use<> {
        std::mem::take(&mut self.missing).into_iter()
    }
}

fn missing_box(canvas: &mut Canvas, area: Area, colour: Rgb, line: i32) {
    let Area { x, y, w, h } = area;
    let (left, right, top, bottom) = (x + 2 * line, x + w - 2 * line, y + 4 * line, y + h - 4 * line);
    canvas.rect((left, top), (right, top + line), colour, 1.0);
    canvas.rect((left, bottom - line), (right, bottom), colour, 1.0);
    canvas.rect((left, top), (left + line, bottom), colour, 1.0);
    canvas.rect((right - line, top), (right, bottom), colour, 1.0);
}
