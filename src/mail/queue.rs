//! Events that wait for delivery, in order of age: on disk where `set eventqueue` names a folder, otherwise in memory,
//! bounded either way. What is delivered where, and when to try again, is decided by [`super::Mail`].
//!
//! On disk an event is delivered at least once, whatever happens to the daemon: it is written when it is raised and
//! removed when the last recipient has it.

use super::folder::{self, Found};
use super::record::Record;
use super::writer::{self, Writer};
use crate::config::EventQueue;
use crate::event::Event;
use crate::log::Log;
use crate::reactor::{PollSet, Token};
use crate::sys::error_text;
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Events that may wait in memory where there is no folder, and their bytes: room for every service of a large host
/// failing at once.
const EVENTS: usize = 4096;
const BYTES: usize = 1024 * 1024;
/// Bytes that may wait for a folder on a disk that does not take them.
const UNWRITTEN: usize = 4 * 1024 * 1024;
/// Events given to one helper.
const BATCH: usize = 256;
/// Helpers at work at the same time.
const HELPERS: usize = 16;
/// How long an event has to be delivered before it is brought through to the disk.
const SYNC_PAUSE: Duration = Duration::from_millis(200);
/// Pause after the disk refused something.
const DISK_PAUSE: Duration = Duration::from_secs(30);
/// How long a helper of an earlier daemon may take to finish.
const LATE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct Entry {
    key: u64,
    /// The record; given up when it is on disk.
    bytes: Option<Box<[u8]>>,
    /// A version of it is on disk.
    stored: bool,
    /// A helper is writing it.
    writing: bool,
    /// `bytes` are younger than what is on disk or on its way there.
    stale: bool,
    /// Delivered while it was being written.
    gone: bool,
    /// A server said that it will never take it.
    refused: bool,
}

#[derive(Debug)]
struct Store {
    folder: Box<Path>,
    slots: Option<u32>,
    /// No longer in the control file: emptied, but not filled.
    closed: bool,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    entries: VecDeque<Entry>,
    store: Option<Store>,
    /// Bytes of records in memory.
    held: usize,
    last_key: u64,
    writers: Vec<Writer>,
    /// Written and not yet synced, since when, and the helper that syncs.
    unsynced: Vec<u64>,
    sync_after: Option<Instant>,
    syncer: Option<Writer>,
    write_after: Option<Instant>,
    disk_failed: bool,
    dropped: u64,
    /// Another process works on the same folder.
    shared: bool,
    /// The folder is looked at once more: a helper of a daemon that was killed may have finished after we looked.
    look_again: Option<Again>,
}

#[derive(Debug)]
enum Again {
    Soon(Vec<u64>),
    /// Then, and the tombstones found the first time can go.
    At(Instant, Vec<u64>),
}

impl Queue {
    /// The queue the control file asks for, with what an earlier run left in it unless another process works on it.
    pub fn open(settings: Option<&EventQueue>, alone: bool, log: &mut Log) -> Queue {
        let mut queue = Queue { shared: !alone, ..Queue::default() };
        queue.configure(settings, log);
        queue
    }

    /// Follows a changed control file. Events in a folder that is no longer named are moved or still delivered from it.
    pub fn configure(&mut self, settings: Option<&EventQueue>, log: &mut Log) {
        let Some(settings) = settings else {
            if let Some(store) = &mut self.store {
                store.closed = true;
            }
            return;
        };
        match &mut self.store {
            Some(store) if store.folder == settings.basedir => {
                store.slots = settings.slots;
                store.closed = false;
            }
            _ => self.move_to(settings, log),
        }
    }

    fn move_to(&mut self, settings: &EventQueue, log: &mut Log) {
        // Whatever is on its way to the old folder must be known to be there before it can be moved.
        self.load_all(log);
        let folder = settings.basedir.clone();
        if let Err(error) = folder::make(&folder) {
            let (folder, text) = (folder.display(), error_text(&error));
            log.error(format_args!("Cannot use the event queue directory '{folder}' -- {text}"));
        }
        let Found { events: found, tombstones } =
            if self.shared { Found::default() } else { folder::scan(&folder, log) };
        self.last_key = self.last_key.max(found.iter().copied().max().unwrap_or(0));
        if !found.is_empty() {
            log.info(format_args!("Event queue '{}': {} events to deliver", folder.display(), found.len()));
        }
        for key in found {
            self.entries.push_back(Entry { key, stored: true, ..Entry::default() });
        }
        self.entries.make_contiguous().sort_by_key(|entry| entry.key);
        self.store = Some(Store { folder, slots: settings.slots, closed: false });
        self.write_after = None;
        self.look_again = (!self.shared).then_some(Again::Soon(tombstones));
    }

    fn look_again(&mut self, now: Instant, log: &mut Log) {
        match self.look_again.take() {
            Some(Again::Soon(tombstones)) => self.look_again = Some(Again::At(now + LATE, tombstones)),
            Some(Again::At(at, tombstones)) if at <= now => {
                let Some(store) = &self.store else { return };
                for key in folder::scan(&store.folder, log).events {
                    if let Err(at) = self.entries.binary_search_by_key(&key, |entry| entry.key) {
                        self.entries.insert(at, Entry { key, stored: true, ..Entry::default() });
                    }
                }
                for key in tombstones {
                    let _ = fs::remove_file(writer::tombstone_path(&store.folder, key));
                }
            }
            later => self.look_again = later,
        }
    }

    /// Takes everything back from the disk into memory, for another folder.
    fn load_all(&mut self, log: &mut Log) {
        let Some(store) = self.store.take() else { return };
        self.writers.clear();
        self.syncer = None;
        self.unsynced.clear();
        for entry in &mut self.entries {
            let path = writer::path(&store.folder, entry.key);
            if entry.bytes.is_none() && !entry.gone {
                match folder::read(&path) {
                    Ok(bytes) => {
                        self.held += bytes.len();
                        entry.bytes = Some(bytes.into());
                    }
                    Err(error) => {
                        entry.gone = true;
                        log.error(format_args!(
                            "Event '{}' is lost -- {}",
                            path.display(),
                            error_text(&error)
                        ));
                        continue;
                    }
                }
            }
            let _ = fs::remove_file(&path);
            (entry.stored, entry.writing, entry.stale) = (false, false, true);
        }
        self.entries.retain(|entry| !entry.gone);
    }

    /// Events waiting.
    pub fn len(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.gone).count()
    }

    /// Does nothing wait?
    pub fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.gone)
    }

    /// Events that a crash would lose.
    pub fn unsaved(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.gone && !entry.stored).count()
    }

    /// Events dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Is there a folder to write to?
    pub fn has_store(&self) -> bool {
        self.store.as_ref().is_some_and(|store| !store.closed)
    }

    /// Takes an event in. When the queue is full, one that no server will ever take makes room; if there is none, the
    /// new event is dropped, counted and logged.
    pub fn push(&mut self, event: Event, log: &mut Log) {
        let full = match &self.store {
            Some(Store { slots, closed: false, .. }) => {
                slots.is_some_and(|slots| self.len() >= slots as usize) || self.held >= UNWRITTEN
            }
            _ => self.len() >= EVENTS || self.held >= BYTES,
        };
        if full && !self.make_room(log) {
            self.dropped += 1;
            log.error(format_args!(
                "Event queue is full -- alert dropped: '{}' {} ({} dropped so far)",
                event.service,
                event.title(),
                self.dropped
            ));
            return;
        }
        let nanos = event.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let key = u64::try_from(nanos).unwrap_or(u64::MAX).max(self.last_key.saturating_add(1));
        self.last_key = key;
        let bytes: Box<[u8]> = Record { event, delivered: Vec::new() }.encode().into();
        self.held += bytes.len();
        self.entries.push_back(Entry { key, bytes: Some(bytes), stale: true, ..Entry::default() });
    }

    fn make_room(&mut self, log: &mut Log) -> bool {
        let Some(key) = self.entries.iter().find(|entry| entry.refused && !entry.gone).map(|entry| entry.key)
        else {
            return false;
        };
        self.dropped += 1;
        log.error(format_args!(
            "Event queue is full -- an alert that the mail server refuses for good is dropped ({} so far)",
            self.dropped
        ));
        self.remove(key);
        true
    }

    /// The oldest event younger than `after`.
    pub fn next(&self, after: Option<u64>) -> Option<u64> {
        let start = after.map_or(0, |after| self.entries.partition_point(|entry| entry.key <= after));
        self.entries.iter().skip(start).find(|entry| !entry.gone).map(|entry| entry.key)
    }

    fn position(&self, key: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&key, |entry| entry.key).ok()
    }

    /// The event, read from the disk if it is there. A damaged file is reported, set aside and forgotten.
    pub fn get(&mut self, key: u64, log: &mut Log) -> Option<Record> {
        let entry = self.entries.get(self.position(key)?)?;
        if let Some(bytes) = &entry.bytes {
            return Record::decode(bytes);
        }
        let path = writer::path(&self.store.as_ref()?.folder, key);
        let why = match folder::read(&path).map(|bytes| Record::decode(&bytes)) {
            Ok(Some(record)) => return Some(record),
            Ok(None) => "damaged".to_owned(),
            Err(error) => error_text(&error),
        };
        folder::set_aside(&path, &why, log);
        self.remove(key);
        None
    }

    /// Part of an event's recipients have it now.
    pub fn update(&mut self, key: u64, record: &Record) {
        let Some(entry) = self.position(key).and_then(|at| self.entries.get_mut(at)) else { return };
        let bytes: Box<[u8]> = record.encode().into();
        self.held += bytes.len();
        self.held -= entry.bytes.replace(bytes).map_or(0, |old| old.len());
        entry.stale = true;
    }

    /// A server said that it will never take this event for one of its recipients.
    pub fn mark_refused(&mut self, key: u64) {
        if let Some(entry) = self.position(key).and_then(|at| self.entries.get_mut(at)) {
            entry.refused = true;
        }
    }

    /// Everybody has it, or nobody ever will.
    pub fn remove(&mut self, key: u64) {
        let Some(at) = self.position(key) else { return };
        let Some(entry) = self.entries.get_mut(at) else { return };
        self.held -= entry.bytes.take().map_or(0, |bytes| bytes.len());
        let Some(store) = &self.store else {
            self.entries.remove(at);
            return;
        };
        let path = writer::path(&store.folder, key);
        if entry.writing {
            entry.gone = true;
            // A file that appeared from now on would be delivered again after a crash.
            let written = self.writers.iter_mut().any(|writer| writer.has_written(key));
            if !written {
                let _ = crate::sys::trusted::open_append(&writer::tombstone_path(&store.folder, key));
            }
            let _ = fs::remove_file(path);
            return;
        }
        if entry.stored {
            let _ = fs::remove_file(path);
        }
        self.entries.remove(at);
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
    }

    /// Adds the helper's pipe to the set of this turn.
    pub fn register(&self, set: &mut PollSet, token: Token) {
        for writer in self.writers.iter().chain(&self.syncer) {
            writer.register(set, token);
        }
        if let (Some(at), None) = (self.sync_after, &self.syncer) {
            set.wake_at(at);
        }
        if let Some(at) = self.write_after.filter(|_| self.has_unwritten()) {
            set.wake_at(at);
        }
        if let Some(Again::At(at, _)) = &self.look_again {
            set.wake_at(*at);
        }
    }

    fn has_unwritten(&self) -> bool {
        self.has_store() && self.entries.iter().any(Entry::is_unwritten)
    }

    /// Looks after the helpers, and starts one when there is something to write. New events do not wait for those that
    /// are being written: until a helper has them, they die with us.
    pub fn on_tick(&mut self, now: Instant, log: &mut Log) {
        self.look_again(now, log);
        let mut at = 0;
        while let Some(writer) = self.writers.get_mut(at) {
            match writer.poll(now) {
                Some(batch) => {
                    self.writers.swap_remove(at);
                    self.finish(batch, now, log);
                }
                None => at += 1,
            }
        }
        self.sync(now, log);
        while self.has_unwritten() && self.write_after.is_none_or(|at| at <= now) {
            let most = if self.disk_failed { 1 } else { HELPERS };
            if self.writers.len() >= most {
                return;
            }
            self.write(now, log);
        }
    }

    fn sync(&mut self, now: Instant, log: &mut Log) {
        if let Some(batch) = self.syncer.as_mut().and_then(|syncer| syncer.poll(now)) {
            self.syncer = None;
            if let Some(text) = batch.trouble {
                self.failed(&text, now, log);
            }
        }
        if self.syncer.is_some() || self.sync_after.is_none_or(|at| now < at) {
            return;
        }
        self.sync_after = None;
        let mut keys = std::mem::take(&mut self.unsynced);
        keys.retain(|key| self.position(*key).is_some());
        let Some(store) = &self.store else { return };
        if !keys.is_empty() {
            match Writer::sync(&store.folder, keys, now) {
                Ok(syncer) => self.syncer = Some(syncer),
                Err(error) => self.failed(&error_text(&error), now, log),
            }
        }
    }

    fn write(&mut self, now: Instant, log: &mut Log) {
        let Some(store) = &self.store else { return };
        // The youngest first: delivery begins with the oldest, and so the two seldom meet.
        let batch = self.entries.iter().rev().filter(|entry| entry.is_unwritten()).take(BATCH);
        let events = batch.filter_map(|entry| Some((entry.key, entry.bytes.as_deref()?)));
        match Writer::start(&store.folder, events, now) {
            Ok(writer) => {
                self.writers.push(writer);
                self.write_after = None;
                for entry in self.entries.iter_mut().rev().filter(|entry| entry.is_unwritten()).take(BATCH) {
                    entry.writing = true;
                    entry.stale = false;
                }
            }
            Err(error) => self.failed(&error_text(&error), now, log),
        }
    }

    fn finish(&mut self, batch: writer::Batch, now: Instant, log: &mut Log) {
        for key in &batch.written {
            self.settle(*key, true);
        }
        if !batch.written.is_empty() {
            self.unsynced.extend(&batch.written);
            self.sync_after.get_or_insert(now + SYNC_PAUSE);
        }
        for key in &batch.unwritten {
            self.settle(*key, false);
        }
        match batch.trouble {
            Some(text) => self.failed(&text, now, log),
            None => {
                self.write_after = None;
                if std::mem::take(&mut self.disk_failed) {
                    log.notice("Event queue: events can be written again");
                }
            }
        }
    }

    fn settle(&mut self, key: u64, written: bool) {
        let Some(entry) = self.position(key).and_then(|at| self.entries.get_mut(at)) else { return };
        entry.writing = false;
        // A helper that was ended may have got further than it said.
        entry.stored |= written || entry.gone;
        entry.stale |= !written;
        if std::mem::take(&mut entry.gone) {
            self.remove(key);
            if let Some(store) = &self.store {
                let _ = fs::remove_file(writer::tombstone_path(&store.folder, key));
            }
        } else if !entry.stale {
            self.held -= entry.bytes.take().map_or(0, |bytes| bytes.len());
        }
    }

    fn failed(&mut self, text: &str, now: Instant, log: &mut Log) {
        self.write_after = Some(now + DISK_PAUSE);
        if !std::mem::replace(&mut self.disk_failed, true) {
            let folder =
                self.store.as_ref().map(|store| store.folder.display().to_string()).unwrap_or_default();
            log.error(format_args!(
                "Event queue '{folder}': cannot write -- {text}; events are kept in memory meanwhile"
            ));
        }
    }

    /// Tries the disk again without a pause: the last chance before the end.
    pub fn hurry(&mut self, now: Instant) {
        self.write_after = None;
        self.sync_after = self.sync_after.map(|_| now);
    }

    /// Is something on its way to the disk, or waiting for it?
    pub fn wants_disk(&self) -> bool {
        !self.writers.is_empty() || self.syncer.is_some() || (self.has_unwritten() && !self.disk_failed)
    }

    /// The end of the daemon. A helper at work finishes without us.
    pub fn close(&mut self) {
        for writer in self.writers.drain(..).chain(self.syncer.take()) {
            // Dropping it would end the helper.
            std::mem::forget(writer);
        }
    }
}

impl Entry {
    fn is_unwritten(&self) -> bool {
        self.stale && self.bytes.is_some() && !self.writing && !self.gone
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
