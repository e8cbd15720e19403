//! Runs one shot in a real PTY up to its last step and hands out the screen. Paints nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, WrapErr, ensure, eyre};
use vt100::Screen;

use crate::shots::{Program, Shot, Step};
use crate::support::program;
use crate::support::pty::{Pty, PtyError};
use crate::support::terminal;

/// A screen whose text stays for so long has come to rest: all that has no price has been polled.
const REST: Duration = Duration::from_secs(28);
/// Longest that is waited for rest.
const RESTLESS: Duration = Duration::from_secs(150);

/// The screen at the end of the shot's steps, when its text has come to rest.
pub(crate) fn capture(shot: &Shot, midwatch: Option<&Path>, text_of: impl Fn(&Screen) -> String) -> Result<Screen> {
    let home = tempfile::tempdir()?;
    let (pty, began) = begin(shot, midwatch, home.path())?;
    play(shot, &pty, began)?;
    let began = Instant::now();
    loop {
        let before = text_of(&pty.screen());
        match pty.wait_within(REST, "another screen", |screen| text_of(screen) != before) {
            Err(PtyError::Waited { .. }) if pty.is_running() => return Ok(pty.screen()),
            seen => drop(seen?),
        }
        ensure!(began.elapsed() < RESTLESS, "the screen does not come to rest");
    }
}

/// Whether a screen comes, at the end of the shot's steps, that is as it has to be; if not, the last one and why.
pub(crate) fn compare(
    shot: &Shot,
    midwatch: Option<&Path>,
    is_right: impl Fn(&Screen) -> bool,
) -> Result<std::result::Result<(), (Screen, PtyError)>> {
    let home = tempfile::tempdir()?;
    let (pty, began) = begin(shot, midwatch, home.path())?;
    let seen = play(shot, &pty, began).and_then(|()| pty.wait_for("the stored text", is_right));
    Ok(seen.map(drop).map_err(|error| (pty.screen(), error)))
}

/// One program starts at a time: what it finds in its first second is not to depend on how many do.
static STARTING: Mutex<()> = Mutex::new(());

/// Starts a shot. With the program, when the clock of its demo had begun.
fn begin(shot: &Shot, midwatch: Option<&Path>, home: &Path) -> Result<(Pty, Instant)> {
    let alone = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let pty = start(shot, midwatch, home)?;
    pty.wait_for("the first frame", |screen| !terminal::text(screen).trim().is_empty())?;
    let began = Instant::now();
    if let Some(Step::Wait(text)) = shot.steps.first() {
        // what does not come is told by the steps
        drop(pty.wait_within(Duration::from_secs(10), text, |screen| terminal::find(screen, text).is_some()));
    }
    drop(alone);
    Ok((pty, began))
}

/// Takes the steps of a shot that began then.
fn play(shot: &Shot, pty: &Pty, began: Instant) -> std::result::Result<(), PtyError> {
    for step in shot.steps {
        match step {
            Step::Press(key) => pty.send_key(*key)?,
            Step::Type(text) => pty.send(text)?,
            Step::Wait(text) => drop(pty.wait_text(text)?),
            Step::Gone(text) => drop(pty.wait_gone(text)?),
            Step::Still => std::thread::sleep(Duration::from_secs(shot.still).saturating_sub(began.elapsed())),
            Step::Watch(seconds) => std::thread::sleep(Duration::from_secs(*seconds)),
        }
    }
    Ok(())
}

/// The program of a shot in its terminal.
pub(crate) fn start(shot: &Shot, midwatch: Option<&Path>, home: &Path) -> Result<Pty> {
    let path = match shot.program {
        Program::Shell => Path::new("/bin/sh"),
        Program::Midwatch => midwatch.ok_or_else(|| eyre!("the program was not built"))?,
    };
    let mut args: Vec<String> = shot.args.iter().map(|arg| (*arg).to_owned()).collect();
    if shot.still > 0 {
        args.extend(["--still".to_owned(), format!("{}s", shot.still)]);
    }
    let mut program = program::Program::new(path)
        .args(&args)
        .size(shot.size.0, shot.size.1)
        .cwd(home)
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC");
    if !shot.settings.is_empty() {
        let folder = home.join(".config/midwatch");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("config.toml"), shot.settings)?;
    }
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
