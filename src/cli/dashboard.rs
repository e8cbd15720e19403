//! `midwatch` without a command: the dashboard, or the first screen where nothing is configured.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use color_eyre::eyre::WrapErr as _;

use crate::app::model::Offer;
use crate::app::{self, Keymap, Options};
use crate::cli::again::{self, Again};
use crate::cli::{Failure, Outcome, bench, catalog, choice, demo, out, plain, surroundings, themes};
use crate::config::{Catalog, NoticeSettings, Wall};
use crate::job::Zone;
use crate::runtime::act::desk;
use crate::runtime::drill::Keeper;
use crate::runtime::event_loop::{self, Ended, Start};
use crate::runtime::wardrobe::Wardrobe;
use crate::runtime::{PreparedSystem, clock, residency};
use crate::sim;
use crate::view::ColorDepth;
use crate::view::theme::Library;

/// Exit code after a panic, as Rust has it.
const PANICKED: i32 = 101;

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) choice: choice::Args,
    /// Nothing that changes a system may run
    #[arg(long)]
    pub(super) read_only: bool,
    /// For a screen across the room: large letters, all systems in turn, read-only, no keys but q
    #[arg(long)]
    pub(super) wall: bool,
    /// For a slow link: few bytes, numbers every ten seconds; by itself where the terminal takes long to read
    #[arg(long)]
    pub(super) slow: bool,
    /// Colours of the dashboard: midwatch themes list; auto is dark or light, as the terminal is
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Your own time zone, instead of this machine's
    #[arg(long, value_name = "ZONE", value_parser = Zone::new)]
    pub(super) tz: Option<Zone>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(super) color: Option<out::Color>,
    /// What is wrong with the user's own settings.
    #[arg(skip)]
    pub(super) trouble: Option<String>,
    /// How the wall goes round.
    #[arg(skip)]
    pub(super) wall_times: Wall,
    /// The keys.
    #[arg(skip)]
    pub(super) keymap: Keymap,
    /// How the user's own files are read again.
    #[arg(skip)]
    pub(super) again: Option<Again>,
    /// The mouse is used.
    #[arg(skip)]
    pub(super) mouse: bool,
    /// How somebody who looks elsewhere is told.
    #[arg(skip)]
    pub(super) notices: NoticeSettings,
    /// No screen: one line for each change, for screen readers, logs and pipes
    #[arg(long)]
    pub(super) plain: bool,
}

impl Args {
    /// These flags after those that stood before the subcommand.
    pub(super) fn under(self, top: Args) -> Args {
        let again = top.again.map(|again| again.under(&self));
        Args {
            again,
            choice: self.choice.under(top.choice),
            read_only: self.read_only || top.read_only,
            wall: self.wall || top.wall,
            slow: self.slow || top.slow,
            theme: self.theme.or(top.theme),
            tz: self.tz.or(top.tz),
            ascii: self.ascii || top.ascii,
            color: self.color.or(top.color),
            trouble: self.trouble.or(top.trouble),
            wall_times: top.wall_times,
            keymap: top.keymap,
            mouse: top.mouse,
            notices: top.notices,
            plain: self.plain || top.plain,
        }
    }

    /// Lines instead of a screen: asked for, or on a terminal that shows none.
    pub(super) fn is_plain(&self) -> bool {
        self.plain || is_on_terminal() && surroundings::is_dumb(&choice::env)
    }
}

/// The dashboard over what the flags and the environment choose.
pub(super) fn run(args: &Args) -> Outcome {
    let wardrobe = wardrobe(args)?;
    let catalog = catalog::load();
    let mut wanted = args.choice.clone();
    // on a screen the mistake is told beside what is watched
    wanted.own.broken = None;
    let chosen = choice::choose(&wanted, &catalog)?;
    // what relocated the program and read arguments and files is not needed any more
    residency::give_back();
    let all = chosen.prepare(false)?;
    let (systems, idle): (Vec<_>, Vec<_>) = all.into_iter().partition(PreparedSystem::is_configured);
    if systems.is_empty() && !idle.is_empty() {
        let names: Vec<&str> = idle.iter().map(|idle| idle.system.name.as_str()).collect();
        return Err(Failure::Usage(format!("nothing of {} is configured: see midwatch doctor", names.join(", "))));
    }
    let offers = if systems.is_empty() { offers(&catalog) } else { Vec::new() };
    match show(args, wardrobe.clone(), systems, offers, None)? {
        Ended::Code(code) | Ended::Drilled(code, _) => Ok(code),
        Ended::StartDemo => demo::show_calm(args, wardrobe),
    }
}

/// The demo, started.
pub(super) struct Staged {
    /// The simulated systems.
    pub(super) simulation: sim::Demo,
    /// The systems over them.
    pub(super) systems: Vec<PreparedSystem>,
    /// What the dashboard knows of it.
    pub(super) told: app::Demo,
    /// What writes its drill down.
    pub(super) keeper: Option<Keeper>,
}

/// Starts the simulation and the systems over it; needs to run on the dashboard's runtime.
pub(super) type MakeDemo<'a> = dyn Fn() -> Result<Staged, Failure> + 'a;

/// Runs the dashboard on a runtime of its own.
pub(super) fn show(
    args: &Args,
    wardrobe: Wardrobe,
    systems: Vec<PreparedSystem>,
    offers: Vec<Offer>,
    demo: Option<&MakeDemo<'_>>,
) -> Result<Ended, Failure> {
    if args.wall && args.plain {
        let told = "--wall is a screen across the room, and --plain writes lines: leave one of them away";
        return Err(Failure::Usage(told.to_owned()));
    }
    if args.is_plain() {
        return plain::show(args, systems, demo);
    }
    if !is_on_terminal() {
        let way_out = "midwatch check looks once and needs no terminal, nor does --plain, which writes lines";
        return Err(Failure::Usage(format!("the dashboard needs a terminal on standard input and output; {way_out}")));
    }
    install_panic_hook().map_err(Failure::of)?;
    // nobody is there to answer for what is done
    let read_only = args.read_only || args.wall;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::of)?;
    let ended = runtime.block_on(async {
        let (demo, systems, told, keeper) = match demo {
            Some(make) => {
                let Staged { simulation, systems, told, keeper } = make()?;
                (Some(simulation), systems, Some(told), keeper)
            }
            None => (None, systems, None, None),
        };
        let options = Options {
            local_zone: args.tz.clone().unwrap_or_else(clock::local_zone),
            read_only,
            wall: args.wall,
            demo: told,
        };
        let bench = match &demo {
            // what is tried there is not what the journal of the real systems is about
            Some(demo) => bench::of_demo(demo, read_only),
            None => bench::here(read_only).unwrap_or_else(|failure| desk::nowhere(failure.to_string())),
        };
        let (trouble, settings) = (args.trouble.clone(), again::held(args));
        let files = args.again.as_ref().map(Again::files);
        let has_title = surroundings::has_title(&choice::env);
        let (reach, slow) = (surroundings::reach(&choice::env), args.slow);
        let mut notices = args.notices.clone();
        if demo.is_some() {
            // a simulated alert calls nobody
            notices.command.clear();
        }
        let start = Start {
            systems,
            offers,
            options,
            wardrobe,
            demo,
            bench,
            keeper,
            trouble,
            settings,
            files,
            has_title,
            reach,
            notices,
            slow,
        };
        event_loop::run(start).await.map_err(|e| Failure::Failed(format!("{e:#}")))
    });
    // a name look-up or a file that hangs is not waited for
    runtime.shutdown_background();
    ended
}

fn is_on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// A panic gives the terminal back before it is told, whatever thread it is on, and ends the program: a dashboard
/// without one of its threads would be one that lies. A poll's panic is caught and told on the screen instead.
fn install_panic_hook() -> color_eyre::Result<()> {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    // the demo started from the first screen is the second dashboard of this process
    if INSTALLED.set(()).is_err() {
        return Ok(());
    }
    let (panic, error) = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .panic_section("This is a mistake in midwatch; nothing was changed in the systems it watches.")
        .into_hooks();
    error.install().wrap_err("installing the error report")?;
    let panic = panic.into_panic_hook();
    std::panic::set_hook(Box::new(move |info| {
        if tokio::task::try_id().is_some() {
            return;
        }
        crate::runtime::terminal::restore();
        panic(info);
        std::process::exit(PANICKED);
    }));
    Ok(())
}

/// The name that leaves the choice to the terminal.
pub(super) const AUTO: &str = "auto";

/// The theme of the flags, for what the terminal around us can show. Where nobody chose, the terminal decides whether it
/// is the dark or the light one: by its environment at once, by its own word as soon as it tells.
pub(super) fn wardrobe(args: &Args) -> Result<Wardrobe, Failure> {
    wardrobe_of(args, &themes::library)
}

/// The same out of these themes.
pub(super) fn wardrobe_of(args: &Args, library: &dyn Fn(ColorDepth, bool) -> Library) -> Result<Wardrobe, Failure> {
    let depth = depth(args);
    let library = library(depth, args.ascii || !surroundings::is_unicode(&choice::env));
    let chosen = args.theme.as_deref().filter(|name| *name != AUTO);
    let wardrobe = if let Some(name) = chosen {
        Wardrobe::of(library, name)
    } else {
        let asks = depth != ColorDepth::None && surroundings::tells_its_ground(&choice::env);
        Wardrobe::fitting(library, surroundings::is_light(&choice::env), asks)
    };
    wardrobe.map_err(|error| Failure::Usage(format!("--theme: {error}")))
}

fn depth(args: &Args) -> ColorDepth {
    // to name one of sixteen takes half the bytes
    let few = |depth| match depth {
        ColorDepth::True | ColorDepth::Ansi256 if args.slow => ColorDepth::Ansi16,
        other => other,
    };
    match args.color {
        Some(out::Color::Never) => ColorDepth::None,
        Some(out::Color::Always) => few(surroundings::depth(&choice::env)),
        Some(out::Color::Auto) | None => few(surroundings::wanted(&choice::env)),
    }
}

/// What the first screen tells of each system.
fn offers(catalog: &Catalog) -> Vec<Offer> {
    catalog
        .iter()
        .filter_map(|listed| listed.load().ok())
        .map(|system| Offer {
            name: system.name.to_string(),
            title: system.title.clone(),
            needs: choice::needs(&system),
        })
        .collect()
}
