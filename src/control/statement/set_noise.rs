//! `group within`, `limit` and `quiet` behind `set alert` (our extension): how many messages a recipient, or everybody, gets.
//! `severity critical` of a service. Their words are special only here.

use super::alert::SET_ALERT;
use super::amount::{in_range, seconds_in};
use super::cron;
use super::entry::{Scope, Statement};
use super::once::{once_in_service, twice};
use crate::config::{Cron, Noise, Place, Severity};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser, Tried};
use crate::control::token::{Kind, Span};
use crate::control::wanted::Wanted;
use std::time::Duration;

pub(super) const NOISE: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Alert],
    word: None,
    parse: |parser, lead| (SET_ALERT.parse)(parser, lead),
    grammar: "'set' 'alert' noise { noise }",
    example: "set alert group within 10 seconds limit 20 per hour quiet \"* 22-23,0-6 * * *\"\nset alert ops@example.com limit 100 per hour",
};

pub(super) const SEVERITY: Statement = Statement {
    scope: Scope::Service,
    leads: &[],
    word: Some("severity"),
    parse: |parser, lead| {
        parser.expect_word("critical")?;
        once_in_service(parser, "severity", &lead.span);
        if let Some(service) = &mut parser.so_far.service {
            service.severity = Severity::Critical;
        }
        Ok(())
    },
    grammar: "'severity' 'critical'",
    example: "check process x with pidfile /run/x.pid severity critical",
};

/// Does one of the options stand here?
pub(super) fn begins(parser: &mut Parser) -> bool {
    parser.next_is(K::Group) || parser.next_is_word("limit") || parser.next_is_word("quiet")
}

/// The options that stand here, none or several, for this recipient or for all.
pub(super) fn parse(parser: &mut Parser, address: Option<&str>, place: Place) -> Parsed<()> {
    let mut noise = Noise { place, address: address.map(Into::into), ..Noise::default() };
    let mut some = false;
    loop {
        let span = parser.peek().span.clone();
        if parser.accept(K::Group) {
            let group = parse_group(parser)?;
            once(parser, "group within", address, |noise| noise.group.is_some(), &noise, &span);
            noise.group = Some(group);
        } else if parser.accept_word("limit") {
            let (number, number_span) = parser.expect_number()?;
            expect_per_hour(parser, number)?;
            once(parser, "limit", address, |noise| noise.limit.is_some(), &noise, &span);
            noise.limit =
                Some(in_range(parser, "the number of messages", number, 1, Noise::MOST, &number_span));
        } else if parser.accept_word("quiet") {
            let quiet = parse_quiet(parser)?;
            once(parser, "quiet", address, |noise| noise.quiet.is_some(), &noise, &span);
            noise.quiet = quiet;
        } else {
            break;
        }
        some = true;
    }
    if some {
        parser.apply(Change::Noise(Box::new(noise)));
    }
    Ok(())
}

/// An option that was given before, here or in a statement for the same recipient, is an error: no order of lines decides.
fn once(
    parser: &mut Parser,
    what: &'static str,
    address: Option<&str>,
    is_given: fn(&Noise) -> bool,
    here: &Noise,
    span: &Span,
) {
    let before = parser.settings().noise.iter().find(|other| {
        let same = match (other.address.as_deref(), address) {
            (Some(other), Some(address)) => other.eq_ignore_ascii_case(address),
            (None, None) => true,
            _ => false,
        };
        same && is_given(other)
    });
    let before = before.or_else(|| is_given(here).then_some(here)).map(|noise| noise.place);
    if let Some(place) = before {
        twice(parser, Fault::NoiseTwice { what }, place, span);
    }
}

/// `per` is a noise word and never seen here.
fn expect_per_hour(parser: &mut Parser, number: u32) -> Parsed<()> {
    if parser.peek().is(K::Hour) {
        parser.presume();
        return Ok(());
    }
    parser.would_accept(Tried::Word("per hour"));
    Err(parser.unexpected_because(Some(format!("write: limit {number} per hour"))))
}

/// Behind `group` the lexer makes a name of whatever word there is, and of a number.
fn parse_group(parser: &mut Parser) -> Parsed<Duration> {
    let is_within = parser.peek().kind == Kind::Name && parser.peek().bytes().eq_ignore_ascii_case(b"within");
    if !is_within {
        parser.would_accept(Tried::Word("within"));
        return Err(parser.unexpected());
    }
    parser.presume();
    let (number, span) = parser.expect_number()?;
    let unit = seconds_in(Some(parser.expect_any(&[K::Second, K::Minute])?));
    let seconds = number.saturating_mul(unit);
    let seconds = in_range(parser, "the time in seconds", seconds, 1, Noise::LONGEST, &span);
    Ok(Duration::from_secs(seconds.into()))
}

fn parse_quiet(parser: &mut Parser) -> Parsed<Option<Cron>> {
    let line = parser.expect_string(Wanted::Cron)?;
    let quiet = cron::parse_that_comes(parser, &line);
    if quiet.as_ref().is_some_and(Cron::is_always) {
        parser.error(Fault::AlwaysQuiet, &line.span);
    }
    Ok(quiet)
}
