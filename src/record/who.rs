//! Who sits at this terminal, as far as the system tells it. The user id is certain; the rest is what the surroundings
//! say.

use std::fs;
use std::path::Path;

use crate::base::Shown;
use crate::record::chain::Who;

impl Who {
    /// The user of this process. To be asked where the operator sits: a detached runner has no terminal.
    pub fn here() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let user = account(uid).or_else(|| env("USER")).or_else(|| env("LOGNAME"));
        Self {
            user: user.unwrap_or_else(|| format!("uid {uid}")),
            uid,
            sudo_user: env("SUDO_USER"),
            ssh: env("SSH_CONNECTION").and_then(|text| text.split(' ').next().map(str::to_owned)),
            tty: tty(),
            host: Shown::from_remote(&rustix::system::uname().nodename().to_string_lossy()).into_string(),
            pid: std::process::id(),
        }
    }
}

fn env(name: &str) -> Option<String> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(Shown::from_remote(&text).into_string())
}

/// The name of a user id in this machine's own list of accounts.
fn account(uid: u32) -> Option<String> {
    let accounts = fs::read_to_string(Path::new("/etc/passwd")).ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| Shown::from_remote(name).into_string())
    })
}

/// `pts/3`; the first of the three standard streams that is a terminal.
fn tty() -> Option<String> {
    let name = rustix::termios::ttyname(std::io::stdin(), Vec::new())
        .or_else(|_| rustix::termios::ttyname(std::io::stdout(), Vec::new()))
        .or_else(|_| rustix::termios::ttyname(std::io::stderr(), Vec::new()))
        .ok()?;
    let name = name.to_string_lossy();
    Some(Shown::from_remote(name.strip_prefix("/dev/").unwrap_or(&name)).into_string())
}
