//! The animated tour of the README: one run of the real program over the demo, from a fault to its proved end, as an
//! animated PNG. Only what changes between two frames is kept, in at most 255 colours and one that is none.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use color_eyre::eyre::Result;
use vt100::Screen;

use crate::canvas::{Canvas, Rgb};
use crate::capture;
use crate::font::Fonts;
use crate::picture;
use crate::shots::{Shot, Step};
use crate::support::terminal;

/// How often the screen is looked at.
const LOOK: Duration = Duration::from_millis(700);
/// Longest that a frame stands: waiting is no part of a tour.
const LONGEST: u16 = 1800;
/// The colour that is none.
const NOTHING: u8 = 255;

/// One picture of the tour.
struct Frame {
    canvas: Canvas,
    /// Milliseconds.
    stands: u16,
}

/// The tour as an animated PNG, and the words of its screens one after the other.
pub(crate) fn film(shot: &Shot, midwatch: &Path, fonts: &mut Fonts, scale: u8) -> Result<(Vec<u8>, Vec<Screen>)> {
    let screens = taken(shot, midwatch)?;
    let frames: Vec<Frame> = screens
        .iter()
        .map(|(screen, stood)| Frame { canvas: picture::paint(screen, shot.palette, fonts, scale), stands: *stood })
        .collect();
    Ok((encode(&frames)?, screens.into_iter().map(|(screen, _)| screen).collect()))
}

/// Every screen of the run, and for how long it stands.
fn taken(shot: &Shot, midwatch: &Path) -> Result<Vec<(Screen, u16)>> {
    let home = tempfile::tempdir()?;
    let pty = capture::start(shot, Some(midwatch), home.path())?;
    let mut screens: Vec<(Screen, u16)> = Vec::new();
    let mut shown = |screen: Screen, stood: Duration| {
        let stood = u16::try_from(stood.as_millis()).unwrap_or(LONGEST);
        match screens.last_mut() {
            Some((last, before)) if terminal::text(last) == terminal::text(&screen) => {
                *before = (*before + stood).min(LONGEST);
            }
            _ => screens.push((screen, stood.min(LONGEST))),
        }
    };
    for step in shot.steps {
        match step {
            Step::Press(key) => pty.send_key(*key)?,
            Step::Type(text) => pty.send(text)?,
            Step::Wait(text) => shown(pty.wait_text(text)?, LOOK),
            Step::Gone(text) => shown(pty.wait_gone(text)?, LOOK),
            // a tour goes on
            Step::Still => {}
            Step::Watch(seconds) => {
                let ends = Instant::now() + Duration::from_secs(*seconds);
                while Instant::now() < ends {
                    std::thread::sleep(LOOK);
                    shown(pty.screen(), LOOK);
                }
            }
        }
    }
    if let Some((_, last)) = screens.last_mut() {
        *last = 2 * LONGEST;
    }
    Ok(screens)
}

fn encode(frames: &[Frame]) -> Result<Vec<u8>> {
    let Some(first) = frames.first() else { return Ok(Vec::new()) };
    let (width, height) = first.canvas.size();
    let palette = Colours::of(frames);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.bytes());
    let mut opaque = vec![255; usize::from(NOTHING)];
    opaque.push(0);
    encoder.set_trns(opaque);
    encoder.set_compression(png::Compression::High);
    encoder.set_animated(u32::try_from(frames.len())?, 0)?;
    let mut writer = encoder.write_header()?;
    let mut before: Option<Vec<u8>> = None;
    for frame in frames {
        let now: Vec<u8> = frame.canvas.pixels().iter().map(|colour| palette.index(*colour)).collect();
        writer.set_frame_delay(frame.stands, 1000)?;
        match &before {
            None => writer.write_image_data(&now)?,
            Some(before) => {
                let (top, bottom) = changed_rows(before, &now, usize::try_from(width)?);
                // the place of the frame before counts until it is another
                writer.set_frame_dimension(width, 1)?;
                writer.set_frame_position(0, u32::try_from(top)?)?;
                writer.set_frame_dimension(width, u32::try_from(bottom - top)?)?;
                writer.set_blend_op(png::BlendOp::Over)?;
                let rows = top * usize::try_from(width)?..bottom * usize::try_from(width)?;
                let pairs = before[rows.clone()].iter().zip(&now[rows]);
                let new: Vec<u8> = pairs.map(|(old, new)| if old == new { NOTHING } else { *new }).collect();
                writer.write_image_data(&new)?;
            }
        }
        before = Some(now);
    }
    writer.finish()?;
    Ok(file)
}

/// The rows from the first to behind the last that differ; one where none does.
fn changed_rows(before: &[u8], now: &[u8], width: usize) -> (usize, usize) {
    let differs = |(_, (a, b)): &(usize, (&[u8], &[u8]))| a != b;
    let rows: Vec<usize> =
        before.chunks(width).zip(now.chunks(width)).enumerate().filter(differs).map(|(row, _)| row).collect();
    (rows.first().copied().unwrap_or(0), rows.last().map_or(1, |last| last + 1))
}

/// The colours that are seen most, and for every other the nearest of them.
struct Colours {
    kept: Vec<Rgb>,
    index: HashMap<(u8, u8, u8), u8>,
}

impl Colours {
    fn of(frames: &[Frame]) -> Self {
        let mut counts: HashMap<(u8, u8, u8), usize> = HashMap::new();
        for colour in frames.iter().flat_map(|frame| frame.canvas.pixels()) {
            *counts.entry((colour.0, colour.1, colour.2)).or_default() += 1;
        }
        let mut all: Vec<((u8, u8, u8), usize)> = counts.into_iter().collect();
        all.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
        let kept: Vec<Rgb> = all.iter().take(usize::from(NOTHING)).map(|((r, g, b), _)| Rgb(*r, *g, *b)).collect();
        let nearest = |(r, g, b): (u8, u8, u8)| {
            let apart = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
            let at =
                (0..kept.len()).min_by_key(|at| apart(kept[*at].0, r) + apart(kept[*at].1, g) + apart(kept[*at].2, b));
            u8::try_from(at.unwrap_or(0)).unwrap_or(0)
        };
        let index = all.iter().map(|(colour, _)| (*colour, nearest(*colour))).collect();
        Self { kept, index }
    }

    fn index(&self, colour: Rgb) -> u8 {
        self.index.get(&(colour.0, colour.1, colour.2)).copied().unwrap_or(0)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.kept.iter().flat_map(|colour| [colour.0, colour.1, colour.2]).collect();
        bytes.resize(256 * 3, 0);
        bytes
    }
}
