//! What the README says is what is: the table of keys, the pictures it shows, the commands it names.

use std::path::Path;
use std::process::Command;

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn its_table_of_keys_is_the_programs() {
    let readme = readme();
    let (_, rest) = readme.split_once("<!-- keys: midwatch keys --format markdown -->").unwrap();
    let (shown, _) = rest.split_once("<!-- /keys -->").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_midwatch")).args(["keys", "--format", "markdown"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown.trim(), table.trim(), "put the output of `midwatch keys --format markdown` into the README");
}

#[test]
fn its_pictures_exist() {
    let readme = readme();
    let pictures: Vec<&str> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let missing: Vec<&&str> = pictures
        .iter()
        .filter(|path| path.starts_with("screenshots/"))
        .filter(|path| !Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file())
        .collect();
    assert!(pictures.iter().any(|path| path.starts_with("screenshots/")), "the README shows no picture");
    assert!(missing.is_empty(), "the README shows what is not there: {missing:?}");
}

#[test]
fn the_system_that_it_prints_is_valid() {
    let readme = readme();
    let (_, rest) = readme.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, text).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_midwatch")).args(["systems", "validate"]).arg(&file).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
