//! A picture in memory: opaque colours, rectangles on whole pixels, and coverage blended on top. Knows no terminal.
//! Integer arithmetic only where it blends, so that every machine makes the same bytes.

use std::io::Write;

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Rgb {
    /// The colour that lies `amount`/255 of the way towards `other`.
    pub(crate) fn towards(self, other: Rgb, amount: u8) -> Rgb {
        let mix = |from: u8, to: u8| {
            let sum = u32::from(from) * u32::from(255 - amount) + u32::from(to) * u32::from(amount);
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        };
        Rgb(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// Where a cell lies, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    /// Left edge.
    pub(crate) x: i32,
    /// Upper edge.
    pub(crate) y: i32,
    /// Width.
    pub(crate) w: i32,
    /// Height.
    pub(crate) h: i32,
}

/// A picture that is being painted. What lies outside of it is not painted.
pub(crate) struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<Rgb>,
}

impl Canvas {
    /// A picture of one colour.
    pub(crate) fn new(width: i32, height: i32, colour: Rgb) -> Self {
        let count = usize::try_from(width * height).unwrap_or(0);
        Self { width, height, pixels: vec![colour; count] }
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (u32, u32) {
        let side = |n: i32| u32::try_from(n).unwrap_or(0);
        (side(self.width), side(self.height))
    }

    /// Row by row, from the left.
    pub(crate) fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    /// Paints the pixel with a coverage between 0 and 1.
    pub(crate) fn blend(&mut self, x: i32, y: i32, colour: Rgb, coverage: f32) {
        if !(0..self.width).contains(&x) || !(0..self.height).contains(&y) {
            return;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=255")]
        let amount = (coverage.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        let at = usize::try_from(y * self.width + x).unwrap_or(0);
        if let Some(pixel) = self.pixels.get_mut(at) {
            *pixel = pixel.towards(colour, amount);
        }
    }

    /// Paints the pixels from (x0, y0) up to, not including, (x1, y1).
    pub(crate) fn rect(&mut self, (x0, y0): (i32, i32), (x1, y1): (i32, i32), colour: Rgb, coverage: f32) {
        for y in y0..y1 {
            for x in x0..x1 {
                self.blend(x, y, colour, coverage);
            }
        }
    }

    /// Paints every pixel of `area` by the coverage that `shape` gives for its centre, relative to the area.
    pub(crate) fn shape(&mut self, area: Area, colour: Rgb, shape: impl Fn(f32, f32) -> f32) {
        for y in 0..area.h {
            for x in 0..area.w {
                let coverage = shape(centre(x), centre(y));
                self.blend(area.x + x, area.y + y, colour, coverage);
            }
        }
    }

    /// The picture as a PNG file.
    pub(crate) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let (width, height) = self.size();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|p| [p.0, p.1, p.2]).collect();
        let mut stream = writer.stream_writer()?;
        stream.write_all(&bytes)?;
        stream.finish()?;
        drop(writer);
        Ok(file)
    }
}

fn centre(pixel: i32) -> f32 {
    pixel as f32 + 0.5
}
