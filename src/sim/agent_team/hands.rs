//! The commands by which people and probes look at and operate the system, as `gcloud`, Docker and systemd understand
//! them: argv in, what they print and their exit code out, the world changed. Pure.
//!
//! Exactly what the system file says is understood, and nothing else is guessed at.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::World;
use crate::sim::remote::Ran;

/// The parts of a command line after the program: words, and flags with their values.
struct Line<'a> {
    words: Vec<&'a str>,
    flags: Vec<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    fn of(argv: &[&'a str]) -> Self {
        let (flags, words): (Vec<&str>, Vec<&str>) = argv.iter().partition(|word| word.starts_with("--"));
        let flags = flags.into_iter().map(|flag| flag.split_once('=').unwrap_or((flag, ""))).collect();
        Self { words, flags }
    }

    fn flag(&self, name: &str) -> Option<&'a str> {
        self.flags.iter().find(|(flag, _)| *flag == name).map(|(_, value)| *value)
    }
}

/// What a list is to hold.
#[derive(Clone, Copy)]
struct Filter {
    /// Only what is enabled.
    enabled: bool,
    /// Nothing older, in milliseconds.
    youngest: Option<i64>,
}

impl Filter {
    fn is_young_enough(self, made_ms: i64, now_ms: i64) -> bool {
        self.youngest.is_none_or(|age| now_ms - made_ms < age)
    }
}

impl Line<'_> {
    /// `--filter=state=ENABLED AND createTime>-P90D`, as far as it is written in the system file.
    fn filter(&self) -> Filter {
        let text = self.flag("--filter").unwrap_or_default();
        let hours = [("-P90D", 90 * 24), ("-P1DT2H", 26), ("-P1D", 24)];
        let youngest = hours.iter().find(|(word, _)| text.ends_with(word)).map(|(_, hours)| hours * 3_600_000);
        Filter { enabled: text.contains("state=ENABLED"), youngest }
    }
}

impl World {
    /// Runs a command line; nothing when it is about no part of this system.
    pub(super) fn command(&mut self, argv: &[&str]) -> Option<Ran> {
        match argv {
            ["gcloud", rest @ ..] => self.gcloud(&Line::of(rest)),
            ["docker", "restart", "agent-team"] => {
                self.restart();
                Some(Ran::said("agent-team"))
            }
            ["sudo", "-n", "systemctl", "restart", "agent-team"] => {
                self.restart();
                Some(Ran::said(""))
            }
            _ => None,
        }
    }

    fn gcloud(&mut self, line: &Line<'_>) -> Option<Ran> {
        match line.words.as_slice() {
            ["run", "services", "describe", "agent-team"] => Some(Ran::said(self.service().to_string())),
            ["run", "services", "update-traffic", "agent-team"] => Some(self.shift(line.flag("--to-revisions")?)),
            ["run", "services", "update", "agent-team"] => Some(self.update(line)),
            ["secrets", "versions", "list", "comm-hmac"] => Some(Ran::said(self.versions(line.filter()).to_string())),
            ["storage", "objects", "list", ..] => Some(Ran::said(self.objects(line.filter()).to_string())),
            _ => None,
        }
    }

    /// The service as `describe --format=json` tells it, as far as it is looked at.
    fn service(&self) -> Value {
        let newest = self.newest();
        let traffic = |(name, percent): &(String, u32)| json!({ "revisionName": name, "percent": percent });
        let told: Vec<Value> = self.revisions.iter().filter(|(_, percent)| *percent > 0).map(traffic).collect();
        let env: Vec<Value> =
            self.settings.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        json!({
            "kind": "Service",
            "metadata": { "name": "agent-team" },
            "spec": { "template": { "spec": { "containers": [{ "env": env }] } } },
            "status": { "latestReadyRevisionName": newest, "traffic": told,
                        "conditions": [{ "type": "Ready", "status": "True" }] },
        })
    }

    /// `LATEST=10` or `agent-team-00042-xyz=100`: what is left goes to the revision that had most.
    fn shift(&mut self, wanted: &str) -> Ran {
        let Some((name, percent)) = wanted.split_once('=') else {
            return Ran::refused(2, format!("argument --to-revisions: Bad syntax for dict arg: [{wanted}]"));
        };
        let name = if name == "LATEST" { self.newest().to_owned() } else { name.to_owned() };
        let percent = percent.parse::<u32>().ok().filter(|percent| *percent <= 100);
        let (Some(percent), true) = (percent, self.revisions.iter().any(|(known, _)| *known == name)) else {
            return Ran::refused(
                1,
                format!("ERROR: (gcloud.run.services.update-traffic) Revision [{name}] not found."),
            );
        };
        let rest = self.revisions.iter().filter(|(known, _)| *known != name).max_by_key(|(_, percent)| *percent);
        let rest = rest.map(|(known, _)| known.clone());
        for (known, share) in &mut self.revisions {
            *share = if *known == name {
                percent
            } else if Some(&*known) == rest.as_ref() {
                100 - percent
            } else {
                0
            };
        }
        if percent == 100 && name != self.newest() {
            self.ends(&["bad-canary"]);
        }
        Ran::said("")
    }

    /// `--update-env-vars=NAME=VALUE` and `--update-labels`: a new revision takes over.
    fn update(&mut self, line: &Line<'_>) -> Ran {
        if let Some((name, value)) = line.flag("--update-env-vars").and_then(|flag| flag.split_once('=')) {
            self.settings.retain(|(known, _)| known != name);
            self.settings.push((name.to_owned(), value.to_owned()));
            match name {
                "AI_RATE_QPS" => self.ends(&["rate-limit-warning", "rate-limit-exceeded"]),
                "AI_MODEL_DEFAULT" => {
                    self.ends(&["rate-limit-warning", "rate-limit-exceeded", "model-fallback", "quota-nearly-used"]);
                }
                "COMM_HMAC_ACTIVE_KEY_ID" => self.ends(&["hmac-failures"]),
                _ => {}
            }
        }
        if line.flag("--max-instances").is_some() || line.flag("--min-instances").is_some() {
            self.ends(&["cpu-warning", "cpu-critical", "latency-warning", "latency-critical"]);
        }
        self.restart();
        Ran::said("")
    }

    /// The versions of the HMAC secret.
    fn versions(&self, wanted: Filter) -> Value {
        let told = |key: &super::world::KeyVersion| {
            json!({ "name": format!("projects/1/secrets/comm-hmac/versions/{}", key.number),
                    "createTime": stamp(key.created_ms), "state": if key.is_enabled { "ENABLED" } else { "DISABLED" } })
        };
        // the newest first, as gcloud lists them
        let is_wanted = |key: &&super::world::KeyVersion| {
            wanted.is_young_enough(key.created_ms, self.now_ms()) && (key.is_enabled || !wanted.enabled)
        };
        self.keys.iter().rev().filter(is_wanted).map(told).collect()
    }

    /// The backups in the bucket.
    fn objects(&self, wanted: Filter) -> Value {
        let told = |made: &i64| {
            let day = stamp(*made).get(..10).unwrap_or_default().replace('-', "");
            json!({ "name": format!("backup-{day}.sql.gz"), "size": 48_213_112, "creation_time": stamp(*made) })
        };
        self.backups.iter().filter(|made| wanted.is_young_enough(**made, self.now_ms())).map(told).collect()
    }
}

fn stamp(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(world: &mut World, line: &str) -> Option<(u8, String)> {
        let argv: Vec<&str> = line.split(' ').collect();
        world.command(&argv).map(|ran| (ran.code, ran.out + &ran.err))
    }

    #[test]
    fn traffic_is_shifted_and_rolled_back() {
        let mut world = World::new("2026-11-22T02:00:00Z".parse().unwrap(), 1);
        world.set_fault("bad-canary");
        let shift = "gcloud run services update-traffic agent-team --region=x --to-revisions=";
        assert_eq!(run(&mut world, &format!("{shift}LATEST=50")), Some((0, String::new())));
        assert_eq!(world.revisions.iter().map(|(_, percent)| *percent).collect::<Vec<_>>(), [50, 50]);
        assert_eq!(world.fault(), "bad-canary", "more of it is no cure");
        assert!(run(&mut world, &format!("{shift}agent-team-00001-abc=100")).unwrap().1.contains("not found"));
        run(&mut world, &format!("{shift}agent-team-00042-xyz=100")).unwrap();
        let told = run(&mut world, "gcloud run services describe agent-team --format=json").unwrap().1;
        assert!(told.contains(r#"[{"revisionName":"agent-team-00042-xyz","percent":100}]"#), "{told}");
        assert_eq!((world.fault(), run(&mut world, "gcloud run services delete agent-team")), ("none", None));
    }
}
