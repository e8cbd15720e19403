//! The pictures: each of the table is there with its text, none lies there that the table does not name, and every theme
//! and every class of size has one. What is on them is held against the program by `screenshots --check`, in `./test.sh`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the table.
fn table() -> BTreeSet<String> {
    let text = fs::read_to_string(top().join("examples/screenshots/shots.rs")).unwrap();
    let entry = Regex::new(r#"(?m)^    (?:demo|theme)\("([a-z0-9-]+)""#).unwrap();
    entry.captures_iter(&text).map(|found| found[1].to_owned()).collect()
}

/// The stems of the files with this ending.
fn stems(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(top().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| Some(name.strip_suffix(ending)?.to_owned())).collect()
}

#[test]
fn every_picture_of_the_table_is_there_with_its_text_and_no_other() {
    let table = table();
    assert!(table.len() > 40, "{table:?}");
    assert_eq!(stems("screenshots", ".txt"), table);
    let mut pictures = stems("screenshots", ".png");
    assert!(pictures.remove("tour"), "the tour");
    assert_eq!(pictures, table);
    let tour = fs::metadata(top().join("screenshots/tour.png")).unwrap().len();
    assert!(tour <= 1_500_000, "the tour has {tour} bytes");
}

#[test]
fn every_theme_and_every_class_of_size_has_a_picture() {
    let table = table();
    for size in ["40x12", "80x24", "120x40", "200x60", "300x100"] {
        assert!(table.iter().any(|name| name.ends_with(size)), "{size}");
    }
    for theme in stems("themes", ".toml") {
        let name = match theme.as_str() {
            "dark" => "worker-crash-120x40".to_owned(),
            "light" | "mono" => format!("{theme}-120x40"),
            other => format!("theme-{other}-120x40"),
        };
        assert!(table.contains(&name), "{name}");
    }
}
