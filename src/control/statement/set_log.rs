//! `set log`: a file or syslog.

use super::check::path_of;
use super::entry::{Scope, Statement};
use crate::config::{LogRepeat, LogTarget};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;

pub(super) const LOG: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Log, K::LogFile],
    word: None,
    parse,
    grammar: "'set' 'log' ( PATH | 'syslog' [ 'facility' STRING ] ) [ 'repeat' ( 'every' NUMBER 'cycle' | 'never' ) ]",
    example: "set log syslog facility log_daemon repeat every 10 cycles",
};

const FACILITIES: &[&str] =
    &["user", "daemon", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let target = if parser.accept(K::Syslog) {
        let mut facility = "user";
        if parser.accept(K::Facility) {
            facility = parse_facility(parser)?;
        }
        LogTarget::Syslog(facility)
    } else {
        parser.would_accept(crate::control::parser::Tried::Keyword(K::Syslog));
        let token = parser.expect_kind(&[Kind::Path], Wanted::Path)?;
        let path = path_of(&token);
        if !parser.overrides.ignore_log {
            // So that a log that cannot be written is known before it is needed.
            if let Err(reason) = parser.outside.open_log(&path) {
                parser.error(Fault::Unwritable { reason }, &token.span);
            }
        }
        LogTarget::File(path)
    };
    let repeat = parse_repeat(parser)?;
    if lead.is(K::LogFile) {
        parser.warning(Fault::Deprecated { old: "set logfile", new: "'set log'" }, &lead.span);
    }
    parser.apply(Change::Log(target, repeat));
    Ok(())
}

fn parse_repeat(parser: &mut Parser) -> Parsed<LogRepeat> {
    if !parser.accept(K::Repeat) {
        return Ok(LogRepeat::Always);
    }
    if parser.accept_word("never") {
        return Ok(LogRepeat::Never);
    }
    parser.expect(K::Every)?;
    let (cycles, span) = parser.expect_number()?;
    parser.expect(K::Cycle)?;
    if cycles == 0 {
        parser.error(
            Fault::OutOfRange { what: "the number of cycles", least: 1, most: u32::MAX.into() },
            &span,
        );
    }
    Ok(LogRepeat::Every(cycles.max(1)))
}

fn parse_facility(parser: &mut Parser) -> Parsed<&'static str> {
    let token = parser.expect_string(Wanted::Facility)?;
    let text = token.text().to_ascii_lowercase();
    let name = text.strip_prefix("log_").unwrap_or_default();
    match FACILITIES.iter().find(|facility| **facility == name) {
        Some(facility) => Ok(facility),
        None => {
            parser.error(Fault::UnknownFacility, &token.span);
            Ok("user")
        }
    }
}
