//! Each rot is told with its place; what is shipped has none.

use super::*;
use crate::base::{Source, SystemName};
use crate::config::{Catalog, Surroundings, load_within};

const SYSTEM: &str = r#"
title = "Shop"
[severity.SEV1]
means = "critical"
[var.api_url]
default = "http://127.0.0.1:1"
[var.platform]
default = "systemd"
one_of = ["systemd", "docker"]
[component.api]
probe.http = { url = "${api_url}/health" }
[component.wal]
probe.http = { url = "${api_url}/wal/${platform}/stats" }
depends_on = ["api"]
[component.wal.signal]
pending = "body.pending"
[rule.backlog]
summary = "backlog"
when = "wal.pending > 5"
severity = "warning"
runbook = "backlog"
[action.restart]
title = "Restart"
risk = "disruptive"
command = ["restart", "${speed}"]
parameter.speed = { one_of = ["fast", "slow"] }
"#;

const GOOD: &str = "# Backlog\n\n**Scenario:** x\n**Severity:** SEV1\n**Owner:** y\n**Last Validated:** 2026-11-01\n\n\
<!-- component: wal -->\n<!-- consequence-of: other -->\n\n## Symptoms\n\n- It grows <!-- when: wal.pending > 5 -->\n\n\
## Resolution Steps\n\n1. Restart <!-- action: restart speed=<speed> -->\n2. Look\n\n```bash\ncurl ${api_url}/wal/now/stats\n```\n\n\
## Verification\n\n- [ ] It is empty <!-- expect: wal.pending == 0 -->\n\n## Related Runbooks\n\n- [Other](other.md#symptoms)\n- [Here](#verification)\n";

fn today() -> Date {
    jiff::civil::date(2026, 11, 22)
}

fn system(runbook: &str) -> System {
    let file = |id: &str, text: &str| {
        RunbookFile::new(&std::path::PathBuf::from(format!("runbooks/{id}.md")), text.to_owned()).unwrap()
    };
    let files = [file("backlog", runbook), file("other", &GOOD.replace("<!-- consequence-of: other -->", ""))];
    let source = Source { path: "system.toml".into(), text: SYSTEM.into() };
    let around = Surroundings { runbooks: Some(&files), ..Surroundings::default() };
    load_within(SystemName::new("shop").unwrap(), &source, &around).unwrap()
}

fn found(runbook: &str) -> Vec<String> {
    lint(&system(runbook), today()).iter().map(|lint| lint.problem.headline()).collect()
}

#[test]
fn a_sound_runbook_has_no_finding() {
    assert_eq!(found(GOOD), [] as [&str; 0]);
}

#[test]
fn each_rot_is_told_with_its_place() {
    let mut wrong = Vec::new();
    for (from, to, want) in [
        ("wal.pending > 5", "wal.pendin > 5", "runbooks/backlog.md:13:23: when: 'wal' has no signal 'pendin'"),
        ("wal.pending > 5", "wall.pending > 5", "runbooks/backlog.md:13:23: when: no component 'wall'"),
        ("wal.pending > 5", "wal.failures + 1", "when: a condition is true or false"),
        ("wal.pending > 5", "wal.pending and api.up", "when: there is no 'and'"),
        ("wal.pending == 0", "wal.pending = 0", "runbooks/backlog.md:26:44: expect: '=' compares nothing"),
        ("component: wal", "component: wall", "runbooks/backlog.md:8:17: no component 'wall'"),
        ("consequence-of: other", "consequence-of: another", "no runbook 'another'"),
        ("consequence-of: other", "consequence-of: backlog", "is its own consequence"),
        ("action: restart", "action: restert", "runbooks/backlog.md:17:25: no action 'restert'"),
        ("speed=<speed>", "spead=1", "action: action 'restart' has no parameter 'spead'"),
        ("speed=<speed>", "speed=1", "action: '1' is not one of: fast, slow"),
        ("${api_url}", "${api_ulr}", "runbooks/backlog.md:21:6: no variable 'api_ulr'"),
        ("/wal/now/stats", "/wal/stats", "warning: no component and no action has the endpoint /wal/stats"),
        ("other.md#symptoms", "othr.md", "no runbook 'othr'"),
        ("other.md#symptoms", "other.md#signs", "no heading '#signs'"),
        ("#verification", "#verificaton", "no heading '#verificaton'"),
        ("## Verification", "## Aftermath", "runbooks/backlog.md:1:1: no verification: nothing says when it is over"),
        ("<!-- expect: wal.pending == 0 -->", "", "warning: no box of the verification has a condition"),
        ("2026-11-01", "2026-08-01", "runbooks/backlog.md:6:1: warning: validated 113 days ago"),
        ("2026-11-01", "never", "warning: never validated"),
        ("**Owner:** y", "", "the header has no **Owner:**"),
        ("<!-- when:", "<!-- wehn:", "no directive 'wehn'"),
        ("<!-- expect:", "<!-- when:", "runbooks/backlog.md:26:30: when: 'when' means nothing here"),
        ("speed=<speed> -->", "--> <!-- risk: none -->", "risk: 'none' is no risk"),
        ("curl ${api_url}/wal/now/stats", "kill <pid>", "warning: the placeholder 'pid' has no type"),
        ("2. Look", "2. Look <!-- choose: platfrm -->\n   - a\n   - b", "no variable 'platfrm'"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let told = found(&GOOD.replacen(from, to, 1));
        if !told.iter().any(|line| line.contains(want)) {
            wrong.push(format!("{to}: {want}: {told:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rule_whose_runbook_is_gone_is_told_at_the_rule() {
    let mut system = system(GOOD);
    system.runbooks = system.runbooks.iter().filter(|file| file.id.as_str() != "backlog").cloned().collect();
    let told: Vec<String> = lint(&system, today()).iter().map(|lint| lint.problem.headline()).collect();
    assert!(told.iter().any(|line| line == "system.toml:18:11: rule.backlog: no runbook 'backlog'"), "{told:#?}");
}

#[test]
fn a_foreign_file_is_told_what_of_it_is_never_run_and_which_links_are_dead() {
    let text = "# Ops\n\n- [There](#down)\n- [Gone](#gone)\n\n## Down\n\n**Symptoms:**\n- x\n\n**Recovery:**\n```bash\necho $API_KEY\n```\n";
    let source = Source { path: "ops.md".into(), text: text.into() };
    let told: Vec<String> = lint_foreign(&source).iter().map(|lint| lint.problem.headline()).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("ops.md:4:3: no heading '#gone'"), "{told:#?}");
    assert!(told[1].contains("ops.md:6:1: warning: 'Down' has no verification"), "{told:#?}");
    assert!(told[2].contains("ops.md:13:1: warning: never run: prints the secret API_KEY"), "{told:#?}");
}

#[test]
fn no_shipped_runbook_has_an_error() {
    let mut looked = 0;
    for listed in Catalog::new([]).iter() {
        let system = listed.load().unwrap();
        looked += system.runbooks.len();
        let errors: Vec<String> =
            lint(&system, today()).iter().filter(|lint| lint.level == Level::Error).map(Lint::render).collect();
        assert!(errors.is_empty(), "{}:\n{}", system.name, errors.join("\n\n"));
    }
    assert!(looked > 50, "{looked}");
}
