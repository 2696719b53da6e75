//! What a form of test is, and what it makes of its words.

use super::action::Recovery;
use crate::config::Condition;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Span;
use crate::control::types::Types;

/// The words a test begins with behind `if`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// The keyword itself.
    Plain(K),
    /// `failed KEYWORD`.
    Failed(K),
    /// `succeeded KEYWORD`.
    Succeeded(K),
    /// `changed KEYWORD`.
    Changed(K),
    /// `not KEYWORD`.
    Not(K),
    /// A word of ours, special only here: nothing valid was ever a plain word behind `if`.
    Word(&'static str),
}

impl Lead {
    pub(super) fn new(sense: Option<K>, keyword: K) -> Lead {
        match sense {
            Some(K::Failed) => Lead::Failed(keyword),
            Some(K::Succeeded) => Lead::Succeeded(keyword),
            Some(K::Changed) => Lead::Changed(keyword),
            Some(K::Not) => Lead::Not(keyword),
            _ => Lead::Plain(keyword),
        }
    }

    /// The word before the keyword.
    pub(super) fn sense(self) -> Option<K> {
        match self {
            Lead::Plain(_) | Lead::Word(_) => None,
            Lead::Failed(_) => Some(K::Failed),
            Lead::Succeeded(_) => Some(K::Succeeded),
            Lead::Changed(_) => Some(K::Changed),
            Lead::Not(_) => Some(K::Not),
        }
    }

    pub(super) fn keyword(self) -> K {
        match self {
            Lead::Plain(k) | Lead::Failed(k) | Lead::Succeeded(k) | Lead::Changed(k) | Lead::Not(k) => k,
            // No keyword; what stands before it will do.
            Lead::Word(_) => K::If,
        }
    }

    pub(super) fn shown(self) -> String {
        match (self, self.sense()) {
            (Lead::Word(word), _) => word.to_string(),
            (_, Some(sense)) => format!("{} {}", sense.name(), self.keyword().name()),
            (_, None) => self.keyword().name().to_string(),
        }
    }
}

/// The words that were read, and where.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(super) lead: Lead,
    pub(super) span: Span,
}

/// What a form makes of its words.
pub(crate) struct Meaning {
    pub(super) condition: Condition,
    pub(super) recovery: Recovery,
}

impl Meaning {
    pub(super) fn new(condition: Condition) -> Meaning {
        Meaning { condition, recovery: Recovery::Succeeded }
    }

    pub(super) fn without_else(condition: Condition) -> Meaning {
        Meaning { condition, recovery: Recovery::None }
    }
}

/// One form of test.
pub struct TestForm {
    /// What it begins with.
    pub leads: &'static [Lead],
    /// The services it is for.
    pub types: Types,
    pub(super) parse: fn(&mut Parser, &Opening) -> Parsed<Meaning>,
    /// Its grammar, as in `doc/GRAMMAR.md`.
    pub grammar: &'static str,
    /// The condition in use, without `if` and action.
    pub example: &'static str,
}
