//! The numbers by which a receiver knows again what it was told.

use crate::digest::{Hasher, Kind, hex};
use crate::event::{Event, State, words};

/// Letters of an identifier: 64 bits.
const IDENTIFIER: usize = 16;

/// An identifier made of these.
pub fn identifier(parts: &[&[u8]]) -> String {
    let mut hasher = Hasher::new(Kind::Sha256);
    for part in parts {
        hasher.update(part);
        // Tells one list of parts from another: texts come first and have no zero, numbers have one length each.
        hasher.update(&[0]);
    }
    let mut text = hex(&hasher.finish_bytes());
    text.truncate(IDENTIFIER);
    text
}

/// Of an event by its key: another event has another one, a repeated delivery the same.
pub fn delivery(host: &str, key: u64) -> String {
    identifier(&[host.as_bytes(), &key.to_be_bytes()])
}

/// The same for failure, reminders and recovery of one test. What has no recovery is an incident of its own.
pub fn incident(host: &str, key: u64, event: &Event) -> String {
    if !matches!(event.state, State::Failed | State::Succeeded) {
        return delivery(host, key);
    }
    let kind = words::of(event.kind).key;
    identifier(&[host.as_bytes(), event.service.as_bytes(), kind.as_bytes(), &event.test.to_be_bytes()])
}
