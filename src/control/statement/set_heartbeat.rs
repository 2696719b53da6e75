//! `set heartbeat`: a sign of life for somebody elsewhere (our extension). Its word is special only here.

use super::amount::{parse_period, parse_timeout};
use super::entry::{Scope, Statement};
use super::set_webhook::parse_url;
use crate::config::Heartbeat;
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::Token;

/// Heartbeats there may be.
const MOST: usize = 8;

pub(super) const HEARTBEAT: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("heartbeat"),
    parse,
    grammar: "'set' 'heartbeat' 'url' ( URL | STRING | 'file' PATH ) 'every' NUMBER [ 's' | 'm' | 'h' | 'd' ] \
              [ 'timeout' NUMBER 's' ]",
    example: "set heartbeat url https://watch.example.com/ping/4f1c every 5 minutes",
};

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    parser.expect(K::Url)?;
    let url = parse_url(parser)?;
    parser.expect(K::Every)?;
    let every = parse_period(parser)?;
    let timeout = match parser.accept(K::Timeout) {
        true => parse_timeout(parser, false)?,
        false => Heartbeat::TIMEOUT,
    };
    if parser.settings().heartbeats.len() >= MOST {
        parser.error(Fault::TooMany { what: "heartbeats", most: MOST }, &lead.span);
    } else if let Some(url) = url {
        parser.apply(Change::Heartbeat(Box::new(Heartbeat {
            place: lead.span.place(),
            url,
            every,
            timeout,
        })));
    }
    Ok(())
}
