//! What an answer, or the lack of one, says of a request: accepted, refused and why, or that it cannot be told. Pure.
//!
//! A status alone is not believed: a body that says that it failed decides.

use crate::action::{End, HttpCall};
use crate::base::{Redactor, Shown};
use crate::expr::{Expr, Facts};
use crate::probe::http::send::{Response, Sent};
use crate::signal::Value;

/// The most of a server's own words that is repeated, in characters.
const WORDS: usize = 120;

/// What came of one request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// How it ended.
    pub(super) end: End,
    /// In words, without secrets.
    pub(super) reason: String,
    /// Status of the answer.
    pub(super) status: Option<u16>,
    /// The answer proves the effect.
    pub(super) proved: bool,
    /// Why the requests after this one are not sent, where they would fare no better.
    pub(super) halts: Option<&'static str>,
}

/// Judges a request.
pub(super) fn of(sent: Sent, call: &HttpCall, redactor: &Redactor) -> Verdict {
    let verdict = match sent {
        Sent::Not(error) => Verdict {
            end: End::Failed,
            reason: format!("not sent: {error}"),
            status: None,
            proved: false,
            halts: Some("not sent: the one before could not be sent"),
        },
        Sent::Perhaps(error) => Verdict {
            end: End::Unknown,
            reason: format!("{error}: it was sent, so it may have happened; it is not sent again"),
            status: None,
            proved: false,
            halts: Some("not sent: the one before was not answered"),
        },
        Sent::Answered(response) => {
            let (end, mut why) = match &call.expect {
                Some(expect) => expected(&response, expect, redactor),
                None => usual(&response, redactor),
            };
            let proved = call.proof.as_ref().map(|proof| proof.over(&response.facts) == Ok(Value::Bool(true)));
            if let (End::Accepted, Some(proof), Some(false)) = (end, &call.proof, proved) {
                why = format!(", which does not prove the effect ({})", proof.text()) + &behind(&response, redactor);
            }
            let reason = format!("{} from {}{why}", response.status, response.address);
            let (status, proved) = (Some(response.status), proved == Some(true));
            Verdict { end, reason, status, proved, halts: halts(end, response.status) }
        }
    };
    Verdict { reason: redactor.redact(&verdict.reason), ..verdict }
}

/// By a condition over the answer, and nothing else.
fn expected(response: &Response, expect: &Expr, redactor: &Redactor) -> (End, String) {
    match expect.over(&response.facts) {
        Ok(Value::Bool(true)) => (End::Accepted, String::new()),
        _ if !is_success(response.status) => (End::Failed, refused(response, redactor)),
        Ok(Value::Bool(false)) => {
            let said = behind(response, redactor);
            (End::Failed, format!(", but not as expected ({}){said}", expect.text()))
        }
        Ok(other) => {
            (End::Unknown, format!(", but what is expected is {other}, not true or false ({})", expect.text()))
        }
        Err(why) => {
            let why = response.trouble.as_ref().map_or(why, ToString::to_string);
            (End::Unknown, format!(", but whether it is as expected cannot be told: {why}"))
        }
    }
}

/// A success that does not contradict itself.
fn usual(response: &Response, redactor: &Redactor) -> (End, String) {
    if !is_success(response.status) {
        return (End::Failed, refused(response, redactor));
    }
    if let Some(trouble) = &response.trouble {
        return (End::Unknown, format!(", but whether it was accepted cannot be told: {trouble}"));
    }
    let body = |field: &str| response.facts.get("body").and_then(|body| body.get(field));
    let what = if body("success").and_then(Value::as_bool) == Some(false) {
        "success: false"
    } else if body("status").and_then(Value::as_str) == Some("failed")
        && !matches!(body("error"), None | Some(Value::Null))
    {
        "status: failed"
    } else {
        return (End::Accepted, String::new());
    };
    (End::Failed, format!(", but its body says {what}{}", behind(response, redactor)))
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Why an answer that is no success is none.
fn refused(response: &Response, redactor: &Redactor) -> String {
    let words = match response.status {
        300..=399 => {
            let elsewhere = response.elsewhere.as_ref().map_or("elsewhere", Shown::as_str);
            return format!(": answered with a redirect to {elsewhere}: not followed");
        }
        400 => ": the request is not understood",
        401 => ": the credentials are not accepted",
        403 => ": the credentials do not allow it",
        404 => ": not there",
        405 => ": not by this method",
        409 => ": its present state does not allow it",
        410 => ": not there any more",
        422 => ": what was sent is refused",
        429 => ": too many requests",
        500.. => ": the server failed",
        _ => ": refused",
    };
    let wait = response.facts.get("headers").and_then(|headers| headers.get("retry-after")).and_then(Value::as_str);
    let wait = wait.map(|wait| {
        let unit = if wait.bytes().all(|byte| byte.is_ascii_digit()) { "in" } else { "at" };
        let seconds = if unit == "in" { " s" } else { "" };
        format!(", again {unit} {}{seconds}", Shown::from_remote(wait))
    });
    format!("{words}{}{}", wait.unwrap_or_default(), behind(response, redactor))
}

/// Why the requests to come are not sent after one that ended so.
fn halts(end: End, status: u16) -> Option<&'static str> {
    match (end, status) {
        (End::Accepted, _) => None,
        (End::Unknown, _) => Some("not sent: what came of the one before cannot be told"),
        (_, 300..=399 | 401 | 403) => Some("not sent: the one before was refused as a whole"),
        (_, 429 | 502..=504) => Some("not sent: the server asked for less, or is in trouble"),
        _ => None,
    }
}

/// The server's own reason, behind ours.
fn behind(response: &Response, redactor: &Redactor) -> String {
    said(&response.facts, redactor).map(|said| format!(": {said}")).unwrap_or_default()
}

/// The server's own reason, in one line: redacted before it is cut.
fn said(facts: &Facts, redactor: &Redactor) -> Option<String> {
    let text = match facts.get("body") {
        Some(body) => ["detail", "error", "message", "reason"].iter().find_map(|field| in_words(body.get(field)?))?,
        None => facts.get("text")?.as_str()?.lines().find(|line| !line.trim().is_empty())?.trim().to_owned(),
    };
    let text = redactor.redact(&text);
    let shown = Shown::from_remote(&text).into_string();
    let cut = shown.char_indices().nth(WORDS).map(|(at, _)| at);
    Some(cut.map_or_else(|| shown.clone(), |at| format!("{}\u{2026}", &shown[..at])))
}

/// `"text"`, `{"message": "text"}`, or a list of `{"loc": ["body", "role"], "msg": "field required"}`.
fn in_words(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Map(_) => {
            ["message", "msg", "detail", "error", "code"].iter().find_map(|field| match value.get(field)? {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
        }
        Value::List(list) => {
            let first = list.first()?;
            let words = in_words(first)?;
            let place = first
                .get("loc")
                .and_then(Value::as_list)
                .map(|loc| loc.iter().map(ToString::to_string).collect::<Vec<_>>().join(".") + ": ");
            let more = if list.len() > 1 { format!(" (and {} more)", list.len() - 1) } else { String::new() };
            Some(format!("{}{words}{more}", place.unwrap_or_default()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Method;
    use crate::base::{Cause, Secret, Template, Variables};
    use crate::probe::ProbeError;

    fn response(status: u16, json: &str) -> Response {
        let mut facts = Facts::from([("status".to_owned(), Value::Int(i64::from(status)))]);
        if !json.is_empty() {
            facts.insert("body".to_owned(), Value::from_json(serde_json::from_str(json).unwrap()));
        }
        Response { address: "h:1".into(), status, facts, trouble: None, elsewhere: None }
    }

    fn call(expect: Option<&str>, proof: Option<&str>) -> HttpCall {
        let compiled = |text: Option<&str>| text.map(|text| Expr::compile(text).unwrap());
        HttpCall {
            item: None,
            method: Method::Post,
            url: "http://h:1/".parse::<Template>().unwrap().fill(&Variables::default()).unwrap(),
            headers: Vec::new(),
            body: None,
            expect: compiled(expect),
            proof: compiled(proof),
        }
    }

    fn judge(response: Response, expect: Option<&str>) -> (End, String) {
        let redactor = Redactor::new([&Secret::new("s3cret-key-0042".into())]);
        let verdict = of(Sent::Answered(response), &call(expect, None), &redactor);
        (verdict.end, verdict.reason.strip_prefix(&format!("{} from h:1", verdict.status.unwrap())).unwrap().to_owned())
    }

    #[test]
    fn a_status_and_a_body_decide_together() {
        for (status, body, end, words) in [
            (200, r#"{"success": true, "error": null}"#, End::Accepted, ""),
            (202, "", End::Accepted, ""),
            (200, r#"{"error": "soft", "status": "ok"}"#, End::Accepted, ""),
            (
                200,
                r#"{"success": false, "error": "queue is full"}"#,
                End::Failed,
                ", but its body says success: false: queue is full",
            ),
            (
                200,
                r#"{"status": "failed", "error": {"message": "no such job"}}"#,
                End::Failed,
                ", but its body says status: failed: no such job",
            ),
            (
                401,
                r#"{"detail": "Invalid API key s3cret-key-0042"}"#,
                End::Failed,
                ": the credentials are not accepted: Invalid API key ***",
            ),
            (403, "", End::Failed, ": the credentials do not allow it"),
            (404, r#"{"detail": "Not Found"}"#, End::Failed, ": not there: Not Found"),
            (
                409,
                r#"{"error": "already running"}"#,
                End::Failed,
                ": its present state does not allow it: already running",
            ),
            (
                422,
                r#"{"detail": [{"loc": ["body", "role"], "msg": "field required"}, {"loc": ["body"], "msg": "x"}]}"#,
                End::Failed,
                ": what was sent is refused: body.role: field required (and 1 more)",
            ),
            (500, r#"{"detail": "a\u001b[31m\nb"}"#, End::Failed, ": the server failed: a\u{241b}[31m\u{240a}b"),
            (302, "", End::Failed, ": answered with a redirect to elsewhere: not followed"),
        ] {
            assert_eq!(judge(response(status, body), None), (end, words.to_owned()), "{status} {body}");
        }
    }

    #[test]
    fn a_server_says_when_to_come_again() {
        for (wait, words) in [
            ("30", ": too many requests, again in 30 s"),
            ("Fri, 31 Dec 1999", ": too many requests, again at Fri, 31 Dec 1999"),
        ] {
            let mut response = response(429, "");
            let headers = serde_json::json!({"retry-after": wait});
            response.facts.insert("headers".into(), Value::from_json(headers));
            assert_eq!(judge(response, None), (End::Failed, words.to_owned()));
        }
    }

    #[test]
    fn what_is_expected_decides_alone() {
        for (status, body, expect, end, words) in [
            (302, "", "status == 302", End::Accepted, ""),
            (200, r#"{"success": false}"#, "status == 200", End::Accepted, ""),
            (
                200,
                r#"{"queued": 0, "message": "full"}"#,
                "body.queued > 0",
                End::Failed,
                ", but not as expected (body.queued > 0): full",
            ),
            (401, "", "body.queued > 0", End::Failed, ": the credentials are not accepted"),
        ] {
            assert_eq!(judge(response(status, body), Some(expect)), (end, words.to_owned()), "{status} {expect}");
        }
        let (end, words) = judge(response(200, "{}"), Some("body.queued > 0"));
        assert!(
            end == End::Unknown && words.starts_with(", but whether it is as expected cannot be told: "),
            "{words}"
        );
    }

    #[test]
    fn what_is_not_known_is_not_taken_for_a_success_or_a_failure() {
        let trouble = || Some(ProbeError::new(Cause::TooLarge, "too large: body above 1 MiB from h:1"));
        let (end, words) = judge(Response { trouble: trouble(), ..response(200, "") }, None);
        assert_eq!(
            (end, words.as_str()),
            (End::Unknown, ", but whether it was accepted cannot be told: too large: body above 1 MiB from h:1")
        );
        assert_eq!(judge(Response { trouble: trouble(), ..response(500, "") }, None).0, End::Failed);
        assert_eq!(judge(Response { trouble: trouble(), ..response(200, "") }, Some("status == 200")).0, End::Accepted);
    }

    #[test]
    fn an_answer_may_be_accepted_and_prove_nothing() {
        let proof = call(None, Some("body.restarted == true"));
        for (body, proved, words) in [
            (r#"{"restarted": true}"#, true, "200 from h:1"),
            (
                r#"{"restarted": false, "message": "busy"}"#,
                false,
                "200 from h:1, which does not prove the effect (body.restarted == true): busy",
            ),
            ("{}", false, "200 from h:1, which does not prove the effect (body.restarted == true)"),
        ] {
            let verdict = of(Sent::Answered(response(200, body)), &proof, &Redactor::default());
            assert_eq!((verdict.end, verdict.proved, verdict.reason.as_str()), (End::Accepted, proved, words));
        }
    }

    #[test]
    fn long_words_are_cut_behind_the_secrets_in_them() {
        let long = format!("{{\"detail\": \"{}s3cret-key-0042 and more\"}}", "x".repeat(WORDS - 5));
        let (_, words) = judge(response(500, &long), None);
        assert!(words.ends_with("xx*** a\u{2026}"), "{words}");
    }
}
