//! The database side: what the queries of the system file, known by their names, come to in each fault.

use std::time::Duration;

use super::fault::Fault;
use super::world::World;
use crate::sim::pg::{Asked, Cell, Host, Kind, Refused, Rows};
use crate::sim::stage::Stage;

/// How long a query takes.
const TAKES: Duration = Duration::from_millis(6);

impl Host for Stage<World> {
    fn takes(&self, _name: &str) -> Duration {
        TAKES
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Rows, Refused> {
        let name = asked.name.strip_prefix("chat-api ").unwrap_or(asked.name);
        let fault = self.with(|world| world.fault());
        answer(name, fault).ok_or_else(|| Refused::unknown(asked.name))
    }
}

fn answer(name: &str, fault: Fault) -> Option<Rows> {
    Some(match name {
        "database" => {
            let connections = if fault == Fault::PoolExhausted { 97 } else { 23 };
            one([
                ("connections", Cell::Int(connections)),
                ("max_connections", Cell::Int(100)),
                ("sees_all", Cell::Bool(true)),
            ])
        }
        "messages" => messages(fault),
        "limits" => limits(fault),
        "heavy-users" => heavy_users(fault),
        "spend" => {
            let pipelines = if fault == Fault::DailySpend { 61.4 } else { 3.85 };
            one([("pipelines_usd", Cell::Number(pipelines)), ("tokens", Cell::Number(640_200.0))])
        }
        "flags" => {
            one([("chat_enabled", Cell::Bool(fault != Fault::ChatDisabled)), ("beta_period", Cell::Bool(false))])
        }
        _ => return None,
    })
}

fn one<const N: usize>(row: [(&str, Cell); N]) -> Rows {
    let columns = row.each_ref().map(|(name, cell)| (*name, kind(cell)));
    Rows::of(columns, vec![row.map(|(_, cell)| cell)])
}

fn kind(cell: &Cell) -> Kind {
    match cell {
        Cell::Bool(_) => Kind::Bool,
        Cell::Int(_) => Kind::Int,
        Cell::Number(_) => Kind::Number,
        Cell::Timestamp(_) => Kind::Timestamp,
        Cell::Text(_) | Cell::Null => Kind::Text,
    }
}

fn messages(fault: Fault) -> Rows {
    let (p50, p95) = match fault {
        Fault::HighLatency => (8_240.0, 16_900.0),
        Fault::SlowMessages => (6_130.0, 8_710.0),
        _ => (1_870.0, 4_620.0),
    };
    let unanswered = match fault {
        Fault::ClaudeErrors => 41,
        Fault::BadDeploy => 23,
        _ => 2,
    };
    one([
        ("p50_ms", Cell::Number(p50)),
        ("p95_ms", Cell::Number(p95)),
        ("asked", Cell::Int(718)),
        ("unanswered_hour", Cell::Int(unanswered)),
    ])
}

fn limits(fault: Fault) -> Rows {
    let at_limit = if fault == Fault::RateLimits { 34 } else { 0 };
    let columns = ["allowed", "users", "at_limit", "above_80_percent", "most"].map(|name| (name, Kind::Int));
    let [allowed, users, at, above, most] = columns;
    let row = |tier: &str, numbers: [i64; 5]| {
        let [allowed, users, at, above, most] = numbers.map(Cell::Int);
        [tier.into(), allowed, users, at, above, most]
    };
    Rows::of(
        [("tier", Kind::Text), allowed, users, at, above, most],
        vec![
            row("free", [50, 1_204, at_limit, 61, if at_limit > 0 { 50 } else { 47 }]),
            row("paid", [500, 187, 0, 4, 446]),
            row("unlimited", [999_999, 6, 0, 0, 1_911]),
        ],
    )
}

/// One message with tools counts as several calls: the cause of the complaints.
fn heavy_users(fault: Fault) -> Rows {
    let (calls, messages) = if fault == Fault::RateLimits { (50, 7) } else { (47, 31) };
    let columns = [("user_id", Kind::Text), ("calls", Kind::Int), ("messages", Kind::Int), ("own_tier", Kind::Text)];
    Rows::of(
        columns,
        vec![
            ["user_2r7Qk".into(), Cell::Int(1_911), Cell::Int(402), "unlimited".into()],
            ["user_2pX0d".into(), Cell::Int(446), Cell::Int(120), "paid".into()],
            ["user_2s91c".into(), Cell::Int(calls), Cell::Int(messages), Cell::Null],
        ],
    )
}
