//! A page as facts: `metrics`, with the growth of what only grows. Pure.

use indexmap::IndexMap;

use super::memory::Memory;
use super::text::{self, Page, Sample};
use crate::base::Shown;
use crate::signal::Value;

/// More samples than this are not read: a part of them would be told as if it were all.
const MOST: usize = 20_000;

/// What one page says.
#[derive(Debug)]
pub(super) struct Read {
    /// By name, as a list of samples: `{ value, labels, increase }`.
    pub(super) metrics: IndexMap<String, Value>,
    /// Seconds that `increase` is told of.
    pub(super) window_s: Option<f64>,
    /// Samples in all.
    pub(super) samples: usize,
    /// Lines that could not be read.
    pub(super) invalid: usize,
    /// The first of them: `line 12: 'x' is no number`.
    pub(super) told: Vec<Shown>,
}

/// Reads a page that was fetched at `now`; the error says why it is none.
pub(super) fn read(body: &[u8], now: f64, memory: &mut Memory) -> Result<Read, String> {
    if body.trim_ascii().is_empty() {
        return Err("an empty body instead of metrics".to_owned());
    }
    let page = text::parse(body);
    let told: Vec<Shown> =
        page.faults.iter().map(|fault| Shown::from_remote(&format!("line {}: {}", fault.line, fault.what))).collect();
    if page.samples.is_empty()
        && let Some(first) = told.first()
    {
        return Err(format!("no metrics, {first}"));
    }
    if page.samples.len() > MOST {
        return Err(format!("more than {MOST} samples"));
    }
    // labels are compared once: the key of a counter is that of its sample
    let keys: Vec<Option<String>> =
        page.samples.iter().map(|sample| page.is_cumulative(sample).then(|| sample.key())).collect();
    let counters = keys.iter().zip(&page.samples).filter_map(|(key, sample)| Some((key.clone()?, sample.value)));
    memory.take(now, counters);
    let metrics = metrics(&page, &keys, memory);
    Ok(Read { metrics, window_s: memory.span(), samples: page.samples.len(), invalid: page.fault_count, told })
}

fn metrics(page: &Page<'_>, keys: &[Option<String>], memory: &Memory) -> IndexMap<String, Value> {
    let mut lists: IndexMap<String, Vec<Value>> = IndexMap::new();
    for (sample, key) in page.samples.iter().zip(keys) {
        let growth = key.as_deref().and_then(|key| memory.growth(key));
        lists.entry(sample.name.to_string()).or_default().push(value(sample, growth));
    }
    lists.into_iter().map(|(name, list)| (name, Value::from(list))).collect()
}

fn value(sample: &Sample<'_>, growth: Option<f64>) -> Value {
    let labels = sample.labels.iter().map(|(name, value)| (name.to_string(), Value::from(value.as_ref())));
    let mut fields = IndexMap::from([
        ("value".to_owned(), Value::number(sample.value)),
        ("labels".to_owned(), Value::Map(labels.collect())),
    ]);
    if let Some(growth) = growth {
        fields.insert("increase".to_owned(), Value::number(growth));
    }
    Value::Map(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_keep_their_labels_and_counters_their_growth() {
        let mut memory = Memory::new(300.0);
        let page = |n: u32| format!("# TYPE c counter\nc{{code=\"200\"}} {n}\nbad line\ntemp NaN\n");
        assert_eq!(read(page(5).as_bytes(), 0.0, &mut memory).unwrap().window_s, None);
        let second = read(page(9).as_bytes(), 10.0, &mut memory).unwrap();
        let expected = serde_json::json!({
            "c": [{"value": 9.0, "labels": {"code": "200"}, "increase": 4.0}],
            "temp": [{"value": "NaN", "labels": {}}],
        });
        assert_eq!(Value::Map(second.metrics).to_json(), expected);
        assert_eq!((second.window_s, second.samples, second.invalid), (Some(10.0), 2, 1));
        assert_eq!(second.told[0].as_str(), "line 3: 'line' is no number");
    }

    #[test]
    fn what_is_no_page_of_metrics_is_told() {
        let mut memory = Memory::new(300.0);
        for (body, words) in [
            (&b" \n"[..], "an empty body instead of metrics"),
            (b"{\"status\":\"ok\"}", "no metrics, line 1: a label without a name"),
            (b"Not Found", "no metrics, line 1: 'Found' is no number"),
        ] {
            let told = read(body, 0.0, &mut memory).unwrap_err();
            assert_eq!(told, words, "{}", String::from_utf8_lossy(body));
        }
        let many = (0..=MOST).map(|n| format!("a{n} 1")).collect::<Vec<_>>().join("\n");
        assert_eq!(read(many.as_bytes(), 0.0, &mut memory).unwrap_err(), "more than 20000 samples");
        assert_eq!(read(b"# HELP nothing yet\n", 0.0, &mut memory).unwrap().samples, 0);
    }
}
