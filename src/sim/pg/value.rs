//! Rows as the host says them, and their cells in both forms of the protocol. Pure.

use jiff::Timestamp;

/// Seconds from 1970 to 2000, from where PostgreSQL counts.
const EPOCH: i64 = 946_684_800;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `boolean`.
    Bool,
    /// `bigint`.
    Int,
    /// `double precision`.
    Number,
    /// `text`.
    Text,
    /// `json`.
    Json,
    /// `timestamptz`.
    Timestamp,
}

impl Kind {
    /// Its number in PostgreSQL's catalogue, and the size of its values.
    pub(super) fn oid(self) -> (u32, i16) {
        match self {
            Kind::Bool => (16, 1),
            Kind::Int => (20, 8),
            Kind::Number => (701, 8),
            Kind::Text => (25, -1),
            Kind::Json => (114, -1),
            Kind::Timestamp => (1184, 8),
        }
    }
}

/// One cell, of its column's type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Null,
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`].
    Int(i64),
    /// Of [`Kind::Number`].
    Number(f64),
    /// Of [`Kind::Text`] and [`Kind::Json`].
    Text(String),
    /// Of [`Kind::Timestamp`].
    Timestamp(Timestamp),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl Cell {
    /// As bytes of the text or the binary form; none for a null.
    pub(super) fn sent(&self, is_binary: bool) -> Option<Vec<u8>> {
        Some(match (self, is_binary) {
            (Cell::Null, _) => return None,
            (Cell::Text(text), _) => text.clone().into_bytes(),
            (Cell::Bool(is), true) => vec![u8::from(*is)],
            (Cell::Int(n), true) => n.to_be_bytes().to_vec(),
            (Cell::Number(n), true) => n.to_be_bytes().to_vec(),
            (Cell::Timestamp(at), true) => (at.as_microsecond() - EPOCH * 1_000_000).to_be_bytes().to_vec(),
            (Cell::Bool(is), false) => if *is { "t" } else { "f" }.into(),
            (Cell::Int(n), false) => n.to_string().into_bytes(),
            (Cell::Number(n), false) => n.to_string().into_bytes(),
            (Cell::Timestamp(at), false) => at.strftime("%Y-%m-%d %H:%M:%S%.f+00").to_string().into_bytes(),
        })
    }
}

/// What a statement comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(super) columns: Vec<(String, Kind)>,
    pub(super) cells: Vec<Vec<Cell>>,
    pub(super) concerned: Option<u64>,
}

impl Rows {
    /// Rows of these columns; say the columns also where there is no row.
    pub(crate) fn of<const N: usize>(columns: [(&str, Kind); N], rows: Vec<[Cell; N]>) -> Self {
        let columns = columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
        Self { columns, cells: rows.into_iter().map(Vec::from).collect(), concerned: None }
    }

    /// One row, its columns known only as it is made.
    pub(crate) fn one(columns: Vec<(&str, Kind)>, row: Vec<Cell>) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
        Self { columns, cells: vec![row], concerned: None }
    }

    /// What a statement that returns nothing says: so many rows were concerned.
    pub(crate) fn concerned(count: u64) -> Self {
        Self { concerned: Some(count), ..Self::default() }
    }
}

/// An error of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// SQLSTATE: `42P01`.
    pub(crate) code: &'static str,
    /// In PostgreSQL's words.
    pub(crate) message: String,
}

impl Refused {
    /// An error.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A statement that the host does not know: as if its table were not there.
    pub(crate) fn unknown(name: &str) -> Self {
        Self::new("42P01", format!("relation \"{}\" does not exist", name.chars().take(60).collect::<String>()))
    }
}
