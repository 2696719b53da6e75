//! Events that nobody will take. They are told of in one line, and leave the outbox. What is between the two may be a kill: each
//! of them has a word before, so that whoever finds it does not send it again, and says that it may have been told of.

use super::word::{PATIENCE, Word};
use crate::outbox::{Desk, Destination, Effort};
use std::fmt::Write;
use std::time::Instant;

/// Events that a line names; the others are counted.
const NAMED: usize = 10;

/// Who refuses a message for good, and what it says.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// Because of what is in it: another one may be taken.
    pub for_content: bool,
    /// `Mail server m.example.org`.
    pub by: &'a str,
    /// ` for a@example.org`, or nothing.
    pub to: &'a str,
    /// What the message is called.
    pub title: &'a str,
    /// The words of the answer.
    pub words: &'a str,
}

/// Events that nobody will take, for one reason.
#[derive(Debug)]
pub(super) struct Lost {
    /// Their keys.
    pub keys: Vec<u64>,
    why: Option<Why>,
}

/// Who refuses them; see [`Refused`].
#[derive(Debug)]
struct Why {
    by: Box<str>,
    to: Box<str>,
    words: Box<str>,
}

impl Lost {
    /// These are refused.
    pub fn new(keys: Vec<u64>, refused: &Refused<'_>) -> Lost {
        let Refused { by, to, words, .. } = refused;
        Lost { keys, why: Some(Why { by: (*by).into(), to: (*to).into(), words: (*words).into() }) }
    }

    /// These had been refused when an earlier run ended.
    pub fn before(keys: Vec<u64>) -> Lost {
        Lost { keys, why: None }
    }

    /// Is that the reason?
    pub fn is_because_of(&self, refused: &Refused<'_>) -> bool {
        self.why.as_ref().is_some_and(|why| *why.words == *refused.words && *why.by == *refused.by)
    }

    /// Says so, in one line.
    fn say(&self, name: &str, destination: Destination, desk: &mut Desk<'_>) {
        let count = self.keys.len();
        let names = self.names(destination, desk);
        let log = &mut desk.log;
        match (&self.why, count) {
            (Some(Why { by, to, words }), 1) => {
                log.error(format_args!("{by} refuses the alert {names}{to}, which is dropped -- {words}"));
            }
            (Some(Why { by, to, words }), _) => {
                log.error(format_args!(
                    "{by} refuses {count} alerts{to}, which are dropped ({names}) -- {words}"
                ));
            }
            (None, _) => log.error(format_args!(
                "Alerts for {name} that had been refused for good are dropped: {count} ({names}); \
                 the run before may have said so already"
            )),
        }
    }

    fn names(&self, destination: Destination, desk: &mut Desk<'_>) -> String {
        let mut names = String::new();
        for key in self.keys.iter().take(NAMED) {
            // It counts, even if it is more than the turn has.
            desk.outbox.spend(Effort::Look);
            let Some(record) = desk.outbox.get(destination, *key, desk.log) else { continue };
            let event = &record.event;
            let comma = if names.is_empty() { "" } else { ", " };
            // Writing to memory cannot fail.
            let _ = match (&self.why, self.keys.len()) {
                (Some(_), 1) => write!(names, "{}", record.summary()),
                _ => write!(names, "{comma}'{}' {}", event.service, event.title()),
            };
        }
        if let Some(more) = self.keys.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let _ = write!(names, ", and {more} more");
        }
        names
    }
}

/// They get their words, are told of, and go.
#[derive(Debug)]
pub(super) struct Losing {
    lost: Lost,
    /// So many have their word, and that of so many is on the disk.
    marked: usize,
    safe: usize,
    /// When the last got its word.
    since: Option<Instant>,
}

impl Losing {
    /// Of these.
    pub fn new(lost: Lost) -> Losing {
        // What an earlier run has left has its words.
        let marked = if lost.why.is_none() { lost.keys.len() } else { 0 };
        Losing { lost, marked, safe: 0, since: None }
    }

    /// Goes on. `Err`: not before then. `Ok`: all was said, and these can go.
    pub fn turn(
        &mut self,
        name: &str,
        destination: Destination,
        desk: &mut Desk<'_>,
    ) -> Result<Vec<u64>, Instant> {
        if desk.outbox.has_store() {
            while let Some(key) = self.lost.keys.get(self.marked) {
                if !desk.outbox.spend(Effort::Done) {
                    return Err(desk.now);
                }
                desk.outbox.mark(*key, &Word::Lost.write(name), desk.log);
                self.marked += 1;
            }
            let limit = *self.since.get_or_insert(desk.now) + PATIENCE;
            while self.lost.keys.get(self.safe).is_some_and(|key| desk.outbox.is_safe(*key)) {
                self.safe += 1;
            }
            if self.safe < self.lost.keys.len() && desk.now < limit {
                return Err(limit);
            }
        }
        self.lost.say(name, destination, desk);
        Ok(std::mem::take(&mut self.lost.keys))
    }
}
