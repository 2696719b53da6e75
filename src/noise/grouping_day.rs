//! A recipient, what it does with messages, and the time: a world for tests of grouping.

use crate::config::{
    Alert, Config, Cron, CronField, EventSet, Noise, Place, Service, Settings, Severity, Subject,
};
use crate::event::{Event, State};
use crate::log::Log;
use crate::noise::grouping::*;
use crate::outbox::tests::{event, flush_at, then};
use crate::outbox::{Destinations, Outbox};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

pub const NAME: &str = "a@x";
pub const SECOND: Duration = Duration::from_secs(1);

/// A generator of numbers, the same in each run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Every second ten minutes.
pub fn tens() -> Cron {
    let minutes = (0..60u64).filter(|minute| minute / 10 % 2 == 1).fold(0, |set, minute| set | 1 << minute);
    let any = CronField { values: u64::MAX, any: true };
    Cron { text: "".into(), fields: [CronField { values: minutes, any: false }, any, any, any, any] }
}

pub fn config(group: Option<u64>, limit: Option<u32>, quiet: bool) -> Config {
    let alert = Alert {
        place: Place::default(),
        address: NAME.into(),
        events: EventSet::ALL,
        reminder: 0,
        format: None,
    };
    let noise =
        Noise { group: group.map(Duration::from_secs), limit, quiet: quiet.then(tens), ..Noise::default() };
    let settings = Settings { alerts: vec![alert], noise: vec![noise].into(), ..Settings::default() };
    let mut critical = Service::new("critical", Subject::System);
    critical.severity = Severity::Critical;
    Config { settings: settings.into(), services: vec![critical], ..Config::default() }
}

/// What a receiver does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Takes it.
    Takes,
    /// Takes it, and the sender does not hear of it.
    TakesUnheard,
    /// Does not take it for now.
    Fails,
    /// Refuses this one for good.
    RefusesIt,
}

/// What a receiver has got or refused for good, and how it went.
#[derive(Default)]
pub struct Receiver {
    /// Events of messages that were refused.
    pub in_parts: BTreeSet<u64>,
    /// Events that are never taken, and how many are taken at once; 0: any number.
    pub spoilt: BTreeSet<u64>,
    pub most: usize,
    /// How often a message was refused for good.
    pub refusals: u32,
    /// When it was offered one.
    pub at: Vec<Instant>,
    /// The messages by id, with the keys of their events.
    pub accepted: BTreeMap<(u64, u64), Vec<u64>>,
    pub times: Vec<(Instant, What)>,
    /// The events in the order in which they were taken.
    pub order: Vec<u64>,
}

impl Receiver {
    /// Gets a message; what it does with it.
    pub fn hears(&mut self, parcel: &Parcel, reply: Reply, now: Instant) -> Reply {
        self.at.push(now);
        let is_known = self.accepted.contains_key(&parcel.name);
        let reply = match reply {
            // Whoever has it cannot refuse it.
            Reply::RefusesIt | Reply::Takes if is_known => Reply::Takes,
            Reply::Takes if parcel.keys.iter().any(|key| self.spoilt.contains(key)) => Reply::RefusesIt,
            Reply::Takes if self.most > 0 && parcel.keys.len() > self.most => Reply::RefusesIt,
            reply => reply,
        };
        // A message in parts counts as the one that it was.
        let is_whole = !self.in_parts.contains(&parcel.keys[0]);
        if is_whole && !is_known && reply != Reply::Fails {
            self.times.push((now, parcel.what));
        }
        match reply {
            Reply::Fails => {}
            Reply::RefusesIt => {
                self.refusals += 1;
                self.in_parts.extend(&parcel.keys);
            }
            Reply::Takes | Reply::TakesUnheard => {
                if !is_known {
                    self.order.extend(&parcel.keys);
                }
                let known = self.accepted.entry(parcel.name).or_insert_with(|| parcel.keys.clone());
                // What is sent again is of the same events, but for those of which it is known.
                assert!(parcel.keys.iter().all(|key| known.contains(key)));
            }
        }
        reply
    }
}

/// A recipient, its outbox, and the time.
pub struct Day {
    pub config: Config,
    pub outbox: Outbox,
    pub log: Log,
    pub grouping: Grouping,
    pub destination: Destination,
    pub now: Instant,
    pub wall: SystemTime,
    pub not_before: Option<Instant>,
    pub receiver: Receiver,
    /// When each event was raised.
    pub raised: BTreeMap<u64, Instant>,
    pub services: BTreeMap<u64, String>,
    /// The daemon lives for so many turns.
    pub turns_left: Option<usize>,
}

impl Day {
    pub fn new(config: Config) -> Day {
        let mut outbox = Outbox::new(true);
        let mut log = Log::capture();
        let destination = outbox.enlist(NAME);
        outbox.configure(config.settings.eventqueue.as_ref(), &mut log);
        let grouping = Grouping::new(NAME, destination, "mail");
        let wall = then();
        Day {
            config,
            outbox,
            log,
            grouping,
            destination,
            now: Instant::now(),
            wall,
            not_before: None,
            receiver: Receiver::default(),
            raised: BTreeMap::new(),
            services: BTreeMap::new(),
            turns_left: None,
        }
    }

    pub fn raise(&mut self, service: &str, state: State) {
        let event = Event { time: self.wall, state, service_index: None, ..event(service, 1) };
        let owed = Destinations::NONE.with(self.destination);
        self.outbox.push(&event, owed, self.now, &mut self.log);
        self.raised.insert(self.outbox.newest(), self.now);
        self.services.insert(self.outbox.newest(), service.into());
    }

    /// Gives turns until there is nothing to do at this moment.
    pub fn turns(&mut self, answer: &mut dyn FnMut() -> Reply) {
        for _ in 0..2000 {
            match &mut self.turns_left {
                Some(0) => return,
                Some(left) => *left -= 1,
                None => {}
            }
            self.outbox.on_tick(self.now, &mut self.log);
            self.outbox.end_turn();
            let terms = Terms { manner: Manner::Told, not_before: self.not_before };
            let mut desk = Desk {
                config: &self.config,
                outbox: &mut self.outbox,
                log: &mut self.log,
                now: self.now,
                wall: self.wall,
            };
            if let Some(parcel) = self.grouping.turn(terms, &mut desk) {
                assert!(
                    self.grouping.halves.as_deref().is_none_or(Halves::is_last)
                        || parcel.held_until.is_none(),
                    "only the last says it is the last of the hour"
                );
                let reply = self.receiver.hears(&parcel, answer(), self.now);
                match reply {
                    Reply::RefusesIt => {
                        let refused =
                            Refused { for_content: true, by: "box", to: "", title: "t", words: "no" };
                        self.grouping.refused(parcel.keys, &refused, &mut desk);
                    }
                    Reply::Takes => self.grouping.settled(parcel.keys, self.now),
                    Reply::TakesUnheard | Reply::Fails => {
                        self.not_before = Some(self.now + SECOND * 2);
                        self.grouping.put_off(self.now);
                    }
                }
            } else if self.grouping.wake().is_none_or(|at| at > self.now) {
                match self.grouping.work {
                    Work::Securing(..) | Work::Losing(_) => self.flush(),
                    _ => return,
                }
            }
        }
        panic!("it never comes to rest");
    }

    pub fn flush(&mut self) {
        let now = self.now;
        flush_at(&mut self.outbox, || now, &mut self.log);
    }

    pub fn pass(&mut self, time: Duration) {
        self.flush();
        self.now += time;
        self.wall += time;
    }

    /// The daemon is killed, and another one takes up what is in the folder.
    pub fn restart(&mut self) {
        self.flush();
        let day = Day::new(self.config.clone());
        (self.outbox, self.grouping, self.destination) = (day.outbox, day.grouping, day.destination);
        self.not_before = None;
    }

    /// Lets time pass until nothing waits.
    pub fn rest(&mut self, step: Duration) {
        for _ in 0..5000 {
            self.turns(&mut || Reply::Takes);
            if self.outbox.waiting(self.destination) == 0 {
                return;
            }
            self.pass(step);
        }
        panic!("something waits for ever");
    }

    /// Of each service the older events were taken first.
    pub fn check_order(&self, seed: u64) {
        let mut last = BTreeMap::new();
        for key in &self.receiver.order {
            let before = last.insert(&self.services[key], *key);
            assert!(before.is_none_or(|before| before < *key), "seed {seed}: {}", self.services[key]);
        }
    }

    /// Lost events of which a run says that the one before may have told of them.
    pub fn lost_before(&self) -> usize {
        let said = self.log.captured().iter().filter_map(|(_, text)| {
            let what = text.strip_prefix("Alerts for a@x that had been refused for good are dropped: ")?;
            what.split(' ').next()?.parse::<usize>().ok()
        });
        said.sum()
    }

    /// The lines that say that alerts are lost, and how many.
    pub fn lost(&self) -> Vec<(&str, usize)> {
        let said = self.log.captured().iter().filter_map(|(_, text)| {
            let what = text.strip_prefix("box refuses ")?;
            let many = what.split_once(" alerts, which are dropped").map(|(count, _)| count.parse().unwrap());
            many.or(what.starts_with("the alert ").then_some(1)).map(|count| (what, count))
        });
        said.collect()
    }

    /// Everything that was raised is in exactly one message, or said to be lost.
    pub fn check(&self, seed: u64) {
        let mut told: BTreeMap<u64, u32> = BTreeMap::new();
        for keys in self.receiver.accepted.values() {
            keys.iter().for_each(|key| *told.entry(*key).or_default() += 1);
        }
        let raised: Vec<u64> = self.raised.keys().copied().collect();
        assert!(told.keys().all(|key| raised.contains(key)), "seed {seed}");
        let lost: usize = self.lost().iter().map(|(_, count)| count).sum();
        assert_eq!(told.len() + lost, raised.len(), "seed {seed}: {:?}", self.lost());
        assert!(told.values().all(|times| *times == 1), "seed {seed}: {told:?}");
        assert_eq!(self.outbox.waiting(self.destination), 0, "seed {seed}");
    }
}
