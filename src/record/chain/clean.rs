//! A draft made fit for the journal: secrets out, control characters neutralised, and no longer than a line may be. What
//! does not fit is told, never dropped in silence.

use serde::Serialize;
use serde_json::Value;

use crate::action::{Item, ItemEnd};
use crate::base::{Redactor, Shown};
use crate::record::chain::{Draft, MAX_LINE, Who};

/// Longest id, word or name, in bytes.
const SHORT: usize = 128;
/// Longest text that a person reads.
const TEXT: usize = 1024;
/// Longest call or argument.
const CALL: usize = 2048;
/// What number, time, hashes and the names of the lists take at most.
const FRAME: usize = 768;

/// The draft as it is recorded, and what of it was left out. Fits: all texts together are bounded, and the lists share
/// what is left of the line.
pub(super) fn fitted(draft: &Draft, redactor: &Redactor) -> (Draft, Option<String>) {
    Cleaner { redactor, whole: false }.draft(draft)
}

/// A draft that was read back: neutralised again, nothing redacted, nothing cut.
pub(super) fn shown(draft: &Draft) -> Draft {
    Cleaner { redactor: &Redactor::default(), whole: true }.draft(draft).0
}

/// One word that was read back.
pub(super) fn short(text: &str) -> String {
    Shown::long_from_remote(text, TEXT).into_string()
}

struct Cleaner<'a> {
    redactor: &'a Redactor,
    /// It was cut when it was written.
    whole: bool,
}

impl Cleaner<'_> {
    fn draft(&self, draft: &Draft) -> (Draft, Option<String>) {
        let mut clean = self.texts(draft);
        let mut room = if self.whole { usize::MAX } else { (MAX_LINE - FRAME).saturating_sub(length(&clean)) };
        let mut left_out = Vec::new();
        let mut tell = |what: &str, kept: usize, of: usize| {
            if kept < of {
                left_out.push(format!("{what} {kept} of {of}"));
            }
        };

        clean.argv = within(draft.argv.iter().map(|text| self.text(text, CALL)), room / 2);
        tell("argv", clean.argv.len(), draft.argv.len());
        room = room.saturating_sub(length(&clean.argv));

        if let Some(evidence) = &draft.evidence {
            let (kept, counts) = self.evidence(evidence, room / 2);
            tell("evidence", counts.0, counts.1);
            room = room.saturating_sub(length(&kept));
            clean.evidence = Some(kept);
        }

        clean.items = within(draft.items.iter().map(|item| self.item(item)), room);
        tell("items", clean.items.len(), draft.items.len());
        let left_out = (!left_out.is_empty()).then(|| left_out.join(", "));
        (clean, left_out)
    }

    fn text(&self, text: &str, max_bytes: usize) -> String {
        let max_bytes = if self.whole { MAX_LINE } else { max_bytes };
        // secrets first: a neutralised secret would not be found
        Shown::long_from_remote(&self.redactor.redact(text), max_bytes).into_string()
    }

    /// Everything but the lists.
    fn texts(&self, draft: &Draft) -> Draft {
        let cut = |text: &Option<String>, max| text.as_ref().map(|text| self.text(text, max));
        Draft {
            kind: draft.kind,
            run: cut(&draft.run, SHORT),
            system: cut(&draft.system, SHORT),
            environment: cut(&draft.environment, SHORT),
            action: cut(&draft.action, SHORT),
            target: cut(&draft.target, SHORT),
            who: Who {
                user: self.text(&draft.who.user, SHORT),
                uid: draft.who.uid,
                sudo_user: cut(&draft.who.sudo_user, SHORT),
                ssh: cut(&draft.who.ssh, SHORT),
                tty: cut(&draft.who.tty, SHORT),
                host: self.text(&draft.who.host, SHORT),
                pid: draft.who.pid,
            },
            confirm: cut(&draft.confirm, SHORT),
            reason: cut(&draft.reason, TEXT),
            call: cut(&draft.call, CALL),
            argv: Vec::new(),
            evidence: None,
            outcome: cut(&draft.outcome, SHORT),
            exit_code: draft.exit_code,
            http_status: draft.http_status,
            items: Vec::new(),
            undo: cut(&draft.undo, TEXT),
            binary: cut(&draft.binary, SHORT),
            config: cut(&draft.config, SHORT),
        }
    }

    fn item(&self, item: &Item) -> Item {
        let end = match &item.end {
            ItemEnd::Done => ItemEnd::Done,
            ItemEnd::Gone => ItemEnd::Gone,
            ItemEnd::Skipped(why) => ItemEnd::Skipped(self.text(why, SHORT)),
            ItemEnd::Failed(why) => ItemEnd::Failed(self.text(why, SHORT)),
        };
        Item { id: self.text(&item.id, SHORT), end }
    }

    /// The evidence with as many of its entries as fit, how many those are, and of how many.
    fn evidence(&self, evidence: &Value, room: usize) -> (Value, (usize, usize)) {
        match evidence {
            Value::Object(entries) => {
                let clean = entries.iter().map(|(key, value)| (self.text(key, SHORT), self.value(value)));
                let kept: serde_json::Map<String, Value> = within(clean, room).into_iter().collect();
                let counts = (kept.len(), entries.len());
                (Value::Object(kept), counts)
            }
            Value::Array(entries) => {
                let kept = within(entries.iter().map(|value| self.value(value)), room);
                let counts = (kept.len(), entries.len());
                (Value::Array(kept), counts)
            }
            one => (self.value(one), (1, 1)),
        }
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text, TEXT)),
            // a secret may be made of digits
            Value::Number(number) => {
                let text = number.to_string();
                let redacted = self.redactor.redact(&text);
                if redacted == text { value.clone() } else { Value::String(redacted) }
            }
            Value::Array(entries) => entries.iter().map(|entry| self.value(entry)).collect(),
            Value::Object(entries) => {
                entries.iter().map(|(key, value)| (self.text(key, SHORT), self.value(value))).collect()
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }
}

/// The first of these, as many as take no more room than this as JSON.
fn within<T: Serialize>(entries: impl Iterator<Item = T>, room: usize) -> Vec<T> {
    let mut taken = 0;
    // and the comma or the colon and the brackets of a pair
    entries
        .take_while(|entry| {
            taken = length(entry).saturating_add(3).saturating_add(taken);
            taken <= room
        })
        .collect()
}

fn length(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}
