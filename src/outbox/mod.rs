//! Events that wait for delivery, in order of age: on disk where `set eventqueue` names a folder, otherwise in memory,
//! bounded either way.
//!
//! # Destinations
//!
//! Whoever delivers is a [`Destination`]: it [enlists](Outbox::enlist) under a name, says of each event whether it wants it,
//! and takes what it is owed, oldest first, at its own pace. Each has its own position and its own clock for trying again, so
//! that one that is dead holds up no other. A destination that has an event says so with [`done`](Outbox::done); one that
//! has several recipients can [`mark`](Outbox::mark) each of them. When nobody is owed an event it leaves.
//!
//! On disk an event is delivered at least once to each destination, whatever happens to the daemon: it is written when it is
//! raised, with a mark for each destination that has it, and removed when the last one has.
//!
//! When the outbox is full, a destination that lags behind gives way to one that does not: of its events the oldest is
//! dropped, counted and logged. If all are alike the new event is dropped.

mod asked;
mod destination;
mod disk;
mod effort;
mod entries;
mod folder;
mod packed;
mod reading;
mod recipient;
mod record;
mod reported;
mod room;
mod trial;
mod unread;
mod writer;

#[cfg(test)]
mod evidence_tests;

pub use destination::{Destination, Destinations, LONGEST, MOST, RetryClock, SHORTEST, SIFTED};
pub use effort::Effort;
pub use recipient::recipients;
pub use record::{Record, cut, one_line};
pub use trial::Came;

use self::disk::Disk;
use self::entries::{Entries, Entry};
use self::packed::Packed;
use self::trial::{Trial, Trials};
use self::unread::Unread;
use crate::config::{Config, EventQueue};
use crate::event::{ActionName, Event};
use crate::log::Log;
use crate::reactor::{PollSet, Source, Token};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Events that may wait in memory where there is no folder, and their bytes: room for every service of a large host
/// failing at once.
const EVENTS: usize = 4096;
const BYTES: usize = 1024 * 1024;
/// Beyond so many bytes in memory what comes is kept without its evidence: the event itself matters more.
const BYTES_WITH_EVIDENCE: usize = BYTES / 4;
/// Bytes that may wait for a folder on a disk that does not take them.
const UNWRITTEN: usize = 4 * 1024 * 1024;

/// What a turn brings along for those who deliver.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The control file in force.
    pub config: &'a Config,
    /// What waits.
    pub outbox: &'a mut Outbox,
    /// Where to say what goes wrong.
    pub log: &'a mut Log,
    /// The turn's time.
    pub now: Instant,
    /// The turn's time of day.
    pub wall: SystemTime,
}

/// Who delivers, and how far it is.
#[derive(Debug, Default)]
struct Line {
    name: Box<str>,
    position: Option<u64>,
    clock: RetryClock,
    /// It has been owed something.
    used: bool,
}

/// The events that wait.
#[derive(Debug)]
pub struct Outbox {
    entries: Entries,
    disk: Disk,
    /// `None`: the place of a destination that is no longer there.
    lines: Vec<Option<Line>>,
    last_key: u64,
    dropped: u64,
    trials: Trials,
    unread: Unread,
    left: effort::Left,
}

impl Outbox {
    /// Empty, and without a folder. If another process works on the same folder (`alone` is false) what it has there is
    /// left to it.
    pub fn new(alone: bool) -> Outbox {
        Outbox {
            entries: Entries::default(),
            disk: Disk::new(!alone),
            lines: Vec::new(),
            last_key: 0,
            dropped: 0,
            trials: Trials::default(),
            unread: Unread::default(),
            left: effort::Left::default(),
        }
    }

    /// So many destinations are about to be enlisted: their places are made at once, since a list that grows between other
    /// things leaves holes of all its former sizes.
    pub fn make_places(&mut self, count: usize) {
        self.lines.reserve_exact(count);
    }

    /// One more destination, or the one that has this name already. It is owed nothing of what is here, but what
    /// [`configure`](Self::configure) finds on the disk later. One more than [`MOST`] is owed nothing, ever.
    pub fn enlist(&mut self, name: &str) -> Destination {
        let known = self.lines.iter().position(|line| line.as_ref().is_some_and(|line| *line.name == *name));
        let free = || self.lines.iter().position(Option::is_none);
        let at = known.or_else(free).unwrap_or(self.lines.len());
        if at == self.lines.len() && at < MOST {
            self.lines.reserve_exact(1);
            self.lines.push(None);
        }
        if let Some(place) = self.lines.get_mut(at).filter(|_| known.is_none()) {
            *place = Some(Line { name: name.into(), ..Line::default() });
        }
        Destination(u8::try_from(at).unwrap_or(u8::MAX))
    }

    /// A destination is there no longer: what it is owed is forgotten.
    pub fn dismiss(&mut self, destination: Destination) {
        self.entries.take_up();
        while let Some(key) = self.entries.next(None, destination) {
            self.let_go(key, destination);
        }
        self.lines.get_mut(usize::from(destination.0)).into_iter().for_each(|line| *line = None);
    }

    /// Follows a changed control file. Events in a folder that is no longer named are moved or still delivered from it.
    pub fn configure(&mut self, settings: Option<&EventQueue>, log: &mut Log) {
        let owed = self.everybody();
        if let (true, Some(settings)) = (self.disk.configure(settings), settings) {
            let youngest = self.disk.move_to(settings, &mut self.entries, owed, log);
            self.last_key = self.last_key.max(youngest);
        }
    }

    /// All destinations.
    fn everybody(&self) -> Destinations {
        let places = self.lines.iter().zip(0..).filter(|(line, _)| line.is_some());
        places.fold(Destinations::NONE, |all, (_, place)| all.with(Destination(place)))
    }

    fn line(&self, destination: Destination) -> Option<&Line> {
        self.lines.get(usize::from(destination.0))?.as_ref()
    }

    fn line_mut(&mut self, destination: Destination) -> Option<&mut Line> {
        self.lines.get_mut(usize::from(destination.0))?.as_mut()
    }

    /// Events waiting, for whomever.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Does nothing wait?
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 0
    }

    /// Events that this destination is owed.
    pub fn waiting(&self, destination: Destination) -> usize {
        self.entries.waiting(destination)
    }

    /// The name of the youngest event there was; younger ones have larger names.
    pub fn newest(&self) -> u64 {
        self.last_key
    }

    /// Events that a crash would lose.
    pub fn unsaved(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.is_gone() && !entry.stored).count()
    }

    /// Events dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Is there a folder to write to?
    pub fn has_store(&self) -> bool {
        self.disk.open_slots().is_some()
    }

    /// Takes an event in that these destinations want.
    pub fn push(&mut self, event: &Event, owed: Destinations, now: Instant, log: &mut Log) {
        if owed.is_empty() {
            return;
        }
        if self.is_full() && !self.make_room(owed, log) {
            self.dropped += 1;
            log.error(format_args!(
                "Event queue is full -- alert dropped: '{}' {} ({} dropped so far)",
                event.service,
                event.title(),
                self.dropped
            ));
            return;
        }
        if event.evidence.is_empty() || self.entries.held() < BYTES_WITH_EVIDENCE {
            self.insert(event, owed, true, now);
        } else {
            self.insert(&Event { evidence: Box::default(), ..event.clone() }, owed, true, now);
        }
    }

    /// `stale`: it is to be brought to the disk.
    fn insert(&mut self, event: &Event, owed: Destinations, stale: bool, now: Instant) -> u64 {
        let nanos = event.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let key = u64::try_from(nanos).unwrap_or(u64::MAX).max(self.last_key.saturating_add(1));
        self.last_key = key;
        let packed = Some(Packed::of_event(event));
        self.entries.insert(Entry { key, packed, owed, stale, ..Entry::default() });
        for destination in owed.iter() {
            if let Some(line) = self.line_mut(destination) {
                line.used = true;
                line.clock.hasten(now);
            }
        }
        key
    }

    /// Takes a test message in for one address, which this destination delivers; gives its key. One that still waits there
    /// is not doubled. `None`: there is no room.
    pub fn push_trial(
        &mut self,
        event: &Event,
        to: &str,
        destination: Destination,
        now: Instant,
    ) -> Option<u64> {
        if let Some(key) = self.trials.waiting(to) {
            self.trials.renew(key);
            self.line_mut(destination).into_iter().for_each(|line| line.clock.hasten(now));
            return Some(key);
        }
        if self.is_full() || self.line(destination).is_none() {
            return None;
        }
        // Should it ever be found without its address, nobody wants it.
        let event = Event { action: ActionName::Ignore, ..event.clone() };
        let key = self.insert(&event, Destinations::NONE.with(destination), false, now);
        self.trials.add(Trial { key, destination, to: to.into(), came: Came::Nothing, before: None });
        Some(key)
    }

    /// Drops one that only destinations are owed that have more to do than one of `wanted`.
    fn make_room(&mut self, wanted: Destinations, log: &mut Log) -> bool {
        let Some(least) = wanted.iter().map(|destination| self.waiting(destination)).min() else {
            return false;
        };
        let lags = |destination| self.waiting(destination) > least;
        let behind = |entry: &&Entry| !entry.is_gone() && entry.owed.iter().all(lags);
        let found = self.entries.iter().find(behind).map(|entry| (entry.key, entry.owed));
        let Some((key, owed)) = found else { return false };
        self.dropped += 1;
        let names: Vec<&str> = owed.iter().filter_map(|one| Some(&*self.line(one)?.name)).collect();
        log.error(format_args!(
            "Event queue is full -- the oldest alert for {} is dropped ({} dropped so far)",
            names.join(", "),
            self.dropped
        ));
        self.remove(key);
        true
    }

    /// The next event for this destination, after its position.
    pub fn next(&self, destination: Destination) -> Option<u64> {
        self.entries.next(self.line(destination)?.position, destination)
    }

    /// How far this destination is; `None`: at the beginning.
    pub fn position(&self, destination: Destination) -> Option<u64> {
        self.line(destination)?.position
    }

    /// This destination goes on behind that event; `None`: from the beginning.
    pub fn set_position(&mut self, destination: Destination, position: Option<u64>) {
        self.line_mut(destination).into_iter().for_each(|line| line.position = position);
    }

    /// When this destination may be tried again.
    pub fn clock(&self, destination: Destination) -> Option<&RetryClock> {
        Some(&self.line(destination)?.clock)
    }

    /// When this destination may be tried again.
    pub fn clock_mut(&mut self, destination: Destination) -> Option<&mut RetryClock> {
        Some(&mut self.line_mut(destination)?.clock)
    }

    /// Is there something for this destination, and may it be tried?
    pub fn is_due(&self, destination: Destination, now: Instant) -> bool {
        self.waiting(destination) > 0 && self.clock(destination).is_some_and(|clock| clock.is_due(now))
    }

    /// The event, read from the disk if it is there. A damaged file is reported, set aside and forgotten, one that cannot be
    /// read at present put off; what this destination has already, says the file, it does not get again.
    pub fn get(&mut self, destination: Destination, key: u64, log: &mut Log) -> Option<Record> {
        let record = match &self.entries.get(key)?.packed {
            Some(packed) => packed.record(),
            None => self.read(key, log)?.record(),
        };
        let Some(record) = record else {
            self.remove(key);
            return None;
        };
        let mut record = self.unread.complete(key, record);
        if let Some(to) = self.trials.to(key) {
            record.only = Some(to.into());
            record.event.action = ActionName::Alert;
        }
        let name = &self.line(destination)?.name;
        if record.delivered.contains(name) {
            self.let_go(key, destination);
            return None;
        }
        Some(record)
    }

    /// One of several recipients has it now: said on the disk too, so that it does not get it again after a crash.
    pub fn mark(&mut self, key: u64, who: &str, log: &mut Log) {
        let Some(entry) = self.entries.get(key) else { return };
        let packed = match &entry.packed {
            Some(packed) => packed.with(who),
            None => match self.read(key, log) {
                Some(packed) => packed.with(who),
                None if self.entries.get(key).is_some() => return self.unread.mark(key, who),
                None => return,
            },
        };
        let packed = self.unread.take_marks(key, packed);
        self.entries.hold(key, Some(packed));
        self.entries.change(key, |entry| entry.stale = true);
    }

    /// This destination is done with it: everybody there has it, or nobody wants it.
    pub fn done(&mut self, destination: Destination, key: u64, log: &mut Log) {
        self.let_go(key, destination);
        let left = self.entries.get(key).is_some_and(|entry| !entry.is_gone());
        if let Some(name) = self.line(destination).filter(|_| left).map(|line| line.name.clone()) {
            self.mark(key, &name, log);
        }
    }

    /// This destination has nothing more to do with it, and no recipient is said to have it for that.
    pub fn let_go(&mut self, key: u64, destination: Destination) {
        let Some(entry) = self.entries.get(key) else { return };
        let owed = entry.owed.without(destination);
        if owed.is_empty() {
            self.remove(key);
        } else {
            self.entries.owe(key, owed);
        }
    }

    /// Nobody is owed it any more.
    fn remove(&mut self, key: u64) {
        self.trials.left(key);
        self.unread.forget(key);
        self.disk.forget(key, &mut self.entries);
    }

    /// Adds the helpers' pipes to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        self.disk.register(&self.entries, set, Token { source: Source::Outbox, id: 0, part: 0 });
        self.unread.deadline().into_iter().for_each(|at| set.wake_at(at));
    }

    /// Once in each turn, and when a helper has something to say.
    pub fn on_tick(&mut self, now: Instant, log: &mut Log) {
        if self.unread.is_due(now) {
            self.entries.take_up();
        }
        let everybody = self.everybody();
        self.disk.on_tick(&mut self.entries, everybody, now, log);
    }

    /// Tries the disk again without a pause: the last chance before the end.
    pub fn hurry(&mut self, now: Instant) {
        self.disk.hurry(now);
    }

    /// Is something on its way to the disk, or waiting for it?
    pub fn wants_disk(&self) -> bool {
        self.disk.is_wanted(&self.entries)
    }

    /// The end: says what is left where. A helper at work finishes without us.
    pub fn close(&mut self, log: &mut Log) {
        let lost = self.unsaved();
        let kept = self.len() - lost;
        if kept > 0 {
            log.info(format_args!("Undelivered alerts that stay in the event queue: {kept}"));
        }
        if lost > 0 {
            log.error(format_args!("Undelivered alerts that are dropped: {lost}"));
        }
        self.disk.close();
    }
}

#[cfg(test)]
pub(crate) mod tests;
