//! Walks of a small runbook: what comes next, what a step does, what proves a recovery.

use std::sync::Arc;

use super::*;
use crate::base::template::Variable;
use crate::base::{Mono, RunbookId, Secret};

const TEXT: &str = "\
# Queue stuck

**Scenario:** Nothing is taken.
**Severity:** Critical

## Symptoms

- It stands <!-- when: queue.workers == 0 -->

## Immediate Actions

1. **Triage** — Is the store up? <!-- expect: store.up -->
2. **Communication** — Tell the team.

## Diagnosis

### Check 1: A living worker

```bash
curl -sS ${worker_url}/health
```

**Expected Output:** One lives. <!-- expect: worker.up -->

### Check 2: Last words

- **Where it runs** <!-- choose: platform -->
  - systemd

    ```bash
    journalctl -u worker -n 50 --no-pager
    ```

  - docker

    ```bash
    docker logs --tail 50 worker
    ```

### Check 3: Who asks

```bash
docker logs --tail 50 <container>
```

## Resolution Steps

### Option A: Restart it

1. Restart. <!-- action: restart-worker -->
2. Say it again. <!-- action: requeue job=\"job-<job id>\" -->

### Option B: By hand

1. Take the old one away.

   ```bash
   docker rm -f worker
   ```

2. What does it say? <!-- class: check -->

   ```bash
   rm -rf /var/lib/worker
   ```

## Verification

- [ ] It answers <!-- expect: worker.up --> <!-- within: 90s -->
- [ ] It drains <!-- expect: queue.length < 5 --> <!-- within: 10m -->
- [ ] Users are content

## Prevention

- Watch it.

## Post-Incident

1. Write it down.
";

fn walk() -> Walk {
    Walk::new(Arc::new(crate::runbook::read_house(RunbookId::new("queue-stuck").unwrap(), TEXT)))
}

fn variables(platform: &str) -> Variables {
    let pairs = [("platform", platform), ("worker_url", "http://127.0.0.1:8082")];
    Variables(pairs.into_iter().map(|(name, value)| (name.to_owned(), Variable::Plain(value.to_owned()))).collect())
}

fn word(doing: &Doing<'_>) -> String {
    match doing {
        Doing::Action { call } => format!("action {}", call.id.text),
        Doing::Expect { condition, within } => format!("expect {} in {within:?}", condition.text()),
        Doing::Command { argv, .. } => format!("command {}", argv.join(" ")),
        Doing::Query { query, .. } => format!("query {}", query.lines().join(" ")),
        Doing::Choice { options, by } => format!("choice {} by {}", options.join("|"), by.unwrap_or("-")),
        Doing::Human => "human".to_owned(),
        Doing::Input { fields } => {
            format!("input {}", fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(","))
        }
        Doing::Never => "never".to_owned(),
    }
}

#[test]
fn each_step_does_what_its_class_says_and_no_more() {
    let mut walk = walk();
    let told = |walk: &Walk| -> Vec<String> {
        walk.order().map(|n| format!("{n} {}", word(&walk.doing(n, &variables("docker"))))).collect()
    };
    assert_eq!(
        told(&walk),
        [
            "1 expect store.up in 30s",
            "2 human",
            "3 expect worker.up in 0ns",
            "4 human",
            "5 choice systemd|docker by docker",
            "6 choice systemd|docker by docker",
            "7 input container",
            "8 choice Option A: Restart it|Option B: By hand by -",
            "9 choice Option A: Restart it|Option B: By hand by -",
            "10 choice Option A: Restart it|Option B: By hand by -",
            "11 choice Option A: Restart it|Option B: By hand by -",
            "12 expect worker.up in 90s",
            "13 expect queue.length < 5 in 600s",
            "14 human",
            "15 human",
        ]
    );
    let (place, way) = (walk.choice_of(5).unwrap(), walk.choice_of(8).unwrap());
    assert!(walk.choose(place, "docker") && walk.choose(way, "Option A: Restart it"));
    assert!(!walk.choose(way, "Option Z"), "what is no way cannot be chosen");
    walk.fill(7, "container", "worker-2").unwrap();
    let now = told(&walk);
    assert_eq!(now[5], "6 command docker logs --tail 50 worker");
    assert_eq!(now[6], "7 command docker logs --tail 50 worker-2");
    assert_eq!(&now[7..9], ["8 action restart-worker", "9 input job id"]);
    assert_eq!(&now[9..11], ["10 human", "11 human"], "what changes, whatever its runbook calls it, is for hands");
}

#[test]
fn the_steps_come_one_after_the_other_and_only_of_the_chosen_way() {
    let mut walk = walk();
    let mut seen = Vec::new();
    while let Some(n) = walk.current() {
        if let Some(choice) = walk.choice_of(n).filter(|choice| walk.chosen(*choice).is_none()) {
            let way = walk.options(choice)[1].to_owned();
            assert!(walk.choose(choice, &way));
            continue;
        }
        seen.push(n);
        walk.mark(n, Mark::Done);
    }
    assert_eq!(seen, [1, 2, 3, 4, 6, 7, 10, 11, 12, 13, 14, 15]);
    assert_eq!(walk.progress(), (12, 12));
}

#[test]
fn what_failed_stops_the_walk_until_somebody_decides() {
    let mut walk = walk();
    for n in 1..=7 {
        walk.mark(n, Mark::Skipped { reason: "seen before".to_owned() });
    }
    let way = walk.choice_of(8).unwrap();
    walk.choose(way, "Option A: Restart it");
    for stuck in [Mark::Failed { why: "x".to_owned() }, Mark::NotVerified { why: "x".to_owned() }] {
        walk.mark(8, stuck);
        assert_eq!(walk.current(), Some(8));
        assert!(walk.marked(8).is_stuck());
    }
    walk.choose(way, "Option B: By hand");
    assert_eq!(walk.current(), Some(10), "another way begins at its first step");
    walk.choose(way, "Option A: Restart it");
    walk.mark(8, Mark::Skipped { reason: "it runs already".to_owned() });
    assert_eq!(walk.current(), Some(9));
}

#[test]
fn only_the_expectations_of_the_verification_prove_a_recovery() {
    let verified = || Mark::Verified { because: "so".to_owned() };
    for (eleven, twelve, rest, want) in [
        (Mark::Todo, Mark::Todo, Mark::Done, Standing::UnderWay),
        (verified(), Mark::Todo, Mark::Done, Standing::UnderWay),
        (verified(), verified(), Mark::Todo, Standing::Verified),
        (verified(), Mark::NotVerified { why: "no".to_owned() }, Mark::Todo, Standing::NotVerified),
        (verified(), Mark::Skipped { reason: "late".to_owned() }, Mark::Done, Standing::NotVerified),
        (Mark::Done, Mark::Done, Mark::Done, Standing::NotVerified),
        (Mark::Running { since: Mono(Duration::ZERO) }, verified(), Mark::Done, Standing::UnderWay),
    ] {
        let mut walk = walk();
        for (choice, option) in [(1, "systemd"), (2, "Option A: Restart it")] {
            walk.choose(choice, option);
        }
        let order: Vec<usize> = walk.order().collect();
        for n in order {
            walk.mark(n, rest.clone());
        }
        walk.mark(12, eleven.clone());
        walk.mark(13, twelve.clone());
        assert_eq!(walk.standing(), want, "{eleven:?} {twelve:?}");
    }
    let bare = Walk::new(Arc::new(crate::runbook::read_house(RunbookId::new("x").unwrap(), "# X\n\n## Symptoms\n")));
    assert_eq!((bare.standing(), bare.current()), (Standing::NotVerified, None), "nothing proves nothing");
}

#[test]
fn a_check_of_the_diagnosis_finds_and_does_not_fail() {
    let walk = walk();
    let because = || "worker.up = false".to_owned();
    let found = walk.judged(3, Some(false), because());
    assert_eq!((found.word(), found.is_behind(), found.because()), ("not as expected", true, "worker.up = false"));
    assert!(walk.judged(3, None, because()).is_behind());
    for n in [1, 12] {
        assert!(walk.judged(n, Some(false), because()).is_stuck());
        assert!(walk.judged(n, None, because()).is_stuck(), "what is not known is not proved");
        assert_eq!(walk.judged(n, Some(true), because()).word(), "verified");
    }
}

#[test]
fn a_walk_goes_on_where_it_was_left() {
    let marks = [
        (1, Mark::Verified { because: String::new() }),
        (2, Mark::Done),
        (3, Mark::Running { since: Mono::default() }),
    ];
    let walk = Walk::resumed(Arc::clone(walk().runbook()), marks, [(1, "docker".to_owned()), (9, "gone".to_owned())]);
    assert_eq!(walk.current(), Some(3), "what was running is looked at again");
    assert_eq!((walk.chosen(1), walk.chosen(9)), (Some("docker"), None));
}

#[test]
fn a_way_is_meant_by_its_letter_its_name_or_the_beginning_of_it() {
    let walk = walk();
    for (choice, word, want) in [
        (2, "A", Some("Option A: Restart it")),
        (2, "option-b", Some("Option B: By hand")),
        (2, "Option B: By hand", Some("Option B: By hand")),
        (2, "option", None),
        (2, "C", None),
        (2, "", None),
        (1, "Docker", Some("docker")),
        (1, "sys", Some("systemd")),
    ] {
        assert_eq!(walk.meant(choice, word), want, "{word}");
    }
}

#[test]
fn values_are_checked_and_secrets_never_become_arguments() {
    let mut walk = walk();
    assert!(walk.fill(7, "container", "x; rm -rf /").unwrap_err().contains("letters"));
    assert!(walk.fill(7, "user", "x").unwrap_err().contains("container"));
    walk.fill(7, "container", "worker-2").unwrap();
    let mut secret = variables("docker");
    secret.0.insert("worker_url".to_owned(), Variable::Secret(Secret::new("http://u:p@h".to_owned())));
    assert!(walk.command(3, &secret).unwrap_err().contains("secret"));
    assert!(walk.command(3, &Variables::default()).unwrap_err().contains("not set"));
    walk.fill(9, "job id", "42").unwrap();
    let asked = walk.asked(9).unwrap();
    assert_eq!((asked.action.as_str(), asked.parameters["job"].as_str()), ("requeue", "job-42"));
}
