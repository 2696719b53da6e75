//! Several connections to one server. A server that takes its time with every mail is given several at once; a quick one
//! never sees more than one connection.
//!
//! Alerts of one service arrive in order: a service whose alert is in the hand of one lane belongs to it, and what else
//! comes up for that service goes behind it, to the same lane. When a server closes one connection of several (it may
//! allow fewer), the others go on with what that one had.

use super::delivery::Connection;
use super::{Desk, Mail, by_mail};
use crate::outbox::{Effort, Outbox, Record};
use std::collections::VecDeque;
use std::time::Duration;

/// Connections at the same time. Servers of the field allow ten and more from one client.
pub const LANES: usize = 8;
/// Alerts that may wait behind the one in a lane's hand; beyond it nobody looks further.
const BEHIND: usize = 64;
/// When what waits would take longer than this, one more connection is opened.
const TOO_LONG: Duration = Duration::from_secs(1);

/// One connection, with what it is to send.
#[derive(Debug)]
pub struct Lane {
    pub id: u32,
    /// `None`: about to be opened.
    pub connection: Option<Connection>,
    /// The event that is being delivered, or the last one.
    pub current: Option<Current>,
    /// Events of services that belong to this lane, with the service.
    behind: VecDeque<(u64, Box<str>)>,
}

/// An event that is being delivered.
#[derive(Debug)]
pub struct Current {
    pub key: u64,
    pub record: Record,
    /// Recipients still to be served, the next one last.
    pub todo: Vec<Box<str>>,
    /// Somebody is left.
    pub left: bool,
    /// Somebody else gets it in a message with others: mail as a whole is not done with it.
    pub grouped: bool,
}

/// Is there a message for a lane?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Yes, in its `current`.
    Ready,
    /// No.
    Nothing,
    /// So many events were looked at that the search goes on in the next turn.
    Later,
}

impl Lane {
    fn owns(&self, service: &str) -> bool {
        self.current.as_ref().is_some_and(|current| *current.record.event.service == *service)
            || self.behind.iter().any(|(_, behind)| **behind == *service)
    }
}

impl Mail {
    pub(super) fn lane(&mut self, id: u32) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.id == id)
    }

    pub(super) fn new_lane(&mut self) -> u32 {
        self.last_lane = self.last_lane.wrapping_add(1);
        let id = self.last_lane;
        self.lanes.push(Lane { id, connection: None, current: None, behind: VecDeque::new() });
        id
    }

    /// Would one more connection help?
    pub(super) fn is_slow(&self, outbox: &Outbox) -> bool {
        let at_work = |lane: &Lane| {
            lane.connection
                .as_ref()
                .is_some_and(|connection| connection.submitted > 3 && !connection.is_leaving())
        };
        let lanes = self.lanes.len();
        let enough = self.round.as_ref().is_none_or(|round| round.wide_enough);
        if enough
            || lanes == 0
            || lanes >= self.most
            || self.pace.is_zero()
            || !self.lanes.iter().all(at_work)
        {
            return false;
        }
        let each = self.pace.checked_div(u32::try_from(lanes).unwrap_or(1)).unwrap_or_default();
        each.saturating_mul(u32::try_from(outbox.waiting(self.destination)).unwrap_or(u32::MAX)) > TOO_LONG
    }

    /// Finds the next message a lane has to send.
    pub(super) fn prepare(&mut self, id: u32, desk: &mut Desk<'_>) -> Next {
        loop {
            let Some(at) = self.lanes.iter().position(|lane| lane.id == id) else { return Next::Nothing };
            let (Some(lane), Some(round)) = (self.lanes.get_mut(at), &mut self.round) else {
                return Next::Nothing;
            };
            if let Some(current) = &lane.current {
                if !current.todo.is_empty() {
                    return Next::Ready;
                }
                round.left |= current.left;
                lane.current = None;
            }
            let behind = lane.behind.front().map(|(key, _)| *key);
            let before = desk.outbox.position(self.destination);
            let next = behind.or_else(|| desk.outbox.next(self.destination));
            let Some(key) = next else { return Next::Nothing };
            if !desk.outbox.spend(Effort::Look) {
                self.more_at = Some(desk.now);
                return Next::Later;
            }
            lane.behind.pop_front();
            if behind.is_none() {
                desk.outbox.set_position(self.destination, Some(key));
            }
            let Some(record) = desk.outbox.get(self.destination, key, desk.log) else { continue };
            if behind.is_none() {
                let service = &record.event.service;
                if let Some(owner) = self.lanes.iter_mut().find(|lane| lane.id != id && lane.owns(service)) {
                    if owner.behind.len() >= BEHIND {
                        desk.outbox.set_position(self.destination, before);
                        return Next::Nothing;
                    }
                    owner.behind.push_back((key, service.clone()));
                    continue;
                }
            }
            let mut current = Current { key, todo: Vec::new(), left: false, grouped: false, record };
            for alert in by_mail(current.record.recipients(desk.config)).rev() {
                let address = &alert.address;
                if current.record.delivered.iter().any(|done| done.eq_ignore_ascii_case(address)) {
                    continue;
                }
                if self.grouped.iter().any(|one| one.is_owed(address, key, desk.outbox)) {
                    current.grouped = true;
                    continue;
                }
                let service = &current.record.event.service;
                // A test message has no place in the order of what happened.
                let in_order = current.record.only.is_none();
                if in_order && round.blocked.iter().any(|(s, a)| s == service && a == address) {
                    current.left = true;
                } else {
                    current.todo.push(address.clone());
                }
            }
            if current.todo.is_empty() && !current.left && current.grouped {
                desk.outbox.let_go(key, self.destination);
            } else if current.todo.is_empty() && !current.left {
                // The control file has changed: nobody wants to know any more.
                desk.outbox.spend(Effort::Done);
                desk.outbox.done(self.destination, key, desk.log);
            } else if let Some(lane) = self.lanes.get_mut(at) {
                lane.current = Some(current);
            }
        }
    }

    /// There is nothing for this lane to do. Others that were to help and are not yet connected are not waited for.
    pub(super) fn drop_idle_lane(&mut self, id: u32) {
        self.lanes.retain(|lane| lane.id != id);
        if let Some(round) = &mut self.round {
            round.wide_enough = true;
        }
        let unused = |lane: &Lane| {
            lane.current.is_none()
                && lane.behind.is_empty()
                && lane.connection.as_ref().is_none_or(|connection| connection.submitted == 0)
        };
        if self.lanes.iter().all(unused) {
            self.lanes.clear();
        }
    }

    /// A lane's connection broke: another lane goes on with what it had. `false` if there is no other.
    pub(super) fn close_lane(&mut self, id: u32) -> bool {
        let Some(at) = self.lanes.iter().position(|lane| lane.id == id) else { return false };
        if self.lanes.len() < 2 {
            return false;
        }
        let lane = self.lanes.remove(at);
        // One that works, if there is one; one that takes its leave opens a connection again.
        let works =
            |lane: &&mut Lane| lane.connection.as_ref().is_some_and(|c| c.submitted > 0 && !c.is_leaving());
        let heir = match self.lanes.iter_mut().find(works) {
            Some(heir) => Some(heir),
            None => self.lanes.first_mut(),
        };
        if let Some(heir) = heir {
            heir.behind.extend(lane.current.map(|current| (current.key, current.record.event.service)));
            heir.behind.extend(lane.behind);
        }
        true
    }
}
