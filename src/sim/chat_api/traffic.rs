//! What the simulated service counts, as its page of metrics tells it. Pure.

use std::fmt::Write as _;

use super::fault::Fault;

/// Upper bounds of the histogram of requests, in seconds, as OpenTelemetry cuts them at the end; beyond is only +Inf.
pub(super) const BOUNDS: [&str; 6] = ["0.5", "1.0", "2.5", "5.0", "7.5", "10.0"];
/// Messages a second.
const MESSAGES: f64 = 0.8;
/// Of them, those of users who have none left.
const LIMITED_SHARE: f64 = 0.01;
/// Where the streams go.
const ROUTE: &str = "http_route=\"/chat/stream\"";

/// Counted since the process started.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic {
    /// When that was, in Unix seconds.
    pub(super) started: f64,
    messages: f64,
    answered: f64,
    limited: f64,
    /// Requests that were refused for what is wrong with them.
    refused: f64,
    /// Answered with a 500.
    broken: f64,
    within: [f64; BOUNDS.len()],
    tokens: f64,
}

impl Traffic {
    /// A process that starts now.
    pub(super) fn new(started: f64) -> Self {
        Self { started, ..Self::default() }
    }

    /// One second of it.
    pub(super) fn step(&mut self, fault: Fault) {
        let limited = MESSAGES * LIMITED_SHARE;
        // without its database a stream is a 200 with no event at all
        let share = if fault.has_database() { 1.0 - fault.error_share() } else { 0.0 };
        self.messages += MESSAGES;
        self.limited += limited;
        self.answered += (MESSAGES - limited) * share;
        self.refused += 0.01;
        self.broken += if fault.has_database() { 0.0 } else { 0.02 };
        self.tokens += MESSAGES * 900.0;
        for (count, share) in self.within.iter_mut().zip(fault.speed()) {
            *count += MESSAGES * share;
        }
    }

    /// The page of metrics.
    pub(super) fn page(&self, streams: u32, model: &str) -> String {
        let mut page = String::from("# HELP python_info Python platform information\n# TYPE python_info gauge\n");
        page.push_str("python_info{implementation=\"CPython\",major=\"3\",minor=\"12\"} 1.0\n");
        let mut line = |text: String| {
            let _ = writeln!(page, "{text}");
        };
        line("# TYPE process_start_time_seconds gauge".into());
        line(format!("process_start_time_seconds {:.2}", self.started));
        line("# TYPE http_server_active_requests gauge".into());
        line(format!("http_server_active_requests{{http_method=\"POST\",http_scheme=\"http\"}} {streams}.0"));
        line("# TYPE http_server_request_duration_seconds histogram".into());
        for (bound, count) in BOUNDS.iter().zip(self.within) {
            line(format!(
                "http_server_request_duration_seconds_bucket{{{ROUTE},http_response_status_code=\"200\",le=\"{bound}\"}} {:.1}",
                count.floor()
            ));
        }
        let messages = self.messages.floor();
        line(format!(
            "http_server_request_duration_seconds_bucket{{{ROUTE},http_response_status_code=\"200\",le=\"+Inf\"}} {messages:.1}"
        ));
        for (route, code, count) in [
            ("/chat/stream", "200", self.messages),
            ("/chat/stream", "401", self.refused),
            ("/chat/sessions", "500", self.broken),
            ("/health/ready", "503", self.broken * 5.0),
        ] {
            line(format!(
                "http_server_request_duration_seconds_count{{http_route=\"{route}\",http_response_status_code=\"{code}\"}} {:.1}",
                count.floor()
            ));
        }
        line("# TYPE chat_requests_total counter".into());
        line(format!("chat_requests_total{{status=\"success\"}} {:.1}", self.answered.ceil()));
        line(format!("chat_requests_total{{status=\"rate_limited\"}} {:.1}", self.limited.ceil()));
        line("# TYPE rate_limit_hits_total counter".into());
        line(format!("rate_limit_hits_total{{limit_type=\"monthly\"}} {:.1}", self.limited.ceil()));
        line("# TYPE tokens_used_total counter".into());
        line(format!("tokens_used_total{{type=\"output\",model=\"{model}\"}} {:.1}", self.tokens.floor()));
        page
    }
}
