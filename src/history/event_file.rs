//! The last events, in one file of a fixed size: a head, then [`PLACES`] records that are written in turn.
//!
//! An event is one write and nothing else: nobody waits for the disk, and a crash of the machine may lose the last ones.
//! Only the numbers are kept in memory. Numbers never go back, also when the file was lost: a file that is opened goes on
//! above what it holds and above the milliseconds since 1970, and events come more slowly than milliseconds.

use super::kept;
use super::problem::Problem;
use super::record::{LENGTH, Record};
use crate::event::Event;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

/// Events kept.
pub const PLACES: u16 = 512;
/// Events whose writing may have been lost with the machine.
const UNWRITTEN: u64 = 1024;

const HEAD: &[u8] = b"monit-rs events 2\n512 records of 512 bytes\n";

/// The file of events.
#[derive(Debug)]
pub struct EventFile {
    file: File,
    /// The number of the next event.
    next: u64,
    /// That of the last one; `None`: there is none.
    last: Option<u64>,
    /// Where the next one goes.
    place: u16,
    /// How many there are.
    count: u16,
}

impl EventFile {
    /// Opens the file or begins one; its numbers go on above `above`. What is there and not ours is moved aside, and told
    /// with the file.
    ///
    /// # Errors
    /// The file cannot be opened or made, or what is in its place cannot be moved.
    pub fn open(path: &Path, now: SystemTime, above: u64) -> Result<(EventFile, Option<Problem>), Problem> {
        let (file, problem) = kept::open(path, &head())?;
        let mut events = EventFile { file, next: 0, last: None, place: 0, count: 0 };
        for place in 0..PLACES {
            if let Some(record) = events.read(place) {
                events.count = events.count.max(place + 1);
                if events.last.is_none_or(|last| record.seq > last) {
                    events.last = Some(record.seq);
                    events.place = (place + 1) % PLACES;
                }
            }
        }
        let known = events.last.map_or(0, |last| last.saturating_add(UNWRITTEN));
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        events.next = known.max(u64::try_from(since.as_millis()).unwrap_or(0)).max(above.saturating_add(1));
        Ok((events, problem))
    }

    /// Adds an event.
    ///
    /// # Errors
    /// It could not be written; the numbers stay as they were.
    pub fn add(&mut self, event: &Event) -> io::Result<()> {
        let record = Record::of(event, self.next, self.last);
        self.file.write_all_at(&record.encode(), offset(self.place))?;
        self.last = Some(self.next);
        self.next += 1;
        self.place = (self.place + 1) % PLACES;
        self.count = (self.count + 1).max(self.place).min(PLACES);
        Ok(())
    }

    /// Has somebody removed the file, so that what is written is lost?
    pub fn is_gone(&self) -> bool {
        self.file.metadata().is_ok_and(|found| found.nlink() == 0)
    }

    /// The number of the last event; 0: there is none.
    pub fn last(&self) -> u64 {
        self.last.unwrap_or(0)
    }

    /// How many events there are, at most.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// The `back`th event before the last one, which is at 0. `None`: there is none, or it is damaged.
    pub fn back(&self, back: u16) -> Option<Record> {
        self.read(self.place_of(back).filter(|_| back < self.count)?)
    }

    /// The place of the `back`th event before the last one. An event keeps its place until it makes room for another one.
    pub fn place_of(&self, back: u16) -> Option<u16> {
        (back < PLACES).then(|| (self.place + PLACES - 1 - back) % PLACES)
    }

    /// The event at a place.
    pub fn read(&self, place: u16) -> Option<Record> {
        let mut bytes = [0; LENGTH];
        self.file.read_exact_at(&mut bytes, offset(place)).ok()?;
        Record::decode(&bytes)
    }
}

fn head() -> [u8; LENGTH] {
    let mut head = [0; LENGTH];
    head.iter_mut().zip(HEAD).for_each(|(to, from)| *to = *from);
    head
}

fn offset(place: u16) -> u64 {
    (u64::from(place) + 1) * LENGTH as u64
}

#[cfg(test)]
mod tests {
    use super::super::tests::event;
    use super::*;
    use crate::sys::Scratch;
    use std::time::Duration;

    fn open(path: &Path, now: SystemTime) -> EventFile {
        let (file, problem) = EventFile::open(path, now, 0).unwrap();
        assert!(problem.is_none(), "{problem:?}");
        file
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn messages(file: &EventFile) -> Vec<String> {
        (0..PLACES).filter_map(|back| file.back(back)).map(|record| record.message.to_string()).collect()
    }

    #[test]
    fn the_last_events_are_there_after_a_restart() {
        let folder = Scratch::new();
        let path = folder.join("state.events");
        let mut file = open(&path, at(1_000));
        assert_eq!(file.back(0), None);
        for number in 0..3 {
            file.add(&event("web", &format!("event {number}"))).unwrap();
        }
        assert_eq!(messages(&file), ["event 2", "event 1", "event 0"]);
        let seqs: Vec<u64> = (0..3).filter_map(|back| file.back(back)).map(|record| record.seq).collect();
        assert_eq!(seqs, [1_000_002, 1_000_001, 1_000_000]);
        drop(file);
        let mut file = open(&path, at(1_000));
        file.add(&event("web", "event 3")).unwrap();
        assert_eq!(messages(&file), ["event 3", "event 2", "event 1", "event 0"]);
        let (last, before) = (file.back(0).unwrap(), file.back(1).unwrap());
        assert!(last.seq > before.seq && last.before == before.seq && !last.first);
        assert!(file.back(3).unwrap().first);
    }

    #[test]
    fn the_oldest_make_room_and_the_file_keeps_its_size() {
        let folder = Scratch::new();
        let path = folder.join("state.events");
        let mut file = open(&path, at(5));
        for number in 0..PLACES + 10 {
            file.add(&event("web", &format!("{number}"))).unwrap();
        }
        let kept = messages(&file);
        assert_eq!(kept.len(), usize::from(PLACES));
        assert_eq!((kept[0].as_str(), kept[511].as_str()), ("521", "10"));
        assert!(!file.back(PLACES - 1).unwrap().first);
        assert_eq!(path.metadata().unwrap().len(), 513 * 512);
        drop(file);
        let file = open(&path, at(5));
        assert_eq!(messages(&file), kept);
    }

    #[test]
    fn numbers_never_go_back_when_the_file_or_the_clock_did() {
        let folder = Scratch::new();
        let path = folder.join("state.events");
        let mut file = open(&path, at(1_000));
        file.add(&event("web", "a")).unwrap();
        let seen = file.back(0).unwrap().seq;
        drop(file);
        // A clock that has lost its battery.
        let mut file = open(&path, at(0));
        file.add(&event("web", "b")).unwrap();
        assert!(file.back(0).unwrap().seq > seen);
        std::fs::remove_file(&path).unwrap();
        assert!(file.is_gone());
        let mut file = open(&path, at(1_001));
        file.add(&event("web", "c")).unwrap();
        assert!(file.back(0).unwrap().seq > seen);
    }

    #[test]
    fn a_damaged_record_costs_itself_alone() {
        let folder = Scratch::new();
        let path = folder.join("state.events");
        let mut file = open(&path, at(9));
        for number in 0..4 {
            file.add(&event("web", &format!("{number}"))).unwrap();
        }
        file.file.write_all_at(b"x", offset(2) + 50).unwrap();
        drop(file);
        let file = open(&path, at(9));
        assert_eq!(messages(&file), ["3", "1", "0"]);
    }

    #[test]
    fn what_is_not_ours_is_moved_aside() {
        let folder = Scratch::new();
        let path = folder.join("state.events");
        std::fs::write(&path, "somebody's diary\n").unwrap();
        let (mut file, problem) = EventFile::open(&path, at(9), 0).unwrap();
        let aside = folder.join("state.events.damaged");
        assert!(problem.unwrap().to_string().contains(&aside.display().to_string()));
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "somebody's diary\n");
        file.add(&event("web", "a")).unwrap();
        assert_eq!(messages(&file), ["a"]);
    }

    #[test]
    fn what_cannot_be_opened_is_an_error() {
        let folder = Scratch::new();
        std::fs::create_dir(folder.join("state.events")).unwrap();
        EventFile::open(&folder.join("state.events"), at(9), 0).unwrap_err();
        EventFile::open(&folder.join("nowhere/state.events"), at(9), 0).unwrap_err();
    }
}
