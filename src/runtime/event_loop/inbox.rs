//! Where the loop's messages come from. Awaits nothing itself.

use tokio::sync::mpsc;

use super::REPORTS;
use crate::app::Msg;
use crate::app::msg::Report;
use crate::runtime::reload::Reread;

/// Where messages come from.
pub(super) struct Inbox {
    pub(super) keys: mpsc::Receiver<Msg>,
    pub(super) acts: mpsc::UnboundedReceiver<Msg>,
    pub(super) settings: mpsc::UnboundedReceiver<Reread>,
    pub(super) reports: mpsc::Receiver<Report>,
}

impl Inbox {
    /// One that waits already.
    pub(super) fn waiting(&mut self) -> Option<Msg> {
        let asked = self.keys.try_recv().ok().or_else(|| self.acts.try_recv().ok());
        asked.or_else(|| self.reports.try_recv().ok().map(|first| self.with_others(first)))
    }

    /// A report, with those that wait behind it.
    pub(super) fn with_others(&mut self, first: Report) -> Msg {
        let mut all = vec![first];
        while let Some(next) = (all.len() < REPORTS).then(|| self.reports.try_recv().ok()).flatten() {
            all.push(next);
        }
        Msg::Reports(all)
    }
}
