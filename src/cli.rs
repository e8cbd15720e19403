//! The command line: arguments, one file per subcommand, exit codes. It reads environment and files, hands what it found
//! to the runtime, and prints what the report says. It decides nothing about systems.

mod act;
mod again;
mod audit;
mod bench;
mod catalog;
mod check;
mod choice;
mod completions;
mod config;
mod dashboard;
mod demo;
mod diagnose;
mod doctor;
mod guard;
mod incident;
mod keys;
mod look;
mod man;
mod out;
mod places;
mod plain;
mod runbook;
mod runner;
mod settings;
mod sim;
mod surroundings;
mod systems;
mod themes;
mod trust;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Sees what is wrong, knows which runbook it is, and shows only what is true.
#[derive(Debug, Parser)]
#[command(name = "midwatch", version, about, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "Without a command: the dashboard over the systems that the environment configures.\n\
                        Start with `midwatch demo`, or `midwatch doctor` to see what is configured.")]
struct Cli {
    #[command(flatten)]
    dashboard: dashboard::Args,
    /// Your own settings, instead of those in the config folder
    #[arg(long, value_name = "PATH", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

// the arguments of the others are not made where one command, or none, is meant: a twentieth of what a start computes
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Open the dashboard over simulated systems: needs nothing installed
    Demo(demo::Args),
    /// Look once and tell: exit code 0 ok, 1 warning, 2 critical, 3 unknown
    Check(check::Args),
    /// Tell which runbook it is, with what speaks for and against it
    Diagnose(diagnose::Args),
    /// Run one action: previewed, guarded, verified, recorded; exit code 0 verified, 4 not verified, 5 refused
    Act(act::Args),
    /// List, show and check runbooks
    Runbook(runbook::Args),
    /// Open, note, close and report incidents; exit code 5 where one is not over
    Incident(incident::Args),
    /// Tell what is configured, what can be reached, and what the terminal can do
    Doctor(doctor::Args),
    /// Show the audit log, and tell whether somebody was at it
    Audit(audit::Args),
    /// List, show, export and validate system files
    Systems(systems::Args),
    /// Show your own settings, tell what is wrong with them
    Config(config::Args),
    /// List, show and validate themes
    Themes(themes::Args),
    /// Print the table of keys
    Keys(keys::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man,
    /// Carry one run of an action out; started by midwatch itself
    #[command(name = "__run", hide = true)]
    Runner(runner::Args),
    /// End a group of processes with midwatch; started by midwatch itself
    #[command(name = crate::probe::child::GUARD, hide = true)]
    Guard(guard::Args),
    /// Stand in for a program of the simulated machine; started by the demo itself
    #[command(name = "__sim", hide = true)]
    StandIn(sim::Args),
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// What was asked for cannot be: an unknown name, a bad value, nothing to watch.
    #[error("{0}")]
    Usage(String),
    /// It was asked for rightly, and failed. The text may have several lines.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    /// A failure of our own surroundings: files, terminal, output.
    fn of(error: impl std::fmt::Display) -> Self {
        Failure::Failed(error.to_string())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Failed(_) => 1,
        }
    }
}

/// What a subcommand returns: its exit code, or why it could not do its work.
type Outcome = Result<u8, Failure>;

/// Runs the program on the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &args),
    };
    let is_check = matches!(cli.command, Some(Command::Check(_)));
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            out::error(&failure.to_string());
            // whoever runs a check must never read a usage error as a warning
            ExitCode::from(if is_check { check::NOT_TOLD } else { failure.exit_code() })
        }
    }
}

fn run(cli: Cli) -> Outcome {
    let Cli { dashboard: flags, config: file, command } = cli;
    let own = || settings::Own::load(file.as_deref());
    // a screen tells itself what is wrong with the settings
    let on_screen = || {
        let again = again::Again::new(file.clone(), &flags);
        Ok(dashboard::Args { again: Some(again), ..own()?.fill(&flags)? })
    };
    let in_lines = || {
        let own = own()?;
        own.complain();
        own.fill(&flags)
    };
    match command {
        None => dashboard::run(&on_screen()?),
        Some(Command::Demo(args)) => demo::run(&args.under(on_screen()?)),
        Some(Command::Check(args)) => check::run(&args.under(in_lines()?)),
        Some(Command::Diagnose(args)) => diagnose::run(&args.under(in_lines()?)),
        Some(Command::Act(args)) => act::run(&args.under(in_lines()?)),
        Some(Command::Runner(args)) => runner::run(&args),
        Some(Command::Guard(args)) => guard::run(&args),
        Some(Command::StandIn(args)) => sim::run(&args),
        Some(Command::Runbook(args)) => runbook::run(&args.under(&in_lines()?)),
        Some(Command::Incident(args)) => incident::run(args.under(in_lines()?)),
        Some(Command::Doctor(args)) => doctor::run(&args.under(in_lines()?)),
        Some(Command::Audit(args)) => audit::run(args),
        Some(Command::Systems(args)) => systems::run(args),
        Some(Command::Config(args)) => config::run(args, &own, &flags),
        Some(Command::Themes(args)) => themes::run(args),
        Some(Command::Keys(args)) => keys::run(&args, &own()?.keymap),
        Some(Command::Completions(args)) => completions::run(&args, whole()),
        Some(Command::Man) => man::run(whole(), &own()?.keymap),
    }
}

/// The command line with the arguments of every command.
fn whole() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// Help and version are no errors; every other refusal is a usage error, which is 3 where a check was meant.
fn refuse(error: &clap::Error, args: &[OsString]) -> ExitCode {
    // a broken pipe at `--help | head` is a quiet end
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(if means_check(args) { check::NOT_TOLD } else { 2 })
}

/// Was `check` meant, whatever else is wrong with the arguments? The first word that is neither a flag nor its value
/// is the command.
fn means_check(args: &[OsString]) -> bool {
    let top = Cli::command();
    let takes_value = |flag: &str| {
        top.get_arguments().any(|arg| arg.get_action().takes_values() && arg.get_long() == flag.strip_prefix("--"))
    };
    let mut words = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    while let Some(word) = words.next() {
        if takes_value(&word) {
            words.next();
        } else if !word.starts_with('-') {
            return word == "check";
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_usage_error_knows_whether_a_check_was_meant() {
        for (line, check) in [
            ("midwatch check --bogus", true),
            ("midwatch check --format xml", true),
            ("midwatch --system x check --bogus", true),
            ("midwatch --bogus check", true),
            ("midwatch doctor --bogus", false),
            ("midwatch --system check doctor --bogus", false),
            ("midwatch --bogus", false),
        ] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert!(Cli::try_parse_from(&args).is_err(), "{line}");
            assert_eq!(means_check(&args), check, "{line}");
        }
    }
}
