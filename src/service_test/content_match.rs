//! Which lines of a file count: the patterns of its tests, and those of what is ignored, line by line.
//!
//! Lines are written by others: what they cost is counted while it is spent, and a line that takes long is gone on with
//! in the next turn. Where a pattern can only be matched by the C library, a child judges a piece of the file at a time.

use super::content_place::Place;
use super::own_log::Lines;
use crate::config::{Condition, PatternSource, Service, StringOperator};
use crate::regex::{Fuel, Hit, Patterns, Refused, Trial, TrialState, Trouble};
use std::path::Path;
use std::time::Instant;

/// Nanoseconds that a line costs beside its patterns, and a byte of it.
const LINE: u64 = 200;
const BYTE: u64 = 2;
/// Nanoseconds that a test costs beside its patterns.
const TEST: u64 = 100;

/// The patterns of the tests and what they found.
#[derive(Debug)]
pub(super) struct Matching {
    tests: Vec<TestPatterns>,
    ignores: Vec<Patterns>,
    /// What was read, of which the first `at` bytes are done with.
    pub(super) buffer: Vec<u8>,
    at: usize,
    /// The line that is judged, and how far.
    line: Vec<u8>,
    judging: Option<Judging>,
    /// Lines for the child.
    batch: Vec<Vec<u8>>,
    trial: Option<Trial>,
    /// Some patterns are hard.
    hard: bool,
    /// Which lines are ours, and never looked at.
    own: Lines,
}

#[derive(Debug)]
pub(super) struct TestPatterns {
    /// Its number among the tests of the service.
    pub(super) test: usize,
    patterns: Patterns,
    /// The lines that count, each with its end.
    pub(super) found: String,
    /// Some of its patterns could not be used.
    pub(super) error: Option<String>,
}

/// How far a line is judged.
#[derive(Debug, Clone, Copy, Default)]
struct Judging {
    test: usize,
    /// It counts for that test, if no rule ignores it.
    counts: bool,
    /// The next rule to be asked.
    rule: usize,
}

/// How far the bytes that were read are judged.
#[derive(Debug)]
#[must_use]
pub(super) enum Judged {
    /// All complete lines.
    All,
    /// The fuel is spent.
    More,
    /// A child judges; look then.
    Later(Instant),
    /// What was read cannot be judged.
    Failed(Trouble),
}

impl Matching {
    /// `texts`: the files of patterns in the order of [`pattern_files`], each with why it could not be read.
    pub(super) fn new(service: &Service, texts: Vec<(Vec<u8>, Option<String>)>, own: Lines) -> Matching {
        let mut texts = texts.into_iter();
        let mut tests = Vec::new();
        for (test, condition) in service.tests.iter().map(|test| &test.condition).enumerate() {
            if let Condition::FileContent(operator, source) = condition {
                let (patterns, error) = read(source, *operator, &mut texts);
                tests.push(TestPatterns { test, patterns, found: String::new(), error });
            }
        }
        let ignores = service.ignores.iter();
        let ignores: Vec<Patterns> =
            ignores.map(|(operator, source, _)| read(source, *operator, &mut texts).0).collect();
        let hard = ignores.iter().chain(tests.iter().map(|test| &test.patterns)).any(Patterns::any_hard);
        Matching {
            tests,
            ignores,
            buffer: Vec::new(),
            at: 0,
            line: Vec::new(),
            judging: None,
            batch: Vec::new(),
            trial: None,
            hard,
            own,
        }
    }

    /// The tests and what they found.
    pub(super) fn tests(&self) -> &[TestPatterns] {
        &self.tests
    }

    /// Judges the complete lines of what was read, and keeps the rest in `place`.
    pub(super) fn go_on(&mut self, place: &mut Place, limit: usize, fuel: &mut Fuel) -> Judged {
        if self.hard {
            return self.ask(place, limit);
        }
        loop {
            if let Some(mut judging) = self.judging.take() {
                if judge(&mut self.tests, &mut self.ignores, &mut judging, &self.line, limit, fuel).is_none()
                {
                    self.judging = Some(judging);
                    return Judged::More;
                }
            }
            if fuel.is_spent() && self.at < self.buffer.len() {
                return Judged::More;
            }
            if !self.next_line(place, limit) {
                return Judged::All;
            }
            fuel.burn(LINE + self.line.len() as u64 * BYTE);
            if self.own.has(&self.line) {
                continue;
            }
            self.judging = Some(Judging::default());
        }
    }

    /// Takes the next complete line; `false`: there is none, and what is left is kept.
    fn next_line(&mut self, place: &mut Place, limit: usize) -> bool {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            place.keep(rest, limit);
            (self.at, self.buffer) = (0, Vec::new());
            return false;
        };
        let line = rest.get(..end).unwrap_or(rest);
        place.keep(line, limit);
        let left = rest.len() - end - 1;
        self.at += end + 1;
        place.take_line(&mut self.line, left as u64);
        true
    }

    /// Has a child judge all complete lines.
    fn ask(&mut self, place: &mut Place, limit: usize) -> Judged {
        if self.trial.is_none() {
            while self.next_line(place, limit) {
                if !self.own.has(&self.line) {
                    self.batch.push(std::mem::take(&mut self.line));
                }
            }
            if self.batch.is_empty() {
                return Judged::All;
            }
            let (tests, ignores, batch) = (&mut self.tests, &mut self.ignores, &self.batch);
            match Trial::begin(|| try_all(tests, ignores, batch)) {
                Ok(trial) => self.trial = Some(trial),
                Err(trouble) => return self.give_up(trouble),
            }
        }
        match self.trial.as_mut().map(Trial::look) {
            Some(TrialState::Later(when)) => return Judged::Later(when),
            Some(TrialState::Failed(trouble)) => return self.give_up(trouble),
            Some(TrialState::Said(answer)) => {
                for counted in answer.chunks_exact(ENTRY) {
                    let number = |at: usize| counted.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
                    let line = number(0).map(u32::from_le_bytes).and_then(|at| self.batch.get(at as usize));
                    let test =
                        number(4).map(u32::from_le_bytes).and_then(|at| self.tests.get_mut(at as usize));
                    if let (Some(line), Some(test)) = (line, test) {
                        add(&mut test.found, line, limit);
                    }
                }
            }
            None => {}
        }
        (self.trial, self.batch) = (None, Vec::new());
        Judged::All
    }

    fn give_up(&mut self, trouble: Trouble) -> Judged {
        (self.trial, self.batch) = (None, Vec::new());
        Judged::Failed(trouble)
    }
}

/// Judges a line on; `None`: the fuel is spent.
fn judge(
    tests: &mut [TestPatterns],
    ignores: &mut [Patterns],
    judging: &mut Judging,
    line: &[u8],
    limit: usize,
    fuel: &mut Fuel,
) -> Option<()> {
    while let Some(test) = tests.get_mut(judging.test) {
        if !judging.counts {
            fuel.burn(TEST);
            if !test.patterns.search(line, fuel)? {
                judging.test += 1;
                continue;
            }
            judging.counts = true;
        }
        // Rules are asked only for lines that would count, and once.
        while let Some(patterns) = ignores.get_mut(judging.rule) {
            if patterns.search(line, fuel)? {
                return Some(());
            }
            judging.rule += 1;
        }
        add(&mut test.found, line, limit);
        judging.test += 1;
        judging.counts = false;
    }
    Some(())
}

/// Bytes that a hit takes in the child's answer: number of the line, number of the test.
const ENTRY: usize = 8;

/// In the child: which lines count for which tests.
fn try_all(
    tests: &mut [TestPatterns],
    ignores: &mut [Patterns],
    lines: &[Vec<u8>],
) -> Result<Vec<u8>, Refused> {
    let mut answer = Vec::new();
    let mut matchers = Vec::new();
    for test in tests {
        matchers.push(test.patterns.matcher_here()?);
    }
    let mut rules = Vec::new();
    for patterns in ignores {
        rules.push(patterns.matcher_here()?);
    }
    for (number, line) in (0u32..).zip(lines) {
        let mut ignored = None;
        for (test, counts) in (0u32..).zip(&mut matchers) {
            if !counts(line) {
                continue;
            }
            if *ignored.get_or_insert_with(|| rules.iter_mut().any(|ignores| ignores(line))) {
                break;
            }
            answer.extend(number.to_le_bytes());
            answer.extend(test.to_le_bytes());
        }
    }
    Ok(answer)
}

/// Adds a line to what a test found, empty ones too; beyond the limit only `...` once.
fn add(found: &mut String, line: &[u8], limit: usize) {
    const CUT: &str = "\n...\n";
    if found.len() < limit {
        found.push_str(&String::from_utf8_lossy(line).replace('\0', "\\0"));
        found.push('\n');
    } else if !found.ends_with(CUT) {
        found.push_str(&CUT[1..]);
    }
}

/// The files of patterns of a service: those of its tests, then those of its ignore rules.
pub(super) fn pattern_files(service: &Service) -> impl Iterator<Item = &Path> {
    let of_tests = service.tests.iter().filter_map(|test| match &test.condition {
        Condition::FileContent(_, PatternSource::File(path)) => Some(&**path),
        _ => None,
    });
    let of_ignores = service.ignores.iter().filter_map(|(_, source, _)| match source {
        PatternSource::File(path) => Some(&**path),
        PatternSource::Pattern(_) => None,
    });
    of_tests.chain(of_ignores)
}

/// The patterns of a test or a rule, and why some are missing.
fn read(
    source: &PatternSource,
    operator: StringOperator,
    texts: &mut impl Iterator<Item = (Vec<u8>, Option<String>)>,
) -> (Patterns, Option<String>) {
    let hit = match operator {
        StringOperator::NotEqual | StringOperator::NotMatch => Hit::Missing,
        StringOperator::Equal | StringOperator::Match => Hit::Found,
    };
    match source {
        PatternSource::Pattern(text) => {
            let (patterns, bad) = Patterns::one(text.as_bytes(), hit);
            (patterns, bad.map(|bad| format!("pattern '{}': {}", bad.pattern, bad.wrong)))
        }
        PatternSource::File(path) => {
            let (text, error) = texts.next().unwrap_or_default();
            let (patterns, bad) = Patterns::lines(&text, hit);
            let bad =
                bad.map(|bad| format!("pattern '{}' in {}: {}", bad.pattern, path.display(), bad.wrong));
            (patterns, bad.or(error))
        }
    }
}
