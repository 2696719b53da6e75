//! A pattern that a dialogue looks for in what a server said. The server may say a megabyte, and whatever it likes: the
//! search is done in parts of a turn.

use crate::protocol::{Failure, Next, Protocol};
use crate::regex::{Answer, Fuel, Question};
use std::time::Instant;

/// Nanoseconds of work for one conversation in one turn, as roughly measured on a slow machine.
const WORK: u64 = 1_000_000;

/// A search in flight.
#[derive(Debug)]
pub(super) struct Looking {
    pattern: Box<str>,
    text: Vec<u8>,
    question: Question,
    /// When it goes on.
    pub(super) when: Instant,
}

impl Looking {
    /// Begins; `Err` if the pattern is wrong.
    pub(super) fn begin(pattern: Box<str>, text: Vec<u8>, now: Instant) -> Result<Looking, Failure> {
        match Question::new(pattern.as_bytes()) {
            Ok(question) => Ok(Looking { pattern, text, question, when: now }),
            Err(_) => Err(Failure::Pattern(pattern)),
        }
    }

    /// Goes on: what the dialogue says to the result; `None`: it is not known yet.
    pub(super) fn go_on(&mut self, protocol: &mut dyn Protocol, now: Instant) -> Option<Next> {
        match self.question.ask(&self.text, &mut Fuel(WORK)) {
            Answer::Found(found) => Some(protocol.matched(found)),
            Answer::More => {
                self.when = now;
                None
            }
            Answer::Later(when) => {
                self.when = when;
                None
            }
            Answer::Failed(_) => Some(Next::Fail(Failure::Pattern(std::mem::take(&mut self.pattern)))),
        }
    }
}
