//! A pattern as it was understood.

use super::set::ByteSet;

/// Part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// This byte.
    Byte(u8),
    /// A byte of the set with this number in [`Tree::sets`].
    Set(u16),
    /// A condition on the place between two bytes.
    Assert(Assert),
    /// One after the other; none of them is the empty text.
    Concat(Vec<Node>),
    /// One of them.
    Either(Vec<Node>),
    /// At least so many of it, at most so many.
    Repeat(Box<Node>, u16, Option<u16>),
}

impl Node {
    /// What matches the empty text everywhere.
    pub const fn empty() -> Node {
        Node::Concat(Vec::new())
    }
}

/// A condition on the place between two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assert {
    /// `^`: nothing stands before, or a line break that is part of what was found. (A line break that is not does not
    /// count; it is how the C library behaves without `REG_NEWLINE`.)
    LineBegin,
    /// `$`: nothing stands behind, or a line break that is part of what is found.
    LineEnd,
    /// `` \` ``: nothing stands before.
    Begin,
    /// `\'`: nothing stands behind.
    End,
    /// `\<`.
    WordBegin,
    /// `\>`.
    WordEnd,
    /// `\b`.
    Boundary,
    /// `\B`.
    NoBoundary,
}

/// A right pattern.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What is looked for.
    pub node: Node,
    /// The sets its nodes name.
    pub sets: Vec<ByteSet>,
    /// Steps of the automaton when all repetitions are written out.
    pub steps: u64,
    /// How deep its parts are nested; 0 if so deep that `node` is not kept.
    pub depth: usize,
    /// It has a back reference, which `node` does not show.
    pub back_reference: bool,
}
