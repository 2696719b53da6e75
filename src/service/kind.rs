//! The three kinds of programs that are run for a service: start, stop, restart.

use crate::config::{Command, Limits, Service};
use std::time::Duration;

/// What a program is to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Start,
    Stop,
    Restart,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Start => "start",
            Kind::Stop => "stop",
            Kind::Restart => "restart",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Kind> {
        [Kind::Start, Kind::Stop, Kind::Restart].into_iter().find(|kind| kind.word() == word)
    }

    pub(super) fn past(self) -> &'static str {
        match self {
            Kind::Start => "started",
            Kind::Stop => "stopped",
            Kind::Restart => "restarted",
        }
    }

    /// The program of that kind, if the service has one.
    pub(super) fn command(self, service: &Service) -> Option<&Command> {
        match self {
            Kind::Start => service.start.as_deref(),
            Kind::Stop => service.stop.as_deref(),
            Kind::Restart => service.restart.as_deref(),
        }
    }

    /// How long it may take where its command does not say.
    pub(super) fn timeout(self, limits: &Limits) -> Duration {
        match self {
            Kind::Start => limits.start_timeout,
            Kind::Stop => limits.stop_timeout,
            Kind::Restart => limits.restart_timeout,
        }
    }
}
