//! The database side: what the queries of the system file, known by their names, come to in each fault.

use std::time::Duration;

use super::fault::Fault;
use super::world::{USERS, World};
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
        self.with(|world| read(world, name, asked).or_else(|| write(world, name, asked)))
            .ok_or_else(|| Refused::unknown(asked.name))
    }
}

/// What a statement that writes concerns, and, where it applies, does.
fn write(world: &mut World, name: &str, asked: &Asked<'_>) -> Option<Rows> {
    let concerned = match name {
        "set-tier" => {
            let (user, tier) = (asked.value(0), asked.value(1));
            let is_known = USERS.contains(&user);
            if asked.applies && is_known {
                world.tiers.insert(user.to_owned(), tier.to_owned());
            }
            u64::from(is_known)
        }
        "chat-on" | "chat-off" => {
            if asked.applies {
                world.switch_chat(name == "chat-on");
            }
            1
        }
        _ => return None,
    };
    Some(Rows::concerned(concerned))
}

fn read(world: &World, name: &str, asked: &Asked<'_>) -> Option<Rows> {
    let fault = world.fault();
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
        "limits" => limits(world),
        "heavy-users" => heavy_users(world),
        "tiers" => tiers(world),
        "tier-before" => {
            let row = |tier: &String| [asked.value(0).into(), tier.as_str().into()];
            let columns = [("user_id", Kind::Text), ("tier", Kind::Text)];
            Rows::of(columns, world.tiers.get(asked.value(0)).map(row).into_iter().collect())
        }
        "chat-before" => Rows::of([("value", Kind::Json)], vec![[world.is_chat_on().to_string().as_str().into()]]),
        "spend" => {
            let pipelines = if fault == Fault::DailySpend { 61.4 } else { 3.85 };
            one([("pipelines_usd", Cell::Number(pipelines)), ("tokens", Cell::Number(640_200.0))])
        }
        "flags" => one([("chat_enabled", Cell::Bool(world.is_chat_on())), ("beta_period", Cell::Bool(false))]),
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

/// Users with a tier of their own.
fn tiers(world: &World) -> Rows {
    let row = |(user, tier): (&String, &String)| [user.as_str().into(), tier.as_str().into()];
    Rows::of([("user_id", Kind::Text), ("tier", Kind::Text)], world.tiers.iter().map(row).collect())
}

fn limits(world: &World) -> Rows {
    // the one who is known by name is at it no longer once there is a tier
    let helped = i64::from(world.tiers.get(USERS[2]).is_some_and(|tier| tier != "free"));
    let at_limit = if world.fault() == Fault::RateLimits { 34 - helped } else { 0 };
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
fn heavy_users(world: &World) -> Rows {
    let (calls, messages) = if world.fault() == Fault::RateLimits { (50, 7) } else { (47, 31) };
    let tier = |user: &str| world.tiers.get(user).map_or(Cell::Null, |tier| tier.as_str().into());
    let row = |user: &str, calls, messages| [user.into(), Cell::Int(calls), Cell::Int(messages), tier(user)];
    let columns = [("user_id", Kind::Text), ("calls", Kind::Int), ("messages", Kind::Int), ("own_tier", Kind::Text)];
    Rows::of(columns, vec![row(USERS[0], 1_911, 402), row(USERS[1], 446, 120), row(USERS[2], calls, messages)])
}
