//! The `prometheus` probe against servers of metrics: what it reads, what it remembers, and servers that misbehave.

use std::time::Duration;

use midwatch::base::{Cause, Shown, State};
use midwatch::probe::{ComponentSpec, Detail, ProbeError, Prober, assess};
use midwatch::signal::Value;

use crate::support::http_stub::{Answer as Say, Http};

const PATIENCE: Duration = Duration::from_secs(60);

/// A component, polled at times that the test tells.
struct Watched {
    spec: ComponentSpec,
    prober: Prober,
    runtime: tokio::runtime::Runtime,
}

impl Watched {
    fn new(toml: &str, timeout: Duration) -> Self {
        let spec: ComponentSpec = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
        let (variables, redactor) = Default::default();
        let prober = Prober::new(&spec.probe, timeout, &variables, &redactor).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { spec, prober, runtime }
    }

    fn poll(&mut self, now: f64) -> Result<assess::Observation, ProbeError> {
        self.runtime.block_on(self.prober.poll(now)).map(|answer| assess::assess(&self.spec, answer))
    }

    /// The signals of one poll: values, or why there is none.
    fn signals(&mut self, now: f64) -> Vec<(String, String)> {
        let seen = self.poll(now).unwrap();
        let told = |value: Result<Value, _>| {
            value.map_or_else(|missing: midwatch::base::Missing| missing.to_string(), |value| value.to_string())
        };
        seen.signals.into_iter().map(|signal| (signal.name.to_string(), told(signal.value))).collect()
    }
}

fn metrics(text: &str) -> Say {
    Say::reply(200, "text/plain; version=0.0.4; charset=utf-8", text)
}

/// Requests by code and their times, as an application tells them: all in so many.
fn page(ok: u32, failed: u32, fast: u32, slow: u32) -> String {
    let all = fast + slow;
    format!(
        "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n\
         http_requests_total{{code=\"200\",method=\"GET\"}} {ok}\nhttp_requests_total{{code=\"500\",method=\"GET\"}} {failed}\n\
         # TYPE http_request_duration_seconds histogram\n\
         http_request_duration_seconds_bucket{{le=\"0.1\"}} {fast}\nhttp_request_duration_seconds_bucket{{le=\"2.5\"}} {all}\n\
         http_request_duration_seconds_bucket{{le=\"+Inf\"}} {all}\n\
         http_request_duration_seconds_sum 12\nhttp_request_duration_seconds_count {all}\n\
         queue_depth 7\nthis is no line\nbroken_ratio NaN"
    )
}

const SIGNALS: &str = "
    [signal]
    depth = \"value(metric('queue_depth'))\"
    error_rate = \"increase('http_requests_total', {'code': '500'}) / increase('http_requests_total') * 100.0\"
    p95_s = \"quantile(0.95, 'http_request_duration_seconds')\"
    ratio = \"value(metric('broken_ratio'))\"
    gone = \"value(metric('queue_wait_seconds'))\"
";

#[test]
fn signals_are_told_over_the_window_and_not_since_the_process_started() {
    let http = Http::start();
    let hour_ago = page(100_000, 90_000, 10, 190_000);
    // since then: 90 good ones and 10 bad ones, all of them fast
    let now = page(100_090, 90_010, 110, 190_000);
    // the process was restarted: 1 good one, 1 bad one, 4 slow ones
    let anew = page(1, 1, 0, 4);
    http.on_each("/metrics", [&hour_ago, &now, &anew].map(|text| metrics(text)));
    let url = http.url("/metrics");
    let mut api = Watched::new(
        &format!(
            "probe.prometheus = {{ url = \"{url}\", headers = {{ X-Tenant = \"a\" }}, window = \"1m\" }}\n{SIGNALS}"
        ),
        PATIENCE,
    );
    let told = |signals: Vec<(String, String)>| signals.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    let second = "known from the second scrape on";
    let nan = "value(): a value is no number";
    let gone = "there is no metric 'queue_wait_seconds' (has: queue_depth)";
    let first = [
        "7".to_owned(),
        format!("{second}: increase('http_requests_total', {{'code': '500'}})"),
        format!("{second}: quantile(0.95, 'http_request_duration_seconds')"),
        nan.to_owned(),
        gone.to_owned(),
    ];
    assert_eq!(told(api.signals(1000.0)), first);
    assert_eq!(told(api.signals(1005.0)), ["7", "10", "0.095", nan, gone]);
    // 91 and 11 in all; 100 fast ones and 4 slow ones
    assert_eq!(told(api.signals(1010.0)), ["7", "10.784", "0.099", nan, gone]);
    // a minute later only the last page is within the window
    let quiet = told(api.signals(1069.0));
    assert_eq!(quiet[1..3], ["50", "2.38"].map(str::to_owned));
    let none = told(api.signals(1129.0));
    assert_eq!(none[1], "division by zero: guard it, x != 0 && y / x > 1");
    let span = "nothing was observed for 1m";
    assert!(none[2].starts_with(span), "{none:?}");
    let asked = &http.hits()[0];
    assert!(asked.method == "GET" && asked.header("accept").unwrap().starts_with("text/plain;version=0.0.4"));
    assert_eq!(asked.header("x-tenant"), Some("a"));
}

#[test]
fn what_cannot_be_read_is_told_in_the_drill_down_and_the_rest_counts() {
    let http = Http::start();
    http.on("/metrics", metrics(&page(1, 0, 1, 0)));
    let toml = format!(
        "probe.prometheus = {{ url = \"{}\" }}\nhealthy = \"invalid_lines == 1 && status == 200\"",
        http.url("/metrics")
    );
    let seen = Watched::new(&toml, PATIENCE).poll(0.0).unwrap();
    assert_eq!((seen.state, &seen.reason), (State::Up, &None));
    let Detail::Table { rows, cut, .. } = seen.detail else { panic!("{:?}", seen.detail) };
    assert_eq!(cut.as_deref(), Some("9 samples of 6 metrics, 1 lines could not be read"));
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(Shown::as_str).collect()).collect();
    assert_eq!(rows[..2], [["line 12: 'is' is no number", "", ""], ["http_requests_total", "2", ""]]);
    assert!(rows.contains(&vec!["queue_depth", "1", "7"]), "{rows:?}");
}

#[test]
fn servers_that_misbehave_are_told_apart() {
    let mut http = Http::start();
    let at = http.url("").strip_prefix("http://").unwrap().to_owned();
    let rows = [
        (Say::Hang, State::Down, Cause::TimedOut, format!("timed out (response) after 300ms at {at}")),
        (Say::cut_short("up 1\n"), State::Down, Cause::ConnectionLost, format!("connection lost {at}")),
        (Say::text(401, "who?"), State::Unknown, Cause::Unauthorized, format!("unauthorized: 401 from {at}")),
        (Say::text(503, "up 1\n"), State::Down, Cause::BadStatus, format!("503 from {at}")),
        (
            Say::redirect("http://login.example/"),
            State::Down,
            Cause::Redirected,
            format!("redirected to login.example by {at}"),
        ),
        (
            Say::reply(200, "text/html", "<p>Sign in</p>"),
            State::Unknown,
            Cause::Malformed,
            format!("malformed: HTML instead of metrics from {at}"),
        ),
        (
            metrics("<!DOCTYPE html><p>Sign in</p>"),
            State::Unknown,
            Cause::Malformed,
            format!("malformed: HTML instead of metrics from {at}"),
        ),
        (
            Say::json(200, "{\"status\":\"ok\"}"),
            State::Unknown,
            Cause::Malformed,
            format!("malformed: no metrics, line 1: a label without a name from {at}"),
        ),
        (
            metrics(""),
            State::Unknown,
            Cause::Malformed,
            format!("malformed: an empty body instead of metrics from {at}"),
        ),
        (
            metrics(&"up 1 # \u{1b}]0;owned\u{7}\n".repeat(60_000)),
            State::Unknown,
            Cause::TooLarge,
            format!("too large: body above 1 MiB from {at}"),
        ),
        (Say::gzip_bomb(16), State::Unknown, Cause::TooLarge, format!("too large: body above 1 MiB from {at}")),
    ];
    let toml =
        format!("probe.prometheus = {{ url = \"{}\" }}\nsignal.up_1 = \"value(metric('up'))\"", http.url("/metrics"));
    for (say, state, cause, words) in rows {
        http.on("/metrics", say.clone());
        let seen =
            Watched::new(&toml, Duration::from_millis(if cause == Cause::TimedOut { 300 } else { 60_000 })).poll(0.0);
        let (told, by) = match seen {
            Ok(seen) => {
                assert!(seen.signals[0].value.is_err(), "{say:?}: {:?}", seen.signals);
                (seen.reason.unwrap(), seen.state)
            }
            Err(error) => (error.clone(), error.cause.state()),
        };
        assert_eq!((told, by), (ProbeError::new(cause, words), state), "{say:?}");
    }
    http.stub().close();
    let refused = Watched::new(&toml, PATIENCE).poll(0.0).unwrap_err();
    assert_eq!(refused, ProbeError::new(Cause::Refused, format!("refused {at}")));
}

#[test]
fn a_large_page_is_read_whole() {
    let http = Http::start();
    let line = |n| format!("requests_total{{route=\"/r{n}\",instance=\"a\"}} {n}");
    let page = (0..12_000).map(line).collect::<Vec<_>>().join("\n");
    assert!(page.len() > 400_000);
    http.on("/metrics", metrics(&page));
    let toml = format!(
        "probe.prometheus = {{ url = \"{}\" }}\nsignal.sum = \"increase('requests_total')\"",
        http.url("/metrics")
    );
    let mut all = Watched::new(&toml, PATIENCE);
    assert!(all.signals(0.0)[0].1.contains("known from the second scrape on"));
    assert_eq!(all.signals(5.0)[0].1, "0");
}
