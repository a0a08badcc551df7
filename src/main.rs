//! The `corridor` command.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
