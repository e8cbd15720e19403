//! The user's own files read again while the dashboard runs: by the same code as at the start, under the same flags, and
//! without a word on the terminal, which belongs to the screen.

use std::path::PathBuf;

use crate::app::settings::{News, Right, Settings};
use crate::cli::settings::{self, Own};
use crate::cli::{Failure, dashboard, out, themes};
use crate::config::WhenColor;
use crate::runtime::clock;
use crate::runtime::reload::{self, Files, Reread, Stamp};

/// What is needed to read them again.
#[derive(Clone, Debug)]
pub(super) struct Again {
    /// `--config`.
    file: Option<PathBuf>,
    /// The flags before a command.
    top: Box<dashboard::Args>,
    /// Those after it, which go before them.
    below: Option<Box<dashboard::Args>>,
    /// How they looked before they were read first.
    seen: Vec<Stamp>,
}

impl Again {
    /// To be made before the files are read.
    pub(super) fn new(file: Option<PathBuf>, top: &dashboard::Args) -> Self {
        let seen = reload::stamps(list(file.as_ref()));
        Self { file, top: Box::new(top.clone()), below: None, seen }
    }

    /// The same with the flags after the command.
    pub(super) fn under(self, below: &dashboard::Args) -> Self {
        Self { below: Some(Box::new(below.clone())), ..self }
    }

    /// The files, to be watched.
    pub(super) fn files(&self) -> Files {
        let file = self.file.clone();
        let again = self.clone();
        let mut was_there = settings::place(self.file.as_deref()).is_some_and(|path| path.exists());
        Files {
            list: Box::new(move || list(file.as_ref())),
            seen: self.seen.clone(),
            read: Box::new(move || again.read(&mut was_there)),
        }
    }

    fn read(&self, was_there: &mut bool) -> Reread {
        let path = settings::place(self.file.as_deref());
        if path.as_ref().is_none_or(|path| !path.exists()) && *was_there {
            let name = path.unwrap_or_default().display().to_string();
            return kept(format!("{name} is gone: what it said holds until the next start"), false);
        }
        *was_there = path.is_some_and(|path| path.exists());
        let read = Own::load_telling(self.file.as_deref(), &|_| {}).and_then(|own| {
            let top = own.fill(&self.top)?;
            Ok(self.below.as_ref().map_or(top.clone(), |below| (**below).clone().under(top)))
        });
        let args = match read {
            Ok(args) => args,
            Err(failure) => return kept(failure.to_string(), false),
        };
        if let Some(why) = args.trouble {
            return kept(why, args.read_only);
        }
        match right(&args) {
            Ok(reread) => reread,
            Err(failure) => kept(failure.to_string(), args.read_only),
        }
    }
}

fn right(args: &dashboard::Args) -> Result<Reread, Failure> {
    let wardrobe = dashboard::wardrobe_of(args, &|depth, ascii| themes::library_telling(depth, ascii, &|_| {}))?;
    let right = Right {
        settings: held(args),
        zone: args.tz.clone().unwrap_or_else(clock::local_zone),
        theme: wardrobe.name().to_owned(),
        trouble: wardrobe.trouble.clone(),
        asks: wardrobe.asks,
    };
    Ok(Reread { news: News::Right(Box::new(right)), wardrobe: Some(wardrobe) })
}

fn kept(why: String, read_only: bool) -> Reread {
    Reread { news: News::Kept { why, read_only }, wardrobe: None }
}

/// The files that are looked at: the settings, and the user's own themes.
fn list(file: Option<&PathBuf>) -> Vec<PathBuf> {
    settings::place(file.map(PathBuf::as_path)).into_iter().chain(themes::files()).collect()
}

/// The settings as these flags have them.
pub(super) fn held(args: &dashboard::Args) -> Settings {
    let color = args.color.map(|when| match when {
        out::Color::Auto => WhenColor::Auto,
        out::Color::Always => WhenColor::Always,
        out::Color::Never => WhenColor::Never,
    });
    Settings {
        systems: args.choice.own.listed.clone(),
        theme: args.theme.clone(),
        ascii: args.ascii,
        color,
        zone: args.tz.clone(),
        read_only: args.read_only,
        floor: args.choice.own.floor,
        wall: args.wall_times,
        mouse: args.mouse,
        notices: args.notices.clone(),
        keymap: args.keymap.clone(),
    }
}
