//! The database side: a quiet day's answers to the queries of the system file, known by their names, and what of them is
//! different in a fault.

use std::time::Duration;

use jiff::Timestamp;

use super::fault::{Broken, Fault};
use super::world::World;
use crate::sim::pg::{Asked, Cell, Host, Kind, Refused, Rows};
use crate::sim::stage::Stage;

/// How long a query takes.
const TAKES: Duration = Duration::from_millis(5);
/// Seconds of a day.
const DAY: i64 = 86_400;

/// What a column holds on a quiet day.
#[derive(Clone, Copy)]
enum Quiet {
    Bool(bool),
    Int(i64),
    Number(f64),
}

use Quiet::{Bool, Int, Number};

/// The queries that come to one row.
const QUIET: &[(&str, &[(&str, Quiet)])] = &[
    ("database", &[("sees_all", Bool(true)), ("archiving_fails", Bool(false)), ("archived_s", Number(41.0))]),
    ("row-security", &[("unprotected", Int(0)), ("refused_hour", Int(0))]),
    ("missions", &[("completed", Int(46)), ("blocked", Int(2)), ("in_progress", Int(7))]),
    (
        "heartbeats",
        &[("lag_p95_ms", Number(412.0)), ("beats_day", Int(19_140)), ("active", Int(7)), ("silent", Int(0))],
    ),
    ("streams", &[("open", Int(9)), ("abandoned", Int(0)), ("in_several_tabs", Int(0))]),
    ("composio", &[("calls", Int(84)), ("rate_limited", Int(0)), ("outages", Int(0)), ("p95_ms", Number(731.0))]),
    ("connections", &[("expired", Int(0)), ("expiring", Int(0)), ("failed_day", Int(0)), ("stuck", Int(0))]),
    ("inspections", &[("inspections", Int(12)), ("failed", Int(1)), ("timed_out", Int(0))]),
    ("undo", &[("failed", Int(0)), ("completed", Int(5)), ("stuck", Int(0))]),
    ("evidence", &[("hash_failures", Int(0)), ("without_hash", Int(0)), ("unreviewed", Int(0))]),
    ("library", &[("entries", Int(212)), ("without_embedding", Int(0)), ("models", Int(1))]),
    (
        "telemetry",
        &[
            ("last_s", Number(4.2)),
            ("missions", Int(7)),
            ("events", Int(322)),
            ("errors", Int(3)),
            ("events_hour", Int(1_290)),
            ("usual_hour", Number(1_210.0)),
            ("quota_hour", Int(0)),
            ("alerts_day", Int(14)),
            ("critical_alerts_day", Int(0)),
        ],
    ),
];

/// The job that fails or is switched off.
const REFRESH: &str = "refresh_analytics_views";
/// The jobs, their schedules, how often each runs and since when within that, in seconds since a Thursday.
const JOBS: [(&str, &str, i64, i64); 4] = [
    ("cleanup_mission_sessions", "30 3 * * *", DAY, 3 * 3600 + 1800),
    ("cleanup_telemetry_events", "0 * * * *", 3600, 0),
    (REFRESH, "0 2 * * *", DAY, 2 * 3600),
    ("refresh_library_embeddings", "0 6 * * 1", 7 * DAY, 4 * DAY + 6 * 3600),
];

impl Host for Stage<World> {
    fn takes(&self, _name: &str) -> Duration {
        TAKES
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Rows, Refused> {
        let name = asked.name.strip_prefix("control-plane ").unwrap_or(asked.name);
        let (fault, now) = self.with(|world| (world.fault(), world.now_s()));
        match name {
            "cron" => return Ok(cron(fault, now)),
            "switch-on" => {
                // one that is on, or that there is not, is no row
                let is_off = fault.broken == Broken::CronOff && asked.value(0) == REFRESH;
                let row = || [Cell::Int(3), Cell::from("")];
                if is_off && asked.applies {
                    self.with(|world| world.ends(&[fault.name()]));
                }
                let columns = [("jobid", Kind::Int), ("done", Kind::Text)];
                return Ok(Rows::of(columns, is_off.then(row).into_iter().collect()));
            }
            "end-streams" => {
                let open = abandoned(fault);
                if asked.applies {
                    self.with(|world| world.ends(&["streams-abandoned"]));
                }
                return Ok(Rows::concerned(open));
            }
            "streams-before" => {
                let row = |n| [Cell::Text(format!("00000000-0000-4000-8000-{n:012}"))];
                return Ok(Rows::of([("id", Kind::Text)], (0..abandoned(fault)).map(row).collect()));
            }
            _ => {}
        }
        let found = QUIET.iter().find(|(query, _)| *query == name);
        found.map(|(query, columns)| row(query, columns, fault)).ok_or_else(|| Refused::unknown(asked.name))
    }
}

/// Streams that nobody watches.
fn abandoned(fault: &Fault) -> u64 {
    let told = fault.tells.iter().find(|(query, column, _)| (*query, *column) == ("streams", "abandoned"));
    told.and_then(|(_, _, count)| u64::try_from(*count).ok()).unwrap_or(0)
}

fn row(query: &str, columns: &[(&str, Quiet)], fault: &Fault) -> Rows {
    let cell = |(column, quiet): &(&str, Quiet)| {
        let told = fault.tells.iter().find(|(of, name, _)| *of == query && name == column).map(|(_, _, value)| *value);
        match (*quiet, told) {
            (Bool(is), told) => (Kind::Bool, Cell::Bool(told.map_or(is, |value| value != 0))),
            (Int(n), told) => (Kind::Int, Cell::Int(told.map_or(n, i64::from))),
            (Number(n), told) => (Kind::Number, Cell::Number(told.map_or(n, f64::from))),
        }
    };
    let cells: Vec<(Kind, Cell)> = columns.iter().map(cell).collect();
    let names = columns.iter().zip(&cells).map(|((name, _), (kind, _))| (*name, *kind)).collect();
    Rows::one(names, cells.into_iter().map(|(_, cell)| cell).collect())
}

/// Each job ran when it last should have.
fn cron(fault: &Fault, now: i64) -> Rows {
    let columns = [
        ("name", Kind::Text),
        ("schedule", Kind::Text),
        ("active", Kind::Bool),
        ("status", Kind::Text),
        ("started_at", Kind::Timestamp),
        ("says", Kind::Text),
    ];
    let job = |(name, schedule, every, since): (&str, &str, i64, i64)| {
        let last = (now - since).div_euclid(every) * every + since;
        let has_failed = fault.broken == Broken::Cron && name == REFRESH;
        let is_active = !(fault.broken == Broken::CronOff && name == REFRESH);
        let (status, says) = if has_failed {
            ("failed", "ERROR: canceling statement due to lock timeout")
        } else {
            ("succeeded", "1 row")
        };
        [
            name.into(),
            schedule.into(),
            Cell::Bool(is_active),
            status.into(),
            Cell::Timestamp(Timestamp::from_second(last).unwrap_or_default()),
            says.into(),
        ]
    };
    Rows::of(columns, JOBS.into_iter().map(job).collect())
}
