//! A message that was refused for good because of what is in it, in parts: its halves, the halves of those that are refused
//! again, and so on. One event that a receiver does not like costs few messages so, all others arrive, and a message that
//! was too long is short enough in the end. What was refused stays in the outbox until the last part was sent, and is
//! told of in one line for each reason.

use super::pace::What;
use crate::outbox::{Desk, Destination, Effort};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// So often a message and its parts are halved before one is taken, so that who refuses everything is asked `2 * SPLITS + 1`
/// times. To find one event of [20 000](super::parcel) takes fifteen.
pub(super) const SPLITS: u32 = 40;
/// Between one part and the next: five in a second at most.
pub(super) const PAUSE: Duration = Duration::from_millis(200);
/// Reasons that have a line each; a server whose answers all differ, as by a number, has no more.
const REASONS: usize = 4;
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

/// The parts of a message.
#[derive(Debug)]
pub(super) struct Halves {
    /// The kind of message.
    pub what: What,
    /// The keys of each part, the next one last.
    parts: Vec<Vec<u64>>,
    /// There was more than one.
    halved: bool,
    /// Since a part was taken.
    splits: u32,
    /// The next part is not new.
    tried: bool,
    /// When the next part may go.
    not_before: Option<Instant>,
    lost: Vec<Lost>,
}

/// A message that was begun and has not arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeat {
    /// The key of the oldest event that may be in it.
    pub first: u64,
    /// The same of the youngest.
    pub last: u64,
    /// The kind of message.
    pub what: What,
    /// This run has counted it.
    pub counted: bool,
}

impl Repeat {
    /// A part of a message, which was counted as a whole. One event alone is told as it is without a group.
    pub fn of_part(halves: &Halves) -> Option<Repeat> {
        let (first, last) = (*halves.part()?.first()?, *halves.part()?.last()?);
        let what = if first == last { What::News } else { halves.what };
        Some(Repeat { first, last, what, counted: true })
    }
}

/// Events that nobody will take.
#[derive(Debug)]
pub(super) struct Lost {
    /// Their keys.
    pub keys: Vec<u64>,
    by: Box<str>,
    to: Box<str>,
    words: Box<str>,
}

impl Halves {
    /// Of a message that is refused.
    pub fn new(what: What) -> Halves {
        Halves {
            what,
            parts: Vec::new(),
            halved: false,
            splits: 0,
            tried: false,
            not_before: None,
            lost: Vec::new(),
        }
    }

    /// The events of the part that is to be sent.
    pub fn part(&self) -> Option<&[u64]> {
        self.parts.last().map(Vec::as_slice)
    }

    /// Is it the last?
    pub fn is_last(&self) -> bool {
        self.parts.len() <= 1
    }

    /// When it may go; `None`: at once.
    pub fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// Is it made for the first time?
    pub fn is_first_try(&mut self) -> bool {
        !std::mem::replace(&mut self.tried, true)
    }

    /// That part was taken, or there is nothing left of it.
    pub fn taken(&mut self, now: Instant) {
        self.splits = 0;
        self.over(now);
    }

    fn over(&mut self, now: Instant) {
        self.parts.pop();
        self.tried = false;
        self.not_before = Some(now + PAUSE);
    }

    /// That part was refused, of which these events were left. True: it was the first of all and comes in halves.
    pub fn refused(&mut self, keys: Vec<u64>, refused: &Refused<'_>, now: Instant) -> bool {
        self.over(now);
        if refused.for_content && keys.len() > 1 && self.splits < SPLITS {
            let (older, younger) = keys.split_at(keys.len() / 2);
            self.parts.extend([younger.to_vec(), older.to_vec()]);
            self.splits += 1;
            return !std::mem::replace(&mut self.halved, true);
        }
        let Refused { by, to, words, .. } = refused;
        let known = self.lost.iter().position(|lost| *lost.words == **words && *lost.by == **by);
        let last = self.lost.len().checked_sub(1).filter(|last| last + 1 >= REASONS);
        match known.or(last).and_then(|at| self.lost.get_mut(at)) {
            Some(lost) => lost.keys.extend(keys),
            None => self.lost.push(Lost { keys, by: (*by).into(), to: (*to).into(), words: (*words).into() }),
        }
        false
    }

    /// When there is no part left: events that are lost for one reason.
    pub fn next_lost(&mut self) -> Option<Lost> {
        if self.parts.is_empty() { self.lost.pop() } else { None }
    }
}

impl Lost {
    /// Says so, in one line.
    pub fn say(&self, destination: Destination, desk: &mut Desk<'_>) {
        let Lost { keys, by, to, words } = self;
        let count = keys.len();
        let mut names = String::new();
        for key in keys.iter().take(NAMED) {
            // It counts, even if it is more than the turn has.
            desk.outbox.spend(Effort::Look);
            let Some(record) = desk.outbox.get(destination, *key, desk.log) else { continue };
            // Writing to memory cannot fail.
            let _ = match (count, &record.event) {
                (1, _) => write!(names, " {}", record.summary()),
                (_, event) if names.is_empty() => write!(names, "'{}' {}", event.service, event.title()),
                (_, event) => write!(names, ", '{}' {}", event.service, event.title()),
            };
        }
        if count == 1 {
            let log = &mut desk.log;
            return log.error(format_args!("{by} refuses the alert{names}{to}, which is dropped -- {words}"));
        }
        if count > NAMED {
            let _ = write!(names, ", and {} more", count - NAMED);
        }
        desk.log
            .error(format_args!("{by} refuses {count} alerts{to}, which are dropped ({names}) -- {words}"));
    }
}
