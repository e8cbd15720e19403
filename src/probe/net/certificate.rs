//! When a certificate ends. It walks through the outer shell of X.509 as far as the validity and checks nothing: whether
//! it is to be trusted the handshake has decided before.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// Tag of the version, which may be left out.
const VERSION: u8 = 0xa0;

/// The end of a certificate's time in Unix seconds; nothing where these bytes are no certificate (RFC 5280, 4.1).
pub(crate) fn end(der: &[u8]) -> Option<i64> {
    let (certificate, _) = inside(der, SEQUENCE)?;
    let (signed, _) = inside(certificate, SEQUENCE)?;
    let after_version = if signed.first() == Some(&VERSION) { inside(signed, VERSION)?.1 } else { signed };
    let (_, rest) = inside(after_version, INTEGER)?; // serial number
    let (_, rest) = inside(rest, SEQUENCE)?; // algorithm
    let (_, rest) = inside(rest, SEQUENCE)?; // issuer
    let (validity, _) = inside(rest, SEQUENCE)?;
    let (_, _, rest) = element(validity)?;
    let (tag, text, _) = element(rest)?;
    moment(tag, std::str::from_utf8(text).ok()?)
}

/// The content of the first element, which has this tag, and what stands behind it.
fn inside(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Tag, content and what stands behind it, of an element whose length is told.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on.
fn moment(tag: u8, text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    let long = match tag {
        UTC_TIME => format!("{}{digits}", if digits.get(..2)?.parse::<u8>().ok()? >= 50 { "19" } else { "20" }),
        GENERALIZED_TIME => digits.to_owned(),
        _ => return None,
    };
    let when = DateTime::strptime("%Y%m%d%H%M%S", &long).ok().filter(|_| long.len() == 14)?;
    Some(when.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(1990, 1, 1), date_time_ymd(year, 3, 9));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_end_is_read_in_both_forms_of_time() {
        for (year, unix) in [(1999, 920_937_600), (2026, 1_773_014_400), (2049, 2_498_860_800), (2051, 2_561_932_800)] {
            assert_eq!(end(&certificate(year)), Some(unix), "{year}");
        }
    }

    #[test]
    fn what_is_cut_or_changed_is_no_crash() {
        let whole = certificate(2051);
        for cut in 0..whole.len() {
            assert_eq!(end(&whole[..cut]), None, "{cut}");
        }
        for at in 0..whole.len().min(300) {
            for byte in [0, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = end(&changed);
            }
        }
    }
}
