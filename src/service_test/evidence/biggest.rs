//! Of a resource that is short: the five biggest processes by it, with their names and never their arguments.
//!
//! The table of all processes is taken where a cycle has read one; otherwise it is read now, a piece in each turn of the
//! loop. What a process uses of the processor is the difference of two looks.

use super::lines::Evidence;
use crate::config::{Condition, Resource, Service, Stalled, Subject, format};
use crate::machine::{Facts, MemoryKind, ProcessStat};
use crate::service_test::cycle_facts::CycleFacts;
use crate::service_test::memory::{Measured, Memory};
use crate::service_test::progress::Progress;
use crate::service_test::verdict::{Outcome, TestRef, Verdict};
use crate::sys::clock::page_size;
use std::time::{Duration, Instant};

/// So many are shown.
const MOST: usize = 5;
/// Microseconds to look at one process, on a slow machine.
const LOOK: u32 = 25;
/// Between two looks at the times of processes, which the kernel counts in hundredths of a second.
const BETWEEN: Duration = Duration::from_millis(500);

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Cpu,
    Memory,
    Swap,
}

/// Of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// All processes.
    All,
    /// The process of the service and those below it.
    Tree,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Goal(Measure, Whose);

impl Goal {
    /// What explains this test, if processes do: a new test has its line here.
    fn of(condition: &Condition) -> Option<Goal> {
        use Resource as R;
        Some(match condition {
            Condition::Resource(R::TotalCpu, ..) => Goal(Measure::Cpu, Whose::Tree),
            Condition::Resource(R::TotalMemory | R::Children, ..) => Goal(Measure::Memory, Whose::Tree),
            Condition::Resource(R::Memory, ..) => Goal(Measure::Memory, Whose::All),
            // Pages that go to the swap and come back: who has something there.
            Condition::Resource(R::Swap | R::PageIn | R::PageOut, ..) => Goal(Measure::Swap, Whose::All),
            Condition::Resource(
                R::Cpu
                | R::CpuUser
                | R::CpuSystem
                | R::CpuNice
                | R::CpuSoftIrq
                | R::CpuGuest
                | R::CpuGuestNice,
                ..,
            )
            | Condition::Resource(R::Load1 | R::Load5 | R::Load15, ..)
            | Condition::Resource(R::Load1PerCore | R::Load5PerCore | R::Load15PerCore, ..) => {
                Goal(Measure::Cpu, Whose::All)
            }
            Condition::Pressure { of: Stalled::Cpu, .. } => Goal(Measure::Cpu, Whose::All),
            Condition::Pressure { of: Stalled::Memory, .. } => Goal(Measure::Memory, Whose::All),
            _ => return None,
        })
    }

    fn of_verdict(service: &Service, verdict: &Verdict) -> Option<(u16, Goal)> {
        let TestRef::Test(at) = verdict.test else { return None };
        let test = service.tests.get(usize::from(at)).filter(|_| verdict.outcome == Outcome::Failed)?;
        Some((at, Goal::of(&test.condition)?))
    }
}

/// The search for the biggest processes in a check whose verdicts are given.
#[derive(Debug, Default)]
pub enum Search {
    /// The verdicts are not given yet.
    #[default]
    New,
    /// There are some that processes explain: is any of them going to be told?
    Asked,
    /// It goes on.
    Going(Box<Going>),
    /// There is nothing to look for any more.
    Over,
}

/// A search, and which verdicts it is for.
#[derive(Debug)]
pub struct Going {
    goals: Vec<(usize, Goal)>,
    scan: Option<Scan>,
}

impl Search {
    /// Are the verdicts still to be given?
    pub fn is_new(&self) -> bool {
        matches!(self, Search::New)
    }

    /// The verdicts are given.
    pub fn begin(&mut self, service: &Service, verdicts: &[Verdict], cycle: &CycleFacts) {
        let resources = matches!(service.subject, Subject::Process(_) | Subject::System);
        let wanted = resources
            && cycle.shows_evidence()
            && verdicts.iter().any(|verdict| Goal::of_verdict(service, verdict).is_some());
        *self = if wanted { Search::Asked } else { Search::Over };
    }

    /// Is it to be told which tests people hear of?
    pub fn asks(&self) -> bool {
        matches!(self, Search::Asked)
    }

    /// The answer: of these tests a failure will be told.
    pub fn answer(&mut self, service: &Service, verdicts: &[Verdict], told: impl Fn(u16) -> bool) {
        let goals = verdicts.iter().enumerate().filter_map(|(place, verdict)| {
            let (at, goal) = Goal::of_verdict(service, verdict)?;
            told(at).then_some((place, goal))
        });
        let goals: Vec<(usize, Goal)> = goals.collect();
        *self = match goals.is_empty() {
            true => Search::Over,
            false => Search::Going(Box::new(Going { goals, scan: None })),
        };
    }

    /// Goes on. Nobody has answered: then it is over.
    pub fn step(
        &mut self,
        verdicts: &mut [Verdict],
        memory: &Memory,
        facts: &mut dyn Facts,
        cycle: &mut CycleFacts,
        now: Instant,
    ) -> Progress<()> {
        if let Search::Going(going) = self {
            match going.step(verdicts, memory, facts, cycle, now) {
                Progress::Done(()) => {}
                wait => return wait,
            }
        }
        *self = Search::Over;
        Progress::Done(())
    }
}

impl Going {
    fn step(
        &mut self,
        verdicts: &mut [Verdict],
        memory: &Memory,
        facts: &mut dyn Facts,
        cycle: &mut CycleFacts,
        now: Instant,
    ) -> Progress<()> {
        while let Some((_, goal)) = self.goals.first().copied() {
            let scan = self.scan.get_or_insert_with(|| Scan::begin(goal, memory, facts, cycle, now));
            match scan.step(facts, cycle, now) {
                Progress::Done(()) => {}
                wait => return wait,
            }
            let found = self.scan.take().and_then(|scan| scan.evidence());
            for (place, _) in self.goals.iter().filter(|(_, other)| *other == goal) {
                if let Some(verdict) = verdicts.get_mut(*place) {
                    verdict.evidence = found.clone().map(Box::new);
                }
            }
            self.goals.retain(|(_, other)| *other != goal);
        }
        Progress::Done(())
    }
}

/// A process as it was at the first look; of larger numbers what tells one from another.
#[derive(Debug, Clone, Copy)]
struct Before {
    pid: i32,
    start: u32,
    cpu: u32,
}

/// One of the biggest.
#[derive(Debug, Clone, Copy)]
struct Big {
    stat: ProcessStat,
    amount: u64,
}

/// Processes being looked at.
#[derive(Debug)]
struct Scan {
    goal: Goal,
    pids: Vec<i32>,
    at: usize,
    /// When this look began.
    began: Instant,
    before: Vec<Before>,
    /// When the look before it began, of the times of processes.
    first: Option<Instant>,
    /// The biggest first.
    top: Vec<Big>,
}

impl Scan {
    fn begin(
        goal: Goal,
        memory: &Memory,
        facts: &mut dyn Facts,
        cycle: &mut CycleFacts,
        now: Instant,
    ) -> Scan {
        let (at, before) = (0, Vec::new());
        let mut scan = Scan { goal, pids: Vec::new(), at, began: now, before, first: None, top: Vec::new() };
        match (goal.1, &memory.measured) {
            (Whose::Tree, Measured::Process(reading)) => {
                scan.pids.extend(reading.tree.iter().map(|kept| kept.pid));
            }
            (Whose::Tree, _) => {}
            (Whose::All, _) => match cycle.table_of_cycle().filter(|_| goal.0 == Measure::Memory) {
                Some(table) => table.iter().for_each(|stat| scan.weigh(stat, resident(stat))),
                // What cannot be listed is not shown.
                None => drop(facts.pids(&mut scan.pids)),
            },
        }
        scan
    }

    fn step(&mut self, facts: &mut dyn Facts, cycle: &mut CycleFacts, now: Instant) -> Progress<()> {
        match (self.goal.0, self.first) {
            (measure @ (Measure::Memory | Measure::Swap), _) => {
                while let Some(pid) = self.pids.get(self.at).copied() {
                    if cycle.turn_spent() {
                        return Progress::More;
                    }
                    self.at += 1;
                    cycle.spend(LOOK);
                    let swapped = match measure {
                        Measure::Swap => Some(facts.process_memory(pid, MemoryKind::Swapped).unwrap_or(0)),
                        _ => None,
                    };
                    // Most processes have nothing there, and need no second look.
                    let Some(stat) = (swapped != Some(0)).then(|| facts.process_stat(pid).ok()).flatten()
                    else {
                        continue;
                    };
                    self.weigh(&stat, swapped.unwrap_or_else(|| resident(&stat)));
                }
            }
            (Measure::Cpu, None) => {
                while let Some(pid) = self.pids.get(self.at).copied() {
                    if cycle.turn_spent() {
                        return Progress::More;
                    }
                    self.at += 1;
                    cycle.spend(LOOK);
                    if let Ok(ProcessStat { start, cpu, .. }) = facts.process_stat(pid) {
                        self.before.push(Before { pid, start: start as u32, cpu: cpu as u32 });
                    }
                }
                self.pids = Vec::new();
                self.at = 0;
                self.first = Some(self.began);
                self.began += BETWEEN;
                return Progress::Later(self.began);
            }
            (Measure::Cpu, Some(first)) => {
                if self.at == 0 {
                    if now < self.began {
                        return Progress::Later(self.began);
                    }
                    self.began = now;
                }
                let (_, per_second) = facts.ticks();
                let seconds = self.began.saturating_duration_since(first).as_secs_f64();
                while let Some(before) = self.before.get(self.at).copied() {
                    if cycle.turn_spent() {
                        return Progress::More;
                    }
                    self.at += 1;
                    cycle.spend(LOOK);
                    let now = facts.process_stat(before.pid);
                    if let Some(stat) = now.ok().filter(|stat| stat.start as u32 == before.start) {
                        let ticks = f64::from((stat.cpu as u32).wrapping_sub(before.cpu));
                        let percent = ticks * 100.0 / per_second.max(1) as f64 / seconds.max(0.01);
                        // In tenths.
                        self.weigh(&stat, (percent * 10.0) as u64);
                    }
                }
            }
        }
        Progress::Done(())
    }

    fn weigh(&mut self, stat: &ProcessStat, amount: u64) {
        let at = self.top.partition_point(|big| big.amount >= amount);
        if amount > 0 && at < MOST {
            self.top.insert(at, Big { stat: *stat, amount });
            self.top.truncate(MOST);
        }
    }

    fn evidence(&self) -> Option<Evidence> {
        let mut evidence = Evidence::default();
        if self.top.is_empty() {
            return None;
        }
        let whose = if self.goal.1 == Whose::All { "processes" } else { "of its processes" };
        let what = match self.goal.0 {
            Measure::Cpu => "cpu (of one processor)",
            Measure::Memory => "resident memory",
            Measure::Swap => "swapped memory",
        };
        evidence.say(&format!("Biggest {whose} by {what}:"));
        for Big { stat, amount } in &self.top {
            let amount = match self.goal.0 {
                Measure::Cpu => format::percent(*amount as f64 / 10.0),
                Measure::Memory | Measure::Swap => format::bytes(*amount as f64),
            };
            let name = String::from_utf8_lossy(stat.name.as_bytes());
            evidence.show(&format!("{name}[{}] {amount}", stat.pid));
        }
        evidence.end()
    }
}

/// What is in memory of it, in bytes.
fn resident(stat: &ProcessStat) -> u64 {
    stat.resident.saturating_mul(page_size())
}
