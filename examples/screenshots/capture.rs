//! Runs one shot in a real PTY up to its last step and hands out the screen. Paints nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use color_eyre::eyre::{Result, WrapErr, ensure, eyre};
use vt100::Screen;

use crate::shots::{Program, Shot, Step};
use crate::support::program;
use crate::support::pty::Pty;

/// The screen at the end of the shot's steps.
pub(crate) fn capture(shot: &Shot, midwatch: Option<&Path>) -> Result<Screen> {
    let home = tempfile::tempdir()?;
    let pty = start(shot, midwatch, home.path())?;
    let mut screen = pty.wait_for("the first frame", |_| true)?;
    for step in shot.steps {
        match step {
            Step::Press(key) => pty.send_key(*key)?,
            Step::Type(text) => pty.send(text)?,
            Step::Wait(text) => screen = pty.wait_text(text)?,
            Step::Gone(text) => screen = pty.wait_gone(text)?,
            // the simulation lives by the clock, and so do the charts over it
            Step::Watch(seconds) => std::thread::sleep(std::time::Duration::from_secs(*seconds)),
        }
    }
    // A key as the last step has no sign by which its effect could be known.
    let ends_well = shot.steps.last().is_none_or(|step| matches!(step, Step::Wait(_) | Step::Gone(_)));
    ensure!(ends_well, "the last step of a shot waits for a text");
    Ok(screen)
}

/// The program of a shot in its terminal.
pub(crate) fn start(shot: &Shot, midwatch: Option<&Path>, home: &Path) -> Result<Pty> {
    let path = match shot.program {
        Program::Shell => Path::new("/bin/sh"),
        Program::Midwatch => midwatch.ok_or_else(|| eyre!("the program was not built"))?,
    };
    let mut program = program::Program::new(path)
        .args(shot.args)
        .size(shot.size.0, shot.size.1)
        .cwd(home)
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC");
    for (name, value) in shot.env {
        program = program.env(name, value);
    }
    Ok(program.start()?)
}

/// Builds the program in the profile that this example was built in, so that no stale one is pictured.
pub(crate) fn build_midwatch() -> Result<PathBuf> {
    let example = std::env::current_exe()?;
    let profile =
        example.parent().and_then(Path::parent).ok_or_else(|| eyre!("{}: no target folder", example.display()))?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--bin", "midwatch"]);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().wrap_err("cannot run cargo")?;
    ensure!(status.success(), "cargo build failed");
    Ok(profile.join("midwatch"))
}
