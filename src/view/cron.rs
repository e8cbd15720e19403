//! A cron schedule in words, for the common forms; any other is shown as it is written.

const DAYS: [&str; 8] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// True for schedules that repeat within the hour: no zone matters to them.
pub(crate) fn is_interval(text: &str) -> bool {
    let mut fields = text.split_whitespace();
    let (minute, hour) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
    hour == "*" && fields.all(|field| field == "*") && (minute.contains('/') || minute == "*" || minute == "0")
}

/// The schedule in words: `every 5 min`, `daily 08:00`, `Sun 03:00`.
pub(crate) fn words(text: &str) -> String {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return text.to_owned() };
    if month != "*" {
        return text.to_owned();
    }
    let every = |field: &str| field.strip_prefix("*/").and_then(|n| n.parse::<u32>().ok());
    let at = || Some(format!("{:02}:{:02}", hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?));
    let said = match (minute, hour, day, weekday) {
        ("*", "*", "*", "*") => Some("every minute".to_owned()),
        (_, "*", "*", "*") if every(minute).is_some() => every(minute).map(|n| format!("every {n} min")),
        (_, "*", "*", "*") => minute.parse::<u32>().ok().map(|minute| format!("hourly at :{minute:02}")),
        ("0", _, "*", "*") if every(hour).is_some() => every(hour).map(|n| format!("every {n} h")),
        (_, _, "*", "*") => at().map(|at| format!("daily {at}")),
        (_, _, "*", days) => weekdays(days).zip(at()).map(|(days, at)| format!("{days} {at}")),
        (_, _, days, "*") => at().map(|at| format!("on day {days} {at}")),
        _ => None,
    };
    said.unwrap_or_else(|| text.to_owned())
}

fn weekdays(field: &str) -> Option<String> {
    let name = |one: &str| {
        let known = |day: &&&str| day.eq_ignore_ascii_case(one);
        let by_number = || one.parse::<usize>().ok().and_then(|n| DAYS.get(n));
        DAYS.iter().find(known).or_else(by_number).copied()
    };
    if let Some((from, to)) = field.split_once('-') {
        return Some(format!("{}-{}", name(from)?, name(to)?));
    }
    let names: Option<Vec<&str>> = field.split(',').map(name).collect();
    names.map(|names| names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_schedules_are_said_in_words() {
        for (text, said) in [
            ("*/5 * * * *", "every 5 min"),
            ("0 * * * *", "hourly at :00"),
            ("0 */6 * * *", "every 6 h"),
            ("0 8 * * *", "daily 08:00"),
            ("0 3 * * SUN", "Sun 03:00"),
            ("30 9 * * 1-5", "Mon-Fri 09:30"),
            ("0 0 1 * *", "on day 1 00:00"),
            ("0 0 1 1 *", "0 0 1 1 *"),
            ("1,31 4-6 * * *", "1,31 4-6 * * *"),
            ("@daily", "@daily"),
        ] {
            assert_eq!(words(text), said, "{text}");
        }
        assert!(is_interval("*/5 * * * *") && !is_interval("0 8 * * *"));
    }
}
