//! The terminal's events as our messages. A thread of its own blocks on them, so that the loop never does.

use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use tokio::sync::mpsc;

use crate::app::key::{Code, Key};
use crate::app::{Mouse, Msg};
use crate::runtime::terminal::ground;

/// Larger than any screen: what a broken line reports beyond it would only fill the memory.
const LARGEST: u16 = 1000;
/// What a terminal that does not know its size is taken for.
const USUAL: (u16, u16) = (80, 24);
/// An answer of the terminal comes in one piece; after such a gap it is somebody typing.
const GAP: Duration = Duration::from_millis(30);
/// The same while an answer is due: a slow line may tear it apart, and none of its letters may be taken for keys.
const GAP_WHEN_ASKED: Duration = Duration::from_millis(500);
/// Longest answer that is looked at.
const LONGEST: usize = 64;

/// Where the one input thread sends: to the dashboard that runs now, of which a process may have two in turn.
static RECEIVER: Mutex<Option<mpsc::Sender<Msg>>> = Mutex::new(None);

/// Starts the input thread, or turns the one that runs to a new receiver. The channel is bounded: a flood of input
/// waits in the terminal's own buffer.
pub fn start() -> io::Result<mpsc::Receiver<Msg>> {
    static STARTED: OnceLock<()> = OnceLock::new();
    let (send, receive) = mpsc::channel(64);
    *receiver() = Some(send);
    if STARTED.set(()).is_ok() {
        thread::Builder::new().name("input".into()).spawn(read)?;
    }
    Ok(receive)
}

/// A poisoned lock still holds a whole sender.
fn receiver() -> MutexGuard<'static, Option<mpsc::Sender<Msg>>> {
    RECEIVER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads until the terminal gives no more; then the receiver learns of it.
fn read() {
    while let Ok(event) = crossterm::event::read() {
        let msg = if begins_answer(&event) { answered(event) } else { message(event) };
        if let Some(msg) = msg
            && let Some(receiver) = receiver().clone()
        {
            // an error: that dashboard has ended, and the key with it
            let _ = receiver.blocking_send(msg);
        }
    }
    *receiver() = None;
}

/// An answer that somebody's question brought (DCS, OSC, SOS, PM, APC) reaches us as Alt and the letter that begins it.
fn begins_answer(event: &Event) -> bool {
    matches!(event, Event::Key(KeyEvent { code: KeyCode::Char('P' | ']' | 'X' | '^' | '_'), modifiers, .. })
        if modifiers.contains(KeyModifiers::ALT))
}

/// Takes such an answer up to its end (ST or BEL), so that its letters are not taken for keys. Returns what it says, if
/// that was asked, or what was no part of it: the key itself where nothing follows, since then somebody pressed it.
fn answered(first: Event) -> Option<Msg> {
    let gap = if ground::is_asked() { GAP_WHEN_ASKED } else { GAP };
    let mut text = String::new();
    let mut pressed = Some(first);
    while let Ok(true) = crossterm::event::poll(gap) {
        match crossterm::event::read().ok()? {
            Event::Key(key) if ends_answer(key) => {
                pressed = None;
                break;
            }
            Event::Key(key) => {
                pressed = None;
                text.extend(key.code.as_char().filter(|_| text.len() < LONGEST));
            }
            other => return message(other),
        }
    }
    pressed.map_or_else(|| ground::told(&text).map(|light| Msg::Ground { light }), message)
}

fn ends_answer(key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('\\') => key.modifiers.contains(KeyModifiers::ALT),
        KeyCode::Char('g') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Msg::Key),
        Event::Mouse(event) => mouse(event).map(Msg::Mouse),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(columns, rows) => {
            let (columns, rows) = sane((columns, rows));
            Some(Msg::Resize(columns, rows))
        }
        _ => None,
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Press(event.column, event.row)),
        MouseEventKind::ScrollUp => Some(Mouse::Wheel(-1)),
        MouseEventKind::ScrollDown => Some(Mouse::Wheel(1)),
        _ => None,
    }
}

/// A size to draw in, whatever the terminal says of itself.
pub(super) fn sane((columns, rows): (u16, u16)) -> (u16, u16) {
    let or = |given: u16, usual: u16| if given == 0 { usual } else { given.min(LARGEST) };
    (or(columns, USUAL.0), or(rows, USUAL.1))
}

fn key(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    let has = |modifier| event.modifiers.contains(modifier);
    Some(Key { code, ctrl: has(KeyModifiers::CONTROL), alt: has(KeyModifiers::ALT) })
}
