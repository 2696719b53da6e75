//! Who makes the documents, one at a time, and keeps the last one while it is of use: many events in one moment, and many
//! collectors, are served by one.

use super::message::{Document, Failure, Form, Making};
use crate::document::Source;
use crate::reactor::PollSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long a document serves once it is whole, if nothing happens.
const FRESH: Duration = Duration::from_secs(2);

/// What a message needs.
#[derive(Debug)]
pub struct Need {
    /// Which document.
    pub form: Form,
    /// Not begun before this time.
    pub since: Option<Instant>,
    /// Not begun before this event.
    pub key: u64,
}

/// What there is of documents.
#[derive(Debug, Default)]
pub struct Maker {
    making: Option<Box<Making>>,
    last: Option<Rc<Document>>,
    /// The last turn in which one was worked on.
    worked: Option<Instant>,
    /// Which are waited for, the first asked for first, and whether somebody did so since the last turn.
    waiting: Vec<(Form, bool)>,
    /// Why the last one was not made.
    failed: Option<Failure>,
}

impl Maker {
    /// The document for a message; `None`: it, or another one before it, is still being made. `newest`: the youngest event
    /// there is.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn ask(
        &mut self,
        need: &Need,
        source: &dyn Source,
        newest: u64,
        now: Instant,
    ) -> Result<Option<Rc<Document>>, Failure> {
        let serves = |document: &&Rc<Document>| {
            let is_fresh = Some(document.began) >= need.since && now < document.done + FRESH;
            document.form == need.form && is_fresh && document.newest >= need.key
        };
        if let Some(document) = self.last.as_ref().filter(serves) {
            self.waiting.retain(|(form, _)| *form != need.form);
            return Ok(Some(Rc::clone(document)));
        }
        if let Some(failure) = self.failed.take() {
            return Err(failure);
        }
        match self.waiting.iter_mut().find(|(form, _)| *form == need.form) {
            Some((_, asked)) => *asked = true,
            None => self.waiting.push((need.form.clone(), true)),
        }
        // One in a turn, and nobody drops what somebody before him waits for.
        let is_next = self.waiting.first().is_some_and(|(form, _)| *form == need.form);
        if is_next && self.making.is_none() && self.worked != Some(now) {
            self.last = None;
            self.making = Some(Box::new(Making::begin(need.form.clone(), source, newest, now)?));
            self.go_on(source, now)?;
            // Most are whole already.
            if let Some(document) = self.last.as_ref().filter(serves) {
                self.waiting.remove(0);
                return Ok(Some(Rc::clone(document)));
            }
        }
        Ok(None)
    }

    /// Once in each turn, before anybody asks.
    pub fn on_tick(&mut self, source: &dyn Source, now: Instant) {
        self.waiting.retain(|(_, asked)| *asked);
        self.waiting.iter_mut().for_each(|(_, asked)| *asked = false);
        self.failed = self.go_on(source, now).err();
    }

    fn go_on(&mut self, source: &dyn Source, now: Instant) -> Result<(), Failure> {
        let Some(mut making) = self.making.take() else { return Ok(()) };
        self.worked = Some(now);
        if making.step(source)? {
            self.last = Some(Rc::new(making.finish(now)?));
        } else {
            self.making = Some(making);
        }
        Ok(())
    }

    /// Other services are there now, or other collectors.
    pub fn forget(&mut self) {
        *self = Maker::default();
    }

    /// Nobody needs what there is.
    pub fn rest(&mut self) {
        (self.making, self.last) = (None, None);
    }

    /// Adds a deadline to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        // At once, as a time that has passed.
        let waits = self.making.is_some() || !self.waiting.is_empty();
        self.worked.filter(|_| waits).into_iter().for_each(|worked| set.wake_at(worked));
    }
}
