//! Our own statements. Their words are special only here, so that no existing file breaks.

use super::check::path_of;
use super::entry::{Scope, Statement};
use super::on_off::{self, OnOff};
use super::once::once_in_service;
use crate::config::{Backoff, Evidence, ExitWatch, History};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser, Tried};
use crate::control::token::Token;
use crate::control::wanted::Wanted;
use std::time::Duration;

pub(super) const SET_EXIT_WATCH: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("exitwatch"),
    parse: |parser, _| {
        let watch = parse_exitwatch(parser)?;
        parser.apply(Change::ExitWatch(watch));
        Ok(())
    },
    grammar: "'set' 'exitwatch' ( 'on' | 'off' ) [ 'delay' NUMBER [ 's' ] ]",
    example: "set exitwatch on delay 2 seconds",
};

pub(super) const EXIT_WATCH: Statement = Statement {
    scope: Scope::Service,
    leads: &[],
    word: Some("exitwatch"),
    parse: |parser, lead| {
        let watch = parse_exitwatch(parser)?;
        once_in_service(parser, "exitwatch", &lead.span);
        if let Some(service) = &mut parser.so_far.service {
            service.exitwatch = Some(watch);
        }
        Ok(())
    },
    grammar: "'exitwatch' ( 'on' | 'off' ) [ 'delay' NUMBER [ 's' ] ]",
    example: "check process x with pidfile /run/x.pid\nexitwatch off",
};

pub(super) const BACKOFF: Statement = Statement {
    scope: Scope::Service,
    leads: &[],
    word: Some("backoff"),
    parse: parse_backoff,
    grammar: "'backoff' NUMBER NUMBER 's'",
    example: "check process x with pidfile /run/x.pid backoff 2 to 60 seconds",
};

pub(super) const HISTORY: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("history"),
    parse: parse_history,
    grammar: "'set' 'history' ( 'on' | 'off' ) [ 'file' PATH ]",
    example: "set history on file /var/lib/monit/history",
};

pub(super) const EVIDENCE: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("evidence"),
    parse: parse_evidence,
    grammar: "'set' 'evidence' ( 'on' | 'off' )",
    example: "set evidence off",
};

pub(super) const METRICS: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("metrics"),
    parse: parse_metrics,
    grammar: "'set' 'metrics' 'file' PATH",
    example: "set metrics file /var/lib/prometheus/node-exporter/monit.prom",
};

fn parse_evidence(parser: &mut Parser, _: Token) -> Parsed<()> {
    let evidence = match on_off::parse(parser, None)? {
        OnOff::On => Evidence::On,
        OnOff::Off => Evidence::Off,
    };
    parser.apply(Change::Evidence(evidence));
    Ok(())
}

fn parse_exitwatch(parser: &mut Parser) -> Parsed<ExitWatch> {
    const DELAY: Duration = Duration::from_secs(2);
    let on = on_off::parse(parser, Some(Tried::Keyword(K::Delay)))? == OnOff::On;
    let mut delay = DELAY;
    if parser.accept(K::Delay) {
        delay = Duration::from_secs(parser.expect_number()?.0.into());
        parser.accept(K::Second);
    }
    Ok(ExitWatch { on, delay })
}

fn parse_backoff(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let (first, span) = parser.expect_number()?;
    let (longest, longest_span) = parser.expect_number()?;
    parser.expect(K::Second)?;
    once_in_service(parser, "backoff", &lead.span);
    if first == 0 {
        parser.error(Fault::OutOfRange { what: "the first pause", least: 1, most: u32::MAX.into() }, &span);
    } else if longest < first {
        let fault =
            Fault::OutOfRange { what: "the longest pause", least: first.into(), most: u32::MAX.into() };
        parser.error(fault, &longest_span);
    }
    let seconds = |number: u32| Duration::from_secs(number.into());
    if let Some(service) = &mut parser.so_far.service {
        service.backoff = Some(Backoff { first: seconds(first), longest: seconds(longest) });
    }
    Ok(())
}

fn parse_history(parser: &mut Parser, _: Token) -> Parsed<()> {
    let on = on_off::parse(parser, Some(Tried::Word("file")))? == OnOff::On;
    let file = match parser.accept_word("file") {
        true => Some(path_of(&parser.expect_path(Wanted::Path)?)),
        false => None,
    };
    parser.apply(Change::History(History { on, file }));
    Ok(())
}

fn parse_metrics(parser: &mut Parser, _: Token) -> Parsed<()> {
    parser.expect_word("file")?;
    let path = path_of(&parser.expect_path(Wanted::Path)?);
    parser.apply(Change::MetricsFile(path));
    Ok(())
}
