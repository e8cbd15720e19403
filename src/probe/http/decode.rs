//! Unpacks a body while it arrives. The cap counts what comes out, so that a small bomb does not become a large body.
//!
//! The client could unpack by itself (its feature `gzip`), and does not: of a body of several gzip members it gives the
//! first one and passes over the others without a word.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::net::Address;

/// The most that a body may be, unpacked.
pub(super) const BODY_CAP: usize = 1024 * 1024;

/// Takes pieces of a body and gives it whole.
pub(super) struct Decoder {
    packing: Packing,
    from: String,
}

enum Packing {
    None(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

/// Memory that refuses more than the cap.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    is_over: bool,
}

impl Write for Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > BODY_CAP {
            self.is_over = true;
            return Err(io::Error::other("more than the cap"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Decoder {
    /// A decoder for an answer with these headers. Only gzip is asked for, so nothing else is understood.
    pub(super) fn new(headers: &HeaderMap, address: &Address) -> Result<Self, ProbeError> {
        let from = address.to_string();
        let all = headers.get_all(CONTENT_ENCODING).iter();
        let named: Vec<String> = all.map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase()).collect();
        let packing = match named.join(", ").trim() {
            "" | "identity" => Packing::None(Capped::default()),
            "gzip" | "x-gzip" => Packing::Gzip(Box::new(MultiGzDecoder::new(Capped::default()))),
            other => {
                let words = format!("malformed: content encoding '{}' from {from}", Shown::from_remote(other));
                return Err(ProbeError::new(Cause::Malformed, words));
            }
        };
        Ok(Self { packing, from })
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), ProbeError> {
        let written = match &mut self.packing {
            Packing::None(plain) => plain.write_all(piece),
            Packing::Gzip(gzip) => gzip.write_all(piece),
        };
        written.map_err(|_| self.failed())
    }

    /// The whole body.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, ProbeError> {
        if let Packing::Gzip(gzip) = &mut self.packing
            && gzip.try_finish().is_err()
        {
            return Err(self.failed());
        }
        match self.packing {
            Packing::None(plain) => Ok(plain.bytes),
            Packing::Gzip(mut gzip) => Ok(std::mem::take(&mut gzip.get_mut().bytes)),
        }
    }

    fn failed(&self) -> ProbeError {
        let capped = match &self.packing {
            Packing::None(plain) => plain,
            Packing::Gzip(gzip) => gzip.get_ref(),
        };
        if capped.is_over {
            ProbeError::new(Cause::TooLarge, format!("too large: body above 1 MiB from {}", self.from))
        } else {
            ProbeError::new(Cause::Malformed, format!("malformed: broken gzip from {}", self.from))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn unpack(encoding: &str, body: &[u8]) -> Result<Vec<u8>, ProbeError> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())]);
        let mut decoder = Decoder::new(&headers, &Address::new("h", 80))?;
        body.chunks(7).try_for_each(|piece| decoder.push(piece))?;
        decoder.finish()
    }

    #[test]
    fn the_cap_counts_what_comes_out() {
        assert_eq!(unpack("GZIP", &gzip(b"{}")), Ok(b"{}".to_vec()));
        assert_eq!(unpack("gzip", &gzip(&vec![b' '; BODY_CAP])).map(|body| body.len()), Ok(BODY_CAP));
        let bomb = gzip(&vec![b' '; BODY_CAP * 20]);
        assert!(bomb.len() < 200_000);
        assert_eq!(unpack("gzip", &bomb).unwrap_err().text, "too large: body above 1 MiB from h:80");
        assert_eq!(unpack("identity", &vec![b' '; BODY_CAP + 1]).unwrap_err().cause, Cause::TooLarge);
    }

    #[test]
    fn what_was_not_asked_for_is_malformed() {
        let packed = gzip(b"{\"status\": \"healthy\"}");
        for (encoding, body) in
            [("br", &b"x"[..]), ("gzip, gzip", &gzip(&packed)), ("gzip", &packed[..packed.len() - 9]), ("gzip", b"{}")]
        {
            assert_eq!(unpack(encoding, body).map_err(|error| error.cause), Err(Cause::Malformed), "{encoding}");
        }
    }
}
