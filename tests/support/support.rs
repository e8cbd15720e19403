//! The tool box of the tests: real programs in a real PTY and real servers on loopback. The picture maker uses its
//! PTY too. Everything here ends what it started, by its own process id, and waits only with a deadline.

pub(crate) mod authority;
pub(crate) mod black_hole;
pub(crate) mod command_line;
pub(crate) mod eventually;
pub(crate) mod http_stub;
pub(crate) mod key;
pub(crate) mod postgres_server;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod prometheus;
pub(crate) mod pty;
pub(crate) mod redis_server;
pub(crate) mod rows;
pub(crate) mod rq_env;
pub(crate) mod tcp_stub;
pub(crate) mod terminal;
pub(crate) mod turns;
pub(crate) mod watched;
