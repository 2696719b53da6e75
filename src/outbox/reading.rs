//! Reading what waits on the disk. Only bytes that are no event are damage, and only a file that does not exist is gone: every
//! other trouble says nothing about the event.

use super::Outbox;
use super::folder::{Content, set_aside};
use super::packed::Packed;
use crate::log::Log;
use crate::sys::error_text;

impl Outbox {
    /// What the file of an event has.
    pub(super) fn read(&mut self, key: u64, log: &mut Log) -> Option<Packed> {
        let (path, content) = self.disk.read(key)?;
        match content {
            Content::Event(packed) => {
                if self.unread.was_read(key) {
                    log.notice("Event queue: files can be read again");
                }
                return Some(packed);
            }
            Content::Damaged(why) => {
                set_aside(&path, &why, log);
                self.remove(key);
            }
            Content::Missing => {
                self.dropped += 1;
                let (path, dropped) = (path.display(), self.dropped);
                log.error(format_args!(
                    "Event queue file '{path}' is gone, and with it its alert ({dropped} dropped so far)"
                ));
                self.remove(key);
            }
            Content::Unreadable(error) => {
                self.entries.put_off(key);
                if self.unread.add(key) {
                    let (path, text) = (path.display(), error_text(&error));
                    log.error(format_args!(
                        "Event queue file '{path}': cannot read -- {text}; it stays, and is tried again"
                    ));
                }
            }
        }
        None
    }
}

#[cfg(test)]
#[path = "trouble_tests.rs"]
mod tests;
