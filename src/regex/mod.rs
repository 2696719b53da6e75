//! Regular expressions of control files and clients: POSIX extended ones, read as the C library reads them, matched in
//! time that grows with the text and not with what the pattern makes of it.
//!
//! The C library's own matcher takes seconds for some texts of a few kilobytes, which anybody can write into a log or
//! show as a command line. This one is an automaton of bounded size ([`automaton`]); long work is done in parts. A
//! pattern that no automaton can match, because it has a back reference or would be too large, is [hard](Regex::is_hard): a
//! child may ask the C library about it ([`Trial`], [`Regex::is_match_here`]), the loop may not.
//!
//! A [`Regex`] at rest is its text. It is made runnable when it is first asked and stays so until it is
//! [released](Regex::release).

mod automaton;
mod bracket;
mod fuel;
mod list;
mod parse;
mod program;
mod question;
mod set;
mod tree;
mod trial;
mod walk;
mod wrong;

pub use crate::sys::regcomp::Refused;
pub use fuel::Fuel;
pub use list::{Hit, Patterns};
pub use question::{Answer, Question};
pub use trial::{Trial, TrialState, Trouble};
pub use wrong::Wrong;

use crate::sys::regcomp;
use automaton::{Automaton, Mode};
use parse::parse;
use program::Program;
use std::cell::RefCell;

/// How a pattern is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Letters match whatever their case.
    pub ignore_case: bool,
}

/// A pattern that is known to be right.
pub struct Regex {
    pattern: Box<[u8]>,
    flags: Flags,
    mode: Mode,
    hard: bool,
    automaton: RefCell<Option<Box<Automaton>>>,
}

impl Regex {
    /// To find the pattern anywhere in a text.
    pub fn new(pattern: &[u8], flags: Flags) -> Result<Regex, Wrong> {
        Regex::with_mode(pattern, flags, Mode::Anywhere)
    }

    /// To be the whole text.
    pub fn whole(pattern: &[u8], flags: Flags) -> Result<Regex, Wrong> {
        Regex::with_mode(pattern, flags, Mode::Whole)
    }

    fn with_mode(pattern: &[u8], flags: Flags, mode: Mode) -> Result<Regex, Wrong> {
        let tree = parse(pattern, flags)?;
        let hard = !program::is_possible(&tree);
        Ok(Regex { pattern: pattern.into(), flags, mode, hard, automaton: RefCell::default() })
    }

    /// Can only the C library match it? Nothing is found then but by [`Regex::is_match_here`].
    pub fn is_hard(&self) -> bool {
        self.hard
    }

    /// Steps of its automaton: what a byte of text may cost at worst.
    pub fn steps(&self) -> u64 {
        parse(&self.pattern, self.flags).map_or(0, |tree| tree.steps)
    }

    /// Whether the text is as wanted; `None`: the fuel is spent, ask again with the same text.
    pub fn search(&self, text: &[u8], fuel: &mut Fuel) -> Option<bool> {
        if self.hard {
            return Some(false);
        }
        let mut kept = self.automaton.borrow_mut();
        if kept.is_none() {
            if fuel.is_spent() {
                return None;
            }
            *kept = self.compiled(fuel);
        }
        let Some(automaton) = kept.as_mut() else { return Some(false) };
        let found = automaton.run(text, fuel);
        if found.is_some() && Automaton::is_one_too_many() {
            *kept = None;
        }
        found
    }

    fn compiled(&self, fuel: &mut Fuel) -> Option<Box<Automaton>> {
        let tree = parse(&self.pattern, self.flags).ok()?;
        fuel.burn((tree.steps + self.pattern.len() as u64 + 100) * Fuel::STEP);
        let program = Program::new(vec![tree], self.flags.ignore_case)?;
        fuel.burn(program.distinctions() * Fuel::DISTINCTION);
        Some(Box::new(Automaton::new(program, self.mode)))
    }

    /// Whether the text is as wanted, however long it takes: for children, tools, tests, and texts that are short.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.search(text, &mut Fuel(u64::MAX)).unwrap_or(false)
    }

    /// As [`Regex::is_match`] for many texts, hard patterns too: only where time and memory are bounded from outside.
    ///
    /// # Errors
    /// The C library does not take the pattern.
    pub fn matcher_here(&self) -> Result<impl FnMut(&[u8]) -> bool + '_, Refused> {
        let library = match self.hard {
            true => Some(regcomp::Pattern::new(&self.pattern, self.flags.ignore_case)?),
            false => None,
        };
        Ok(move |text: &[u8]| match (&library, self.mode) {
            (None, _) => self.is_match(text),
            (Some(pattern), Mode::Anywhere) => pattern.is_match(text),
            (Some(pattern), Mode::Whole) => pattern.is_whole(text),
        })
    }

    /// [`Regex::matcher_here`] for one text.
    pub fn is_match_here(&self, text: &[u8]) -> Result<bool, Refused> {
        Ok(self.matcher_here()?(text))
    }

    /// Gives up a search that was not finished.
    pub fn forget(&self) {
        if let Some(automaton) = self.automaton.borrow_mut().as_mut() {
            automaton.forget();
        }
    }

    /// Gives the memory of the automaton back. After a file was searched, after a pass over all processes.
    pub fn release(&self) {
        self.automaton.replace(None);
    }

    /// The pattern as it was given.
    pub fn pattern(&self) -> &[u8] {
        &self.pattern
    }
}

impl std::fmt::Debug for Regex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Regex({:?}, {:?})", String::from_utf8_lossy(&self.pattern), self.flags)
    }
}

#[cfg(test)]
mod tests;
