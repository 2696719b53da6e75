//! Of a program that failed: how it ended, and the end of what it said where that is not told already.

use super::lines::Evidence;
use super::text::last_lines;
use crate::config::format;
use crate::sys::process::signal_name;
use std::fmt;
use std::time::Duration;

/// Bytes kept of the end of a program's output, and most that are shown.
pub const END: usize = 512;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// By the signal that was sent to it after this time.
    Late(Duration),
    /// It has not, after this time.
    StillRuns(Duration),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Status(status) => write!(f, "ended with exit status {status}"),
            Exit::Signal(signal) => write!(f, "was ended by {}", signal_name(*signal)),
            Exit::Late(limit) => {
                write!(f, "took longer than {} and was ended", format::duration(*limit))
            }
            Exit::StillRuns(limit) => write!(f, "still runs after {}", format::duration(*limit)),
        }
    }
}

/// `output`: all that was kept of it; `told`: so many bytes of its beginning are in the description.
pub fn of_program(exit: Exit, output: &[u8], told: usize) -> Option<Evidence> {
    let mut evidence = Evidence::default();
    evidence.say(&format!("The program {exit}."));
    if output.trim_ascii().len() > told {
        evidence.say("The end of its output:");
        last_lines(output, END).iter().for_each(|line| evidence.show(line));
    }
    evidence.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_not_said_again() {
        let said = |exit, output: &[u8], told| of_program(exit, output, told).unwrap().as_str().to_owned();
        assert_eq!(said(Exit::Status(3), b" boom\n", 5), "The program ended with exit status 3.\n");
        assert_eq!(
            said(Exit::Signal(9), b"one\ntwo\n", 3),
            "The program was ended by SIGKILL.\nThe end of its output:\n  one\n  two\n"
        );
        assert_eq!(
            said(Exit::Late(Duration::from_secs(90)), b"", 0),
            "The program took longer than 1.500 m and was ended.\n"
        );
    }

    #[test]
    fn of_a_long_output_the_end_is_shown() {
        let output: String = (0..5000).map(|n| format!("line {n}\n")).collect();
        let evidence = of_program(Exit::Status(1), output.as_bytes(), 512).unwrap();
        let text = evidence.as_str();
        assert!(text.ends_with("  line 4998\n  line 4999\n") && !text.contains("line 1\n"), "{text}");
    }
}
