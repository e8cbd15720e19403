//! `midwatch runbook`: what it lists, shows and lints, and its exit codes.

mod commands;
