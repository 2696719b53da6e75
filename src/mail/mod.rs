//! Alerts by mail: who is told, what the message says, the connection to the mail server. What an event is comes from
//! [`crate::event`], when one is raised from the services; what is not yet delivered waits in the [`crate::outbox`], of
//! which mail is one destination.
//!
//! # The life of an alert
//!
//! An event somebody wants to know of enters the outbox. As soon as nothing stands against it a **round** begins: the first mail server is given everything that
//! waits, oldest first, over one connection, or a few if it is slow. What it does not take (no connection, 4xx, 5xx) goes to
//! the next server in the same round. What no server took waits for the next round, with growing pauses. Behind an alert that could not be
//! delivered, later ones of the same service to the same address wait, so that they arrive in order; others do not.
//!
//! Mail is done with an event when each of its recipients has it. Nothing in here waits for anything.

mod call;
mod delivery;
mod encode;
#[cfg(test)]
mod fake_server;
mod grouped;
mod lane;
mod message;

use self::delivery::Round;
use self::grouped::{GROUPED, Grouped, Last, Office};
use self::lane::{LANES, Lane};
use crate::config::{Alert, Config};
use crate::event::Event;
use crate::log::Log;
use crate::outbox::{Desk, Destination, Destinations, Outbox, RetryClock, SIFTED, recipients};
use crate::probe::Resolver;
use crate::reactor::{PollSet, Readiness, Source, Token};
use std::time::{Duration, Instant};

/// The name under which mail is known to the outbox. No address is like that.
const NAME: &str = "mail";

const CONNECTION: u8 = 0;
const LOOKUP: u8 = 1;

/// Mail delivery.
#[derive(Debug)]
pub struct Mail {
    host: Box<str>,
    destination: Destination,
    resolver: Resolver,
    lanes: Vec<Lane>,
    last_lane: u32,
    /// Connections the server puts up with.
    most: usize,
    fewer_until: Option<Instant>,
    /// How long the server took for its last mail.
    pace: Duration,
    /// How long a server may think about a message, when not as long as is usual.
    content_patience: Option<Duration>,
    round: Option<Round>,
    no_server_said: bool,
    /// Without a server: there is more to be sifted.
    sift_at: Option<Instant>,
    /// A lane has more to look at.
    more_at: Option<Instant>,
    farewell: Option<Instant>,
    /// The last round has failed; there will be no other.
    gave_up: bool,
    out_of_time: bool,
    /// Those of whom the control file says how much they are told.
    grouped: Grouped,
}

impl Mail {
    /// Enlists as a destination. `host` is the value of `$HOST`.
    pub fn new(config: &Config, host: &str, outbox: &mut Outbox, log: &mut Log) -> Mail {
        warn(config, log);
        let mut mail = Mail {
            host: host.into(),
            destination: outbox.enlist(NAME),
            resolver: Resolver::new(Source::Mail, LOOKUP),
            lanes: Vec::new(),
            last_lane: 0,
            most: LANES,
            fewer_until: None,
            pace: Duration::ZERO,
            content_patience: None,
            round: None,
            no_server_said: false,
            sift_at: None,
            more_at: None,
            farewell: None,
            gave_up: false,
            out_of_time: false,
            grouped: Grouped::default(),
        };
        mail.grouped.follow(NAME, config, outbox, log);
        mail
    }

    /// Which destination of the outbox this is.
    pub fn destination(&self) -> Destination {
        self.destination
    }

    /// Does anybody want to be told of this event by mail?
    pub fn wants(&mut self, event: &Event, desk: &mut Desk<'_>) -> bool {
        let Desk { config, log, outbox, .. } = desk;
        if by_mail(recipients(config, event)).next().is_none() {
            return false;
        }
        if config.settings.mailservers.is_empty() {
            if !std::mem::replace(&mut self.no_server_said, true) {
                log.error("Mail: no mail server is defined, alerts are not sent -- see 'set mailserver'");
            }
            return outbox.has_store();
        }
        true
    }

    /// Who is owed an event that mail [`wants`](Self::wants): mail, and each recipient who has a destination of its own.
    pub fn owed(&self, event: &Event, config: &Config) -> Destinations {
        if self.grouped.is_empty() {
            return Destinations::NONE.with(self.destination);
        }
        let mut owed = Destinations::NONE;
        for alert in by_mail(recipients(config, event)) {
            let grouped = self.grouped.iter().find(|one| one.takes(&alert.address));
            owed = owed.with(grouped.map_or(self.destination, |one| one.destination));
        }
        owed
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, outbox: &Outbox, set: &mut PollSet) {
        for connection in self.lanes.iter().filter_map(|lane| lane.connection.as_ref()) {
            connection.probe.register(set);
        }
        self.resolver.register(set);
        self.grouped.iter().for_each(|one| one.register(outbox, set));
        if let Some(deadline) = self.deadline(outbox) {
            set.wake_at(deadline);
        }
    }

    /// When [`on_tick`](Self::on_tick) is wanted at the latest, apart from what [`register`](Self::register) asks for.
    fn deadline(&self, outbox: &Outbox) -> Option<Instant> {
        let waiting = self.round.is_none() && outbox.waiting(self.destination) > 0 && !self.gave_up;
        let round = outbox.clock(self.destination).and_then(RetryClock::at).filter(|_| waiting);
        [round, self.farewell, self.sift_at, self.more_at].into_iter().flatten().min()
    }

    /// Something happened on one of our descriptors.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, desk: &mut Desk<'_>) {
        match token.part {
            CONNECTION => {
                if let Some(connection) = self.lane(token.id).and_then(|lane| lane.connection.as_mut()) {
                    connection.probe.on_ready(ready, desk.now);
                }
                self.deliver(desk);
            }
            GROUPED => self.grouped.on_ready(token, ready, desk.now),
            _ => self.resolver.on_ready(token, desk.now),
        }
    }

    /// Once in each turn, after the descriptors and after the events of the turn.
    pub fn on_tick(&mut self, desk: &mut Desk<'_>) {
        self.more_at = None;
        self.resolver.on_tick(desk.now);
        for connection in self.lanes.iter_mut().filter_map(|lane| lane.connection.as_mut()) {
            connection.probe.on_tick(desk.now, &mut self.resolver);
        }
        self.deliver(desk);
        self.sift(desk);
        if self.round.is_none() && self.is_due(desk) {
            self.begin_round(desk);
        }
        if !self.grouped.is_empty() {
            let last = if self.farewell.is_some_and(|at| at <= desk.now) { Last::Yes } else { Last::No };
            let office = &mut Office { host: &self.host, resolver: &mut self.resolver, desk };
            self.grouped.on_tick(last, office);
        }
        if self.farewell.is_some_and(|at| at <= desk.now) {
            self.lanes = Vec::new();
            self.round = None;
            self.gave_up = true;
            self.out_of_time = true;
        }
    }

    /// What an earlier run left on the disk is owed to whoever may want it. Without a mail server there is no round that would find
    /// out that mail does not.
    fn sift(&mut self, desk: &mut Desk<'_>) {
        self.sift_at = None;
        if !desk.config.settings.mailservers.is_empty() || self.round.is_some() {
            return;
        }
        for _ in 0..SIFTED {
            let Some(key) = desk.outbox.next(self.destination) else { return };
            desk.outbox.set_position(self.destination, Some(key));
            let record = desk.outbox.get(self.destination, key, desk.log);
            if record.is_some_and(|record| by_mail(record.recipients(desk.config)).next().is_none()) {
                desk.outbox.done(self.destination, key, desk.log);
            }
        }
        self.sift_at = Some(desk.now);
    }

    fn is_due(&self, desk: &Desk<'_>) -> bool {
        !self.gave_up
            && !desk.config.settings.mailservers.is_empty()
            && desk.outbox.is_due(self.destination, desk.now)
    }

    /// A new control file is in force, and the host may have another name.
    pub fn reload(&mut self, host: &str, desk: &mut Desk<'_>) {
        self.host = host.into();
        warn(desk.config, desk.log);
        self.no_server_said = false;
        if self.round.is_none() {
            desk.outbox.set_position(self.destination, None);
        }
        self.most = LANES;
        desk.outbox.clock_mut(self.destination).into_iter().for_each(RetryClock::reset);
        self.grouped.follow(NAME, desk.config, desk.outbox, desk.log);
    }

    /// From now on at most `patience`: one more round for what waits, then [`is_finished`](Self::is_finished). The loop
    /// goes on giving turns until then.
    pub fn shutdown(&mut self, outbox: &mut Outbox, now: Instant, patience: Duration) {
        self.farewell = Some(now + patience);
        outbox.clock_mut(self.destination).into_iter().for_each(RetryClock::at_once);
        self.grouped.leave(outbox);
    }

    /// After [`shutdown`](Self::shutdown): is there nothing more to be done?
    pub fn is_finished(&self, outbox: &Outbox) -> bool {
        let mut connections = self.lanes.iter().filter_map(|lane| lane.connection.as_ref());
        let talking = connections.any(|connection| !connection.is_leaving());
        let grouped = self.grouped.iter().all(|one| one.is_finished(outbox));
        let done = (self.gave_up || outbox.waiting(self.destination) == 0) && !talking && grouped;
        self.farewell.is_some() && (done || self.out_of_time)
    }
}

/// Those of them that go by mail.
fn by_mail(told: Vec<&Alert>) -> impl DoubleEndedIterator<Item = &Alert> {
    told.into_iter().filter(|alert| !alert.is_webhook())
}

/// Says which options of the mail servers have no effect.
fn warn(config: &Config, log: &mut Log) {
    for server in &config.settings.mailservers {
        if let Some(text) = server.tls.as_deref().and_then(crate::tls::unsupported) {
            log.warning(format_args!("Mail server [{}]:{}: {text}", server.name(), server.port));
        }
    }
}

#[cfg(test)]
mod tests;
