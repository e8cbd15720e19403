//! The five documents that the product has to live with, as they are written elsewhere: no step is lost, and each hazard
//! is told.

use std::collections::HashSet;

use midwatch::action::Risk;
use midwatch::runbook::{Class, Runbook, Step, read_any, repaired};

use crate::runbook::seed;

const SEEDS: [&str; 5] =
    ["sabine-super-agent", "agent-team-platform", "moose-mission-control", "chat-api", "runbook-template-and-index"];

fn text(name: &str) -> String {
    std::fs::read_to_string(seed(&format!("{name}.md"))).unwrap()
}

fn read(name: &str) -> Vec<Runbook> {
    read_any(name, &text(name))
}

fn steps(name: &str) -> Vec<Step> {
    read(name).into_iter().flat_map(|runbook| runbook.steps).collect()
}

/// Every fence as a reader of the file sees it: opening mark to closing mark, a template with its inner ones as one.
fn fences(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String, usize)> = None;
    for line in text.lines() {
        let mark = line.trim().strip_prefix("```");
        match (&mut open, mark) {
            (None, Some(info)) => open = Some((info.to_owned(), String::new(), 0)),
            (Some((info, _, depth)), Some(inner)) if info == "markdown" && !inner.is_empty() => *depth += 1,
            (Some((_, _, depth @ 1..)), Some("")) => *depth -= 1,
            (Some(_), Some(_)) => found.extend(open.take().map(|(info, code, _)| (info, code))),
            (Some((_, code, _)), None) => {
                code.push_str(line.trim());
                code.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none());
    found
}

#[test]
fn no_line_of_any_fence_is_lost() {
    let mut counted = 0;
    for name in SEEDS {
        let mut told = String::new();
        for step in steps(name) {
            for line in
                step.source.lines().chain(step.text.lines()).chain(step.notes.iter().flat_map(|note| note.lines()))
            {
                told.push_str(line.trim());
                told.push('\n');
            }
        }
        for (language, code) in fences(&text(name)) {
            counted += 1;
            for line in code.lines().filter(|line| line.bytes().any(|byte| byte.is_ascii_alphanumeric())) {
                let shown = repaired(line).into_owned();
                let bare = shown.trim_start_matches(['#', '-', ' ']);
                // `# or` is told by the choice
                assert!(told.contains(bare) || bare == "or", "{name} {language}: {line}");
            }
        }
    }
    assert_eq!(counted, 93, "the seeds hold another number of fences");
}

#[test]
fn no_item_of_any_list_is_lost() {
    for name in SEEDS {
        let text = text(name);
        let mut told = String::new();
        for runbook in read(name) {
            let symptoms = runbook.symptoms.iter().map(|symptom| symptom.text.clone());
            let texts = runbook
                .steps
                .iter()
                .flat_map(|step| [step.text.clone(), step.source.clone()].into_iter().chain(step.notes.clone()));
            let about = runbook.about.iter().map(|(_, text)| text.clone());
            for text in symptoms.chain(texts).chain(runbook.prevention.clone()).chain(about) {
                told.push_str(&text.replace(['*', '`'], ""));
                told.push('\n');
            }
        }
        let mut in_fence = false;
        for line in text.lines() {
            in_fence ^= line.trim().starts_with("```");
            let item = line.trim().strip_prefix("- ").or_else(|| {
                line.trim()
                    .split_once(". ")
                    .filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit()) && !n.is_empty())
                    .map(|(_, rest)| rest)
            });
            let Some(item) = item.filter(|item| !in_fence && !item.starts_with('[')) else { continue };
            let bare: String = repaired(item).replace(['*', '`'], "").chars().take(30).collect();
            assert!(told.contains(bare.trim()), "{name}: {line}");
        }
    }
}

#[test]
fn scenarios_of_foreign_files_are_found_by_their_titles() {
    let ids = |name: &str| -> Vec<String> { read(name).iter().map(|runbook| runbook.id.to_string()).collect() };
    for (name, wanted) in [
        (
            "sabine-super-agent",
            &[
                "worker-crash",
                "redis-down",
                "supabase-outage",
                "e2b-sandbox-timeout",
                "wal-backlog",
                "memory-pressure-oom",
                "slack-webhook-failure",
                "anthropic-api-failure",
                "health-check-examples",
                "manual-job-triggers",
            ][..],
        ),
        (
            "agent-team-platform",
            &[
                "high-error-rate",
                "rate-limit-exceeded",
                "hmac-signature-failures",
                "database-connection-issues",
                "deployment-steps",
                "rollback-procedure",
                "hmac-key-rotation",
            ],
        ),
        (
            "moose-mission-control",
            &[
                "retry-exhausted",
                "budget-warning-critical",
                "test-failures-repeated",
                "contract-violation",
                "aider-failure",
                "slow-api-response-times",
                "work-orders-stuck-in-pending",
                "complete-system-outage",
                "morning-health-check",
                "monthly-maintenance",
            ],
        ),
        (
            "chat-api",
            &[
                "high-error-rate-in-claude-api",
                "database-connection-failures",
                "high-latency",
                "rate-limit-complaints",
                "upgrading-claude-model",
            ],
        ),
        ("runbook-template-and-index", &["runbook-template", "critical-incident-response", "getting-started"]),
    ] {
        let found = ids(name);
        for id in wanted {
            assert!(found.iter().any(|known| known == id), "{name}: {id} is not in {found:?}");
        }
        let once: HashSet<&String> = found.iter().collect();
        assert_eq!(once.len(), found.len(), "{name}: {found:?}");
    }
    let sabine = read("sabine-super-agent");
    let crash = sabine.iter().find(|runbook| runbook.id.as_str() == "worker-crash").unwrap();
    assert_eq!((crash.title.as_str(), crash.symptoms.len(), crash.prevention.len()), ("Worker Crash", 4, 3));
    let sections: HashSet<&str> = crash.steps.iter().map(|step| step.section.as_str()).collect();
    assert_eq!(sections, HashSet::from(["Diagnosis", "Recovery"]));
}

#[test]
fn the_hazards_of_the_seeds_are_told() {
    let all: Vec<Step> = SEEDS.iter().flat_map(|name| steps(name)).collect();
    let of = |test: &dyn Fn(&str) -> bool| -> Vec<&Step> {
        all.iter().filter(|step| step.language == "bash" && test(&step.source)).collect()
    };
    let are = |steps: &[&Step], n: usize, class: Class, why: &str| {
        assert_eq!(steps.len(), n, "{why}");
        for step in steps {
            assert!(step.class == class && step.why.contains(why), "{}: {:?} {}", step.source, step.class, step.why);
        }
    };
    are(&of(&|source| source.contains("| head -c")), 4, Class::Never, "yes or no");
    are(&of(&|source| source.starts_with("env | grep")), 1, Class::Never, "environment");
    are(&of(&|source| source.starts_with("export ")), 8, Class::Manual, "no effect on a running service");
    are(&of(&|source| source.starts_with("open https://")), 5, Class::Manual, "copy");
    let endless = of(&|source| source.starts_with("tail -f"));
    are(&endless, 1, Class::Check, "for a while");
    assert!(endless[0].time_boxed);
    are(&of(&|source| source.starts_with("rq worker") && source.ends_with('&')), 1, Class::Never, "never ends");
    are(&of(&|source| source.contains("<PREVIOUS_REVISION>")), 1, Class::NeedsInput, "PREVIOUS_REVISION");
    are(&of(&|source| source.contains("[deployment-url]")), 1, Class::NeedsInput, "deployment-url");
    are(&of(&|source| source.starts_with("curl -X POST $SLACK_WEBHOOK_URL")), 2, Class::Act, "POST");
    for step in of(&|source| source.contains("/e2b/test")) {
        assert!(step.risk != Risk::Safe && step.class != Class::Check, "{}", step.source);
    }
    let choices = of(&|source| source.contains("restart") && source.contains("sabine-worker"));
    assert!(choices.iter().filter(|step| step.class == Class::Choose).count() >= 4);
}

#[test]
fn sql_among_shell_is_sql_and_what_it_does_is_told() {
    let text = text("moose-mission-control");
    let all = steps("moose-mission-control");
    let in_shell: Vec<&Step> = all
        .iter()
        .filter(|step| step.language == "sql")
        .filter(|step| {
            let before = text.lines().take(step.line - 1).filter(|line| line.starts_with("```")).last();
            before == Some("```bash")
        })
        .collect();
    let classes: Vec<Class> = in_shell.iter().map(|step| step.class).collect();
    assert_eq!(classes, [Class::Check, Class::NeedsInput, Class::Act, Class::Act, Class::Act]);
    let deletes: Vec<&Step> = all.iter().filter(|step| step.source.starts_with("DELETE")).collect();
    assert_eq!(deletes.len(), 2);
    assert!(deletes.iter().all(|step| step.why.contains("destructive") && step.risk == Risk::Destructive));
    assert!(all.iter().any(|step| step.source.starts_with("VACUUM") && step.class == Class::Act));
    let reserve = all.iter().find(|step| step.source.contains("check_and_reserve_budget")).unwrap();
    assert_eq!(reserve.class, Class::Act, "{}", reserve.why);
}

#[test]
fn nothing_of_the_seeds_that_prints_a_secret_can_be_run() {
    for name in SEEDS {
        for step in steps(name)
            .iter()
            .filter(|step| matches!(step.class, Class::Check | Class::Act | Class::Choose | Class::NeedsInput))
        {
            let prints = step.source.contains("echo $")
                && !step.source.contains("AI_RATE_QPS")
                && !step.source.contains("echo $SUPABASE_URL");
            assert!(
                !prints && !step.source.contains("printenv") && !step.source.contains("openssl rand"),
                "{}",
                step.source
            );
        }
    }
}

#[test]
fn double_encoded_text_is_shown_repaired() {
    let shown: String = steps("moose-mission-control").iter().map(|step| step.text.clone() + &step.source).collect();
    assert!(shown.contains("Dashboard → Settings") && !shown.contains("â†’"));
}
