//! The house format read whole; whatever else is written, read without a panic.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

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
fn no_step_is_lost_in_a_file_of_the_wild() {
    let text = "\u{feff}# Queue\r\n\r\n## Symptoms\r\n\r\n- It grows\r\n\r\n  ```bash\r\n  redis-cli llen q\r\n  ```\r\n\r\n\
        ## Mitigation\n\n``` {.bash .numberLines}\nA=<REQUIRED>  # it\nB=1\n```\n\n```{bash}\nprintenv\n```\n\n\
        <details><summary>x</summary>\n```bash\nwhoami\n```\n</details>\n\n\
        ## Prevention\n\n- Alert\n  ```sh\n  crontab -l\n  ```\n\n\
        <!-- when: never closed\n\n## Afterwards\n\n```bash\nhostname\n```\n";
    let found = read_any("queue", text);
    let told: Vec<(&str, &str)> = found
        .iter()
        .flat_map(|runbook| &runbook.steps)
        .map(|step| (step.source.lines().next().unwrap_or_default(), step.class.word()))
        .collect();
    assert_eq!(found[0].title, "Queue");
    let want = [
        ("redis-cli llen q", "check"),
        ("A=<REQUIRED>  # it", "manual"),
        ("B=1", "manual"),
        ("printenv", "never"),
        ("whoami", "check"),
        ("crontab -l", "check"),
        ("hostname", "check"),
    ];
    for step in want {
        assert!(told.contains(&step), "{step:?} in {told:?}");
    }
    assert_eq!(told.len(), want.len(), "{told:?}");
}

#[test]
fn the_house_format_is_read_whole() {
    let book = read_house("worker-crash".parse().unwrap(), HOUSE);
    assert_eq!(title(&book.id, HOUSE), book.title);
    assert_eq!(title(&book.id, "no heading"), "worker crash");
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
    let signs = read_signs("worker-crash".parse().unwrap(), HOUSE);
    assert_eq!((&signs.symptoms, &signs.components), (&book.symptoms, &book.components));
    assert!(signs.steps.is_empty());
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

#[test]
fn what_once_went_wrong_goes_right() {
    for text in [
        "# A\n\n```sql\nEXPLAIN ANALYZE;\n```\n",
        "# A\n\n## Diagnosis\n\n###\n\n**Expected Output:** x <!-- expect: true -->\n",
        "# A\n\n```bash\nls\r\rls\n```",
        "# A\n\n```bash\necho 'a\n",
    ] {
        assert_sound(text);
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
