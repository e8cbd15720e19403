//! Calls carried out: the rows A01 to A06, A08, A09, A14, A15 and S02 to S05 of the fault table, over real processes and
//! real sockets. A command runs in a process of its own, as in the product: see [`runner`].

mod command;
mod hostile;
mod http;
mod hygiene;
mod runner;
