//! Where in a file a value stands, by its keys: `component.api.depends_on[0]`.

use std::fmt;

/// A key path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// The value under a key.
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(key.to_owned())
    }

    /// The value at a place of a list.
    pub(super) fn item(&self, at: usize) -> Self {
        self.with(format!("[{at}]"))
    }

    fn with(&self, part: String) -> Self {
        let mut parts = Vec::with_capacity(self.0.len() + 1);
        parts.extend_from_slice(&self.0);
        parts.push(part);
        Self(parts)
    }

    /// Its keys as words, for matching: `["rule", "wal-backlog", "when"]`.
    pub(super) fn parts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            let dot = if at == 0 || part.starts_with('[') { "" } else { "." };
            write!(f, "{dot}{part}")?;
        }
        Ok(())
    }
}

impl<'a> FromIterator<&'a str> for Path {
    fn from_iter<I: IntoIterator<Item = &'a str>>(parts: I) -> Self {
        Self(parts.into_iter().map(str::to_owned).collect())
    }
}
