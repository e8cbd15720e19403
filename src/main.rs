//! The binary: hands over to the library and turns its verdict into an exit code.
fn main() {}
