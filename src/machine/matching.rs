//! Finds processes by patterns on their command lines, for all patterns together in one pass over the machine.
//!
//! Reading every command line again and again is what makes such a search dear. A process that was seen to match
//! nothing is looked at again in every pass only while it is young (programs run others while they start), then
//! in one pass of four, and in one of sixteen when it is old (a program may rename itself). Its number cannot
//! meanwhile belong to another process unless the kernel has given out all numbers once, which its count of
//! forks tells; then everything is looked at again. Processes that match are looked at in every pass.

use super::facts::{Facts, ProcessStat};
use super::no_fact::NoFact;
use crate::regex::{Flags, Fuel, Refused, Regex, Trial, TrialState, Trouble, Wrong};
use crate::sys::process::own_pid;
use std::fmt;
use std::time::Instant;

/// Up to this age in seconds a process is looked at in every pass.
const YOUNG: u32 = 10;
/// From this age on it is looked at in one pass of [`OLD_TURN`], before in one of [`TURN`].
const OLD: u32 = 120;
const TURN: u32 = 4;
const OLD_TURN: u32 = 16;
/// Nanoseconds that it takes to read what is asked of one process, on a slow machine, and a byte of its command line.
const LOOK: u64 = 25_000;
const BYTE: u64 = 2;
/// To find out that nothing need be read of it.
const PASS_OVER: u64 = 50;
/// To begin with a pattern.
const BEGIN: u64 = 200;

/// A search that goes on from pass to pass.
#[derive(Debug, Default)]
pub struct Search {
    patterns: Vec<Pattern>,
    /// Processes that matched nothing, by number.
    seen: Vec<Seen>,
    next_seen: Vec<Seen>,
    queue: Vec<i32>,
    at: usize,
    /// The process whose command line is being matched.
    current: Option<Current>,
    /// What only the C library can match is asked for.
    trial: Option<Trial>,
    pass: u32,
    forks: u64,
    running: bool,
    /// What was seen before still holds.
    trusted: bool,
    /// Only what is new is looked for.
    refresh: bool,
    now: u32,
    /// Clock ticks.
    per_second: u64,
    /// Why the last pass could not look at every process.
    blind: Option<Box<str>>,
}

/// A process that matched nothing.
#[derive(Debug, Clone, Copy)]
struct Seen {
    pid: i32,
    /// Its start, in seconds since boot.
    start: u32,
}

/// A process that is being looked at.
#[derive(Debug)]
struct Current {
    stat: ProcessStat,
    line: Vec<u8>,
    /// The pattern that is next.
    pattern: usize,
    matched: bool,
}

#[derive(Debug)]
struct Pattern {
    text: Box<str>,
    /// `None`: it is wrong, and finds nothing.
    regex: Option<Regex>,
    found: Vec<ProcessStat>,
    finding: Vec<ProcessStat>,
    trouble: Option<Trouble>,
}

/// How a pass stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Pass {
    /// It is over.
    Done,
    /// The fuel is spent.
    More,
    /// A child matches; go on then.
    Later(Instant),
}

impl Search {
    /// A search for these patterns (POSIX ERE). One that is wrong matches nothing.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Search {
        let mut search = Search::default();
        for text in patterns {
            if search.index(text).is_none() {
                search.patterns.push(Pattern {
                    text: text.into(),
                    regex: Regex::new(text.as_bytes(), Flags::default()).ok(),
                    found: Vec::new(),
                    finding: Vec::new(),
                    trouble: None,
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

    /// What the last finished pass found for a pattern, or why it found nothing out.
    pub fn found(&self, text: &str) -> Result<&[ProcessStat], &Trouble> {
        match self.index(text).and_then(|at| self.patterns.get(at)) {
            Some(Pattern { trouble: Some(trouble), .. }) => Err(trouble),
            Some(pattern) => Ok(&pattern.found),
            None => Ok(&[]),
        }
    }

    /// Why the last pass could not look at every process: what was not found may be there.
    pub fn blind(&self) -> Option<&str> {
        self.blind.as_deref()
    }

    /// Goes on with the pass, or begins one that looks only for what is new since the last one.
    pub fn refresh(&mut self, facts: &mut dyn Facts, fuel: &mut Fuel) -> Pass {
        if !self.running {
            self.begin(facts);
            self.refresh = true;
        }
        self.step(facts, fuel)
    }

    /// Goes on with the pass, or begins one.
    pub fn step(&mut self, facts: &mut dyn Facts, fuel: &mut Fuel) -> Pass {
        if !self.running {
            self.begin(facts);
        }
        loop {
            if let Some(mut current) = self.current.take() {
                if !self.look(&mut current, fuel) {
                    self.current = Some(current);
                    return Pass::More;
                }
                continue;
            }
            let Some(&pid) = self.queue.get(self.at) else { break };
            if fuel.is_spent() {
                return Pass::More;
            }
            self.at += 1;
            if let Some(seen) = self.passed_over(pid) {
                fuel.burn(PASS_OVER);
                self.next_seen.push(seen);
                continue;
            }
            fuel.burn(LOOK);
            let mut line = Vec::new();
            let stat = match facts.process_stat(pid) {
                Ok(stat) if stat.zombie => continue,
                Ok(stat) => stat,
                Err(none) => {
                    self.is_blind(none);
                    continue;
                }
            };
            match facts.command_line(pid, &mut line) {
                Ok(()) => {}
                Err(NoFact::Absent) => line.clear(),
                Err(none) => {
                    self.is_blind(none);
                    continue;
                }
            }
            fuel.burn(line.len() as u64 * BYTE);
            self.current = Some(Current { stat, line, pattern: 0, matched: false });
        }
        if let Some(when) = self.ask(facts) {
            return Pass::Later(when);
        }
        self.finish();
        Pass::Done
    }

    fn begin(&mut self, facts: &mut dyn Facts) {
        self.queue.clear();
        self.at = 0;
        self.pass = self.pass.wrapping_add(1);
        self.refresh = false;
        self.blind = None;
        self.next_seen = Vec::with_capacity(self.seen.len());
        let (ticks, per_second) = facts.ticks();
        self.per_second = per_second;
        self.now = u32::try_from(ticks / per_second.max(1)).unwrap_or(u32::MAX);
        // Where they are not told, nothing that was seen before holds.
        let (forks, highest) = facts.forks().unwrap_or((self.forks, 0));
        if let Err(NoFact::Unreadable(reason)) = facts.pids(&mut self.queue) {
            self.blind = Some(reason);
        }
        // Numbers are given out in turn, those in use passed over: a number comes back only after as many forks as
        // there are numbers, less those in use. Threads use numbers too; half of all is a safe bound.
        self.trusted = forks >= self.forks && forks - self.forks < highest / 2;
        self.forks = forks;
        self.running = true;
    }

    /// A process cannot be looked at, unless it has gone.
    fn is_blind(&mut self, none: NoFact) {
        if let NoFact::Unreadable(reason) = none {
            self.blind = Some(reason);
        }
    }

    /// Goes on with a process; `false`: the fuel is spent.
    fn look(&mut self, current: &mut Current, fuel: &mut Fuel) -> bool {
        while let Some(pattern) = self.patterns.get_mut(current.pattern) {
            let easy = pattern.regex.as_ref().filter(|regex| !regex.is_hard() && !current.line.is_empty());
            if let Some(regex) = easy {
                match regex.search(&current.line, fuel) {
                    None => return false,
                    Some(true) => {
                        pattern.finding.push(current.stat);
                        current.matched = true;
                    }
                    Some(false) => {}
                }
                fuel.burn(BEGIN);
            }
            current.pattern += 1;
        }
        if !current.matched {
            // In seconds, as ages are.
            let start = u32::try_from(current.stat.start / self.per_second.max(1)).unwrap_or(u32::MAX);
            self.next_seen.push(Seen { pid: current.stat.pid, start });
        }
        true
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

    /// Has hard patterns matched by a child, which reads all command lines for itself. `Some`: it is not done, look then.
    fn ask(&mut self, facts: &mut dyn Facts) -> Option<Instant> {
        let hard = |pattern: &Pattern| pattern.regex.as_ref().is_some_and(Regex::is_hard);
        if !self.patterns.iter().any(hard) {
            return None;
        }
        let begun = match self.trial.take() {
            Some(trial) => Ok(trial),
            None => Trial::begin(|| try_all(&self.patterns, facts)),
        };
        let trouble = match begun.map(|mut trial| (trial.look(), trial)) {
            Ok((TrialState::Later(when), trial)) => {
                self.trial = Some(trial);
                return Some(when);
            }
            Ok((TrialState::Said(answer), _)) => {
                for found in answer.chunks_exact(ENTRY) {
                    self.take(found, facts);
                }
                None
            }
            Ok((TrialState::Failed(trouble), _)) | Err(trouble) => Some(trouble),
        };
        for pattern in self.patterns.iter_mut().filter(|pattern| hard(pattern)) {
            pattern.trouble.clone_from(&trouble);
        }
        None
    }

    /// What the child has found.
    fn take(&mut self, found: &[u8], facts: &mut dyn Facts) {
        let number = |at: usize| found.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        let (Some(index), Some(pid)) = (number(0).map(u32::from_le_bytes), number(4).map(i32::from_le_bytes))
        else {
            return;
        };
        match (self.patterns.get_mut(index as usize), facts.process_stat(pid)) {
            (Some(pattern), Ok(stat)) if !stat.zombie => pattern.finding.push(stat),
            (_, Err(none)) => self.is_blind(none),
            _ => {}
        }
    }

    fn finish(&mut self) {
        for pattern in &mut self.patterns {
            pattern.found = std::mem::take(&mut pattern.finding);
            if let Some(regex) = &pattern.regex {
                regex.release();
            }
        }
        self.next_seen.sort_unstable_by_key(|seen| seen.pid);
        self.seen = std::mem::take(&mut self.next_seen);
        self.seen.shrink_to_fit();
        self.queue = Vec::new();
        self.running = false;
    }
}

/// Why processes were not searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsearched {
    /// The pattern is wrong.
    Wrong(Wrong),
    /// The C library does not take it.
    Refused(Refused),
    /// The processes cannot be listed, for this reason.
    Processes(Box<str>),
    /// Nothing was found, and a command line cannot be read for this reason.
    CommandLine(Box<str>),
}

impl fmt::Display for Unsearched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsearched::Wrong(wrong) => wrong.fmt(f),
            Unsearched::Refused(refused) => refused.fmt(f),
            Unsearched::Processes(reason) => write!(f, "the processes cannot be listed -- {reason}"),
            Unsearched::CommandLine(reason) => f.write_str(reason),
        }
    }
}

/// Bytes that a match takes in the child's answer: number of the pattern, number of the process.
const ENTRY: usize = 8;

/// In the child: every process that a hard pattern finds.
fn try_all(patterns: &[Pattern], facts: &mut dyn Facts) -> Result<Vec<u8>, Unsearched> {
    let (mut pids, mut answer) = (Vec::new(), Vec::new());
    if let Err(NoFact::Unreadable(reason)) = facts.pids(&mut pids) {
        return Err(Unsearched::Processes(reason));
    }
    let own = own_pid();
    for (index, pattern) in (0u32..).zip(patterns) {
        let Some(regex) = pattern.regex.as_ref().filter(|regex| regex.is_hard()) else { continue };
        let mut matches = regex.matcher_here().map_err(Unsearched::Refused)?;
        walk(facts, &pids, own, &mut matches, &mut |_, pid, _| {
            answer.extend(index.to_le_bytes());
            answer.extend(pid.to_le_bytes());
        })?;
    }
    Ok(answer)
}

/// Shows `found` each process whose command line matches, but for `except`.
///
/// # Errors
/// None matches, and the command line of one cannot be read.
fn walk(
    facts: &mut dyn Facts,
    pids: &[i32],
    except: i32,
    matches: &mut dyn FnMut(&[u8]) -> bool,
    found: &mut impl FnMut(&mut dyn Facts, i32, &[u8]),
) -> Result<(), Unsearched> {
    let (mut line, mut blind, mut any) = (Vec::new(), None, false);
    for pid in pids.iter().copied().filter(|pid| *pid != except) {
        match facts.command_line(pid, &mut line) {
            Ok(()) if matches(&line) => {
                any = true;
                found(facts, pid, &line);
            }
            Err(NoFact::Unreadable(reason)) => blind = Some(reason),
            _ => {}
        }
    }
    match blind {
        Some(reason) if !any => Err(Unsearched::CommandLine(reason)),
        _ => Ok(()),
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

/// Every process whose command line matches, but for `except` (the asking one), in the kernel's order. For a tool: it takes
/// as long as it takes.
///
/// # Errors
/// The pattern cannot be used, the processes cannot be listed, or none was found and one cannot be looked at.
pub fn list(facts: &mut dyn Facts, pattern: &str, except: i32) -> Result<Vec<Match>, Unsearched> {
    let regex = Regex::new(pattern.as_bytes(), Flags::default()).map_err(Unsearched::Wrong)?;
    let mut matches = regex.matcher_here().map_err(Unsearched::Refused)?;
    let (mut pids, mut found) = (Vec::new(), Vec::new());
    if let Err(NoFact::Unreadable(reason)) = facts.pids(&mut pids) {
        return Err(Unsearched::Processes(reason));
    }
    walk(facts, &pids, except, &mut matches, &mut |facts, pid, line| {
        if let Some(stat) = facts.process_stat(pid).ok().filter(|stat| !stat.zombie) {
            found.push(Match { stat, command: String::from_utf8_lossy(line).into_owned() });
        }
    })?;
    Ok(found)
}
