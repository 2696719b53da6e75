//! Operators, units, times, percentages: the small change of tests.

use crate::config::{Operator, Rate};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser, Tried};
use crate::control::token::{Kind, Span};
use crate::control::wanted::Wanted;
use std::time::Duration;

/// Seconds of a leap year: what is due less often is due to nobody who remembers it.
const LONGEST_PERIOD: u32 = 366 * 24 * 3600;

const OPERATORS: &[(K, Operator)] = &[
    (K::Greater, Operator::Greater),
    (K::GreaterOrEqual, Operator::GreaterOrEqual),
    (K::Less, Operator::Less),
    (K::LessOrEqual, Operator::LessOrEqual),
    (K::Equal, Operator::Equal),
    (K::NotEqual, Operator::NotEqual),
    (K::Changed, Operator::Changed),
];

/// `>`, `is greater than` …; nothing means *equal*.
pub(super) fn parse_operator(parser: &mut Parser) -> Operator {
    let found = OPERATORS.iter().find(|(keyword, _)| parser.accept(*keyword));
    found.map_or(Operator::Equal, |(_, operator)| *operator)
}

/// The factor of an optional byte unit.
pub(super) fn parse_unit(parser: &mut Parser) -> f64 {
    match parser.accept_any(&[K::Byte, K::Kilobyte, K::Megabyte, K::Gigabyte]) {
        Some(K::Kilobyte) => 1024.0,
        Some(K::Megabyte) => 1024.0 * 1024.0,
        Some(K::Gigabyte) => 1024.0 * 1024.0 * 1024.0,
        _ => 1.0,
    }
}

/// The seconds of a unit of time; of one that is left out, or is none, it is 1.
pub(super) fn seconds_in(unit: Option<K>) -> u32 {
    const DAY: u32 = 24 * 3600;
    match unit {
        Some(K::Minute) => 60,
        Some(K::Hour) => 3600,
        Some(K::Day) => DAY,
        Some(K::Month) => 31 * DAY,
        _ => 1,
    }
}

/// The seconds of an optional time unit.
pub(super) fn parse_time_unit(parser: &mut Parser) -> u64 {
    seconds_in(parser.accept_any(&[K::Second, K::Minute, K::Hour, K::Day, K::Month])).into()
}

/// `NUMBER [ unit ]` of our own statements: 1 second to [`LONGEST_PERIOD`].
pub(super) fn parse_period(parser: &mut Parser) -> Parsed<Duration> {
    let (number, span) = parser.expect_number()?;
    let seconds = u64::from(number).saturating_mul(parse_time_unit(parser));
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    let seconds = in_range(parser, "a period in seconds", seconds, 1, LONGEST_PERIOD, &span);
    Ok(Duration::from_secs(seconds.into()))
}

/// `NUMBER s` behind `timeout`; zero is an error unless it means no limit.
pub(super) fn parse_timeout(parser: &mut Parser, zero_allowed: bool) -> Parsed<Duration> {
    let (seconds, span) = parser.expect_number()?;
    parser.expect(K::Second)?;
    if seconds == 0 && !zero_allowed {
        parser.error(Fault::ZeroTimeout, &span);
    }
    Ok(Duration::from_secs(seconds.into()))
}

/// `for 3 cycles`, `3 times within 5 cycles`, or nothing.
pub(super) fn parse_rate(parser: &mut Parser) -> Parsed<Rate> {
    parser.would_accept(Tried::Value(Wanted::Rate));
    if parser.peek().kind != Kind::Number {
        return Ok(Rate::default());
    }
    let (first, first_span) = parser.expect_number()?;
    let second = if parser.peek().kind == Kind::Number { Some(parser.expect_number()?) } else { None };
    parser.expect(K::Cycle)?;
    let (count, cycles, cycles_span) = match second.clone() {
        Some((cycles, span)) => (first, cycles, span),
        None => (first, first, first_span.clone()),
    };
    let cycles = in_range(parser, "the number of cycles", cycles, 1, 64, &cycles_span);
    if count == 0 {
        parser.error(Fault::OutOfRange { what: "the number of times", least: 1, most: 64 }, &first_span);
    } else if second.is_some() && count > cycles {
        parser.error(Fault::RateOrder, &first_span);
    }
    let narrow = |number: u32| u8::try_from(number).unwrap_or(64).max(1);
    Ok(Rate { count: narrow(count.min(cycles)), cycles: narrow(cycles) })
}

/// `number`, or the nearest allowed one after an error was noted.
pub(super) fn in_range(
    parser: &mut Parser,
    what: &'static str,
    number: u32,
    least: u32,
    most: u32,
    span: &Span,
) -> u32 {
    let reported = std::str::from_utf8(span.raw()).is_ok_and(|text| text.parse::<u32>().is_err());
    if !reported && !(least..=most).contains(&number) {
        parser.error(Fault::OutOfRange { what, least: least.into(), most: most.into() }, span);
    }
    number.clamp(least, most)
}

/// An octal permission, 0 to 7777.
pub(super) fn parse_permission(parser: &mut Parser) -> Parsed<u16> {
    let token = parser.expect_kind(&[Kind::Number], Wanted::Permission)?;
    let digits = std::str::from_utf8(token.span.raw()).unwrap_or_default();
    match u16::from_str_radix(digits, 8) {
        Ok(permission) if permission <= 0o7777 => Ok(permission),
        _ => {
            parser
                .error(Fault::OutOfRange { what: "a permission (octal)", least: 0, most: 7777 }, &token.span);
            Ok(0)
        }
    }
}
