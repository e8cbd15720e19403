//! What a call says while it runs: bytes in pieces of any size become safe lines, told as they come and kept in bounded
//! memory. It reads nothing and judges nothing.
//!
//! A line ends at a line feed or a carriage return. It is redacted before it is cut, so that a cut leaves no half of a
//! secret. Lines that are only kept are made safe when they are asked for: a flood costs no more than a copy.

use std::collections::VecDeque;

use crate::action::Stream;
use crate::base::text::MAX_BYTES;
use crate::base::{Redactor, Shown};

/// Most bytes of a line; of a longer one the rest is counted.
const LINE: usize = MAX_BYTES;
/// The first bytes of all that is said are kept,
const HEAD: usize = 16 << 10;
/// and the last ones.
const TAIL: usize = 48 << 10;
/// So much is told as it comes. Of what follows, the last lines are told at the end: whoever writes lines down writes no
/// more than this and [`TAIL`].
const STREAMED: usize = 256 << 10;
/// What telling a line costs beside its text: as an event it has a frame.
const TOLD: usize = 48;
/// What keeping a line costs at least: a million empty ones are not free.
const LEAST: usize = 16;

const STREAMS: [Stream; 3] = [Stream::Out, Stream::Err, Stream::Own];

/// Takes a line as it comes: safe, redacted, without its end.
pub type Say<'a> = dyn FnMut(Stream, &str) + Send + 'a;

/// All that a call said.
#[derive(Debug)]
pub struct Output {
    redactor: Redactor,
    /// The line of each stream that has not ended.
    unfinished: [Raw; 3],
    head: Vec<String>,
    head_bytes: usize,
    tail: VecDeque<Raw>,
    tail_bytes: usize,
    left_out: LeftOut,
    streamed: usize,
    /// The last lines that were not told.
    untold: LeftOut,
}

/// A line as it came.
#[derive(Debug)]
struct Raw {
    stream: Stream,
    bytes: Vec<u8>,
    /// Bytes that were not kept.
    beyond: usize,
    /// The line before ended with a carriage return: a line feed now belongs to it.
    after_cr: bool,
}

/// How much is not there.
#[derive(Clone, Copy, Debug, Default)]
struct LeftOut {
    lines: usize,
    bytes: usize,
}

impl LeftOut {
    fn add(&mut self, line: &Raw) {
        self.lines += 1;
        self.bytes += line.bytes.len() + line.beyond;
    }

    fn words(self) -> String {
        let lines = if self.lines == 1 { "line" } else { "lines" };
        format!("\u{2026} {} {lines} left out, {} bytes \u{2026}", self.lines, self.bytes)
    }
}

impl Output {
    /// Nothing said yet.
    pub fn new(redactor: &Redactor) -> Self {
        Self {
            redactor: redactor.clone(),
            unfinished: STREAMS.map(Raw::of),
            head: Vec::new(),
            head_bytes: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            left_out: LeftOut::default(),
            streamed: 0,
            untold: LeftOut::default(),
        }
    }

    /// What takes secrets out of every line.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Takes the next piece of a stream.
    pub fn push(&mut self, stream: Stream, mut piece: &[u8], say: &mut Say<'_>) {
        let room = LINE + self.redactor.longest();
        while !piece.is_empty() {
            let line = self.unfinished(stream);
            if std::mem::take(&mut line.after_cr) && piece[0] == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                line.take(piece, room);
                return;
            };
            line.take(&piece[..end], room);
            let after_cr = piece[end] == b'\r';
            piece = &piece[end + 1..];
            let ended = std::mem::replace(line, Raw { after_cr, ..Raw::of(stream) });
            self.end(ended, say);
        }
    }

    /// Takes a whole line.
    pub fn line(&mut self, stream: Stream, text: &str, say: &mut Say<'_>) {
        self.push(stream, text.as_bytes(), say);
        self.push(stream, b"\n", say);
    }

    /// Nothing more comes: ends unfinished lines, and tells the last of those that were not told.
    pub fn finish(&mut self, say: &mut Say<'_>) {
        for stream in STREAMS {
            let line = self.unfinished(stream);
            if !line.bytes.is_empty() {
                let ended = std::mem::replace(line, Raw::of(stream));
                self.end(ended, say);
            }
        }
        let mut untold = std::mem::take(&mut self.untold);
        let kept = self.tail.len().saturating_sub(untold.lines);
        for line in self.tail.range(kept..) {
            untold.lines -= 1;
            untold.bytes = untold.bytes.saturating_sub(line.bytes.len() + line.beyond);
        }
        if untold.lines > 0 {
            say(Stream::Own, &untold.words());
        }
        for line in self.tail.range(kept..) {
            say(line.stream, &line.shown(&self.redactor));
        }
    }

    /// The last lines that are kept, and where lines between them are left out, a line that says how many.
    pub fn tail(&self, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = self.tail.iter().rev().take(most).map(|line| line.shown(&self.redactor)).collect();
        if lines.len() < most && self.left_out.lines > 0 {
            lines.push(self.left_out.words());
        }
        let rest = most.saturating_sub(lines.len());
        lines.extend(self.head.iter().rev().take(rest).cloned());
        lines.reverse();
        lines
    }

    fn unfinished(&mut self, stream: Stream) -> &mut Raw {
        let [out, err, own] = &mut self.unfinished;
        match stream {
            Stream::Out => out,
            Stream::Err => err,
            Stream::Own => own,
        }
    }

    fn end(&mut self, line: Raw, say: &mut Say<'_>) {
        if self.streamed < STREAMED {
            let text = line.shown(&self.redactor);
            self.streamed += text.len() + TOLD;
            say(line.stream, &text);
            if self.tail.is_empty() && self.head_bytes + text.len() <= HEAD {
                self.head_bytes += text.len().max(LEAST);
                self.head.push(text);
                return;
            }
        } else {
            self.untold.add(&line);
        }
        self.tail_bytes += line.cost();
        self.tail.push_back(line);
        while self.tail_bytes > TAIL
            && let Some(oldest) = self.tail.pop_front()
        {
            self.tail_bytes -= oldest.cost();
            self.left_out.add(&oldest);
        }
    }
}

impl Raw {
    fn of(stream: Stream) -> Self {
        Self { stream, bytes: Vec::new(), beyond: 0, after_cr: false }
    }

    fn cost(&self) -> usize {
        self.bytes.len().max(LEAST)
    }

    fn take(&mut self, bytes: &[u8], room: usize) {
        let kept = room.saturating_sub(self.bytes.len()).min(bytes.len());
        self.bytes.extend_from_slice(&bytes[..kept]);
        self.beyond += bytes.len() - kept;
    }

    fn shown(&self, redactor: &Redactor) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let over = (self.bytes.len() + self.beyond).saturating_sub(LINE);
        if over == 0 {
            return Shown::long_from_remote(&redactor.redact(&text), LINE).into_string();
        }
        let head = Shown::long_from_remote(&redactor.redact_head(&text, LINE), LINE);
        format!("{head}\u{2026}(+{over} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;

    const SECRET: &str = "s3cret-key-0042";

    fn output() -> Output {
        Output::new(&Redactor::new([&Secret::new(SECRET.into())]))
    }

    /// What is told of these bytes in pieces of this size, and what is kept.
    fn told(bytes: &[u8], piece: usize) -> (Vec<String>, Output) {
        let (mut output, mut told) = (output(), Vec::new());
        let mut say = |_: Stream, line: &str| told.push(line.to_owned());
        bytes.chunks(piece).for_each(|piece| output.push(Stream::Out, piece, &mut say));
        output.finish(&mut say);
        (told, output)
    }

    #[test]
    fn lines_are_the_same_whatever_the_pieces() {
        let text = format!("a\r\nb\rc {SECRET}\n\n\u{1b}[31mcaf\u{e9}\u{0}\nlast");
        for piece in 1..=text.len() {
            let (told, output) = told(text.as_bytes(), piece);
            assert_eq!(told, ["a", "b", "c ***", "", "\u{241b}[31mcaf\u{e9}\u{2400}", "last"], "{piece}");
            assert_eq!(output.tail(2), ["\u{241b}[31mcaf\u{e9}\u{2400}", "last"]);
        }
    }

    #[test]
    fn the_two_streams_have_lines_of_their_own() {
        let (mut output, mut told) = (output(), Vec::new());
        let mut say = |stream: Stream, line: &str| told.push((stream, line.to_owned()));
        for (stream, piece) in
            [(Stream::Out, "s3cret"), (Stream::Err, "oo"), (Stream::Out, "-key-0042\n"), (Stream::Err, "ps\n")]
        {
            output.push(stream, piece.as_bytes(), &mut say);
        }
        output.finish(&mut say);
        assert_eq!(told, [(Stream::Out, "***".to_owned()), (Stream::Err, "oops".to_owned())]);
    }

    #[test]
    fn a_long_line_is_cut_without_half_a_secret() {
        for before in LINE - SECRET.len() - 2..LINE + 2 {
            let (told, _) = told(format!("{}{SECRET}{}", "x".repeat(before), "y".repeat(9000)).as_bytes(), 1000);
            assert!(!told[0].contains("s3") && told[0].ends_with(" bytes)"), "{before}: {}", &told[0][LINE - 20..]);
            assert!(told[0].len() < LINE + 40);
        }
    }

    #[test]
    fn a_flood_is_counted_and_its_head_and_tail_are_kept() {
        let (mut output, mut told) = (output(), Vec::new());
        let mut say = |_: Stream, line: &str| told.push(line.to_owned());
        for n in 0..300_000 {
            output.push(Stream::Out, format!("line {n} {SECRET}\n").as_bytes(), &mut say);
        }
        output.finish(&mut say);
        assert!(told.iter().map(String::len).sum::<usize>() <= STREAMED + TAIL + 100);
        assert_eq!((told[0].as_str(), told.last().unwrap().as_str()), ("line 0 ***", "line 299999 ***"));
        assert!(told.iter().chain(&output.tail(usize::MAX)).all(|line| !line.contains("s3cret")));
        let kept = output.tail(usize::MAX);
        let gap = kept.iter().position(|line| line.contains("left out")).unwrap();
        assert_eq!(kept[0], "line 0 ***");
        let left_out: usize = kept[gap].split(' ').nth(1).unwrap().parse().unwrap();
        assert_eq!(left_out + kept.len() - 1, 300_000, "{}", kept[gap]);
        assert!(kept.iter().map(String::len).sum::<usize>() <= HEAD + TAIL + 100);
    }

    #[test]
    fn what_has_no_lines_at_all_costs_one() {
        let (told, output) = told(&vec![0xff; 10 << 20], 64 << 10);
        assert_eq!((told.len(), output.tail(9).len()), (1, 1));
        assert!(told[0].ends_with("bytes)"), "{}", told[0].chars().rev().take(30).collect::<String>());
    }

    #[test]
    fn empty_lines_are_not_free() {
        let (told, output) = told(&vec![b'\n'; 1 << 20], 64 << 10);
        assert!(told.len() < 80_000 && output.tail(usize::MAX).len() < 5000);
    }
}
