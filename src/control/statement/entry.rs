//! One statement in the list of all.

use crate::control::keyword::Keyword;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;

/// Where a statement may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Behind `set`.
    Global,
    /// In a `check …`.
    Service,
}

/// One statement of the language.
pub struct Statement {
    /// Where it may stand.
    pub scope: Scope,
    /// The keywords it begins with (behind `set` for a global one).
    pub leads: &'static [Keyword],
    /// A word of ours it begins with, which is no keyword elsewhere.
    pub word: Option<&'static str>,
    pub(super) parse: fn(&mut Parser, Token) -> Parsed<()>,
    /// Its grammar, as in `doc/GRAMMAR.md`.
    pub grammar: &'static str,
    /// A control file that uses it.
    pub example: &'static str,
}
