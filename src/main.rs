//! Entry point: allocator settings, then hand over to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before the first allocation that could be large.
    monit_rs::sys::allocator::tune();
    monit_rs::sys::limits::forbid_cores();
    monit_rs::cli::run(std::env::args_os())
}
