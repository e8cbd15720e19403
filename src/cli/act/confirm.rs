//! Asks whoever sits at the terminal to confirm: Enter, `y`, or the system's name, as the dialog of the dashboard does.
//! What was typed before the question was seen counts for nothing.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::time::Duration;

use rustix::termios::{QueueSelector, tcflush};

use crate::action::{Confirm, Preview};
use crate::cli::{Failure, out};

/// What is typed so soon was not meant as the answer.
const TOO_SOON: Duration = Duration::from_millis(300);
/// Longest answer that is read, in bytes.
const LONGEST: u64 = 4096;

/// Is there somebody to ask?
pub(in crate::cli) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks as the preview wants it; none where the answer is not that. Waits for a line.
pub(in crate::cli) fn ask(preview: &Preview) -> Result<Option<Confirm>, Failure> {
    let what = match preview.confirm {
        Confirm::Enter => "Enter".to_owned(),
        Confirm::Yes => "y and Enter".to_owned(),
        Confirm::Name => format!("{} and Enter", preview.system),
    };
    out::print(&format!("  {:<12}{what}; anything else runs nothing: ", "run it with"))?;
    let answer = line()?;
    Ok(Some(preview.confirm).filter(|wanted| answer.is_some_and(|answer| is_given(*wanted, &answer, preview))))
}

/// A line that was typed after its question was seen, without its end; none where the input ended.
pub(in crate::cli) fn line() -> Result<Option<String>, Failure> {
    std::thread::sleep(TOO_SOON);
    tcflush(io::stdin(), QueueSelector::IFlush).map_err(Failure::of)?;
    let mut answer = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut answer);
    // the end of the input is no Enter, and what is no text is no answer
    let is_line = read.is_ok() && answer.ends_with('\n');
    Ok(is_line.then(|| answer.trim_end_matches(['\n', '\r']).to_owned()))
}

fn is_given(wanted: Confirm, answer: &str, preview: &Preview) -> bool {
    match wanted {
        Confirm::Enter => answer.is_empty(),
        Confirm::Yes => answer == "y",
        Confirm::Name => answer == preview.system,
    }
}
