//! What the interface shows and commands: the narrow seam between requests and services.
//!
//! The real one is [`super::LiveSite`]; tests bring a scripted one.

use crate::document::Source;
use crate::document::trial::Trial;
use crate::log::Level;
use crate::service::{Order, UserAction};

/// The services behind the interface. Indices are those of the configuration, in file order.
pub trait Site: Source {
    /// The name of one; empty if there is no such index.
    fn name(&self, index: u32) -> &str;
    /// The members of a group; `None`: no such group.
    fn group(&self, name: &str) -> Option<Vec<u32>>;
    /// Where its type stands in `summary`: system first.
    fn rank(&self, index: u32) -> u8;
    /// Changes when the services get other numbers, as after a reload.
    fn generation(&self) -> u64 {
        0
    }
    /// Cycles begun, and whether one is still under way; `None`: not to be told.
    fn cycles(&self) -> Option<(u64, bool)> {
        None
    }
    /// The id of this instance: 32 hexadecimal digits.
    fn id(&self) -> &str;
    /// Queues an action for these services; it begins as soon as the request is answered.
    fn order(&mut self, action: UserAction, services: Vec<u32>);
    /// Begins a silence of these services as soon as the request is answered; gives its number. `None`: there are too
    /// many.
    fn silence(&mut self, order: Order, services: Vec<u32>) -> Option<u32>;
    /// Lifts the silences of these numbers.
    fn unsilence(&mut self, ids: Vec<u32>);
    /// Does a job report for it, and with which token may it do so without a user? `None`: none does.
    fn heartbeat(&self, _index: u32) -> Option<Option<&str>> {
        None
    }
    /// The last test of alerts.
    fn test(&self) -> &Trial;
    /// All who are told of anything, at most so many.
    fn addresses(&self, most: usize) -> Vec<Box<str>>;
    /// Sends a test message to these as soon as the request is answered; gives the number of the test. `None`: there is one
    /// under way.
    fn begin_test(&mut self, addresses: Vec<Box<str>>) -> Option<u32>;
    /// Has all services checked now.
    fn wake(&mut self);
    /// Says something in the log.
    fn say(&mut self, level: Level, text: &str);

    /// The service of exactly that name, without regard to case.
    fn exact(&self, name: &str) -> Option<u32> {
        (0..self.count()).find(|index| self.name(*index).eq_ignore_ascii_case(name))
    }

    /// Bytes of body that a request may need: every service named, percent-encoded, with room for the rest.
    fn body_limit(&self) -> usize {
        /// Far beyond any number of services one machine has.
        const MOST: usize = 1 << 20;
        let names: usize = (0..self.count()).map(|index| 3 * self.name(index).len() + 16).sum();
        (4096 + names).min(MOST)
    }
}
