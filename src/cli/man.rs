//! `midwatch man`: the manual page, made from the arguments, the subcommands and the table of keys.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::app::Keymap;
use crate::cli::{Failure, Outcome, keys, out};

const EXIT_STATUS: &[(&str, &str)] = &[
    ("check", "0 ok, 1 warning, 2 critical, 3 unknown or called wrongly"),
    ("audit verify", "0 the chain is intact, 1 it is broken, 2 called wrongly"),
    ("doctor", "0 all well, 1 something to look at, 2 something does not work"),
    ("all others", "0 done, 1 failed, 2 called wrongly; 129 after a hang-up, 130 after an interrupt"),
];

const FILES: &[(&str, &str)] = &[
    (
        "$XDG_CONFIG_HOME/midwatch/systems/NAME/system.toml",
        "a system of your own, or one in place of a built-in of the same name",
    ),
    (
        "$XDG_CONFIG_HOME/midwatch/config.toml",
        "your own settings; nothing writes it: midwatch config default, validate, show",
    ),
    ("$XDG_CONFIG_HOME/midwatch/themes/NAME.toml", "a theme of your own: midwatch themes show dark is a start"),
    ("$XDG_STATE_HOME/midwatch/", "what midwatch itself keeps; readable by you alone"),
    ("$XDG_STATE_HOME/midwatch/audit.jsonl", "what was run, by whom and with what outcome: midwatch audit show"),
    (
        "$XDG_STATE_HOME/midwatch/history",
        "recent numbers, alerts and events, which survive a restart; about 3 MiB a system",
    ),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "when not empty: no colour, unless --color asks for it"),
    (
        "MIDWATCH_CONFIG, MIDWATCH_THEME, MIDWATCH_ASCII, MIDWATCH_ZONE, MIDWATCH_READ_ONLY, MIDWATCH_REFRESH_FLOOR",
        "a setting: before config.toml, after the flag",
    ),
    ("COLORFGBG", "whether the terminal is bright, until it tells that itself; --theme is not asked"),
    ("the variables of a system file", "midwatch doctor lists them and tells which are set"),
];

pub(super) fn run(command: clap::Command, map: &Keymap) -> Outcome {
    let subcommands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    let told: Vec<clap::Id> =
        command.get_arguments().filter(|arg| arg.is_global_set()).map(|arg| arg.get_id().clone()).collect();
    let page = Man::new(command);
    let mut text = Vec::new();
    page.render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| page.render_synopsis_section(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| commands(&subcommands, &told).to_writer(&mut text))
        .and_then(|()| list("EXIT STATUS", owned(EXIT_STATUS)).to_writer(&mut text))
        .and_then(|()| list("KEYS", keys::plain(map)).to_writer(&mut text))
        .and_then(|()| list("FILES", owned(FILES)).to_writer(&mut text))
        .and_then(|()| list("ENVIRONMENT", owned(ENVIRONMENT)).to_writer(&mut text))
        .and_then(|()| page.render_version_section(&mut text))
        .map_err(Failure::of)?;
    out::print(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

fn owned(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(term, text)| ((*term).to_owned(), (*text).to_owned())).collect()
}

fn list(title: &str, rows: Vec<(String, String)>) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, text) in rows {
        roff.control("TP", []).text([bold(term)]).text([roman(text)]);
    }
    roff
}

/// Every subcommand with what its options do: one page holds everything.
fn commands(subcommands: &[clap::Command], told: &[clap::Id]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for command in subcommands {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        roff.control("TP", []).text([bold(command.get_name())]).text([roman(about)]);
        roff.control("RS", []);
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
            roff.control("TP", []).text([bold(inner.get_name())]).text([roman(about)]);
        }
        for option in command.get_arguments().filter(|arg| is_its_own(arg, told)) {
            let Some(long) = option.get_long() else { continue };
            let value = option.get_value_names().and_then(|names| names.first());
            let takes = option.get_action().takes_values();
            let shown = value.filter(|_| takes).map_or(format!("--{long}"), |name| format!("--{long} {name}"));
            let help = option.get_help().map(ToString::to_string).unwrap_or_default();
            roff.control("TP", []).text([bold(shown)]).text([roman(help)]);
        }
        roff.control("RE", []);
    }
    roff
}

/// True of what is told neither of midwatch itself nor of every command.
fn is_its_own(arg: &clap::Arg, told: &[clap::Id]) -> bool {
    !arg.is_hide_set() && !told.contains(arg.get_id()) && arg.get_id() != "help"
}
