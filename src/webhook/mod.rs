//! Alerts by HTTP: each `set alert webhook` is a destination of the [`crate::outbox`] of its own, with one request at a time, oldest
//! event first. What a request says in which format is in [`format`], what becomes of it in [`lane`].
//!
//! A receiver that is down, stalls, hangs up or does not take an alert for now is tried again after pauses that grow to a
//! minute, or when it says so (`Retry-After`); so is one whose answer is about the way there (a redirect, a wrong password), for
//! five days. An answer that is about this alert says that it will never be taken: that is told, and the alert dropped. Which
//! status says what is in [`crate::protocol::refusal`]. URLs often are the secret: no message shows more of one than server and
//! port.

pub mod format;
mod json;
mod lane;
mod message;
mod template;

pub use message::{Group, Message};

use self::lane::Lane;
use crate::config::Config;
use crate::event::Event;
use crate::outbox::{Desk, Destination, Destinations, Outbox, RetryClock, recipients};
use crate::probe::Resolver;
use crate::reactor::{PollSet, Readiness, Source, Token};
use std::time::Instant;

const CONNECTION: u8 = 0;
const LOOKUP: u8 = 1;

/// Delivery to the webhooks.
#[derive(Debug)]
pub struct Webhooks {
    host: Box<str>,
    lanes: Vec<Lane>,
    resolver: Resolver,
}

impl Webhooks {
    /// Enlists each webhook of the control file as a destination. `host` is the value of `$HOST`.
    pub fn new(config: &Config, host: &str, outbox: &mut Outbox) -> Webhooks {
        let resolver = Resolver::new(Source::Webhook, LOOKUP);
        let mut webhooks = Webhooks { host: host.into(), lanes: Vec::new(), resolver };
        webhooks.enlist(config, outbox);
        webhooks
    }

    fn enlist(&mut self, config: &Config, outbox: &mut Outbox) {
        let more = config.settings.webhooks.len().saturating_sub(self.lanes.len());
        self.lanes.reserve_exact(more);
        outbox.make_places(more);
        for webhook in &config.settings.webhooks {
            let name = webhook.address();
            if !self.lanes.iter().any(|lane| *lane.name == *name) {
                let destination = outbox.enlist(&name);
                self.lanes.push(Lane::new(name.into(), destination));
            }
        }
    }

    /// A new control file is in force, and the host may have another name. What waits for a webhook that is gone is
    /// forgotten.
    pub fn reload(&mut self, host: &str, desk: &mut Desk<'_>) {
        self.host = host.into();
        self.lanes.retain(|lane| {
            let stays = lane.webhook(desk.config).is_some();
            if !stays {
                let count = desk.outbox.owes(lane.destination);
                if count > 0 {
                    desk.log.error(format_args!("Webhook {} is gone: {count} alerts are dropped", lane.name));
                }
                desk.outbox.dismiss(lane.destination);
            }
            stays
        });
        self.enlist(desk.config, desk.outbox);
        for (id, lane) in (0u32..).zip(&mut self.lanes) {
            lane.begin_anew(id, desk.config, desk.now);
            desk.outbox.clock_mut(lane.destination).into_iter().for_each(RetryClock::reset);
        }
    }

    /// The destination that a webhook is, by its address.
    pub fn destination(&self, address: &str) -> Option<Destination> {
        let lane = self.lanes.iter().find(|lane| lane.name.eq_ignore_ascii_case(address))?;
        Some(lane.destination)
    }

    /// The webhooks that are to be told of this event.
    pub fn wanted(&self, event: &Event, config: &Config) -> Destinations {
        if self.lanes.is_empty() {
            return Destinations::NONE;
        }
        let told = recipients(config, event);
        let wanted = |lane: &&Lane| told.iter().any(|alert| alert.address.eq_ignore_ascii_case(&lane.name));
        let lanes = self.lanes.iter().filter(wanted);
        lanes.fold(Destinations::NONE, |wanted, lane| wanted.with(lane.destination))
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, outbox: &Outbox, set: &mut PollSet) {
        self.resolver.register(set);
        for lane in &self.lanes {
            lane.register(outbox, set);
        }
    }

    /// Something happened on one of our descriptors.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        if token.part == LOOKUP {
            return self.resolver.on_ready(token, now);
        }
        for lane in &mut self.lanes {
            lane.on_ready(token, ready, now);
        }
    }

    /// Once in each turn, after the descriptors and after the events of the turn.
    pub fn on_tick(&mut self, desk: &mut Desk<'_>) {
        self.resolver.on_tick(desk.now);
        for (id, lane) in (0u32..).zip(&mut self.lanes) {
            lane.on_tick(id, &self.host, &mut self.resolver, desk);
        }
    }

    /// From now on one more attempt for each, then [`is_finished`](Self::is_finished).
    pub fn shutdown(&mut self, outbox: &mut Outbox) {
        for lane in &mut self.lanes {
            lane.leave();
            outbox.clock_mut(lane.destination).into_iter().for_each(RetryClock::at_once);
        }
    }

    /// After [`shutdown`](Self::shutdown): is there nothing more to be done?
    pub fn is_finished(&self, outbox: &Outbox) -> bool {
        self.lanes.iter().all(|lane| lane.is_finished(outbox))
    }
}

#[cfg(test)]
mod tests;
