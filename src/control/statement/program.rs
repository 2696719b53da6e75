//! `start`, `stop`, `restart`: the programs of a service.

use super::argument::{CommandRules, parse_command};
use super::entry::{Scope, Statement};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;

pub(super) const PROGRAM: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Start, K::Stop, K::Restart],
    word: None,
    parse,
    grammar: "( 'start' | 'stop' | 'restart' ) args [ user ] [ 'timeout' NUMBER 's' ]",
    example: "check process x with pidfile /run/x.pid \
              start program = \"/bin/true start\" with timeout 60 seconds \
              stop program = \"/bin/true stop\" restart program = \"/bin/true restart\"",
};

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let limits = parser.settings().limits;
    let timeout = match lead.keyword() {
        Some(K::Start) => limits.start_timeout,
        Some(K::Stop) => limits.stop_timeout,
        _ => limits.restart_timeout,
    };
    let command = parse_command(parser, CommandRules { timeout, zero_allowed: false, required: false })?;
    if let Some(service) = &mut parser.so_far.service {
        let slot = match lead.keyword() {
            Some(K::Start) => &mut service.start,
            Some(K::Stop) => &mut service.stop,
            _ => &mut service.restart,
        };
        *slot = Some(Box::new(command));
    }
    Ok(())
}
