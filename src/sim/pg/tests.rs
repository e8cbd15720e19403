//! The small PostgreSQL, asked by tokio-postgres itself.

use std::sync::Mutex;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_postgres::{Client, Config, NoTls};

use super::*;
use crate::sim::door::Way;

/// A budget that can be raised.
#[derive(Default)]
struct Bank {
    amount: Mutex<i64>,
    password: Option<String>,
    is_full: bool,
}

impl Host for Bank {
    fn admit(&self, _: &str, database: &str) -> Result<(), Refused> {
        match database {
            _ if self.is_full => Err(Refused::new("53300", "sorry, too many clients already")),
            "shop" => Ok(()),
            other => Err(Refused::new("3D000", format!("database \"{other}\" does not exist"))),
        }
    }

    fn password(&self) -> Option<String> {
        self.password.clone()
    }

    fn takes(&self, name: &str) -> Duration {
        if name == "slow" { Duration::from_secs(60) } else { Duration::ZERO }
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Rows, Refused> {
        let mut amount = self.amount.lock().unwrap();
        let at = "2026-11-22T02:50:00.25Z".parse().unwrap();
        match asked.name {
            "slow" => Ok(Rows::of([("n", Kind::Int)], vec![])),
            "budget" => Ok(Rows::of(
                [
                    ("amount", Kind::Int),
                    ("rate", Kind::Number),
                    ("who", Kind::Text),
                    ("at", Kind::Timestamp),
                    ("on", Kind::Bool),
                    ("more", Kind::Json),
                    ("none", Kind::Text),
                ],
                vec![[
                    Cell::Int(*amount),
                    Cell::Number(0.5),
                    "ann".into(),
                    Cell::Timestamp(at),
                    Cell::Bool(true),
                    Cell::Text("{\"a\": 1}".to_owned()),
                    Cell::Null,
                ]],
            )),
            "raise" => {
                assert!(asked.text.starts_with("/* raise */ UPDATE"), "as it was sent: {asked:?}");
                if asked.applies {
                    *amount += asked.value(0).parse::<i64>().unwrap_or(0);
                }
                Ok(Rows::concerned(1))
            }
            other => Err(Refused::unknown(other)),
        }
    }
}

async fn connect(bank: &Arc<Bank>, database: &str) -> Result<(Client, watch::Sender<Way>), tokio_postgres::Error> {
    let (open, way) = watch::channel(Way::Open);
    let door = Door::new(way).unwrap();
    let address = door.address();
    tokio::spawn(serve(door, Arc::clone(bank) as Arc<dyn Host>));
    let stream = TcpStream::connect(address).await.unwrap();
    let config = Config::new().user("ann").password("s3cret").dbname(database).to_owned();
    let (client, connection) = config.connect_raw(stream, NoTls).await?;
    tokio::spawn(connection);
    Ok((client, open))
}

fn code(error: &tokio_postgres::Error) -> String {
    error.code().unwrap_or_else(|| panic!("{error:?}")).code().to_owned()
}

#[tokio::test]
async fn rows_come_in_both_forms() {
    let bank = Arc::new(Bank { amount: Mutex::new(20), ..Bank::default() });
    let (client, _open) = connect(&bank, "shop").await.unwrap();
    let row = client.query_one("/* budget */ SELECT …", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>("amount"), row.get::<_, f64>("rate"), row.get::<_, &str>("who")), (20, 0.5, "ann"));
    assert_eq!((row.get::<_, bool>("on"), row.get::<_, Option<&str>>("none")), (true, None));
    let kinds: Vec<&str> = row.columns().iter().map(|column| column.type_().name()).collect();
    assert_eq!(kinds, ["int8", "float8", "text", "timestamptz", "bool", "json", "text"]);
    let said = client.simple_query("/* budget */ SELECT …").await.unwrap();
    let tokio_postgres::SimpleQueryMessage::Row(row) = &said[1] else { panic!("{said:?}") };
    let texts: Vec<Option<&str>> = (0..row.len()).map(|at| row.get(at)).collect();
    let expected = ["20", "0.5", "ann", "2026-11-22 02:50:00.25+00", "t", "{\"a\": 1}"];
    assert_eq!(texts, expected.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_rolled_back_changes_nothing_and_what_is_committed_changes_it_once() {
    let bank = Arc::new(Bank { amount: Mutex::new(20), ..Bank::default() });
    let (mut client, _open) = connect(&bank, "shop").await.unwrap();
    let raise = "/* raise */ UPDATE budget SET amount = amount + $1";
    for (ends, amount) in [("ROLLBACK", 20), ("COMMIT", 25)] {
        client.batch_execute("BEGIN READ WRITE; SET LOCAL statement_timeout = 1000").await.unwrap();
        assert_eq!(client.execute(raise, &[&"5"]).await.unwrap(), 1);
        client.batch_execute(ends).await.unwrap();
        assert_eq!(*bank.amount.lock().unwrap(), amount, "{ends}");
    }
    // dropped without a word
    let transaction = client.transaction().await.unwrap();
    transaction.execute(raise, &[&"5"]).await.unwrap();
    drop(transaction);
    client.simple_query("/* budget */ SELECT …").await.unwrap();
    assert_eq!(*bank.amount.lock().unwrap(), 25);
    client.execute(raise, &[&"1"]).await.unwrap();
    assert_eq!(*bank.amount.lock().unwrap(), 26, "without a transaction it is done at once");
}

#[tokio::test]
async fn errors_are_those_of_the_server_and_the_connection_lives_on() {
    let bank = Arc::new(Bank::default());
    let (client, _open) = connect(&bank, "shop").await.unwrap();
    assert_eq!(code(&client.query("/* nowhere */ SELECT * FROM nowhere", &[]).await.unwrap_err()), "42P01");
    assert!(client.query("SELECT id FROM what_a_person_types", &[]).await.unwrap().is_empty());
    client.batch_execute("BEGIN READ ONLY; SET LOCAL statement_timeout = 20").await.unwrap();
    assert_eq!(code(&client.query("/* slow */ SELECT 1", &[]).await.unwrap_err()), "57014");
    assert_eq!(code(&client.query("/* budget */ SELECT 1", &[]).await.unwrap_err()), "25P02");
    client.batch_execute("ROLLBACK; BEGIN READ ONLY").await.unwrap();
    assert_eq!(code(&client.execute("/* raise */ UPDATE x SET y = $1", &[&"1"]).await.unwrap_err()), "25006");
    client.batch_execute("ROLLBACK").await.unwrap();
    client.query("/* budget */ SELECT 1", &[]).await.unwrap();
}

#[tokio::test]
async fn clients_are_let_in_or_told_why_not() {
    let refused = async |bank: Bank, database: &str| code(&connect(&Arc::new(bank), database).await.err().unwrap());
    assert_eq!(refused(Bank::default(), "nowhere").await, "3D000");
    assert_eq!(refused(Bank { is_full: true, ..Bank::default() }, "shop").await, "53300");
    assert_eq!(refused(Bank { password: Some("other".into()), ..Bank::default() }, "shop").await, "28P01");
    connect(&Arc::new(Bank { password: Some("s3cret".into()), ..Bank::default() }), "shop").await.unwrap();
}

#[tokio::test]
async fn nonsense_ends_the_connection_and_nothing_else() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let bank = Arc::new(Bank::default());
    let (_way, way) = watch::channel(Way::Open);
    let door = Door::new(way).unwrap();
    let address = door.address();
    tokio::spawn(serve(door, bank));
    for nonsense in [&b"\0\0\0\x08\0\0\0\0"[..], b"\0\0\0\0", b"\0\0\0\x04", b"\0\0\0\x05\x01"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0, "{nonsense:?}");
    }
}
