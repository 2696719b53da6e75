//! Finds processes by patterns on their command lines, for all patterns together in one pass over the machine.
//!
//! Reading every command line again and again is what makes such a search dear. A process that was seen to match
//! nothing is looked at again in every pass only while it is young (programs run others while they start), then
//! in one pass of four, and in one of sixteen when it is old (a program may rename itself). Its number cannot
//! meanwhile belong to another process unless the kernel has given out all numbers once, which its count of
//! forks tells; then everything is looked at again. Processes that match are looked at in every pass.

use super::facts::{Facts, ProcessStat};
use crate::regex::{Flags, Regex};

/// Up to this age in seconds a process is looked at in every pass.
const YOUNG: u32 = 10;
/// From this age on it is looked at in one pass of [`OLD_TURN`], before in one of [`TURN`].
const OLD: u32 = 120;
const TURN: u32 = 4;
const OLD_TURN: u32 = 16;

/// A search that goes on from pass to pass.
#[derive(Debug, Default)]
pub struct Search {
    patterns: Vec<Pattern>,
    /// Processes that matched nothing, by number.
    seen: Vec<Seen>,
    next_seen: Vec<Seen>,
    queue: Vec<i32>,
    at: usize,
    pass: u32,
    forks: u64,
    running: bool,
    /// What was seen before still holds.
    trusted: bool,
    /// Only what is new is looked for.
    refresh: bool,
    now: u32,
}

/// A process that matched nothing.
#[derive(Debug, Clone, Copy)]
struct Seen {
    pid: i32,
    /// Its start, in seconds since boot.
    start: u32,
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

    /// A whole pass at once that looks only for what is new since the last one.
    pub fn refresh(&mut self, facts: &mut dyn Facts) {
        if !self.running {
            self.begin(facts);
            self.refresh = true;
        }
        let mut looks = u32::MAX;
        while !self.step(facts, &mut looks) {}
    }

    /// Goes on with the pass, or begins one; looks into at most `looks` processes. `true` when the pass is done.
    pub fn step(&mut self, facts: &mut dyn Facts, looks: &mut u32) -> bool {
        if !self.running {
            self.begin(facts);
        }
        let mut line = Vec::new();
        while let Some(&pid) = self.queue.get(self.at) {
            if let Some(seen) = self.passed_over(pid) {
                self.next_seen.push(seen);
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
        self.refresh = false;
        self.next_seen = Vec::with_capacity(self.seen.len());
        let (ticks, per_second) = facts.ticks();
        self.now = u32::try_from(ticks / per_second.max(1)).unwrap_or(u32::MAX);
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
        if !matched {
            let (_, per_second) = facts.ticks();
            let start = u32::try_from(stat.start / per_second.max(1)).unwrap_or(u32::MAX);
            self.next_seen.push(Seen { pid, start });
        }
    }

    /// A process that need not be looked at in this pass.
    fn passed_over(&self, pid: i32) -> Option<Seen> {
        let at = self.seen.binary_search_by_key(&pid, |seen| seen.pid).ok()?;
        let seen = *self.seen.get(at)?;
        let age = self.now.saturating_sub(seen.start);
        let turn = if age < OLD { TURN } else { OLD_TURN };
        let due = !self.refresh && (pid as u32).wrapping_add(self.pass) % turn == 0;
        (self.trusted && age >= YOUNG && !due).then_some(seen)
    }

    fn finish(&mut self) {
        for pattern in &mut self.patterns {
            pattern.found = std::mem::take(&mut pattern.finding);
            pattern.compiled = None;
        }
        self.next_seen.sort_unstable_by_key(|seen| seen.pid);
        self.seen = std::mem::take(&mut self.next_seen);
        self.seen.shrink_to_fit();
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
    let regex = Regex::new(pattern.as_bytes(), Flags::default()).map_err(|wrong| wrong.to_string())?;
    let (mut pids, mut line, mut found) = (Vec::new(), Vec::new(), Vec::new());
    facts.pids(&mut pids);
    for pid in pids {
        if pid != except && facts.command_line(pid, &mut line) && regex.is_match(&line) {
            if let Some(stat) = facts.process_stat(pid).filter(|stat| !stat.zombie) {
                found.push(Match { stat, command: String::from_utf8_lossy(&line).into_owned() });
            }
        }
    }
    Ok(found)
}
