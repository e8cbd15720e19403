//! The whole simulated system over its sockets, asked by the clients that the product uses.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::AsyncCommands as _;
use serde_json::{Value, json};

use super::fault::Fault;
use super::*;
use crate::base::Now;

const DEADLINE: Duration = Duration::from_secs(10);

/// A system whose clock stands until the test moves it.
struct Stand {
    running: Running<World>,
    seconds: Arc<AtomicU64>,
    http: reqwest::Client,
}

impl Stand {
    fn new(fault: Fault, minutes: u64) -> Self {
        let seconds = Arc::new(AtomicU64::new(1000));
        let read = Arc::clone(&seconds);
        let wall: jiff::Timestamp = "2026-11-22T02:50:00Z".parse().unwrap();
        let clock = move || Now::at(0.0, wall).plus(Duration::from_secs(read.load(Ordering::Relaxed)));
        let begin = Begin {
            now: clock(),
            clock: Arc::new(clock),
            fault: fault.name(),
            since: Duration::from_secs(minutes * 60),
            seed: 1,
            programs: std::path::PathBuf::new(),
        };
        let running = run(&begin).unwrap();
        // another test of this process may have installed it already
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(DEADLINE).build().unwrap();
        Self { running, seconds, http }
    }

    fn on(&self, secs: u64) {
        self.seconds.fetch_add(secs, Ordering::Relaxed);
        self.running.stage.with(|_| ());
    }

    fn var(&self, name: &str) -> String {
        self.running.vars().iter().find(|(key, _)| key == name).unwrap().1.clone()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.header("X-API-Key", self.var("api_key")).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(self.var("api_url") + path)).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(self.http.post(self.var("api_url") + path).body(body.to_string())).await
    }

    async fn worker(&self) -> (u16, Value) {
        self.send(self.http.get(self.var("worker_url") + "/health")).await
    }

    async fn redis(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.var("redis_url") + "?protocol=resp3").unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Whether a port refuses, answers nothing, or speaks.
    async fn knock(&self, url: &str) -> Result<u16, &'static str> {
        match self.http.get(url).timeout(Duration::from_millis(300)).send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) if error.is_timeout() => Err("silent"),
            Err(_) => Err("refused"),
        }
    }

    /// Knocks until the answer is the wanted one.
    async fn knock_until(&self, url: &str, wanted: Result<u16, &str>) {
        let attempts = async { while self.knock(url).await != wanted {} };
        tokio::time::timeout(DEADLINE, attempts).await.unwrap();
    }
}

#[tokio::test]
async fn a_healthy_system_answers_in_the_documented_shapes() {
    let stand = Stand::new(Fault::None, 0);
    let (status, health) = stand.get("/health").await;
    assert_eq!((status, &health["status"], &health["database_connected"]), (200, &json!("healthy"), &json!(true)));
    let (_, wal) = stand.get("/wal/stats").await;
    assert!(wal["stats"]["pending"].as_u64().unwrap() < 7 && wal["success"] == json!(true), "{wal}");
    let (_, queue) = stand.get("/api/queue/health").await;
    assert_eq!(
        (&queue["redis_connected"], &queue["workers"], &queue["error"]),
        (&json!(true), &json!(1), &Value::Null)
    );
    let (_, scheduler) = stand.get("/scheduler/status").await;
    assert_eq!(scheduler["jobs"][0]["next_run"], json!("2026-11-22T08:00:00-06:00"));
    let (_, latest) = stand.get("/metrics/latest").await;
    assert_eq!(latest["metrics"]["recorded_at"], json!("2026-11-22T03:05:00.000000+00:00"));
    let (_, text) = stand.get("/metrics/prometheus").await;
    assert!(text.as_str().unwrap().contains("dream_team_queue_depth{status=\"queued\"} "), "{text}");
    for path in ["/", "/cache/metrics", "/orchestration/status", "/wal/pending?limit=3", "/wal/failed", "/e2b/test"] {
        assert_eq!(stand.get(path).await.0, 200, "{path}");
    }
    let (status, worker) = stand.worker().await;
    assert_eq!((status, &worker["status"], &worker["memory_limit_mb"]), (200, &json!("healthy"), &json!(2048)));
    assert_eq!(worker.as_object().unwrap().len(), 15, "{worker}");
}

#[tokio::test]
async fn keys_and_unknown_paths_are_refused_in_the_frameworks_words() {
    let stand = Stand::new(Fault::None, 0);
    let url = stand.var("api_url");
    for (request, status, body) in [
        (stand.http.get(format!("{url}/wal/stats")), 401, "Missing API key. Include X-API-Key header."),
        (stand.http.get(format!("{url}/wal/stats")).header("X-API-Key", "x"), 401, "Invalid API key"),
        (stand.http.get(format!("{url}/nothing")), 404, "Not Found"),
        (stand.http.get(format!("{url}/metrics/record")).header("X-API-Key", API_KEY), 405, "Method Not Allowed"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.text().await.unwrap(), json!({ "detail": body }).to_string());
    }
    let supabase = stand.var("supabase_url") + "/rest/v1/";
    let with_key = stand.http.get(&supabase).header("apikey", SUPABASE_KEY).send().await.unwrap();
    assert_eq!((stand.knock(&supabase).await, with_key.status().as_u16()), (Ok(401), 200));
    let worker = stand.var("worker_url");
    assert_eq!(stand.knock(&format!("{worker}/health?x=1")).await, Ok(404));
    assert_eq!(stand.http.post(format!("{worker}/health")).send().await.unwrap().status().as_u16(), 501);
}

#[tokio::test]
async fn a_crashed_worker_is_refused_and_restarted_by_its_command() {
    let stand = Stand::new(Fault::WorkerCrash, 10);
    let health = stand.var("worker_url") + "/health";
    assert_eq!(stand.knock(&health).await, Err("refused"));
    assert!(stand.get("/wal/stats").await.1["stats"]["pending"].as_u64().unwrap() > 50);
    let mut redis = stand.redis().await;
    let queued: u64 = redis.llen("rq:queue:sabine-slow-path").await.unwrap();
    assert!(queued > 50, "{queued}");
    let restarted = stand.running.command(&["sudo", "-n", "systemctl", "restart", "sabine-worker"]).unwrap();
    assert_eq!((restarted.code, stand.running.fault()), (0, "none"));
    stand.knock_until(&health, Ok(200)).await;
    assert_eq!(stand.worker().await.1["status"], json!("starting"));
    stand.on(5);
    assert_eq!(stand.worker().await.1["status"], json!("healthy"));
    let members: Vec<String> = redis.smembers("rq:workers").await.unwrap();
    assert_eq!(members.len(), 1);
}

#[tokio::test]
async fn redis_down_is_refused_and_everybody_says_so() {
    let stand = Stand::new(Fault::None, 0);
    let mut redis = stand.redis().await;
    stand.running.set_fault("redis-down");
    let lost: redis::RedisResult<u64> = redis.llen("rq:queue:sabine-slow-path").await;
    assert!(lost.unwrap_err().is_io_error());
    let url = stand.var("redis_url").replace("redis://", "http://");
    stand.knock_until(&url, Err("refused")).await;
    let (status, worker) = stand.worker().await;
    assert_eq!((status, &worker["status"], &worker["queue_depth"]), (200, &json!("degraded"), &json!(0)));
    let (status, queue) = stand.get("/api/queue/stats").await;
    assert!(status == 200 && queue["error"].as_str().unwrap().contains("Error 111"), "{queue}");
    let (status, told) = stand.post("/api/queue/enqueue", json!({ "wal_entry_id": "x" })).await;
    assert_eq!((status, &told["status"]), (202, &json!("failed")));
    stand.running.stage.with(World::restart_redis);
    stand.on(3);
    let deadline = tokio::time::timeout(DEADLINE, async {
        let client = redis::Client::open(stand.var("redis_url")).unwrap();
        while client.get_multiplexed_async_connection().await.is_err() {}
    });
    deadline.await.unwrap();
    assert_eq!(stand.get("/api/queue/health").await.1["error"], Value::Null);
}

#[tokio::test]
async fn each_fault_shows_where_the_runbook_looks() {
    let critical = Stand::new(Fault::MemoryPressure, 8);
    let (status, worker) = critical.worker().await;
    assert_eq!((status, &worker["status"], &worker["memory_status"]), (503, &json!("critical"), &json!("critical")));

    let database = Stand::new(Fault::SupabaseOutage, 5);
    assert_eq!(database.get("/health").await.1["database_connected"], json!(false));
    let (status, wal) = database.get("/wal/stats").await;
    assert_eq!((status, &wal["detail"]), (500, &json!("Failed to get WAL stats: [Errno 111] Connection refused")));
    let rest = database.http.get(database.var("supabase_url") + "/rest/v1/").header("apikey", SUPABASE_KEY);
    assert_eq!(rest.send().await.unwrap().status().as_u16(), 503);

    let sandbox = Stand::new(Fault::E2bTimeout, 5);
    let (status, told) = sandbox.get("/e2b/test").await;
    assert_eq!((status, &told["success"]), (200, &json!(false)));

    let slack = Stand::new(Fault::SlackWebhookFailure, 5);
    let posted = |stand: &Stand| stand.http.post(stand.var("slack_webhook_url")).body("{\"text\":\"x\"}").send();
    assert_eq!(posted(&slack).await.unwrap().text().await.unwrap(), "no_service");
    slack.running.stage.with(World::restart_worker);
    assert_eq!(posted(&slack).await.unwrap().text().await.unwrap(), "ok");

    let model = Stand::new(Fault::AnthropicApiFailure, 5);
    let asked = || model.http.get(model.var("anthropic_url") + "/v1/models").header("x-api-key", ANTHROPIC_KEY).send();
    assert_eq!(asked().await.unwrap().status().as_u16(), 401);
    let briefing = model.post("/scheduler/trigger-briefing", json!({})).await.1;
    assert_eq!(briefing["success"], json!(false));
    model.running.stage.with(World::restart_api);
    assert_eq!(asked().await.unwrap().status().as_u16(), 200);

    let orphan = Stand::new(Fault::OrphanScheduler, 5);
    assert_eq!(orphan.knock(&(orphan.var("worker_url") + "/health")).await, Err("silent"));

    let down = Stand::new(Fault::ApiDown, 5);
    assert_eq!(down.knock(&down.var("api_url")).await, Err("refused"));
}

#[tokio::test]
async fn the_runbooks_posts_act_on_the_world() {
    let stand = Stand::new(Fault::None, 0);
    let task = json!({ "task_type": "gap_detection", "role": "backend-architect-sabine", "description": "by hand" });
    let (status, told) = stand.post("/api/dream-team/tasks", task).await;
    assert_eq!(status, 200, "{told}");
    let key = format!("rq:job:{}", told["task_id"].as_str().unwrap());
    let mut redis = stand.redis().await;
    for _ in 0..120 {
        stand.on(1);
        let state: String = redis.hget(&key, "status").await.unwrap();
        if state == "finished" {
            break;
        }
    }
    let description: String = redis.hget(&key, "description").await.unwrap();
    let state: String = redis.hget(&key, "status").await.unwrap();
    assert_eq!((description.as_str(), state.as_str()), ("backend.worker.jobs.run_gap_detection()", "finished"));
    let (status, told) = stand.post("/api/dream-team/tasks", json!({ "task_type": "tea" })).await;
    assert!(status == 422 && told.to_string().contains("gap_detection"), "{told}");
    assert_eq!(stand.post("/api/queue/retry-failed", json!({})).await.1, json!({ "requeued": 0, "errors": [] }));
    let (status, told) = stand.post("/metrics/record", json!({})).await;
    assert!(status == 200 && told["task_metrics_id"].is_string(), "{told}");
    assert!(stand.running.stage.with(|world| world.redis.calls().get("HGET").is_some_and(|calls| *calls > 1)));
}

#[tokio::test]
async fn dropping_it_closes_everything() {
    let stand = Stand::new(Fault::None, 0);
    let mut redis = stand.redis().await;
    let urls = ["api_url", "worker_url", "supabase_url"].map(|name| stand.var(name));
    let Stand { running, http, seconds } = stand;
    drop(running);
    let lost: redis::RedisResult<u64> = redis.scard("rq:workers").await;
    assert!(lost.is_err());
    for url in urls {
        let refused = async { while http.get(&url).send().await.is_ok() {} };
        tokio::time::timeout(DEADLINE, refused).await.unwrap();
    }
    drop(seconds);
}
