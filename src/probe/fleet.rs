//! The connection and ping tests in flight: how many at once, who comes first, attempts, results.
//!
//! Whoever wants a test gives an [`Order`] and a number of its own; the result comes under that number. Servers that did not answer the last time
//! share a quarter of the places, so that however many of them there are, tests of servers that do answer never wait
//! for one that does not.

use super::driver::Success;
use super::failure::Failure;
use super::last_words::LastWords;
use super::order::Order;
use super::resolve::Resolver;
use super::trial::Trial;
use crate::config::{Evidence, Few};
use crate::reactor::{PollSet, Readiness, Source, Token};
use std::collections::VecDeque;
use std::time::Instant;

/// How a test ended.
#[derive(Debug)]
pub struct Finished {
    /// The number it was ordered under.
    pub id: u32,
    /// What the last attempt came to.
    pub response: Result<Success, Failure>,
    /// Why the attempts before it failed.
    pub earlier: Few<Failure>,
    /// If it failed: what the other side said last, where that is kept.
    pub words: Option<Box<LastWords>>,
}

#[derive(Debug)]
struct Flight {
    id: u32,
    order: Order,
    trial: Trial,
    earlier: Few<Failure>,
}

/// Connection tests in flight, and those that wait for a place.
#[derive(Debug)]
pub struct Fleet {
    resolver: Resolver,
    places: usize,
    /// In ascending order of their numbers but for those that were tried again.
    // Boxed: a thousand of them are taken out of the middle.
    #[allow(clippy::vec_box)]
    flights: Vec<Box<Flight>>,
    /// How many of them go to servers that did not answer the last time.
    silent: usize,
    waiting: VecDeque<(u32, Order)>,
    waiting_silent: VecDeque<(u32, Order)>,
    finished: Vec<Finished>,
    evidence: Evidence,
}

/// The `part` of the tokens of name look-ups.
pub const LOOKUP: u8 = 1;

impl Fleet {
    /// Nothing in flight, `places` at once.
    pub fn new(places: usize) -> Fleet {
        Fleet {
            resolver: Resolver::new(Source::Probe, LOOKUP),
            places: places.max(1),
            flights: Vec::new(),
            silent: 0,
            waiting: VecDeque::new(),
            waiting_silent: VecDeque::new(),
            finished: Vec::new(),
            evidence: Evidence::Off,
        }
    }

    /// Whether what servers said last is kept from now on.
    pub fn set_evidence(&mut self, evidence: Evidence) {
        self.evidence = evidence;
    }

    /// From now on so many at once; what is in flight goes on.
    pub fn set_places(&mut self, places: usize) {
        self.places = places.max(1);
    }

    /// Takes an order. `id` must not be in use.
    pub fn take(&mut self, id: u32, order: Order, now: Instant) {
        let queue = if order.answered { &mut self.waiting } else { &mut self.waiting_silent };
        queue.push_back((id, order));
        self.fill(now);
    }

    /// Gives a test up: nothing more is heard of it.
    pub fn cancel(&mut self, id: u32) {
        self.waiting.retain(|(other, _)| *other != id);
        self.waiting_silent.retain(|(other, _)| *other != id);
        self.finished.retain(|finished| finished.id != id);
        if let Some(at) = self.flights.iter().position(|flight| flight.id == id) {
            let flight = self.flights.remove(at);
            self.silent -= usize::from(!flight.order.answered);
        }
    }

    /// What has ended since the last time.
    pub fn finished(&mut self) -> Vec<Finished> {
        std::mem::take(&mut self.finished)
    }

    /// Is nothing in flight, waiting or untold?
    pub fn is_idle(&self) -> bool {
        self.flights.is_empty()
            && self.waiting.is_empty()
            && self.waiting_silent.is_empty()
            && self.finished.is_empty()
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, set: &mut PollSet, now: Instant) {
        self.resolver.register(set);
        self.flights.iter().for_each(|flight| flight.trial.register(set));
        if !self.finished.is_empty() {
            set.wake_at(now);
        }
    }

    /// Something happened on one of our descriptors.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        if token.part == LOOKUP {
            return self.resolver.on_ready(token, now);
        }
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.id == token.id) {
            flight.trial.on_ready(ready, now);
        }
    }

    /// Once in each turn, after the descriptors.
    pub fn on_tick(&mut self, now: Instant) {
        if self.flights.is_empty() && self.waiting.is_empty() && self.waiting_silent.is_empty() {
            return;
        }
        self.resolver.on_tick(now);
        let mut at = 0;
        while let Some(flight) = self.flights.get_mut(at) {
            flight.trial.on_tick(now, &mut self.resolver);
            if !flight.trial.is_over() {
                at += 1;
                continue;
            }
            let flight = self.flights.remove(at);
            self.silent -= usize::from(!flight.order.answered);
            self.land(*flight, now);
        }
        self.fill(now);
    }

    /// An attempt is over: another one, or the result.
    fn land(&mut self, flight: Flight, now: Instant) {
        let Flight { id, order, mut trial, mut earlier } = flight;
        let words = trial.take_words();
        let Some(response) = trial.into_result() else { return };
        match response {
            Err(failure) if (earlier.len() as u32) + 1 < order.attempts() => {
                earlier.push(failure);
                self.fly(id, order, earlier, now);
            }
            response => {
                let words = words.filter(|_| response.is_err());
                self.finished.push(Finished { id, response, earlier, words });
            }
        }
    }

    fn fly(&mut self, id: u32, order: Order, earlier: Few<Failure>, now: Instant) {
        let token = Token { source: Source::Probe, id, part: 0 };
        let Some(mut trial) = order.start(token, now, &mut self.resolver) else { return };
        if self.evidence == Evidence::On {
            trial.keep_words();
        }
        self.silent += usize::from(!order.answered);
        self.flights.push(Box::new(Flight { id, order, trial, earlier }));
    }

    /// Gives free places to those who wait.
    fn fill(&mut self, now: Instant) {
        while self.flights.len() < self.places {
            let next = match self.waiting.pop_front() {
                Some(next) => Some(next),
                None if self.silent < (self.places / 4).max(1) => self.waiting_silent.pop_front(),
                None => None,
            };
            let Some((id, order)) = next else { break };
            self.fly(id, order, Few::default(), now);
        }
        if self.flights.is_empty() {
            self.flights = Vec::new();
            self.waiting = VecDeque::new();
            self.waiting_silent = VecDeque::new();
        }
    }
}
