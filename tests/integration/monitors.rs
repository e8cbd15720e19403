//! The probes `promql` and `alertmanager`, and the same rule by three roads: scraped by us, asked of a real Prometheus that
//! scrapes the same page, and told by a real Alertmanager; and a silence, made and ended by actions.

mod faults;
mod real;
