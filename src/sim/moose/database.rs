//! The simulated database: what each statement of the system says of the world, by its leading comment.

use jiff::Timestamp;

use super::world::{Escalation, Order, World};
use crate::sim::pg::{Asked, Cell, Host, Kind, Refused, Rows};
use crate::sim::stage::Stage;

/// What every statement of the system begins its name with.
const PREFIX: &str = "moose:";
/// An hour, in milliseconds.
const HOUR_MS: f64 = 3_600_000.0;

impl Host for Stage<World> {
    fn answer(&self, asked: &Asked<'_>) -> Result<Rows, Refused> {
        let Some(name) = asked.name.strip_prefix(PREFIX) else { return Err(Refused::unknown(asked.name)) };
        self.with(|world| read(world, name).or_else(|| write(world, name, asked.applies)))
            .ok_or_else(|| Refused::unknown(asked.name))
    }
}

fn int(n: impl TryInto<i64>) -> Cell {
    n.try_into().map_or(Cell::Null, Cell::Int)
}

fn hours(world: &World, since_ms: i64) -> f64 {
    (world.now_ms() - since_ms) as f64 / HOUR_MS
}

fn text(text: Option<&String>) -> Cell {
    text.map_or(Cell::Null, |text| text.as_str().into())
}

/// What a query says.
fn read(world: &World, name: &str) -> Option<Rows> {
    use Kind::{Int, Number, Text};
    Some(match name {
        "stuck-orders" => {
            let columns = [("id", Text), ("title", Text), ("status", Text), ("hours", Number), ("refinements", Int)];
            Rows::of(columns, stuck(world))
        }
        "escalations" => {
            let open = world.escalations.iter().filter(|one| one.status != "resolved");
            let row = |one: &Escalation| {
                let age = Cell::Number(hours(world, one.created_ms));
                [one.id.as_str().into(), one.trigger.into(), one.status.into(), text(one.work_order.as_ref()), age]
            };
            let columns = [("id", Text), ("type", Text), ("status", Text), ("work_order", Text), ("age_h", Number)];
            Rows::of(columns, open.map(row).collect())
        }
        "top-costs" => {
            let columns = [
                ("work_order", Text),
                ("model_used", Text),
                ("cost", Number),
                ("attempts", Int),
                ("last_attempt", Kind::Timestamp),
            ];
            Rows::of(columns, top_costs(world))
        }
        "retry-storms" => {
            let stormy = world.orders.iter().filter(|order| order.refinements > 10);
            let row = |order: &Order| [order.id.as_str().into(), int(order.refinements), Cell::Number(0.2)];
            Rows::of([("work_order", Text), ("retries", Int), ("idle_min", Number)], stormy.map(row).collect())
        }
        "outcomes" => {
            let (total, failed) = world.outcomes();
            let columns = [("total", Int), ("failed", Int), ("failed_percent", Number), ("most_often", Text)];
            let share = 100.0 * f64::from(failed) / f64::from(total.max(1));
            let most_often = if failed > 0 { "test_fail".into() } else { Cell::Null };
            Rows::of(columns, vec![[int(total), int(failed), Cell::Number(share), most_often]])
        }
        "spend" => Rows::of(
            [("total", Number), ("entries", Int), ("duplicates", Int)],
            vec![[Cell::Number(world.spent), int(world.requests), int(world.duplicates)]],
        ),
        "kill-state" => {
            let of = |states: &[&str]| int(world.orders.iter().filter(|o| states.contains(&o.status.as_str())).count());
            Rows::of(
                [("daily_limit", Number), ("runnable", Int), ("paused", Int)],
                vec![[Cell::Number(world.limits.hard), of(&["pending", "approved"]), of(&["paused"])]],
            )
        }
        "old-outcomes" => Rows::of([("count", Int)], vec![[int(world.old_outcomes)]]),
        "slow-queries" => {
            let columns = [("pid", Int), ("role", Text), ("seconds", Number), ("waits_for", Text), ("query", Text)];
            let slow = || {
                [
                    int(2211),
                    "authenticator".into(),
                    Cell::Number(14.2),
                    "IO".into(),
                    "SELECT * FROM work_orders ORDER BY created_at DESC".into(),
                ]
            };
            Rows::of(columns, world.has_slow_query().then(slow).into_iter().collect())
        }
        "connections" => Rows::of(
            [("used", Int), ("most", Int), ("bytes", Int)],
            vec![[int(world.connections()), Cell::Int(60), Cell::Int(214_600_000)]],
        ),
        "tables" => {
            let columns = [("name", Text), ("bytes", Int), ("size", Text), ("about_rows", Int)];
            let row = |(name, mb, rows): (&str, i64, i64)| {
                [name.into(), Cell::Int(mb << 20), Cell::Text(format!("{mb} MB")), Cell::Int(rows)]
            };
            let tables = [("outcome_vectors", 118, 48_210), ("cost_tracking", 41, 96_020), ("work_orders", 12, 1204)];
            Rows::of(columns, tables.map(row).to_vec())
        }
        "before-limits" => Rows::of([("value", Text)], vec![[Cell::Text(limits(world))]]),
        "before-orders" => {
            let of = world.orders.iter().filter(|order| ["pending", "approved"].contains(&order.status.as_str()));
            let row = |order: &Order| [order.id.as_str().into(), order.status.as_str().into()];
            Rows::of([("id", Text), ("status", Text)], of.map(row).collect())
        }
        "before-resume" => {
            let of = world.orders.iter().filter(|order| order.status == "paused");
            Rows::of([("id", Text)], of.map(|order| [order.id.as_str().into()]).collect())
        }
        _ => return None,
    })
}

fn limits(world: &World) -> String {
    let limits = world.limits;
    serde_json::json!({ "daily_soft_cap": limits.soft, "daily_hard_cap": limits.hard, "emergency_kill": limits.kill,
        "monthly_target": limits.month, "monthly_hard_cap": limits.month_hard })
    .to_string()
}

fn stuck(world: &World) -> Vec<[Cell; 5]> {
    let is_stuck = |order: &&Order| {
        let hours = hours(world, order.updated_ms);
        match order.status.as_str() {
            "pending" | "approved" => hours > 2.0 || order.refinements > 3,
            "in_progress" => hours > 24.0 && order.pull_request.is_none() || order.refinements > 3,
            _ => false,
        }
    };
    let row = |order: &Order| {
        let hours = Cell::Number(hours(world, order.updated_ms));
        [order.id.as_str().into(), order.title.into(), order.status.as_str().into(), hours, int(order.refinements)]
    };
    world.orders.iter().filter(is_stuck).map(row).collect()
}

/// By work order, the dearest first.
fn top_costs(world: &World) -> Vec<[Cell; 5]> {
    let mut sums: Vec<(&str, f64, i64, i64)> = Vec::new();
    for cost in &world.costs {
        match sums.iter_mut().find(|(order, ..)| *order == cost.work_order) {
            Some((_, sum, count, last)) => (*sum, *count, *last) = (*sum + cost.dollars, *count + 1, cost.at_ms),
            None => sums.push((&cost.work_order, cost.dollars, 1, cost.at_ms)),
        }
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    let row = |(order, sum, count, last): (&str, f64, i64, i64)| {
        let last = Timestamp::from_millisecond(last).map_or(Cell::Null, Cell::Timestamp);
        [order.into(), "claude-sonnet-4.5".into(), Cell::Number(sum), Cell::Int(count), last]
    };
    sums.into_iter().take(10).map(row).collect()
}

/// What a statement that writes concerns, and, where it applies, does.
fn write(world: &mut World, name: &str, applies: bool) -> Option<Rows> {
    let concerned = match name {
        "kill-escalate" => world.kill_escalate(applies),
        "kill-limits" => world.kill_limits(applies),
        "kill-pause" => world.pause_orders(applies),
        "resume" => world.resume_orders(applies),
        "dedupe" => world.remove_duplicates(applies),
        "clean-up" => world.clean_up(applies),
        _ => return None,
    };
    Some(Rows::concerned(concerned))
}
