//! The demo's private folder: programs that stand in for those of the operated machine (`systemctl`, `docker`, …) and act
//! on the simulated world, and a state folder, so that the user's own journal is never touched. Gone when it is dropped.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Nobody else reads or changes it: what lies in `bin` is run.
const PRIVATE: u32 = 0o700;

/// The hidden subcommand that a stand-in runs: `__sim ADDRESS ARGV…`.
pub const SUBCOMMAND: &str = "__sim";

/// The folder.
#[derive(Debug)]
pub(crate) struct StandIns {
    folder: PathBuf,
    bin: PathBuf,
    state: PathBuf,
}

impl StandIns {
    /// Makes the folder with stand-ins of these names. Each hands its argv to `program`, which reaches the simulation at `control`.
    pub(crate) fn make(
        program: &Path,
        control: SocketAddr,
        names: impl IntoIterator<Item = &'static str>,
    ) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("midwatch-demo-{}", uuid::Uuid::new_v4().simple()));
        // it must not be there yet: what somebody else put there is not ours
        DirBuilder::new().mode(PRIVATE).create(&folder)?;
        let made = Self { bin: folder.join("bin"), state: folder.join("state"), folder };
        for inner in [&made.bin, &made.state] {
            DirBuilder::new().mode(PRIVATE).create(inner)?;
        }
        for name in names.into_iter().collect::<BTreeSet<_>>() {
            let path = made.bin.join(name);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)?;
            file.write_all(script(program, control, name).as_bytes())?;
        }
        Ok(made)
    }

    /// The folder of the programs.
    pub(crate) fn programs(&self) -> &Path {
        &self.bin
    }

    /// The state folder.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// A search path on which the stand-ins come first.
    pub(crate) fn path(&self) -> String {
        let bin = self.bin.to_string_lossy();
        match std::env::var("PATH") {
            Ok(rest) if !rest.is_empty() => format!("{bin}:{rest}"),
            _ => bin.into_owned(),
        }
    }
}

impl Drop for StandIns {
    fn drop(&mut self) {
        // a run that outlives the demo may still write there: then a rest is left in the folder for temporary files
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn script(program: &Path, control: SocketAddr, name: &str) -> String {
    let program = program.to_string_lossy().replace('\'', r"'\''");
    format!("#!/bin/sh\nexec '{program}' {SUBCOMMAND} {control} {name} \"$@\"\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_folder_is_private_its_programs_come_first_and_it_goes_with_the_demo() {
        let made = StandIns::make(
            Path::new("/opt/it's here/midwatch"),
            "127.0.0.1:7".parse().unwrap(),
            ["sudo", "rq", "sudo"],
        )
        .unwrap();
        let folder = made.folder.clone();
        for private in [&made.folder, &made.bin, &made.state] {
            assert_eq!(fs::metadata(private).unwrap().permissions().mode() & 0o777, 0o700, "{}", private.display());
        }
        assert!(made.path().starts_with(&format!("{}:", made.bin.display())), "{}", made.path());
        let sudo = fs::read_to_string(made.bin.join("sudo")).unwrap();
        assert_eq!(sudo, "#!/bin/sh\nexec '/opt/it'\\''s here/midwatch' __sim 127.0.0.1:7 sudo \"$@\"\n");
        drop(made);
        assert!(!folder.exists());
    }
}
