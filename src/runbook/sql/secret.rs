//! Statements that bring secrets: onto a screen, into a record, into a log. They are never run.

use crate::base::Shown;
use crate::runbook::class::Effect;

/// Parts of names that hold a secret, whatever stands beside them.
const PARTS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "apikey",
    "private_key",
    "primary_conninfo",
    "authentication_string",
];
/// Ends of names that hold one.
const ENDS: [&str; 13] = [
    "api_key",
    "service_key",
    "access_key",
    "signing_key",
    "encryption_key",
    "master_key",
    "access_token",
    "refresh_token",
    "api_token",
    "auth_token",
    "bearer_token",
    "session_token",
    "webhook_url",
];
/// Tables of the server that hold hashes of passwords, or passwords.
const TABLES: [&str; 5] = ["pg_authid", "pg_shadow", "pg_user_mapping", "pg_user_mappings", "pg_subscription"];
/// What is told about a secret is none.
const ABOUT: [&str; 6] = ["_id", "_at", "_count", "_name", "_expires", "_version"];

/// Never, where a word of the statement names what holds a secret.
pub(super) fn effect(statement: &str, words: &[String]) -> Option<Effect> {
    let lower = statement.to_lowercase();
    // a setting is named by a text
    let setting = words.iter().any(|word| word.ends_with("current_setting"));
    if setting && PARTS.iter().chain(&ENDS).any(|part| lower.contains(part)) {
        return Some(Effect::never("brings a setting that is a secret"));
    }
    let named = words.iter().flat_map(|word| word.split('.')).map(|name| name.trim_start_matches('"'));
    let found = named.filter(|name| !ABOUT.iter().any(|end| name.ends_with(end))).find(|name| {
        *name == "token"
            || PARTS.iter().any(|part| name.contains(part))
            || ENDS.iter().any(|end| name.ends_with(end))
            || TABLES.contains(name)
    })?;
    Some(Effect::never(format!("brings the secret {}", Shown::from_remote(found))))
}
