//! `set maintenance` (our extension): times at which alerts are held back. Its words are special only here.

use super::amount::{in_range, seconds_in};
use super::cron;
use super::entry::{Scope, Statement};
use crate::config::{Covered, Maintenance};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;
use crate::regex::{Flags, Regex};
use std::time::Duration;

/// The longest time, in seconds: a monitor that begins looks back so far for the beginning.
const LONGEST: u32 = 31 * 86_400;

/// `all` is every service, as it is on the command line.
const EVERY: &str = ".*";

pub(super) const MAINTENANCE: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("maintenance"),
    parse,
    grammar: "'set' 'maintenance' CRON NUMBER [ 's' | 'm' | 'h' | 'day' ] ( NAME | STRING | 'group' NAME ) [ 'hold' 'actions' ]",
    example: "set maintenance \"0 2 * * 0\" for 2 hours on \"web.*\" hold actions\nset maintenance \"30 4 1 * *\" for 45 minutes on group db\ncheck process web1 with pidfile /run/web1.pid group db\n",
};

/// `for` and `on` are noise words and never seen here.
fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let line = parser.expect_string(Wanted::Cron)?;
    let begins = cron::parse_that_comes(parser, &line);
    let (number, span) = parser.expect_number()?;
    let unit = seconds_in(parser.accept_any(&[K::Second, K::Minute, K::Hour, K::Day]));
    let seconds = in_range(parser, "the time in seconds", number.saturating_mul(unit), 1, LONGEST, &span);
    let on = parse_covered(parser)?;
    let hold_actions = parser.accept_word("hold");
    if hold_actions {
        parser.expect_word("actions")?;
    }
    if parser.settings().maintenance.len() >= Maintenance::MOST {
        parser.error(Fault::TooMany { what: "times of maintenance", most: Maintenance::MOST }, &lead.span);
    } else if let Some(begins) = begins {
        let time = Duration::from_secs(seconds.into());
        let place = lead.span.place();
        parser.apply(Change::Maintenance(Box::new(Maintenance { place, begins, time, on, hold_actions })));
    }
    Ok(())
}

fn parse_covered(parser: &mut Parser) -> Parsed<Covered> {
    if parser.accept(K::Group) {
        return Ok(Covered::Group(parser.expect_kind(&[Kind::Name], Wanted::ServiceGroup)?.text()));
    }
    if parser.peek().bytes().eq_ignore_ascii_case(b"all") {
        parser.presume();
        return Ok(Covered::Pattern(EVERY.into()));
    }
    // A service may be called by a word of the language: system, host.
    if parser.peek().keyword().is_some() {
        let token = parser.presume();
        return Ok(Covered::Pattern(String::from_utf8_lossy(token.span.raw()).into()));
    }
    let token = parser.expect_string(Wanted::ServiceName)?;
    match Regex::whole(token.bytes(), Flags { ignore_case: true }) {
        Ok(regex) if regex.is_hard() || token.bytes().len() > Maintenance::PATTERN => {
            parser.error(Fault::PatternHard { most: Maintenance::PATTERN }, &token.span);
        }
        Ok(_) => {}
        Err(wrong) => parser.error(Fault::InvalidPattern { reason: wrong.to_string() }, &token.span),
    }
    Ok(Covered::Pattern(token.text()))
}
