//! `mode` and `onreboot` of a service.

use super::entry::{Scope, Statement};
use crate::config::{Mode, OnReboot};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;

pub(super) const MODE: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Mode],
    word: None,
    parse: parse_mode,
    grammar: "'mode' ( 'active' | 'passive' | 'manual' )",
    example: "check process x with pidfile /run/x.pid mode passive",
};

pub(super) const ON_REBOOT: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::OnReboot],
    word: None,
    parse: parse_onreboot,
    grammar: "'onreboot' ( 'start' | 'nostart' | 'laststate' )",
    example: "check process x with pidfile /run/x.pid onreboot laststate",
};

fn parse_mode(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let keyword = parser.expect_any(&[K::Active, K::Passive, K::Manual])?;
    if keyword == K::Manual {
        let fault = Fault::Deprecated { old: "mode manual", new: "'onreboot laststate'" };
        parser.warning(fault, &lead.span);
    }
    if let Some(service) = &mut parser.so_far.service {
        match keyword {
            K::Passive => service.mode = Mode::Passive,
            // The old name of another option: the mode stays what it was.
            K::Manual => service.onreboot = OnReboot::LastState,
            _ => service.mode = Mode::Active,
        }
    }
    Ok(())
}

fn parse_onreboot(parser: &mut Parser, _: Token) -> Parsed<()> {
    let onreboot = parse_onreboot_value(parser)?;
    if let Some(service) = &mut parser.so_far.service {
        service.onreboot = onreboot;
    }
    Ok(())
}

/// `start | nostart | laststate`.
pub(super) fn parse_onreboot_value(parser: &mut Parser) -> Parsed<OnReboot> {
    Ok(match parser.expect_any(&[K::Start, K::NoStart, K::LastState])? {
        K::NoStart => OnReboot::NoStart,
        K::LastState => OnReboot::LastState,
        _ => OnReboot::Start,
    })
}
