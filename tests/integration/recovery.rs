//! Whole recoveries on what an operator has: a real Redis, a real rq worker that is really killed, an API that really
//! enqueues; diagnosed, walked to the proof, closed and reported by the real program, through a `kill -9` of it.

pub(crate) mod hands;
mod killed;
mod report;
mod screen;
mod stack;
mod whole;
