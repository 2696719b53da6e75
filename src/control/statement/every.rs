//! `every` and `not every`: when a service is checked.

use super::amount::seconds_in;
use super::cron;
use super::entry::{Scope, Statement};
use crate::config::Every;
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;
use std::time::Duration;

pub(super) const EVERY: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Every],
    word: None,
    parse: parse_every,
    grammar: "'every' ( NUMBER 'cycle' | CRON | NUMBER ( 's' | 'm' | 'h' ) )",
    example: "check process x with pidfile /run/x.pid every \"*/5 * * * 1-5\"",
};

pub(super) const NOT_EVERY: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::NotEvery],
    word: None,
    parse: parse_not_every,
    grammar: "'not every' CRON",
    example: "check process x with pidfile /run/x.pid not every \"* 0-3 * * 0\"",
};

fn parse_every(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let here = lead.span.place();
    if !lead.first_on_line && parser.so_far.exec_line == Some(here) {
        parser.advice(Fault::EverySetsService, &lead.span);
    }
    if parser.peek().kind == Kind::Cron {
        let token = parser.presume();
        return set_cron(parser, &lead, &token, false);
    }
    let (number, span) = parser.expect_number()?;
    let unit = parser.expect_any(&[K::Cycle, K::Second, K::Minute, K::Hour])?;
    let what = match unit {
        K::Cycle => {
            // The length of a cycle may be set later.
            parser.warning(Fault::EveryCycles { cycles: number, period: None }, &lead.span);
            set(parser, &lead, Every::Cycles(number));
            return Ok(());
        }
        K::Minute => "a period in minutes",
        K::Hour => "a period in hours",
        _ => "a period in seconds",
    };
    if number == 0 {
        parser.error(Fault::OutOfRange { what, least: 1, most: u32::MAX.into() }, &span);
    }
    set(
        parser,
        &lead,
        Every::Period(Duration::from_secs(u64::from(number) * u64::from(seconds_in(Some(unit))))),
    );
    Ok(())
}

fn parse_not_every(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let token = parser.expect_kind(&[Kind::Cron], Wanted::Cron)?;
    set_cron(parser, &lead, &token, true)
}

fn set_cron(parser: &mut Parser, lead: &Token, token: &Token, negated: bool) -> Parsed<()> {
    let cron = cron::parse(&token.text());
    // The text between the quotes is what Monit takes, and it means what it meant there.
    if let Some(trouble) = cron.as_ref().and_then(cron::doubt) {
        parser.advice(Fault::Schedule(trouble), &token.span);
    }
    match cron {
        Some(cron) if negated => set(parser, lead, Every::NotCron(Box::new(cron))),
        Some(cron) => set(parser, lead, Every::Cron(Box::new(cron))),
        None => parser.error(Fault::InvalidCron, &token.span),
    }
    Ok(())
}

fn set(parser: &mut Parser, lead: &Token, every: Every) {
    if std::mem::replace(&mut parser.so_far.every, true) {
        parser.warning(Fault::EveryTwice, &lead.span);
    }
    if let Some(service) = &mut parser.so_far.service {
        service.every = every;
    }
}
