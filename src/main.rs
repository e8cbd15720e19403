//! The program: see `midwatch::cli`.

fn main() -> std::process::ExitCode {
    midwatch::cli::main()
}
