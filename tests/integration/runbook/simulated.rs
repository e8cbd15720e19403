//! Checks in SQL over the simulated databases: every one of them is asked and answered, and none changes anything.

use serde_json::Value;

use crate::act_demo::Stand;

#[test]
fn every_question_of_the_shipped_runbooks_is_answered_by_the_simulation() {
    for (system, ids) in [
        ("control-plane", &["incident-response", "library-embedding-degradation", "rls-policy-debugging"][..]),
        ("moose", &["budget-tracking-incorrect", "monthly-maintenance", "slow-api-response-times"]),
        ("chat-api", &["database-connection-failures", "rate-limit-complaints"]),
    ] {
        let stand = Stand::of(system, "none", 1);
        let told = stand.midwatch(&[&["runbook", "rehearse", system, "--format", "json"], ids].concat());
        let json: Value = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{told:?}"));
        let runbooks = json["runbooks"].as_array().unwrap();
        let checks: Vec<&Value> = runbooks.iter().flat_map(|runbook| runbook["checks"].as_array().unwrap()).collect();
        let answered = |check: &&&Value| check["because"].as_str().unwrap().contains(" row");
        assert!(checks.iter().filter(answered).count() >= 2, "{system}: {json:#}");
        for check in checks {
            let because = check["because"].as_str().unwrap();
            assert!(!because.contains("schema:") && !because.contains("missing:"), "{system}: {check:#}");
        }
    }
}
