//! The dashboard's loop: messages in, effects out, a frame when one is due. Nothing is awaited while a message is
//! handled, and nothing here writes to the terminal: a hung endpoint or a terminal that stopped reading delays no key.

mod effects;
mod inbox;

use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::app::drill::Drilling;
use crate::app::model::Offer;
use crate::app::settings::{Settings, Trouble};
use crate::app::{Effect, Model, Mouse, Msg, Options, Redraw, Spot, update};
use crate::base::{Mono, Now, SystemName};
use crate::config::NoticeSettings;
use crate::incident::{Event, Ran};
use crate::runtime::act::desk::Desk;
use crate::runtime::act::order::Bench;
use crate::runtime::incidents::Recorder;
use crate::runtime::notices::Herald;
use crate::runtime::poll::Pollers;
use crate::runtime::reload::{self, Files, Reread};
use crate::runtime::samples::Historian;
use crate::runtime::signals::{Heard, Signals};
use crate::runtime::terminal::{Guard, HANG_UP, Reach, Screen, watch_for_hang_up};
use crate::runtime::trip::{Site, trip};
use crate::runtime::wardrobe::Wardrobe;
use crate::runtime::{PreparedSystem, clock, drill, input, residency};
use crate::sim;
use crate::view;
use inbox::Inbox;

/// Two frames are at least this far apart: ten a second.
const FRAME: Duration = Duration::from_millis(100);
/// The same over a slow link.
const SLOW_FRAME: Duration = Duration::from_secs(1);
/// Numbers alone move so often over a slow link.
const SLOW_NUMBERS: Duration = Duration::from_secs(10);
/// Answers that come so soon after the first frame are shown together.
const GATHER: Duration = Duration::from_millis(5);
/// Time moves on the screen this often.
const TICK: Duration = Duration::from_secs(1);
/// The first key waits at most so long for what earlier runs wrote down, counted from when it is read.
const RECORDS: Duration = Duration::from_millis(100);
/// Most messages between two frames.
const BATCH: usize = 256;
/// So often the pollers get their turn before the first frame: to connect, to hear that they are, to ask, to send it. A
/// turn is 61 tasks at most, as tokio has it, so that a large fleet does not hold up the frame.
const HEAD_START: u32 = 4;
/// Reports that may wait for the loop.
const REPORTS: usize = 256;

/// What the dashboard starts with.
pub struct Start {
    /// The systems to watch.
    pub systems: Vec<PreparedSystem>,
    /// What the first screen offers when there is none.
    pub offers: Vec<Offer>,
    /// Fixed for the run.
    pub options: Options,
    /// Colours and glyphs.
    pub wardrobe: Wardrobe,
    /// The simulated systems, when this is the demo.
    pub demo: Option<sim::Demo>,
    /// Where acting is journalled, and by whom.
    pub bench: Bench,
    /// What writes the drill of the demo down.
    pub keeper: Option<drill::Keeper>,
    /// What is wrong with the user's own settings.
    pub trouble: Option<String>,
    /// The user's own settings.
    pub settings: Settings,
    /// Where those come from, to be read again when that changes.
    pub files: Option<Files>,
    /// The terminal has a title that can be put back.
    pub has_title: bool,
    /// What can be said to the terminal beside frames.
    pub reach: Reach,
    /// How somebody who looks elsewhere is told.
    pub notices: NoticeSettings,
    /// The link to the terminal is slow, whatever is measured.
    pub slow: bool,
}

/// How the dashboard ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// With this exit code.
    Code(u8),
    /// To be started again as the demo.
    StartDemo,
    /// With this exit code, out of a drill.
    Drilled(u8, Box<Drilled>),
}

/// What is left of a drill.
#[derive(Clone, Debug, PartialEq)]
pub struct Drilled {
    /// What was seen.
    pub drilling: Drilling,
    /// When it was left.
    pub left: Now,
    /// What was run, as the journal of the simulation has it: the system of each, and the run.
    pub runs: Vec<(String, Ran)>,
    /// What was written into the incidents of its system: steps and notes.
    pub told: Vec<Event>,
    /// Why that could not be read.
    pub trouble: Option<String>,
    /// What of it is written down already.
    pub kept: Option<drill::Kept>,
}

/// Runs the dashboard until it is left. Needs a terminal on standard input and output.
pub async fn run(start: Start) -> Result<Ended> {
    let mut signals = Signals::listen().wrap_err("listening for signals")?;
    let guard = Guard::take(start.has_title).wrap_err("taking over the terminal")?;
    watch_for_hang_up().wrap_err("watching the terminal")?;
    let size = input::sane(crossterm::terminal::size().wrap_err("asking the terminal for its size")?);
    let now = clock::now();
    let watches = start.systems.iter().map(|prepared| prepared.watch(now)).collect();
    let mut model = Model::new(watches, start.offers, start.options, size, now);
    model.trouble = Trouble { settings: start.trouble, theme: start.wardrobe.trouble.clone() };
    model.keymap = start.settings.keymap.clone();
    model.settings = start.settings;
    if model.trouble.theme.is_some() {
        // mended, it is one that is asked for anew
        model.settings.theme = None;
    }
    model.slow = start.slow;
    // nobody sits before a wall
    model.mouse = model.settings.mouse && !model.options.wall;
    model.notices.at_least = (!start.notices.is_off()).then_some(start.notices.at_least);
    model.recovery.desk.awaited = true;
    model.recovery.variables =
        start.systems.iter().map(|own| (own.system.name.clone(), own.variables.without_secrets())).collect();
    start.wardrobe.name().clone_into(&mut model.themes.kept);
    model.themes.asked = start.wardrobe.asks.then_some(now.mono);
    let (reports, received) = mpsc::channel(REPORTS);
    let (told, acts) = mpsc::unbounded_channel();
    let (reread, settings) = mpsc::unbounded_channel();
    let mut shell = Shell {
        model,
        wardrobe: start.wardrobe,
        screen: Screen::new(start.has_title, start.reach, start.slow).wrap_err("starting the screen")?,
        drawn: None,
        pictured: None,
        gather: soon(),
        asked: false,
        pollers: None,
        files: start.files.map(|files| (files, reread)),
        settled: None,
        historian: Historian::start(&start.systems, start.bench.state.clone(), now, told.clone()),
        herald: Herald::new(start.notices, &start.systems, &start.bench.path, told.clone()),
        recorder: Recorder::start(&start.systems, start.bench.clone(), told.clone()),
        desk: Desk::new(&start.systems, start.bench, told),
        demo: start.demo,
        keeper: start.keeper,
        ended: None,
    };
    if shell.model.mouse {
        shell.screen.mouse(true);
    }
    if shell.wardrobe.asks {
        shell.screen.ask_ground();
    }
    shell.pollers = Some(Pollers::start(&start.systems, &reports));
    // the kernel connects and the other side reads the first question while the first frame is made, which waits for none
    for _ in 0..HEAD_START {
        tokio::task::yield_now().await;
    }
    shell.draw();
    shell.gather = soon() + GATHER;
    let keys = input::start().wrap_err("reading keys")?;
    let keeping_small = tokio::spawn(residency::keep_small());
    let ended = shell.live(&mut signals, Inbox { keys, acts, settings, reports: received }).await;
    keeping_small.abort();
    shell.keep_samples();
    let drilled = shell.drilled();
    shell.screen.finish();
    drop(guard);
    Ok(match (ended?, drilled) {
        (Ended::Code(code), Some(drilled)) => Ended::Drilled(code, Box::new(drilled)),
        (ended, _) => ended,
    })
}

/// The model and everything that effects reach.
struct Shell {
    model: Model,
    wardrobe: Wardrobe,
    screen: Screen,
    /// When the last frame was posted, and how long it took to make.
    drawn: Option<(Instant, Duration)>,
    /// Since when the dialog that is drawn is what it is.
    pictured: Option<Mono>,
    /// Until when first answers wait for one another.
    gather: Instant,
    /// True when the owed frame answers a key or a new size, or shows a first answer.
    asked: bool,
    pollers: Option<Pollers>,
    /// Where the settings come from, until they are watched.
    files: Option<(Files, mpsc::UnboundedSender<Reread>)>,
    /// When [`Shell::settle`] began what it begins.
    settled: Option<Instant>,
    desk: Desk,
    recorder: Recorder,
    historian: Historian,
    herald: Herald,
    demo: Option<sim::Demo>,
    keeper: Option<drill::Keeper>,
    ended: Option<Ended>,
}

impl Shell {
    async fn live(&mut self, signals: &mut Signals, mut inbox: Inbox) -> Result<Ended> {
        let mut tick = tokio::time::interval_at(soon() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.ended.is_none() {
            let due = self.frame_due();
            let msg = tokio::select! {
                biased;
                heard = signals.next() => match heard {
                    Heard::End(code) => return Ok(Ended::Code(code)),
                    Heard::Continued => Self::retake(),
                },
                msg = inbox.keys.recv() => match msg {
                    Some(msg) => msg,
                    // without keys nobody could leave any more
                    None => return Ok(Ended::Code(HANG_UP)),
                },
                () = sleep_until(due), if due.is_some() => { self.draw(); continue }
                _ = tick.tick() => Msg::Tick,
                Some(msg) = inbox.acts.recv() => msg,
                Some(Reread { news, wardrobe }) = inbox.settings.recv() => {
                    if let Some(other) = wardrobe {
                        self.wardrobe.renew(other);
                    }
                    Msg::Settings(news)
                }
                Some(report) = inbox.reports.recv() => inbox.with_others(report),
            };
            let ticked = matches!(msg, Msg::Tick);
            if ticked {
                // before this second is written down: what earlier runs saw is read as they left it
                self.settle();
            }
            if matches!(msg, Msg::Key(_)) {
                self.learn_of_before(&mut inbox).await;
            }
            self.handle(msg);
            self.keep();
            if ticked {
                self.repaired().into_iter().for_each(|repaired| self.handle(repaired));
            }
            // take in what has come meanwhile, then draw once; a flood must not keep signals waiting
            for _ in 0..BATCH {
                let Some(msg) = inbox.waiting() else { break };
                self.handle(msg);
            }
            if ticked {
                self.look_at_the_link();
                if self.model.redraw == Redraw::Soon && self.are_numbers_due() {
                    self.model.redraw = Redraw::Now;
                }
            }
            if self.frame_due().is_some_and(|due| due <= soon()) {
                self.draw();
            }
            if !self.is_starting() {
                self.settle();
            }
        }
        Ok(self.ended.take().unwrap_or(Ended::Code(0)))
    }

    /// Begins what nobody waits for in the first moment: journal, incidents and samples of before are read, the settings
    /// are watched. Each is a thread of its own, and would share the machine with the first answers.
    fn settle(&mut self) {
        if self.settled.is_some() {
            return;
        }
        self.settled = Some(soon());
        // what made the first frames is not needed again
        residency::give_back();
        self.desk.watch();
        self.recorder.read();
        self.historian.restore();
        if let Some((files, reread)) = self.files.take() {
            reload::watch(files, reread);
        }
    }

    /// Before the first key: it may go on with what an earlier run began. A disk that is slow is not waited for.
    async fn learn_of_before(&mut self, inbox: &mut Inbox) {
        self.settle();
        let until = self.settled.map_or_else(soon, |began| began + RECORDS);
        while self.model.recovery.desk.awaited {
            let Ok(Some(msg)) = tokio::time::timeout_at(until, inbox.acts.recv()).await else { return };
            self.handle(msg);
        }
    }

    fn handle(&mut self, msg: Msg) {
        let msg = match msg {
            Msg::Mouse(Mouse::Press(x, y)) if self.model.mouse => match self.spot((x, y)) {
                Some(spot) => Msg::Pointed(spot),
                None => return,
            },
            msg => msg,
        };
        if matches!(msg, Msg::Key(_)) {
            trip(Site::Update);
            self.tell_what_is_seen();
        }
        self.asked |= match msg {
            Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(_) | Msg::Pointed(_) | Msg::Resize(..) => true,
            // before it is taken in: the one that ends the start is shown at once too
            Msg::Reports(_) => self.is_starting(),
            _ => false,
        };
        for effect in update(&mut self.model, msg, clock::now()) {
            if let Some(msg) = self.carry_out(effect) {
                let more = update(&mut self.model, msg, clock::now());
                debug_assert!(
                    more.iter().all(|effect| *effect == Effect::Redraw),
                    "an effect's answer asks for nothing more"
                );
                if more.contains(&Effect::Redraw) {
                    self.screen.forget();
                }
            }
        }
    }

    /// Before a key that may confirm: since when what it would confirm is on the terminal. Over a slow link that is long
    /// after it was drawn; while it is not, that is not before now.
    fn tell_what_is_seen(&mut self) {
        let Some(since) = self.model.confirming() else { return };
        let drawn = self.pictured.is_some_and(|pictured| pictured >= since);
        let reached = self.screen.reached().filter(|_| drawn);
        self.handle(Msg::Seen(reached.unwrap_or_else(|| clock::now().mono)));
        if drawn {
            // the same picture, although it counts from later on
            self.pictured = self.model.confirming();
        }
    }

    /// What has come since the last batch.
    fn keep_samples(&mut self) {
        for watch in &mut self.model.systems {
            self.historian.keep_turns(watch.system.name.clone(), watch.turns(), self.model.now);
            self.historian.keep(watch.system.name.clone(), watch.store.fresh(self.model.kept), self.model.now);
        }
        self.historian.end();
    }

    /// What of the screen stands in a cell.
    fn spot(&mut self, cell: (u16, u16)) -> Option<Spot> {
        let theme = self.wardrobe.wear(self.model.theme());
        view::spot(&self.model, theme, cell)
    }

    /// What of the drill is new.
    fn keep(&mut self) {
        let drilling = self.model.options.demo.as_ref().and_then(|demo| demo.drill.as_deref());
        if let (Some(keeper), Some(drilling)) = (&mut self.keeper, drilling) {
            keeper.keep(drilling);
        }
    }

    /// Steps and notes of the drill's system, before its end.
    fn tell_keeper(&self, system: &SystemName, events: &[Event]) {
        let drilling = self.model.options.demo.as_ref().and_then(|demo| demo.drill.as_deref());
        let is_its = |of: &&Drilling| of.drill.over().is_none() && of.drill.task().system == system.as_str();
        if let (Some(keeper), Some(_)) = (&self.keeper, drilling.filter(is_its)) {
            keeper.told(events);
        }
    }

    /// True until every component has answered, or has timed out, once.
    fn is_starting(&self) -> bool {
        self.model.systems.iter().any(|watch| watch.situation.starting)
    }

    /// Takes in that the link to the terminal has become slow, or fast again.
    fn look_at_the_link(&mut self) {
        let slow = self.screen.is_slow();
        if slow != self.model.slow {
            self.handle(Msg::Link { slow });
        }
    }

    /// True when a frame may be drawn for numbers alone.
    fn are_numbers_due(&self) -> bool {
        // a tick comes a little early or late
        !self.model.slow || self.drawn.is_none_or(|(at, _)| at.elapsed() + TICK / 2 >= SLOW_NUMBERS)
    }

    /// When the next frame may be posted, if one is owed at once.
    fn frame_due(&self) -> Option<Instant> {
        // the answer to a key waits for no data; half of the time at most goes into frames, however many keys there are
        let apart = if self.model.slow { SLOW_FRAME } else { FRAME };
        let due = |(at, took)| at + if self.asked { took } else { apart };
        let due = |drawn| if self.is_starting() { self.gather.max(due(drawn)) } else { due(drawn) };
        (self.model.redraw == Redraw::Now).then(|| self.drawn.map_or_else(soon, due))
    }

    fn draw(&mut self) {
        self.model.redraw = Redraw::No;
        self.asked = false;
        let begun = soon();
        let theme = self.wardrobe.wear(self.model.theme());
        match self.screen.draw(&self.model, theme) {
            Ok(reach) => self.model.reach = reach,
            // a terminal that takes no writes is gone, whether or not the signal has come yet
            Err(_) => self.ended = Some(Ended::Code(HANG_UP)),
        }
        let confirming = self.model.confirming();
        if confirming > self.pictured {
            self.screen.expect();
        }
        self.pictured = confirming;
        let at = soon();
        self.drawn = Some((at, at - begun));
    }
}

/// Now, on the timers' own clock.
fn soon() -> Instant {
    Instant::now()
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
}
