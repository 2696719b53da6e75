//! The services, by what their control file says and how they stand, with the clockwork of cycles.

use super::agenda::Agenda;
use super::calendar::Calendar;
use super::clockwork::Clockwork;
use super::common::{Common, Phase};
use super::dependency::{Dependants, bases_of};
use super::holding::{Bases, holds_back};
use super::index::ServiceIndex;
use super::one::One;
use super::silence::Silences;
use super::turn::Turn;
use super::unit::Unit;
use crate::config::{Config, Service};
use crate::service_test::CycleFacts;

/// All services.
#[derive(Debug)]
pub(super) struct Roster {
    pub(super) config: Config,
    /// Parallel to [`Config::services`].
    pub(super) units: Vec<Unit>,
    pub(super) dependants: Dependants,
    pub(super) clockwork: Clockwork,
    pub(super) common: Common,
}

impl Roster {
    /// These services, each as its unit says.
    pub(super) fn new(config: Config, units: Vec<Unit>, clockwork: Clockwork) -> Roster {
        Roster {
            common: Common {
                facts: CycleFacts::new(&config),
                agenda: Agenda::new(&config, &units),
                phase: Phase::Running,
                silences: Silences::default(),
                calendar: Calendar::default(),
                events: 0,
                execs: 0,
                watch_told: false,
            },
            dependants: Dependants::new(&config),
            clockwork,
            units,
            config,
        }
    }

    /// How many services there are.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// All of them, in file order.
    pub(super) fn all(&self) -> impl Iterator<Item = ServiceIndex> + use<> {
        ServiceIndex::all(self.units.len())
    }

    /// Takes one in hand.
    pub(super) fn one(&mut self, index: ServiceIndex) -> One<'_> {
        One {
            index,
            service: &self.config.services[index.at()],
            config: &self.config,
            unit: &mut self.units[index.at()],
            common: &mut self.common,
        }
    }

    /// Takes one in hand that may be no more.
    pub(super) fn find(&mut self, index: ServiceIndex) -> Option<One<'_>> {
        (index.at() < self.units.len()).then(|| self.one(index))
    }

    pub(super) fn unit(&self, index: ServiceIndex) -> &Unit {
        &self.units[index.at()]
    }

    pub(super) fn unit_mut(&mut self, index: ServiceIndex) -> &mut Unit {
        &mut self.units[index.at()]
    }

    pub(super) fn service(&self, index: ServiceIndex) -> &Service {
        &self.config.services[index.at()]
    }

    pub(super) fn name(&self, index: ServiceIndex) -> &str {
        &self.service(index).name
    }

    /// The service at this place of the order of checks.
    pub(super) fn at_place(&self, place: u32) -> ServiceIndex {
        ServiceIndex(self.config.check_order[place as usize])
    }

    pub(super) fn is_monitored(&self, index: ServiceIndex) -> bool {
        self.unit(index).monitoring.is_on()
    }

    /// How the services stand that `index` depends on.
    pub(super) fn bases(&self, index: ServiceIndex) -> Bases {
        let mut held = None;
        for base in bases_of(&self.config, index) {
            let unit = self.unit(base);
            if unit.wanted || unit.flight.is_some() || unit.busy || unit.ending() {
                return Bases::Wait;
            }
            let down = !unit.monitoring.is_checked() || unit.held || unit.stop_lingers();
            if down || holds_back(self.service(base), unit) {
                held = held.or(Some(base));
            }
        }
        held.map_or(Bases::Fine, Bases::Held)
    }

    /// Has so much been done in this turn of the loop that clients and mail should have theirs?
    pub(super) fn turn_spent(&self, turn: &mut Turn<'_>) -> bool {
        self.common.facts.turn_spent() || turn.world.late()
    }

    /// The services whose programs outlive their limits.
    pub(super) fn late_ones(&self) -> Vec<ServiceIndex> {
        let late = |index: &ServiceIndex| {
            self.unit(*index).lingering.as_ref().is_some_and(|lingering| lingering.late())
        };
        self.all().filter(late).collect()
    }

    /// Does nobody look at any service, now or soon?
    pub(super) fn all_idle(&self) -> bool {
        self.common.agenda.places().all(|place| self.unit(self.at_place(place)).idle())
    }
}
