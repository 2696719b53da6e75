//! Asks the C library about hard patterns: in a child of ours, which may take as long and as much memory as it is given
//! here, and is then ended.

use crate::sys::fork::{ChildTask, run_in_child};
use crate::sys::limits;
use crate::sys::process::Exit;
use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How long the child may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of memory it may have: compiling takes most.
const MEMORY: u64 = 256 << 20;
/// Longest answer taken.
const ANSWER: usize = 256 * 1024;
/// After so long the child is looked at for the first time; then after twice as long.
const FIRST_LOOK: Duration = Duration::from_millis(2);
const LAST_LOOK: Duration = Duration::from_millis(200);
/// What ends an answer, and what stands before an error.
const COMPLETE: u8 = 0;
const ERROR: u8 = 1;

/// A child that tries patterns.
#[derive(Debug)]
pub struct Trial {
    child: ChildTask,
    answer: Vec<u8>,
    until: Instant,
    pause: Duration,
}

/// Why nothing is known about a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No child could be started.
    NoChild(String),
    /// It took too long.
    TooLong,
    /// The child ended without an answer: the C library took too much memory.
    Ended,
    /// The child's own words: the C library does not take a pattern, or there was nothing to match.
    Refused(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::NoChild(reason) => write!(f, "cannot start a helper: {reason}"),
            Trouble::TooLong => write!(f, "matching takes longer than {} s", PATIENCE.as_secs()),
            Trouble::Ended => f.write_str("matching takes too much memory"),
            Trouble::Refused(reason) => f.write_str(reason),
        }
    }
}

/// How a trial stands.
#[derive(Debug)]
pub enum TrialState {
    /// Look at it again then.
    Later(Instant),
    /// What the child said.
    Said(Vec<u8>),
    /// Nothing.
    Failed(Trouble),
}

impl Trial {
    /// Begins: `task` runs in the child, where all may be matched that it knows of, and gives its answer.
    pub fn begin<E: fmt::Display>(task: impl FnOnce() -> Result<Vec<u8>, E>) -> Result<Trial, Trouble> {
        let work = |pipe: &mut std::fs::File| {
            limits::bound_helper(MEMORY, PATIENCE);
            let message = match task() {
                Ok(mut answer) => {
                    answer.push(COMPLETE);
                    answer
                }
                Err(error) => [error.to_string().as_bytes(), &[ERROR]].concat(),
            };
            let _ = pipe.write_all(&message);
        };
        let child = run_in_child(work).map_err(|error| Trouble::NoChild(crate::sys::error_text(&error)))?;
        Ok(Trial { child, answer: Vec::new(), until: Instant::now() + PATIENCE, pause: FIRST_LOOK })
    }

    /// Takes what the child has said.
    pub fn look(&mut self) -> TrialState {
        let now = Instant::now();
        let mut buffer = [0u8; 4096];
        loop {
            match self.child.read(&mut buffer) {
                Ok(0) => return self.ended(),
                Ok(count) if self.answer.len() < ANSWER => {
                    self.answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                _ => return TrialState::Failed(Trouble::Ended),
            }
        }
        if now >= self.until {
            return TrialState::Failed(Trouble::TooLong);
        }
        let next = now + self.pause;
        self.pause = (self.pause * 2).min(LAST_LOOK);
        TrialState::Later(next.min(self.until))
    }

    fn ended(&mut self) -> TrialState {
        let mut answer = std::mem::take(&mut self.answer);
        match answer.pop() {
            Some(COMPLETE) => TrialState::Said(answer),
            Some(ERROR) => {
                TrialState::Failed(Trouble::Refused(String::from_utf8_lossy(&answer).into_owned()))
            }
            // Its time of the processor is bounded as well.
            _ => match self.child.try_wait() {
                Ok(Some(Exit::Signalled(signal))) if signal == limits::TIME_IS_UP => {
                    TrialState::Failed(Trouble::TooLong)
                }
                _ => TrialState::Failed(Trouble::Ended),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::{Flags, Refused, Regex};

    fn outcome(task: impl FnOnce() -> Result<Vec<u8>, Refused>) -> Result<Vec<u8>, Trouble> {
        let mut trial = Trial::begin(task).unwrap();
        loop {
            match trial.look() {
                TrialState::Later(when) => std::thread::sleep(when.saturating_duration_since(Instant::now())),
                TrialState::Said(answer) => return Ok(answer),
                TrialState::Failed(trouble) => return Err(trouble),
            }
        }
    }

    #[test]
    fn the_child_says_what_it_found() {
        if crate::sys::ran_alone() {
            return;
        }
        let regex = Regex::new(b"^(a+)b\\1$", Flags::default()).unwrap();
        let found = |text: &[u8]| outcome(|| Ok(vec![u8::from(regex.is_match_here(text)?)]));
        assert_eq!(found(b"aabaa"), Ok(vec![1]));
        assert_eq!(found(b"aaba"), Ok(vec![0]));
        assert_eq!(outcome(|| Ok(vec![7; 100_000])), Ok(vec![7; 100_000]));
    }

    #[test]
    fn a_pattern_too_large_for_the_machine_ends_the_child_alone() {
        if crate::sys::ran_alone() {
            return;
        }
        let regex = Regex::new(b"((a{1,255}){1,255}){1,255}", Flags::default()).unwrap();
        let trouble = outcome(|| Ok(vec![u8::from(regex.is_match_here(b"a")?)])).unwrap_err();
        assert!(!trouble.to_string().is_empty());
    }

    #[test]
    fn a_child_that_never_ends_is_given_up() {
        if crate::sys::ran_alone() {
            return;
        }
        let begun = Instant::now();
        assert_eq!(
            outcome(|| loop {
                std::hint::spin_loop()
            }),
            Err(Trouble::TooLong)
        );
        assert!(begun.elapsed() >= PATIENCE / 2);
    }
}
