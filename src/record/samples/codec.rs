//! Recent samples as bytes: records with a length and a checksum each, and what they hold. Pure; whatever the bytes are,
//! reading ends with what was whole before the first bad one, and never with a panic.
//!
//! A file begins with [`MAGIC`]. A record is its length and its CRC-32, four bytes each, little-endian, and its payload. The
//! first byte of a payload says what it is: `1` a run begins (id of the boot, of what is watched), which forgets all
//! names; `2` a name gets the next number; `3` samples, all of one time, each as a number, how long before that time it was
//! taken, and its values where they are not the last ones again. Counts and spans are LEB128, values IEEE 754.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Now, SignalKey};

/// What a file begins with; the last byte but one is the version.
pub const MAGIC: [u8; 8] = *b"MWSMPL\x01\n";
/// Longest payload.
pub const MAX_PAYLOAD: usize = 128 * 1024;
/// Bytes before a payload.
pub const HEAD: usize = 8;
/// Most names of one run.
pub const MAX_NAMES: usize = 4096;

const BEGIN: u8 = 1;
const NAME: u8 = 2;
const BATCH: u8 = 3;
/// The value is another than before.
const CHANGED: u8 = 1;
/// The highest is another than the last.
const PEAKED: u8 = 2;
/// The lowest is.
const DIPPED: u8 = 4;
/// Grain of the time within a batch, in milliseconds.
const GRAIN: u64 = 100;

/// Of which boot and of what the samples are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The id of the boot; zero where there is none.
    pub boot: [u8; 16],
    /// What the system is pointed at, as a number: the samples of another target are not its own.
    pub target: u64,
}

/// When a batch was taken, by both clocks, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Since 1970.
    pub wall: i64,
    /// Since the boot.
    pub boot: i64,
}

impl Moment {
    /// Both clocks now.
    pub fn of(now: Now) -> Self {
        Self { wall: now.wall.as_millisecond(), boot: i64::try_from(now.mono.0.as_millis()).unwrap_or(i64::MAX) }
    }

    /// The same moment on our boot-time clock, negative before the boot. Of the same boot that clock decides, and no step of
    /// the wall clock makes it older or younger; of another the wall clock is all there is. `None` where it lies in the
    /// future, or further back than `oldest`.
    pub fn here(self, is_same_boot: bool, now: Now, oldest: Duration) -> Option<i64> {
        let here = Self::of(now);
        let at = if is_same_boot { self.boot } else { self.wall.saturating_sub(here.wall).saturating_add(here.boot) };
        let back = here.boot.saturating_sub(at);
        let oldest = i64::try_from(oldest.as_millis()).unwrap_or(i64::MAX);
        (0..=oldest).contains(&back).then_some(at)
    }
}

impl Origin {
    /// True when both are of one boot, and it is known.
    pub fn shares_boot(&self, other: &Self) -> bool {
        self.boot == other.boot && self.boot != [0; 16]
    }
}

/// One number of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which.
    pub key: SignalKey,
    /// How long before the batch it was taken, in milliseconds.
    pub ago: u64,
    /// The lowest since the batch before.
    pub low: f64,
    /// The highest since the batch before.
    pub high: f64,
    /// The newest.
    pub last: f64,
}

/// One number as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<'a> {
    /// Of which boot and target.
    pub origin: Origin,
    /// Which.
    pub key: &'a SignalKey,
    /// When it was taken.
    pub at: Moment,
    /// The lowest since the batch before.
    pub low: f64,
    /// The highest since the batch before.
    pub high: f64,
    /// The newest.
    pub last: f64,
}

/// What a payload is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bad;

/// Writes records; knows what stands in the file since its run began.
#[derive(Debug, Default)]
pub struct Encoder {
    names: HashMap<SignalKey, (u64, f64)>,
}

impl Encoder {
    /// The record that begins a run. All names are forgotten.
    pub fn begin(&mut self, origin: Origin) -> Vec<u8> {
        self.names.clear();
        let mut payload = vec![BEGIN];
        payload.extend(origin.boot);
        payload.extend(origin.target.to_le_bytes());
        record(&payload)
    }

    /// The records of a batch: new names, then the numbers.
    pub fn batch(&mut self, at: Moment, samples: &[Sample]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut payload = vec![BATCH];
        payload.extend(at.wall.to_le_bytes());
        payload.extend(at.boot.to_le_bytes());
        for sample in samples {
            if payload.len() + 48 > MAX_PAYLOAD {
                break;
            }
            let next = self.names.len();
            if !self.names.contains_key(&sample.key) {
                if next == MAX_NAMES {
                    continue;
                }
                let mut name = vec![NAME];
                name.extend(sample.key.to_string().into_bytes());
                out.extend(record(&name));
                self.names.insert(sample.key.clone(), (next as u64, f64::NAN));
            }
            let Some((number, before)) = self.names.get_mut(&sample.key) else { continue };
            let changed = before.to_bits() != sample.last.to_bits();
            let peaked = sample.high.to_bits() != sample.last.to_bits();
            let dipped = sample.low.to_bits() != sample.last.to_bits();
            put(&mut payload, *number);
            let flag = |is_so, flag| if is_so { flag } else { 0 };
            payload.push(flag(changed, CHANGED) | flag(peaked, PEAKED) | flag(dipped, DIPPED));
            put(&mut payload, sample.ago / GRAIN);
            if changed {
                payload.extend(sample.last.to_le_bytes());
            }
            if peaked {
                payload.extend(sample.high.to_le_bytes());
            }
            if dipped {
                payload.extend(sample.low.to_le_bytes());
            }
            *before = sample.last;
        }
        out.extend(record(&payload));
        out
    }
}

/// Reads payloads, in the order of the file.
#[derive(Debug, Default)]
pub struct Decoder {
    origin: Origin,
    names: Vec<(SignalKey, f64)>,
}

impl Decoder {
    /// Takes one payload in and tells its numbers.
    pub fn take(&mut self, payload: &[u8], mut told: impl FnMut(Told<'_>)) -> Result<(), Bad> {
        let mut bytes = Bytes(payload);
        match bytes.byte()? {
            BEGIN => {
                self.names.clear();
                self.origin = Origin { boot: bytes.array()?, target: u64::from_le_bytes(bytes.array()?) };
            }
            NAME => {
                let name = std::str::from_utf8(bytes.0).map_err(|_| Bad)?;
                let key = name.parse().map_err(|_| Bad)?;
                if self.names.len() == MAX_NAMES {
                    return Err(Bad);
                }
                self.names.push((key, f64::NAN));
            }
            BATCH => {
                let wall = i64::from_le_bytes(bytes.array()?);
                let boot = i64::from_le_bytes(bytes.array()?);
                while !bytes.0.is_empty() {
                    let number = usize::try_from(bytes.number()?).map_err(|_| Bad)?;
                    let (key, last) = self.names.get_mut(number).ok_or(Bad)?;
                    let flags = bytes.byte()?;
                    let ago = bytes.number()?.checked_mul(GRAIN).and_then(|ago| i64::try_from(ago).ok()).ok_or(Bad)?;
                    if flags & CHANGED != 0 {
                        *last = f64::from_le_bytes(bytes.array()?);
                    }
                    let high = if flags & PEAKED != 0 { f64::from_le_bytes(bytes.array()?) } else { *last };
                    let low = if flags & DIPPED != 0 { f64::from_le_bytes(bytes.array()?) } else { *last };
                    let at = Moment { wall: wall.saturating_sub(ago), boot: boot.saturating_sub(ago) };
                    if last.is_finite() && high.is_finite() && low.is_finite() {
                        told(Told { origin: self.origin, key, at, low, high, last: *last });
                    }
                }
            }
            _ => return Err(Bad),
        }
        Ok(())
    }
}

/// The length and the checksum that stand before a payload.
pub fn head(head: [u8; HEAD]) -> Option<(usize, u32)> {
    let mut bytes = Bytes(&head);
    let length = usize::try_from(u32::from_le_bytes(bytes.array().ok()?)).ok()?;
    let checksum = u32::from_le_bytes(bytes.array().ok()?);
    (1..=MAX_PAYLOAD).contains(&length).then_some((length, checksum))
}

/// True when the payload is what was written.
pub fn is_whole(payload: &[u8], checksum: u32) -> bool {
    crc32fast::hash(payload) == checksum
}

fn record(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(HEAD + payload.len());
    out.extend(length.to_le_bytes());
    out.extend(crc32fast::hash(payload).to_le_bytes());
    out.extend(payload);
    out
}

fn put(out: &mut Vec<u8>, mut n: u64) {
    loop {
        let low = (n & 0x7f) as u8;
        n >>= 7;
        if n == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Result<u8, Bad> {
        let (first, rest) = self.0.split_first().ok_or(Bad)?;
        self.0 = rest;
        Ok(*first)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Bad> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(Bad)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, Bad> {
        let mut n = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(Bad)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All that can be read from the start of these bytes, and how many bytes of them are whole.
    pub(in crate::record::samples) fn read(bytes: &[u8]) -> (Vec<(String, Moment, f64, f64)>, usize) {
        let (mut told, mut decoder, mut at) = (Vec::new(), Decoder::default(), 0);
        while let Some(found) = bytes[at..].first_chunk::<HEAD>().and_then(|bytes| head(*bytes)) {
            let Some(payload) = bytes[at + HEAD..].get(..found.0).filter(|payload| is_whole(payload, found.1)) else {
                break;
            };
            if decoder.take(payload, |t| told.push((t.key.to_string(), t.at, t.high, t.last))).is_err() {
                break;
            }
            at += HEAD + found.0;
        }
        (told, at)
    }

    fn sample(name: &str, ago: u64, high: f64, last: f64) -> Sample {
        Sample { key: name.parse().unwrap(), ago, low: last.min(high), high, last }
    }

    fn file() -> Vec<u8> {
        let mut encoder = Encoder::default();
        let mut bytes = encoder.begin(Origin { boot: [7; 16], target: 3 });
        for n in 0..20_i64 {
            let samples = [
                sample("wal.pending", 1500, n as f64 + 9.0, n as f64),
                sample("api.up", 0, 1.0, 1.0),
                sample("api.latency_ms", 99_999_900, -0.5, -0.5),
            ];
            bytes.extend(encoder.batch(Moment { wall: 1_000_000 + n * 10_000, boot: n * 10_000 }, &samples));
        }
        bytes
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = file();
        let (told, whole) = read(&bytes);
        assert_eq!((told.len(), whole), (60, bytes.len()));
        assert_eq!(told[3], ("wal.pending".into(), Moment { wall: 1_008_500, boot: 8500 }, 10.0, 1.0));
        assert_eq!(told[59].2.to_bits(), (-0.5_f64).to_bits());
        assert!(bytes.len() < 1200, "{} bytes", bytes.len());
    }

    #[test]
    fn no_step_of_the_wall_clock_makes_a_sample_lie_about_its_age() {
        let hour = 3_600_000;
        let now = Now::at(5.0 * 3600.0, "2026-11-22T03:00:00Z".parse().unwrap());
        let here = Moment::of(now);
        let oldest = Duration::from_secs(6 * 3600);
        for (what, same, wall, boot, expected) in [
            ("an hour ago", true, -hour, -hour, Some(4 * hour)),
            ("the wall clock was set back since", true, 2 * hour, -hour, Some(4 * hour)),
            ("before the boot", false, -hour, 77, Some(4 * hour)),
            ("long before the boot", false, -6 * hour, 77, Some(-hour)),
            ("too long ago", false, -7 * hour, 77, None),
            ("from the future", false, 1000, 77, None),
            ("from the future of this boot", true, -hour, 1000, None),
        ] {
            let at = Moment { wall: here.wall + wall, boot: if same { here.boot + boot } else { boot } };
            assert_eq!(at.here(same, now, oldest), expected, "{what}");
        }
        let zero = Origin::default();
        assert!(!zero.shares_boot(&zero), "an unknown boot is not the same as another unknown one");
    }

    #[test]
    fn what_is_no_number_is_not_told() {
        let mut encoder = Encoder::default();
        let mut bytes = encoder.begin(Origin::default());
        let moment = Moment { wall: 0, boot: 0 };
        bytes.extend(encoder.batch(moment, &[sample("a.b", 0, f64::INFINITY, 1.0), sample("a.c", 0, 1.0, f64::NAN)]));
        assert_eq!(read(&bytes), (Vec::new(), bytes.len()));
    }

    proptest! {
        /// A writer was killed, the disk lied: what is read is the beginning of what was written.
        #[test]
        fn a_torn_or_flipped_file_yields_a_part_of_what_was_written(
            cut in 0_usize..3000, flips in proptest::collection::vec((0_usize..3000, 0_u8..8), 0..3),
        ) {
            let whole = file();
            let (all, _) = read(&whole);
            let mut bytes = whole[..cut.min(whole.len())].to_vec();
            for (at, bit) in flips {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            let (told, valid) = read(&bytes);
            prop_assert!(valid <= bytes.len());
            prop_assert_eq!(&all[..told.len()], &told[..]);
        }

        /// Our own file, written by a foreign hand with a right checksum.
        #[test]
        fn no_payload_panics(payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..80), 0..20)) {
            let mut decoder = Decoder::default();
            for payload in payloads {
                let mut first = payload;
                first[0] %= 5;
                let _ = decoder.take(&first, |told| assert!(told.last.is_finite() && told.high.is_finite()));
            }
        }
    }
}
