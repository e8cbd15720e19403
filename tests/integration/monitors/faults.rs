//! Servers of Prometheus' and Alertmanager's API that misbehave: what each fault is told as, and what is still known.

use std::time::{Duration, Instant};

use midwatch::base::{Cause, Missing, Redactor, Shown, State, Variables};
use midwatch::probe::{ComponentSpec, Detail, ProbeError, Prober, assess};

use crate::support::http_stub::{Answer as Say, Http};

const PATIENCE: Duration = Duration::from_secs(60);

struct Watched {
    spec: ComponentSpec,
    prober: Prober,
    runtime: tokio::runtime::Runtime,
}

impl Watched {
    fn new(toml: &str, timeout: Duration) -> Self {
        let spec: ComponentSpec = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
        let prober = Prober::new(&spec.probe, timeout, &Variables::default(), &Redactor::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { spec, prober, runtime }
    }

    fn poll(&mut self) -> Result<assess::Observation, ProbeError> {
        self.poll_at(0.0)
    }

    fn poll_at(&mut self, now: f64) -> Result<assess::Observation, ProbeError> {
        self.runtime.block_on(self.prober.poll(now)).map(|answer| assess::assess(&self.spec, answer))
    }
}

/// Signals as `name value`, or `name - why not`.
fn told(seen: &assess::Observation) -> Vec<String> {
    let one = |signal: &midwatch::probe::Measured| match &signal.value {
        Ok(value) => format!("{} {value}", signal.name),
        Err(missing) => format!("{} - {missing}", signal.name),
    };
    seen.signals.iter().map(one).collect()
}

fn rows(seen: &assess::Observation) -> Vec<String> {
    let Detail::Table { rows, .. } = &seen.detail else { panic!("{:?}", seen.detail) };
    rows.iter().map(|row| row.iter().map(Shown::as_str).collect::<Vec<_>>().join("|")).collect()
}

fn promql(http: &Http, queries: &str) -> String {
    format!("probe.promql = {{ url = \"{}/\", queries = {{ {queries} }} }}", http.url(""))
}

fn alertmanager(http: &Http) -> String {
    format!("probe.alertmanager = {{ url = \"{}\", filter = ['team=\"a b\"', 'x!=\"1\"'] }}", http.url(""))
}

fn vector(result: &str, more: &str) -> Say {
    Say::json(200, &format!(r#"{{"status":"success",{more}"data":{{"resultType":"vector","result":{result}}}}}"#))
}

#[test]
fn one_poll_fails_in_its_own_words_whatever_is_asked() {
    let mut http = Http::start();
    let at = http.url("").strip_prefix("http://").unwrap().to_owned();
    let html = "<html>Sign in</html>";
    let rows = [
        (Say::Hang, State::Down, Cause::TimedOut, format!("timed out (response) after 300ms at {at}")),
        (Say::cut_short("["), State::Down, Cause::ConnectionLost, format!("connection lost {at}")),
        (Say::text(401, "who?"), State::Unknown, Cause::Unauthorized, format!("unauthorized: 401 from {at}")),
        (Say::text(503, "not ready"), State::Down, Cause::BadStatus, format!("503 from {at}")),
        (
            Say::reply(200, "text/html", html),
            State::Unknown,
            Cause::Malformed,
            format!("malformed: HTML instead of JSON from {at}"),
        ),
        (
            Say::json(200, ""),
            State::Unknown,
            Cause::Malformed,
            format!("malformed: an empty body instead of JSON from {at}"),
        ),
        (Say::gzip_bomb(4), State::Unknown, Cause::TooLarge, format!("too large: body above 1 MiB from {at}")),
    ];
    for toml in [promql(&http, "a = 'up', b = 'down'"), alertmanager(&http)] {
        for (say, state, cause, words) in &rows {
            http.otherwise(say.clone());
            let timeout = if *cause == Cause::TimedOut { Duration::from_millis(300) } else { PATIENCE };
            let (error, by) = match Watched::new(&toml, timeout).poll() {
                Ok(seen) => {
                    let missing = |missing: &Missing| matches!(missing, Missing::Failed { .. });
                    assert!(seen.signals.iter().all(|s| s.value.as_ref().is_err_and(missing)), "{say:?}: {seen:?}");
                    (seen.reason.unwrap(), seen.state)
                }
                Err(error) => (error.clone(), error.cause.state()),
            };
            assert_eq!((error, by), (ProbeError::new(*cause, words.clone()), *state), "{toml} {say:?}");
        }
    }
    http.stub().close();
    for toml in [promql(&http, "a = 'up'"), alertmanager(&http)] {
        let refused = Watched::new(&toml, PATIENCE).poll().unwrap_err();
        assert_eq!(refused, ProbeError::new(Cause::Refused, format!("refused {at}")));
    }
}

#[test]
fn each_query_is_told_by_itself() {
    let http = Http::start();
    let at = http.url("").strip_prefix("http://").unwrap().to_owned();
    // one lane for each, so that the order of the answers does not matter to what is known
    http.on_each(
        "/api/v1/query",
        [
            vector(r#"[{"metric":{"job":"a"},"value":[1,"0.5"]}]"#, r#""warnings":["a store is gone"],"#),
            vector("[]", ""),
            Say::json(400, r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error"}"#),
            vector(r#"[{"metric":{},"value":[1,"NaN"]}]"#, ""),
        ],
    );
    let toml = promql(&http, "a = 'x', b = 'x', c = 'x', d = 'x'");
    let seen = Watched::new(&toml, PATIENCE).poll().unwrap();
    let mut values: Vec<String> = told(&seen).into_iter().map(|line| line[2..].to_owned()).collect();
    values.sort();
    let error = format!("bad_data: 1:5: parse error from {at}");
    let wanted =
        [format!("- {error}"), "- the result is NaN, no number".into(), "- the result is empty".into(), "0.5".into()];
    assert_eq!(values, wanted);
    assert_eq!((seen.state, seen.reason), (State::Degraded, Some(ProbeError::new(Cause::ServerError, error))));
    assert!(rows(&Watched::new(&toml, PATIENCE).poll().unwrap()).len() == 4);
    let asked = &http.hits()[0];
    assert_eq!((asked.method.as_str(), asked.query.as_str()), ("GET", "query=x&timeout=54000ms"));
}

#[test]
fn a_range_ends_now_and_brings_its_past() {
    let http = Http::start();
    let values = (0..60).map(|n| format!("[{},\"{n}\"]", 1_000_000 + n * 30)).collect::<Vec<_>>().join(",");
    http.on(
        "/api/v1/query_range",
        Say::json(200, &format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{values}]}}]}}}}"#)),
    );
    let toml = format!(
        "probe.promql = {{ url = \"{}\", ranges = {{ rate = {{ query = 'x', window = '30m', step = '30s' }} }} }}\n\
         [signal]\nworst = \"max(results.rate[0].values)\"",
        http.url("")
    );
    let mut watched = Watched::new(&toml, PATIENCE);
    let seen = watched.poll_at(1_001_770.0).unwrap();
    assert_eq!(told(&seen), ["rate 59", "worst 59"]);
    let course = &seen.signals[0].course;
    assert_eq!((course.len(), course[0]), (60, (Duration::from_secs(1770), 0.0)));
    let asked = "query=x&step=30&timeout=54000ms&start=999970.000&end=1001770.000";
    assert_eq!(http.hits()[0].query, asked);
    watched.poll_at(1_001_800.0).unwrap();
    assert!(http.hits()[1].query.ends_with("&start=1000000.000&end=1001800.000"), "{}", http.hits()[1].query);
}

#[test]
fn a_vector_is_a_list_and_a_warning_is_shown() {
    let http = Http::start();
    let two = r#"[{"metric":{"code":"200"},"value":[1,"9"]},{"metric":{"code":"500"},"value":[1,"1"]}]"#;
    http.on("/api/v1/query", vector(two, r#""warnings":["a store \u001b[2Jis gone"],"#));
    let toml = promql(&http, "by_code = 'sum by (code) (x)'")
        + "\ndegraded = \"size(warnings) > 0\"\nhealthy = \"size(warnings) == 0\"\n[signal]\nbad = \"sum(results.by_code.filter(r, r.labels.code == '500'))\"\nall = \"sum(results.by_code)\"";
    let seen = Watched::new(&toml, PATIENCE).poll().unwrap();
    let lines = ["by_code - 2 series: aggregate them, or read them as results", "bad 1", "all 10"];
    assert_eq!((told(&seen), seen.state), (lines.map(str::to_owned).to_vec(), State::Degraded));
    assert_eq!(rows(&seen), ["by_code|code=200|9", "by_code|code=500|1", "by_code|warning|a store \u{241b}[2Jis gone"]);
}

#[test]
fn queries_go_out_together_on_connections_that_are_kept() {
    let mut http = Http::start();
    let slow = vector(r#"[{"metric":{},"value":[1,"1"]}]"#, "").after(Duration::from_millis(400));
    http.on("/api/v1/query", slow);
    let mut watched = Watched::new(
        &promql(&http, "a = '1', b = '1', c = '1', d = '1', e = '1', f = '1', g = '1', h = '1'"),
        PATIENCE,
    );
    let began = Instant::now();
    for _ in 0..2 {
        assert_eq!(watched.poll().unwrap().signals.len(), 8);
    }
    // sixteen answers of 0.4 s each: one after the other they would take 6.4 s
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(http.stub().accepted(), 4);
}

#[test]
fn what_an_alertmanager_refuses_is_told_in_its_words_and_silences_are_told_apart() {
    let http = Http::start();
    let at = http.url("").strip_prefix("http://").unwrap().to_owned();
    http.on("/api/v2/alerts", Say::json(400, r#""bad matcher format: x""#));
    let seen = Watched::new(&alertmanager(&http), PATIENCE).poll().unwrap();
    assert_eq!(seen.reason.unwrap().text, format!("400 from {at}: bad matcher format: x"));
    assert_eq!(http.hits().len(), 1, "a server in trouble gets no further load");
    assert_eq!(http.hits()[0].query, "filter=team%3D%22a+b%22&filter=x%21%3D%221%22");
    http.on("/api/v2/alerts", Say::json(200, "[]"));
    http.on("/api/v2/silences", Say::text(503, "gossip"));
    let seen = Watched::new(&alertmanager(&http), PATIENCE).poll().unwrap();
    let wanted = ["active 0", "critical 0", "warning 0", "silenced 0", "inhibited 0", "alerts [0]"];
    assert_eq!(told(&seen)[..6], wanted.map(str::to_owned));
    assert_eq!(told(&seen)[6], format!("silences - 503 from {at}"));
}
