//! Makes the pictures of the README: each from a real program in a real PTY, by a table (`shots.rs`).
//!
//! `cargo run --release --example screenshots [-- --only NAME] [--out DIR] [--check]`, and `-- --tour` for the animated one.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]
#![expect(clippy::disallowed_methods, reason = "it stands outside the program, and starts it")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use color_eyre::eyre::{Result, WrapErr, eyre};
use regex::Regex;

use crate::font::Fonts;
use crate::shots::{Program, SHOTS, Shot, TEST_CARDS, TOUR};

mod blocks;
mod boxes;
mod canvas;
mod capture;
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

/// False when a stored text is out of date.
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
    let mut fonts = if options.check { None } else { Some(Fonts::load(&options.font, options.scale)?) };
    let mut current = true;
    for (shot, screen) in captured(&shots, midwatch.as_deref())? {
        let text = text_of(shot, &screen)?;
        let stored = options.out.join(format!("{}.txt", shot.name));
        let Some(fonts) = &mut fonts else {
            current &= is_current(shot.name, &stored, &text)?;
            continue;
        };
        let png = picture::paint(&screen, shot.palette, fonts, options.scale).png()?;
        std::fs::create_dir_all(&options.out).wrap_err_with(|| options.out.display().to_string())?;
        let path = options.out.join(format!("{}.png", shot.name));
        write(&path, &png)?;
        write(&stored, text.as_bytes())?;
        println!("{} ({} kB)", path.display(), png.len() / 1000);
        let missing: Vec<String> = fonts.take_missing().map(|c| format!("{c} U+{:04X}", u32::from(c))).collect();
        if !missing.is_empty() {
            println!("  not in the font, drawn as boxes: {}", missing.join(", "));
        }
    }
    Ok(current)
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

/// The screens of all shots: several at a time, since most of a shot is waiting for its charts to fill.
fn captured(shots: &[&'static Shot], midwatch: Option<&Path>) -> Result<Vec<(&'static Shot, vt100::Screen)>> {
    let mut all = Vec::new();
    for batch in shots.chunks(9) {
        let screens: Vec<Result<vt100::Screen>> = std::thread::scope(|scope| {
            let running: Vec<_> =
                batch.iter().map(|shot| scope.spawn(move || capture::capture(shot, midwatch))).collect();
            let ended = running.into_iter().map(|thread| thread.join().map_err(|_| eyre!("the capture panicked")));
            ended.map(|ended| ended.and_then(|screen| screen)).collect()
        });
        for (shot, screen) in batch.iter().zip(screens) {
            all.push((*shot, screen.wrap_err(shot.name)?));
        }
    }
    Ok(all)
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

/// The screen's text; what changes by nature is replaced by `~`.
fn text_of(shot: &Shot, screen: &vt100::Screen) -> Result<String> {
    let mut text = support::terminal::text(screen);
    for pattern in shot.changing {
        let pattern = Regex::new(pattern).wrap_err_with(|| format!("{}: {pattern}", shot.name))?;
        text = pattern.replace_all(&text, "~").into_owned();
    }
    Ok(text + "\n")
}

fn is_current(name: &str, stored: &Path, text: &str) -> Result<bool> {
    let old =
        std::fs::read_to_string(stored).wrap_err_with(|| format!("{}: make the pictures first", stored.display()))?;
    if old == text {
        println!("{name}: up to date");
        return Ok(true);
    }
    println!("{name}: out of date");
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), text.lines().collect());
    for row in 0..old.len().max(new.len()) {
        let (old, new) = (old.get(row).copied().unwrap_or(""), new.get(row).copied().unwrap_or(""));
        if old != new {
            println!("  {:>3} - {old}\n      + {new}", row + 1);
        }
    }
    Ok(false)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).wrap_err_with(|| path.display().to_string())
}
