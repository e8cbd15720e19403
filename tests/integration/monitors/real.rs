//! Real servers: Prometheus and Alertmanager of Debian, over a page of metrics that grows with each look at it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command_line;
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};
use crate::support::prometheus::Server;

const PATIENCE: Duration = Duration::from_secs(90);

/// A system file over a page, a Prometheus that scrapes it, and an Alertmanager that it tells.
struct Shop {
    home: TempDir,
    _app: Http,
    _prometheus: Server,
    _alertmanager: Server,
}

/// A page after so many looks: of 100 requests at each so many fail, 90 are faster than 0.1 s.
fn page(looks: u32, failed: u32) -> String {
    let looks = looks + 50;
    let (bad, good) = (looks * failed, looks * (100 - failed));
    format!(
        "# TYPE http_requests_total counter\nhttp_requests_total{{code=\"200\"}} {good}\n\
         http_requests_total{{code=\"500\"}} {bad}\n# TYPE http_seconds histogram\n\
         http_seconds_bucket{{le=\"0.1\"}} {}\nhttp_seconds_bucket{{le=\"0.5\"}} {all}\n\
         http_seconds_bucket{{le=\"+Inf\"}} {all}\nhttp_seconds_sum {looks}\nhttp_seconds_count {all}\n\
         # TYPE queue_depth gauge\nqueue_depth 7\n",
        looks * 90,
        all = looks * 100,
    )
}

impl Shop {
    /// A shop of whose requests so many in a hundred fail.
    fn open(failed: u32) -> Self {
        let app = Http::start();
        let text = |n| Answer::reply(200, "text/plain; version=0.0.4", page(n, failed));
        app.on_each("/metrics", (0..3000).map(text));
        let alertmanager = Server::alertmanager();
        let rules = "groups: [{ name: shop, rules: [{ alert: Errors, labels: { severity: critical, team: shop },\n\
            annotations: { summary: 'Errors above 5 %' },\n\
            expr: 'sum(rate(http_requests_total{code=\"500\"}[10s])) / sum(rate(http_requests_total[10s])) * 100 > 5' }] }]";
        let target = app.url("").replace("http://", "");
        let prometheus = Server::prometheus(&target, rules, Some(&alertmanager));
        let home = tempfile::tempdir().unwrap();
        let file = include_str!("shop.toml")
            .replace("APP", &app.url(""))
            .replace("PROMETHEUS", &prometheus.url())
            .replace("ALERTMANAGER", &alertmanager.url());
        fs::write(home.path().join("shop.toml"), file).unwrap();
        Self { home, _app: app, _prometheus: prometheus, _alertmanager: alertmanager }
    }

    fn midwatch(&self, args: &[&str]) -> (i32, Value) {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let file = path(&self.home.path().join("shop.toml"));
        let args = [args, &["--format", "json", "--system-file", &file]].concat();
        let (home, state) = (path(self.home.path()), path(&self.home.path().join("state")));
        let env = [("PATH", "/usr/bin:/bin"), ("HOME", &home), ("XDG_STATE_HOME", &state), ("LANG", "C.UTF-8")];
        let run = command_line::run(args, &env);
        let json = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        (run.code, json)
    }

    /// Looks for so long, until what it sees is as wanted.
    fn look<R>(&self, what: &str, within: &str, wanted: impl Fn(&Value) -> Option<R>) -> R {
        eventually(what, PATIENCE, || wanted(&self.midwatch(&["check", "--for", within]).1["systems"][0]))
    }

    fn act(&self, args: &[&str]) -> Value {
        let (code, told) = self.midwatch(&[&["act", "shop"], args, &["--yes"]].concat());
        assert_eq!((code, told["outcome"].as_str()), (0, Some("verified")), "{told:#}");
        told
    }
}

fn number(system: &Value, signal: &str) -> Option<f64> {
    system["signals"][signal]["value"].as_f64()
}

/// The state of a rule; those that are inactive are not told.
fn state<'a>(system: &'a Value, rule: &str) -> Option<&'a str> {
    let told = system["alerts"].as_array()?.iter().find(|alert| alert["rule"] == rule);
    told.map_or(Some("inactive"), |alert| alert["state"].as_str())
}

/// Both roads know their numbers: those of Prometheus need a few scrapes.
fn known(system: &Value) -> Option<[[f64; 2]; 3]> {
    let pair = |name: &str| Some([number(system, &format!("page.{name}"))?, number(system, &format!("asked.{name}"))?]);
    Some([pair("error_pct")?, pair("p90_s")?, pair("depth")?])
}

#[test]
fn the_same_rule_holds_scraped_by_us_and_asked_of_a_server() {
    for (failed, expected) in [(10, "firing"), (4, "inactive")] {
        let shop = Shop::open(failed);
        let (numbers, states) = shop.look("numbers by both roads", "8s", |system| {
            let states = [state(system, "page-errors")?.to_owned(), state(system, "asked-errors")?.to_owned()];
            Some((known(system)?, states))
        });
        for ([ours, theirs], wanted) in numbers.into_iter().zip([f64::from(failed), 0.1, 7.0]) {
            assert!((ours - wanted).abs() < 1e-9 && (theirs - wanted).abs() < 1e-6, "{failed}: {numbers:?}");
        }
        assert_eq!(states, [expected, expected], "{failed}");
    }
}

#[test]
fn a_range_is_a_past_with_the_first_look() {
    let shop = Shop::open(4);
    eventually("so much that one look can tell of 8 s", PATIENCE, || {
        let (_, seen) = shop.midwatch(&["check"]);
        let system = &seen["systems"][0];
        (number(system, "asked.points")? >= 9.0 && state(system, "asked-backlog") == Some("firing"))
            .then(|| assert_eq!(number(system, "asked.backlog"), Some(7.0)))
    });
}

#[test]
fn a_silence_is_made_and_ended() {
    let shop = Shop::open(10);
    let counts = |system: &Value| {
        ["active", "critical", "warning", "silenced", "silences"].map(|name| number(system, &format!("alerts.{name}")))
    };
    let seen = |wanted: [i32; 5]| {
        let wanted = wanted.map(|count| Some(f64::from(count)));
        shop.look(&format!("{wanted:?}"), "1s", |system| (counts(system) == wanted).then(|| system.clone()))
    };
    let before = seen([1, 1, 0, 0, 0]);
    let alert = &before["signals"]["alerts.alerts"]["value"][0];
    assert_eq!((&alert["name"], &alert["summary"]), (&"Errors".into(), &"Errors above 5 %".into()));
    assert_eq!(state(&before, "told-errors"), Some("firing"));
    let asked = jiff::Timestamp::now();
    let made = shop.act(&["silence", "--param", "alert=Errors"]);
    assert_eq!(made["http_status"], 200, "{made:#}");
    let silenced = seen([0, 0, 0, 1, 1]);
    assert_eq!(state(&silenced, "told-errors"), Some("inactive"));
    let silence = &silenced["signals"]["alerts.silence_list"]["value"][0];
    assert_eq!(silence["matchers"], "alertname=\"Errors\"", "{silence}");
    let ends: jiff::Timestamp = silence["ends"].as_str().unwrap().parse().unwrap();
    let lasts = ends.duration_since(asked).as_secs() - 2 * 3600;
    assert!((-1..120).contains(&lasts), "two hours from now: {silence}");
    shop.act(&["end-silence", "--param", &format!("id={}", silence["id"].as_str().unwrap())]);
    seen([1, 1, 0, 0, 0]);
}

/// The same rules over the page of a simulated system and over a Prometheus that scrapes it, over all since it started: a few
/// seconds hold too few messages for a share.
const BOTH: &str = r#"title = "Chat"
[component.page]
every = "1s"
timeout = "1s"
probe.prometheus = { url = "API/metrics", window = "30s" }
[component.page.signal]
streams = "sum(metrics.http_server_active_requests.map(s, s.value))"
errors = """100.0 - 100.0 * sum(metric('chat_requests_total'))
  / sum(metric('http_server_request_duration_seconds_count', {'http_route': '/chat/stream'}))"""
[component.asked]
every = "1s"
timeout = "1s"
[component.asked.probe.promql]
url = "PROMETHEUS"
[component.asked.probe.promql.queries]
streams = "sum(http_server_active_requests)"
errors = """100 - 100 * sum(chat_requests_total)
  / sum(http_server_request_duration_seconds_count{http_route="/chat/stream"})"""
[rule.page-streams]
summary = "As many streams as an instance holds"
when = "page.streams >= 200.0"
severity = "critical"
[rule.asked-streams]
summary = "As many streams as an instance holds"
when = "asked.streams >= 200.0"
severity = "critical"
[rule.page-errors]
summary = "Messages end in errors"
when = "page.errors > 5.0"
severity = "critical"
[rule.asked-errors]
summary = "Messages end in errors"
when = "asked.errors > 5.0"
severity = "critical"
"#;

#[test]
fn a_simulated_system_is_told_alike_by_its_page_and_by_a_server_that_scrapes_it() {
    for (fault, streams, errors) in [
        ("none", "inactive", "inactive"),
        ("sse-critical", "firing", "inactive"),
        ("claude-errors", "inactive", "firing"),
    ] {
        let stand = crate::act_demo::Stand::of("chat-api", fault, 10);
        let vars = stand.demo().vars("chat-api");
        let (_, api) = vars.iter().find(|(name, _)| name == "api_url").unwrap();
        let prometheus = Server::prometheus(api.strip_prefix("http://").unwrap(), "groups: []\n", None);
        let file = stand.home().join("chat.toml");
        fs::write(&file, BOTH.replace("API", api).replace("PROMETHEUS", &prometheus.url())).unwrap();
        let told = eventually("numbers by both roads", PATIENCE, || {
            let run =
                stand.alone(&["check", "--for", "8s", "--format", "json", "--system-file", file.to_str().unwrap()]);
            let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"));
            let system = &report["systems"][0];
            let known = ["page.streams", "asked.streams", "page.errors", "asked.errors"];
            known.iter().all(|name| number(system, name).is_some()).then(|| system.clone())
        });
        for (rule, wanted) in
            [("page-streams", streams), ("asked-streams", streams), ("page-errors", errors), ("asked-errors", errors)]
        {
            assert_eq!(state(&told, rule), Some(wanted), "{fault}: {rule}: {:#}", told["signals"]);
        }
    }
}
