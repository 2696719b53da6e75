//! The folder of `set eventqueue`: which files in it are events, and what happens to those that are not.

use super::packed::Packed;
use super::record::{self, Record};
use super::writer::{self, HIDDEN};
use crate::log::Log;
use crate::sys::error_text;
use crate::sys::file::open_existing_nofollow;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Appended to the name of a file that cannot be read.
const ASIDE: &str = ".damaged";

/// What is in a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Keys of events to deliver.
    pub events: Vec<u64>,
    /// Keys of tombstones.
    pub tombstones: Vec<u64>,
}

/// Looks through a folder. Files an interrupted helper left and events that have a tombstone are removed, events of
/// another program set aside; other files are none of our business.
pub fn scan(folder: &Path, log: &mut Log) -> io::Result<Found> {
    let mut found = Found::default();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(key) = writer::key(name) {
            found.events.push(key);
        } else if let Some(key) = writer::tombstone_key(name) {
            found.tombstones.push(key);
        } else if name.starts_with(HIDDEN) {
            // A helper of a daemon that was killed may still be at it; what it writes is younger than this run.
            if older_than_a_minute(&entry) {
                let _ = fs::remove_file(entry.path());
            }
        } else if is_foreign(name) {
            set_aside(&entry.path(), "not an event of this program", log);
        }
    }
    found.events.retain(|key| {
        let delivered = found.tombstones.contains(key);
        if delivered {
            let _ = fs::remove_file(writer::path(folder, *key));
        }
        !delivered
    });
    Ok(found)
}

fn older_than_a_minute(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
    age.is_some_and(|age| age > Duration::from_secs(60))
}

/// The shape of names of Monit's own queue files, whose content is private to it.
fn is_foreign(name: &str) -> bool {
    name.split_once('_').is_some_and(|(seconds, address)| {
        let decimal = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
        decimal && !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// Keeps a file that is no event of ours out of the way, and says so.
pub fn set_aside(path: &Path, why: &str, log: &mut Log) {
    let mut target = path.as_os_str().to_owned();
    target.push(ASIDE);
    let kept = match fs::rename(path, &target) {
        Ok(()) => format!("kept as '{}'", Path::new(&target).display()),
        Err(error) => format!("and cannot be set aside -- {}", error_text(&error)),
    };
    log.error(format_args!("Event queue file '{}': {why}; {kept}", path.display()));
}

/// What came of reading an event's file.
#[derive(Debug)]
pub enum Content {
    /// The event.
    Event(Packed),
    /// It is no event of ours, and never will be.
    Damaged(String),
    /// Somebody has removed it.
    Missing,
    /// That says nothing about the file: no descriptor is free, the disk reports an error.
    Unreadable(io::Error),
}

/// Reads an event's file.
pub fn read(path: &Path) -> Content {
    match content(path).map(|bytes| Record::decode(&bytes)) {
        Ok(Some(record)) => Content::Event(Packed::of_record(&record)),
        Ok(None) => Content::Damaged("damaged".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Missing,
        // A link, or something else that is no file.
        Err(error) if !path.symlink_metadata().map_or(true, |metadata| metadata.is_file()) => {
            Content::Damaged(error_text(&error))
        }
        Err(error) => Content::Unreadable(error),
    }
}

/// Never more than a record can have.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_existing_nofollow(path)?.take(record::LIMIT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
