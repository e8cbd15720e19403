//! One transaction on a connection of its own. Dropping it before the COMMIT closes the connection: the server rolls back.

use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::action::{SqlCall, SqlStep};
use crate::base::Filled;
use crate::probe::deadline::Deadline;
use crate::probe::postgres::link::{self, ANSWER_CAP, Failed, Live, MOST_ROWS, Rows, Text, cells};
use crate::probe::postgres::target::Target;
use crate::runtime::run::sql::{Came, Stop, undo, unfit};

/// The transaction.
pub(super) struct Session {
    live: Live,
    prepared: Vec<Prepared>,
}

struct Prepared {
    main: Statement,
    before: Option<Statement>,
}

impl Session {
    /// Connects and begins.
    pub(super) async fn open(call: &SqlCall, deadline: &Deadline) -> Result<Self, Failed> {
        let target = Target::parse(&call.url)?;
        let mut live = Live::open(&target, deadline).await?;
        let begin = link::begin(true, deadline.left());
        let ended = deadline.within("response", &target.address, live.client.batch_execute(&begin)).await?;
        if let Err(error) = ended {
            return Err(live.told(&error, deadline).await);
        }
        Ok(Self { live, prepared: Vec::new() })
    }

    /// Has the server read every statement before the first of them is carried out.
    pub(super) async fn prepare(&mut self, call: &SqlCall, deadline: &Deadline) -> Result<(), Stop> {
        for (at, step) in call.statements.iter().enumerate() {
            let stop = |failed: Failed| Stop::of(Some(at), &failed, call);
            let main = self.one(&step.text, step.with.len(), true, deadline).await.map_err(stop)?;
            let before = match &step.before {
                Some((text, with)) => {
                    let exactly = step.before_is_own;
                    Some(self.one(text, with.len(), exactly, deadline).await.map_err(stop)?)
                }
                None => None,
            };
            self.prepared.push(Prepared { main, before });
        }
        Ok(())
    }

    async fn one(&mut self, text: &str, given: usize, exactly: bool, deadline: &Deadline) -> Result<Statement, Failed> {
        self.live.cap(ANSWER_CAP);
        let address = self.live.address().clone();
        let prepared = deadline.within("response", &address, self.live.client.prepare(text)).await?;
        let statement = match prepared {
            Ok(statement) => statement,
            Err(error) => return Err(self.live.told(&error, deadline).await),
        };
        let wanted = statement.params().len();
        if wanted > given || (exactly && wanted < given) {
            return Err(unfit(format!("it takes {wanted} parameters, and {given} are given")));
        }
        Ok(statement)
    }

    /// What was before it, the statement itself, and whether it concerned as many rows as it must.
    pub(super) async fn carry_out(
        &mut self,
        at: usize,
        step: &SqlStep,
        call: &SqlCall,
        deadline: &Deadline,
    ) -> Result<Came, Stop> {
        let refuse = |failed: Failed| Stop::of(Some(at), &failed, call);
        let Some(Prepared { main, before }) = self.prepared.get(at) else {
            return Err(Stop::saying(at, "it was not prepared", call));
        };
        let (main, before) = (main.clone(), before.clone());
        let mut came = Came::default();
        let mut was = None;
        if let (Some(statement), Some((_, with))) = (&before, &step.before) {
            let (rows, _) = self.rows(statement, with, deadline).await.map_err(refuse)?;
            came.before = undo::lines(&rows);
            was = Some(rows);
        }
        let (returned, rows) = self.rows(&main, &step.with, deadline).await.map_err(refuse)?;
        came.returned = undo::lines(&returned);
        came.rows = Some(rows);
        came.undo = step.undo.as_ref().map(|hint| undo::hints(hint, was.as_ref())).unwrap_or_default();
        match step.expect_rows {
            Some(expected) if !expected.holds(rows) => {
                Err(Stop::saying(at, &format!("expected {expected}, got {rows}"), call))
            }
            _ => Ok(came),
        }
    }

    /// The rows that a statement returns, and how many it concerned.
    async fn rows(
        &mut self,
        statement: &Statement,
        with: &[Filled],
        deadline: &Deadline,
    ) -> Result<(Rows, u64), Failed> {
        self.live.cap(ANSWER_CAP);
        let address = self.live.address().clone();
        let texts: Vec<Text<'_>> =
            with.iter().take(statement.params().len()).map(|value| Text(value.expose())).collect();
        let asked = collected(&self.live, statement, &texts);
        match deadline.within("response", &address, asked).await? {
            Ok(read) => read,
            Err(error) => Err(self.live.told(&error, deadline).await),
        }
    }

    /// Ends it well.
    pub(super) async fn commit(mut self, deadline: &Deadline) -> Result<(), Stop> {
        let address = self.live.address().clone();
        match deadline.within("COMMIT", &address, self.live.client.batch_execute("COMMIT")).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Stop::at_commit(&self.live.told(&error, deadline).await)),
            Err(expired) => Err(Stop::at_commit(&expired.into())),
        }
    }

    /// Ends it as if nothing had been.
    pub(super) async fn roll_back(self, deadline: &Deadline) {
        // where that is not heard, the end of the connection does it
        let _ = deadline.bound(self.live.client.batch_execute("ROLLBACK")).await;
    }
}

/// All that one statement says. The inner error is about a cell, the outer one is the library's.
async fn collected(
    live: &Live,
    statement: &Statement,
    texts: &[Text<'_>],
) -> Result<Result<(Rows, u64), Failed>, tokio_postgres::Error> {
    use futures_util::TryStreamExt as _;
    let mut stream =
        std::pin::pin!(live.client.query_raw(statement, texts.iter().map(|text| text as &dyn ToSql)).await?);
    let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    let mut read = Rows { columns, ..Rows::default() };
    while let Some(row) = stream.try_next().await? {
        if read.kept.len() < MOST_ROWS {
            match cells(&row) {
                Ok(cells) => read.kept.push(cells),
                Err(error) => return Ok(Err(error.into())),
            }
        }
    }
    Ok(Ok((read, stream.rows_affected().unwrap_or(0))))
}
