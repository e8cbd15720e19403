//! What came of carrying a call out, before any verification: how it ended, item by item where it was about several.

use serde::{Deserialize, Serialize};

use crate::base::Shown;

/// How the operation itself ended. Never success: only the verification of its effect says that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The process exited with 0, the request was accepted, rq took it.
    Accepted,
    /// It was refused, or ended with an error.
    Failed,
    /// It did not end in time, and was ended.
    TimedOut,
    /// Somebody asked for it to be ended.
    Cancelled,
    /// It may or may not have happened: the request was sent and no answer came.
    Unknown,
}

/// What came of one item of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemEnd {
    /// Done.
    Done,
    /// It is not there any more: nothing to do.
    Gone,
    /// Left alone, and why.
    Skipped(String),
    /// Not done, and why.
    Failed(String),
}

/// One item of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// What came of it.
    pub end: ItemEnd,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// How it ended.
    pub end: End,
    /// Why, in words, sanitised and redacted; empty where there is nothing to say.
    pub reason: String,
    /// Exit code of a process.
    pub exit_code: Option<i32>,
    /// Status of the (last) HTTP answer.
    pub http_status: Option<u16>,
    /// Did every answer prove the effect? None where no answer is asked for it.
    pub proved: Option<bool>,
    /// One for each item, where it was about several.
    pub items: Vec<Item>,
    /// Processes that it left running: `pid 4711: sleep 60`.
    pub left_running: Vec<String>,
    /// How to undo it, in words or as a path of the copy that was kept.
    pub undo: Option<String>,
}

impl Done {
    /// An end with a reason and nothing more to tell.
    pub fn new(end: End, reason: &str) -> Self {
        Self {
            end,
            reason: Shown::from_remote(reason).as_str().to_owned(),
            exit_code: None,
            http_status: None,
            proved: None,
            items: Vec::new(),
            left_running: Vec::new(),
            undo: None,
        }
    }

    /// How many items ended so: done, gone, skipped, failed.
    pub fn counts(&self) -> [usize; 4] {
        self.items.iter().fold([0; 4], |mut counts, item| {
            let at = match item.end {
                ItemEnd::Done => 0,
                ItemEnd::Gone => 1,
                ItemEnd::Skipped(_) => 2,
                ItemEnd::Failed(_) => 3,
            };
            counts[at] += 1;
            counts
        })
    }
}
