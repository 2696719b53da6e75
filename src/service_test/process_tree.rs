//! A process and its descendants: who they are, and what they use together.

use super::context::Context;
use super::memory::{KeptProcess, ProcessReading};
use crate::config::{Condition, Resource};
use crate::machine::{Fact, NoFact, ProcessStat};
use std::time::Instant;

/// A tree larger than this is cut: something forks without end, and we must not follow it.
const LARGEST: usize = 20_000;
/// Microseconds to measure one process.
const COST: u32 = 120;
/// While no test asks for memory, a share (PSS) is good for so many checks if the resident size stays about the
/// same: the kernel has to walk all pages of a process for it.
const GOOD_FOR: u8 = 10;

/// One process of a tree, being measured.
#[derive(Debug, Clone, Copy)]
struct Member {
    stat: ProcessStat,
    memory: Option<u64>,
    /// Resident pages when the memory was measured.
    resident: u64,
    /// Checks since then.
    age: u8,
}

/// A tree being measured, the process itself first.
#[derive(Debug, Default)]
pub(super) struct Tree {
    members: Vec<Member>,
    next: usize,
    memory: u64,
    descriptors: u64,
    /// The descendants are known.
    complete: bool,
    faults: Faults,
}

/// Why something is not known: who the descendants are, and what the process itself and those below it use.
#[derive(Debug, Default)]
struct Faults {
    list: Option<Box<str>>,
    memory: Option<Box<str>>,
    descriptors: Option<Box<str>>,
    memory_below: Option<Box<str>>,
    descriptors_below: Option<Box<str>>,
}

fn member(stat: ProcessStat) -> Member {
    Member { stat, memory: None, resident: 0, age: GOOD_FOR }
}

/// The same process in the tree of the last check, which is sorted by number.
fn before<'a>(tree: &'a [KeptProcess], process: &ProcessStat) -> Option<&'a KeptProcess> {
    let at = tree.binary_search_by_key(&process.pid, |kept| kept.pid).ok()?;
    tree.get(at).filter(|kept| kept.start == process.start)
}

/// Tells of the faults that keep a test from being decided.
fn tell(faults: Faults, context: &mut Context<'_>) {
    use Resource as R;
    let missing = |fault: Option<Box<str>>| fault.map_or(Ok(()), |reason| Err(NoFact::Unreadable(reason)));
    let of_all = |c: &Condition| {
        matches!(
            c,
            Condition::Resource(R::TotalCpu | R::TotalMemory | R::Children, ..)
                | Condition::TotalFileDescriptors(..)
        )
    };
    let memory = |c: &Condition| matches!(c, Condition::Resource(R::Memory | R::TotalMemory, ..));
    let descriptors =
        |c: &Condition| matches!(c, Condition::FileDescriptors(..) | Condition::TotalFileDescriptors(..));
    let memory_below = |c: &Condition| matches!(c, Condition::Resource(R::TotalMemory, ..));
    let descriptors_below = |c: &Condition| matches!(c, Condition::TotalFileDescriptors(..));
    context.take("children of the process", missing(faults.list), of_all);
    context.take("memory of the process", missing(faults.memory), memory);
    context.take("filedescriptors of the process", missing(faults.descriptors), descriptors);
    context.take("memory of its children", missing(faults.memory_below), memory_below);
    context.take("filedescriptors of its children", missing(faults.descriptors_below), descriptors_below);
}

/// The value, if it is known; else the fault is noted.
fn known(fact: Fact<u64>, fault: &mut Option<Box<str>>) -> Option<u64> {
    match fact {
        Ok(value) => Some(value),
        Err(NoFact::Absent) => None,
        Err(NoFact::Unreadable(reason)) => {
            *fault = Some(reason);
            None
        }
    }
}

impl Tree {
    /// Finds the descendants: in the table of all processes if it is read anyway, else by the kernel's lists of
    /// children. `None` while the table is being read.
    pub(super) fn find(root: ProcessStat, context: &mut Context<'_>) -> Option<Tree> {
        let mut tree = Tree { members: vec![member(root)], complete: true, ..Tree::default() };
        if context.cycle.has_table() {
            let (table, fault) = context.cycle.table(context.facts)?;
            tree.descend(table);
            tree.faults.list = fault.map(Into::into);
            for member in tree.members.iter().skip(1) {
                context.cycle.processes.ask(member.stat.pid, context.now.mono);
            }
            return Some(tree);
        }
        let mut at = 0;
        while let Some(parent) = tree.members.get(at).map(|member| member.stat) {
            at += 1;
            let children = match context.cycle.processes.children(&parent, context.facts) {
                Ok(children) => children,
                Err(NoFact::Absent) => {
                    // Only the root counts: a descendant may just have gone.
                    tree.complete &= at > 1;
                    continue;
                }
                Err(NoFact::Unreadable(reason)) => {
                    tree.faults.list = Some(reason);
                    continue;
                }
            };
            context.cycle.spend(15);
            for pid in &children {
                if tree.members.len() < LARGEST && *pid != root.pid {
                    context.cycle.processes.ask(*pid, context.now.mono);
                    match context.cycle.processes.stat(*pid, context.facts) {
                        Ok(stat) => tree.members.push(member(stat)),
                        Err(NoFact::Absent) => {}
                        Err(NoFact::Unreadable(reason)) => tree.faults.list = Some(reason),
                    }
                }
            }
        }
        Some(tree)
    }

    /// All descendants in a table that may stand in any order.
    fn descend(&mut self, table: &[ProcessStat]) {
        let mut by_parent: Vec<&ProcessStat> = table.iter().collect();
        by_parent.sort_unstable_by_key(|process| process.ppid);
        let mut at = 0;
        while let Some(parent) = self.members.get(at).map(|member| member.stat.pid) {
            at += 1;
            let first = by_parent.partition_point(|process| process.ppid < parent);
            let children = by_parent.iter().skip(first).take_while(|process| process.ppid == parent);
            for child in children {
                if self.members.len() < LARGEST && child.pid != child.ppid {
                    self.members.push(member(**child));
                }
            }
        }
    }

    /// Measures on; `true` when all are measured.
    pub(super) fn step(&mut self, reading: &mut ProcessReading, context: &mut Context<'_>) -> bool {
        let exact = context.service.tests.iter().any(|test| {
            matches!(test.condition, Condition::Resource(Resource::Memory | Resource::TotalMemory, ..))
        });
        while let Some(process) = self.members.get_mut(self.next) {
            if self.next > 0 && context.cycle.turn_spent() {
                return false;
            }
            let now = process.stat.resident;
            match before(&reading.tree, &process.stat) {
                Some(last)
                    if !exact && last.age < GOOD_FOR && now.abs_diff(last.resident) <= last.resident / 64 =>
                {
                    process.memory = Some(last.memory).filter(|bytes| *bytes != u64::MAX);
                    process.resident = last.resident;
                    process.age = last.age + 1;
                }
                _ => {
                    let memory = context.cycle.processes.memory(process.stat.pid, context.facts);
                    let faults = &mut self.faults;
                    let fault = if self.next == 0 { &mut faults.memory } else { &mut faults.memory_below };
                    process.memory = known(memory, fault);
                    (process.resident, process.age) = (now, 0);
                    context.cycle.spend(COST);
                }
            }
            let descriptors = context.cycle.processes.descriptors(process.stat.pid, context.facts);
            let faults = &mut self.faults;
            let fault = if self.next == 0 { &mut faults.descriptors } else { &mut faults.descriptors_below };
            let descriptors = known(descriptors, fault);
            if self.next == 0 {
                reading.memory = process.memory;
                reading.descriptors = descriptors;
            }
            self.memory = self.memory.saturating_add(process.memory.unwrap_or(0));
            self.descriptors = self.descriptors.saturating_add(descriptors.unwrap_or(0));
            context.cycle.spend(COST / 4);
            self.next += 1;
        }
        true
    }

    /// Writes the sums and the processor shares into the reading. `now`: the time that the processor times are of.
    pub(super) fn finish(mut self, reading: &mut ProcessReading, now: Instant, context: &mut Context<'_>) {
        let faults = std::mem::take(&mut self.faults);
        let listed = self.complete && faults.list.is_none();
        let whole_memory = listed && faults.memory_below.is_none();
        let all_descriptors = listed && faults.descriptors_below.is_none();
        tell(faults, context);
        let cores = context.cycle.processors(context.facts);
        let cores = context.take("number of processors", cores, |condition| {
            matches!(condition, Condition::Resource(Resource::Cpu | Resource::TotalCpu, ..))
        });
        let (ticks_now, per_second) = context.facts.ticks();
        let elapsed = reading.measured_at.map(|last| now.saturating_duration_since(last).as_secs_f64());
        let elapsed = elapsed.filter(|seconds| *seconds > 0.0);
        let share = |process: &ProcessStat| -> Option<f64> {
            let seconds = elapsed?;
            let used_before = match before(&reading.tree, process) {
                Some(last) => last.cpu,
                // Started since the last look: all of its time counts.
                None if (ticks_now.saturating_sub(process.start)) as f64 <= seconds * per_second as f64 => 0,
                None => return None,
            };
            let used = process.cpu.saturating_sub(used_before) as f64 / per_second.max(1) as f64;
            let usable = f64::from(process.threads.clamp(1, cores?));
            Some((used * 100.0 / seconds / usable).clamp(0.0, 100.0))
        };
        let cpu = self.members.first().and_then(|root| share(&root.stat));
        let children = self.members.iter().skip(1);
        let children_cpu = children.filter_map(|child| share(&child.stat)).sum::<f64>();
        reading.cpu = cpu;
        reading.cpu_total = cpu.filter(|_| listed).map(|own| (own + children_cpu).min(100.0));
        let children = u32::try_from(self.members.len().saturating_sub(1)).unwrap_or(u32::MAX);
        reading.children = listed.then_some(children);
        reading.memory_total = reading.memory.filter(|_| whole_memory).map(|_| self.memory);
        reading.descriptors_total = reading.descriptors.filter(|_| all_descriptors).map(|_| self.descriptors);
        reading.measured_at = Some(now);
        self.members.sort_unstable_by_key(|member| member.stat.pid);
        self.members.dedup_by_key(|member| member.stat.pid);
        let keep = |member: &Member| KeptProcess {
            pid: member.stat.pid,
            age: member.age,
            start: member.stat.start,
            cpu: member.stat.cpu,
            memory: member.memory.unwrap_or(u64::MAX),
            resident: member.resident,
        };
        if reading.tree.len() == self.members.len() {
            reading.tree.iter_mut().zip(&self.members).for_each(|(kept, member)| *kept = keep(member));
        } else {
            reading.tree = self.members.iter().map(keep).collect();
        }
    }
}
