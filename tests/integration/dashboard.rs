//! The dashboard as somebody on call uses it: the real program in a real terminal, over stubs and over the demo.

mod children;
mod demo;
mod drill;
mod first;
mod history;
mod hundreds;
mod many;
mod recovery;
mod walk;
mod wall;
