//! Runbooks that were cut, mixed and mangled are read without a panic and without losing count. One short round with every
//! test run; a million with `cargo test --release --test integration -- --ignored fuzz --nocapture`.

use std::time::Instant;

use midwatch::runbook::{Class, argv, read_any, read_house};

use crate::runbook::seed;

const SEEDS: [&str; 5] =
    ["sabine-super-agent", "agent-team-platform", "moose-mission-control", "chat-api", "runbook-template-and-index"];

/// What is put between: marks that begin, end or confuse something.
const MARKS: [&str; 32] = [
    "```",
    "```bash\n",
    "~~~\n",
    "\n\n",
    "# ",
    "**Diagnosis:**\n",
    "- ",
    "1. ",
    "> ",
    "<!-- when: a.b > 1 -->",
    "<!--",
    "-->",
    "<!-- action: x y=<z> -->",
    "'",
    "\"",
    "`",
    "$(",
    "${",
    ")",
    "<<EOF\n",
    "\\\n",
    "|",
    "&",
    ";",
    "--",
    "/*",
    "$$",
    "<A B>",
    "[x-y]",
    "â†’",
    "\u{202e}",
    "\u{0}",
];

/// A small generator: the same seed gives the same texts.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap()
    }
}

fn at(text: &str, wish: usize) -> usize {
    (0..=wish.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap()
}

/// A piece of a seed, or of two, with marks put in, pieces taken out and turned around.
fn mangled(dice: &mut Dice, seeds: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..=dice.roll(2) {
        let from = &seeds[dice.roll(seeds.len())];
        let start = at(from, dice.roll(from.len()));
        let end = at(from, start + dice.roll(1500));
        text.push_str(&from[start..end.max(start)]);
    }
    for _ in 0..dice.roll(8) {
        let place = at(&text, dice.roll(text.len() + 1));
        match dice.roll(4) {
            0 => text.replace_range(place..at(&text, place + dice.roll(40)).max(place), ""),
            1 => {
                let piece = text[place..at(&text, place + dice.roll(80)).max(place)].to_owned();
                let other = at(&text, dice.roll(text.len() + 1));
                text.insert_str(other, &piece);
            }
            2 => {
                let c = char::from_u32(u32::try_from(dice.roll(0x3000)).unwrap()).unwrap_or(' ');
                text.insert(place, c);
            }
            _ => text.insert_str(place, MARKS[dice.roll(MARKS.len())]),
        }
    }
    text
}

fn assert_sound(text: &str) -> usize {
    let mut all = read_any("mangled", text);
    all.push(read_house("mangled".parse().unwrap(), text));
    let lines = text.lines().count() + 1;
    for book in &all {
        for (n, step) in book.steps.iter().enumerate() {
            assert!(step.n == n + 1 && (1..=lines).contains(&step.line), "step {n} at {}: {text}", step.line);
            assert!(step.class != Class::Never || !step.why.is_empty(), "{text}");
            let _ = argv(&step.source, &step.fields);
        }
    }
    all.iter().map(|book| book.steps.len()).sum()
}

#[expect(clippy::print_stdout, reason = "the rate is what a long run is looked at for")]
fn rounds(count: usize) {
    let seeds: Vec<String> =
        SEEDS.iter().map(|name| std::fs::read_to_string(seed(&format!("{name}.md"))).unwrap()).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let start = Instant::now();
    let mut steps = 0;
    for _ in 0..count {
        steps += assert_sound(&mangled(&mut dice, &seeds));
    }
    let took = start.elapsed().as_secs_f64();
    println!("{count} texts, {steps} steps, {took:.1} s, {:.0} texts/s", count as f64 / took.max(0.001));
    assert!(steps > count, "hardly anything was read");
}

#[test]
fn a_few_mangled_runbooks_are_read() {
    rounds(500);
}

#[test]
#[ignore = "long: a million texts"]
fn fuzz_a_million_mangled_runbooks_are_read() {
    rounds(1_000_000);
}
