use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// The documents that the product has to live with, as they are written elsewhere. They lie beside the clone.
fn seed(name: &str) -> String {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let folder = above.map(|folder| folder.join("shared/seeds")).find(|folder| folder.is_dir());
    std::fs::read_to_string(folder.expect("shared/seeds lies beside the repository").join(format!("{name}.md")))
        .unwrap()
}

const SEEDS: [&str; 5] =
    ["sabine-super-agent", "agent-team-platform", "moose-mission-control", "chat-api", "runbook-template-and-index"];

fn read(name: &str) -> Vec<Runbook> {
    read_any(name, &seed(name))
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
        for (language, code) in fences(&seed(name)) {
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
        let text = seed(name);
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
        assert!(step.risk != crate::action::Risk::Safe && step.class != Class::Check, "{}", step.source);
    }
    let choices = of(&|source| source.contains("restart") && source.contains("sabine-worker"));
    assert!(choices.iter().filter(|step| step.class == Class::Choose).count() >= 4);
}

#[test]
fn sql_among_shell_is_sql_and_what_it_does_is_told() {
    let text = seed("moose-mission-control");
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
    assert!(
        deletes.iter().all(|step| step.why.contains("destructive") && step.risk == crate::action::Risk::Destructive)
    );
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

const HOUSE: &str = r"# Worker crash

**Scenario:** The worker is gone.
**Severity:** SEV1
**Owner:** Ops
**Last Updated:** 2026-11-22
**Last Validated:** 2026-11-01

<!-- component: worker, queue -->
<!-- consequence-of: redis-down -->

## Symptoms

- The worker does not answer <!-- when: !worker.up -->
- Redis answers
  <!-- context: redis.up -->
- Users say so

## Immediate Actions

1. **Triage** — Is Redis up? <!-- expect: redis.up --> <!-- within: 5s -->
2. **Containment** — Leave it.
   - Tell nobody

## Diagnosis

### Check 1: A worker

```bash
rq info
```

**Expected Output:** One. <!-- expect: queue.workers_live > 0 -->
**If Failed:** see below.

### Check 2: Logs

```bash
# Its last words
journalctl -u w -n 50
echo $API_KEY
```

<!-- note: the path differs -->

## Resolution Steps

### Option A: Restart

1. Restart it <!-- action: restart-worker -->
2. Requeue <!-- action: requeue job=<job-id> -->

> Note: the original says otherwise.

### Option B: By hand

1. **Where it runs** <!-- choose: platform -->
   - systemd

     ```bash
     systemctl restart w
     ```

   - docker: `docker restart w` <!-- action: restart-docker -->

## Verification

- [ ] It answers <!-- expect: worker.up --> <!-- within: 90s -->
- [ ] Users agree

## Prevention

- Watch it

## Post-Incident

1. Write it down

## Related Runbooks

- [Redis down](redis-down.md)

## Contacts

- On-call

## Validation Log

| Date | Validator | Environment | Result | Notes |
|---|---|---|---|---|
| 2026-11-01 | Ada | Staging | Pass | fine |
";

#[test]
fn the_house_format_is_read_whole() {
    let book = read_house("worker-crash".parse().unwrap(), HOUSE);
    assert_eq!(
        (book.title.as_str(), book.scenario.as_str(), book.severity.as_str()),
        ("Worker crash", "The worker is gone.", "SEV1")
    );
    assert_eq!(
        (book.owner.as_str(), book.last_updated.as_str(), book.last_validated.as_str()),
        ("Ops", "2026-11-22", "2026-11-01")
    );
    let names = |names: &[Name]| names.iter().map(|name| name.text.clone()).collect::<Vec<_>>().join(" ");
    assert_eq!(
        (names(&book.components), names(&book.consequence_of)),
        ("worker queue".to_owned(), "redis-down".to_owned())
    );
    let kinds: Vec<&str> = book
        .symptoms
        .iter()
        .map(|symptom| match &symptom.kind {
            SymptomKind::When(condition) | SymptomKind::Context(condition) => condition.text.as_str(),
            SymptomKind::Human => "human",
        })
        .collect();
    assert_eq!(kinds, ["!worker.up", "redis.up", "human"]);
    assert_eq!(book.symptoms[0].line, 14);
    let told: Vec<(usize, &str, &str)> =
        book.steps.iter().map(|step| (step.n, step.class.word(), step.text.lines().next().unwrap())).collect();
    assert_eq!(
        told,
        [
            (1, "check", "Triage — Is Redis up?"),
            (2, "manual", "Containment — Leave it."),
            (3, "check", "A worker"),
            (4, "check", "Logs"),
            (5, "never", "echo $API_KEY"),
            (6, "act", "Restart it"),
            (7, "needs-input", "Requeue"),
            (8, "choose", "systemd"),
            (9, "choose", "docker: `docker restart w`"),
            (10, "check", "It answers"),
            (11, "manual", "Users agree"),
            (12, "manual", "Write it down"),
        ]
    );
    assert_eq!(book.steps[0].within, std::time::Duration::from_secs(5));
    assert_eq!(book.steps[2].source, "rq info");
    assert_eq!(book.steps[2].expect.as_ref().unwrap().text, "queue.workers_live > 0");
    assert_eq!(book.steps[6].notes, ["Note: the original says otherwise."]);
    let option = |n: usize| book.steps[n].option.as_ref().unwrap();
    assert_eq!(option(5).name, "Option A: Restart");
    assert_eq!(option(7).variable.as_ref().unwrap().text, "platform");
    assert_eq!((option(7).name.as_str(), option(7).choice), ("systemd", option(8).choice));
    assert_eq!(book.steps[8].action.as_ref().unwrap().id.text, "restart-docker");
    assert_eq!((book.prevention.len(), book.contacts.len(), book.related.len(), book.validations.len()), (1, 1, 1, 1));
    assert!(book.strays.is_empty() && book.steps.iter().all(|step| step.strays.is_empty()));
    for name in &book.components {
        assert_eq!(&HOUSE[name.span.clone()], name.text);
    }
    let any = read_any("worker-crash", HOUSE);
    assert_eq!(any, [book]);
}

#[test]
fn what_stands_where_it_means_nothing_is_kept_for_the_linter() {
    let text = HOUSE
        .replace("<!-- component: worker, queue -->", "<!-- when: true -->\n<!-- componet: worker -->")
        .replace("<!-- within: 90s -->", "<!-- within: soon --> <!-- class: harmless -->");
    let book = read_house("x".parse().unwrap(), &text);
    let strays: Vec<&str> =
        book.strays.iter().chain(book.steps.iter().flat_map(|step| &step.strays)).map(|one| one.key.as_str()).collect();
    assert_eq!(strays, ["when", "componet", "within", "class"]);
}

/// Whatever a text is: steps count from 1, every line exists, ids are unlike each other, and what asks has fields.
fn assert_sound(text: &str) {
    let all = read_any("some file", text);
    let lines = text.lines().count().max(1) + 1;
    let ids: HashSet<&crate::base::RunbookId> = all.iter().map(|book| &book.id).collect();
    assert_eq!(ids.len(), all.len());
    let house = read_house("x".parse().unwrap(), text);
    for book in all.iter().chain([&house]) {
        for (n, step) in book.steps.iter().enumerate() {
            assert_eq!(step.n, n + 1);
            assert!((1..=lines).contains(&step.line), "{} of {lines}", step.line);
            assert!(!step.why.is_empty());
            assert!(step.class != Class::NeedsInput || !step.fields.is_empty() || step.strays.is_empty());
            for field in step.fields.iter().filter(|_| step.action.is_none()) {
                assert!(step.source.get(field.span.clone()).is_some_and(|text| text.contains(&field.name)));
            }
            let _ = argv(&step.source, &step.fields);
        }
    }
}

/// Pieces of which a runbook is made, whole and broken.
const PIECES: [&str; 48] = [
    "# 1. Title\n",
    "## Symptoms\n",
    "### Check 1: x\n",
    "### Option A: y\n",
    "**Diagnosis:**\n",
    "**Type 1: Z**\n",
    "\n",
    "- item\n",
    "  - deeper\n",
    "1. step\n",
    "- [ ] box\n",
    "```bash\n",
    "```\n",
    "```sql\n",
    "```markdown\n",
    "~~~\n",
    "> Note: n\n",
    "<!-- when: a.b > 1 -->",
    "<!-- action: x y=<z> -->",
    "<!-- expect: up --> ",
    "<!-- choose: one -->",
    "<!--",
    "-->",
    "<!-- class: check -->",
    "<!-- within: 1s -->",
    "| a | b |\n|---|---|\n| c | d |\n",
    "[l](#a)",
    "curl -X POST http://x -d '{\n",
    "}'\n",
    "echo $API_KEY | head -c 20\n",
    "$ ls\n",
    "# or\n",
    "# Restart (Docker)\n",
    "# Option 1: a\n",
    "SELECT 1;\n",
    "DELETE FROM t\n",
    "cat <<EOF\n",
    "EOF\n",
    "$(a `b` \"c",
    "'",
    "\"",
    "\\\n",
    "â†’",
    "ğŸ“‹",
    "\u{202e}",
    "<PREVIOUS>",
    "[x-y]",
    "    indented\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_is_read(pieces in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.into_iter().map(|n| PIECES[n]).collect();
        assert_sound(&text);
    }

    #[test]
    fn whatever_comes_is_read(text in "\\PC{0,300}") {
        assert_sound(&text);
    }

    #[test]
    fn whatever_stands_in_a_fence_is_judged(code in "[a-z$(){}|&;<>'\"`\\\\ \n#=*\\[\\]-]{0,80}") {
        assert_sound(&format!("# A\n\n```bash\n{code}\n```\n"));
    }
}
