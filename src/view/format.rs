//! Numbers, ages and texts as the screen shows them: cut on grapheme boundaries by display width, never by bytes; total
//! for any number.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::base::time::Span;

/// Columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The part of a text that fits into `columns`, with one column kept free for a cut mark when it does not fit whole.
pub(crate) fn clip(text: &str, columns: usize) -> (&str, bool) {
    if text.len() <= columns && text.is_ascii() {
        return (text, false);
    }
    let mut used = 0;
    let mut kept = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let next = used + width(grapheme);
        if next > columns {
            return (&text[..kept], true);
        }
        // the last column is kept for the mark unless nothing follows
        if next < columns {
            kept = at + grapheme.len();
        }
        used = next;
    }
    (text, false)
}

/// An age in words that change rarely: seconds up to a minute, then minutes, then two units.
pub(crate) fn coarse(age: Duration) -> String {
    match age.as_secs() {
        secs @ 0..60 => format!("{secs}s"),
        secs @ 60..3600 => format!("{}m", secs / 60),
        _ => Span(age).to_string(),
    }
}

/// An age in words that change as rarely as a calm eye needs: rounded down to ten seconds, from a minute on to minutes.
pub(crate) fn rough(age: Duration) -> String {
    match age.as_secs() {
        0..10 => "<10s".to_owned(),
        secs @ 10..60 => format!("{}0s", secs / 10),
        _ => coarse(age),
    }
}

/// Time until something, in words that change once a minute.
pub(crate) fn until(span: Duration) -> Cow<'static, str> {
    match span.as_secs() {
        0..60 => "<1m".into(),
        secs @ 60..3600 => format!("{}m", secs / 60).into(),
        _ => Span(span).to_string().into(),
    }
}

/// A latency with its unit: `0.4 ms`, `41 ms`, `1.2 s`.
pub(crate) fn latency(latency: Duration) -> String {
    let ms = latency.as_secs_f64() * 1000.0;
    if ms < 1.0 {
        "<1 ms".to_owned()
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else if ms < 10_000.0 {
        format!("{:.1} s", ms / 1000.0)
    } else {
        format!("{:.0} s", ms / 1000.0)
    }
}

/// A number for people: whole where it is large, grouped from five digits on, with k, M, G, T from a million on.
pub(crate) fn number(n: f64) -> String {
    if !n.is_finite() {
        return "?".to_owned();
    }
    let size = n.abs();
    if size >= 1e15 {
        return format!("{n:.1e}");
    }
    for (limit, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M")] {
        if size >= limit {
            return format!("{:.1}{unit}", n / limit);
        }
    }
    if size >= 10_000.0 {
        return grouped(n);
    }
    if size >= 100.0 || (n - n.round()).abs() < 0.005 {
        return format!("{:.0}", n.round() + 0.0);
    }
    let text = format!("{n:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn grouped(n: f64) -> String {
    let digits = format!("{:.0}", n.abs());
    let mut text = String::with_capacity(digits.len() + 3);
    if n < 0.0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A count.
pub(crate) fn count(n: u64) -> String {
    number(n as f64)
}

/// A change per minute with its sign: `+14/min`, `-3.5/min`, `steady`.
pub(crate) fn rate(per_minute: f64) -> String {
    if !per_minute.is_finite() {
        return "?".to_owned();
    }
    let text = number(per_minute.abs());
    match (text.as_str(), per_minute < 0.0) {
        ("0", _) => "steady".to_owned(),
        (_, true) => format!("-{text}/min"),
        (_, false) => format!("+{text}/min"),
    }
}

/// An expression that its file may hold in several lines.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `1 cause`, `2 causes`.
pub(crate) fn plural(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// Seconds from outside as a span, or as they are where they are no span.
pub(crate) fn span_of(secs: f64) -> String {
    crate::base::time::seconds(secs).map_or_else(|| "?".to_owned(), |span| Span(span).to_string())
}

/// A time of day in a zone.
pub(crate) fn clock(at: jiff::Timestamp, zone: &crate::job::Zone, seconds: bool) -> String {
    let time = at.to_zoned(zone.zone().clone()).time();
    let mut text = String::with_capacity(8);
    let _ = write!(text, "{:02}:{:02}", time.hour(), time.minute());
    if seconds {
        let _ = write!(text, ":{:02}", time.second());
    }
    text
}

/// A date and time in a zone: `22 Nov 02:51:07`.
pub(crate) fn moment(at: jiff::Timestamp, zone: &crate::job::Zone) -> String {
    let at = at.to_zoned(zone.zone().clone());
    at.strftime("%d %b %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_clipped_by_width() {
        for (text, columns, want) in [
            ("abc", 3, ("abc", false)),
            ("abcd", 3, ("ab", true)),
            ("日本語", 6, ("日本語", false)),
            ("日本語", 5, ("日本", true)),
            ("日本語", 4, ("日", true)),
            ("e\u{301}e\u{301}e\u{301}", 2, ("e\u{301}", true)),
            ("abc", 0, ("", true)),
            ("", 0, ("", false)),
            ("a", 1, ("a", false)),
            ("ab", 1, ("", true)),
        ] {
            assert_eq!(clip(text, columns), want, "{text} {columns}");
        }
    }

    #[test]
    fn numbers_are_short_and_total() {
        for (n, text) in [
            (0.0, "0"),
            (-0.001, "0"),
            (3.0, "3"),
            (3.26, "3.3"),
            (612.4, "612"),
            (9999.0, "9999"),
            (12_345.0, "12 345"),
            (-123_456.0, "-123 456"),
            (1_234_567.0, "1.2M"),
            (1.8e19, "1.8e19"),
            (f64::NAN, "?"),
            (f64::INFINITY, "?"),
        ] {
            assert_eq!(number(n), text);
        }
        for (n, text) in [(14.2, "+14.2/min"), (-0.5, "-0.5/min"), (0.0, "steady"), (f64::NAN, "?")] {
            assert_eq!(rate(n), text);
        }
    }

    #[test]
    fn spans_change_rarely() {
        assert_eq!(coarse(Duration::from_secs(59)), "59s");
        assert_eq!(coarse(Duration::from_secs(119)), "1m");
        for (secs, text) in [(9, "<10s"), (19, "10s"), (59, "50s"), (60, "1m"), (3599, "59m"), (7270, "2h01m")] {
            assert_eq!(rough(Duration::from_secs(secs)), text);
        }
        assert_eq!(until(Duration::from_secs(59)), "<1m");
        assert_eq!(until(Duration::from_secs(40_080)), "11h08m");
        assert_eq!(latency(Duration::from_micros(400)), "<1 ms");
        assert_eq!(latency(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(span_of(f64::NAN), "?");
    }
}
