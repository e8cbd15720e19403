//! `--plain`: the systems of the dashboard, or of the demo, as lines on standard output. Nothing can be run from there.

use crate::base::text::ascii;
use crate::cli::again::{self, Again};
use crate::cli::dashboard::{Args, MakeDemo, Staged};
use crate::cli::{Failure, catalog, choice, look, out, surroundings};
use crate::runtime::event_loop::Ended;
use crate::runtime::{PreparedSystem, headless};

/// Writes lines until a signal, or until nobody reads any more.
pub(super) fn show(args: &Args, systems: Vec<PreparedSystem>, demo: Option<&MakeDemo<'_>>) -> Result<Ended, Failure> {
    if let Some(trouble) = &args.trouble {
        out::error(trouble);
    }
    let is_unicode = !args.ascii && surroundings::is_unicode(&choice::env);
    let own = headless::plain::Own { settings: again::held(args), files: args.again.as_ref().map(Again::files) };
    let ended = headless::run(async {
        // the simulation lives for as long as it is watched
        let (_simulation, systems) = match demo {
            Some(make) => {
                let Staged { simulation, systems, .. } = make()?;
                (Some(simulation), systems)
            }
            None => (None, systems),
        };
        if systems.is_empty() {
            return Err(Failure::Usage(choice::nothing_to_watch(&catalog::load())));
        }
        let dress = |line: &str| {
            let line = look::redact(&systems, line);
            if is_unicode { line } else { ascii(&line).into_owned() }
        };
        let code = headless::plain::watch(&systems, own, &dress).await;
        code.map_err(|error| Failure::Failed(format!("writing to standard output: {error}")))
    });
    ended.map_err(Failure::of)?.map(Ended::Code)
}
