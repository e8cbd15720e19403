e=$(printf '\033')
row() { printf '\n %-12s %s%s[0m' "$1" "$2" "$e"; }
row "attributes" "plain ${e}[1mbold${e}[0m ${e}[2mdim${e}[0m ${e}[3mitalic${e}[0m ${e}[1;3mboth${e}[0m ${e}[4munderline${e}[0m ${e}[7m reverse ${e}[0m ${e}[1;7;31m CRITICAL "
sixteen=
for n in 0 1 2 3 4 5 6 7; do sixteen="$sixteen${e}[4${n}m  ${e}[10${n}m  "; done
row "sixteen" "$sixteen"
words=
for n in 1 2 3 4 5 6 7; do words="$words${e}[3${n}mcol$n ${e}[9${n}mcol$n "; done
row "words" "$words"
cube=
for n in 21 27 33 39 45 51 50 49 48 47 46 82 118 154 190 226 220 214 208 202 196 232 236 240 244 248 252; do cube="$cube${e}[48;5;${n}m  "; done
row "256" "$cube"
ramp=
n=0
while [ $n -lt 54 ]; do ramp="$ramp${e}[48;2;$((30 + n * 4));$((90 + n * 2));$((240 - n * 3))m "; n=$((n + 1)); done
row "truecolor" "$ramp"
row "light" "┌─┬─┐ ╭─┬─╮ ┏━┳━┓ ╔═╦═╗ ╒═╤═╕ ╓─╥─╖ ┍━┯━┑ ┎─┰─┒ ╱╲"
row ""      "│ │ │ │ │ │ ┃ ┃ ┃ ║ ║ ║ │ │ │ ║ ║ ║ │ │ │ ┃ ┃ ┃ ╲╱"
row ""      "├─┼─┤ ├─┼─┤ ┣━╋━┫ ╠═╬═╣ ╞═╪═╡ ╟─╫─╢ ┝━┿━┥ ┠─╂─┨ ╳╳"
row ""      "└─┴─┘ ╰─┴─╯ ┗━┻━┛ ╚═╩═╝ ╘═╧═╛ ╙─╨─╜ ┕━┷━┙ ┖─┸─┚ ╳╳"
row "dashed" "╌╌╌╌ ┄┄┄┄ ┈┈┈┈ ╍╍╍╍ ┅┅┅┅ ┉┉┉┉ ╎ ┆ ┊ ╏ ┇ ┋ ╴╶ ╸╺ ╼━╾─ ╵ ╷"
row "blocks" "▁▂▃▄▅▆▇█ ▏▎▍▌▋▊▉█ ▀▄▐▌▔▕ ░░▒▒▓▓██ ▖▗▘▙▚▛▜▝▞▟ ▗▄▟██▙▄▖"
row "sparkline" "${e}[32m▁▁▂▁▁▁▃▁▁▂▃▅▆▇█▇▅▃▂▁${e}[33m▂▃▄▅▅▆▆▇${e}[31m▇███████"
row "braille" "${e}[36m⠀⠁⠃⠇⡇⣇⣧⣷⣿ ⢀⣀⣠⣤⣴⣶⣾⣿⣷⣶⣤⣀⡀ ⣿⣿⣿⣿ ⠉⠒⠤⣀⣀⠤⠒⠉"
row "shapes" "✓ ✗ ! ? ● ○ ◆ ◇ ■ □ ▲ △ ▼ ▽ ▶ ◀ ► ◄ ← ↑ → ↓ … · • › ‹"
row "" "≥ ≤ ≠ ≈ µ ° × ÷ ± § ¶ « » “ ” ‘ ’ – — ▕ missing: 漢 ␛ ⏱"
row "letters" "The quick brown fox jumps over the lazy dog 0123456789"
row "" "Zażółć gęślą jaźń · Größe · déjà vu · Ωμέγα · Привет"
row "code" "{ \"status\": \"healthy\", \"n\": [1, 2.5e-3] } != => <= |> @#\$%^&*"
row "panel" "${e}[38;2;90;100;120m╭─${e}[0;1m WAL backlog ${e}[0;38;2;90;100;120m─────────────────────── 2s ago ─╮"
row "" "${e}[38;2;90;100;120m│${e}[0m ${e}[31m128 pending${e}[0m  ${e}[2m+14/min${e}[0m  ${e}[33m▁▁▂▃▄▅▆▇██████${e}[38;2;90;100;120m         │"
row "" "${e}[38;2;90;100;120m╰──────────────────────────────────────────────╯"
printf '\n end of card'
cat >/dev/null
