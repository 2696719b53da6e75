//! Alerts by mail: who is told, what the message says, the queue of what is not yet delivered, the connection to the
//! mail server. What an event is comes from [`crate::event`], when one is raised from the services.
//!
//! # The life of an alert
//!
//! An event somebody wants to know of enters the [`queue`](queue::Queue), and with `set eventqueue` a helper writes it
//! to the disk. As soon as nothing stands against it a **round** begins: the first mail server is given everything that
//! waits, oldest first, over one connection, or a few if it is slow. What it does not take (no connection, 4xx, 5xx) goes to
//! the next server in the same round. What no server took waits for the next round, with growing pauses. Behind an alert that could not be
//! delivered, later ones of the same service to the same address wait, so that they arrive in order; others do not.
//!
//! An event leaves the queue when each of its recipients has it. Nothing in here waits for anything.

mod delivery;
mod encode;
#[cfg(test)]
mod fake_server;
mod folder;
mod lane;
mod message;
pub mod queue;
mod recipient;
mod record;
mod writer;

pub use recipient::recipients;

use self::delivery::Round;
use self::lane::{LANES, Lane};
use self::queue::Queue;
use crate::config::Config;
use crate::event::Event;
use crate::log::Log;
use crate::probe::Resolver;
use crate::reactor::{PollSet, Readiness, Source, Token};
use std::time::{Duration, Instant, SystemTime};

/// Pause after the first round that left something; it doubles up to the longest.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

const CONNECTION: u8 = 0;
const WRITER: u8 = 1;
const LOOKUP: u8 = 2;

/// What every turn brings along.
#[derive(Debug)]
pub struct Context<'a> {
    /// The control file in force.
    pub config: &'a Config,
    /// Where to say what goes wrong.
    pub log: &'a mut Log,
    /// The turn's time.
    pub now: Instant,
    /// The turn's time of day.
    pub wall: SystemTime,
}

/// Mail delivery.
#[derive(Debug)]
pub struct Mail {
    host: Box<str>,
    queue: Queue,
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
    next_round: Option<Instant>,
    pause: Duration,
    no_server_said: bool,
    farewell: Option<Instant>,
    /// The last round has failed; there will be no other.
    gave_up: bool,
    out_of_time: bool,
}

impl Mail {
    /// Opens the queue and says what an earlier run left in it. `host` is the value of `$HOST`. If another process works
    /// on the same queue (`alone` is false) what it has there is left to it.
    pub fn new(config: &Config, host: &str, alone: bool, log: &mut Log) -> Mail {
        warn(config, log);
        Mail {
            host: host.into(),
            queue: Queue::open(config.settings.eventqueue.as_ref(), alone, log),
            resolver: Resolver::new(Source::Mail, LOOKUP),
            lanes: Vec::new(),
            last_lane: 0,
            most: LANES,
            fewer_until: None,
            pace: Duration::ZERO,
            content_patience: None,
            round: None,
            next_round: None,
            pause: Duration::ZERO,
            no_server_said: false,
            farewell: None,
            gave_up: false,
            out_of_time: false,
        }
    }

    /// Takes an event in if anybody wants to be told of it.
    pub fn enqueue(&mut self, event: Event, context: &mut Context<'_>) {
        let Context { config, log, now, .. } = context;
        if recipients(config, &event).is_empty() {
            return;
        }
        if config.settings.mailservers.is_empty() {
            if !std::mem::replace(&mut self.no_server_said, true) {
                log.error("Mail: no mail server is defined, alerts are not sent -- see 'set mailserver'");
            }
            if !self.queue.has_store() {
                return;
            }
        }
        self.queue.push(event, log);
        // A new alert does not wait for the end of a long pause.
        self.next_round = self.next_round.map(|at| at.min(*now + SHORTEST));
    }

    /// Alerts not yet delivered.
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Alerts dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        for connection in self.lanes.iter().filter_map(|lane| lane.connection.as_ref()) {
            connection.probe.register(set);
        }
        self.resolver.register(set);
        self.queue.register(set, Token { source: Source::Mail, id: 0, part: WRITER });
        if let Some(deadline) = self.deadline() {
            set.wake_at(deadline);
        }
    }

    /// When [`on_tick`](Self::on_tick) is wanted at the latest, apart from what [`register`](Self::register) asks for.
    pub fn deadline(&self) -> Option<Instant> {
        let waiting = self.round.is_none() && !self.queue.is_empty() && !self.gave_up;
        let round = self.next_round.filter(|_| waiting);
        match (round, self.farewell) {
            (Some(round), Some(farewell)) => Some(round.min(farewell)),
            (round, farewell) => round.or(farewell),
        }
    }

    /// Something happened on one of our descriptors.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, context: &mut Context<'_>) {
        match token.part {
            CONNECTION => {
                if let Some(connection) = self.lane(token.id).and_then(|lane| lane.connection.as_mut()) {
                    connection.probe.on_ready(ready, context.now);
                }
                self.deliver(context);
            }
            LOOKUP => self.resolver.on_ready(token, context.now),
            _ => self.queue.on_tick(context.now, context.log),
        }
    }

    /// Once in each turn, after the descriptors and after the events of the turn.
    pub fn on_tick(&mut self, context: &mut Context<'_>) {
        self.queue.on_tick(context.now, context.log);
        self.resolver.on_tick(context.now);
        for connection in self.lanes.iter_mut().filter_map(|lane| lane.connection.as_mut()) {
            connection.probe.on_tick(context.now, &mut self.resolver);
        }
        self.deliver(context);
        if self.round.is_none() && self.is_due(context) {
            self.begin_round(context);
        }
        if self.farewell.is_some_and(|at| at <= context.now) {
            self.lanes = Vec::new();
            self.round = None;
            self.gave_up = true;
            self.out_of_time = true;
        }
    }

    fn is_due(&self, context: &Context<'_>) -> bool {
        !self.queue.is_empty()
            && !self.gave_up
            && !context.config.settings.mailservers.is_empty()
            && self.next_round.is_none_or(|at| at <= context.now)
    }

    /// A new control file is in force, and the host may have another name.
    pub fn reload(&mut self, host: &str, context: &mut Context<'_>) {
        self.host = host.into();
        warn(context.config, context.log);
        self.queue.configure(context.config.settings.eventqueue.as_ref(), context.log);
        self.no_server_said = false;
        self.most = LANES;
        self.next_round = None;
        self.pause = Duration::ZERO;
    }

    /// From now on at most `patience`: one more round for what waits, then [`is_finished`](Self::is_finished). The loop
    /// goes on giving turns until then.
    pub fn shutdown(&mut self, now: Instant, patience: Duration) {
        self.farewell = Some(now + patience);
        self.next_round = None;
        self.queue.hurry(now);
    }

    /// After [`shutdown`](Self::shutdown): is there nothing more to be done?
    pub fn is_finished(&self) -> bool {
        let mut connections = self.lanes.iter().filter_map(|lane| lane.connection.as_ref());
        let talking = connections.any(|connection| !connection.is_leaving());
        let done = (self.gave_up || self.queue.is_empty()) && !talking && !self.queue.wants_disk();
        self.farewell.is_some() && (done || self.out_of_time)
    }

    /// The end: says what is left where.
    pub fn close(&mut self, log: &mut Log) {
        let lost = self.queue.unsaved();
        let kept = self.queue.len() - lost;
        if kept > 0 {
            log.info(format_args!("Undelivered alerts that stay in the event queue: {kept}"));
        }
        if lost > 0 {
            log.error(format_args!("Undelivered alerts that are dropped: {lost}"));
        }
        self.queue.close();
    }
}

/// Says which options of the mail servers have no effect.
fn warn(config: &Config, log: &mut Log) {
    for server in &config.settings.mailservers {
        if let Some(text) = server.tls.as_deref().and_then(crate::tls::unsupported) {
            log.warning(format_args!("Mail server [{}]:{}: {text}", server.host, server.port));
        }
    }
}

#[cfg(test)]
mod tests;
