//! Symptoms judged, scenarios ranked.
