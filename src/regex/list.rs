//! Several patterns of which any may be found: a file of them has thousands, so they are kept as one text, and several
//! make one automaton.

use super::automaton::{Automaton, Mode};
use super::fuel::Fuel;
use super::parse::parse;
use super::program::{Program, is_possible};
use super::tree::Tree;
use super::{Flags, Wrong};
use crate::sys::regcomp::{self, Refused};
use std::ops::Range;

/// Steps up to which patterns are put into one automaton.
const TOGETHER: u64 = 800;

/// What makes a text count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// One of the patterns is found in it.
    Found,
    /// One of them is not.
    Missing,
}

/// Patterns of one kind, and a search for them.
#[derive(Debug)]
pub struct Patterns {
    text: Box<[u8]>,
    /// Each line is a pattern; a single one may hold a line break.
    lines: bool,
    parts: Vec<Part>,
    hit: Hit,
    /// The part that is next in the text at hand.
    at: usize,
}

#[derive(Debug)]
struct Part {
    /// Where its patterns are in the text.
    patterns: Range<u32>,
    hard: bool,
    automaton: Option<Box<Automaton>>,
}

/// A pattern that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

impl Patterns {
    /// One pattern, or none if it is wrong.
    pub fn one(pattern: &[u8], hit: Hit) -> (Patterns, Option<Bad>) {
        let mut patterns = Patterns { text: pattern.into(), lines: false, parts: Vec::new(), hit, at: 0 };
        let bad = patterns.add(0..pattern.len(), None);
        (patterns, bad)
    }

    /// One in each line of `text`; those that are wrong are left out, and the last of them is told.
    pub fn lines(text: &[u8], hit: Hit) -> (Patterns, Option<Bad>) {
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        let mut patterns = Patterns { text: text.into(), lines: true, parts: Vec::new(), hit, at: 0 };
        let (mut bad, mut from) = (None, 0);
        // Where one that is missing counts, each is asked for by itself.
        let mut room = (hit == Hit::Found).then_some(0);
        for line in text.split(|byte| *byte == b'\n') {
            let range = from..from + line.len();
            from = range.end + 1;
            if !line.is_empty() {
                bad = patterns.add(range, room.as_mut()).or(bad);
            }
        }
        patterns.parts.shrink_to_fit();
        (patterns, bad)
    }

    /// `room`: the steps of the last part, to which others may be added.
    fn add(&mut self, range: Range<usize>, room: Option<&mut u64>) -> Option<Bad> {
        let pattern = self.text.get(range.clone()).unwrap_or_default();
        let tree = match parse(pattern, Flags::default()) {
            Ok(tree) => tree,
            Err(wrong) => {
                return Some(Bad { pattern: String::from_utf8_lossy(pattern).into_owned(), wrong });
            }
        };
        let hard = !is_possible(&tree);
        let range = range.start as u32..range.end as u32;
        if let (Some(last), Some(steps)) = (self.parts.last_mut(), room) {
            let together = tree.steps.saturating_add(*steps);
            if !hard && !last.hard && together <= TOGETHER {
                *steps = together;
                last.patterns.end = range.end;
                return None;
            }
            *steps = tree.steps;
        }
        self.parts.push(Part { patterns: range, hard, automaton: None });
        None
    }

    /// Can some of them only be matched by the C library? They are left out then but by [`Patterns::matcher_here`].
    pub fn any_hard(&self) -> bool {
        self.parts.iter().any(|part| part.hard)
    }

    /// Whether the text counts; `None`: the fuel is spent, ask again with the same text.
    pub fn search(&mut self, text: &[u8], fuel: &mut Fuel) -> Option<bool> {
        while let Some(part) = self.parts.get_mut(self.at) {
            let found = match part.hard {
                true => self.hit == Hit::Missing,
                false => part.search(&self.text, self.lines, text, fuel)?,
            };
            if found == (self.hit == Hit::Found) {
                self.at = 0;
                return Some(true);
            }
            self.at += 1;
        }
        self.at = 0;
        Some(false)
    }

    /// As [`Patterns::search`], hard patterns too, and however long it takes: only in a child.
    ///
    /// # Errors
    /// The C library does not take one of them.
    pub fn matcher_here(&mut self) -> Result<impl FnMut(&[u8]) -> bool + '_, Refused> {
        let mut hard = Vec::new();
        for part in self.parts.iter().filter(|part| part.hard) {
            hard.push(regcomp::Pattern::new(slice(&self.text, &part.patterns), false)?);
        }
        Ok(move |text: &[u8]| {
            self.search(text, &mut Fuel(u64::MAX)).unwrap_or(false)
                || hard.iter().any(|pattern| pattern.is_match(text) == (self.hit == Hit::Found))
        })
    }
}

fn slice<'a>(text: &'a [u8], range: &Range<u32>) -> &'a [u8] {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}

impl Part {
    fn search(&mut self, patterns: &[u8], lines: bool, text: &[u8], fuel: &mut Fuel) -> Option<bool> {
        if self.automaton.is_none() {
            if fuel.is_spent() {
                return None;
            }
            self.automaton = self.compiled(patterns, lines, fuel);
        }
        let found = match &mut self.automaton {
            Some(automaton) => automaton.run(text, fuel)?,
            None => false,
        };
        if Automaton::is_one_too_many() {
            self.automaton = None;
        }
        Some(found)
    }

    fn compiled(&self, patterns: &[u8], lines: bool, fuel: &mut Fuel) -> Option<Box<Automaton>> {
        let own = slice(patterns, &self.patterns);
        let tree = |pattern: &[u8]| parse(pattern, Flags::default()).ok();
        let each = own.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let trees: Vec<Tree> = match lines {
            true => each.filter_map(tree).collect(),
            false => tree(own).into_iter().collect(),
        };
        let steps = trees.iter().fold(0u64, |sum, tree| sum.saturating_add(tree.steps));
        fuel.burn((steps + own.len() as u64 + 100) * Fuel::STEP);
        let program = Program::new(trees, false)?;
        fuel.burn(program.distinctions() * Fuel::DISTINCTION);
        Some(Box::new(Automaton::new(program, Mode::Anywhere)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(patterns: &mut Patterns, text: &str) -> bool {
        let mut fuel = Fuel(1);
        loop {
            if let Some(found) = patterns.search(text.as_bytes(), &mut fuel) {
                return found;
            }
            fuel = Fuel(7);
        }
    }

    #[test]
    fn any_of_them_counts() {
        let text = "error\n\n[unclosed\n^begin$\nd(isk|isc) full\n*\nlast";
        let (mut patterns, bad) = Patterns::lines(text.as_bytes(), Hit::Found);
        assert_eq!(bad.map(|bad| (bad.pattern, bad.wrong)), Some(("*".into(), Wrong::Repetition)));
        assert_eq!(patterns.parts.len(), 1, "one automaton");
        for text in ["an error", "begin", "disc full", "at last"] {
            assert!(counts(&mut patterns, text), "{text}");
        }
        for text in ["", "begin ", "unclosed", "disk"] {
            assert!(!counts(&mut patterns, text), "{text}");
        }
    }

    #[test]
    fn one_that_is_missing_counts() {
        let (mut patterns, _) = Patterns::lines(b"a\nb", Hit::Missing);
        assert!(!counts(&mut patterns, "ab"));
        assert!(counts(&mut patterns, "a") && counts(&mut patterns, "b") && counts(&mut patterns, ""));
        let (mut none, _) = Patterns::lines(b"\n\n", Hit::Missing);
        assert!(!counts(&mut none, "a"));
    }

    #[test]
    fn a_line_break_is_part_of_a_single_pattern() {
        let (mut patterns, _) = Patterns::one(b"a\nb", Hit::Found);
        assert!(counts(&mut patterns, "a\nb") && !counts(&mut patterns, "a"));
    }

    #[test]
    fn hard_ones_are_for_the_child() {
        let (mut patterns, _) = Patterns::lines(b"plain\n(a)\\1\nother", Hit::Found);
        assert!(patterns.any_hard());
        assert!(counts(&mut patterns, "other") && !counts(&mut patterns, "aa"));
        let mut matches = patterns.matcher_here().unwrap();
        assert!(matches(b"aa") && matches(b"plain") && !matches(b"a"));
    }

    #[test]
    fn large_files_of_patterns_stay_small() {
        let text: String = (0..20_000).map(|number| format!("word{number}.*[0-9]+x{{3}}\n")).collect();
        let (mut patterns, bad) = Patterns::lines(text.as_bytes(), Hit::Found);
        assert!(bad.is_none() && patterns.parts.len() < 1000);
        assert!(patterns.search(b"word19999 7xxx", &mut Fuel(u64::MAX)) == Some(true));
        let kept: usize = patterns.parts.iter().filter(|part| part.automaton.is_some()).count();
        assert!(kept < 900, "{kept}");
    }
}
