//! Broken system files and what is said about each: every mistake at once, with its place, its line and the way out.

use std::path::{Path, PathBuf};

use midwatch::base::{Problem, Source, SystemName};
use midwatch::config::{self, RunbookFile, Surroundings, System};

/// The value of every secret in the broken files.
const SECRET: &str = "hunter2";

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn load(path: &Path) -> Result<System, Vec<Problem>> {
    let shown = PathBuf::from(path.file_name().unwrap());
    let source = Source { path: shown, text: std::fs::read_to_string(path).unwrap().into() };
    let runbooks = [RunbookFile::new(Path::new("runbooks/api-crash.md"), "").unwrap()];
    let around = Surroundings { runbooks: Some(&runbooks), reserved_keys: &[("G", "last row")] };
    config::load_within(SystemName::new("shop").unwrap(), &source, &around)
}

#[test]
fn every_mistake_of_a_broken_file_is_told_with_its_place() {
    let bad = files("bad");
    assert!(bad.len() >= 45, "{}", bad.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/errors"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _scope = settings.bind_to_scope();
    for path in bad {
        let problems = load(&path).expect_err(path.to_str().unwrap());
        let places: Vec<usize> = problems.iter().map(|problem| problem.span.start).collect();
        assert!(places.is_sorted(), "{}: {places:?}", path.display());
        let told: Vec<String> = problems.iter().map(Problem::render).collect();
        let told = told.join("\n\n");
        assert!(!told.contains(SECRET), "{}: a secret is shown:\n{told}", path.display());
        insta::assert_snapshot!(name(&path), told);
    }
}

#[test]
fn good_files_have_no_mistake() {
    for path in files("good") {
        if let Err(problems) = load(&path) {
            let told: Vec<String> = problems.iter().map(Problem::render).collect();
            panic!("{}:\n{}", path.display(), told.join("\n\n"));
        }
    }
}

mod spoilt {
    //! A good file spoilt anywhere is refused or taken, never a panic, and every place lies in the file.

    use proptest::prelude::*;

    use super::{Problem, Source, SystemName, config};

    const GOOD: &str = include_str!("../config/good/every-key.toml");
    const TOKENS: [&str; 16] =
        ["", "\"", "'''", "\"\"\"", "[", "]", "{", "=", "${", "\\", "\\u00", "ö", "\n", "nan", "x.y.z(", "://a:b@c"];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_file_spoilt_anywhere_never_panics(
            spoils in prop::collection::vec((0..GOOD.len(), 0_usize..24, 0..TOKENS.len()), 1..4)
        ) {
            let mut text = GOOD.to_owned();
            for (at, length, token) in spoils {
                let edge = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
                let range = edge(at)..edge(at + length).max(edge(at));
                text.replace_range(range, TOKENS[token]);
            }
            let source = Source { path: "spoilt.toml".into(), text: text.as_str().into() };
            if let Err(problems) = config::load(SystemName::new("shop").unwrap(), &source) {
                prop_assert!(!problems.is_empty());
                for problem in &problems {
                    prop_assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
                    // what the types refuse, the checks before them have told in better words
                    let known = ["this is not TOML", "'title' is missing"].iter().any(|m| problem.message.starts_with(m));
                    prop_assert!(!problem.path.is_empty() || known || problem.message.ends_with("given twice"), "{problem:?}");
                }
                let told = problems.iter().map(Problem::render).collect::<String>();
                prop_assert!(told.contains("spoilt.toml:"));
            }
        }
    }
}
