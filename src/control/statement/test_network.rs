//! Link, saturation and traffic of a network interface.

use super::action::Recovery;
use super::amount::{parse_operator, parse_unit};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Condition, Direction, Span, TrafficUnit};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Kind;
use crate::control::types::Types;

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Plain(K::Link)],
        types: Types::NETWORK,
        parse: |parser, _| match parser.expect_any(&[K::Down, K::Up])? {
            K::Up => Ok(Meaning { condition: Condition::LinkUp, recovery: Recovery::Failed }),
            _ => Ok(Meaning::new(Condition::LinkDown)),
        },
        grammar: "'link' ( 'down' | 'up' )",
        example: "link down",
    },
    TestForm {
        leads: &[Lead::Failed(K::Link)],
        types: Types::NETWORK,
        parse: |parser, opening| {
            parser.warning(Fault::Deprecated { old: "failed link", new: "'link down'" }, &opening.span);
            Ok(Meaning::new(Condition::LinkDown))
        },
        grammar: "'failed' 'link'",
        example: "failed link",
    },
    TestForm {
        leads: &[Lead::Changed(K::Link)],
        types: Types::NETWORK,
        parse: |_, _| Ok(Meaning::new(Condition::LinkChanged)),
        grammar: "'changed' 'link'",
        example: "changed link capacity",
    },
    TestForm {
        leads: &[Lead::Plain(K::Saturation)],
        types: Types::NETWORK,
        parse: |parser, _| {
            let operator = parse_operator(parser);
            let (number, _) = parser.expect_number()?;
            parser.expect(K::Percent)?;
            Ok(Meaning::new(Condition::Saturation(operator, number)))
        },
        grammar: "'saturation' [ op ] NUMBER '%'",
        example: "saturation > 90%",
    },
    TestForm {
        leads: &[Lead::Plain(K::Upload), Lead::Plain(K::Download)],
        types: Types::NETWORK,
        parse: |parser, opening| parse_traffic(parser, opening.lead.keyword(), false),
        grammar: "( 'upload' | 'download' ) [ op ] NUMBER ( [ unit ] | 'packets' ) [ 's' ]",
        example: "upload > 500 kB/s",
    },
    TestForm {
        leads: &[Lead::Plain(K::Total)],
        types: Types::NETWORK,
        parse: |parser, _: &Opening| {
            let keyword = parser.expect_any(&[K::Upload, K::Download])?;
            parse_traffic(parser, keyword, true)
        },
        grammar: "'total' ( 'upload' | 'download' ) [ op ] NUMBER ( [ unit ] | 'packets' ) [ NUMBER ] ( 'm' | 'h' | 'day' )",
        example: "total downloaded > 1 GB in last 2 hours",
    },
];

fn parse_traffic(parser: &mut Parser, keyword: K, total: bool) -> Parsed<Meaning> {
    let direction = if keyword == K::Upload { Direction::Write } else { Direction::Read };
    let operator = parse_operator(parser);
    let number = parser.expect_large_number()?;
    let (limit, unit) = if parser.accept(K::Packet) {
        (number, TrafficUnit::Packets)
    } else {
        (number.saturating_mul(parse_unit(parser) as u64), TrafficUnit::Bytes)
    };
    let span = if total {
        parse_span(parser)?
    } else {
        parser.accept(K::Second);
        Span::Second
    };
    Ok(Meaning::new(Condition::Traffic { direction, operator, limit, unit, span }))
}

fn parse_span(parser: &mut Parser) -> Parsed<Span> {
    let mut number = 1;
    let mut place = parser.peek().span.clone();
    if parser.peek().kind == Kind::Number {
        (number, place) = parser.expect_number()?;
    }
    let unit = parser.expect_any(&[K::Minute, K::Hour, K::Day])?;
    let (what, most) = match unit {
        K::Minute => ("the number of minutes", 60),
        K::Hour => ("the number of hours", 24),
        _ => ("the number of days", 1),
    };
    if number > most {
        parser.error(Fault::OutOfRange { what, least: 0, most: most.into() }, &place);
    }
    Ok(match unit {
        K::Minute => Span::Minutes(number),
        K::Hour => Span::Hours(number),
        _ => Span::Hours(number.min(1) * 24),
    })
}
