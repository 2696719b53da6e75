//! What is done when a test fails or recovers.

use super::argument::{CommandRules, parse_command};
use crate::config::{Action, Exec, Rate};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Kind;

/// Words that begin an action.
pub(crate) const ACTIONS: &[K] = &[K::Alert, K::Restart, K::Start, K::Stop, K::Unmonitor, K::Ignore, K::Exec];

/// The same in their usual spelling.
pub fn action_words() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|keyword| keyword.name())
}

/// An action; the place of an `exec` is remembered for the advice about `every` behind it.
pub(super) fn parse_action(parser: &mut Parser) -> Parsed<Action> {
    let keyword = parser.expect_any(ACTIONS)?;
    Ok(match keyword {
        K::Restart => Action::Restart,
        K::Start => Action::Start,
        K::Stop => Action::Stop,
        K::Unmonitor => Action::Unmonitor,
        K::Ignore => Action::Ignore,
        K::Exec => Action::Exec(Box::new(parse_exec(parser)?)),
        _ => Action::Alert,
    })
}

fn parse_exec(parser: &mut Parser) -> Parsed<Exec> {
    let timeout = parser.settings().limits.exec_timeout;
    let command = parse_command(parser, CommandRules { timeout, zero_allowed: true, required: false })?;
    let mut repeat = 0;
    if parser.accept(K::Repeat) {
        parser.expect(K::Every)?;
        repeat = 1;
        if parser.peek().kind == Kind::Number {
            repeat = parser.expect_number()?.0;
        }
        parser.expect(K::Cycle)?;
    }
    parser.so_far.exec_line = parser.previous().map(|span| span.place());
    Ok(Exec { command, repeat })
}

/// How a test may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// No `else`.
    None,
    /// `else …` or `else if succeeded …`.
    Succeeded,
    /// `else …` or `else if failed …`.
    Failed,
    /// As [`Recovery::Succeeded`], but without effect.
    Dropped,
}

/// `else action`, `else if succeeded [rate] then action`, or nothing.
pub(super) fn parse_recovery(parser: &mut Parser, recovery: Recovery) -> Parsed<(Rate, Action)> {
    let nothing = (Rate::default(), Action::Alert);
    if recovery == Recovery::None || !parser.accept(K::Else) {
        return Ok(nothing);
    }
    let mut rate = Rate::default();
    if parser.accept(K::If) {
        let words: &[K] =
            if recovery == Recovery::Failed { &[K::Failed] } else { &[K::Succeeded, K::Passed] };
        parser.expect_any(words)?;
        rate = super::amount::parse_rate(parser)?;
        parser.expect(K::Then)?;
    }
    let action = parse_action(parser)?;
    Ok(if recovery == Recovery::Dropped { nothing } else { (rate, action) })
}
