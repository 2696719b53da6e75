//! What processes say of themselves, read once for all services that ask in one cycle.
//!
//! Most processes are watched by one service, and of those nothing is kept. Once a second service asks for the same one in
//! a cycle there is room for what it says, in this cycle and the next, until nobody shares it any more. What was read is
//! good for a moment only: a cycle of thousands of services may take long, and no verdict may be on what is long gone.

use crate::machine::{DescriptorLimit, Fact, Facts, MemoryKind, Process, ProcessIo, ProcessStat};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How long what was read for one service is good for others.
const FRESH: Duration = Duration::from_millis(100);

/// The processes of a cycle.
#[derive(Debug, Default)]
pub(super) struct Processes {
    /// One service has asked for these.
    once: BTreeSet<i32>,
    /// Several have, in this cycle or the one before.
    shared: BTreeMap<i32, Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// By so many services in this cycle.
    asked: u32,
    told: Option<Box<Told>>,
}

/// What a process has said, and since when.
#[derive(Debug)]
struct Told {
    at: Instant,
    process: Option<Process>,
    /// Nothing of it was taken for granted.
    exact: bool,
    stat: Option<Fact<ProcessStat>>,
    children: Option<Fact<Vec<i32>>>,
    memory: Option<Fact<u64>>,
    descriptors: Option<Fact<u64>>,
    limit: Option<Fact<DescriptorLimit>>,
    io: Option<Fact<ProcessIo>>,
    label: Option<Fact<String>>,
}

impl Told {
    fn at(at: Instant) -> Told {
        Told {
            at,
            process: None,
            exact: false,
            stat: None,
            children: None,
            memory: None,
            descriptors: None,
            limit: None,
            io: None,
            label: None,
        }
    }
}

impl Processes {
    /// A new cycle begins: everything is to be read again.
    pub(super) fn renew(&mut self) {
        self.once = BTreeSet::new();
        self.shared.retain(|_, shared| {
            shared.told = None;
            std::mem::take(&mut shared.asked) > 1
        });
    }

    /// What was read is out of date: something was done to processes.
    pub(super) fn look_anew(&mut self) {
        self.shared.values_mut().for_each(|shared| shared.told = None);
    }

    /// A check begins to ask about this process; once in each check.
    pub(super) fn ask(&mut self, pid: i32, now: Instant) {
        let Some(shared) = self.shared.get_mut(&pid) else {
            if !self.once.insert(pid) {
                self.shared.insert(pid, Shared { asked: 2, told: Some(Box::new(Told::at(now))) });
            }
            return;
        };
        shared.asked = shared.asked.saturating_add(1);
        let fresh = |told: &Told| now.saturating_duration_since(told.at) <= FRESH;
        if !shared.told.as_deref().is_some_and(fresh) {
            shared.told = Some(Box::new(Told::at(now)));
        }
    }

    /// The time that the answers of this process are of; `None`: they are of now.
    pub(super) fn time_of(&self, pid: i32) -> Option<Instant> {
        Some(self.shared.get(&pid)?.told.as_ref()?.at)
    }

    fn told(&mut self, pid: i32) -> Option<&mut Told> {
        self.shared.get_mut(&pid)?.told.as_deref_mut()
    }

    fn get<T: Clone>(
        &mut self,
        pid: i32,
        place: impl Fn(&mut Told) -> &mut Option<Fact<T>>,
        read: impl FnOnce() -> Fact<T>,
    ) -> Fact<T> {
        match self.told(pid) {
            Some(told) => place(told).get_or_insert_with(read).clone(),
            None => read(),
        }
    }

    /// The process. `known`: as it was, if what [`Facts::same_process`] takes for granted will do.
    pub(super) fn process(
        &mut self,
        pid: i32,
        known: Option<Process>,
        facts: &mut dyn Facts,
    ) -> Fact<Process> {
        let exact = known.is_none();
        let kept = self.told(pid).filter(|told| told.exact || !exact).and_then(|told| told.process);
        if let Some(process) = kept {
            return Ok(process);
        }
        let found = match known {
            Some(known) => facts.same_process(&known),
            None => facts.process(pid),
        };
        if let (Ok(process), Some(told)) = (&found, self.told(pid)) {
            told.process = Some(*process);
            told.exact = exact;
        }
        found
    }

    /// [`Facts::process_stat`].
    pub(super) fn stat(&mut self, pid: i32, facts: &mut dyn Facts) -> Fact<ProcessStat> {
        self.get(pid, |told| &mut told.stat, || facts.process_stat(pid))
    }

    /// [`Facts::children_of`].
    pub(super) fn children(&mut self, parent: &ProcessStat, facts: &mut dyn Facts) -> Fact<Vec<i32>> {
        let read = || {
            let mut children = Vec::new();
            facts.children_of(parent.pid, parent.threads, &mut children).map(|()| children)
        };
        self.get(parent.pid, |told| &mut told.children, read)
    }

    /// [`Facts::process_memory`], the share.
    pub(super) fn memory(&mut self, pid: i32, facts: &mut dyn Facts) -> Fact<u64> {
        self.get(pid, |told| &mut told.memory, || facts.process_memory(pid, MemoryKind::Share))
    }

    /// [`Facts::process_descriptors`].
    pub(super) fn descriptors(&mut self, pid: i32, facts: &mut dyn Facts) -> Fact<u64> {
        self.get(pid, |told| &mut told.descriptors, || facts.process_descriptors(pid))
    }

    /// [`Facts::process_descriptor_limit`].
    pub(super) fn limit(&mut self, pid: i32, facts: &mut dyn Facts) -> Fact<DescriptorLimit> {
        self.get(pid, |told| &mut told.limit, || facts.process_descriptor_limit(pid))
    }

    /// [`Facts::process_io`].
    pub(super) fn io(&mut self, pid: i32, facts: &mut dyn Facts) -> Fact<ProcessIo> {
        self.get(pid, |told| &mut told.io, || facts.process_io(pid))
    }

    /// [`Facts::security_attribute`].
    pub(super) fn label(&mut self, pid: i32, facts: &mut dyn Facts) -> Fact<String> {
        self.get(pid, |told| &mut told.label, || facts.security_attribute(pid))
    }
}

#[cfg(test)]
#[path = "processes_tests.rs"]
mod tests;
