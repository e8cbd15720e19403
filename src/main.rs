//! The program: see `midwatch::cli`.

fn main() -> std::process::ExitCode {
    midwatch::runtime::hygiene::no_core_dumps();
    midwatch::runtime::hygiene::room_for_connections();
    midwatch::cli::main()
}
