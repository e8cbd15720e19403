//! How a program is started in a PTY: size, arguments, environment, folder. Waits for nothing.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{tcgetattr, tcsetwinsize};

use crate::support::pty::{Pty, PtyError, io, winsize};

/// Starts the program as leader of its own session whose controlling terminal is its standard input. A child can only
/// do that between fork and exec; util-linux has it as a program, which saves us the unsafe code.
const SETSID: &str = "/usr/bin/setsid";

/// A program to start, with nothing of our own environment.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    cwd: PathBuf,
    size: (u16, u16),
    patience: Duration,
}

impl Program {
    /// A program by its path, at 80x24 in `/`, with an empty environment.
    pub(crate) fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: PathBuf::from("/"),
            size: (80, 24),
            patience: Duration::from_secs(60),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds one environment variable.
    #[must_use]
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub(crate) fn cwd(mut self, dir: impl AsRef<Path>) -> Self {
        dir.as_ref().clone_into(&mut self.cwd);
        self
    }

    /// Sets the size in cells.
    #[must_use]
    pub(crate) fn size(mut self, cols: u16, rows: u16) -> Self {
        self.size = (cols, rows);
        self
    }

    /// Sets how long each wait may last; 60 s if unset, since a loaded machine is slow.
    #[must_use]
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Result<Pty, PtyError> {
        let (cols, rows) = self.size;
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).map_err(io("open a PTY"))?;
        unlockpt(&master).map_err(io("unlock the PTY"))?;
        tcsetwinsize(&master, winsize(cols, rows)).map_err(io("set the window size"))?;
        fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK).map_err(io("make the PTY non-blocking"))?;
        let modes_at_start = tcgetattr(&master).map_err(io("read the terminal modes"))?;
        let child = self.spawn(&master)?;
        Pty::over(master, child, modes_at_start, self.size, self.patience)
    }

    fn spawn(&self, master: &OwnedFd) -> Result<Child, PtyError> {
        let slave = ioctl_tiocgptpeer(master, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .map_err(io("open the terminal side"))?;
        let stdio = || slave.try_clone().map(Stdio::from).map_err(|e| io("open the terminal side")(e));
        Command::new(SETSID)
            .arg("--ctty")
            .arg(&self.path)
            .args(&self.args)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.cwd)
            .stdin(stdio()?)
            .stdout(stdio()?)
            .stderr(stdio()?)
            .spawn()
            .map_err(|e| io(&format!("start {} by {SETSID} (package util-linux)", self.path.display()))(e))
    }
}
