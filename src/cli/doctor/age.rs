//! How old the variables of a system are against the rotation that its file demands, as far as that can be known: by the
//! value's own dates, by the live system, by a date or a file beside it. Never a value.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::base::template::Variable;
use crate::base::{Now, Shown};
use crate::cli::doctor::finding::{Level, Section};
use crate::config::{VarSpec, issued};
use crate::runtime::PreparedSystem;
use crate::signal::moment;
use crate::watch::Watch;

const DAY: Duration = Duration::from_secs(86_400);
/// What ends within so long is told while there is time to renew it.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// Every variable that is set and is to be rotated, or that tells its own end.
pub(super) fn ages(section: &mut Section, prepared: &PreparedSystem, watch: &Watch, now: Now) {
    for (name, spec) in &prepared.system.var {
        let Some(value) = value(prepared, name) else { continue };
        let token = spec.secret.then(|| issued::token(value)).flatten();
        if let Some((level, told)) = token.and_then(|token| end(token.expires?, now)) {
            section.add(level, &format!("end {name}"), told);
        }
        let Some(period) = spec.rotate else { continue };
        let (level, told) = match since(prepared, watch, spec, token.and_then(|token| token.issued), now) {
            Ok((when, by)) => age(when, period.0, &by, now),
            Err(why) => (Level::Note, format!("not known: {why}; it is to be rotated every {}", days(period.0))),
        };
        section.add(level, &format!("age {name}"), told);
    }
}

fn value<'p>(prepared: &'p PreparedSystem, name: &str) -> Option<&'p str> {
    match prepared.variables.0.get(name)? {
        Variable::Plain(text) => Some(text),
        Variable::Secret(secret) => Some(secret.expose()),
    }
}

/// Since when it is in use, and by what that is known; otherwise why it is not.
fn since(
    prepared: &PreparedSystem,
    watch: &Watch,
    spec: &VarSpec,
    own: Option<Timestamp>,
    now: Now,
) -> Result<(Timestamp, String), String> {
    if let Some(own) = own {
        return Ok((own, "by the date of issue in it".to_owned()));
    }
    let mut why = Vec::new();
    if let Some(issued) = &spec.issued {
        let told = issued.value(&watch.store, now).map_err(|why| why.text);
        match told.and_then(|value| moment::read(&value)) {
            Ok(Some(when)) => return Ok((when, "by what the live system tells".to_owned())),
            Ok(None) => why.push("the live system tells no date".to_owned()),
            Err(told) => why.push(told),
        }
    }
    if let Some(beside) = &spec.dated_by {
        let named = prepared.system.var.get(beside).and_then(|spec| spec.env.as_ref());
        let shown = named.unwrap_or(beside);
        match value(prepared, beside).map(|text| (issued::day_in(text), written(text))) {
            Some((Some(day), _)) => return Ok((day, format!("by the date in {shown}"))),
            Some((None, Some(written))) => return Ok((written, format!("by the file that {shown} names"))),
            Some((None, None)) => why.push(format!("{shown} holds no date and names no file")),
            None => why.push(format!("{shown} is not set")),
        }
    }
    if why.is_empty() {
        why.push("it tells no date".to_owned());
    }
    Err(why.join("; "))
}

/// When a file was last written, where the text is a path to one.
fn written(text: &str) -> Option<Timestamp> {
    let path = Path::new(text);
    let meta = path.is_absolute().then(|| std::fs::metadata(path).ok()).flatten().filter(std::fs::Metadata::is_file)?;
    Timestamp::try_from(meta.modified().ok()?).ok()
}

fn age(when: Timestamp, period: Duration, by: &str, now: Now) -> (Level, String) {
    let Ok(age) = Duration::try_from(now.wall.duration_since(when)) else {
        return (Level::Note, format!("not known: its date {when} lies in the future ({by})"));
    };
    if age > period {
        return (Level::Doubt, format!("{}, older than {}: rotate it ({by})", days(age), days(period)));
    }
    (Level::Well, format!("{} of {} ({by})", days(age), days(period)))
}

fn end(expires: Timestamp, now: Now) -> Option<(Level, String)> {
    match Duration::try_from(expires.duration_since(now.wall)) {
        Ok(left) if left > SOON => None,
        Ok(left) => Some((Level::Doubt, format!("it ends in {}: renew it", days(left)))),
        Err(_) => Some((
            Level::Fault,
            format!("it ended on {}", Shown::from_remote(&expires.strftime("%Y-%m-%d").to_string())),
        )),
    }
}

fn days(span: Duration) -> String {
    if span < DAY { crate::base::time::Span(span).to_string() } else { format!("{}d", span.as_secs() / DAY.as_secs()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Mono;

    #[test]
    fn both_sides_of_a_period_and_of_an_end() {
        let now = Now { mono: Mono(Duration::ZERO), wall: "2026-11-22T03:00:00Z".parse().unwrap() };
        let told = |when: &str| age(when.parse().unwrap(), DAY * 90, "by x", now);
        for (when, level, text) in [
            ("2026-08-24T03:00:00Z", Level::Well, "90d of 90d (by x)"),
            ("2026-08-24T02:59:59Z", Level::Doubt, "90d, older than 90d: rotate it (by x)"),
            ("2026-11-21T04:00:00Z", Level::Well, "23h00m of 90d (by x)"),
            ("2026-11-23T00:00:00Z", Level::Note, "not known: its date 2026-11-23T00:00:00Z lies in the future (by x)"),
        ] {
            assert_eq!(told(when), (level, text.to_owned()), "{when}");
        }
        let until = |when: &str| end(when.parse().unwrap(), now);
        assert_eq!(until("2026-12-06T03:00:01Z"), None);
        assert_eq!(until("2026-12-06T03:00:00Z"), Some((Level::Doubt, "it ends in 14d: renew it".to_owned())));
        assert_eq!(until("2026-11-22T02:59:59Z"), Some((Level::Fault, "it ended on 2026-11-22".to_owned())));
    }
}
