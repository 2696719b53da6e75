//! The folder of `set eventqueue` at work: which events are on their way there, and what is done when it fails.

use super::destination::Destinations;
use super::entries::{Entries, Entry};
use super::folder::{self, Content, Found};
use super::writer::{self, Writer};
use crate::config::EventQueue;
use crate::log::Log;
use crate::reactor::{PollSet, Token};
use crate::sys::error_text;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Events given to one helper.
const BATCH: usize = 256;
/// Helpers at work at the same time.
const HELPERS: usize = 16;
/// How long an event has to be delivered before it is brought through to the disk.
const SYNC_PAUSE: Duration = Duration::from_millis(200);
/// Pause after the disk refused something.
const DISK_PAUSE: Duration = Duration::from_secs(30);
/// How long a helper of an earlier daemon may take to finish.
pub const LATE: Duration = Duration::from_secs(5);

/// The folder, and the helpers at work on it.
#[derive(Debug, Default)]
pub struct Disk {
    store: Option<Store>,
    writers: Vec<Writer>,
    /// Written and not yet synced, since when, and the helper that syncs.
    unsynced: Vec<u64>,
    sync_after: Option<Instant>,
    syncer: Option<Writer>,
    write_after: Option<Instant>,
    failed: bool,
    /// Another process works on the same folder.
    shared: bool,
    /// The folder is looked at once more: a helper of a daemon that was killed may have finished after we looked.
    look_again: Option<Again>,
    /// It could not be looked at yet.
    unscanned: bool,
}

#[derive(Debug)]
struct Store {
    folder: Box<Path>,
    slots: Option<u32>,
    /// No longer in the control file: emptied, but not filled.
    closed: bool,
}

#[derive(Debug)]
enum Again {
    Soon(Vec<u64>),
    /// Then, and the tombstones found the first time can go.
    At(Instant, Vec<u64>),
}

impl Disk {
    /// No folder yet. `shared`: another process works on whatever will be named.
    pub fn new(shared: bool) -> Disk {
        Disk { shared, ..Disk::default() }
    }

    /// The folder that events go to, if there is one, with its limit.
    pub fn open_slots(&self) -> Option<Option<u32>> {
        self.store.as_ref().filter(|store| !store.closed).map(|store| store.slots)
    }

    /// Follows a changed control file: true if the folder is another one, and [`move_to`](Self::move_to) is to follow.
    pub fn configure(&mut self, settings: Option<&EventQueue>) -> bool {
        match (&mut self.store, settings) {
            (Some(store), Some(settings)) if store.folder == settings.basedir => {
                store.slots = settings.slots;
                store.closed = false;
                false
            }
            (_, Some(_)) => true,
            (store, None) => {
                store.iter_mut().for_each(|store| store.closed = true);
                false
            }
        }
    }

    /// Another folder. What is found there is owed to `owed`; the result is the youngest key of it.
    pub fn move_to(
        &mut self,
        settings: &EventQueue,
        entries: &mut Entries,
        owed: Destinations,
        log: &mut Log,
    ) -> u64 {
        // Whatever is on its way to the old folder must be known to be there before it can be moved.
        self.load_all(entries, log);
        let folder = settings.basedir.clone();
        if let Err(error) = writer::make(&folder) {
            let (folder, text) = (folder.display(), error_text(&error));
            log.error(format_args!("Cannot use the event queue directory '{folder}' -- {text}"));
        }
        self.unscanned = false;
        let scanned = if self.shared { Ok(Found::default()) } else { folder::scan(&folder, log) };
        let Found { events: found, tombstones } = self.found(scanned, &folder, log).unwrap_or_default();
        if !found.is_empty() {
            log.info(format_args!("Event queue '{}': {} events to deliver", folder.display(), found.len()));
        }
        for key in &found {
            entries.insert(Entry { key: *key, owed, stored: true, ..Entry::default() });
        }
        self.store = Some(Store { folder, slots: settings.slots, closed: false });
        self.write_after = None;
        self.look_again = (!self.shared).then_some(Again::Soon(tombstones));
        found.into_iter().max().unwrap_or_default()
    }

    /// Takes everything back from the disk into memory, for another folder.
    fn load_all(&mut self, entries: &mut Entries, log: &mut Log) {
        let Some(store) = self.store.take() else { return };
        self.writers.clear();
        self.syncer = None;
        self.unsynced.clear();
        for key in entries.iter().map(|entry| entry.key).collect::<Vec<_>>() {
            let Some(entry) = entries.get(key) else { continue };
            let path = writer::path(&store.folder, key);
            let (gone, held) = (entry.is_gone(), entry.packed.is_some());
            entries.change(key, |entry| (entry.stored, entry.writing, entry.stale) = (false, false, true));
            if gone {
                let _ = fs::remove_file(&path);
                entries.remove(key);
            } else if held {
                let _ = fs::remove_file(&path);
            } else {
                load(key, &path, entries, log);
            }
        }
    }

    fn look_again(&mut self, entries: &mut Entries, owed: Destinations, now: Instant, log: &mut Log) {
        match self.look_again.take() {
            Some(Again::Soon(tombstones)) => self.look_again = Some(Again::At(now + LATE, tombstones)),
            Some(Again::At(at, tombstones)) if at <= now => {
                let Some(folder) = self.store.as_ref().map(|store| store.folder.clone()) else { return };
                let first = self.unscanned;
                let scanned = folder::scan(&folder, log);
                let Some(found) = self.found(scanned, &folder, log) else {
                    self.look_again = Some(Again::At(now + DISK_PAUSE, tombstones));
                    return;
                };
                for key in found.events {
                    entries.insert(Entry { key, owed, stored: true, ..Entry::default() });
                }
                if first {
                    self.look_again = Some(Again::Soon(found.tombstones));
                }
                for key in tombstones {
                    let _ = fs::remove_file(writer::tombstone_path(&folder, key));
                }
            }
            later => self.look_again = later,
        }
    }

    /// What a look into the folder has found; `None`: that could not be seen, which is said once.
    fn found(&mut self, scanned: io::Result<Found>, folder: &Path, log: &mut Log) -> Option<Found> {
        let Err(error) = scanned else {
            self.unscanned = false;
            return scanned.ok();
        };
        if !std::mem::replace(&mut self.unscanned, true) {
            let (folder, text) = (folder.display(), error_text(&error));
            log.error(format_args!(
                "Event queue '{folder}': cannot look what is in it -- {text}; it is tried again"
            ));
        }
        None
    }

    /// Reads the event of an entry that is not in memory: the path of its file, and what there is.
    pub fn read(&self, key: u64) -> Option<(PathBuf, Content)> {
        let path = writer::path(&self.store.as_ref()?.folder, key);
        let content = folder::read(&path);
        Some((path, content))
    }

    /// Nobody is owed this event any more: its file goes, and what a helper still writes of it.
    pub fn forget(&mut self, key: u64, entries: &mut Entries) {
        let Some(entry) = entries.get(key) else { return };
        let (writing, stored) = (entry.writing, entry.stored);
        let Some(store) = &self.store else { return entries.remove(key) };
        let path = writer::path(&store.folder, key);
        if !writing {
            if stored {
                let _ = fs::remove_file(path);
            }
            return entries.remove(key);
        }
        entries.hold(key, None);
        entries.owe(key, Destinations::NONE);
        // A file that appeared from now on would be delivered again after a crash.
        let written = self.writers.iter_mut().any(|writer| writer.has_written(key));
        if !written {
            let _ = crate::sys::trusted::open_append(&writer::tombstone_path(&store.folder, key));
        }
        let _ = fs::remove_file(path);
    }

    /// Adds the helpers' pipes to the set of this turn.
    pub fn register(&self, entries: &Entries, set: &mut PollSet, token: Token) {
        for writer in self.writers.iter().chain(&self.syncer) {
            writer.register(set, token);
        }
        if let (Some(at), None) = (self.sync_after, &self.syncer) {
            set.wake_at(at);
        }
        if self.writers.len() < self.most_writers() && self.has_unwritten(entries) {
            // What was marked in this turn is written in the next one: messages wait for it.
            set.wake_at(self.write_after.unwrap_or_else(Instant::now));
        }
        if let Some(Again::At(at, _)) = &self.look_again {
            set.wake_at(*at);
        }
    }

    /// Helpers at a time.
    fn most_writers(&self) -> usize {
        if self.failed { 1 } else { HELPERS }
    }

    fn has_unwritten(&self, entries: &Entries) -> bool {
        self.open_slots().is_some() && entries.has_unwritten()
    }

    /// Looks after the helpers, and starts one when there is something to write. New events do not wait for those that
    /// are being written: until a helper has them, they die with us. What is found late is owed to `owed`.
    pub fn on_tick(&mut self, entries: &mut Entries, owed: Destinations, now: Instant, log: &mut Log) {
        self.look_again(entries, owed, now, log);
        let mut at = 0;
        while let Some(writer) = self.writers.get_mut(at) {
            match writer.poll(now) {
                Some(batch) => {
                    self.writers.swap_remove(at);
                    self.finish(batch, entries, now, log);
                }
                None => at += 1,
            }
        }
        self.sync(entries, now, log);
        while self.has_unwritten(entries) && self.write_after.is_none_or(|at| at <= now) {
            if self.writers.len() >= self.most_writers() {
                return;
            }
            self.write(entries, now, log);
        }
    }

    fn sync(&mut self, entries: &Entries, now: Instant, log: &mut Log) {
        if let Some(batch) = self.syncer.as_mut().and_then(|syncer| syncer.poll(now)) {
            self.syncer = None;
            if let Some(text) = batch.trouble {
                self.refused(&text, now, log);
            }
        }
        if self.syncer.is_some() || self.sync_after.is_none_or(|at| now < at) {
            return;
        }
        self.sync_after = None;
        let mut keys = std::mem::take(&mut self.unsynced);
        keys.retain(|key| entries.get(*key).is_some());
        let Some(store) = &self.store else { return };
        if !keys.is_empty() {
            match Writer::sync(&store.folder, keys, now) {
                Ok(syncer) => self.syncer = Some(syncer),
                Err(error) => self.refused(&error_text(&error), now, log),
            }
        }
    }

    fn write(&mut self, entries: &mut Entries, now: Instant, log: &mut Log) {
        let Some(store) = &self.store else { return };
        // The youngest first: delivery begins with the oldest, and so the two seldom meet.
        let batch = entries.iter().rev().filter(|entry| entry.is_unwritten()).take(BATCH);
        let events = batch.filter_map(|entry| Some((entry.key, entry.packed.as_ref()?)));
        match Writer::start(&store.folder, events, now) {
            Ok(writer) => {
                self.writers.push(writer);
                self.write_after = None;
                entries.begin_writing(BATCH);
            }
            Err(error) => self.refused(&error_text(&error), now, log),
        }
    }

    fn finish(&mut self, batch: writer::Batch, entries: &mut Entries, now: Instant, log: &mut Log) {
        for key in &batch.written {
            self.settle(*key, true, entries);
        }
        if !batch.written.is_empty() {
            self.unsynced.extend(&batch.written);
            self.sync_after.get_or_insert(now + SYNC_PAUSE);
        }
        for key in &batch.unwritten {
            self.settle(*key, false, entries);
        }
        if batch.made {
            let folder = self.folder();
            log.error(format_args!("Event queue '{folder}' was gone and is made again"));
        }
        match batch.trouble {
            Some(text) => self.refused(&text, now, log),
            None => {
                self.write_after = None;
                if std::mem::take(&mut self.failed) {
                    log.notice("Event queue: events can be written again");
                }
            }
        }
    }

    fn settle(&mut self, key: u64, written: bool, entries: &mut Entries) {
        let (mut gone, mut on_disk) = (false, false);
        let found = entries.change(key, |entry| {
            gone = entry.is_gone();
            entry.writing = false;
            // A helper that was ended may have got further than it said.
            entry.stored |= written || gone;
            entry.stale |= !written;
            on_disk = !entry.stale;
        });
        if !found {
            return;
        }
        if gone {
            self.forget(key, entries);
            if let Some(store) = &self.store {
                let _ = fs::remove_file(writer::tombstone_path(&store.folder, key));
            }
        } else if on_disk {
            entries.hold(key, None);
        }
    }

    fn folder(&self) -> String {
        self.store.as_ref().map(|store| store.folder.display().to_string()).unwrap_or_default()
    }

    fn refused(&mut self, text: &str, now: Instant, log: &mut Log) {
        self.write_after = Some(now + DISK_PAUSE);
        if !std::mem::replace(&mut self.failed, true) {
            let folder = self.folder();
            log.error(format_args!(
                "Event queue '{folder}': cannot write -- {text}; events are kept in memory meanwhile"
            ));
        }
    }

    /// Has it refused what it was given last?
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Tries the disk again without a pause: the last chance before the end.
    pub fn hurry(&mut self, now: Instant) {
        self.write_after = None;
        self.sync_after = self.sync_after.map(|_| now);
    }

    /// Is something on its way to the disk, or waiting for it?
    pub fn is_wanted(&self, entries: &Entries) -> bool {
        !self.writers.is_empty() || self.syncer.is_some() || (self.has_unwritten(entries) && !self.failed)
    }

    /// The end of the daemon. A helper at work finishes without us.
    pub fn close(&mut self) {
        for writer in self.writers.drain(..).chain(self.syncer.take()) {
            // Dropping it would end the helper.
            std::mem::forget(writer);
        }
    }
}

/// Takes an event back from its file.
fn load(key: u64, path: &Path, entries: &mut Entries, log: &mut Log) {
    match folder::read(path) {
        Content::Event(packed) => {
            entries.hold(key, Some(packed));
            let _ = fs::remove_file(path);
            return;
        }
        Content::Damaged(why) => folder::set_aside(path, &why, log),
        Content::Missing => {}
        Content::Unreadable(error) => {
            let (path, text) = (path.display(), error_text(&error));
            log.error(format_args!(
                "Event queue file '{path}': cannot read -- {text}; its alert stays there"
            ));
        }
    }
    entries.remove(key);
}
