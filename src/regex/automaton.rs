//! Runs a program over a text in time that grows with the text alone: an automaton whose states are sets of steps,
//! each made when it is first reached and kept in a table of bounded size.
//!
//! A text can be given in parts of a turn: [`Automaton::run`] stops when its fuel is spent and goes on where it was.

use super::fuel::Fuel;
use super::program::Program;
use super::set::is_word;
use super::walk::{Before, Reached, Walk, insert};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of table and states that one automaton keeps.
const CACHE: usize = 48 * 1024;
/// Bytes that all automata together keep before each makes do with little.
const ALL: usize = 2 * 1024 * 1024;
/// What each keeps then.
const LITTLE: usize = 4 * 1024;
/// Bytes that automata hold in this process.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The pattern anywhere.
    Anywhere,
    /// The whole text.
    Whole,
}

/// Entries of the table: where the row of the next state begins, or one of these.
const UNKNOWN: u16 = u16::MAX;
const FOUND: u16 = u16::MAX - 1;
const LOST: u16 = u16::MAX - 2;

/// The step with which every search begins.
const START: u16 = 0;

/// A state: the steps that are next, and what stands before.
#[derive(Debug)]
struct State {
    /// In [`Automaton::pool`].
    from: u32,
    to: u32,
    before: Before,
    hash: u32,
}

/// A program and what is known of its states.
#[derive(Debug)]
pub struct Automaton {
    program: Program,
    mode: Mode,
    /// A row for each state: an entry for each class of bytes, and one for the end.
    table: Vec<u16>,
    states: Vec<State>,
    pool: Vec<u16>,
    /// The state we are in, by its row.
    row: u16,
    at: usize,
    running: bool,
    seen: Vec<u64>,
    next: Vec<u64>,
    todo: Vec<u16>,
    held: usize,
}

impl Automaton {
    /// For this program.
    pub fn new(program: Program, mode: Mode) -> Automaton {
        let words = program.len().div_ceil(64);
        let mut automaton = Automaton {
            program,
            mode,
            table: Vec::new(),
            states: Vec::new(),
            pool: Vec::new(),
            row: 0,
            at: 0,
            running: false,
            seen: vec![0; words],
            next: vec![0; words],
            todo: Vec::new(),
            held: 0,
        };
        automaton.count();
        automaton
    }

    /// Do all automata hold so much that this one should not be kept?
    pub fn is_one_too_many() -> bool {
        HELD.load(Ordering::Relaxed) > ALL
    }

    /// Bytes of memory.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.held
    }

    fn count(&mut self) {
        let now = self.program.size()
            + size_of::<Automaton>()
            + self.table.capacity() * size_of::<u16>()
            + self.states.capacity() * size_of::<State>()
            + self.pool.capacity() * size_of::<u16>()
            + (self.seen.capacity() + self.next.capacity()) * size_of::<u64>()
            + self.todo.capacity() * size_of::<u16>();
        HELD.fetch_add(now, Ordering::Relaxed);
        HELD.fetch_sub(self.held, Ordering::Relaxed);
        self.held = now;
    }

    /// What is begun is begun anew with the next text.
    pub fn forget(&mut self) {
        self.running = false;
    }

    /// Whether the text is as looked for; `None`: the fuel is spent, call it again with the same text. A call with no
    /// fuel at all does nothing.
    pub fn run(&mut self, text: &[u8], fuel: &mut Fuel) -> Option<bool> {
        if !self.running {
            if fuel.is_spent() {
                return None;
            }
            fuel.burn(Fuel::BEGIN);
            self.at = 0;
            self.row = self.start();
            self.running = true;
        }
        let found = loop {
            let rest = text.get(self.at..).unwrap_or_default();
            let part = usize::try_from(fuel.0 / Fuel::BYTE).unwrap_or(usize::MAX).min(rest.len());
            let part = rest.get(..part).unwrap_or(rest);
            let known = self.glide(part);
            self.at += known;
            fuel.burn(known as u64 * Fuel::BYTE);
            let class = match text.get(self.at) {
                Some(byte) => usize::from(self.class(*byte)),
                None => self.program.examples().len(),
            };
            if fuel.is_spent() {
                return None;
            }
            match self.entry(class) {
                FOUND => break true,
                LOST => break false,
                UNKNOWN => self.learn(class, fuel),
                row => {
                    self.row = row;
                    self.at += 1;
                    fuel.burn(Fuel::BYTE);
                }
            }
        };
        self.running = false;
        Some(found)
    }

    fn class(&self, byte: u8) -> u8 {
        self.program.classes().get(usize::from(byte)).copied().unwrap_or(0)
    }

    fn entry(&self, class: usize) -> u16 {
        self.table.get(usize::from(self.row) + class).copied().unwrap_or(LOST)
    }

    /// Goes on through states that are known: how many bytes.
    fn glide(&mut self, text: &[u8]) -> usize {
        let classes = self.program.classes();
        let table = &self.table[..];
        let mut row = self.row;
        let mut count = 0;
        for byte in text {
            let class = classes.get(usize::from(*byte)).copied().unwrap_or(0);
            match table.get(usize::from(row) + usize::from(class)) {
                Some(&next) if next < LOST => row = next,
                _ => break,
            }
            count += 1;
        }
        self.row = row;
        count
    }

    /// The state before the first byte, which is always the first.
    fn start(&mut self) -> u16 {
        if self.states.is_empty() {
            self.next.fill(0);
            insert(&mut self.next, START);
            return self.state(Before::Nothing);
        }
        0
    }

    /// Finds out what follows the state we are in, and notes it.
    fn learn(&mut self, class: usize, fuel: &mut Fuel) {
        let byte = self.program.examples().get(class).copied();
        self.seen.fill(0);
        self.next.fill(0);
        let (found, looked) = self.step(byte);
        fuel.burn((looked + 2 * self.next.len() as u64 + 20) * Fuel::STEP);
        let entry = match byte {
            _ if found => FOUND,
            None => LOST,
            Some(byte) => {
                if self.mode == Mode::Anywhere && !self.program.is_anchored() {
                    insert(&mut self.next, START);
                }
                let before = match byte {
                    b'\n' if self.program.asks_for_lines() => Before::LineBreak,
                    _ if self.program.asks_for_words() && is_word(byte) => Before::Word,
                    _ => Before::Other,
                };
                if self.next.iter().all(|word| *word == 0) { LOST } else { self.state(before) }
            }
        };
        if let Some(known) = self.table.get_mut(usize::from(self.row) + class) {
            *known = entry;
        }
    }

    /// Puts into `next` where this byte (`None`: the end) leads from the state we are in. Whether the match ends before
    /// it, and how many steps were looked at.
    fn step(&mut self, byte: Option<u8>) -> (bool, u64) {
        let at = usize::from(self.row) / self.width();
        let Some(state) = self.states.get(at) else { return (false, 0) };
        let seeds = self.pool.get(state.from as usize..state.to as usize).unwrap_or_default();
        // The start comes last: a line break before it is no part of what is found, so fewer conditions hold there.
        let (starts, others): (&[u16], &[u16]) = match seeds.split_first() {
            Some((&START, others)) => (&[START], others),
            _ => (&[], seeds),
        };
        let weaker = if state.before == Before::LineBreak { Before::Other } else { state.before };
        let mut walk =
            Walk { program: &self.program, byte, seen: &mut self.seen, todo: &mut self.todo, looked: 0 };
        let mut found = false;
        let mut behind = [(Vec::new(), state.before), (Vec::new(), weaker)];
        for (seeds, (behind, before)) in [others, starts].into_iter().zip(&mut behind) {
            walk.from(seeds, *before, |step, reached| match reached {
                Reached::Taken => drop(insert(&mut self.next, self.program.behind(step))),
                Reached::End => found |= self.mode == Mode::Anywhere || byte.is_none(),
                Reached::LineEnd => behind.push(step + 1),
            });
        }
        // Behind a `$` before a line break nothing ends, but the line break may be taken.
        walk.seen.fill(0);
        for (mut seeds, before) in behind {
            while let Some(seed) = seeds.pop() {
                walk.from(&[seed], before, |step, reached| match reached {
                    Reached::Taken => drop(insert(&mut self.next, self.program.behind(step))),
                    Reached::End => {}
                    Reached::LineEnd => seeds.push(step + 1),
                });
            }
        }
        (found, walk.looked)
    }

    fn width(&self) -> usize {
        self.program.examples().len() + 1
    }

    /// The row of the state whose steps are in `next`; it is made if it is not there.
    fn state(&mut self, before: Before) -> u16 {
        let from = self.pool.len();
        for (at, word) in (0u16..).zip(&self.next) {
            let mut word = *word;
            while word != 0 {
                self.pool.push(at * 64 + word.trailing_zeros() as u16);
                word &= word - 1;
            }
        }
        let hash = hash(self.pool.get(from..).unwrap_or_default());
        let known = self.states.iter().position(|state| {
            state.hash == hash
                && state.before == before
                && self.pool.get(state.from as usize..state.to as usize) == self.pool.get(from..)
        });
        if let Some(known) = known {
            self.pool.truncate(from);
            return self.row_of(known);
        }
        if self.is_full() {
            return self.begin_anew(from, before, hash);
        }
        self.add(from, before, hash)
    }

    fn is_full(&self) -> bool {
        let most = if Automaton::is_one_too_many() { LITTLE } else { CACHE };
        let size = (self.table.len() + self.width() + self.pool.len()) * size_of::<u16>()
            + self.states.len() * size_of::<State>();
        // The state we came from is kept with the new one.
        self.states.len() > 2 && (size > most || self.table.len() + self.width() >= usize::from(LOST))
    }

    fn add(&mut self, from: usize, before: Before, hash: u32) -> u16 {
        let at = self.states.len();
        let (from, to) = (from as u32, self.pool.len() as u32);
        self.states.push(State { from, to, before, hash });
        self.table.resize(self.table.len() + self.width(), UNKNOWN);
        self.count();
        self.row_of(at)
    }

    fn row_of(&self, at: usize) -> u16 {
        u16::try_from(at * self.width()).unwrap_or(0)
    }

    /// Forgets all states but the first, the one we are in and the new one, whose steps are in the pool from there on.
    fn begin_anew(&mut self, from: usize, before: Before, hash: u32) -> u16 {
        let current = usize::from(self.row) / self.width();
        let new = self.pool.split_off(from);
        let mut kept = Vec::new();
        for at in [0, current] {
            if let Some(state) = self.states.get(at) {
                let steps = self.pool.get(state.from as usize..state.to as usize).unwrap_or_default();
                kept.push((steps.to_vec(), state.before, state.hash));
            }
            if current == 0 {
                break;
            }
        }
        (self.states, self.pool, self.table) = Default::default();
        self.row = 0;
        for (steps, before, hash) in kept {
            let from = self.pool.len();
            self.pool.extend(steps);
            self.row = self.add(from, before, hash);
        }
        let from = self.pool.len();
        self.pool.extend(new);
        self.add(from, before, hash)
    }
}

impl Drop for Automaton {
    fn drop(&mut self) {
        HELD.fetch_sub(self.held, Ordering::Relaxed);
    }
}

/// FNV-1a.
fn hash(steps: &[u16]) -> u32 {
    steps.iter().fold(0x811c_9dc5, |hash, step| (hash ^ u32::from(*step)).wrapping_mul(0x0100_0193))
}
