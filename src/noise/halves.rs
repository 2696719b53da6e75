//! A message that was refused for good because of what is in it, in parts: its halves, the halves of those that are refused
//! again, and so on. One event that a receiver does not like costs few messages so, all others arrive, and a message that
//! was too long is short enough in the end. What was refused stays in the outbox until the last part was sent, and is
//! told of in one line for each reason.
//!
//! What comes meanwhile does not wait for all of that: it goes between one part and the next. Of each service the older events
//! go first, so that parts which hold some of the same services are taken forward, as long as that makes few messages.

use super::losing::{Lost, Refused};
use super::pace::What;
use std::time::{Duration, Instant};

/// So often a message and its parts are halved before one is taken, so that who refuses everything is asked `2 * SPLITS + 1`
/// times. To find one event of [20 000](super::parcel) takes fifteen.
pub(super) const SPLITS: u32 = 40;
/// Between one part and the next: five in a second at most.
pub(super) const PAUSE: Duration = Duration::from_millis(200);
/// Reasons that have a line each; a server whose answers all differ, as by a number, has no more.
const REASONS: usize = 4;
/// So many parts are taken forward at a time; where the events of a service stand scattered among others, it would be one
/// message for each, and what is new of that service waits.
const FORWARD: usize = 8;

/// Some of the events of a message that was refused.
#[derive(Debug)]
struct Part {
    keys: Vec<u64>,
    /// The kind of message.
    what: What,
}

/// The parts of messages.
#[derive(Debug)]
pub(super) struct Halves {
    /// The next one last.
    parts: Vec<Part>,
    /// What each event of them is about, by key.
    services: Vec<(u64, u64)>,
    /// The youngest event of the first message.
    last: u64,
    /// There was more than one.
    halved: bool,
    /// Since a part was taken.
    splits: u32,
    /// The next part is not new.
    tried: bool,
    /// When the next part may go.
    not_before: Option<Instant>,
    /// A part was sent since something else was.
    yields: bool,
    /// So many parts need not be sent before what came meanwhile.
    rest: usize,
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
    /// The key of the event at which a word says this.
    pub at: u64,
}

impl Repeat {
    /// A part of a message, which was counted as a whole. One event alone is told as it is without a group.
    pub fn of_part(halves: &Halves) -> Option<Repeat> {
        let part = halves.parts.last()?;
        let (first, last) = (*part.keys.first()?, *part.keys.last()?);
        let what = if first == last { What::News } else { part.what };
        Some(Repeat { first, last, what, counted: true, at: first })
    }
}

impl Halves {
    /// Of a message of these events that is refused; each is about one of these services.
    pub fn new(what: What, keys: &[u64], services: &[u64]) -> Halves {
        let mut halves = Halves {
            parts: Vec::new(),
            services: Vec::new(),
            last: keys.last().copied().unwrap_or_default(),
            halved: false,
            splits: 0,
            tried: false,
            not_before: None,
            yields: true,
            rest: usize::MAX,
            lost: Vec::new(),
        };
        halves.add(what, keys, services);
        halves
    }

    /// What came meanwhile is refused, too: it is the next part.
    pub fn add(&mut self, what: What, keys: &[u64], services: &[u64]) {
        self.parts.push(Part { keys: keys.to_vec(), what });
        self.services.extend(keys.iter().copied().zip(services.iter().copied()));
        self.services.sort_unstable();
        (self.splits, self.tried, self.yields, self.rest) = (0, false, false, usize::MAX);
    }

    /// The events of the part that is to be sent.
    pub fn part(&self) -> Option<&[u64]> {
        self.parts.last().map(|part| part.keys.as_slice())
    }

    /// Is it the last?
    pub fn is_last(&self) -> bool {
        self.parts.len() <= 1
    }

    /// When it may go; `None`: at once.
    pub fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// The next part is made, of those of its events that are left. True: for the first time.
    pub fn begin(&mut self, left: &[u64]) -> bool {
        if std::mem::replace(&mut self.tried, true) {
            return false;
        }
        self.parts.last_mut().into_iter().for_each(|part| part.keys = left.to_vec());
        true
    }

    /// That part was taken, or there is nothing left of it.
    pub fn taken(&mut self, now: Instant) {
        self.splits = 0;
        self.over(now);
    }

    fn over(&mut self, now: Instant) -> What {
        let part = self.parts.pop();
        (self.tried, self.yields) = (false, true);
        self.not_before = Some(now + PAUSE);
        part.map_or(What::News, |part| part.what)
    }

    /// That part was refused, of which these events were left. True: it was the first of all and comes in halves.
    pub fn refused(&mut self, keys: Vec<u64>, refused: &Refused<'_>, now: Instant) -> bool {
        let what = self.over(now);
        if refused.for_content && keys.len() > 1 && self.splits < SPLITS {
            let (older, younger) = keys.split_at(keys.len() / 2);
            self.parts.extend([younger, older].map(|half| Part { keys: half.to_vec(), what }));
            self.splits += 1;
            return !std::mem::replace(&mut self.halved, true);
        }
        let known = self.lost.iter().position(|lost| lost.is_because_of(refused));
        let last = self.lost.len().checked_sub(1).filter(|last| last + 1 >= REASONS);
        match known.or(last).and_then(|at| self.lost.get_mut(at)) {
            Some(lost) => lost.keys.extend(keys),
            None => self.lost.push(Lost::new(keys, refused)),
        }
        false
    }

    /// When there is no part left: events that are lost for one reason.
    pub fn next_lost(&mut self) -> Option<Lost> {
        if self.parts.is_empty() { self.lost.pop() } else { None }
    }

    /// May what came meanwhile go before the next part?
    pub fn is_yielding(&self) -> bool {
        self.yields && self.parts.len() <= self.rest
    }

    /// What came meanwhile is younger than that.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Was this event in a message that was refused?
    pub fn has(&self, key: u64) -> bool {
        self.service(key).is_some()
    }

    fn service(&self, key: u64) -> Option<u64> {
        let at = self.services.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.services.get(at).map(|(_, service)| *service)
    }

    /// The services of events that are still to be sent, in order.
    pub fn services_left(&self) -> Vec<u64> {
        let keys = self.parts.iter().flat_map(|part| &part.keys);
        let mut services: Vec<u64> = keys.filter_map(|key| self.service(*key)).collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// What came meanwhile was sent; the next part goes then.
    pub fn gave_way(&mut self, now: Instant) {
        self.yields = false;
        self.not_before = Some(now + PAUSE);
    }

    /// What came meanwhile waits for older events of these services: they go next, each in a part of neighbours, so that a
    /// word at the first of them and the last say which they are.
    pub fn take_forward(&mut self, services: &[u64]) {
        self.yields = false;
        let is_meant = |key: &u64| self.service(*key).is_some_and(|service| services.contains(&service));
        let (mut forward, mut rest) = (Vec::new(), Vec::new());
        for part in self.parts.iter().rev() {
            for keys in part.keys.chunk_by(|one, other| is_meant(one) == is_meant(other)) {
                let list = if keys.first().is_some_and(is_meant) { &mut forward } else { &mut rest };
                list.push(Part { keys: keys.to_vec(), what: part.what });
            }
        }
        if forward.len() <= FORWARD {
            self.rest = rest.len();
            self.parts = rest.into_iter().rev().chain(forward.into_iter().rev()).collect();
        }
    }
}
