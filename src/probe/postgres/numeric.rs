//! `numeric` as PostgreSQL sends it: digits of base 10 000. A number where a double holds it, otherwise its text. Pure.

use std::fmt::Write as _;

use crate::signal::Value;

/// The most digits before the point that a double holds exactly.
const EXACT: usize = 15;
/// The digits that a text is written with, at most.
const LONGEST: usize = 400;

/// Reads one: whole numbers without a scale are ints, others numbers; NaN is nothing; what no double holds is text.
pub(super) fn value(raw: &[u8]) -> Option<Value> {
    let word = |at: usize| Some(u16::from_be_bytes(raw.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign, scale) = (word(0)?, word(1)?.cast_signed(), word(2)?, word(3)?);
    let sign = match sign {
        0 => "",
        0x4000 => "-",
        0xC000 => return Some(Value::Null),
        0xD000 => return Some(Value::Text("Infinity".to_owned())),
        0xF000 => return Some(Value::Text("-Infinity".to_owned())),
        _ => return None,
    };
    let digits: Vec<u16> = (0..usize::from(count)).map(|at| word(4 + at)).collect::<Option<_>>()?;
    if digits.iter().any(|digit| *digit > 9999) {
        return None;
    }
    let group = |at: i32| usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    let weight = i32::from(weight);
    let mut whole = written((0..=weight).map(group)).trim_start_matches('0').to_owned();
    let groups = i32::from(scale) / 4 + 1;
    let mut fraction = written((weight + 1..).take(usize::try_from(groups).unwrap_or(0)).map(group));
    fraction.truncate(usize::from(scale));
    let digits_before = whole.len();
    if whole.is_empty() {
        whole.push('0');
    }
    if fraction.is_empty()
        && let Ok(int) = format!("{sign}{whole}").parse()
    {
        return Some(Value::Int(int));
    }
    let mut text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    if digits_before <= EXACT
        && let Ok(number) = text.parse::<f64>()
    {
        return Some(Value::number(number));
    }
    if text.len() > LONGEST {
        text.truncate(LONGEST);
        text.push('…');
    }
    Some(Value::Text(text))
}

/// Groups of four digits, side by side.
fn written(groups: impl Iterator<Item = u16>) -> String {
    groups.fold(String::new(), |mut text, group| {
        // writing into a text cannot fail
        let _ = write!(text, "{group:04}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Option<Value> {
        let head = [u16::try_from(digits.len()).unwrap(), weight.cast_unsigned(), sign, scale];
        let raw: Vec<u8> = head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect();
        value(&raw)
    }

    #[test]
    fn numerics_are_numbers_where_a_double_holds_them() {
        for (weight, sign, scale, digits, expected) in [
            (0, 0, 0, &[][..], Value::Int(0)),
            (0, 0, 2, &[], Value::Number(0.0)),
            (0, 0, 0, &[42], Value::Int(42)),
            (1, 0x4000, 0, &[1, 2345], Value::Int(-12_345)),
            (1, 0, 0, &[5], Value::Int(50_000)),
            (0, 0, 2, &[12, 5000], Value::Number(12.5)),
            (-1, 0, 4, &[25], Value::Number(0.0025)),
            (-2, 0, 6, &[1200], Value::Number(0.000_012)),
            (0, 0, 16, &[250, 3333, 3333, 3333, 3333], Value::Number(250.333_333_333_333_33)),
            (4, 0, 1, &[1, 0, 0, 0, 0, 5000], Value::Text("10000000000000000.5".to_owned())),
            (5, 0, 0, &[1], Value::Text(format!("1{}", "0".repeat(20)))),
            (0, 0xC000, 0, &[], Value::Null),
            (0, 0xD000, 0, &[], Value::Text("Infinity".to_owned())),
            (0, 0xF000, 0, &[], Value::Text("-Infinity".to_owned())),
        ] {
            assert_eq!(sent(weight, sign, scale, digits), Some(expected), "{weight} {sign} {scale} {digits:?}");
        }
    }

    #[test]
    fn what_is_no_numeric_is_none() {
        assert_eq!(sent(0, 1, 0, &[1]), None);
        assert_eq!(sent(0, 0, 0, &[10_000]), None);
        assert_eq!(value(&[0, 9, 0, 0, 0, 0, 0, 0, 0, 1]), None, "fewer digits than it says");
        assert_eq!(value(&[]), None);
        // the largest exponent there is costs no more than a text
        assert!(matches!(sent(i16::MAX, 0, u16::MAX, &[1]), Some(Value::Text(text)) if text.len() <= LONGEST + 3));
    }
}
