//! `midwatch incident close`: over is what was looked at and is over. Everything else is closed with a reason, and says so.

use crate::base::Period;
use crate::cli::incident::desk::{self, Desk};
use crate::cli::incident::{REFUSED, refused, said};
use crate::cli::out::{self, Format};
use crate::cli::{Failure, Outcome, choice, look};
use crate::incident::{Closing, Event, Incident, IncidentId, Kind};
use crate::runtime::clock;
use crate::watch::incident::{Standing, courses, kept, standing};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Its id, the beginning of one, or `last`
    id: String,
    /// Close it without a look, and why; it does not count as verified
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Keep looking for so long (90s, 5m), for rules that one look cannot tell
    #[arg(long = "for", value_name = "DURATION")]
    hold: Option<Period>,
    #[command(flatten)]
    choice: choice::Args,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn under(mut self, top: choice::Args) -> Self {
        self.choice = self.choice.under(top);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let reason = args.reason.as_deref().map(|reason| said(reason, "--reason")).transpose()?;
    let desk = Desk::existing()?;
    let id = desk.find(&args.id)?;
    let incident = desk.incident(&id)?;
    if let Some(closed) = &incident.closed {
        return Ok(refused(&format!(
            "{id} was closed by {} at {}",
            closed.by,
            closed.at.strftime("%Y-%m-%d %H:%M UTC")
        )));
    }
    if incident.is_drill() && reason.is_none() {
        return Ok(refused(&format!(
            "{id} was a drill: the real system tells nothing of it; close it with --reason TEXT"
        )));
    }
    let (desk, how, more) = match reason {
        Some(reason) => (desk.knowing(id.system(), &args.choice), Closing::Reason { reason }, Vec::new()),
        None => match looked(desk, args, &incident)? {
            (desk, Standing { over, against }, more) if against.is_empty() => {
                (desk, Closing::Verified { evidence: over }, more)
            }
            (_, standing, _) => return stands(args, &id, &standing),
        },
    };
    let mut events = more;
    events.push(Event::new(clock::now().wall, desk.by(), Kind::Closed { how: how.clone() }));
    desk.append(&id, &events)?;
    let (verified, told) = match how {
        Closing::Verified { evidence } => (true, evidence),
        Closing::Reason { reason } => (false, vec![format!("not verified: {reason}")]),
    };
    match args.format {
        Format::Json => {
            let told = serde_json::json!({ "id": id, "outcome": "closed", "verified": verified, "evidence": told });
            out::print(&format!("{told:#}\n"))?;
        }
        Format::Text => out::tell(&format!("closed {id}\n{}", lines(&told)))?,
    }
    Ok(0)
}

/// One look at what opened it, and the courses that go on to its end.
fn looked(desk: Desk, args: &Args, incident: &Incident) -> Result<(Desk, Standing, Vec<Event>), Failure> {
    let against = |why: String| Standing { over: Vec::new(), against: vec![why] };
    let prepared = match choice::of_name(&incident.system, &args.choice) {
        Ok(prepared) => prepared,
        Err(error) => {
            return Ok((desk, against(format!("{} cannot be looked at: {error}", incident.system)), Vec::new()));
        }
    };
    let desk = desk.redacting(prepared.redactor.clone());
    if !prepared.is_configured() {
        let why = format!("{} cannot be told: nothing of it is configured here", incident.system);
        return Ok((desk, against(why), Vec::new()));
    }
    let watch = desk::look_at(&prepared, look::hold(args.hold))?;
    let now = clock::now();
    let mut standing = standing(&watch, incident, now);
    for told in standing.over.iter_mut().chain(&mut standing.against) {
        *told = prepared.redactor.redact(told);
    }
    Ok((desk, standing, courses(&watch, &kept(incident), now)))
}

fn stands(args: &Args, id: &IncidentId, standing: &Standing) -> Outcome {
    match args.format {
        Format::Json => {
            let told = serde_json::json!({
                "id": id, "outcome": "refused", "verified": false, "against": standing.against, "over": standing.over,
            });
            out::print(&format!("{told:#}\n"))?;
        }
        Format::Text => {
            let way = format!("Repair it, or close it with a reason: midwatch incident close {id} --reason TEXT\n");
            out::tell(&format!("refused: {id} is not over\n{}{way}", lines(&standing.against)))?;
        }
    }
    Ok(REFUSED)
}

fn lines(told: &[String]) -> String {
    told.iter().fold(String::new(), |lines, line| lines + "  " + line + "\n")
}
