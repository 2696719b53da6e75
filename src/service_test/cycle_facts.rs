//! What all checks of a cycle share: the search for patterns, the table of all processes, the machine's memory;
//! and how much work is done in one turn of the loop.

use super::own_log::OwnLog;
use super::processes::Processes;
use super::verdict::Verdict;
use crate::config::{self, Condition, Config, ProcessBy, Resource, Subject};
use crate::machine::matching::{Pass, Search, choose};
use crate::machine::{Fact, Facts, MemoryFacts, NoFact, ProcessStat};
use crate::regex::Fuel;
use std::time::{Duration, Instant};

/// Work in one turn of the loop, in microseconds as roughly measured on a slow machine. An answer to a client takes
/// about three turns.
const TURN: u32 = 3_000;
/// Of one process looked at in a scan.
const LOOK: u32 = 25;
/// Verdicts for which the room is kept from one check to the next.
const ROOM: usize = 8;

/// How long a search may take that is wanted at once, and nanoseconds of work between two looks at the clock.
const AT_ONCE: Duration = Duration::from_millis(10);
const PIECE: u64 = 1_000_000;

/// What is known of a process that is searched for by a pattern.
#[derive(Debug)]
pub(super) enum Sought {
    /// The search is over.
    Found(Option<ProcessStat>),
    /// It goes on: ask again in the next turn.
    More,
    /// Ask again then.
    Later(Instant),
    /// It cannot be found out, for this reason.
    Unknown(String),
}

/// Facts shared by the checks of one cycle. One lives as long as a configuration; [`CycleFacts::renew`] begins the
/// next cycle, [`CycleFacts::begin_turn`] the next turn of the loop.
#[derive(Debug, Default)]
pub struct CycleFacts {
    search: Search,
    search_done: bool,
    /// A pass was finished in this turn of the loop.
    searched_in_turn: bool,
    /// Some test needs to know all processes.
    wants_table: bool,
    table: Vec<ProcessStat>,
    table_done: bool,
    /// Why the table is not complete.
    table_fault: Option<Box<str>>,
    queue: Vec<i32>,
    at: usize,
    memory: Option<Fact<MemoryFacts>>,
    processors: Option<Fact<u32>>,
    /// What processes say that several services watch.
    pub(super) processes: Processes,
    spent: u32,
    own_log: OwnLog,
    /// Is what there was to see to be told as well?
    evidence: config::Evidence,
    /// Where the verdicts of the last check were.
    room: Vec<Verdict>,
}

/// Does a test of this service need the children of a process?
fn needs_children(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::TotalFileDescriptors(..)
            | Condition::Resource(Resource::TotalCpu | Resource::TotalMemory | Resource::Children, ..)
    )
}

impl CycleFacts {
    /// For these services: what they need decides what is scanned.
    pub fn new(config: &Config) -> CycleFacts {
        let patterns = config.services.iter().filter_map(|service| match &service.subject {
            Subject::Process(ProcessBy::Matching(pattern)) => Some(&**pattern),
            _ => None,
        });
        let wants_table = config
            .services
            .iter()
            .any(|service| service.tests.iter().any(|test| needs_children(&test.condition)));
        let evidence = config.settings.evidence;
        let own_log = OwnLog::of_target(&config.settings.log);
        CycleFacts { search: Search::new(patterns), wants_table, own_log, evidence, ..CycleFacts::default() }
    }

    /// Where we write what we do.
    pub(super) fn own_log(&self) -> &OwnLog {
        &self.own_log
    }

    /// Is what there was to see to be told as well?
    pub(super) fn shows_evidence(&self) -> bool {
        self.evidence == config::Evidence::On
    }

    /// A new cycle begins: everything is to be measured again.
    pub fn renew(&mut self) {
        self.search_done = false;
        self.table_done = false;
        self.table_fault = None;
        self.table = Vec::new();
        self.queue = Vec::new();
        self.memory = None;
        self.processors = None;
        self.processes.renew();
        self.spent = 0;
    }

    /// Something is being done to a process: what was read of any is out of date.
    pub fn look_anew(&mut self) {
        self.processes.look_anew();
    }

    /// Room for the verdicts of a check.
    pub(super) fn take_room(&mut self) -> Vec<Verdict> {
        std::mem::take(&mut self.room)
    }

    /// These verdicts have been applied: the next check has their room.
    pub fn give_room(&mut self, mut verdicts: Vec<Verdict>) {
        if verdicts.capacity() <= ROOM {
            verdicts.clear();
            self.room = verdicts;
        }
    }

    /// A new turn of the loop begins.
    pub fn begin_turn(&mut self) {
        self.spent = 0;
        self.searched_in_turn = false;
    }

    /// So much was measured in this turn that the rest should wait for the next one.
    pub fn turn_spent(&self) -> bool {
        self.spent >= TURN
    }

    /// Counts work done, in microseconds.
    pub fn spend(&mut self, microseconds: u32) {
        self.spent = self.spent.saturating_add(microseconds);
    }

    /// Fuel for the rest of this turn; hand back what is left to [`CycleFacts::used`].
    pub(super) fn fuel(&self) -> Fuel {
        Fuel(u64::from(TURN.saturating_sub(self.spent)) * 1000)
    }

    /// Counts what was used of [`CycleFacts::fuel`], by what it should cost and by what it did cost since then.
    pub(super) fn used(&mut self, before: Fuel, left: Fuel, since: Instant) {
        let took = u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX);
        let estimate = u32::try_from(before.0.saturating_sub(left.0) / 1000).unwrap_or(u32::MAX);
        self.spend(took.max(estimate));
        if left.is_spent() {
            // Less than a microsecond may be left.
            self.spend(TURN);
        }
    }

    /// The process a pattern finds in this cycle.
    pub(super) fn matching(&mut self, pattern: &str, facts: &mut dyn Facts) -> Sought {
        if !self.search_done {
            let (since, before) = (Instant::now(), self.fuel());
            let mut fuel = before;
            let pass = self.search.step(facts, &mut fuel);
            self.used(before, fuel, since);
            match pass {
                Pass::Done => (self.search_done, self.searched_in_turn) = (true, true),
                // The next turn goes on.
                Pass::More => return Sought::More,
                Pass::Later(when) => return Sought::Later(when),
            }
        }
        self.chosen(pattern)
    }

    /// Searches again at once, while a service is waited for: only processes that are new are looked into. When that
    /// takes too long for one turn, ask again.
    pub(super) fn matching_now(&mut self, pattern: &str, facts: &mut dyn Facts) -> Sought {
        if !self.searched_in_turn {
            let since = Instant::now();
            loop {
                let mut fuel = Fuel(PIECE);
                match self.search.refresh(facts, &mut fuel) {
                    Pass::Done => break,
                    Pass::More if since.elapsed() < AT_ONCE => {}
                    Pass::More => return Sought::More,
                    Pass::Later(when) => return Sought::Later(when),
                }
            }
            self.searched_in_turn = true;
        }
        self.chosen(pattern)
    }

    fn chosen(&self, pattern: &str) -> Sought {
        match (self.search.found(pattern).map(choose), self.search.blind()) {
            (Ok(None), Some(reason)) => {
                Sought::Unknown(format!("the table of processes cannot be read -- {reason}"))
            }
            (Ok(found), _) => Sought::Found(found.copied()),
            (Err(trouble), _) => Sought::Unknown(format!("cannot search for '{pattern}' -- {trouble}")),
        }
    }

    /// All processes, and why some may be left out; `None` while they are being read.
    pub(super) fn table(&mut self, facts: &mut dyn Facts) -> Option<(&[ProcessStat], Option<&str>)> {
        if !self.table_done {
            if self.queue.is_empty() {
                if let Err(NoFact::Unreadable(reason)) = facts.pids(&mut self.queue) {
                    self.table_fault = Some(reason);
                }
                self.at = 0;
            }
            while let Some(&pid) = self.queue.get(self.at) {
                if self.spent >= TURN {
                    return None;
                }
                self.spend(LOOK);
                self.at += 1;
                match facts.process_stat(pid) {
                    Ok(stat) => self.table.push(stat),
                    Err(NoFact::Absent) => {}
                    Err(NoFact::Unreadable(reason)) => self.table_fault = Some(reason),
                }
            }
            self.queue = Vec::new();
            self.table_done = true;
        }
        Some((&self.table, self.table_fault.as_deref()))
    }

    /// All processes, if they were read in this cycle.
    pub(super) fn table_of_cycle(&self) -> Option<&[ProcessStat]> {
        self.table_done.then_some(&*self.table)
    }

    /// Is the table of all processes read in this cycle anyway?
    pub(super) fn has_table(&self) -> bool {
        self.wants_table
    }

    /// The processors that work, asked once in a cycle.
    pub(super) fn processors(&mut self, facts: &mut dyn Facts) -> Fact<u32> {
        self.processors.get_or_insert_with(|| facts.processors().map(|count| count.max(1))).clone()
    }

    /// The machine's memory, asked once in a cycle.
    pub(super) fn memory(&mut self, facts: &mut dyn Facts) -> Fact<MemoryFacts> {
        self.memory.get_or_insert_with(|| facts.memory()).clone()
    }
}
