//! `set daemon`: the length of a cycle.

use super::amount::in_range;
use super::entry::{Scope, Statement};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::Token;

/// A year.
const LONGEST: u32 = 31_556_952;

pub(super) const DAEMON: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Daemon],
    word: None,
    parse,
    grammar: "'set' 'daemon' NUMBER [ 'start' 'delay' NUMBER ]",
    example: "set daemon 30 with start delay 60",
};

fn parse(parser: &mut Parser, _: Token) -> Parsed<()> {
    let (poll, span) = parser.expect_number()?;
    let poll = in_range(parser, "the poll time", poll, 1, LONGEST, &span);
    let mut delay = 0;
    if parser.accept(K::Start) {
        parser.expect(K::Delay)?;
        delay = parser.expect_number()?.0;
    }
    parser.apply(Change::Daemon { poll, delay });
    Ok(())
}
