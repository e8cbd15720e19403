//! Statements that bring secrets: onto a screen, into a record, into a log. They are never run.

use crate::base::Shown;
use crate::runbook::class::Effect;

/// Parts of names that hold a secret, whatever stands beside them.
const PARTS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "credential", "apikey", "private_key", "primary_conninfo"];
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
pub(super) fn effect(words: &[String]) -> Option<Effect> {
    let named = words.iter().flat_map(|word| word.split('.')).map(|name| name.trim_start_matches('"'));
    let found = named.filter(|name| !ABOUT.iter().any(|end| name.ends_with(end))).find(|name| {
        PARTS.iter().any(|part| name.contains(part))
            || ENDS.iter().any(|end| name.ends_with(end))
            || TABLES.contains(name)
    })?;
    Some(Effect::never(format!("brings the secret {}", Shown::from_remote(found))))
}
