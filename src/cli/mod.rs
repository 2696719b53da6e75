//! The command line: options, actions, the client of a running daemon, digests, procmatch.
//!
//! What the daemon does is in [`crate::daemon`]; what a control file means is in [`crate::control`].

mod argv;
pub mod client;
pub mod control_file;
mod digest;
mod options;
pub mod request;
pub mod table;
mod usage;

use options::{CommandLine, Options};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// Does what the arguments say (the program's name first); the exit code is 0 or 1.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Rust ignores SIGPIPE; a reader that has gone then is an error of print!, which must not be a panic.
    let line = match options::read(arguments.into_iter().skip(1)) {
        Ok(line) => line,
        Err(text) => return fail(&text),
    };
    for letter in &line.repeated {
        warn(&format!(
            "WARNING: The -{letter} option was specified multiple times, only the last value will be used"
        ));
    }
    let CommandLine { options, hash_file, .. } = line;
    if options.version {
        return say(&usage::version());
    }
    if options.help {
        return say(usage::USAGE);
    }
    if options.hash {
        return match digest::report(hash_file.as_deref()) {
            Ok(text) => say(&text),
            Err(text) => fail(&text),
        };
    }
    act(&options)
}

fn act(_options: &Options) -> ExitCode {
    ExitCode::SUCCESS
}

/// To standard output; a closed pipe is the reader's wish to hear no more.
fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    ExitCode::SUCCESS
}

fn warn(text: &str) {
    let mut line = text.to_owned();
    line.push('\n');
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

fn fail(text: &str) -> ExitCode {
    warn(text);
    ExitCode::FAILURE
}
