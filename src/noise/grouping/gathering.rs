//! What is in a message.

use super::*;
use crate::noise::parcel::service_number;

/// A message being made.
#[derive(Debug)]
pub(super) struct Gathering {
    pub parcel: Parcel,
    pub after: Option<u64>,
    /// The youngest that may be in it.
    pub last: u64,
    pub more: bool,
    /// It is about one event alone.
    pub alone: bool,
    /// Services of which older events are in parts of other messages, in order, and those of them of which something was found.
    pub older: Vec<u64>,
    pub waiting: Vec<u64>,
}

impl Grouping {
    /// Behind which event that begins which came while a message was sent in parts.
    pub(super) fn part_before(&self) -> Option<u64> {
        self.halves.as_deref().filter(|_| self.beside).map(Halves::last)
    }

    /// The services of which a new event is not to go before older ones.
    pub(super) fn older_services(&self) -> Vec<u64> {
        let halves = self.halves.as_deref().filter(|_| self.beside && self.repeat.is_none());
        halves.map(Halves::services_left).unwrap_or_default()
    }

    pub(super) fn gather(&mut self, rule: &NoiseRule<'_>, desk: &mut Desk<'_>) {
        let Work::Gathering(mut gathering) = std::mem::replace(&mut self.work, Work::Nothing) else { return };
        let what = gathering.parcel.what;
        while desk.outbox.spend(Effort::Look) {
            let next = desk.outbox.next_after(self.destination, gathering.after);
            let Some(key) = next.filter(|key| *key <= gathering.last) else {
                return self.close(*gathering, rule, desk);
            };
            let has_one = gathering.alone && !gathering.parcel.keys.is_empty();
            if gathering.parcel.is_full() || has_one {
                gathering.more = true;
                return self.close(*gathering, rule, desk);
            }
            gathering.after = Some(key);
            let halves = self.halves.as_deref();
            if self.beside && halves.is_some_and(|halves| halves.has(key)) {
                continue;
            }
            let Some(record) = self.wanted(key, desk) else { continue };
            let single = self.repeat.is_some_and(|repeat| repeat.first == repeat.last);
            let goes = match self.halves.as_deref().filter(|_| !self.beside).and_then(Halves::part) {
                Some(part) => part.binary_search(&key).is_ok(),
                None => what == What::Summary || single || may_go(&record, rule, desk.config),
            };
            if !goes || record.only.is_some() {
                continue;
            }
            let service = service_number(&record.event.service);
            if gathering.older.binary_search(&service).is_err() {
                gathering.parcel.add(key, record.event);
                continue;
            }
            // What a message holds has no gaps, so that its first and last event say what is in it.
            gathering.waiting.push(service);
            if !gathering.parcel.keys.is_empty() {
                gathering.more = true;
                return self.close(*gathering, rule, desk);
            }
            gathering.alone = true;
        }
        self.work = Work::Gathering(gathering);
        self.wake = Some(desk.now);
    }

    /// A message has all its events.
    fn close(&mut self, gathering: Gathering, rule: &NoiseRule<'_>, desk: &mut Desk<'_>) {
        let Gathering { mut parcel, more, waiting, .. } = gathering;
        self.wake = Some(desk.now);
        let more = more || !waiting.is_empty();
        if let (Some(halves), false) = (&mut self.halves, waiting.is_empty()) {
            halves.take_forward(&waiting);
        }
        let (Some(first), Some(last)) = (parcel.keys.first().copied(), parcel.keys.last().copied()) else {
            return self.nothing_left(more, desk.now);
        };
        let is_new = match &mut self.halves {
            Some(halves) if !self.beside => halves.begin(&parcel.keys),
            _ => self.repeat.is_none(),
        };
        let counted = self.repeat.is_some_and(|repeat| repeat.counted);
        let mut repeat = match self.repeat.filter(|_| !is_new) {
            Some(repeat) => repeat,
            None => Repeat { first, last, what: parcel.what, counted, at: first },
        };
        parcel.name = (repeat.first, repeat.last);
        if (is_new || repeat.at != first) && desk.outbox.has_store() {
            let older = Some(repeat.first).filter(|older| *older != first);
            let word = Word::Group { first: older, last: repeat.last, what: parcel.what };
            desk.outbox.mark(first, &word.write(&self.name), desk.log);
        }
        repeat.at = first;
        let ends = match repeat.counted {
            true => self.pace.spent(rule, desk.now),
            false => self.pace.sent(parcel.what, more, rule, desk.now),
        };
        let left = ends.filter(|_| !repeat.counted).and_then(|_| self.first_left(&parcel.keys, desk));
        if let (Some(ends), Some(left)) = (ends, left) {
            self.say_held(left, ends, desk);
        }
        let is_last = !self.beside && self.halves.as_deref().is_none_or(Halves::is_last);
        parcel.held_until =
            ends.filter(|_| is_last).map(|ends| desk.wall + ends.saturating_duration_since(desk.now));
        self.repeat = Some(Repeat { counted: true, ..repeat });
        self.work = Work::Securing(Box::new(parcel), desk.now);
    }

    /// Nothing is left of a message, or it has to wait.
    fn nothing_left(&mut self, waits: bool, now: Instant) {
        self.repeat = None;
        match (&mut self.halves, std::mem::take(&mut self.beside)) {
            (Some(halves), true) => halves.gave_way(now),
            (Some(halves), false) => halves.taken(now),
            (None, _) => {}
        }
        if waits {
            self.pace.keep_news(now);
        }
    }

    /// The oldest event that waits and is in no message yet.
    fn first_left(&self, keys: &[u64], desk: &Desk<'_>) -> Option<u64> {
        let mut after = None;
        loop {
            let key = desk.outbox.next_after(self.destination, after)?;
            if keys.binary_search(&key).is_err() {
                return Some(key);
            }
            after = Some(key);
        }
    }
}
