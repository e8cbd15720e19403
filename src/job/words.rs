//! Cron's fields: read apart, and said for people.

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Times of day that are worked out one by one; a longer list is left to cron itself.
const MOST_LISTED: usize = 12;

/// The five fields of a cron text, nicknames written out.
pub(super) fn fields(text: &str) -> Option<[String; 5]> {
    let written = match text.trim().to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * SUN",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => text,
    };
    let fields: Vec<String> = written.split_whitespace().map(str::to_owned).collect();
    fields.try_into().ok()
}

/// The values of a field that lists them: `0,30`, `2-5`, `8`. A field with a star, or a long list, stays as it is.
pub(super) fn listed(field: &str) -> Vec<String> {
    let mut values = Vec::new();
    for part in field.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        match (from.parse::<u8>(), to.parse::<u8>()) {
            (Ok(from), Ok(to)) if from <= to => values.extend((from..=to).map(|value| value.to_string())),
            _ => return vec![field.to_owned()],
        }
    }
    if values.len() > MOST_LISTED { vec![field.to_owned()] } else { values }
}

/// In words, where they are shorter or clearer than the text.
pub(super) fn describe(text: &str) -> Option<String> {
    let [minute, hour, day, month, weekday] = fields(text)?;
    let any_date = day == "*" && month == "*" && weekday == "*";
    match (step(&minute), step(&hour)) {
        (Some(1), Some(1)) if any_date => return Some("every minute".to_owned()),
        (Some(every), Some(1)) if any_date => return Some(format!("every {every} min")),
        _ => {}
    }
    let past: u8 = minute.parse().ok()?;
    match step(&hour) {
        Some(1) if any_date && past == 0 => return Some("hourly".to_owned()),
        Some(1) if any_date => return Some(format!("hourly at :{past:02}")),
        Some(every) if any_date && past == 0 => return Some(format!("every {every} h")),
        Some(_) => return None,
        None => {}
    }
    let times: Option<Vec<String>> =
        hour.split(',').map(|hour| hour.parse::<u8>().ok().map(|hour| format!("{hour:02}:{past:02}"))).collect();
    let times = times?.join(", ");
    match (day.as_str(), month.as_str(), weekday.as_str()) {
        ("*", "*", "*") => Some(format!("daily {times}")),
        ("*", "*", days) => Some(format!("{} {times}", names(days, &DAYS, 0)?)),
        (day, "*", "*") => Some(format!("monthly on day {} {times}", day.parse::<u8>().ok()?)),
        (day, months, "*") => Some(format!("{} {} {times}", names(months, &MONTHS, 1)?, day.parse::<u8>().ok()?)),
        _ => None,
    }
}

/// `*` is 1, `*/5` is 5.
fn step(field: &str) -> Option<u8> {
    if field == "*" { Some(1) } else { field.strip_prefix("*/")?.parse().ok() }
}

/// `1-5` as `Mon-Fri`, `SAT,7` as `Sat, Sun`.
fn names(field: &str, all: &[&str], first: usize) -> Option<String> {
    let name = |part: &str| {
        let number = part.parse::<usize>().ok().and_then(|number| number.checked_sub(first));
        let at = number.map(|at| if at == 7 && first == 0 { 0 } else { at });
        at.or_else(|| all.iter().position(|name| name.eq_ignore_ascii_case(part))).and_then(|at| all.get(at))
    };
    let parts: Option<Vec<String>> = field
        .split(',')
        .map(|part| match part.split_once('-') {
            Some((from, to)) => Some(format!("{}-{}", name(from)?, name(to)?)),
            None => name(part).map(|name| (*name).to_owned()),
        })
        .collect();
    parts.map(|parts| parts.join(", "))
}
