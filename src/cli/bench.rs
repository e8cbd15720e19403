//! What our surroundings contribute to acting: the state folder, the search path, who sits here.

use crate::app::act::menu::READ_ONLY;
use crate::cli::{Failure, choice, places};
use crate::record::Who;
use crate::runtime::act::order::Bench;
use crate::runtime::clock;
use crate::sim;

/// As it is here.
pub(super) fn here(read_only: bool) -> Result<Bench, Failure> {
    let state = places::state().ok_or_else(|| {
        Failure::Failed("there is no folder for the journal, so nothing is run: set HOME or XDG_STATE_HOME".to_owned())
    })?;
    let path = choice::env("PATH").unwrap_or_default();
    Ok(Bench { state, path, who: Who::here(), forbidden: read_only.then(|| READ_ONLY.to_owned()) })
}

/// In the demo: its own journal, and its stand-ins for the programs that act.
pub(super) fn of_demo(demo: &sim::Demo, read_only: bool) -> Bench {
    Bench {
        state: demo.state().to_owned(),
        path: demo.path(),
        who: if clock::still().is_some() { somebody() } else { Who::here() },
        forbidden: read_only.then(|| READ_ONLY.to_owned()),
    }
}

/// Who sits before a picture: the same on every machine.
fn somebody() -> Who {
    let (user, host) = ("oncall".to_owned(), "laptop".to_owned());
    Who { user, host, tty: None, sudo_user: None, ssh: None, ..Who::here() }
}
