//! A real `redis-server` on a free loopback port, in a folder of its own. It keeps nothing on disk unless asked to, and
//! keeps its port over restarts.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use redis::FromRedisValue;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::support::process::Process;
use crate::support::watched::Watched;

/// How long a server may take to start or stop on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running (or just now stopped) server.
pub(crate) struct Redis {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    users: Vec<Vec<String>>,
    process: Option<Process>,
}

impl Redis {
    /// A server that keeps nothing on disk: a restart empties it.
    pub(crate) fn start() -> Self {
        Self::with(&["--save", "", "--appendonly", "no"])
    }

    /// A server that writes every change to disk: it survives [`Redis::kill_hard`].
    pub(crate) fn persistent() -> Self {
        Self::with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"])
    }

    /// A server with options of `redis.conf`, as arguments.
    pub(crate) fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { folder, port: 0, options, users: Vec::new(), process: None };
        // Between finding a free port and taking it, somebody else may take it.
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
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--logfile", "", "--port"]);
        command.arg(self.port.to_string()).args(&self.options).arg("--dir").arg(self.folder.path());
        let process = Process::start("redis-server", &mut command)
            .map_err(|e| format!("cannot start redis-server ({e}): ./test.sh installs it"))?;
        process.wait_line(PATIENCE, |line| line.contains("Ready to accept connections"))?;
        self.process = Some(process);
        for user in &self.users {
            let rules: Vec<&str> = user.iter().map(String::as_str).collect();
            self.call::<()>(&rules);
        }
        Ok(())
    }

    /// The port, the same over restarts.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL without a user.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// A blocking connection as the default user.
    pub(crate) fn connection(&self) -> redis::Connection {
        let client = redis::Client::open(self.url()).expect("a Redis URL");
        // a child of another test that ends meanwhile interrupts whatever waits with a time limit
        let connect = || match client.get_connection_with_timeout(PATIENCE) {
            Err(error) if error.to_string().contains("(os error 4)") => None,
            other => Some(other),
        };
        (0..100).find_map(|_| connect()).expect("not interrupted for ever").expect("a connection to redis-server")
    }

    /// Calls one command, as typed into `redis-cli`.
    #[track_caller]
    pub(crate) fn call<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let (name, args) = command.split_first().expect("a command");
        redis::cmd(name).arg(args).query(&mut self.connection()).unwrap_or_else(|e| panic!("{command:?}: {e}"))
    }

    /// Adds a user (again after each restart) and returns the URL with which to connect as that user.
    /// The rules are those of `ACL SETUSER`: `["~*", "&*", "+@read", "+ping"]`.
    pub(crate) fn acl(&mut self, user: &str, password: &str, rules: &[&str]) -> String {
        let secret = format!(">{password}");
        let mut command = vec!["ACL", "SETUSER", user, "reset", "on", &secret];
        command.extend(rules);
        self.call::<()>(&command);
        self.users.push(command.into_iter().map(str::to_owned).collect());
        format!("redis://{user}:{password}@127.0.0.1:{}/0", self.port)
    }

    /// Ends the server as its administrator would; connections are refused from then on.
    pub(crate) fn stop(&mut self) {
        self.end(Signal::TERM);
    }

    /// Ends the server by SIGKILL.
    pub(crate) fn kill_hard(&mut self) {
        self.end(Signal::KILL);
    }

    fn end(&mut self, signal: Signal) {
        if let Some(process) = self.process.take() {
            process.signal(signal);
            process.wait_end(PATIENCE).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// Starts the server again on its port, with its users; stops it first if it runs.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.launch().unwrap_or_else(|error| panic!("{error}"));
    }

    /// Freezes the server: it accepts connections and answers nothing.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Ends [`Redis::pause`].
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        self.process.iter().for_each(|process| process.signal(signal));
    }

    /// The process id, if it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Listens to every command that the server executes from now on.
    pub(crate) fn monitor(&self) -> Monitor {
        Monitor::start(self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A paused server takes no TERM; nothing of it is kept anyway.
        self.kill_hard();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// The commands that a server executed, as `MONITOR` tells them.
pub(crate) struct Monitor {
    stream: TcpStream,
    lines: Arc<Watched<Vec<String>>>,
}

impl Monitor {
    fn start(port: u16) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection to redis-server");
        stream.write_all(b"MONITOR\r\n").expect("MONITOR");
        let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
        let mut answer = String::new();
        reader.read_line(&mut answer).expect("an answer to MONITOR");
        assert_eq!(answer, "+OK\r\n");
        let lines = Arc::new(Watched::new(Vec::new()));
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                kept.update(|lines| lines.push(line));
            }
        });
        Self { stream, lines }
    }

    /// Waits until a line (command and arguments, each in quotes) was seen.
    #[track_caller]
    pub(crate) fn wait_line(&self, wanted: &str) {
        let seen = self.lines.wait(PATIENCE, |lines| lines.iter().any(|line| line.contains(wanted)).then_some(()));
        assert!(seen.is_some(), "MONITOR never told of {wanted}: {:?}", self.lines.read(Vec::clone));
    }

    /// Every line so far: time, client, command and arguments, each of them in quotes.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.read(Vec::clone)
    }

    /// The names of the commands seen so far, in upper case, once each.
    pub(crate) fn commands(&self) -> Vec<String> {
        let mut names: Vec<String> = self.lines.read(|lines| {
            // +1700000000.000000 [0 127.0.0.1:40000] "get" "key"
            lines.iter().filter_map(|line| Some(line.split_once("] \"")?.1.split('"').next()?.to_uppercase())).collect()
        });
        names.sort();
        names.dedup();
        names
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
