//! A real PostgreSQL on a free loopback port, in a folder of its own. It refuses to run as root, so that it is started as
//! the user `postgres` where the tests are root. The tests of one binary share it, and the last one ends it.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::support::process::Process;

/// How long a server may take to start or stop on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The administrator's password.
const PASSWORD: &str = "s3cret-of-the-root";

/// A running server.
pub(crate) struct Postgres {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    process: Option<Process>,
}

static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

impl Postgres {
    /// The server that tests share: each makes what it needs under names of its own.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(Self::with(&[]));
        *shared = Arc::downgrade(&server);
        server
    }

    /// A server of its own, with options as in `postgresql.conf`: `["max_connections=8"]`.
    pub(crate) fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let secret = folder.path().join("password");
        std::fs::write(&secret, PASSWORD).expect("a file");
        if rustix::process::geteuid().is_root() {
            let given = Command::new("chown").args(["-R", "postgres"]).arg(folder.path()).status();
            assert!(given.is_ok_and(|status| status.success()), "no user postgres: ./test.sh makes one");
        }
        let mut initdb = as_postgres("initdb");
        initdb.args(["-U", "root", "-E", "UTF8", "--locale=C", "--no-sync", "-A", "scram-sha-256", "--pwfile"]);
        let made = initdb.arg(&secret).arg("-D").arg(folder.path().join("data")).output().expect("initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if options.contains(&"ssl=on") {
            give_certificate(&folder.path().join("data"));
        }
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { folder, port: 0, options, process: None };
        // between finding a free port and taking it, somebody else may take it
        for _ in 0..5 {
            server.port = free_port();
            if server.launch().is_ok() {
                return server;
            }
        }
        server.port = free_port();
        server.launch().map_or_else(|error| panic!("{error}"), |()| server)
    }

    fn launch(&mut self) -> Result<(), String> {
        let mut command = as_postgres("postgres");
        let fixed = ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "jit=off"];
        fixed.iter().copied().chain(self.options.iter().map(String::as_str)).for_each(|option| {
            command.args(["-c", option]);
        });
        command.arg("-p").arg(self.port.to_string()).arg("-D").arg(self.folder.path().join("data"));
        let process = Process::start("postgres", &mut command).map_err(|error| error.to_string())?;
        process.wait_line(PATIENCE, |line| line.contains("ready to accept connections"))?;
        self.process = Some(process);
        Ok(())
    }

    /// The port, the same over restarts.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the administrator.
    pub(crate) fn url(&self) -> String {
        self.url_as("root", PASSWORD)
    }

    /// The URL of somebody.
    pub(crate) fn url_as(&self, user: &str, password: &str) -> String {
        format!("postgresql://{user}:{password}@127.0.0.1:{}/postgres", self.port)
    }

    /// A database of its own, with these statements run in it; its URL as the administrator.
    pub(crate) fn database(&self, name: &str, statements: &str) -> String {
        self.run(&format!("CREATE DATABASE {name}"));
        let url = self.url().replace("/postgres", &format!("/{name}"));
        if !statements.is_empty() {
            Session::open(&url).run(statements);
        }
        url
    }

    /// Runs statements as the administrator.
    #[track_caller]
    pub(crate) fn run(&self, statements: &str) -> Vec<Vec<Option<String>>> {
        Session::open(&self.url()).run(statements)
    }

    /// Ends the server as its administrator would; connections are refused from then on.
    pub(crate) fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.signal(Signal::INT);
            process.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// Starts it again on its port; stops it first if it runs.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.launch().unwrap_or_else(|error| panic!("{error}"));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.signal(Signal::INT);
            let _ = process.wait_end(PATIENCE);
        }
    }
}

/// A connection that stays open, for what one session does to another.
pub(crate) struct Session {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Session {
    /// Connects.
    #[track_caller]
    pub(crate) fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let config: tokio_postgres::Config = url.parse().unwrap();
        let client = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(("127.0.0.1", config.get_ports()[0])).await.unwrap();
            let (client, connection) = config.connect_raw(stream, NoTls).await.unwrap_or_else(|e| panic!("{url}: {e}"));
            tokio::spawn(connection);
            client
        });
        Self { runtime, client }
    }

    /// Runs statements; every cell of their rows as text.
    #[track_caller]
    pub(crate) fn run(&self, statements: &str) -> Vec<Vec<Option<String>>> {
        let said = self.runtime.block_on(self.client.simple_query(statements));
        let said = said.unwrap_or_else(|error| panic!("{statements}: {:?}", error.as_db_error()));
        let rows = said.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
            _ => None,
        });
        rows.collect()
    }
}

/// A certificate that nobody signed, for `localhost`, where the server looks for it.
fn give_certificate(data: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (data.join("server.crt"), data.join("server.key"));
    std::fs::write(&certificate, pem("CERTIFICATE", made.cert.der())).expect("a file");
    std::fs::write(&key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).expect("a file");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("its owner's alone");
    if rustix::process::geteuid().is_root() {
        let given = Command::new("chown").arg("postgres").args([&certificate, &key]).status();
        assert!(given.is_ok_and(|status| status.success()));
    }
}

fn pem(what: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    // OpenSSL reads no longer lines
    let lines: Vec<&str> = base64.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address").port()
}

/// One of PostgreSQL's programs, as somebody who is not root.
fn as_postgres(program: &str) -> Command {
    let path = program_path(program);
    if !rustix::process::geteuid().is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path).current_dir("/");
    command
}

/// The newest version that Debian installed, or whatever the search path has.
fn program_path(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin").join(program)).collect();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().unwrap_or_else(|| Path::new(program).to_owned())
}

/// True when nothing listens there.
pub(crate) fn is_closed(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_err()
}
