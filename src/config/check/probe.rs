//! What a probe runs: argv as of an action, and names of an environment.

use crate::config::check::value::is_environment_name;
use crate::config::check::{Check, action, path};
use crate::config::tree::Node;

pub(super) fn check(check: &mut Check<'_>) {
    for (name, entry) in check.section("component") {
        let Some(probe) = entry.node.get("probe") else { continue };
        if let Some(command) = probe.get("command") {
            let at = path(["component", name, "probe", "command"]);
            if let Some(argv) = command.get("argv") {
                action::command(check, &at.key("argv"), argv);
            }
            for (name, entry) in command.get("env").into_iter().flat_map(Node::entries) {
                if !is_environment_name(name) {
                    let message = format!("'{name}' is not the name of an environment variable");
                    let help = "letters, digits and _, such as API_URL".to_owned();
                    check.problem(entry.key.clone(), &at.key("env").key(name), message, Some(help));
                }
            }
        }
    }
}
