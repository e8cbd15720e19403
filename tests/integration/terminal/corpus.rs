//! Texts that try to get out of their place on the screen.

/// All payloads, each between a number and `end`, so that it can be found again.
pub(super) fn marked() -> Vec<String> {
    payloads().iter().enumerate().map(|(n, payload)| format!("z{n:03}{payload}end")).collect()
}

/// The payloads themselves.
pub(super) fn payloads() -> Vec<String> {
    let mut all = Vec::new();
    for csi in ["\u{1b}[", "\u{9b}"] {
        // none of these is a sequence that our own frames hold
        for rest in [
            "31;5m",
            "38;2;66;6;66m",
            "8m",
            "3J",
            "66;666H",
            "999B",
            "?1000h",
            "?47h",
            "?12l",
            "8;1;1t",
            "6n",
            "c",
            ">c",
            "5n",
            "!p",
            "21t",
            "20t",
            "?6c",
            "4i",
            "r",
            "6;66r",
            "66S",
            "6L",
            "@",
            "",
        ] {
            all.push(format!("{csi}{rest}"));
        }
    }
    for osc in ["\u{1b}]", "\u{9d}"] {
        for rest in [
            "0;owned",
            "2;owned",
            "8;;http://evil.example/",
            "52;c;ZXZpbA==",
            "10;?",
            "11;?",
            "4;0;rgb:ff/00/00",
            "1337;File=inline=1:AAAA",
            "777;notify;a;b",
            "9;hello",
            "133;A",
        ] {
            let end = ["\u{7}", "\u{1b}\\", "\u{9c}", ""][all.len() % 4];
            all.push(format!("{osc}{rest}{end}"));
        }
    }
    for (seven, eight) in [("P", '\u{90}'), ("_", '\u{9f}'), ("^", '\u{9e}'), ("X", '\u{98}')] {
        for rest in ["q#0!10~", "$qm", "+q544e", ">|x", "Gf=24;AAAA", "tmux;\u{1b}\u{1b}]0;owned\u{7}"] {
            all.push(format!("\u{1b}{seven}{rest}\u{1b}\\"));
            all.push(format!("{eight}{rest}"));
        }
    }
    for rest in ["c", "7", "8", "=", ">", "#8", "(0", "%G", "D", "M", "E", "N", "Z", "\\", "[", "]", ""] {
        all.push(format!("\u{1b}{rest}"));
    }
    all.extend((0..0x20_u8).chain([0x7f]).filter(|byte| *byte != 0x1b).map(|byte| char::from(byte).to_string()));
    all.extend(('\u{80}'..='\u{9f}').map(String::from));
    all.extend(INVISIBLE.iter().map(|c| format!("a{c}b")));
    all.extend(LETTERS.iter().map(ToString::to_string));
    all.push(format!("e{}", "\u{301}".repeat(200)));
    all.push(format!("{}\u{1b}]0;late\u{7}", "x".repeat(300)));
    all
}

/// What reorders or hides its neighbours, or ends a line.
pub(super) const INVISIBLE: [char; 41] = [
    '\u{202a}',
    '\u{202b}',
    '\u{202c}',
    '\u{202d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{2069}',
    '\u{200e}',
    '\u{200f}',
    '\u{61c}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{2060}',
    '\u{2061}',
    '\u{2064}',
    '\u{feff}',
    '\u{ad}',
    '\u{180e}',
    '\u{2028}',
    '\u{2029}',
    '\u{fe0f}',
    '\u{fe00}',
    '\u{e0100}',
    '\u{e0001}',
    '\u{e0041}',
    '\u{e007f}',
    '\u{fff9}',
    '\u{fffa}',
    '\u{fffb}',
    '\u{115f}',
    '\u{1160}',
    '\u{3164}',
    '\u{ffa0}',
    '\u{206a}',
    '\u{206f}',
    '\u{85}',
    '\u{1f3fb}',
    '\u{1f3ff}',
];

/// Letters of all widths and directions, which are to be shown.
const LETTERS: [&str; 14] = [
    "日本語のキュー",
    "한국어",
    "ｱｲｳ",
    "Größe",
    "שלום",
    "لا إله",
    "क्षि",
    "ไทยน้ำ",
    "👍🏽",
    "👩\u{200d}👩\u{200d}👧",
    "🇩🇪🇫🇷",
    "①②③",
    "½ ± § ¶",
    "ﷺ",
];
