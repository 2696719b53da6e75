//! A test of all alerts: a message to each recipient, through the same outbox as alerts, and what came of it.

use crate::document::trial::{Came, PATIENCE, Trial};
use crate::outbox::{self, Outbox};
use std::fmt;
use std::time::{Duration, Instant};

/// Why there is no message to somebody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unsent {
    /// A reload has taken the webhook away.
    NoWebhook,
    /// Nobody takes mail.
    NoMailServer,
    /// There is no room in the outbox.
    Full,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsent::NoWebhook => "there is no such webhook any more",
            Unsent::NoMailServer => "no mail server is defined, see 'set mailserver'",
            Unsent::Full => "the event queue is full",
        })
    }
}

/// A test under way, or the last one.
#[derive(Debug, Default)]
pub(super) struct TestAlert {
    /// What is shown of it.
    pub(super) shown: Trial,
    /// The key of each message in the outbox, if it got there.
    keys: Vec<Option<u64>>,
    until: Option<Instant>,
}

impl TestAlert {
    /// A new one begins.
    pub(super) fn begin(&mut self, now: Instant) {
        let run = self.shown.run.wrapping_add(1);
        *self = TestAlert { shown: Trial { run, ..Trial::default() }, ..TestAlert::default() };
        self.until = Some(now + Duration::from_secs(PATIENCE));
    }

    /// A message to that address, or why there is none.
    pub(super) fn add(&mut self, to: Box<str>, message: Result<u64, Unsent>) {
        let came = match &message {
            Ok(_) => Came::Waiting,
            Err(why) => Came::Refused(why.to_string()),
        };
        self.keys.push(message.ok());
        self.shown.results.push((to, came));
    }

    /// When it is given up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until
    }

    /// Looks what has come of it.
    pub(super) fn on_tick(&mut self, outbox: &mut Outbox, now: Instant) {
        let Some(until) = self.until else { return };
        let late = now >= until;
        for (key, (_, shown)) in self.keys.iter().zip(&mut self.shown.results) {
            let Some(came) = key.and_then(|key| outbox.came(key)) else { continue };
            *shown = match came {
                outbox::Came::Delivered => Came::Delivered,
                outbox::Came::Refused(why) => Came::Refused(why.clone()),
                outbox::Came::Delayed(why) => Came::Queued(why.clone()),
                outbox::Came::Nothing if late => match key.and_then(|key| outbox.came_before(key)) {
                    Some(why) => Came::Queued(why.to_owned()),
                    None => Came::Silent,
                },
                outbox::Came::Nothing => Came::Waiting,
            };
        }
        if late || self.shown.results.iter().all(|(_, came)| *came != Came::Waiting) {
            self.until = None;
            self.shown.over = true;
            outbox.forget_trials();
        }
    }
}
