//! The way of events to a recipient of whom `set alert … group`, `limit` or `quiet` speaks: one destination, of which this says
//! when a message is to be sent and what is in it. When is up to [`Pace`].
//!
//! Nothing is kept here that a crash may not take. An event stays in the outbox until the message that holds it, or the
//! summary that counts it, was accepted. Before a message leaves, a word at its oldest event says which events it holds: the
//! kind of message and the youngest of them. Whoever takes the message up again, after a refusal or after a crash, makes it of
//! the same events, and it has the same id; that oldest event is the last to leave the outbox. In the same way an event that
//! is held because of a limit says until when, and one that nobody takes that it is lost.

mod gathering;

use self::gathering::Gathering;
use super::halves::{Halves, Repeat};
use super::losing::{Losing, Lost, Refused};
use super::pace::{Hurry, Moment, Next, Pace, What};
use super::parcel::{Manner, Parcel};
use super::quiet::{is_quiet, may_go};
use super::word::{PATIENCE, Word};
use crate::config::NoiseRule;
use crate::outbox::{Desk, Destination, Effort, Record};
use crate::sys::localtime::unix_secs;
use std::time::{Duration, Instant};

/// One recipient.
#[derive(Debug)]
pub struct Grouping {
    /// The address, by which the outbox knows it.
    name: Box<str>,
    destination: Destination,
    /// Who has delivered to this recipient, too, if it is done with an event.
    under: &'static str,
    pace: Pace,
    /// Events that wait and were looked at.
    seen: usize,
    work: Work,
    /// Messages that an earlier run has begun. Of two with the same events the one with fewer stands behind the other, and goes
    /// first.
    found: Vec<Repeat>,
    /// Events that an earlier run has given up.
    given_up: Vec<u64>,
    repeat: Option<Repeat>,
    /// Messages that were refused, in parts.
    halves: Option<Box<Halves>>,
    /// What is under way is none of the parts: it came meanwhile.
    beside: bool,
    /// What the events of the message that is out are about.
    services: Vec<u64>,
    leaving: bool,
    /// Everything was looked at, and nothing is to be sent.
    resting: bool,
    /// The end of the hour of which an event says that it is held.
    held_until: Option<Instant>,
    wake: Option<Instant>,
}

/// What is going on.
#[derive(Debug)]
enum Work {
    Nothing,
    Gathering(Box<Gathering>),
    /// Waits for the disk, since then.
    Securing(Box<Parcel>, Instant),
    /// Somebody else has the message.
    Out,
    /// These are lost.
    Losing(Box<Losing>),
    /// These are over; the last of the list leaves first.
    Settling(Vec<u64>),
}

/// Where a message to this recipient stands, for those who send it.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What the receiver wants to have of each event.
    pub manner: Manner,
    /// It may be tried then; `None`: at once.
    pub not_before: Option<Instant>,
}

impl Grouping {
    /// For this destination, which has this name. What the destination called `under` is done with has arrived here, too.
    pub fn new(name: &str, destination: Destination, under: &'static str) -> Grouping {
        Grouping {
            name: name.into(),
            destination,
            under,
            pace: Pace::default(),
            seen: 0,
            work: Work::Nothing,
            found: Vec::new(),
            given_up: Vec::new(),
            repeat: None,
            halves: None,
            beside: false,
            services: Vec::new(),
            leaving: false,
            resting: false,
            held_until: None,
            wake: None,
        }
    }

    /// When [`turn`](Self::turn) is wanted again, if nothing else happens.
    pub fn wake(&self) -> Option<Instant> {
        self.wake
    }

    /// Is no message under way, not even a part of one?
    pub fn is_idle(&self) -> bool {
        matches!(self.work, Work::Nothing)
            && self.repeat.is_none()
            && self.halves.is_none()
            && self.found.is_empty()
    }

    /// The run ends: what is not held goes at once, and everything if it would be lost.
    pub fn leave(&mut self) {
        (self.leaving, self.resting) = (true, false);
    }

    /// Is nothing to be sent before something else happens?
    pub fn is_at_rest(&self) -> bool {
        matches!(self.work, Work::Nothing) && self.repeat.is_none() && self.resting
    }

    /// Goes on; the result is a message that is to be sent now. Whoever gets it says what became of it.
    pub fn turn(&mut self, terms: Terms, desk: &mut Desk<'_>) -> Option<Box<Parcel>> {
        (self.wake, self.resting) = (None, false);
        let config = desk.config;
        let rule = config.noise(&self.name).unwrap_or_default();
        if let Work::Settling(_) = self.work {
            self.settle(desk);
        }
        let all_seen = self.look(&rule, desk);
        self.give_up(all_seen, desk);
        if let (Work::Nothing, true) = (&self.work, all_seen) {
            self.begin(&rule, terms, desk);
        }
        if let Work::Gathering(_) = self.work {
            self.gather(&rule, desk);
        }
        self.secure(desk)
    }

    /// The message with these events has arrived.
    pub fn settled(&mut self, keys: Vec<u64>, now: Instant) {
        match (&mut self.halves, std::mem::take(&mut self.beside)) {
            (Some(halves), true) => halves.gave_way(now),
            (Some(halves), false) => halves.taken(now),
            (None, _) => {}
        }
        (self.repeat, self.services) = (None, Vec::new());
        self.work = Work::Settling(keys);
        self.wake = Some(now);
    }

    /// The message with these events is refused for good. If that is because of what is in it, its halves are not yet.
    pub fn refused(&mut self, keys: Vec<u64>, refused: &Refused<'_>, desk: &mut Desk<'_>) {
        let what = self.repeat.map_or(What::News, |repeat| repeat.what);
        let (services, beside) = (std::mem::take(&mut self.services), std::mem::take(&mut self.beside));
        let halves = match &mut self.halves {
            Some(halves) => {
                if beside {
                    halves.add(what, &keys, &services);
                }
                halves
            }
            none => none.insert(Halves::new(what, &keys, &services).into()),
        };
        if halves.refused(keys, refused, desk.now) {
            let Refused { by, to, title, words, .. } = refused;
            desk.log.error(format_args!("{by} refuses '{title}'{to}: it is sent in parts -- {words}"));
        }
        (self.repeat, self.work) = (None, Work::Nothing);
        self.wake = Some(desk.now);
    }

    /// Is what is sent part of a message that was refused?
    pub fn is_in_parts(&self) -> bool {
        self.halves.is_some()
    }

    /// The message is to be sent again.
    pub fn put_off(&mut self, now: Instant) {
        self.work = Work::Nothing;
        self.wake = Some(now);
    }

    fn wake_at(&mut self, at: Instant) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// Lets go of what is over, the oldest last.
    fn settle(&mut self, desk: &mut Desk<'_>) {
        let Work::Settling(keys) = &mut self.work else { return };
        while let Some(key) = keys.last().copied() {
            if !desk.outbox.spend(Effort::Done) {
                self.wake = Some(desk.now);
                return;
            }
            keys.pop();
            desk.outbox.done(self.destination, key, desk.log);
        }
        self.work = Work::Nothing;
    }

    /// When the last part of a message was sent: what nobody will take is lost. So is what an earlier run has given up.
    fn give_up(&mut self, all_seen: bool, desk: &mut Desk<'_>) {
        if let (Work::Nothing, true) = (&self.work, all_seen && !self.given_up.is_empty()) {
            let keys = std::mem::take(&mut self.given_up);
            self.work = Work::Losing(Box::new(Losing::new(Lost::before(keys))));
        }
        if let (Work::Nothing, Some(halves)) = (&self.work, &mut self.halves) {
            if let Some(lost) = halves.next_lost() {
                self.work = Work::Losing(Box::new(Losing::new(lost)));
            } else if halves.part().is_none() {
                (self.halves, self.beside) = (None, false);
            }
        }
        if let Work::Losing(losing) = &mut self.work {
            let again = losing.turn(&self.name, self.destination, desk).map(|keys| {
                self.work = Work::Settling(keys);
                desk.now
            });
            self.wake_at(again.unwrap_or_else(|at| at));
        }
    }

    /// Takes note of events that have come: true if all have been seen.
    fn look(&mut self, rule: &NoiseRule<'_>, desk: &mut Desk<'_>) -> bool {
        loop {
            let Some(key) = desk.outbox.next(self.destination) else {
                let waiting = desk.outbox.waiting(self.destination);
                let missed = self.seen < waiting;
                self.seen = self.seen.min(waiting);
                if missed {
                    // One that is older than others was found later.
                    desk.outbox.set_position(self.destination, None);
                    self.seen = 0;
                    self.wake = Some(desk.now);
                }
                return !missed;
            };
            if !desk.outbox.spend(Effort::Look) {
                self.wake = Some(desk.now);
                return false;
            }
            desk.outbox.set_position(self.destination, Some(key));
            let Some(record) = self.wanted(key, desk) else { continue };
            self.seen += 1;
            if record.only.is_none() {
                self.came(key, &record, rule, desk);
            }
        }
    }

    /// The event, if this recipient is still to have it; otherwise it is done with.
    fn wanted(&self, key: u64, desk: &mut Desk<'_>) -> Option<Record> {
        let record = desk.outbox.get(self.destination, key, desk.log)?;
        let has_it =
            record.delivered.iter().any(|who| **who == *self.under || who.eq_ignore_ascii_case(&self.name));
        if has_it || !record.is_for(&self.name, desk.config) {
            // It counts, even if it is more than the turn has.
            desk.outbox.spend(Effort::Done);
            desk.outbox.done(self.destination, key, desk.log);
            return None;
        }
        Some(record)
    }

    fn came(&mut self, key: u64, record: &Record, rule: &NoiseRule<'_>, desk: &mut Desk<'_>) {
        if record.delivered.iter().any(|word| Word::read(word, &self.name) == Some(Word::Lost)) {
            if matches!(self.work, Work::Nothing) && self.halves.is_none() && !self.given_up.contains(&key) {
                self.given_up.push(key);
            }
            return;
        }
        let under_way = self.halves.is_some() || self.repeat.is_some_and(|repeat| repeat.counted);
        let is_free = matches!(self.work, Work::Nothing) && !under_way;
        for word in &record.delivered {
            match Word::read(word, &self.name) {
                // Of several the last: the others are of a message that was refused and of parts of it that were, too.
                Some(Word::Group { first, last, what }) if is_free => {
                    self.found.retain(|found| found.at != key);
                    let first = first.unwrap_or(key);
                    self.found.push(Repeat { first, last, what, counted: false, at: key });
                    self.found.sort_unstable_by_key(|found| found.at);
                }
                Some(Word::Held { until, behind }) if self.pace.spent(rule, desk.now).is_none() => {
                    if let Ok(left) = until.duration_since(desk.wall) {
                        let sent = behind.or(rule.limit).unwrap_or_default();
                        let ends = desk.now + left.min(super::pace::HOUR);
                        self.pace.spent_until(ends, sent);
                        self.held_until = Some(ends);
                    }
                }
                _ => {}
            }
        }
        let held = !may_go(record, rule, desk.config);
        if let (false, Some(ends)) = (held, self.pace.spent(rule, desk.now)) {
            self.say_held(key, ends, desk);
        }
        let age = desk.wall.duration_since(record.event.time).unwrap_or_default();
        self.pace.came(held, age, rule, desk.now);
    }

    /// Says at an event, of each hour at one, that a limit holds it, for who takes it up after a restart.
    fn say_held(&mut self, key: u64, ends: Instant, desk: &mut Desk<'_>) {
        if self.held_until == Some(ends) || !desk.outbox.has_store() {
            return;
        }
        self.held_until = Some(ends);
        let until = desk.wall + ends.saturating_duration_since(desk.now);
        let word = Word::Held { until, behind: Some(self.pace.messages()) };
        desk.outbox.mark(key, &word.write(&self.name), desk.log);
    }

    /// Begins to make a message if there is to be one.
    fn begin(&mut self, rule: &NoiseRule<'_>, terms: Terms, desk: &mut Desk<'_>) {
        if self.repeat.is_none() {
            self.choose(rule, desk);
        }
        let waits = desk.outbox.waiting(self.destination) > 0;
        if waits && !self.pace.is_waiting() && self.repeat.is_none() {
            // Nobody is left behind because something was forgotten.
            let trial = desk.outbox.next_trial(self.destination).is_some();
            if !trial {
                self.pace.hold();
            }
        }
        let next = match self.repeat {
            Some(repeat) => Next::Now(repeat.what),
            None if self.beside => Next::Now(What::News),
            None => self.pace.next(rule, &self.moment(rule, desk)),
        };
        // At the end of a run there is no time for a pause.
        let pause = self.halves.as_deref().filter(|_| !self.leaving).and_then(Halves::not_before);
        let not_before = terms.not_before.max(pause);
        let what = match next {
            Next::Nothing => {
                self.resting = true;
                return;
            }
            Next::At(at) => {
                self.resting = true;
                return self.wake_at(at);
            }
            Next::Now(_) if not_before.is_some_and(|at| at > desk.now) => {
                self.resting = true;
                return not_before.into_iter().for_each(|at| self.wake_at(at));
            }
            Next::Now(what) => what,
        };
        // What the limit has held is one message, as in a summary.
        let alone =
            what == What::News && rule.group.is_none() && self.repeat.is_none() && !self.pace.is_limited();
        let (name, after, last) = match self.repeat {
            Some(Repeat { first, last, .. }) => ((first, last), first.checked_sub(1), last),
            None => {
                self.pace.begin(what);
                ((0, 0), self.part_before(), desk.outbox.newest())
            }
        };
        let parcel = Parcel::new(what, terms.manner, name);
        let older = self.older_services();
        let waiting = Vec::new();
        self.work =
            Work::Gathering(Box::new(Gathering { parcel, after, last, more: false, alone, older, waiting }));
    }

    /// Which of what is to be sent goes next, if it is not news or a summary as usual.
    fn choose(&mut self, rule: &NoiseRule<'_>, desk: &Desk<'_>) {
        let Some(halves) = &self.halves else {
            self.repeat = self.found.pop();
            return;
        };
        // What an earlier run has begun is older than what came meanwhile.
        let yields = halves.is_yielding() && self.found.is_empty();
        self.beside = yields && self.pace.has_news(&self.moment(rule, desk));
        if !self.beside {
            self.repeat = Repeat::of_part(halves);
        }
    }

    fn moment(&self, rule: &NoiseRule<'_>, desk: &Desk<'_>) -> Moment {
        let rest = 60 - unix_secs(desk.wall).rem_euclid(60);
        let hurry = match (self.leaving, desk.outbox.has_store()) {
            (true, false) => Hurry::All,
            _ if self.pace.is_waiting() && self.crowds(desk) => Hurry::All,
            (true, true) => Hurry::News,
            (false, _) => Hurry::No,
        };
        Moment {
            now: desk.now,
            is_quiet: rule.quiet.is_some_and(|quiet| is_quiet(quiet, desk.wall)),
            next_minute: desk.now + Duration::from_secs(u64::try_from(rest).unwrap_or(60)),
            hurry,
        }
    }

    /// Is the outbox nearly full, and would it not be without what waits here? What others leave lying is no reason to hurry.
    fn crowds(&self, desk: &Desk<'_>) -> bool {
        desk.outbox.is_crowded() && desk.outbox.waiting(self.destination) * 2 >= desk.outbox.len()
    }

    /// A message leaves when a crash would find out what is in it.
    fn secure(&mut self, desk: &mut Desk<'_>) -> Option<Box<Parcel>> {
        let Work::Securing(parcel, since) = &self.work else { return None };
        let limit = *since + PATIENCE;
        if desk.now < limit && !parcel.keys.first().is_none_or(|first| desk.outbox.is_safe(*first)) {
            self.wake = Some(limit);
            return None;
        }
        if !desk.outbox.spend(Effort::Compose) {
            self.wake = Some(desk.now);
            return None;
        }
        match std::mem::replace(&mut self.work, Work::Out) {
            Work::Securing(mut parcel, _) => {
                self.services = std::mem::take(&mut parcel.services);
                Some(parcel)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "grouping_tests.rs"]
mod tests;
