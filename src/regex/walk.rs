//! From a set of steps to those that take a byte: through branches, jumps and conditions, which take none.

use super::program::{Instruction, Program};
use super::set::is_word;
use super::tree::Assert;

/// The place between two bytes, by the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    Word,
    LineBreak,
    Other,
}

/// What a walk has come to.
pub(super) enum Reached {
    /// A step that takes the byte.
    Taken,
    /// The last step.
    End,
    /// A `$` before a line break.
    LineEnd,
}

/// Follows the steps that take nothing.
pub(super) struct Walk<'a> {
    pub(super) program: &'a Program,
    /// What stands behind.
    pub(super) byte: Option<u8>,
    pub(super) seen: &'a mut [u64],
    pub(super) todo: &'a mut Vec<u16>,
    pub(super) looked: u64,
}

impl Walk<'_> {
    pub(super) fn from(&mut self, seeds: &[u16], before: Before, mut reached: impl FnMut(u16, Reached)) {
        for seed in seeds {
            self.todo.push(*seed);
            while let Some(at) = self.todo.pop() {
                self.looked += 1;
                if !insert(self.seen, at) {
                    continue;
                }
                match self.program.step(at) {
                    Instruction::Byte(wanted) if self.byte == Some(wanted) => reached(at, Reached::Taken),
                    Instruction::Set(set)
                        if self.byte.is_some_and(|byte| self.program.set_contains(set, byte)) =>
                    {
                        reached(at, Reached::Taken);
                    }
                    Instruction::Byte(_) | Instruction::Set(_) => {}
                    Instruction::Assert(assert) => {
                        if holds(assert, before, self.byte) {
                            self.todo.push(at + 1);
                        } else if assert == Assert::LineEnd && self.byte == Some(b'\n') {
                            reached(at, Reached::LineEnd);
                        }
                    }
                    Instruction::Split(there) => self.todo.extend([there, at + 1]),
                    Instruction::Jump(there) => self.todo.push(there),
                    Instruction::Match => reached(at, Reached::End),
                }
            }
        }
    }
}

/// Does the condition hold between what stands before and this byte (`None`: the end)?
fn holds(assert: Assert, before: Before, byte: Option<u8>) -> bool {
    let (behind, ahead) = (before == Before::Word, byte.is_some_and(is_word));
    match assert {
        Assert::LineBegin => matches!(before, Before::Nothing | Before::LineBreak),
        Assert::Begin => before == Before::Nothing,
        Assert::LineEnd | Assert::End => byte.is_none(),
        Assert::WordBegin => !behind && ahead,
        Assert::WordEnd => behind && !ahead,
        Assert::Boundary => behind != ahead,
        Assert::NoBoundary => behind == ahead,
    }
}

/// Adds a step to a set; `false` if it was there.
pub(super) fn insert(set: &mut [u64], step: u16) -> bool {
    let Some(word) = set.get_mut(usize::from(step / 64)) else { return false };
    let bit = 1 << (step % 64);
    let new = *word & bit == 0;
    *word |= bit;
    new
}
