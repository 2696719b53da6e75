//! Taking up a new control file: what stayed the same goes on as if nothing had happened.
//!
//! A service is the same if its name and type are; a test is the same if all that is written in it is. Incidents, counters
//! and remembered values of the same tests stay; a check in flight goes on if nothing about its service changed; an
//! action goes on if all its services are still there. What is gone is dropped, processes are left alone.

use super::agenda::{Agenda, Marks};
use super::cycle::Clockwork;
use super::dependency::Dependants;
use super::lingering;
use super::saved::identity;
use super::test_key;
use super::unit::Unit;
use super::{Owner, Services, World};
use crate::config::{Config, Place, Service};
use crate::reactor::Now;
use crate::service_test::CycleFacts;
use std::collections::HashMap;

impl Services {
    /// Replaces the configuration by one that has been read and checked.
    pub fn reload(&mut self, config: Config, now: Now, world: &mut dyn World) {
        let old = std::mem::replace(&mut self.config, config);
        let old_units = std::mem::take(&mut self.units);
        let number = numbers(&old, &self.config);
        let mut units: Vec<Unit> = self.config.services.iter().map(Unit::new).collect();
        let mut given_up = Vec::new();
        for ((from, mut unit), old_service) in (0u32..).zip(old_units).zip(&old.services) {
            let to = number(from);
            let service = to.and_then(|to| self.config.services.get(to as usize));
            let unchanged = service.is_some_and(|service| same(&old, old_service, &self.config, service));
            if !unchanged {
                if let Some(flight) = unit.flight.take() {
                    flight.probes.iter().for_each(|(probe, _)| world.stop_probe(*probe));
                    given_up.extend(flight.program);
                }
            }
            let (Some(to), Some(service)) = (to, service) else {
                if let Some((_, watch)) = unit.watch {
                    world.unwatch(watch);
                }
                let late = unit.lingering.filter(|lingering| lingering.late());
                if let Some(child) = late.and_then(|lingering| lingering.child()) {
                    self.children.retain(|(id, _)| *id != child);
                    world.forget_child(child);
                }
                continue;
            };
            if let Some(lingering) = &mut unit.lingering {
                lingering.renumber(&number);
            }
            let slot = &mut units[to as usize];
            if unchanged {
                *slot = unit;
                continue;
            }
            slot.inherit(service, old_service, &unit);
            let (tests, extras) = (std::mem::take(&mut slot.tests), std::mem::take(&mut slot.extras));
            let same_subject = service.subject == old_service.subject;
            let schedule = service.every == old_service.every;
            *slot = Unit { tests, extras, ..unit };
            if !same_subject {
                // Something else is watched under the old name.
                let (monitored, lingering) = (slot.monitored, slot.lingering.take());
                *slot = Unit { monitored, lingering, ..Unit::new(service) };
            } else {
                slot.memory.renumber_tests(test_key::numbers(old_service, service));
            }
            if !schedule {
                slot.skip = 0;
                slot.next = None;
                slot.waiting = false;
            }
        }
        // New services begin as at the start of the daemon; unknown ones are monitored unless told otherwise.
        let mut known = Marks::new(self.config.services.len());
        (0u32..).zip(&old.services).filter_map(|(from, _)| number(from)).for_each(|to| known.set(to));
        for (to, (service, unit)) in (0u32..).zip(self.config.services.iter().zip(&mut units)) {
            if !known.has(to) {
                unit.monitored = service.onreboot != crate::config::OnReboot::NoStart;
            }
        }
        self.probes = (0u32..)
            .zip(&units)
            .filter_map(|(index, unit)| Some((index, unit.flight.as_ref()?)))
            .flat_map(|(index, flight)| flight.probes.iter().map(move |(probe, _)| (*probe, index)))
            .collect();
        self.units = units;
        self.agenda = Agenda::new(&self.config, &self.units);
        self.dependants = Dependants::new(&self.config);
        self.facts = CycleFacts::new(&self.config);
        self.lingering = lingering::late_ones(&self.units);
        for child in given_up {
            self.children.retain(|(id, _)| *id != child);
            world.stop_child(child, now);
        }
        self.children.retain_mut(|(_, owner)| match owner {
            Owner::Check(index) | Owner::Lingering(index) => number(*index).map(|to| *index = to).is_some(),
            Owner::Exec(index) => {
                *index = number(*index).unwrap_or(u32::MAX);
                true
            }
            Owner::Job(_) => true,
        });
        self.renumber_jobs(&number, world);
        Clockwork::restart(&mut self.clockwork);
        self.not_written();
        self.generation += 1;
        self.unsaved = Marks::new(self.units.len());
    }

    /// Jobs and requests speak of the new numbers, or end.
    fn renumber_jobs(&mut self, number: &impl Fn(u32) -> Option<u32>, world: &mut dyn World) {
        for unit in &mut self.units {
            unit.busy = false;
        }
        let mut given_up = false;
        for job in std::mem::take(&mut self.jobs) {
            match job.renumber(number) {
                Some(job) => {
                    for index in job.members() {
                        self.units[*index as usize].busy = true;
                    }
                    self.jobs.push(job);
                }
                None => given_up = true,
            }
        }
        if given_up {
            self.release_programs(world);
        }
        self.queue.retain_mut(|request| {
            request.roots = request.roots.iter().filter_map(|root| number(*root)).collect();
            !request.roots.is_empty()
        });
    }

    /// The programs of jobs that are no more go on alone; nothing is started beside them.
    fn release_programs(&mut self, world: &mut dyn World) {
        for index in 0..self.len() {
            let unit = &mut self.units[index as usize];
            let Some(known) = unit.lingering.as_ref().filter(|known| known.in_time && !unit.busy) else {
                continue;
            };
            if self.children.iter().any(|(child, _)| Some(*child) == known.child()) {
                self.let_linger(index);
            } else {
                unit.lingering = None;
            }
        }
        let jobs = &self.jobs;
        self.children.retain(|(child, owner)| match owner {
            Owner::Job(id) if jobs.iter().all(|job| job.id() != *id) => {
                world.forget_child(*child);
                false
            }
            _ => true,
        });
    }
}

/// Old number to new number.
fn numbers(old: &Config, new: &Config) -> impl Fn(u32) -> Option<u32> + use<> {
    let places: HashMap<_, u32> = new.services.iter().map(identity).zip(0..).collect();
    let find = |service: &Service| places.get(&identity(service)).copied();
    let table: Vec<Option<u32>> = old.services.iter().map(find).collect();
    move |from| table.get(from as usize).copied().flatten()
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
