//! What is installed besides the program: a Debian package made of a built one and looked into, the pages, and the wall as
//! a service and as the README has it, in a real tmux.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::midwatch::{PATH, Shop};
use crate::support::eventually::eventually;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap()
}

#[track_caller]
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_debian_package_holds_what_a_host_needs_with_the_right_modes() {
    let folder = tempfile::tempdir().unwrap();
    let script = top().join("packaging/deb.sh");
    // packing a program with all its symbols takes longer than the test is worth
    let packed = run(Command::new(&script).arg(PATH).arg(folder.path()).env("DEB_COMPRESSION", "none"));
    let package = PathBuf::from(words(&packed).trim());
    let control = words(&run(Command::new("dpkg-deb").arg("-f").arg(&package)));
    for told in
        ["Package: midwatch", env!("CARGO_PKG_VERSION"), "Depends: libc6 (>= 2.", "Recommends: ca-certificates, tmux"]
    {
        assert!(control.contains(told), "{told} in {control}");
    }
    let listed = words(&run(Command::new("dpkg-deb").arg("-c").arg(&package)));
    let mode = |path: &str| {
        let line = listed.lines().find(|line| line.ends_with(&format!(" ./{path}")));
        line.unwrap_or_else(|| panic!("{path} in\n{listed}")).split(' ').next().unwrap().to_owned()
    };
    assert_eq!(mode("usr/bin/midwatch"), "-rwxr-xr-x");
    for path in [
        "usr/share/man/man1/midwatch.1.gz",
        "usr/share/bash-completion/completions/midwatch",
        "usr/share/zsh/vendor-completions/_midwatch",
        "usr/share/fish/vendor_completions.d/midwatch.fish",
        "usr/lib/systemd/user/midwatch-wall.service",
        "usr/share/doc/midwatch/copyright",
        "usr/share/doc/midwatch/changelog.gz",
        "usr/share/doc/midwatch/themes/dark.toml",
        "usr/share/doc/midwatch/systems/sabine/system.toml",
    ] {
        assert_eq!(mode(path), "-rw-r--r--", "{path}");
    }
    assert!(listed.lines().all(|line| line.contains(" root/root ") && !line.contains("/home/")), "{listed}");
    assert!(listed.lines().filter(|line| line.starts_with('d')).all(|line| line.starts_with("drwxr-xr-x")), "{listed}");

    let root = folder.path().join("root");
    run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&root));
    run(Command::new("dpkg-deb").arg("-e").arg(&package).arg(root.join("DEBIAN")));
    run(Command::new("md5sum").args(["--check", "--quiet", "DEBIAN/md5sums"]).current_dir(&root));
    let version = words(&run(Command::new(root.join("usr/bin/midwatch")).arg("--version")));
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
}

#[test]
fn the_metadata_for_cargo_deb_names_files_that_are_there_or_are_made() {
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    assert!(assets.len() > 5);
    let made = tempfile::tempdir().unwrap();
    run(Command::new(top().join("packaging/pages.sh")).arg(made.path()).arg(PATH));
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        let at = match source.strip_prefix("target/package/") {
            Some(page) => made.path().join(page),
            None if source.starts_with("target/") => continue,
            None => top().join(source.split('*').next().unwrap()),
        };
        assert!(at.exists(), "{source}");
    }
    let page = std::fs::read_to_string(made.path().join("man/man1/midwatch.1")).unwrap();
    assert!(page.starts_with(".ie") || page.contains(".TH midwatch 1"), "{page:.200}");
}

#[test]
fn the_unit_of_the_wall_is_one_that_systemd_takes() {
    let runtime = tempfile::tempdir().unwrap();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["--user", "--man=no", "verify"]).arg(top().join("packaging/midwatch-wall.service"));
    match verify.env("XDG_RUNTIME_DIR", runtime.path()).output() {
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && !told.contains("midwatch-wall"), "{told}");
        }
        // no systemd, nothing to hold it against
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

/// A tmux of its own, ended with the test.
struct Tmux<'s> {
    shop: &'s Shop,
    server: Vec<String>,
}

impl Tmux<'_> {
    fn command(&self, shell: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        let bin = self.shop.home().join("bin");
        command.args(["-c", shell]).current_dir(self.shop.home()).env_clear();
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("HOME", self.shop.home());
        command.env("TMUX_TMPDIR", self.shop.home()).env("LANG", "C.UTF-8").env("TERM", "screen-256color");
        command
    }

    fn screen(&self) -> String {
        let mut command = self.command("exec tmux \"$@\"");
        command.arg("sh").args(&self.server).args(["capture-pane", "-p", "-t", "wall"]);
        words(&command.output().unwrap())
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        let mut command = self.command("exec tmux \"$@\"");
        let _ = command.arg("sh").args(&self.server).arg("kill-server").output();
    }
}

#[test]
fn the_wall_stands_in_tmux_by_the_unit_and_by_the_readme() {
    let shop = Shop::open();
    let folder = shop.home().join(".config/midwatch");
    std::fs::create_dir_all(folder.join("systems")).unwrap();
    std::fs::copy(shop.file(), folder.join("systems/shop.toml")).unwrap();
    std::fs::write(folder.join("config.toml"), "systems = ['shop']\n").unwrap();
    std::fs::create_dir(shop.home().join("bin")).unwrap();
    std::os::unix::fs::symlink(PATH, shop.home().join("bin/midwatch")).unwrap();
    let unit = text("packaging/midwatch-wall.service");
    let by_unit = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap().to_owned();
    let readme = text("README.md");
    let by_readme = readme.lines().find(|line| line.starts_with("tmux new-session")).unwrap().to_owned();
    for (start, server) in [(by_unit, vec!["-L".to_owned(), "midwatch-wall".to_owned()]), (by_readme, Vec::new())] {
        let tmux = Tmux { shop: &shop, server };
        run(&mut tmux.command(&start));
        eventually(&start, Duration::from_secs(30), || {
            let screen = tmux.screen();
            (screen.contains("STAGING") && screen.contains('\u{2588}')).then_some(())
        });
    }
}
