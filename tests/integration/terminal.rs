//! What a terminal, a line, a key, a signal or a remote text can do to the program: the terminal rows of the fault
//! table, T01 to T12 and H09. The real program in a real terminal; every row prints `row → result`.

mod copy;
mod corpus;
mod hang_up;
mod headless;
mod hostile;
mod house;
mod input;
mod kinds;
mod mouse;
mod multiplexers;
mod panics;
mod sizes;
mod slow;
mod stops;
mod stream;
mod title;
mod unread;

use crate::support::rows::{Row, run};

const ROWS: &[Row] = &[
    ("T01 T02 T03 hostile texts in every field of the screen", hostile::on_the_screen),
    ("T01 T02 hostile texts in check and doctor", headless::hostile),
    ("H09 a text of 1 MiB, 200 marks on one letter", hostile::huge),
    ("T03 hostile texts at every width", hostile::at_every_width),
    ("T04 no size, one cell, the largest, one beyond", sizes::odd),
    ("T04 sizes from 0x0 to 300x100 at once", sizes::storm),
    ("T04 a key in the moment of a resize", sizes::with_keys),
    ("T05 the terminal is closed", hang_up::closed),
    ("T05 the terminal is closed, SIGHUP ignored", hang_up::closed_unheard),
    ("T05 the terminal is closed while endpoints hang, or nobody reads", hang_up::closed_in_trouble),
    ("T05 SIGTERM, SIGINT, SIGHUP", hang_up::signals),
    ("T05 SIGTERM, SIGINT while endpoints hang", hang_up::signals_while_endpoints_hang),
    ("T05 SIGTERM, SIGINT while nobody reads", hang_up::signals_while_nobody_reads),
    ("T06 nobody reads for ten seconds", unread::ten_seconds),
    ("mouse: used", mouse::used),
    ("mouse: left to the terminal", mouse::left),
    ("copy: a row", copy::rows),
    ("copy: where there is no clipboard", copy::refused),
    ("copy: through tmux and screen", copy::through),
    ("under tmux", multiplexers::tmux),
    ("under tmux, the wall", multiplexers::wall),
    ("under GNU screen", multiplexers::screen),
    ("notices: by every road", copy::notices),
    ("notices: not from everywhere", copy::no_notices),
    ("slow: a link of 2 KB/s, asked for", slow::asked_for),
    ("slow: a link of 2 KB/s, noticed", slow::by_itself),
    ("slow: bytes of a fault that lasts", slow::a_minute),
    ("slow: a link that is fast again", slow::fast_again),
    ("T07 kinds of terminals", kinds::terminals),
    ("T07 terminals without screens", kinds::dumb),
    ("T07 NO_COLOR", kinds::no_color),
    ("T07 LC_ALL=C and --ascii", kinds::ascii),
    ("T07 the title of the window", title::changes),
    ("T07 the title while it is stopped, and after a panic", title::put_back),
    ("T07 terminals without a title", title::none),
    ("T08 standard input or output is no terminal", headless::no_terminal),
    ("T08 nobody reads what check prints", headless::closed_pipe),
    ("T09 pasted commands", input::paste),
    ("T09 Ctrl-C, and again", input::interrupted_twice),
    ("T10 answers of the terminal that nobody asked for", input::answers_of_the_terminal),
    ("T10 half a mebibyte of random bytes", input::random),
    ("T11 a panic while a key is handled", panics::update),
    ("T11 a panic on the thread that draws", panics::draw),
    ("T11 a panic in every poll", panics::poll),
    ("T12 Ctrl-Z and fg", stops::suspended),
    ("T12 Ctrl-Z without a shell to come back from", stops::nowhere_to_go),
    ("T12 kill -STOP and -CONT", stops::stopped),
];

#[test]
fn rows() {
    run(ROWS);
}
