//! What the loop does outside when an update asks for it: one effect at a time, handed on at once, its answer a message.

use super::{Drilled, Ended, Shell};
use crate::app::act::menu::READ_ONLY;
use crate::app::{Effect, Msg};
use crate::base::SystemName;
use crate::runtime::act::order::Ask;
use crate::runtime::poll::Pollers;
use crate::runtime::terminal::Guard;
use crate::runtime::{clock, drill, signals};
use crate::view;

impl Shell {
    /// Does one thing outside; what came of it is a message.
    pub(super) fn carry_out(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Quit(code) => self.ended = Some(Ended::Code(code)),
            Effect::StartDemo => self.ended = Some(Ended::StartDemo),
            Effect::PollNow(_) => self.pollers.iter().for_each(Pollers::poll_now),
            Effect::Pause(paused) => self.pollers.iter().for_each(|pollers| pollers.pause(paused)),
            Effect::Redraw => self.screen.forget(),
            Effect::AskGround => self.screen.ask_ground(),
            Effect::Forbid => {
                self.desk.forbid(READ_ONLY);
                self.recorder.forbid(READ_ONLY);
            }
            Effect::Floor(floor) => {
                self.pollers.iter().for_each(|pollers| pollers.no_faster_than(floor));
                return Some(Msg::Paced(self.desk.no_faster_than(floor)));
            }
            Effect::ListThemes => return Some(Msg::Themes(self.wardrobe.choices())),
            Effect::Suspend => return Some(Self::suspend()),
            Effect::SetFault { system, fault } => return Some(self.set_fault(system, fault)),
            Effect::Plan { system, action, parameters, items } => {
                self.desk.plan(system, Ask { action, parameters, items, at: None });
            }
            Effect::Run { system, action, parameters, items, shown, given } => {
                self.desk.run(system, Ask { action, parameters, items, at: None }, *shown, given);
            }
            Effect::CancelRun(run) => self.desk.cancel(run),
            Effect::FollowRun(run) => self.desk.follow(run),
            Effect::Notify { system, severity, text } => {
                self.herald.tell(&mut self.screen, &system, severity, &text);
            }
            Effect::Mouse(on) => self.screen.mouse(on),
            Effect::Copy { what, text } => return Some(self.copy(&what, &text)),
            Effect::CopyRow(target) => {
                let theme = self.wardrobe.wear(self.model.theme());
                let (what, text) = view::told(&self.model, theme, &target)?;
                return Some(self.copy(&what, &text));
            }
            Effect::Check { book, n, argv, time_box, is_endless } => {
                self.desk.check(book, n, argv, time_box, is_endless);
            }
            Effect::Query { book, n, query, time_box } => self.desk.query(book, n, query, time_box),
            Effect::Keep { system, fresh } => self.historian.keep(system, fresh, self.model.now),
            Effect::KeepTurns { system, turns } => self.historian.keep_turns(system, turns, self.model.now),
            Effect::ReadIncidents => self.recorder.read(),
            Effect::Record { system, id, opened, events } => {
                self.tell_keeper(&system, &events);
                self.recorder.record(system, id, opened, events);
            }
            Effect::Report(id) => self.recorder.report(id),
            Effect::Handover(alerts) => self.recorder.handover(alerts),
        }
        None
    }

    /// Hands a text to the terminal's clipboard; says how much, or why not. Nobody tells us whether it was taken.
    fn copy(&mut self, what: &str, text: &str) -> Msg {
        let text = self.herald.redact(text);
        match self.screen.copy(&text) {
            Ok(()) => {
                let lines = text.lines().count();
                let plural = if lines == 1 { "" } else { "s" };
                Msg::Told(format!("copied {what}: {lines} line{plural}, {} bytes", text.len()))
            }
            Err(why) => Msg::Told(format!("not copied: {why}")),
        }
    }

    /// What is left of the drill, before its simulation goes.
    pub(super) fn drilled(&mut self) -> Option<Drilled> {
        self.keep();
        let kept = self.keeper.take().map_or(Ok(None), drill::Keeper::end);
        let demo = self.demo.as_ref()?;
        let drilling = self.model.options.demo.as_ref()?.drill.as_deref()?.clone();
        let (runs, told, unread) = match drill::read(demo.state(), &drilling.drill.task().system) {
            Ok((runs, told)) => (runs, told, None),
            Err(error) => (Vec::new(), Vec::new(), Some(error.to_string())),
        };
        // what could not be written while it went on is written now
        let kept = kept.ok().flatten();
        Some(Drilled { drilling, left: clock::now(), runs, told, trouble: unread, kept })
    }

    /// That actions ended simulated faults, once each.
    pub(super) fn repaired(&self) -> Vec<Msg> {
        let (Some(demo), Some(shown)) = (&self.demo, &self.model.options.demo) else { return Vec::new() };
        let news = demo.faults().into_iter().filter_map(|(system, fault)| {
            let known = shown.systems.iter().find(|simulated| simulated.system.as_str() == system)?;
            (known.current != fault).then(|| Msg::FaultSet { system: known.system.clone(), fault: fault.to_owned() })
        });
        news.collect()
    }

    fn set_fault(&mut self, system: SystemName, fault: String) -> Msg {
        let Some(demo) = &self.demo else { return Msg::Failed("there is no demo to put a fault into".to_owned()) };
        if !demo.set_fault(system.as_str(), &fault) {
            return Msg::Failed(format!("{system} has no simulated fault '{fault}'"));
        }
        self.pollers.iter().for_each(Pollers::poll_now);
        Msg::FaultSet { system, fault }
    }

    /// Gives the terminal back, stops until `fg`, takes it again.
    fn suspend() -> Msg {
        crate::runtime::terminal::restore();
        match signals::stop() {
            Ok(()) => Self::retake(),
            Err(error) => Msg::Failed(format!("stopping: {error}")),
        }
    }

    /// Takes the terminal as it was left by whoever had it while we were stopped.
    pub(super) fn retake() -> Msg {
        match Guard::retake() {
            Ok(()) => Msg::Resumed,
            Err(error) => Msg::Failed(format!("taking the terminal over again: {error}")),
        }
    }
}
