//! The commands by which people operate the simulated system, as systemd, Docker, Railway and rq understand them: argv in,
//! what they print and their exit code out, the world changed. Pure.
//!
//! Exactly what the actions of the system say is understood, and nothing else is guessed at.

use super::World;
use super::rq::QUEUE;
use crate::sim::remote::Ran;

/// A part of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Worker,
    Redis,
    Api,
}

/// The part of this name among those that a tool knows.
fn part(names: &[(&str, Part)], name: &str) -> Option<Part> {
    names.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)
}

const UNITS: [(&str, Part); 3] = [("sabine-worker", Part::Worker), ("redis", Part::Redis), ("sabine-api", Part::Api)];
const CONTAINERS: [(&str, Part); 2] = [("sabine-worker", Part::Worker), ("redis", Part::Redis)];
const SERVICES: [(&str, Part); 3] = [("worker", Part::Worker), ("redis", Part::Redis), ("api", Part::Api)];

impl World {
    /// Runs a command line; nothing when it is about no part of this system.
    pub(crate) fn command(&mut self, argv: &[&str]) -> Option<Ran> {
        Some(match argv {
            ["sudo", "-n", rest @ ..] if !rest.is_empty() => self.command(rest)?,
            ["systemctl", "restart", unit] => self.restarted(part(&UNITS, unit)?, ""),
            ["systemctl", "set-property", "sabine-worker", limit] => {
                let megabytes = limit.strip_prefix("MemoryMax=").and_then(megabytes);
                self.capped(megabytes, "", &format!("Failed to parse unit property assignment: {limit}"))
            }
            ["docker", "restart", container] => self.restarted(part(&CONTAINERS, container)?, container),
            ["docker", "update", limit, container @ "sabine-worker"] => {
                let megabytes = limit.strip_prefix("--memory=").and_then(megabytes);
                self.capped(megabytes, container, &format!("invalid argument \"{limit}\" for \"-m, --memory\" flag"))
            }
            ["railway", "restart", "--service", service, "--yes"] => {
                self.restarted(part(&SERVICES, service)?, &format!("Restarted service {service}"))
            }
            // it goes on in the background: what it says there is seen, and its exit code is not
            ["setsid", "--fork", rest @ ..] if !rest.is_empty() => Ran { code: 0, ..self.command(rest)? },
            ["rq", "worker", "--name", name, queue] if *queue == QUEUE => match self.add_worker(name) {
                Ok(()) => Ran::said(format!("Worker {name}: started with PID 4711, listening on {QUEUE}...")),
                Err(why) => Ran::refused(1, why),
            },
            ["redis-cli", .., "ping"] if self.redis_is_up() => Ran::said("PONG"),
            ["redis-cli", .., "ping"] => Ran::refused(1, "Could not connect to Redis: Connection refused"),
            _ => return None,
        })
    }

    fn restarted(&mut self, part: Part, told: &str) -> Ran {
        match part {
            Part::Worker => self.restart_worker(),
            Part::Redis => self.restart_redis(),
            Part::Api => self.restart_api(),
        }
        Ran::said(told)
    }

    fn capped(&mut self, megabytes: Option<f64>, told: &str, otherwise: &str) -> Ran {
        let Some(megabytes) = megabytes else { return Ran::refused(1, otherwise) };
        self.cap_worker(megabytes);
        Ran::said(told)
    }
}

/// `2g`, `2G`, `512m` in megabytes.
fn megabytes(text: &str) -> Option<f64> {
    let number = text.trim_end_matches(['g', 'G', 'm', 'M']);
    let factor = match text.get(number.len()..)? {
        "g" | "G" => 1024.0,
        "m" | "M" => 1.0,
        _ => return None,
    };
    number.parse::<u32>().ok().filter(|n| *n > 0).map(|n| f64::from(n) * factor)
}
