//! Tells somebody who looks elsewhere that an alert fires: a sign for the terminal, a program of the user's own. What runs,
//! runs on a thread of its own with a time; nothing waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::Msg;
use crate::base::{Redactor, Severity, Shown, SystemName};
use crate::config::NoticeSettings;
use crate::runtime::terminal::Screen;
use crate::runtime::{PreparedSystem, headless, walk};

/// How long the program may take.
const TIME: Duration = Duration::from_secs(10);
/// Longest text, in columns: it is read at a glance.
const LONGEST: usize = 200;
/// What such a program needs beside what every program gets.
const SURROUNDINGS: [&str; 7] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "TMUX",
    "SSH_AUTH_SOCK",
];

/// What tells.
pub(super) struct Herald {
    settings: NoticeSettings,
    redactors: HashMap<SystemName, Redactor>,
    /// Where programs are looked for, as in `PATH`.
    path: String,
    told: mpsc::UnboundedSender<Msg>,
    /// One program at a time.
    busy: Arc<AtomicBool>,
}

impl Herald {
    pub(super) fn new(
        settings: NoticeSettings,
        systems: &[PreparedSystem],
        path: &str,
        told: mpsc::UnboundedSender<Msg>,
    ) -> Self {
        let of = |prepared: &PreparedSystem| (prepared.system.name.clone(), prepared.redactor.clone());
        let redactors = systems.iter().map(of).collect();
        Self { settings, redactors, path: path.to_owned(), told, busy: Arc::default() }
    }

    /// Tells of an alert.
    pub(super) fn tell(&self, screen: &mut Screen, system: &SystemName, severity: Severity, text: &str) {
        let redactor = self.redactors.get(system).cloned().unwrap_or_default();
        let text = Shown::from_remote(&redactor.redact(text)).into_string();
        let text: String = text.chars().take(LONGEST).collect();
        let title = format!("midwatch {} {system}", severity.word().to_uppercase());
        screen.signal(&self.settings.terminal, &title, &text);
        let argv = self.settings.filled(severity.word(), system.as_str(), &text);
        if !argv.is_empty() && !self.busy.swap(true, Ordering::SeqCst) {
            self.run(argv, redactor);
        }
    }

    /// A text without the secrets of any system.
    pub(super) fn redact(&self, text: &str) -> String {
        self.redactors.values().fold(text.to_owned(), |text, redactor| redactor.redact(&text))
    }

    fn run(&self, argv: Vec<String>, redactor: Redactor) {
        let (path, told, busy) = (self.path.clone(), self.told.clone(), Arc::clone(&self.busy));
        let work = move || {
            // nobody asks for its end: its time is short
            let (_asks, cancelled) = tokio::sync::watch::channel(false);
            let names = SURROUNDINGS.map(|name| (name.to_owned(), None));
            let terms = walk::Terms {
                path: &path,
                time_box: TIME,
                is_endless: false,
                environment: &names,
                redactor: &redactor,
                cancelled,
            };
            let ran = headless::run(walk::run(&argv, terms, &mut |_, _| {}));
            let why = match ran {
                Ok(ran) if ran.is_good => None,
                Ok(ran) => Some(ran.ended.unwrap_or_else(|why| why)),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = why {
                let program = argv.first().map(String::as_str).unwrap_or_default();
                let _ = told.send(Msg::Failed(format!("notice by {program}: {why}")));
            }
            busy.store(false, Ordering::SeqCst);
        };
        if thread::Builder::new().name("notice".into()).spawn(work).is_err() {
            self.busy.store(false, Ordering::SeqCst);
        }
    }
}
