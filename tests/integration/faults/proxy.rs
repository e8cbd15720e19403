//! A line to a real server that can be made to go dead: what is open stays open and passes nothing more, while new
//! connections pass, to the same server or to another.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use crate::support::tcp_stub::TcpStub;
use crate::support::watched::Watched;

/// Where new connections lead, and which of the old ones are dead.
struct Rule {
    to: u16,
    opened: usize,
    /// Connections up to this number pass nothing.
    dead: usize,
}

/// The line.
pub(crate) struct Proxy {
    stub: TcpStub,
    rule: Arc<Watched<Rule>>,
}

impl Proxy {
    /// A line to a port of this machine.
    pub(crate) fn to(port: u16) -> Self {
        let rule = Arc::new(Watched::new(Rule { to: port, opened: 0, dead: 0 }));
        let shared = Arc::clone(&rule);
        Self { stub: TcpStub::start(move |client, _| carry(client, &shared)), rule }
    }

    /// `host:port` to connect to.
    pub(crate) fn address(&self) -> String {
        self.stub.address().to_string()
    }

    /// Every connection that is open now goes dead, silently.
    pub(crate) fn stall(&self) {
        self.rule.update(|rule| rule.dead = rule.opened);
    }

    /// New connections lead elsewhere; the open ones stay.
    pub(crate) fn lead_to(&self, port: u16) {
        self.rule.update(|rule| rule.to = port);
    }

    /// How many connections were opened.
    pub(crate) fn opened(&self) -> usize {
        self.stub.accepted()
    }
}

fn carry(client: &mut TcpStream, rule: &Arc<Watched<Rule>>) {
    let (number, port) = rule.update(|rule| {
        rule.opened += 1;
        (rule.opened, rule.to)
    });
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) else { return };
    let alive = {
        let rule = Arc::clone(rule);
        move || rule.read(|rule| number > rule.dead)
    };
    let back = {
        let alive = alive.clone();
        std::thread::spawn(move || pump(from, to, alive))
    };
    if let Ok(client) = client.try_clone() {
        pump(client, server, alive);
    }
    let _ = back.join();
}

fn pump(mut from: TcpStream, mut to: TcpStream, alive: impl Fn() -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if alive() && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
