//! One attempt of a test in flight, of whichever kind.

use super::driver::{Probe, Success};
use super::failure::Failure;
use super::last_words::LastWords;
use super::ping::Ping;
use super::resolve::Resolver;
use crate::protocol::Protocol;
use crate::reactor::{PollSet, Readiness};
use std::time::Instant;

// Each stands in a box with its order already.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(super) enum Trial {
    Talk(Probe<Box<dyn Protocol>>),
    Ping(Ping),
}

impl Trial {
    pub(super) fn is_over(&self) -> bool {
        match self {
            Trial::Talk(probe) => probe.result().is_some(),
            Trial::Ping(ping) => ping.result().is_some(),
        }
    }

    pub(super) fn keep_words(&mut self) {
        if let Trial::Talk(probe) = self {
            probe.keep_words();
        }
    }

    pub(super) fn take_words(&mut self) -> Option<Box<LastWords>> {
        match self {
            Trial::Talk(probe) => probe.take_words(),
            Trial::Ping(_) => None,
        }
    }

    pub(super) fn into_result(self) -> Option<Result<Success, Failure>> {
        match self {
            Trial::Talk(probe) => probe.into_result().1,
            Trial::Ping(ping) => ping.into_result(),
        }
    }

    pub(super) fn register(&self, set: &mut PollSet) {
        match self {
            Trial::Talk(probe) => probe.register(set),
            Trial::Ping(ping) => ping.register(set),
        }
    }

    pub(super) fn on_ready(&mut self, ready: Readiness, now: Instant) {
        match self {
            Trial::Talk(probe) => probe.on_ready(ready, now),
            Trial::Ping(ping) => ping.on_ready(now),
        }
    }

    pub(super) fn on_tick(&mut self, now: Instant, resolver: &mut Resolver) {
        match self {
            Trial::Talk(probe) => probe.on_tick(now, resolver),
            Trial::Ping(ping) => ping.on_tick(now, resolver),
        }
    }
}
