//! `set mmonit`: the collectors we report to.

use super::amount::parse_timeout;
use super::entry::{Scope, Statement};
use super::ssl::{TlsOptions, accept_old_option, accept_option};
use crate::config::Mmonit;
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Kind, Token, Value};
use crate::control::wanted::Wanted;

/// What the outbox has room for beside mail and webhooks.
const MOST: usize = 32;

pub(super) const MMONIT: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::MMonit],
    word: None,
    parse,
    grammar: "'set' 'mmonit' mmonit { mmonit }",
    example: "set httpd port 2812 allow admin:\"monit\" set mmonit http://user:password@192.0.2.1:8080/collector with timeout 10 seconds\n",
};

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    parse_one(parser, &lead)?;
    while parser.peek().kind == Kind::Url {
        parse_one(parser, &lead)?;
    }
    Ok(())
}

fn parse_one(parser: &mut Parser, lead: &Token) -> Parsed<()> {
    let token = parser.expect_kind(&[Kind::Url], Wanted::Url)?;
    let Value::Url(url) = token.value else { return Err(parser.unexpected()) };
    let mut options = TlsOptions { on: url.secure, ..TlsOptions::default() };
    let mut timeout = parser.so_far.carried.mmonit;
    let mut hostgroups = Vec::new();
    loop {
        if parser.accept(K::Timeout) {
            timeout = parse_timeout(parser, false)?;
        } else if let Some(token) = parser.accept_kind(&[Kind::Hostgroups], Wanted::Hostgroups) {
            if let Value::Words(words) = token.value {
                hostgroups.extend(words);
            }
        } else if !accept_option(parser, &mut options)? && !accept_old_option(parser, &mut options)? {
            break;
        }
    }
    let mut register_credentials = true;
    if parser.accept(K::Register) {
        parser.expect(K::Credentials)?;
        // With or without `without`, which is a noise word: files get what they always got.
        register_credentials = false;
    }
    parser.so_far.carried.mmonit = parser.settings().limits.network_timeout;
    if parser.settings().mmonits.len() >= MOST {
        parser.error(Fault::TooMany { what: "M/Monit servers", most: MOST }, &token.span);
        return Ok(());
    }
    let (tls, certificate) = options.into_parts();
    parser.apply(Change::Mmonit(Box::new(Mmonit {
        place: lead.span.place(),
        url: *url,
        timeout,
        tls,
        certificate,
        register_credentials,
        hostgroups,
    })));
    Ok(())
}
