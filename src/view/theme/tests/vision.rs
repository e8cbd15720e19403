//! How states look to eyes that lack a kind of cone: Machado, Oliveira and Fernandes (2009) at full severity, and the
//! distance of two colours as CIEDE2000 has it.

use super::*;

/// Least distance of two states of the colour-blind theme. About 2.3 is just noticed side by side; small coloured words
/// that stand far apart need several times that, and the
/// research behind the theme asks for 15.
const APART: f64 = 15.0;
/// With 256 colours there is less to choose from.
const APART_256: f64 = 11.0;
/// Least distance of two states of any theme to usual eyes.
const USUAL: f64 = 9.0;

type Matrix = [[f64; 3]; 3];

const USUAL_EYES: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Machado et al. 2009, table 1, severity 1.0, over linear RGB.
const EYES: [(&str, Matrix); 4] = [
    ("usual eyes", USUAL_EYES),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

#[derive(Clone, Copy)]
struct Lab(f64, f64, f64);

/// A colour as such eyes see it, in CIELAB under D65.
#[expect(clippy::many_single_char_names, reason = "the notation of the papers")]
fn seen_by(eyes: &Matrix, Rgb(r, g, b): Rgb) -> Lab {
    let linear = [r, g, b].map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    let dot = |row: &[f64; 3], by: [f64; 3]| row[0] * by[0] + row[1] * by[1] + row[2] * by[2];
    let seen = [0, 1, 2].map(|row| dot(&eyes[row], linear).clamp(0.0, 1.0));
    let x = dot(&[0.412_456_4, 0.357_576_1, 0.180_437_5], seen) / 0.950_47;
    let y = dot(&[0.212_672_9, 0.715_152_2, 0.072_175_0], seen);
    let z = dot(&[0.019_333_9, 0.119_192_0, 0.950_304_1], seen) / 1.088_83;
    let f = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    Lab(116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z)))
}

/// CIEDE2000, in the notation of Sharma, Wu and Dalal (2005).
#[expect(clippy::many_single_char_names, reason = "the notation of the papers")]
fn ciede2000(one: Lab, two: Lab) -> f64 {
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(one.1.hypot(one.2).midpoint(two.1.hypot(two.2))));
    let polar = |Lab(_, a, b): Lab| {
        let a = a * (1.0 + g);
        (a.hypot(b), if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) })
    };
    let ((c1, h1), (c2, h2)) = (polar(one), polar(two));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let (dl, dc) = (two.0 - one.0, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (one.0.midpoint(two.0), c1.midpoint(c2));
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => sum / 2.0 + 180.0,
        sum => sum / 2.0 - 180.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.20 * cos(4.0 * h - 63.0);
    let bend = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let twist = -(2.0 * bend).to_radians().sin() * 2.0 * seventh(c);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (dl, dc, dh) = (dl / sl, dc / (1.0 + 0.045 * c), dh / (1.0 + 0.015 * c * t));
    (dl * dl + dc * dc + dh * dh + twist * dc * dh).sqrt()
}

/// The two states that such eyes tell apart worst.
fn nearest_states(theme: &Theme, eyes: &Matrix) -> (f64, &'static str, &'static str) {
    let states = [
        ("ok", theme.ok),
        ("warning", theme.warning),
        ("critical", theme.critical),
        ("unknown", theme.unknown),
        ("info", theme.info),
    ];
    let seen = states.map(|(state, style)| (state, seen_by(eyes, style.fg.and_then(rgb_of).unwrap())));
    let mut worst = (f64::MAX, "", "");
    for (n, (one, first)) in seen.iter().enumerate() {
        for (two, second) in &seen[..n] {
            let distance = ciede2000(*first, *second);
            if distance < worst.0 {
                worst = (distance, one, two);
            }
        }
    }
    worst
}

#[test]
fn the_distance_is_that_of_the_published_pairs() {
    // Sharma, Wu and Dalal 2005, table 1: pairs 1, 7, 10, 17, 20, 25, 34
    for (one, two, want) in [
        (Lab(50.0, 2.6772, -79.7751), Lab(50.0, 0.0, -82.7485), 2.0425),
        (Lab(50.0, 0.0, 0.0), Lab(50.0, -1.0, 2.0), 2.3669),
        (Lab(50.0, 2.49, -0.001), Lab(50.0, -2.49, 0.0010), 7.1792),
        (Lab(50.0, 2.5, 0.0), Lab(73.0, 25.0, -18.0), 27.1492),
        (Lab(50.0, 2.5, 0.0), Lab(58.0, 24.0, 15.0), 19.4535),
        (Lab(60.2574, -34.0099, 36.2677), Lab(60.4626, -34.1751, 39.4387), 1.2644),
        (Lab(2.0776, 0.0795, -1.1350), Lab(0.9033, -0.0636, -0.5514), 0.9082),
    ] {
        let got = ciede2000(one, two);
        assert!((got - want).abs() < 0.0001, "{got} for {want}");
    }
}

#[test]
fn the_colour_blind_theme_keeps_its_states_apart_for_all_eyes() {
    for (depth, least) in [(ColorDepth::True, APART), (ColorDepth::Ansi256, APART_256)] {
        let theme = theme("colorblind", depth);
        for (eyes, matrix) in &EYES {
            let (distance, one, two) = nearest_states(&theme, matrix);
            println!("{depth:?} {eyes}: {distance:.1} ({one}, {two})");
            assert!(distance >= least, "{depth:?} {eyes}: {one} and {two} are {distance:.1} apart");
        }
    }
}

#[test]
fn every_theme_keeps_its_states_apart_for_usual_eyes() {
    for name in names().into_iter().filter(|name| *name != "mono") {
        for depth in [ColorDepth::True, ColorDepth::Ansi256] {
            let (distance, one, two) = nearest_states(&theme(name, depth), &USUAL_EYES);
            println!("{name} {depth:?}: {distance:.1} ({one}, {two})");
            assert!(distance >= USUAL, "{name} {depth:?}: {one} and {two} are {distance:.1} apart");
        }
    }
}

#[test]
fn sixteen_colours_still_tell_ok_warning_and_critical_apart_on_black() {
    for name in names().into_iter().filter(|name| *name != "mono") {
        let theme = theme(name, ColorDepth::Ansi16);
        if theme.base.bg == Some(Color::White) {
            continue; // of the sixteen only four can be read on white: glyph and word tell the state
        }
        let colors = [theme.ok.fg, theme.warning.fg, theme.critical.fg, theme.unknown.fg];
        for (n, color) in colors.iter().enumerate() {
            assert!(!colors[..n].contains(color), "{name}: {colors:?}");
        }
    }
}
