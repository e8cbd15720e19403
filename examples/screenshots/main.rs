//! Makes the pictures of the README: each from a real program in a real PTY, by a table (`shots.rs`).
//!
//! `cargo run --release --example screenshots [-- --only NAME] [--out DIR] [--check]`, and `-- --tour` for the animated one.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]
#![expect(clippy::disallowed_methods, reason = "it stands outside the program, and starts it")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;
use color_eyre::eyre::{Result, WrapErr, eyre};

use crate::font::Fonts;
use crate::shots::{Program, SHOTS, Shot, TEST_CARDS, TOUR};

mod blocks;
mod boxes;
mod canvas;
mod capture;
mod check;
mod font;
mod palette;
mod picture;
mod shots;
mod tour;

/// The PTY of the tests.
#[path = "../../tests/support"]
#[allow(dead_code, reason = "a tool box: not every tool is needed here")]
mod support {
    pub(crate) mod key;
    pub(crate) mod process;
    pub(crate) mod program;
    pub(crate) mod pty;
    pub(crate) mod terminal;
    pub(crate) mod watched;
}

/// Makes the screenshots, or checks that their texts are up to date.
#[derive(Debug, Parser)]
struct Options {
    /// Only the pictures with these names
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Where the pictures and their texts lie
    #[arg(long, value_name = "DIR", default_value = "screenshots")]
    out: PathBuf,
    /// Writes nothing: compares each screen's text with the stored one and fails when they differ
    #[arg(long)]
    check: bool,
    /// Prints the names of the pictures, and makes none
    #[arg(long)]
    list: bool,
    /// Makes the animated tour, and nothing else
    #[arg(long)]
    tour: bool,
    /// Folder with the `JetBrains Mono` fonts
    #[arg(long, value_name = "DIR", default_value = font::DEFAULT_DIR)]
    font: PathBuf,
    /// Pixels per pixel
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=4))]
    scale: u8,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("screenshots: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False when a picture could not be made, or a stored text is out of date.
fn run(options: &Options) -> Result<bool> {
    if options.list {
        for shot in SHOTS {
            println!("{}", shot.name);
        }
        return Ok(true);
    }
    if options.tour {
        return tour(options);
    }
    let shots = chosen(&options.only)?;
    let midwatch = if shots.iter().any(|shot| shot.program == Program::Midwatch) {
        Some(capture::build_midwatch()?)
    } else {
        None
    };
    if options.check {
        return check::check(&shots, midwatch.as_deref(), &options.out);
    }
    let mut fonts = Fonts::load(&options.font, options.scale)?;
    let screens =
        at_once(&shots, |shot| capture::capture(shot, midwatch.as_deref(), |screen| check::text_of(shot, screen)));
    let mut all_made = true;
    for (shot, screen) in shots.iter().zip(screens) {
        let screen = match screen {
            Ok(screen) => screen,
            Err(error) => {
                eprintln!("{}: {error:#}", shot.name);
                all_made = false;
                continue;
            }
        };
        let png = picture::paint(&screen, shot.palette, &mut fonts, options.scale).png()?;
        std::fs::create_dir_all(&options.out).wrap_err_with(|| options.out.display().to_string())?;
        let path = options.out.join(format!("{}.png", shot.name));
        write(&path, &png)?;
        write(&options.out.join(format!("{}.txt", shot.name)), check::text_of(shot, &screen).as_bytes())?;
        println!("{} ({} kB)", path.display(), png.len() / 1000);
        let missing: Vec<String> = fonts.take_missing().map(|c| format!("{c} U+{:04X}", u32::from(c))).collect();
        if !missing.is_empty() {
            println!("  not in the font, drawn as boxes: {}", missing.join(", "));
        }
    }
    Ok(all_made)
}

/// Makes the tour, at scale 1: what moves has to be small.
fn tour(options: &Options) -> Result<bool> {
    let midwatch = capture::build_midwatch()?;
    let mut fonts = Fonts::load(&options.font, 1)?;
    let (png, screens) = tour::film(&TOUR, &midwatch, &mut fonts, 1)?;
    let path = options.out.join(format!("{}.png", TOUR.name));
    write(&path, &png)?;
    println!("{} ({} kB, {} frames)", path.display(), png.len() / 1000, screens.len());
    Ok(true)
}

/// So many shots run at a time: most of each is waiting.
const AT_ONCE: usize = 60;

/// The same of all shots, several at a time, in their order.
fn at_once<T: Send>(shots: &[&'static Shot], make: impl Fn(&'static Shot) -> Result<T> + Sync) -> Vec<Result<T>> {
    let next = AtomicUsize::new(0);
    // the one that takes longest begins first
    let mut turns: Vec<usize> = (0..shots.len()).collect();
    turns.sort_by_key(|at| std::cmp::Reverse(shots[*at].still));
    let take = || {
        let mut own = Vec::new();
        while let Some(at) = turns.get(next.fetch_add(1, Ordering::Relaxed)) {
            own.push((*at, make(shots[*at])));
        }
        own
    };
    let mut all: Vec<(usize, Result<T>)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..AT_ONCE.min(shots.len())).map(|_| scope.spawn(take)).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, made)| made).collect()
}

fn chosen(only: &[String]) -> Result<Vec<&'static Shot>> {
    if only.is_empty() {
        return Ok(SHOTS.iter().collect());
    }
    let find = |name: &String| {
        let all = || SHOTS.iter().chain(TEST_CARDS);
        all().find(|shot| shot.name == name.as_str()).ok_or_else(|| {
            let names: Vec<&str> = all().map(|shot| shot.name).collect();
            eyre!("no picture is called {name}; there are: {}", names.join(", "))
        })
    };
    only.iter().map(find).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).wrap_err_with(|| path.display().to_string())
}
