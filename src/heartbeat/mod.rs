//! Signs of life: a request to somebody elsewhere at regular times, who notices when they stay away.
//!
//! They come from the loop that carries out the checks, so a daemon that hangs sends none. Nothing waits for an answer, and
//! what fails is told once and tried again soon.

mod beat;

use crate::config::Config;
use crate::log::Log;
use crate::probe::Resolver;
use crate::reactor::{PollSet, Readiness, Source, Token};
use beat::Beat;
use std::time::Instant;

/// The part of a token that names a connection, and the look-up of names.
const CONNECTION: u8 = 0;
const LOOKUP: u8 = 1;

/// All heartbeats of the control file. Without one it takes no memory.
#[derive(Debug, Default)]
pub struct Heartbeats {
    beats: Vec<Beat>,
    /// The number of the next new one. Its connection keeps it wherever it stands in the control file.
    next: u32,
    /// Only there while there are heartbeats.
    resolver: Option<Resolver>,
}

impl Heartbeats {
    /// A control file is in force from now on: what stays in it keeps its times.
    pub fn configure(&mut self, config: &Config, now: Instant) {
        let mut before = std::mem::take(&mut self.beats);
        for heartbeat in &config.settings.heartbeats {
            let known = before.iter().position(|beat| beat.is_of(heartbeat));
            let beat = match known {
                Some(at) => before.swap_remove(at),
                None => {
                    self.next = self.next.wrapping_add(1);
                    let token = Token { source: Source::Heartbeat, id: self.next, part: CONNECTION };
                    Beat::new(heartbeat.clone(), token, now)
                }
            };
            self.beats.push(beat);
        }
        match (self.beats.is_empty(), &self.resolver) {
            (true, _) => self.resolver = None,
            (false, None) => self.resolver = Some(Resolver::new(Source::Heartbeat, LOOKUP)),
            (false, Some(_)) => {}
        }
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        self.resolver.iter().for_each(|resolver| resolver.register(set));
        self.beats.iter().for_each(|beat| beat.register(set));
    }

    /// Something happened on one of our descriptors.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        match &mut self.resolver {
            Some(resolver) if token.part == LOOKUP => resolver.on_ready(token, now),
            _ => {
                self.beats.iter_mut().for_each(|beat| beat.on_ready(token, ready, now));
            }
        }
    }

    /// Once in each turn: sends what is due, and says what came of what was sent.
    pub fn on_tick(&mut self, config: &Config, log: &mut Log, now: Instant) {
        let Some(resolver) = &mut self.resolver else { return };
        resolver.on_tick(now);
        for beat in &mut self.beats {
            beat.on_tick(resolver, config, log, now);
        }
    }
}
