//! Finds processes by patterns on their command lines, for all patterns together in one pass over the machine.
//!
//! Reading every command line again and again is what makes such a search dear. A process that is old enough to
//! have found its name and matches nothing is *settled*: it is passed over unlooked at, but for one turn in
//! sixteen (a program may rename itself). A settled number cannot meanwhile belong to another process unless the
//! kernel has given out all numbers once, which its count of forks tells; then everything is looked at again.
//! Processes that match are looked at in every pass.

use super::facts::{Facts, ProcessStat};
use crate::sys::regex::{Flags, Regex};

/// Seconds after which a process that matches nothing is settled: programs run others (exec) while they start.
const SETTLED_AFTER: u64 = 120;
/// A settled process is looked at in one pass of this many.
const LOOK_AGAIN: u32 = 16;

/// A search that goes on from pass to pass.
#[derive(Debug, Default)]
pub struct Search {
    patterns: Vec<Pattern>,
    /// Numbers of settled processes, ascending.
    settled: Vec<i32>,
    next_settled: Vec<i32>,
    queue: Vec<i32>,
    at: usize,
    pass: u32,
    forks: u64,
    running: bool,
    /// Settled processes may be passed over in this pass.
    trusted: bool,
}

#[derive(Debug)]
struct Pattern {
    text: Box<str>,
    compiled: Option<Regex>,
    found: Vec<ProcessStat>,
    finding: Vec<ProcessStat>,
}

impl Search {
    /// A search for these patterns (POSIX ERE). One that does not compile matches nothing.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Search {
        let mut search = Search::default();
        for text in patterns {
            if search.index(text).is_none() {
                search.patterns.push(Pattern {
                    text: text.into(),
                    compiled: None,
                    found: Vec::new(),
                    finding: Vec::new(),
                });
            }
        }
        search
    }

    /// Is there anything to search for?
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn index(&self, text: &str) -> Option<usize> {
        self.patterns.iter().position(|pattern| &*pattern.text == text)
    }

    /// What the last finished pass found for a pattern.
    pub fn found(&self, text: &str) -> &[ProcessStat] {
        self.index(text).and_then(|at| self.patterns.get(at)).map_or(&[], |pattern| &pattern.found)
    }

    /// Goes on with the pass, or begins one; looks into at most `looks` processes. `true` when the pass is done.
    pub fn step(&mut self, facts: &mut dyn Facts, looks: &mut u32) -> bool {
        if !self.running {
            self.begin(facts);
        }
        let mut line = Vec::new();
        while let Some(&pid) = self.queue.get(self.at) {
            if self.trusted
                && (pid as u32).wrapping_add(self.pass) % LOOK_AGAIN != 0
                && self.settled.binary_search(&pid).is_ok()
            {
                self.next_settled.push(pid);
                self.at += 1;
                continue;
            }
            if *looks == 0 {
                return false;
            }
            *looks -= 1;
            self.at += 1;
            self.look(pid, facts, &mut line);
        }
        self.finish();
        true
    }

    fn begin(&mut self, facts: &mut dyn Facts) {
        self.queue.clear();
        self.at = 0;
        self.pass = self.pass.wrapping_add(1);
        self.next_settled = Vec::with_capacity(self.settled.len());
        let (forks, highest) = facts.forks().unwrap_or((u64::MAX, 0));
        facts.pids(&mut self.queue);
        // Numbers are given out in turn, those in use passed over: a number comes back only after as many forks as
        // there are numbers, less those in use. Threads use numbers too; half of all is a safe bound.
        self.trusted = forks >= self.forks && forks - self.forks < highest / 2;
        self.forks = forks;
        self.running = true;
    }

    fn look(&mut self, pid: i32, facts: &mut dyn Facts, line: &mut Vec<u8>) {
        let Some(stat) = facts.process_stat(pid) else { return };
        if stat.zombie {
            return;
        }
        let has_line = facts.command_line(pid, line);
        let mut matched = false;
        if has_line {
            for pattern in &mut self.patterns {
                if pattern.compiled.is_none() {
                    pattern.compiled = Regex::new(pattern.text.as_bytes(), Flags::default()).ok();
                }
                if pattern.compiled.as_ref().is_some_and(|regex| regex.is_match(line)) {
                    pattern.finding.push(stat);
                    matched = true;
                }
            }
        }
        let (now, per_second) = facts.ticks();
        let old = now.saturating_sub(stat.start) / per_second.max(1) >= SETTLED_AFTER;
        // Threads of the kernel (children of 2) never get a command line.
        let kernel = !has_line && (stat.ppid == 2 || stat.pid == 2);
        if !matched && (kernel || (has_line && old)) {
            self.next_settled.push(pid);
        }
    }

    fn finish(&mut self) {
        for pattern in &mut self.patterns {
            pattern.found = std::mem::take(&mut pattern.finding);
            pattern.compiled = None;
        }
        self.next_settled.sort_unstable();
        self.settled = std::mem::take(&mut self.next_settled);
        self.settled.shrink_to_fit();
        self.queue = Vec::new();
        self.running = false;
    }
}

/// Which of several matches is *the* process: the one that runs longest; of two equally old ones the parent.
pub fn choose(found: &[ProcessStat]) -> Option<&ProcessStat> {
    let oldest = found.iter().map(|process| process.start).min()?;
    let is_child_of_equal = |process: &ProcessStat| {
        found
            .iter()
            .any(|other| other.start == oldest && other.pid == process.ppid && other.pid != process.pid)
    };
    let equals = || found.iter().filter(|process| process.start == oldest);
    equals().find(|process| !is_child_of_equal(process)).or_else(|| equals().next())
}

/// A process that matches, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The process.
    pub stat: ProcessStat,
    /// Its command line.
    pub command: String,
}

/// Every process whose command line matches, but for `except` (the asking one), in the kernel's order.
pub fn list(facts: &mut dyn Facts, pattern: &str, except: i32) -> Result<Vec<Match>, String> {
    let regex = Regex::new(pattern.as_bytes(), Flags::default())?;
    let (mut pids, mut line, mut found) = (Vec::new(), Vec::new(), Vec::new());
    facts.pids(&mut pids);
    for pid in pids {
        if pid != except && facts.command_line(pid, &mut line) && regex.is_match(&line) {
            if let Some(stat) = facts.process_stat(pid) {
                found.push(Match { stat, command: String::from_utf8_lossy(&line).into_owned() });
            }
        }
    }
    Ok(found)
}
