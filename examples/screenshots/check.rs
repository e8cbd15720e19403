//! Holds the screens of today against the stored texts. What differs from run to run by nature is left out by name.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use color_eyre::eyre::{Result, WrapErr};
use regex::Regex;
use vt100::Screen;

use crate::shots::Shot;
use crate::support::pty::PtyError;
use crate::support::terminal;
use crate::{at_once, capture};

/// Compares every shot with its stored text and tells those that differ; false when there is one.
pub(crate) fn check(shots: &[&'static Shot], midwatch: Option<&Path>, folder: &Path) -> Result<bool> {
    let (apart, shots): (Vec<&Shot>, Vec<&Shot>) = shots.iter().partition(|shot| shot.apart.is_some());
    for shot in apart {
        println!("{}: not compared: {}", shot.name, shot.apart.unwrap_or_default());
    }
    let compared = at_once(&shots, |shot| {
        let stored = folder.join(format!("{}.txt", shot.name));
        let old = std::fs::read_to_string(&stored)
            .wrap_err_with(|| format!("{}: make the pictures first", stored.display()))?;
        // as it would be stored today
        let old = still(shot, old);
        let is_right = |screen: &Screen| text_of(shot, screen) == old;
        let seen = capture::compare(shot, midwatch, is_right)?;
        let told = match &seen {
            Ok(()) => None,
            Err((screen, why)) => Some(differences(&old, &text_of(shot, screen), why)),
        };
        Ok(told)
    });
    let mut current = true;
    for (shot, told) in shots.iter().zip(compared) {
        match told.wrap_err(shot.name)? {
            None => println!("{}: up to date", shot.name),
            Some(told) => {
                current = false;
                println!(
                    "{}: out of date\n{told}  to renew it: cargo run --example screenshots -- --only {0}",
                    shot.name
                );
            }
        }
    }
    Ok(current)
}

/// What did not come, and the lines that are not as they are stored.
fn differences(old: &str, new: &str, why: &PtyError) -> String {
    let mut told = String::new();
    if let PtyError::Waited { what, after, .. } = why {
        let _ = writeln!(told, "  {what} did not come{after}");
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    for row in 0..old.len().max(new.len()) {
        let (old, new) = (old.get(row).copied().unwrap_or(""), new.get(row).copied().unwrap_or(""));
        if old != new {
            let _ = writeln!(told, "  {:>3} - {old}\n      + {new}", row + 1);
        }
    }
    told
}

/// The screen's text without what differs from run to run by nature.
pub(crate) fn text_of(shot: &Shot, screen: &Screen) -> String {
    still(shot, terminal::text(screen) + "\n")
}

fn still(shot: &Shot, mut text: String) -> String {
    for (pattern, told) in CHANGING.iter() {
        text = pattern.replace_all(&text, *told).into_owned();
    }
    if shot.is_lively {
        text = NUMBERS.replace_all(&text, " ~").into_owned();
    }
    SEVERAL.replace_all(&text, "~ ").into_owned()
}

/// Several of what is left out, side by side.
static SEVERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"~ *(?: +~ *)+"));

/// Numbers, spans and generated ids, with the blanks around them.
static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r" *\b(?:[0-9a-f]{8}(?:-[0-9a-f]+)*|[0-9][0-9.]*[smhd]?)\b *"));

/// What differs from run to run although the clock stands still, and what stands for it. The rest is compared to the letter.
static CHANGING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let all = [
        // how long an answer took, now and before
        (r"\bup +<?[0-9.]+(?: m?s)?[\u2581-\u258f_.:=*#+\- ]*(?: <?[0-9.]+ m?s\b *)?", "up ~ "),
        (r" +(?:<1|[0-9]+) ms\b| +[0-9]+\.[0-9] s\b", " ~ ms"),
        // bars and charts: what was seen on the way, moment by moment
        (r" *[\u2581-\u258f\u2800-\u28ff][\u2581-\u258f\u2800-\u28ff ]*|(?: *_[_ ]*| *[.=*#-]{2,} *)+", " ~ "),
        // free ports
        (r"127\.0\.0\.1:[0-9]+", "127.0.0.1:~"),
        // at which second it was seen, and how long ago that is
        (r"[0-9]{2}:[0-9]{2}:[0-9]{2}", "~:~:~"),
        (r" +(?:[0-9]+m)?[0-9]+s\b", " ~s"),
        (r" +[+-]?[0-9.]+/min *", " ~/min "),
        // told as soon as it was seen twice
        (r" +steady\b", ""),
        // how often it was asked meanwhile
        (r"[0-9]+ in a row", "~ in a row"),
        // ids of runs and of what was shown before them, the folder of the demo
        (r"\b(run|picture) [0-9a-f]{8,16}\b", "$1 ~"),
        (r"\b[0-9a-f]{8}\b", "~"),
        (r"midwatch-demo-[0-9a-f]{32}", "midwatch-demo-~"),
    ];
    all.map(|(text, told)| (pattern(text), told)).into()
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|why| unreachable!("{why}"))
}
