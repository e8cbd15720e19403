//! What a calm minute costs on a slow link.

use super::*;

/// Bytes of a frame that changes these cells: the brackets of synchronized output, and for each run of cells a move, a
/// full colour of 24 bits for text and ground, the cells.
fn bytes(before: &Buffer, after: &Buffer) -> usize {
    let mut runs = 0;
    let mut cells = 0;
    let mut next = None;
    for (x, y, _) in before.diff(after) {
        runs += usize::from(next != Some((x, y)));
        next = Some((x + 1, y));
        cells += 1;
    }
    if cells == 0 { 0 } else { 16 + 3 + runs * (8 + 36) + cells }
}

#[test]
fn a_calm_minute_stays_below_four_kilobytes() {
    let theme = dark();
    for size in [(80, 24), (120, 40)] {
        let mut bench = Bench::healthy();
        let mut sent = 0;
        let mut before = bench.look(size, 0, |model| paint_at(model, &theme));
        for second in 1..=60 {
            if second % 5 == 0 {
                bench.run(5);
            }
            let after = bench.look(size, second % 5, |model| paint_at(model, &theme));
            sent += bytes(&before, &after);
            before = after;
        }
        assert!(sent < 4200, "{size:?}: {sent} bytes");
    }
}
