//! Runbooks: what the command lists, shows and lints; the documents that it has to live with.

mod commands;
mod diagnosis;
mod fuzz;
mod prompts;
mod queries;
mod seeds;
mod simulated;
mod walks;

use std::path::PathBuf;

/// A document that lies beside the clone.
pub(crate) fn seed(name: &str) -> PathBuf {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let folder = above.map(|folder| folder.join("shared/seeds")).find(|folder| folder.is_dir());
    folder.expect("shared/seeds lies beside the repository").join(name)
}
