//! What the program is made of may be shipped: every crate's licence is one that `deny.toml` allows.

use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    name: String,
    allow: Vec<String>,
}

impl Licenses {
    fn allows(&self, crate_name: &str, licence: &str) -> bool {
        let excepted = || self.exceptions.iter().filter(|e| e.name == crate_name).flat_map(|e| &e.allow);
        self.allow.iter().chain(excepted()).any(|allowed| allowed == licence)
    }
}

/// Is an SPDX expression met? `AND` binds tighter than `OR`; a slash is the old form of `OR`.
fn is_met(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed)
}

type Words<'a, 'b> = &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>;

fn any(words: Words, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: Words, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: Words, allowed: &dyn Fn(&str) -> bool) -> bool {
    let name = words.next().unwrap_or_default();
    if name == "(" {
        let met = any(words, allowed);
        return words.next() == Some(")") && met;
    }
    match words.next_if_eq(&"WITH") {
        Some(_) => allowed(&format!("{name} WITH {}", words.next().unwrap_or_default())),
        None => allowed(name),
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_has_them() {
    let allowed = |licence: &str| ["MIT", "ISC"].contains(&licence);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND ISC", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0 AND MIT OR ISC", true),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("MIT WITH LLVM-exception", false),
        ("", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}

#[test]
fn every_crate_in_the_program_has_an_allowed_licence() {
    let root = env!("CARGO_MANIFEST_DIR");
    let deny = std::fs::read_to_string(format!("{root}/deny.toml")).unwrap();
    let deny: Deny = toml::from_str(&deny).unwrap();
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .args(["--format", "{p}|{l}"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut crates: Vec<(&str, &str)> = tree.lines().filter_map(|line| line.split_once('|')).collect();
    crates.sort_unstable();
    crates.dedup();
    assert!(crates.len() > 50, "{tree}");
    let refused: Vec<_> = crates
        .iter()
        .filter(|(package, licence)| {
            let name = package.split(' ').next().unwrap_or_default();
            !is_met(licence, &|licence| deny.licenses.allows(name, licence))
        })
        .collect();
    assert!(refused.is_empty(), "deny.toml does not allow: {refused:?}");
}
