//! What the terminal around us can do, as its environment tells. Pure: the environment is an argument.

use crate::runtime::terminal::{Between, Reach};
use crate::view::ColorDepth;

/// Looks an environment variable up.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable that is set and not empty.
fn set(env: Env<'_>, name: &str) -> Option<String> {
    env(name).filter(|value| !value.is_empty())
}

/// True where the terminal is too simple for anything but lines.
pub(super) fn is_dumb(env: Env<'_>) -> bool {
    set(env, "TERM").is_none_or(|term| term == "dumb")
}

/// True where the window has a title that can be put back as it was.
pub(super) fn has_title(env: Env<'_>) -> bool {
    const NONE: &[&str] = &["linux", "vt1", "vt2", "vt3", "vt4", "vt5", "ansi", "cons", "dumb"];
    let Some(term) = set(env, "TERM") else { return false };
    // screen has no stack of titles; tmux, which has one, may go by its name
    let is_screen = term.starts_with("screen") && set(env, "TMUX").is_none();
    !is_screen && !NONE.iter().any(|kind| term.starts_with(kind))
}

/// What can be said to the terminal beside what it shows, and what stands before it.
pub(super) fn reach(env: Env<'_>) -> Reach {
    let is_screen = || set(env, "STY").is_some() && set(env, "TERM").is_some_and(|term| term.starts_with("screen"));
    let between = match set(env, "TMUX") {
        Some(_) => Between::Tmux,
        None if is_screen() => Between::Screen,
        None => Between::Nothing,
    };
    // screen does not, unless its user says so, and may be somewhere behind; those of old have no colour to erase with
    let term = set(env, "TERM").unwrap_or_default();
    let colours_erased = !term.starts_with("screen") && !GREY.iter().any(|kind| term.starts_with(kind));
    Reach { between, osc: tells_its_ground(env), colours_erased }
}

/// Terminals that have no colour at all.
const GREY: [&str; 5] = ["vt1", "vt2", "vt3", "vt4", "vt5"];

/// What the terminal can show, whether or not it is wanted.
pub(super) fn depth(env: Env<'_>) -> ColorDepth {
    let term = set(env, "TERM").unwrap_or_default();
    let colorterm = set(env, "COLORTERM").unwrap_or_default();
    let is_grey = GREY.iter().any(|kind| term.starts_with(kind));
    if is_dumb(env) || is_grey && colorterm.is_empty() {
        ColorDepth::None
    } else if colorterm == "truecolor" || colorterm == "24bit" || term.ends_with("-direct") {
        ColorDepth::True
    } else if term.contains("256color") {
        ColorDepth::Ansi256
    } else {
        ColorDepth::Ansi16
    }
}

/// Colours that are to be used where nobody decided: none under `NO_COLOR`.
pub(super) fn wanted(env: Env<'_>) -> ColorDepth {
    if set(env, "NO_COLOR").is_some() { ColorDepth::None } else { depth(env) }
}

/// True where the environment says that the terminal is bright: `COLORFGBG`, whose last part is the number of its ground.
pub(super) fn is_light(env: Env<'_>) -> bool {
    let ground = set(env, "COLORFGBG").and_then(|pair| pair.rsplit(';').next()?.parse::<u8>().ok());
    ground.is_some_and(|number| number == 7 || (9..=15).contains(&number))
}

/// True where the terminal may be asked for its ground (OSC 11): those that know no such question would show its letters.
pub(super) fn tells_its_ground(env: Env<'_>) -> bool {
    const SILENT: [&str; 6] = ["dumb", "linux", "vt", "ansi", "cons", "sun"];
    let term = set(env, "TERM").unwrap_or_default();
    !(term.is_empty() || SILENT.iter().any(|kind| term.starts_with(kind)))
}

/// True where the locale is UTF-8: `LC_ALL`, then `LC_CTYPE`, then `LANG`.
pub(super) fn is_unicode(env: Env<'_>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(env, name));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(line: &str) -> impl Fn(&str) -> Option<String> + '_ {
        move |name| {
            line.split(' ')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|p| p.1.to_owned())
        }
    }

    #[test]
    fn colours_by_what_the_terminal_says() {
        for (line, depth_is, wanted_is) in [
            ("TERM=xterm-256color COLORTERM=truecolor", ColorDepth::True, ColorDepth::True),
            ("TERM=tmux-256color", ColorDepth::Ansi256, ColorDepth::Ansi256),
            ("TERM=linux", ColorDepth::Ansi16, ColorDepth::Ansi16),
            ("TERM=vt100", ColorDepth::None, ColorDepth::None),
            ("TERM=vt220 COLORTERM=truecolor", ColorDepth::True, ColorDepth::True),
            ("TERM=vte", ColorDepth::Ansi16, ColorDepth::Ansi16),
            ("TERM=xterm-256color NO_COLOR=1", ColorDepth::Ansi256, ColorDepth::None),
            ("TERM=xterm-256color NO_COLOR=", ColorDepth::Ansi256, ColorDepth::Ansi256),
            ("TERM=dumb COLORTERM=truecolor", ColorDepth::None, ColorDepth::None),
            ("", ColorDepth::None, ColorDepth::None),
        ] {
            assert_eq!((depth(&env(line)), wanted(&env(line))), (depth_is, wanted_is), "{line}");
        }
    }

    #[test]
    fn the_ground_is_told_or_asked_for_where_that_is_safe() {
        for (line, light) in [
            ("COLORFGBG=0;15", true),
            ("COLORFGBG=0;default;15", true),
            ("COLORFGBG=0;7", true),
            ("COLORFGBG=15;0", false),
            ("COLORFGBG=7;8", false),
            ("COLORFGBG=0;default", false),
            ("COLORFGBG=", false),
            ("", false),
        ] {
            assert_eq!(is_light(&env(line)), light, "{line}");
        }
        for (term, asks) in [
            ("xterm-256color", true),
            ("tmux-256color", true),
            ("screen", true),
            ("foot", true),
            ("linux", false),
            ("vt100", false),
            ("dumb", false),
        ] {
            assert_eq!(tells_its_ground(&env(&format!("TERM={term}"))), asks, "{term}");
        }
        assert!(!tells_its_ground(&env("")));
    }

    #[test]
    fn a_title_only_where_it_can_be_put_back() {
        for (line, has) in [
            ("TERM=xterm-256color", true),
            ("TERM=tmux-256color", true),
            ("TERM=vte-256color", true),
            ("TERM=screen-256color TMUX=/run/tmux,1,0", true),
            ("TERM=screen-256color", false),
            ("TERM=linux", false),
            ("TERM=vt100", false),
            ("TERM=dumb", false),
            ("", false),
        ] {
            assert_eq!(has_title(&env(line)), has, "{line}");
        }
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        for (line, unicode) in [
            ("LANG=en_US.UTF-8", true),
            ("LANG=C.utf8", true),
            ("LC_ALL=C LANG=en_US.UTF-8", false),
            ("LC_ALL= LC_CTYPE=de_DE.UTF-8", true),
            ("LANG=POSIX", false),
            ("", false),
        ] {
            assert_eq!(is_unicode(&env(line)), unicode, "{line}");
        }
    }
}
