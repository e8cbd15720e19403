//! The way out where a command failed because it may not: sudo without a terminal cannot ask for a password, so its rules
//! have to allow exactly this. Pure.

use std::path::{Path, PathBuf};

use crate::action::CommandCall;

/// The line for `sudoers` that lets `user` run what sudo was asked to run, where its output says that sudo refused.
/// `find` finds the program that sudo was to start: sudo knows programs by their absolute paths only.
pub(super) fn sudoers(
    call: &CommandCall,
    output: &[String],
    user: &str,
    find: impl Fn(&str) -> Option<PathBuf>,
) -> Option<String> {
    let is_sudo = call.program.file_name().is_some_and(|name| name == "sudo");
    if !is_sudo || !output.iter().any(|line| line.starts_with("sudo: ")) {
        return None;
    }
    // options that take a value say who else it is run as: such a rule is for a person to write
    let mut words = call.argv.iter().skip(1).skip_while(|word| matches!(word.as_str(), "-n" | "--non-interactive"));
    let program = words.next().filter(|word| !word.starts_with('-'))?;
    let program = if Path::new(program).is_absolute() { PathBuf::from(program) } else { find(program)? };
    let rule = std::iter::once(program.to_str()?).chain(words.map(String::as_str)).map(escaped);
    let mut rule = rule.collect::<Option<Vec<String>>>()?;
    if rule.len() == 1 {
        // a program alone would be allowed with any arguments
        rule.push("\"\"".to_owned());
    }
    let rule = rule.join(" ");
    Some(format!("sudo may not ask here; this line in sudoers allows it: {user} ALL=(root) NOPASSWD: {rule}"))
}

/// A word as sudoers holds it; nothing where it would mean more than itself there.
fn escaped(word: &str) -> Option<String> {
    if word.is_empty() || word.contains(|c: char| c.is_control() || "*?[]!\"'".contains(c)) {
        return None;
    }
    Some(word.chars().fold(String::new(), |mut out, c| {
        if " ,:=\\#".contains(c) {
            out.push('\\');
        }
        out.push(c);
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(argv: &[&str], said: &str) -> Option<String> {
        let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
        let call = CommandCall { program: Path::new("/usr/bin").join(&argv[0]), argv, environment: Vec::new() };
        let find = |name: &str| (name == "systemctl").then(|| PathBuf::from("/usr/bin/systemctl"));
        let hint = sudoers(&call, &[said.to_owned()], "alice", find)?;
        hint.split_once(" allows it: ").map(|(_, line)| line.to_owned())
    }

    #[test]
    fn the_line_allows_exactly_what_was_tried() {
        let refused = "sudo: a password is required";
        let restart = ["sudo", "-n", "systemctl", "restart", "shop@1:2"];
        let line = "alice ALL=(root) NOPASSWD: /usr/bin/systemctl restart shop@1\\:2";
        assert_eq!(hint(&restart, refused).as_deref(), Some(line));
        let alone = hint(&["sudo", "-n", "/sbin/reboot"], refused);
        assert_eq!(alone.as_deref(), Some("alice ALL=(root) NOPASSWD: /sbin/reboot \"\""));
        for (argv, said) in [
            (&restart[..], "Failed to restart shop"),
            (&["systemctl", "restart", "shop"], refused),
            (&["sudo", "-n", "-u", "bob", "systemctl"], refused),
            (&["sudo", "-n", "nowhere"], refused),
            (&["sudo", "-n", "systemctl", "restart", "shop*"], refused),
            (&["sudo", "-n"], refused),
        ] {
            assert_eq!(hint(argv, said), None, "{argv:?}");
        }
    }
}
