//! One service in the hands of whoever works on it: nothing else can be changed meanwhile but what all have in common.

use super::common::{Common, Phase};
use super::index::ServiceIndex;
use super::turn::{Note, Turn};
use super::unit::{Recheck, Unit, is_process};
use crate::config::{Config, Evidence, Service, Subject};
use crate::log::Level;
use crate::service_test::evidence::output::END;
use crate::service_test::{Existence, Identity, existence};
use std::time::{Instant, UNIX_EPOCH};

/// A service that is worked on.
#[derive(Debug)]
pub(super) struct One<'a> {
    pub(super) index: ServiceIndex,
    pub(super) config: &'a Config,
    pub(super) service: &'a Service,
    pub(super) unit: &'a mut Unit,
    pub(super) common: &'a mut Common,
}

impl One<'_> {
    /// Is it a process?
    pub(super) fn is_process(&self) -> bool {
        is_process(self.service)
    }

    /// Is what there was to see to be told as well?
    pub(super) fn shows_evidence(&self) -> bool {
        self.config.settings.evidence == Evidence::On
    }

    /// Bytes to keep of the end of a program's output.
    pub(super) fn kept_end(&self) -> usize {
        if self.shows_evidence() { END } else { 0 }
    }

    /// The name of the system service, which speaks for the host.
    pub(super) fn host(&self) -> &str {
        host(self.config)
    }

    /// Are services being stopped for the end?
    pub(super) fn is_ending(&self) -> bool {
        self.common.phase != Phase::Running
    }

    /// Looks for its process on its behalf. `known`: the process it was.
    pub(super) fn look(&mut self, known: Option<Identity>, turn: &mut Turn<'_>) -> Existence {
        let facts = turn.world.facts();
        facts.on_behalf_of(self.index.0);
        self.common.facts.look_anew();
        existence(self.service, known, facts, &mut self.common.facts)
    }

    /// Its job has reported: the check that says so is now. Nothing, if it is no heartbeat service.
    pub(super) fn beat(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.service.subject, Subject::Heartbeat(_)) {
            return;
        }
        let at = turn.now.wall.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.unit.memory.beat(at);
        turn.world.log(Level::Debug, format_args!("'{}' heartbeat received", self.service.name));
        self.recheck_at(turn.now.mono, None);
        self.urgent(turn);
    }

    /// A check is due.
    pub(super) fn want(&mut self) {
        self.unit.wanted = true;
        self.common.agenda.is_due(self.index);
    }

    /// A check out of turn at `at`; an earlier one stays.
    pub(super) fn recheck_at(&mut self, at: Instant, exit: Option<u8>) {
        if self.unit.recheck.is_none_or(|known| at < known.at) {
            self.unit.recheck = Some(Recheck { at, exit });
            self.common.agenda.looked_at_again(self.index);
        }
    }

    /// The state file is behind by it.
    pub(super) fn unsaved(&self, turn: &mut Turn<'_>) {
        turn.note(Note::Unsaved(self.index));
    }

    /// By something that must not be lost.
    pub(super) fn urgent(&self, turn: &mut Turn<'_>) {
        turn.note(Note::Urgent(self.index));
    }
}

/// The name of the system service, which speaks for the host.
pub(super) fn host(config: &Config) -> &str {
    let system = config.services.iter().find(|service| matches!(service.subject, Subject::System));
    system.map_or("localhost", |service| &service.name)
}
