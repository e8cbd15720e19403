//! Little languages that stand in an argument: a script of `sed`, a program of `awk`, a filter of `jq`, the times of `date` and
//! `vmstat`. What is not known to read only counts as a change.

use std::sync::LazyLock;

use regex::Regex;

use crate::runbook::class::Effect;
use crate::runbook::class::program::Call;

#[expect(clippy::expect_used, reason = "a constant pattern, held by the tests")]
static SED: LazyLock<Regex> = LazyLock::new(|| {
    let text = |sign: &str| format!(r"(?:[^{sign}\\\n]|\\[^\n])*");
    let address = format!(r"(?:[0-9]+|\$|/{}/I?)", text("/"));
    let replace: Vec<String> = ["/", r"\|", "#", ",", "@", "!"]
        .iter()
        .map(|sign| format!("s{sign}{0}{sign}{0}{sign}[gpIi0-9]*", text(sign)))
        .collect();
    let command = format!(r"(?:[pdqDPNnlh=]|q[0-9]+|{})", replace.join("|"));
    let one = format!(r"(?:{address}(?:\s*,\s*\+?{address})?\s*!?\s*)?(?:{command}|\{{\s*{command}\s*;?\s*\}})");
    Regex::new(&format!(r"^\s*{one}(?:\s*[;\n]\s*{one})*\s*;?\s*$")).expect("constant")
});

/// `sed` reads where every command of its script does: `w` writes a file, `e` runs a program.
pub(super) fn sed(call: &Call<'_>) -> Effect {
    if call.any(|word| word.starts_with("--in-place") || word.starts_with("-i")) || call.flag('i') {
        return Effect::changes("sed -i changes the file");
    }
    let words: Vec<&str> = call.arguments().collect();
    let given = words.iter().enumerate().filter_map(|(n, word)| match *word {
        "-e" | "--expression" => words.get(n + 1).copied(),
        word => word.strip_prefix("--expression="),
    });
    let mut scripts: Vec<&str> = given.collect();
    if scripts.is_empty() {
        scripts.extend(words.iter().copied().find(|word| !word.starts_with('-')));
    }
    let from_file = words.iter().any(|word| word.starts_with("--file") || *word == "-f");
    if !from_file && !scripts.is_empty() && scripts.iter().all(|script| SED.is_match(script)) {
        return Effect::reads("sed reads only");
    }
    Effect::changes("its script may write or run something")
}

pub(super) fn awk(call: &Call<'_>) -> Effect {
    let from_file = call.any(|word| {
        matches!(word, "-f" | "-i" | "-l" | "-E" | "--file" | "--include" | "--load" | "--exec")
            || ["--file=", "--include=", "--load=", "--exec=", "-f", "-i", "-l"]
                .iter()
                .any(|start| word.starts_with(start))
    });
    if call.any(|word| word.contains("ENVIRON")) {
        return Effect::never("may print the environment with its secrets");
    }
    if from_file || call.any(|word| word.contains("system") || word.contains('>') || word.contains('|')) {
        return Effect::changes("its program may run or write something");
    }
    Effect::reads("awk reads only")
}

/// Filters that tell of the environment.
pub(super) fn jq(call: &Call<'_>) -> Effect {
    let is_name = |text: &str, at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + 3..].chars().next();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | ':');
        !before.is_some_and(|c| is_part(c) || c == '.') && !after.is_some_and(is_part)
    };
    let tells = |word: &str| word.contains("$ENV") || word.match_indices("env").any(|(at, _)| is_name(word, at));
    if call.any(|word| tells(word) && !word.starts_with('-')) {
        return Effect::never("prints the environment with its secrets");
    }
    if call.any(|word| matches!(word, "-i" | "--inplace" | "--in-place")) {
        return Effect::changes("changes the file");
    }
    Effect::reads(format!("{} reads only", call.name()))
}

/// An interval without a count: the last number stands alone.
pub(super) fn is_repeated(call: &Call<'_>) -> bool {
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    call.arguments().filter(|word| is_number(word)).count() == 1
}

/// `date 010100002027` sets the clock; `date -d yesterday` does not.
pub(super) fn sets_date(call: &Call<'_>) -> bool {
    !call.any(|word| {
        word.starts_with("-d")
            || word.starts_with("--date")
            || word.starts_with("-r")
            || word.starts_with("-I")
            || word == "-j"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_of_sed_reads_where_all_of_it_does() {
        for script in ["1,20p", "$d", "s/a/b/", "s|a|b|g", "/re/,/end/p", "/x/!d", "s/a/b/;s#c#d#g", "/a/{p;}", "5q"] {
            assert!(SED.is_match(script), "{script}");
        }
        for script in
            ["w out", "s/a/b/w out", "s/a/b/e", "1e rm x", "r f", "/x/w/p", "s/a/b/;w x", "a\\\ntext", "", "v"]
        {
            assert!(!SED.is_match(script), "{script}");
        }
    }
}
