//! One line of a `/metrics` page. Pure, and never panics: it looks at a text from its left and cuts off what it has read.

use std::borrow::Cow;

use super::text::{Kind, Sample};

/// What a line is.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'t> {
    /// Help, a unit, or any comment.
    Comment,
    /// `# EOF` of `OpenMetrics`.
    End,
    /// `# TYPE http_requests_total counter`
    Kind(Cow<'t, str>, Kind),
    /// A sample.
    Sample(Sample<'t>),
}

type Labels<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

const BLANK: [char; 2] = [' ', '\t'];

/// Reads a line that is not blank; the error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Line<'_>, String> {
    match text.strip_prefix('#') {
        Some(comment) => comment_of(comment.trim_matches(BLANK)),
        None => sample(text).map(Line::Sample),
    }
}

fn comment_of(text: &str) -> Result<Line<'_>, String> {
    if text == "EOF" {
        return Ok(Line::End);
    }
    let Some(declared) = text.strip_prefix("TYPE").filter(|rest| rest.is_empty() || rest.starts_with(BLANK)) else {
        return Ok(Line::Comment);
    };
    let declared = declared.trim_start_matches(BLANK);
    let (family, kind) = if let Some(quoted) = quoted(declared) {
        quoted.ok_or("a TYPE without a name")?
    } else {
        let (name, rest) = declared.split_at(declared.find(BLANK).unwrap_or(declared.len()));
        (Cow::Borrowed(name), rest)
    };
    if family.is_empty() {
        return Err("a TYPE without a name".to_owned());
    }
    let kind = match kind.trim_matches(BLANK) {
        "counter" => Kind::Counter,
        "gauge" | "info" | "stateset" | "gaugehistogram" => Kind::Gauge,
        "histogram" => Kind::Histogram,
        "summary" => Kind::Summary,
        "untyped" | "unknown" => Kind::Unknown,
        other => return Err(format!("'{other}' is no type")),
    };
    Ok(Line::Kind(family, kind))
}

fn sample(text: &str) -> Result<Sample<'_>, String> {
    let nameless = || "a sample without a name".to_owned();
    let (name, rest) = text.split_at(name_end(text, true));
    let rest = rest.trim_start_matches(BLANK);
    let (name, labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => {
            let (quoted, labels, rest) = labels(inside, name.is_empty())?;
            let name = if name.is_empty() { quoted.ok_or_else(nameless)? } else { Cow::Borrowed(name) };
            (name, labels, rest)
        }
        None if name.is_empty() => return Err(nameless()),
        None => (Cow::Borrowed(name), Vec::new(), rest),
    };
    let mut words = rest.split(BLANK).filter(|word| !word.is_empty());
    let value = words.next().ok_or_else(|| format!("{name} has no value"))?;
    let value = number(value).ok_or_else(|| format!("'{value}' is no number"))?;
    // what follows a # is an exemplar: one request out of many, and nothing that is counted
    let mut words = words.take_while(|word| !word.starts_with('#'));
    if let Some(time) = words.next()
        && !number(time).is_some_and(f64::is_finite)
    {
        return Err(format!("'{time}' is no timestamp"));
    }
    match words.next() {
        Some(more) => Err(format!("'{more}' after the timestamp")),
        None => Ok(Sample { name, labels, value }),
    }
}

/// Labels up to their `}`, and what follows it; the name where it stands among them in quotes.
fn labels(text: &str, nameless: bool) -> Result<(Option<Cow<'_, str>>, Labels<'_>, &str), String> {
    let (mut name, mut labels): (_, Labels<'_>) = (None, Vec::new());
    let mut rest = text.trim_start_matches(BLANK);
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((name, labels, rest));
        }
        if rest.is_empty() {
            return Err("the labels do not end".to_owned());
        }
        let (label, after) = if let Some(quoted) = quoted(rest) {
            quoted.ok_or("the labels do not end")?
        } else {
            let (label, after) = rest.split_at(name_end(rest, false));
            (Cow::Borrowed(label), after)
        };
        if label.is_empty() {
            return Err("a label without a name".to_owned());
        }
        let after = after.trim_start_matches(BLANK);
        rest = match after.strip_prefix('=') {
            Some(value) => {
                let value = quoted(value.trim_start_matches(BLANK))
                    .ok_or_else(|| format!("the value of label {label} is not in quotes"))?;
                let (value, after) = value.ok_or_else(|| format!("the value of label {label} does not end"))?;
                if labels.iter().any(|(known, _)| *known == label) {
                    return Err(format!("label {label} comes twice"));
                }
                let after = after.trim_start_matches(BLANK);
                if !(after.is_empty() || after.starts_with([',', '}'])) {
                    return Err(format!("no comma after label {label}"));
                }
                labels.push((label, value));
                after
            }
            None if nameless && name.is_none() && labels.is_empty() && rest.starts_with('"') => {
                name = Some(label);
                after
            }
            None => return Err(format!("label {label} has no value")),
        };
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start_matches(BLANK);
    }
}

/// A text in quotes and what follows it: `None` where none begins, and none inside where it does not end.
#[expect(clippy::option_option, reason = "that none begins is no fault, that it does not end is one")]
fn quoted(text: &str) -> Option<Option<(Cow<'_, str>, &str)>> {
    let inside = text.strip_prefix('"')?;
    let mut plain = String::new();
    let mut taken = 0;
    let mut chars = inside.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' if taken == 0 && plain.is_empty() => return Some(Some((inside[..at].into(), &inside[at + 1..]))),
            '"' => {
                plain.push_str(&inside[taken..at]);
                return Some(Some((plain.into(), &inside[at + 1..])));
            }
            '\\' => {
                plain.push_str(&inside[taken..at]);
                let Some((escaped, char)) = chars.next() else { return Some(None) };
                match char {
                    'n' => plain.push('\n'),
                    '"' | '\\' => plain.push(char),
                    // what is no escape is two characters, as Prometheus reads it
                    other => plain.extend(['\\', other]),
                }
                taken = escaped + char.len_utf8();
            }
            _ => {}
        }
    }
    Some(None)
}

/// Where a name ends that a text begins with; 0 where it begins with none.
fn name_end(text: &str, of_metric: bool) -> usize {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (of_metric && c == ':');
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !fits(c)).unwrap_or(text.len())
}

/// A number as Prometheus writes it. What is too large for a double is none.
fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => return Some(f64::NAN),
        "+Inf" | "Inf" | "inf" => return Some(f64::INFINITY),
        "-Inf" | "-inf" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    plain.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}
