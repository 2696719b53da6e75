//! Entry point: allocator settings, then hand over to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
