//! Taking up a new control file: what stayed the same goes on as if nothing had happened.
//!
//! A service is the same if its name and type are; a test is the same if all that is written in it is. Incidents, counters
//! and remembered values of the same tests stay; a check in flight goes on if nothing about its service changed; an
//! action goes on if all its services are still there. What is gone is dropped, processes are left alone.

use super::agenda::Agenda;
use super::dependency::Dependants;
use super::index::ServiceIndex;
use super::monitoring::Monitoring;
use super::roster::Roster;
use super::saved::identity;
use super::services::Services;
use super::test_key;
use super::turn::{Note, Owner, Turn};
use super::unit::Unit;
use super::withheld::About;
use super::works::Works;
use crate::config::{Config, OnReboot, Place, Service};
use crate::reactor::children::ChildId;
use crate::service_test::CycleFacts;
use std::collections::HashMap;

impl Services {
    /// Replaces the configuration by one that has been read and checked.
    pub fn reload(&mut self, config: Config, mut turn: Turn<'_>) {
        let turn = &mut turn;
        let old = std::mem::replace(&mut self.roster.config, config);
        let numbers = Numbers::new(&old, &self.roster.config);
        self.roster.inherit(&old, &numbers, turn);
        self.hand_over(turn);
        self.works.renumber(&numbers, &self.roster);
        if self.works.renumber_jobs(&numbers, &mut self.roster) == Jobs::SomeGivenUp {
            self.roster.release_programs(&self.works.children, turn);
            self.hand_over(turn);
            self.works.forget_orphans(turn);
        }
        self.renew_silences(&numbers.before(self.roster.len()), turn);
        self.roster.clockwork.restart();
        self.ledger.begin_anew(self.roster.len());
    }
}

/// From old numbers of services to new ones.
struct Numbers(Vec<Option<ServiceIndex>>);

impl Numbers {
    fn new(old: &Config, new: &Config) -> Numbers {
        let all = ServiceIndex::all(new.services.len());
        let places: HashMap<_, ServiceIndex> = new.services.iter().map(identity).zip(all).collect();
        let find = |service: &Service| places.get(&identity(service)).copied();
        Numbers(old.services.iter().map(find).collect())
    }

    /// The new number, unless the service is gone.
    fn of(&self, from: ServiceIndex) -> Option<ServiceIndex> {
        self.0.get(from.at()).copied().flatten()
    }

    /// From new numbers to old ones.
    fn before(&self, count: usize) -> Vec<Option<u32>> {
        let mut before = vec![None; count];
        for (old, new) in (0u32..).zip(&self.0) {
            let slot = new.and_then(|new| before.get_mut(new.at()));
            slot.into_iter().for_each(|slot| *slot = Some(old));
        }
        before
    }

    /// Of these, without those that are gone.
    fn of_all(&self, list: &[ServiceIndex]) -> Vec<ServiceIndex> {
        list.iter().filter_map(|index| self.of(*index)).collect()
    }
}

/// What has become of the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jobs {
    AllGoOn,
    SomeGivenUp,
}

impl Roster {
    /// Fills the list for a new configuration from that for the `old` one.
    fn inherit(&mut self, old: &Config, numbers: &Numbers, turn: &mut Turn<'_>) {
        let old_units = std::mem::take(&mut self.units);
        self.units = self.config.services.iter().map(Unit::new).collect();
        // New services begin as at the start of the daemon; unknown ones are monitored unless told otherwise.
        for (service, unit) in self.config.services.iter().zip(&mut self.units) {
            unit.monitoring = Monitoring::begun(service.onreboot != OnReboot::NoStart);
        }
        for ((from, mut unit), old_service) in
            ServiceIndex::all(old_units.len()).zip(old_units).zip(&old.services)
        {
            let Some(to) = numbers.of(from) else {
                give_up_check(&mut unit, turn);
                let_alone(&unit, turn);
                continue;
            };
            let service = &self.config.services[to.at()];
            if let Some(lingering) = &mut unit.lingering {
                lingering.renumber(&|index| numbers.of(index));
            }
            let slot = &mut self.units[to.at()];
            if same(old, old_service, &self.config, service) {
                *slot = unit;
            } else {
                give_up_check(&mut unit, turn);
                succeed(slot, unit, service, old_service);
            }
        }
        self.common.agenda = Agenda::new(&self.config, &self.units);
        self.dependants = Dependants::new(&self.config);
        self.common.facts = CycleFacts::new(&self.config);
    }

    /// The programs of jobs that are no more go on alone; nothing is started beside them.
    fn release_programs(&mut self, children: &[(ChildId, Owner)], turn: &mut Turn<'_>) {
        for index in self.all() {
            let mut one = self.one(index);
            let busy = one.unit.busy;
            let Some(known) = one.unit.lingering.as_ref().filter(|known| known.in_time && !busy) else {
                continue;
            };
            if children.iter().any(|(child, _)| Some(*child) == known.child()) {
                one.let_linger(turn);
            } else {
                one.unit.lingering = None;
            }
        }
    }
}

/// A check in flight is given up.
fn give_up_check(unit: &mut Unit, turn: &mut Turn<'_>) {
    let Some(flight) = unit.flight.take() else { return };
    flight.probes.iter().for_each(|(probe, _)| turn.world.stop_probe(*probe));
    if let Some(child) = flight.program {
        turn.note(Note::LetGo(child));
        turn.world.stop_child(child, turn.now);
    }
}

/// The service is gone: nobody watches it any more.
fn let_alone(unit: &Unit, turn: &mut Turn<'_>) {
    if let Some((_, watch)) = unit.watch {
        turn.world.unwatch(watch);
    }
    let late = unit.lingering.as_ref().filter(|lingering| lingering.late());
    if let Some(child) = late.and_then(|lingering| lingering.child()) {
        turn.note(Note::LetGo(child));
        turn.world.forget_child(child);
    }
}

/// What stays of a service of which something has changed.
fn succeed(slot: &mut Unit, unit: Unit, service: &Service, old_service: &Service) {
    slot.inherit(service, old_service, &unit);
    let (tests, extras) = (std::mem::take(&mut slot.tests), std::mem::take(&mut slot.extras));
    *slot = Unit { tests, extras, ..unit };
    if service.subject.is_same(&old_service.subject) {
        slot.memory.renumber_tests(test_key::numbers(old_service, service));
        if let Some(withheld) = &mut slot.withheld {
            let test = test_key::numbers(old_service, service);
            withheld.renumber(|about| match about {
                About::Itself => Some(about),
                About::Test(at) => test(at).map(About::Test),
                About::Limit(at) => same_limit(at, old_service, service).map(About::Limit),
            });
        }
    } else {
        // Something else is watched under the old name.
        let monitoring = Monitoring::begun(slot.monitoring.is_on());
        *slot = Unit { monitoring, lingering: slot.lingering.take(), ..Unit::new(service) };
    }
    if service.every != old_service.every {
        slot.skip = 0;
        slot.next = None;
        slot.monitoring.left_out(false);
    }
}

/// The number of the same restart limit in another version of the service.
fn same_limit(at: u16, old: &Service, new: &Service) -> Option<u16> {
    let key = old.restart_limits.get(usize::from(at)).map(test_key::of_limit)?;
    new.restart_limits.iter().position(|limit| test_key::of_limit(limit) == key)?.try_into().ok()
}

impl Works {
    /// Programs and probes run for the new numbers.
    fn renumber(&mut self, numbers: &Numbers, roster: &Roster) {
        self.lingering = roster.late_ones();
        let flights = roster.all().filter_map(|index| Some((index, roster.unit(index).flight.as_ref()?)));
        self.probes = flights
            .flat_map(|(index, flight)| flight.probes.iter().map(move |(probe, _)| (*probe, index)))
            .collect();
        self.children.retain_mut(|(_, owner)| match owner {
            Owner::Check(index) | Owner::Lingering(index) => {
                numbers.of(*index).map(|to| *index = to).is_some()
            }
            Owner::Exec(index) => {
                *index = index.and_then(|index| numbers.of(index));
                true
            }
            Owner::Job(_) => true,
        });
        self.queue.retain_mut(|request| {
            request.roots = numbers.of_all(&request.roots);
            !request.roots.is_empty()
        });
    }

    /// Jobs speak of the new numbers, or end.
    fn renumber_jobs(&mut self, numbers: &Numbers, roster: &mut Roster) -> Jobs {
        roster.units.iter_mut().for_each(|unit| unit.busy = false);
        let mut jobs = Jobs::AllGoOn;
        for job in std::mem::take(&mut self.jobs) {
            match job.renumber(|index| numbers.of(index)) {
                Some(job) => {
                    job.members().iter().for_each(|index| roster.unit_mut(*index).busy = true);
                    self.jobs.push(job);
                }
                None => jobs = Jobs::SomeGivenUp,
            }
        }
        jobs
    }

    /// Programs of jobs that are no more, and do not linger, are nobody's.
    fn forget_orphans(&mut self, turn: &mut Turn<'_>) {
        let jobs = &self.jobs;
        self.children.retain(|(child, owner)| match owner {
            Owner::Job(id) if jobs.iter().all(|job| job.id() != *id) => {
                turn.world.forget_child(*child);
                false
            }
            _ => true,
        });
    }
}

/// Is everything about the service as it was, but for where it stands?
fn same(old_config: &Config, old: &Service, new_config: &Config, new: &Service) -> bool {
    let names = |config: &Config, service: &Service| -> Vec<Box<str>> {
        let name = |base: &u32| config.services.get(*base as usize).map(|base| base.name.clone());
        service.depends.iter().filter_map(name).collect()
    };
    names(old_config, old) == names(new_config, new) && placeless(old) == placeless(new)
}

/// A copy without line numbers and without indices into other lists.
fn placeless(service: &Service) -> Service {
    let mut copy = service.clone();
    copy.place = Place::default();
    copy.depends.clear();
    copy.depends_on.clear();
    copy.groups.clear();
    copy.tests.iter_mut().for_each(|test| test.place = Place::default());
    copy.alerts.iter_mut().for_each(|alert| alert.place = Place::default());
    copy.restart_limits.iter_mut().for_each(|limit| limit.place = Place::default());
    copy.ignores.iter_mut().for_each(|(_, _, place)| *place = Place::default());
    copy
}
