//! One connection: logs in, keeps its prepared statements and its transaction, and answers message by message. Pure.

use std::collections::HashMap;
use std::time::Duration;

use super::proto::{self, Message, say};
use super::value::{Refused, Rows};
use super::{Asked, Host, by_hand};

/// What a client asks before anything: 3.0, TLS, GSSAPI.
const VERSION: i32 = 196_608;
const TLS: i32 = 80_877_103;
const GSSAPI: i32 = 80_877_104;
/// `text`: all parameters are.
const TEXT: u32 = 25;

#[derive(Default, PartialEq, Clone, Copy)]
enum Stage {
    #[default]
    Begins,
    AsksPassword,
    Ready,
}

/// A transaction that is open.
#[derive(Default)]
struct Open {
    only_reads: bool,
    has_failed: bool,
    /// Statements whose effect lasts from the COMMIT on.
    done: Vec<(String, Vec<Option<String>>)>,
}

/// What was bound to be executed.
#[derive(Default)]
struct Portal {
    text: String,
    values: Vec<Option<String>>,
    formats: Vec<u16>,
}

/// The connection.
#[derive(Default)]
pub(super) struct Session {
    stage: Stage,
    open: Option<Open>,
    statements: HashMap<String, String>,
    portals: HashMap<String, Portal>,
    statement_timeout: Duration,
    /// After an error nothing is heard up to the next Sync.
    skips: bool,
}

impl Session {
    /// The next whole message.
    pub(super) fn next(&self, pending: &mut Vec<u8>) -> Option<Message> {
        Message::next(pending, self.stage == Stage::Begins)
    }

    /// How long it takes to answer a message.
    pub(super) fn takes(&self, message: &Message, host: &dyn Host) -> Duration {
        let portal = message.reader().text().and_then(|name| self.portals.get(&name));
        match portal.filter(|_| message.tag == b'E' && !self.skips) {
            Some(portal) => host.takes(name_of(&portal.text)).min(self.limit()),
            None => Duration::ZERO,
        }
    }

    fn limit(&self) -> Duration {
        if self.statement_timeout.is_zero() { Duration::MAX } else { self.statement_timeout }
    }

    /// Answers a message; none where the connection is over.
    pub(super) fn hear(&mut self, message: &Message, host: &dyn Host, out: &mut Vec<u8>) -> Option<()> {
        match (self.stage, message.tag) {
            (Stage::Begins, _) => return self.begin(message, host, out),
            (Stage::AsksPassword, b'p') => {
                if message.reader().text() != host.password() {
                    let refused = Refused::new("28P01", "password authentication failed for user");
                    proto::error(out, true, &refused);
                    return None;
                }
                self.welcome(out);
            }
            (Stage::AsksPassword, _) | (_, b'X') => return None,
            (_, b'S') => {
                self.skips = false;
                self.ready(out);
            }
            (_, b'Q') => {
                self.simple(&message.reader().text()?, host, out);
                self.ready(out);
            }
            _ if self.skips => {}
            (_, tag) => {
                let ended = match tag {
                    b'P' => Ok(self.parse(message, out)),
                    b'B' => self.bind(message, out),
                    b'D' => self.describe(message, host, out),
                    b'E' => self.execute(message, host, out),
                    b'C' => Ok(self.close(message, out)),
                    b'H' => Ok(Some(())),
                    _ => Err(Refused::new("08P01", "invalid frontend message type")),
                };
                match ended {
                    Ok(whole) => return whole,
                    Err(refused) => {
                        self.fail(&refused, out);
                        self.skips = true;
                    }
                }
            }
        }
        Some(())
    }

    fn begin(&mut self, message: &Message, host: &dyn Host, out: &mut Vec<u8>) -> Option<()> {
        let mut reader = message.reader();
        match reader.int()? {
            TLS | GSSAPI => out.push(b'N'),
            VERSION => {
                let mut said = HashMap::new();
                while let (Some(name), Some(value)) = (reader.text().filter(|name| !name.is_empty()), reader.text()) {
                    said.insert(name, value);
                }
                let user = said.get("user").map(String::as_str).unwrap_or_default();
                let database = said.get("database").map_or(user, String::as_str);
                if let Err(refused) = host.admit(user, database) {
                    proto::error(out, true, &refused);
                    return None;
                }
                if host.password().is_some() {
                    self.stage = Stage::AsksPassword;
                    say(out, b'R', &3_u32.to_be_bytes());
                } else {
                    self.welcome(out);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn welcome(&mut self, out: &mut Vec<u8>) {
        self.stage = Stage::Ready;
        say(out, b'R', &0_u32.to_be_bytes());
        proto::parameter(out, "server_version", "15.0 (simulated)");
        proto::parameter(out, "client_encoding", "UTF8");
        say(out, b'K', &[0; 8]);
        self.ready(out);
    }

    fn ready(&self, out: &mut Vec<u8>) {
        let state = match &self.open {
            None => b"I",
            Some(open) if open.has_failed => b"E",
            Some(_) => b"T",
        };
        say(out, b'Z', state);
    }

    fn fail(&mut self, refused: &Refused, out: &mut Vec<u8>) {
        proto::error(out, false, refused);
        if let Some(open) = &mut self.open {
            open.has_failed = true;
        }
    }

    /// Several statements, of which the first that fails is the last.
    fn simple(&mut self, text: &str, host: &dyn Host, out: &mut Vec<u8>) {
        if text.trim().is_empty() {
            return say(out, b'I', b"");
        }
        for statement in text.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            match self.carry_out(statement, &[], host) {
                Ok((rows, tag)) => {
                    if !rows.columns.is_empty() {
                        proto::columns(out, &rows.columns, |_| false);
                    }
                    rows.cells.iter().for_each(|row| proto::row(out, row.iter().map(|cell| cell.sent(false))));
                    proto::complete(out, &tag);
                }
                Err(refused) => return self.fail(&refused, out),
            }
        }
    }

    fn parse(&mut self, message: &Message, out: &mut Vec<u8>) -> Option<()> {
        let mut reader = message.reader();
        let (name, text) = (reader.text()?, reader.text()?);
        self.statements.insert(name, text);
        say(out, b'1', b"");
        Some(())
    }

    fn bind(&mut self, message: &Message, out: &mut Vec<u8>) -> Result<Option<()>, Refused> {
        let Some((portal, statement, values, formats)) = bound(message) else { return Ok(None) };
        let text = self.statement(&statement)?.to_owned();
        self.portals.insert(portal, Portal { text, values, formats });
        say(out, b'2', b"");
        Ok(Some(()))
    }

    fn statement(&self, name: &str) -> Result<&str, Refused> {
        let unknown = || Refused::new("26000", format!("prepared statement \"{name}\" does not exist"));
        self.statements.get(name).map(String::as_str).ok_or_else(unknown)
    }

    fn describe(&self, message: &Message, host: &dyn Host, out: &mut Vec<u8>) -> Result<Option<()>, Refused> {
        let mut reader = message.reader();
        let (Some(what), Some(name)) = (reader.take(1).map(|what| what[0]), reader.text()) else { return Ok(None) };
        if what == b'P' {
            let portal = self.portal(&name)?;
            let rows = self.columns_of(&portal.text, host)?;
            proto::columns(out, &rows.columns, |at| is_binary(&portal.formats, at));
            return Ok(Some(()));
        }
        let text = self.statement(&name)?;
        let rows = self.columns_of(text, host)?;
        let parameters = parameters(text);
        let mut body = proto::count(parameters).to_vec();
        body.extend(TEXT.to_be_bytes().repeat(parameters));
        say(out, b't', &body);
        proto::columns(out, &rows.columns, |_| false);
        Ok(Some(()))
    }

    fn columns_of(&self, text: &str, host: &dyn Host) -> Result<Rows, Refused> {
        self.lives()?;
        if is_of_transactions(text) {
            return Ok(Rows::default());
        }
        answer(host, &Asked { name: name_of(text), text, values: &[], applies: false })
    }

    fn portal(&self, name: &str) -> Result<&Portal, Refused> {
        let unknown = || Refused::new("34000", format!("portal \"{name}\" does not exist"));
        self.portals.get(name).ok_or_else(unknown)
    }

    fn execute(&mut self, message: &Message, host: &dyn Host, out: &mut Vec<u8>) -> Result<Option<()>, Refused> {
        let Some(name) = message.reader().text() else { return Ok(None) };
        let portal = self.portal(&name)?;
        if host.takes(name_of(&portal.text)) > self.limit() {
            return Err(Refused::new("57014", "canceling statement due to statement timeout"));
        }
        let (text, values) = (portal.text.clone(), portal.values.clone());
        let formats = portal.formats.clone();
        let (rows, tag) = self.carry_out(&text, &values, host)?;
        for row in &rows.cells {
            let cells = row.iter().enumerate().map(|(at, cell)| cell.sent(is_binary(&formats, at)));
            proto::row(out, cells);
        }
        proto::complete(out, &tag);
        Ok(Some(()))
    }

    fn close(&mut self, message: &Message, out: &mut Vec<u8>) -> Option<()> {
        let mut reader = message.reader();
        let (what, name) = (reader.take(1)?[0], reader.text()?);
        if what == b'S' {
            self.statements.remove(&name);
        } else {
            self.portals.remove(&name);
        }
        say(out, b'3', b"");
        Some(())
    }

    fn lives(&self) -> Result<(), Refused> {
        let words = "current transaction is aborted, commands ignored until end of transaction block";
        let has_failed = self.open.as_ref().is_some_and(|open| open.has_failed);
        if has_failed { Err(Refused::new("25P02", words)) } else { Ok(()) }
    }

    /// One statement: its rows, and the words with which it is complete.
    fn carry_out(&mut self, text: &str, values: &[Option<String>], host: &dyn Host) -> Result<(Rows, String), Refused> {
        let verb = verb(text);
        match verb.as_str() {
            "BEGIN" | "START" => {
                let only_reads = text.to_uppercase().contains("READ ONLY");
                self.open.get_or_insert_with(|| Open { only_reads, ..Open::default() });
                return Ok((Rows::default(), "BEGIN".to_owned()));
            }
            "COMMIT" | "END" => return self.commit(host),
            "ROLLBACK" | "ABORT" => {
                self.open = None;
                self.statement_timeout = Duration::ZERO;
                return Ok((Rows::default(), "ROLLBACK".to_owned()));
            }
            _ => self.lives()?,
        }
        if verb == "SET" {
            self.set(text);
            return Ok((Rows::default(), verb));
        }
        let writes = matches!(verb.as_str(), "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "CREATE" | "ALTER" | "DROP");
        let asked = Asked { name: name_of(text), text, values, applies: self.open.is_none() };
        let rows = match &mut self.open {
            Some(open) if open.only_reads && writes => {
                let words = format!("cannot execute {verb} in a read-only transaction");
                return Err(Refused::new("25006", words));
            }
            Some(open) => {
                let rows = answer(host, &asked)?;
                if !open.only_reads {
                    open.done.push((text.to_owned(), values.to_vec()));
                }
                rows
            }
            None => answer(host, &asked)?,
        };
        let count = rows.concerned.unwrap_or(rows.cells.len() as u64);
        let tag = if verb == "INSERT" { format!("INSERT 0 {count}") } else { format!("{verb} {count}") };
        Ok((rows, tag))
    }

    /// From here on the effects last.
    fn commit(&mut self, host: &dyn Host) -> Result<(Rows, String), Refused> {
        self.statement_timeout = Duration::ZERO;
        let Some(open) = self.open.take() else { return Ok((Rows::default(), "COMMIT".to_owned())) };
        if open.has_failed {
            return Ok((Rows::default(), "ROLLBACK".to_owned()));
        }
        for (text, values) in &open.done {
            host.answer(&Asked { name: name_of(text), text, values, applies: true })?;
        }
        Ok((Rows::default(), "COMMIT".to_owned()))
    }

    fn set(&mut self, text: &str) {
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty()).collect();
        if let [.., "statement_timeout", most] = words.as_slice()
            && let Ok(most) = most.parse()
        {
            self.statement_timeout = Duration::from_millis(most);
        }
    }
}

/// What the host knows; of a question without a name that it does not know, that there is nothing.
fn answer(host: &dyn Host, asked: &Asked<'_>) -> Result<Rows, Refused> {
    let is_named = asked.name != asked.text;
    host.answer(asked).or_else(|refused| match by_hand::answer(asked.text) {
        Some(rows) if !is_named && refused == Refused::unknown(asked.name) => Ok(rows),
        _ => Err(refused),
    })
}

/// Portal, statement, values, formats of the columns.
type Bound = (String, String, Vec<Option<String>>, Vec<u16>);

fn bound(message: &Message) -> Option<Bound> {
    let mut reader = message.reader();
    let (portal, statement) = (reader.text()?, reader.text()?);
    for _ in 0..reader.short()? {
        // all parameters are texts, whose two forms are the same
        reader.short()?;
    }
    let mut values = Vec::new();
    for _ in 0..reader.short()? {
        let size = usize::try_from(reader.int()?).ok();
        let value = size.map(|size| reader.take(size).map(|raw| String::from_utf8_lossy(raw).into_owned()));
        values.push(match value {
            Some(value) => Some(value?),
            None => None,
        });
    }
    let count = reader.short()?;
    let formats = (0..count).map(|_| reader.short()).collect::<Option<_>>()?;
    Some((portal, statement, values, formats))
}

/// One format is that of all columns.
fn is_binary(formats: &[u16], at: usize) -> bool {
    formats.get(at).or(formats.first().filter(|_| formats.len() == 1)) == Some(&1)
}

/// What a leading comment says; the text itself where there is none.
fn name_of(text: &str) -> &str {
    let comment = text.trim_start().strip_prefix("/*").and_then(|rest| rest.split_once("*/"));
    comment.map_or(text, |(name, _)| name.trim())
}

/// The first word of a statement, behind its comment.
fn verb(text: &str) -> String {
    let mut rest = text.trim_start();
    while let Some((_, after)) = rest.strip_prefix("/*").and_then(|comment| comment.split_once("*/")) {
        rest = after.trim_start();
    }
    rest.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_uppercase()
}

fn is_of_transactions(text: &str) -> bool {
    matches!(verb(text).as_str(), "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SET")
}

/// The highest `$n`.
fn parameters(text: &str) -> usize {
    let numbers = text.split('$').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    numbers.filter_map(|digits| digits.parse().ok()).max().unwrap_or(0).min(1000)
}
