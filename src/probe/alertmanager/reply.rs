//! Replies of Alertmanager's API v2. Pure.

use indexmap::IndexMap;

use crate::base::Shown;
use crate::probe::http::fetch::json;
use crate::signal::Value;

/// One alert.
#[derive(Debug, PartialEq)]
pub(super) struct Alert {
    name: String,
    severity: String,
    since: String,
    summary: String,
    state: String,
    /// Ids of silences.
    pub(super) silenced_by: Vec<String>,
    /// Another alert explains it.
    pub(super) is_inhibited: bool,
    labels: IndexMap<String, Value>,
}

impl Alert {
    /// True of one that somebody is told of.
    pub(super) fn notifies(&self) -> bool {
        self.silenced_by.is_empty() && !self.is_inhibited && self.state != "suppressed"
    }

    /// True of one of this severity, in any case of letters.
    pub(super) fn is(&self, severity: &str) -> bool {
        self.severity.eq_ignore_ascii_case(severity)
    }

    /// As an element of the signal `alerts`.
    pub(super) fn value(&self) -> Value {
        let text = |text: &str| Value::from(text);
        let fields = [
            ("name", text(&self.name)),
            ("severity", text(&self.severity)),
            ("since", text(&self.since)),
            ("summary", text(&self.summary)),
            ("state", text(&self.state)),
            ("silenced_by", text(&self.silenced_by.join(" "))),
            ("labels", Value::Map(self.labels.clone())),
        ];
        Value::Map(fields.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// As a row of the drill-down; who silenced it is looked up among the silences.
    pub(super) fn row(&self, silences: &[Value]) -> Vec<Shown> {
        let who = |id: &String| {
            let field = |silence: &Value, name: &str| silence.get(name).and_then(Value::as_str).map(str::to_owned);
            let silence = silences.iter().find(|silence| field(silence, "id").as_deref() == Some(id));
            silence.and_then(|silence| Some(format!("{}: {}", field(silence, "by")?, field(silence, "comment")?)))
        };
        let by: Vec<String> = self.silenced_by.iter().map(|id| who(id).unwrap_or_else(|| id.clone())).collect();
        let mut by = by.join(", ");
        if self.is_inhibited {
            by.push_str(if by.is_empty() { "inhibited" } else { ", inhibited" });
        }
        [&self.name, &self.severity, &self.since, &self.summary, &by].map(|text| Shown::from_remote(text)).to_vec()
    }
}

/// Reads `/api/v2/alerts`.
pub(super) fn alerts(body: &[u8]) -> Result<Vec<Alert>, String> {
    list(body)?.as_list().unwrap_or_default().iter().map(|alert| self::alert(alert).ok_or_else(none)).collect()
}

fn alert(alert: &Value) -> Option<Alert> {
    let texts = |value: Option<&Value>| -> Vec<String> {
        let list = value.and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let Value::Map(labels) = alert.get("labels")? else { return None };
    let label = |name: &str| labels.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let note = |name: &str| alert.get("annotations").and_then(|notes| notes.get(name)).and_then(Value::as_str);
    let status = alert.get("status")?;
    Some(Alert {
        name: label("alertname"),
        severity: label("severity"),
        since: alert.get("startsAt")?.as_str()?.to_owned(),
        summary: note("summary").or_else(|| note("description")).unwrap_or_default().to_owned(),
        state: status.get("state")?.as_str()?.to_owned(),
        silenced_by: texts(status.get("silencedBy")),
        is_inhibited: !texts(status.get("inhibitedBy")).is_empty(),
        labels: labels.clone(),
    })
}

/// Reads `/api/v2/silences`: those that are in force, as elements of the signal `silence_list`.
pub(super) fn silences(body: &[u8]) -> Result<Vec<Value>, String> {
    let all = list(body)?;
    let all = all.as_list().unwrap_or_default().iter().map(|silence| self::silence(silence).ok_or_else(none));
    let all: Vec<Option<Value>> = all.collect::<Result<_, _>>()?;
    Ok(all.into_iter().flatten().collect())
}

#[expect(clippy::option_option, reason = "one that is no silence is an error, one that has ended is left out")]
fn silence(silence: &Value) -> Option<Option<Value>> {
    let text = |name: &str| silence.get(name).and_then(Value::as_str);
    if silence.get("status")?.get("state")?.as_str()? != "active" {
        return Some(None);
    }
    let matchers: Vec<String> = silence.get("matchers")?.as_list()?.iter().map(matcher).collect::<Option<_>>()?;
    let fields = [
        ("id", text("id")?),
        ("matchers", &matchers.join(", ")),
        ("ends", text("endsAt")?),
        ("by", text("createdBy")?),
        ("comment", text("comment")?),
    ];
    Some(Some(Value::Map(fields.map(|(name, value)| (name.to_owned(), Value::from(value))).into())))
}

/// `severity="critical"`, as Alertmanager writes it.
fn matcher(matcher: &Value) -> Option<String> {
    let flag = |name: &str, default: bool| matcher.get(name).and_then(Value::as_bool).unwrap_or(default);
    let sign = match (flag("isEqual", true), flag("isRegex", false)) {
        (true, false) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (false, true) => "!~",
    };
    Some(format!("{}{sign}{:?}", matcher.get("name")?.as_str()?, matcher.get("value")?.as_str()?))
}

/// What it says of a request that it does not answer: a text, or `{ "code": 601, "message": "…" }`.
pub(super) fn complaint(body: &[u8]) -> Option<Shown> {
    let said = json(body).ok()?;
    said.as_str().or_else(|| said.get("message")?.as_str()).map(Shown::from_remote)
}

fn list(body: &[u8]) -> Result<Value, String> {
    if body.trim_ascii().is_empty() {
        return Err("an empty body instead of JSON".to_owned());
    }
    json(body).and_then(|value| if value.as_list().is_some() { Ok(value) } else { Err(none()) })
}

fn none() -> String {
    "no reply of an Alertmanager API v2".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERTS: &str = r#"[
        {"annotations":{"summary":"Disk \u001b[31mfull"},"endsAt":"2026-11-22T03:00:00Z","startsAt":"2026-11-22T02:50:00Z",
         "status":{"inhibitedBy":[],"silencedBy":["s1"],"state":"suppressed"},"labels":{"alertname":"Disk","severity":"Critical"}},
        {"annotations":{},"startsAt":"2026-11-22T02:50:00Z",
         "status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},"labels":{"alertname":"Slow"}}]"#;
    const SILENCES: &str = r#"[
        {"id":"s1","status":{"state":"active"},"matchers":[{"name":"alertname","value":"Disk","isRegex":false,"isEqual":true}],
         "startsAt":"x","endsAt":"2026-11-22T04:00:00Z","createdBy":"alice","comment":"on it"},
        {"id":"s0","status":{"state":"expired"},"matchers":[],"endsAt":"y","createdBy":"bob","comment":"old"}]"#;

    #[test]
    fn alerts_know_who_silenced_them() {
        let (alerts, silences) = (alerts(ALERTS.as_bytes()).unwrap(), silences(SILENCES.as_bytes()).unwrap());
        assert_eq!(alerts.iter().map(Alert::notifies).collect::<Vec<_>>(), [false, true]);
        assert!(alerts[0].is("critical"));
        let row: Vec<String> = alerts[0].row(&silences).into_iter().map(Shown::into_string).collect();
        assert_eq!(row, ["Disk", "Critical", "2026-11-22T02:50:00Z", "Disk \u{241b}[31mfull", "alice: on it"]);
        assert_eq!(silences.len(), 1);
        assert_eq!(silences[0].get("matchers").and_then(Value::as_str), Some("alertname=\"Disk\""));
    }

    #[test]
    fn what_is_no_reply_is_told() {
        for body in ["{}", "[{}]", "[1]", "[{\"labels\":{},\"status\":{}}]"] {
            assert_eq!(alerts(body.as_bytes()).unwrap_err(), "no reply of an Alertmanager API v2", "{body}");
            assert!(silences(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(complaint(b"{\"code\":601,\"message\":\"bad matcher\"}").unwrap().as_str(), "bad matcher");
    }
}
