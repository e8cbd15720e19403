//! Old runs: what their feeds told is in the journal as far as it counts, so that the folders of those go that nobody
//! will look at again. Never one whose runner lives, never anything that is no run.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::action::RunId;
use crate::record::{PlaceError, StateDir};
use crate::runtime::act::feed;

/// The newest ones stay, however old.
const KEPT: usize = 200;
/// And whatever is younger.
const AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Removes old runs; returns how many.
pub(super) fn sweep(state: &StateDir, now: Timestamp) -> Result<usize, PlaceError> {
    let runs = state.folder(feed::RUNS)?;
    // a UUID of version 7 begins with its time, so that names sort by it
    let all: Vec<(String, RunId)> =
        runs.names()?.into_iter().filter_map(|name| RunId::new(&name).map(|run| (name, run))).collect();
    let older = all.len().saturating_sub(KEPT);
    let mut swept = 0;
    for (name, run) in all.iter().take(older) {
        if !is_old(run, now) || feed::is_live(state, run) {
            continue;
        }
        let folder = runs.folder(name)?;
        for file in folder.names()? {
            folder.remove(&file)?;
        }
        runs.remove_folder(name)?;
        swept += 1;
    }
    Ok(swept)
}

fn is_old(run: &RunId, now: Timestamp) -> bool {
    let began = Uuid::try_parse(run.as_str()).ok().and_then(|id| id.get_timestamp()).map(|at| at.to_unix().0);
    let age = |began: u64| u64::try_from(now.as_second()).ok()?.checked_sub(began);
    // what tells no time is not ours
    began.and_then(age).is_some_and(|age| age > AGE.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Phase, RunEvent};
    use crate::runtime::act::feed::Feed;

    const NOW: u64 = 1_795_316_000;

    fn run(days_ago: u64, n: u8) -> RunId {
        let began = NOW - days_ago * 24 * 3600;
        let mut bytes = [n; 10];
        bytes[0] = 0;
        let id = uuid::Builder::from_unix_timestamp_millis(began * 1000, &bytes).into_uuid();
        RunId::new(&id.to_string()).unwrap()
    }

    fn made(state: &StateDir, run: &RunId) -> Feed {
        let mut feed = Feed::create(state, run).unwrap();
        feed.say(&RunEvent::Entered { at: Timestamp::UNIX_EPOCH, phase: Phase::Checking }).unwrap();
        feed::cancel(state, run, "alice").unwrap();
        feed
    }

    fn names(state: &StateDir) -> Vec<String> {
        state.folder(feed::RUNS).unwrap().names().unwrap()
    }

    #[test]
    fn only_what_is_old_and_beyond_the_newest_and_has_ended_goes() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(&home.path().join("state")).unwrap();
        let now = Timestamp::from_second(i64::try_from(NOW).unwrap()).unwrap();
        let (live, old, young) = (run(90, 1), run(60, 2), run(29, 3));
        let held = made(&state, &live);
        made(&state, &old);
        made(&state, &young);
        state.folder(feed::RUNS).unwrap().folder("notes").unwrap();
        assert_eq!(sweep(&state, now).unwrap(), 0, "all three are among the newest");
        (0..KEPT).for_each(|n| drop(made(&state, &run(40, u8::try_from(n).unwrap()))));
        assert_eq!(sweep(&state, now).unwrap(), 2, "the old one, and the first of those of 40 days ago");
        let left = names(&state);
        assert!(!left.contains(&old.to_string()));
        for kept in [live.as_str(), young.as_str(), "notes"] {
            assert!(left.iter().any(|name| name == kept), "{kept}");
        }
        drop(held);
        assert_eq!(sweep(&state, now).unwrap(), 1, "its runner is gone");
        assert_eq!(names(&state).len(), KEPT + 1);
    }
}
