//! The text of a `/metrics` page: exposition format 0.0.4, and what `OpenMetrics` adds to it. Pure, and never panics.
//!
//! A line that cannot be read is told with its number and left out; the others count. What is read is strict: a sample is
//! a name, labels, a number, perhaps a timestamp and an exemplar, and nothing else.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::line::{self, Line};
use crate::base::Shown;

/// Lines that are told; the others are counted.
const TOLD: usize = 20;

/// A page, read.
#[derive(Debug, Default)]
pub(super) struct Page<'t> {
    /// In the order of the page, each name with the same labels once.
    pub(super) samples: Vec<Sample<'t>>,
    /// By metric family, as declared.
    kinds: HashMap<Cow<'t, str>, Kind>,
    /// The first lines that could not be read.
    pub(super) faults: Vec<Fault>,
    /// How many there are in all.
    pub(super) fault_count: usize,
}

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample<'t> {
    /// Its name: `http_requests_total`.
    pub(super) name: Cow<'t, str>,
    /// Its labels, by name.
    pub(super) labels: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// May be NaN or infinite.
    pub(super) value: f64,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Counted from 1.
    pub(super) line: usize,
    /// What is wrong with it.
    pub(super) what: String,
}

/// What a family is declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    /// Also what `OpenMetrics` calls info and state set.
    Gauge,
    Histogram,
    Summary,
    Unknown,
}

impl Sample<'_> {
    /// Name and labels as one text, the same for the same.
    pub(super) fn key(&self) -> String {
        let mut labels: Vec<_> = self.labels.iter().collect();
        labels.sort();
        let mut key = self.name.to_string();
        for (name, value) in labels {
            key.extend(["\u{1}", name, "\u{2}", value]);
        }
        key
    }
}

impl Page<'_> {
    /// True of what only grows, and starts at zero again with its process.
    pub(super) fn is_cumulative(&self, sample: &Sample<'_>) -> bool {
        let name = sample.name.as_ref();
        match self.kinds.get(name) {
            Some(Kind::Counter) => return true,
            Some(Kind::Gauge | Kind::Histogram | Kind::Summary) => return false,
            Some(Kind::Unknown) | None => {}
        }
        let Some((suffix, kind)) = ["_total", "_bucket", "_count", "_sum"].into_iter().find_map(|suffix| {
            name.strip_suffix(suffix).map(|family| (suffix, self.kinds.get(family).copied().unwrap_or(Kind::Unknown)))
        }) else {
            return false;
        };
        match kind {
            Kind::Counter => suffix == "_total",
            Kind::Histogram | Kind::Summary => suffix != "_total",
            Kind::Gauge => false,
            Kind::Unknown => suffix != "_sum",
        }
    }

    fn fault(&mut self, line: usize, what: &str) {
        self.fault_count += 1;
        if self.faults.len() < TOLD {
            self.faults.push(Fault { line, what: Shown::from_remote(what).into_string() });
        }
    }
}

/// Reads a page.
pub(super) fn parse(body: &[u8]) -> Page<'_> {
    let mut page = Page::default();
    let mut seen: HashSet<String> = HashSet::new();
    let mut ended = false;
    for (n, bytes) in body.split(|byte| *byte == b'\n').enumerate() {
        let n = n + 1;
        let Ok(text) = std::str::from_utf8(bytes) else {
            page.fault(n, "not UTF-8");
            continue;
        };
        let text = text.trim_matches([' ', '\t', '\r']);
        if text.is_empty() {
            continue;
        }
        if ended {
            page.fault(n, "after # EOF");
            return page;
        }
        match line::read(text) {
            Ok(Line::Comment) => {}
            Ok(Line::End) => ended = true,
            Ok(Line::Kind(family, kind)) => {
                let twice = match page.kinds.entry(family) {
                    Entry::Vacant(free) => {
                        free.insert(kind);
                        continue;
                    }
                    Entry::Occupied(known) => format!("a second TYPE of {}: the first counts", known.key()),
                };
                page.fault(n, &twice);
            }
            Ok(Line::Sample(sample)) => {
                if seen.insert(sample.key()) {
                    page.samples.push(sample);
                } else {
                    page.fault(n, &format!("{} comes twice with the same labels: the first counts", sample.name));
                }
            }
            Err(what) => page.fault(n, &what),
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples(text: &str) -> Vec<String> {
        let page = parse(text.as_bytes());
        assert_eq!(page.faults, [], "{text}");
        page.samples.iter().map(|sample| format!("{sample}")).collect()
    }

    impl std::fmt::Display for Sample<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{}", self.name)?;
            self.labels.iter().try_for_each(|(name, value)| write!(f, " {name}={value:?}"))?;
            write!(f, " {:?}", self.value)
        }
    }

    #[test]
    fn samples_are_read_with_their_labels() {
        for (text, expected) in [
            ("up 1", "up 1.0"),
            ("up 1\n", "up 1.0"),
            ("up\t1\r\n", "up 1.0"),
            ("  up   1   1395066363000  ", "up 1.0"),
            ("a:b_c{x=\"1\",} 1e3", "a:b_c x=\"1\" 1000.0"),
            ("a{ x = \"1\" , y=\"}, {\" } .5", "a x=\"1\" y=\"}, {\" 0.5"),
            ("a{} -0.25 -3", "a -0.25"),
            (r#"a{path="C:\\DIR\n\"q\" \d"} 2"#, r#"a path="C:\\DIR\n\"q\" \\d" 2.0"#),
            ("a{x=\"\"} 1", "a x=\"\" 1.0"),
            ("a NaN", "a NaN"),
            ("a +Inf", "a inf"),
            ("a -Inf", "a -inf"),
            ("a_bucket{le=\"+Inf\"} 17 # {trace_id=\"KOO5S4vxi0o\"} 0.67 1520879607.789", "a_bucket le=\"+Inf\" 17.0"),
            ("a 1 1520879607.789", "a 1.0"),
            ("{\"http.duration\",code=\"200\"} 1", "http.duration code=\"200\" 1.0"),
            ("a{\"odd.label\"=\"1\"} 1", "a odd.label=\"1\" 1.0"),
            ("# EOF\n", ""),
            ("#EOF\n\n", ""),
        ] {
            assert_eq!(samples(text).join("; "), expected, "{text}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_and_the_others_count() {
        for (line, what) in [
            ("a", "a has no value"),
            ("a x", "'x' is no number"),
            ("a 0x1p-2", "'0x1p-2' is no number"),
            ("a infinity", "'infinity' is no number"),
            ("a 1e999", "'1e999' is no number"),
            ("a 1 x", "'x' is no timestamp"),
            ("a 1 2 3", "'3' after the timestamp"),
            ("a{x=\"1\"", "the labels do not end"),
            ("a{x=\"1", "the value of label x does not end"),
            ("a{x=1} 1", "the value of label x is not in quotes"),
            ("a{x} 1", "label x has no value"),
            ("a{x=\"1\" y=\"2\"} 1", "no comma after label x"),
            ("a{,} 1", "a label without a name"),
            ("a{1x=\"1\"} 1", "a label without a name"),
            ("a{x=\"1\",x=\"2\"} 1", "label x comes twice"),
            ("{x=\"1\"} 1", "a sample without a name"),
            ("1up 1", "a sample without a name"),
            ("<html>", "a sample without a name"),
            ("# TYPE", "a TYPE without a name"),
            ("# TYPE a tachometer", "'tachometer' is no type"),
            ("# TYPE up gauge\n# TYPE up counter", "a second TYPE of up: the first counts"),
        ] {
            let text = format!("up 1\n{line}\nlast 2");
            let page = parse(text.as_bytes());
            assert_eq!(page.faults.iter().map(|fault| fault.what.as_str()).collect::<Vec<_>>(), [what], "{line}");
            assert_eq!(page.samples.len(), 2, "{line}");
        }
        let page = parse(b"up 1\nup{} 2\ncaf\xe9 1\n# EOF\nmore 1\nand more 1");
        let told: Vec<(usize, &str)> = page.faults.iter().map(|fault| (fault.line, fault.what.as_str())).collect();
        let twice = "up comes twice with the same labels: the first counts";
        assert_eq!(told, [(2, twice), (3, "not UTF-8"), (5, "after # EOF")]);
        assert_eq!(page.samples.len(), 1);
        let many = "x\n".repeat(500);
        let page = parse(many.as_bytes());
        assert_eq!((page.faults.len(), page.fault_count), (TOLD, 500));
    }

    #[test]
    fn what_only_grows_is_told_by_its_type_and_else_by_its_name() {
        let text = "# TYPE h histogram\n# TYPE s summary\n# TYPE g_total gauge\n# TYPE om counter\n# TYPE c counter\n";
        let page = parse(text.as_bytes());
        for (name, cumulative) in [
            ("h_bucket", true),
            ("h_count", true),
            ("h_sum", true),
            ("s_count", true),
            ("s", false),
            ("g_total", false),
            ("om_total", true),
            ("om_created", false),
            ("c", true),
            ("untyped_total", true),
            ("untyped_sum", false),
            ("temperature", false),
        ] {
            let sample = Sample { name: name.into(), labels: Vec::new(), value: 1.0 };
            assert_eq!(page.is_cumulative(&sample), cumulative, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let page = parse(&bytes);
            prop_assert!(page.faults.len() <= page.fault_count);
        }

        #[test]
        fn nothing_that_looks_like_metrics_makes_it_panic(
            pieces in prop::collection::vec(prop::sample::select(&[
                "a", "_total", "{", "}", "\"", "\\", "=", ",", " ", "\n", "#", "1", "e9", "NaN", "+Inf", "# TYPE ",
                "# EOF", " histogram", "le", "ö", "\u{0}", "-", ".", "{\"", "\"}", "=\"",
            ][..]), 0..60)
        ) {
            let text = pieces.concat();
            let page = parse(text.as_bytes());
            prop_assert!(page.samples.len() + page.fault_count <= text.split('\n').count());
        }

        #[test]
        fn what_is_written_is_read(
            name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,8}",
            labels in prop::collection::btree_map("[a-zA-Z_][a-zA-Z0-9_]{0,5}", any::<String>(), 0..4),
            value in any::<f64>(),
        ) {
            let escape = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"");
            let written: Vec<String> =
                labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
            let text = format!("{name}{{{}}} {value:?}", written.join(","));
            let page = parse(text.as_bytes());
            prop_assert_eq!(&page.faults, &[]);
            let sample = &page.samples[0];
            prop_assert_eq!(sample.value.total_cmp(&value).is_eq() || value.is_nan(), true);
            let read: Vec<(String, String)> =
                sample.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            prop_assert_eq!(read, labels.into_iter().collect::<Vec<_>>());
        }
    }
}
