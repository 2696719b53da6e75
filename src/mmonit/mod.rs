//! M/Monit: each collector of `set mmonit` is a destination of the [`crate::outbox`] of its own. All of them are told
//! everything: how the services are, in each cycle, and each change of a test when it happens.
//!
//! | file | what is there |
//! |---|---|
//! | [`message`] | what is sent: the document of all services, and an event behind it |
//! | [`maker`] | makes the documents, one at a time |
//! | [`lane`] | the way to one collector |
//!
//! A collector that is down, stalls or answers anything but 2xx is told of once, and once when it is back. Events wait for it
//! and are tried again after pauses that grow to a minute; how the services are is tried in each cycle and never waits.

mod lane;
mod maker;
mod message;

use self::lane::{Lane, Turn};
use self::maker::Maker;
use crate::config::{Config, Mmonit};
use crate::document::Source;
use crate::event::{ActionName, Event};
use crate::outbox::{Desk, Destination, Destinations, Outbox, RetryClock};
use crate::probe::Resolver;
use crate::reactor::{self, PollSet, Readiness, Token};
use std::time::{Duration, Instant};

const CONNECTION: u8 = 0;
const LOOKUP: u8 = 1;

/// Delivery to the collectors.
#[derive(Debug)]
pub struct Collectors {
    lanes: Vec<Lane>,
    resolver: Resolver,
    maker: Maker,
    /// How often they are told how the services are; `None`: this run is too short for it.
    period: Option<Duration>,
}

impl Collectors {
    /// Enlists each collector of the control file as a destination.
    pub fn new(config: &Config, outbox: &mut Outbox) -> Collectors {
        let resolver = Resolver::new(reactor::Source::Collector, LOOKUP);
        let mut collectors =
            Collectors { lanes: Vec::new(), resolver, maker: Maker::default(), period: None };
        collectors.enlist(config, outbox);
        collectors
    }

    fn enlist(&mut self, config: &Config, outbox: &mut Outbox) {
        let mut lanes = std::mem::take(&mut self.lanes);
        for (at, name) in Mmonit::names(&config.settings.mmonits).into_iter().enumerate() {
            let known = lanes.iter().position(|lane| *lane.name == *name);
            let mut lane = match known {
                Some(known) => lanes.swap_remove(known),
                None => {
                    let destination = outbox.enlist(&name);
                    Lane::new(name.into(), destination)
                }
            };
            lane.at = at;
            self.lanes.push(lane);
        }
    }

    /// From now on they are told in each cycle how the services are, and now for the first time.
    pub fn begin_heartbeat(&mut self, desk: &mut Desk<'_>) {
        self.period = desk.config.settings.poll.filter(|poll| !poll.is_zero());
        if self.lanes.is_empty() || self.period.is_none() {
            return;
        }
        desk.log.info("M/Monit heartbeat started");
        self.lanes.iter_mut().for_each(|lane| lane.tell_status(desk.now));
    }

    /// A new control file is in force. What waits for a collector that is gone is forgotten.
    pub fn reload(&mut self, desk: &mut Desk<'_>) {
        let names = Mmonit::names(&desk.config.settings.mmonits);
        self.lanes.retain(|lane| {
            let stays = names.iter().any(|name| *lane.name == **name);
            if !stays {
                let count = desk.outbox.waiting(lane.destination);
                if count > 0 {
                    desk.log.error(format_args!("{} is gone: {count} events are dropped", lane.name));
                }
                desk.outbox.dismiss(lane.destination);
            }
            stays
        });
        self.enlist(desk.config, desk.outbox);
        self.maker.forget();
        for (id, lane) in (0u32..).zip(&mut self.lanes) {
            lane.begin_anew(id, desk.config);
            desk.outbox.clock_mut(lane.destination).into_iter().for_each(RetryClock::reset);
        }
        if self.period.is_some() {
            self.begin_heartbeat(desk);
        }
    }

    /// The destination that a collector is, by its name.
    pub fn destination(&self, name: &str) -> Option<Destination> {
        let lane = self.lanes.iter().find(|lane| lane.name.eq_ignore_ascii_case(name))?;
        Some(lane.destination)
    }

    /// The collectors that are to be told of this event.
    pub fn wanted(&self, event: &Event) -> Destinations {
        let lanes = self.lanes.iter().filter(|_| is_told(event));
        lanes.fold(Destinations::NONE, |wanted, lane| wanted.with(lane.destination))
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, outbox: &Outbox, set: &mut PollSet) {
        self.resolver.register(set);
        self.maker.register(set);
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
    pub fn on_tick(&mut self, source: &dyn Source, desk: &mut Desk<'_>) {
        // Also without a collector: what was asked for one that is gone has a deadline.
        self.resolver.on_tick(desk.now);
        if self.lanes.is_empty() {
            return;
        }
        self.maker.on_tick(source, desk.now);
        let Collectors { lanes, resolver, maker, period } = self;
        let mut turn = Turn { source, resolver, maker, period: *period, desk };
        for (id, lane) in (0u32..).zip(lanes.iter_mut()) {
            lane.on_tick(id, &mut turn);
        }
        if !lanes.iter().any(|lane| lane.needs_documents(desk.outbox, desk.now)) {
            maker.rest();
        }
    }

    /// From now on one more attempt for each, then [`is_finished`](Self::is_finished).
    pub fn shutdown(&mut self, desk: &mut Desk<'_>) {
        if self.period.take().is_some() && !self.lanes.is_empty() {
            desk.log.info("M/Monit heartbeat stopped");
        }
        for lane in &mut self.lanes {
            lane.leave();
            desk.outbox.clock_mut(lane.destination).into_iter().for_each(RetryClock::at_once);
        }
    }

    /// After [`shutdown`](Self::shutdown): is there nothing more to be done?
    pub fn is_finished(&self, outbox: &Outbox) -> bool {
        self.lanes.iter().all(|lane| lane.is_finished(outbox))
    }
}

/// Collectors are told of each change, whoever gets mail of it, and of no reminder.
fn is_told(event: &Event) -> bool {
    event.is_change() && event.action != ActionName::Ignore
}

#[cfg(test)]
mod tests;
