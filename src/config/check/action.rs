//! What an action does, exactly once; argv and never a shell; keys that do not clash; variants that can be chosen.

use std::ops::Range;

use crate::action::{Count, is_dotted_name, is_of_transactions};
use crate::config::check::{Check, near, path, suggest};
use crate::config::path::Path;
use crate::config::tree::{Entry, Node, Tree};

pub(super) fn check(check: &mut Check<'_>) {
    for (name, entry) in check.section("action") {
        operation(check, name, entry);
        choice(check, "action", name, &entry.node);
        commands(check, name, &entry.node);
        on_rq(check, name, &entry.node);
        on_sql(check, name, &entry.node);
        parameters(check, name, &entry.node);
        proof(check, name, &entry.node);
    }
    for section in ["component", "job"] {
        for (name, entry) in check.section(section) {
            choice(check, section, name, &entry.node);
        }
    }
    keys(check);
}

fn operation(check: &mut Check<'_>, name: &str, entry: &Entry) {
    const KINDS: [&str; 5] = ["command", "http", "rq", "sql", "variant"];
    let given: Vec<(&str, &Range<usize>)> =
        entry.node.entries().filter(|(key, _)| KINDS.contains(key)).map(|(key, entry)| (key, &entry.key)).collect();
    match given.as_slice() {
        [] => {
            let message = "does nothing: it needs exactly one of command, http, rq, sql or variant".to_owned();
            check.problem(entry.node.span.clone(), &path(["action", name]), message, None);
        }
        [_] => {}
        [(first, _), rest @ ..] => {
            for (key, span) in rest {
                let message = format!("does '{first}' already: an action does exactly one thing");
                check.problem((*span).clone(), &path(["action", name, key]), message, None);
            }
        }
    }
}

/// `choose` names a variable with `one_of`, and every variant is one of its values.
fn choice(check: &mut Check<'_>, section: &str, name: &str, node: &Node) {
    let at = |key: &str| path([section, name, key]);
    let (choose, variants) = match (node.get("choose"), node.entry("variant")) {
        (None, None) => return,
        (Some(choose), None) => {
            let message = "chooses between variants, but there are none".to_owned();
            return check.problem(choose.span.clone(), &at("choose"), message, None);
        }
        (None, Some(variant)) => {
            let message = "there are variants, but 'choose' does not say which variable picks one".to_owned();
            return check.problem(variant.key.clone(), &at("variant"), message, None);
        }
        (Some(choose), Some(variant)) => (choose, variant),
    };
    let Some(variable) = choose.text() else { return };
    let Some(spec) = check.root.get("var").and_then(|all| all.get(variable)) else {
        let help = suggest(variable, &check.names("var"));
        return check.problem(choose.span.clone(), &at("choose"), format!("no variable '{variable}'"), help);
    };
    let Some(one_of) = spec.get("one_of") else {
        let message = format!("variable '{variable}' has no one_of: any value could be chosen");
        return check.problem(choose.span.clone(), &at("choose"), message, None);
    };
    let allowed: Vec<&str> = one_of.items().iter().filter_map(Node::text).collect();
    for (variant, entry) in variants.node.entries().filter(|(variant, _)| !allowed.contains(variant)) {
        let message = format!("'{variant}' is never chosen: {variable} is one of {}", allowed.join(", "));
        check.problem(entry.key.clone(), &path([section, name, "variant", variant]), message, near(variant, &allowed));
    }
}

fn commands(check: &mut Check<'_>, name: &str, node: &Node) {
    if let Some(argv) = node.get("command") {
        command(check, &path(["action", name, "command"]), argv);
    }
    for (variant, entry) in node.get("variant").into_iter().flat_map(Node::entries) {
        if let Some(argv) = entry.node.get("command") {
            command(check, &path(["action", name, "variant", variant, "command"]), argv);
        }
    }
}

/// What is enqueued is a function of a module, and workers are told by one of their two names.
fn on_rq(check: &mut Check<'_>, name: &str, node: &Node) {
    let variants = node.get("variant").into_iter().flat_map(Node::entries);
    let of_variants = variants.map(|(variant, entry)| (path(["action", name, "variant", variant]), &entry.node));
    for (at, node) in std::iter::once((path(["action", name]), node)).chain(of_variants) {
        let Some(rq) = node.get("rq") else { continue };
        let at = at.key("rq");
        if let Some(function) = rq.get("enqueue").and_then(|what| what.get("function"))
            && let Some(text) = function.text().filter(|text| !is_dotted_name(text))
        {
            let message = format!("'{text}' is no function: write its dotted name, package.module.function");
            check.problem(function.span.clone(), &at.key("enqueue").key("function"), message, None);
        }
        if let Some(who) = rq.get("stop_worker")
            && let (Some(_), Some(queue)) = (who.get("worker"), who.get("queue"))
        {
            let message = "the worker is named already: write worker or queue".to_owned();
            check.problem(queue.span.clone(), &at.key("stop_worker").key("queue"), message, None);
        }
    }
}

/// A statement is one, names no variable, and leaves the transaction alone.
fn on_sql(check: &mut Check<'_>, name: &str, node: &Node) {
    let variants = node.get("variant").into_iter().flat_map(Node::entries);
    let of_variants = variants.map(|(variant, entry)| (path(["action", name, "variant", variant]), &entry.node));
    for (at, node) in std::iter::once((path(["action", name]), node)).chain(of_variants) {
        let Some(all) = node.get("sql").and_then(|sql| sql.get("statements")) else { continue };
        let at = at.key("sql").key("statements");
        if all.items().is_empty() {
            check.problem(all.span.clone(), &at, "does nothing: it has no statement".to_owned(), None);
        }
        for (place, statement) in all.items().iter().enumerate() {
            if let Some(count) = statement.get("expect_rows")
                && let Some(Err(words)) = count.text().map(str::parse::<Count>)
            {
                check.problem(count.span.clone(), &at.item(place).key("expect_rows"), words.to_owned(), None);
            }
            for key in ["do", "before"] {
                let Some(text) = statement.get(key) else { continue };
                sql_text(check, &at.item(place).key(key), text);
            }
        }
    }
}

fn sql_text(check: &mut Check<'_>, at: &Path, node: &Node) {
    let text = node.text().unwrap_or_default();
    if text.contains("${") {
        let help = "write $1 in the text, and the variable in `with`".to_owned();
        check.problem(node.span.clone(), at, "takes no variables: they would become SQL".to_owned(), Some(help));
    }
    if text.trim().is_empty() {
        check.problem(node.span.clone(), at, "is empty".to_owned(), None);
    }
    if is_of_transactions(text) {
        let message = "begins or ends a transaction: all statements are one transaction already".to_owned();
        check.problem(node.span.clone(), at, message, None);
    }
}

/// A parameter has a name of its own, and a pattern that can be matched.
fn parameters(check: &mut Check<'_>, name: &str, node: &Node) {
    for (parameter, entry) in node.get("parameter").into_iter().flat_map(Node::entries) {
        let at = path(["action", name, "parameter", parameter]);
        if check.has("var", parameter) || parameter == "item" {
            let message = format!("'{parameter}' is a variable already: a parameter needs a name of its own");
            check.problem(entry.key.clone(), &at, message, None);
        }
        let Some(pattern) = entry.node.get("pattern") else { continue };
        if let Err(error) = regex::Regex::new(&format!("^(?:{})$", pattern.text().unwrap_or_default())) {
            let told = error.to_string();
            let message = format!("is no regular expression: {}", told.lines().last().unwrap_or_default());
            check.problem(pattern.span.clone(), &at.key("pattern"), message, None);
        }
    }
}

/// What proves an action is a condition or an answer, and only a request has an answer.
fn proof(check: &mut Check<'_>, name: &str, node: &Node) {
    let Some(verify) = node.entry("verify") else { return };
    let at = path(["action", name, "verify"]);
    if verify.node.get("when").is_none() && verify.node.get("answer").is_none() {
        let help = "when: a condition over signals; answer: CEL over the answer of the request".to_owned();
        check.problem(verify.node.span.clone(), &at, "proves nothing: it has neither".to_owned(), Some(help));
    }
    let variants = node.get("variant").into_iter().flat_map(Node::entries);
    let asks = node.get("http").is_some() || variants.into_iter().any(|(_, entry)| entry.node.get("http").is_some());
    if let Some(answer) = verify.node.get("answer").filter(|_| !asks) {
        let message = "only a request has an answer, and this action sends none".to_owned();
        check.problem(answer.span.clone(), &at.key("answer"), message, None);
    }
}

const SHELLS: [&str; 7] = ["sh", "bash", "dash", "zsh", "ksh", "ash", "fish"];

/// argv names a program, is no shell, and holds no secret.
pub(super) fn command(check: &mut Check<'_>, at: &Path, argv: &Node) {
    let words = argv.items();
    let program = words.first().and_then(Node::text).map(str::trim);
    if matches!(&argv.value, Tree::Array(items) if items.is_empty()) || program == Some("") {
        let help = "argv: the program, then its arguments, each a text of its own".to_owned();
        check.problem(argv.span.clone(), at, "names no program".to_owned(), Some(help));
    }
    for pair in words.windows(2) {
        let (Some(shell), Some(option)) = (pair[0].text(), pair[1].text()) else { continue };
        let shell_name = shell.rsplit('/').next().unwrap_or(shell);
        if SHELLS.contains(&shell_name) && option.starts_with('-') && option.contains('c') {
            let message = format!("'{shell_name} {option}' is a shell: write argv, never a shell");
            let help = "name the program itself, with each argument as a text of its own".to_owned();
            check.problem(pair[0].span.clone(), at, message, Some(help));
        }
    }
    for (place, word) in words.iter().enumerate() {
        let secret = word.text().and_then(|text| crate::base::Template::parse(text).ok()).and_then(|template| {
            let secret = template.variables().find(|variable| is_secret(check, variable));
            secret.map(str::to_owned)
        });
        if let Some(secret) = secret {
            let message = format!("'{secret}' is a secret: every user of the machine can read an argv");
            check.problem(word.span.clone(), &at.item(place), message, None);
        }
    }
}

fn is_secret(check: &Check<'_>, variable: &str) -> bool {
    let spec = check.root.get("var").and_then(|all| all.get(variable));
    spec.and_then(|spec| spec.get("secret")).is_some_and(Node::is_true)
}

fn keys(check: &mut Check<'_>) {
    let mut taken: Vec<(String, String)> =
        check.around.reserved_keys.iter().map(|(key, what)| ((*key).to_owned(), format!("'{what}'"))).collect();
    for (name, entry) in check.section("action") {
        let Some((key, span)) = entry.node.get("key").and_then(|key| Some((key.text()?, key.span.clone()))) else {
            continue;
        };
        let at = path(["action", name, "key"]);
        if !matches!(key.as_bytes(), [b'A'..=b'Z']) {
            let message = format!("'{key}' is not a key of an action: one upper-case letter, A to Z");
            check.problem(span, &at, message, Some("what changes the system stands on upper-case letters".to_owned()));
        } else if let Some((_, what)) = taken.iter().find(|(other, _)| other == key) {
            let message = format!("key '{key}' is taken by {what}");
            check.problem(span, &at, message, None);
        } else {
            taken.push((key.to_owned(), format!("action '{name}'")));
        }
    }
}
