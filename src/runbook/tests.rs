use super::*;

/// The documents that the product has to live with, as they are written elsewhere.
fn seeds() -> Vec<(String, String)> {
    // they lie beside the clone, whichever folder that is
    let mut above =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/seeds"));
    let folder = above.find(|folder| folder.is_dir()).expect("shared/seeds lies beside the repository");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
#[ignore = "prints"]
fn dump() {
    for (stem, text) in seeds() {
        println!("######## {stem}");
        for book in read_any(&stem, &text) {
            println!(
                "== {} | {} | {} | symptoms {} prevention {}",
                book.id,
                book.title,
                book.severity,
                book.symptoms.len(),
                book.prevention.len()
            );
            for (section, text) in &book.about {
                println!("   about[{section}] {}", text.replace('\n', " / ").chars().take(100).collect::<String>());
            }
            for step in &book.steps {
                println!(
                    "  {} [{}] {} {} | {} | {:?} | {} || {} || {:?}",
                    step.n,
                    step.section,
                    step.class.word(),
                    step.language,
                    step.text.replace('\n', " / ").chars().take(70).collect::<String>(),
                    step.option.as_ref().map(|o| (o.choice, o.name.chars().take(20).collect::<String>())),
                    step.source.replace('\n', "\\n").chars().take(70).collect::<String>(),
                    step.why,
                    step.notes,
                );
            }
        }
    }
}
