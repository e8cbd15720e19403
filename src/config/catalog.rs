//! The systems there are: those built into the program, and the user's own, which add to them or replace one of the same
//! name. Reads no disk: the command line hands the user's files in.

use std::path::PathBuf;

use include_dir::{Dir, DirEntry, include_dir};
use indexmap::IndexMap;

use crate::base::problem::nearest;
use crate::base::{Problem, Source, SystemName};
use crate::config::check::Surroundings;
use crate::config::{RunbookFile, System, load};

/// `systems/` as it was when the program was built.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/systems");

/// The file that makes a folder a system.
pub const FILE: &str = "system.toml";
/// The folder of its runbooks.
pub const RUNBOOKS: &str = "runbooks";

/// A system file of the user's.
#[derive(Clone, Debug)]
pub struct UserSystem {
    /// The folder's name, or the file's stem where the file is not called `system.toml`.
    pub name: SystemName,
    /// Its path and text.
    pub source: Source,
    /// Its folder's `runbooks/*.md`; `None` where it has no such folder.
    pub runbooks: Option<Vec<RunbookFile>>,
}

/// Where a system comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program.
    BuiltIn,
    /// The user's folder.
    User,
    /// The user's folder, in place of a built-in.
    Override,
}

impl Origin {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Origin::BuiltIn => "built in",
            Origin::User => "yours",
            Origin::Override => "yours, in place of the built-in",
        }
    }
}

/// One system of the catalog, not yet read.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: SystemName,
    /// Where it comes from.
    pub origin: Origin,
    /// Its file.
    pub source: Source,
    runbooks: Option<Vec<RunbookFile>>,
}

/// The systems there are, by name.
#[derive(Clone, Debug)]
pub struct Catalog(IndexMap<SystemName, Listed>);

/// There is no system of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no system '{name}'; {help}")]
pub struct NoSystem {
    /// The name asked for.
    pub name: String,
    /// The nearest, or all.
    pub help: String,
}

impl Catalog {
    /// The built-in systems and the user's.
    pub fn new(user: impl IntoIterator<Item = UserSystem>) -> Self {
        let mut all: IndexMap<SystemName, Listed> =
            BUILT_IN.dirs().filter_map(built_in).map(|listed| (listed.name.clone(), listed)).collect();
        for UserSystem { name, source, runbooks } in user {
            let origin = if all.contains_key(&name) { Origin::Override } else { Origin::User };
            all.insert(name.clone(), Listed { name, origin, source, runbooks });
        }
        all.sort_keys();
        Self(all)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Listed> {
        self.0.values()
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Result<&Listed, NoSystem> {
        self.0.get(name).ok_or_else(|| {
            let help = match nearest(name, self.0.keys().map(SystemName::as_str)) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("there are: {}", self.0.keys().map(SystemName::as_str).collect::<Vec<_>>().join(", ")),
            };
            NoSystem { name: name.to_owned(), help }
        })
    }
}

impl Listed {
    /// Reads it. A built-in is known to be right: the tests hold it against [`check`](Self::check).
    pub fn load(&self) -> Result<System, Vec<Problem>> {
        match self.origin {
            Origin::BuiltIn => load::read(self.name.clone(), &self.source)
                .map(|system| System { runbooks: self.runbooks.as_deref().unwrap_or_default().into(), ..system }),
            Origin::User | Origin::Override => self.check(&Surroundings::default()),
        }
    }

    /// Reads it and checks everything, whatever its origin.
    pub fn check(&self, around: &Surroundings<'_>) -> Result<System, Vec<Problem>> {
        let around = Surroundings { runbooks: self.runbooks.as_deref(), ..*around };
        load::load_within(self.name.clone(), &self.source, &around)
    }

    /// The files of a built-in of this name, by their path in its folder; nothing for a system of the user's own.
    pub fn files(&self) -> Vec<(PathBuf, &'static [u8])> {
        let mut files = Vec::new();
        if let (Some(dir), Origin::BuiltIn) = (BUILT_IN.get_dir(self.name.as_str()), self.origin) {
            collect(dir, dir, &mut files);
        }
        files
    }
}

fn collect(root: &Dir<'static>, dir: &Dir<'static>, files: &mut Vec<(PathBuf, &'static [u8])>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(root, inner, files),
            DirEntry::File(file) => {
                let path = file.path().strip_prefix(root.path()).unwrap_or_else(|_| file.path());
                files.push((path.to_owned(), file.contents()));
            }
        }
    }
}

fn built_in(dir: &Dir<'static>) -> Option<Listed> {
    let name = SystemName::new(dir.path().to_str()?).ok()?;
    let text = dir.get_file(dir.path().join(FILE))?.contents_utf8()?;
    let runbooks = dir.get_dir(dir.path().join(RUNBOOKS)).map(|inner| {
        let read = |file: &'static include_dir::File<'static>| {
            RunbookFile::new(&PathBuf::from("systems").join(file.path()), file.contents_utf8()?)
        };
        inner.files().filter_map(read).collect()
    });
    let source = Source { path: PathBuf::from("built in"), text: text.into() };
    Some(Listed { name, origin: Origin::BuiltIn, source, runbooks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_system_passes_every_check() {
        let catalog = Catalog::new([]);
        assert!(catalog.iter().count() > 0);
        for listed in catalog.iter() {
            if let Err(problems) = listed.check(&Surroundings::default()) {
                let told: Vec<String> = problems.iter().map(Problem::render).collect();
                panic!("{}:\n{}", listed.name, told.join("\n\n"));
            }
            listed.load().unwrap();
            assert!(listed.files().iter().any(|(path, _)| path.as_os_str() == FILE));
        }
    }

    #[test]
    fn the_users_system_takes_the_place_of_a_built_in() {
        let built_in = Catalog::new([]).iter().next().unwrap().name.clone();
        let source = Source { path: "mine.toml".into(), text: "title = \"Mine\"".into() };
        let user = |name: &SystemName| UserSystem { name: name.clone(), source: source.clone(), runbooks: None };
        let other = SystemName::new("zz-other").unwrap();
        let catalog = Catalog::new([user(&built_in), user(&other)]);
        assert_eq!(catalog.get(built_in.as_str()).unwrap().origin, Origin::Override);
        assert_eq!(catalog.get("zz-other").unwrap().load().unwrap().title, "Mine");
        assert_eq!(catalog.get("zz-othr").unwrap_err().to_string(), "no system 'zz-othr'; did you mean 'zz-other'?");
    }
}
