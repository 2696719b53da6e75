//! A process and its descendants: who they are, and what they use together.

use super::check::Context;
use super::memory::ProcessReading;
use crate::machine::{Facts, ProcessStat};
use std::time::Instant;

/// A tree larger than this is cut: something forks without end, and we must not follow it.
const LARGEST: usize = 20_000;
/// Microseconds to measure one process.
const COST: u32 = 120;

/// A tree being measured, the process itself first.
#[derive(Debug, Default)]
pub(super) struct Tree {
    members: Vec<ProcessStat>,
    next: usize,
    memory: u64,
    descriptors: u64,
    /// The descendants are known.
    complete: bool,
}

impl Tree {
    /// Finds the descendants: in the table of all processes if it is read anyway, else by the kernel's lists of
    /// children. `None` while the table is being read.
    pub(super) fn find(root: ProcessStat, context: &mut Context<'_>) -> Option<Tree> {
        let mut tree = Tree { members: vec![root], complete: true, ..Tree::default() };
        if context.cycle.has_table() {
            tree.descend(context.cycle.table(false, context.facts)?);
            return Some(tree);
        }
        let mut at = 0;
        let mut children = Vec::new();
        while let Some(parent) = tree.members.get(at).copied() {
            at += 1;
            children.clear();
            if !context.facts.children_of(parent.pid, &mut children) {
                // Only the root counts: a descendant may just have gone.
                tree.complete &= at > 1;
                continue;
            }
            context.cycle.spend(15);
            for pid in &children {
                if tree.members.len() < LARGEST && !tree.members.iter().any(|known| known.pid == *pid) {
                    tree.members.extend(context.facts.process_stat(*pid));
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
        while let Some(parent) = self.members.get(at).map(|process| process.pid) {
            at += 1;
            let first = by_parent.partition_point(|process| process.ppid < parent);
            let children = by_parent.iter().skip(first).take_while(|process| process.ppid == parent);
            for child in children {
                if self.members.len() < LARGEST && child.pid != child.ppid {
                    self.members.push(**child);
                }
            }
        }
    }

    /// Measures on; `true` when all are measured.
    pub(super) fn step(&mut self, reading: &mut ProcessReading, context: &mut Context<'_>) -> bool {
        while let Some(process) = self.members.get(self.next) {
            if self.next > 0 && context.cycle.turn_spent() {
                return false;
            }
            let memory = context.facts.process_memory(process.pid);
            let descriptors = context.facts.process_descriptors(process.pid);
            if self.next == 0 {
                reading.memory = memory;
                reading.descriptors = descriptors;
            }
            self.memory = self.memory.saturating_add(memory.unwrap_or(0));
            self.descriptors = self.descriptors.saturating_add(descriptors.unwrap_or(0));
            context.cycle.spend(COST);
            self.next += 1;
        }
        true
    }

    /// Writes the sums and the processor shares into the reading.
    pub(super) fn finish(self, reading: &mut ProcessReading, facts: &mut dyn Facts, now: Instant) {
        let cores = facts.processors().max(1);
        let (ticks_now, per_second) = facts.ticks();
        let elapsed = reading.measured_at.map(|last| now.saturating_duration_since(last).as_secs_f64());
        let elapsed = elapsed.filter(|seconds| *seconds > 0.0);
        let share = |process: &ProcessStat| -> Option<f64> {
            let seconds = elapsed?;
            let same = |old: &&ProcessStat| old.pid == process.pid && old.start == process.start;
            let before = match reading.tree.iter().find(same) {
                Some(old) => old.cpu,
                // Started since the last look: all of its time counts.
                None if (ticks_now.saturating_sub(process.start)) as f64 <= seconds * per_second as f64 => 0,
                None => return None,
            };
            let used = process.cpu.saturating_sub(before) as f64 / per_second.max(1) as f64;
            let usable = f64::from(process.threads.clamp(1, cores));
            Some((used * 100.0 / seconds / usable).clamp(0.0, 100.0))
        };
        let root = self.members.first();
        reading.cpu = root.and_then(&share);
        reading.cpu_total = reading.cpu.filter(|_| self.complete).map(|own| {
            let children = self.members.iter().skip(1).filter_map(&share).sum::<f64>();
            (own + children).min(100.0)
        });
        let children = u32::try_from(self.members.len().saturating_sub(1)).unwrap_or(u32::MAX);
        reading.children = self.complete.then_some(children);
        reading.memory_total = reading.memory.filter(|_| self.complete).map(|_| self.memory);
        reading.descriptors_total = reading.descriptors.filter(|_| self.complete).map(|_| self.descriptors);
        reading.measured_at = Some(now);
        reading.tree = self.members;
    }
}
