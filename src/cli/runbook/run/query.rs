//! A step that asks a database: in one transaction that may only read. Its rows are shown, and the first of them kept in the
//! record; where the step expects something, that decides.

use std::time::Duration;

use crate::action::Stream;
use crate::cli::Failure;
use crate::cli::runbook::run::walker::{Came, KEPT, Walker};
use crate::cli::runbook::run::{FAILED, NOT_VERIFIED, REFUSED};
use crate::incident::Told;
use crate::incident::walk::{asked, begun};
use crate::report::act as lines;
use crate::runbook::walk::{Mark, Query};
use crate::runtime::walk as world;

impl Walker<'_> {
    /// Asks, and looks at what the step expects.
    pub(super) async fn query(&mut self, n: usize, query: &Query, time_box: Duration) -> Result<Came, Failure> {
        if let Some(why) = &self.prepared.distrust {
            return Ok(Came::Marked { mark: Mark::Failed { why: why.clone() }, code: REFUSED });
        }
        let asked = asked(query);
        self.record.tell(begun(&self.walk, n).map(|told| Told { asked: asked.clone(), ..told }))?;
        let ran = world::ask(self.prepared, query, time_box).await;
        for line in &ran.lines {
            self.args.say(&lines::line(Stream::Out, line))?;
        }
        let unanswered = ran.ended.as_ref().err().cloned();
        // without an answer it is looked at all the same: that there is none may be what is found
        if let Some(why) = unanswered.as_deref().filter(|_| self.walk.condition(n).is_some()) {
            self.args.say(&format!("       not answered: {why}\n"))?;
        }
        let mark = match (self.expected(n, unanswered.as_deref()).await?, ran.ended) {
            (Some(mark), _) => mark,
            (None, Ok(what)) => Mark::Found { what, as_expected: None },
            (None, Err(why)) => Mark::Failed { why },
        };
        let code = if matches!(mark, Mark::NotVerified { .. }) { NOT_VERIFIED } else { FAILED };
        // the names of the columns stand first, and a rule beneath them
        let is_told = |line: &String| line.contains(|c| c != '-' && c != ' ');
        Ok(Came::Asked { mark, code, asked, lines: ran.lines.into_iter().filter(is_told).take(KEPT).collect() })
    }
}
