//! Space, inodes, traffic and flags of a filesystem.

use super::amount::parse_operator;
use super::test_form::{Lead, Meaning, Opening, TestForm};
use super::test_process::parse_count_or_percent;
use super::test_resource::{IoRate, parse_io_rate, parse_size_or_percent};
use crate::config::{Amount, Condition, Direction};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;
use std::time::Duration;

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Plain(K::Space)],
        types: Types::FILESYSTEM,
        parse: |parser, _| {
            let free = parser.accept(K::Free);
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::Space { free, operator, limit: parse_size_or_percent(parser)? }))
        },
        grammar: "'space' [ 'free' ] [ op ] value ( [ unit ] | '%' )",
        example: "space usage > 80%",
    },
    TestForm {
        leads: &[Lead::Plain(K::Inode)],
        types: Types::FILESYSTEM,
        parse: |parser, _| {
            let free = parser.accept(K::Free);
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::Inode { free, operator, limit: parse_count_or_percent(parser)? }))
        },
        grammar: "'inode' [ 'free' ] [ op ] ( NUMBER | value '%' )",
        example: "inode free < 10%",
    },
    TestForm {
        leads: &[Lead::Plain(K::Read), Lead::Plain(K::Write)],
        types: Types::FILESYSTEM,
        parse: parse_io,
        grammar: "( 'read' | 'write' ) [ op ] ( value [ unit ] [ 's' ] | NUMBER 'operation' )",
        example: "write rate > 50 operations/s",
    },
    TestForm {
        leads: &[Lead::Plain(K::ServiceTime)],
        types: Types::FILESYSTEM,
        parse: parse_service_time,
        grammar: "'service time' [ op ] ( NUMBER 'ms' | value 's' )",
        example: "service time > 10 milliseconds for 3 cycles",
    },
    TestForm {
        leads: &[Lead::Changed(K::FsFlag)],
        types: Types::FILESYSTEM,
        parse: |_, _| Ok(Meaning::without_else(Condition::FsFlagsChanged)),
        grammar: "'changed' 'fsflags'",
        example: "changed fsflags",
    },
];

fn parse_io(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let direction = if opening.lead.keyword() == K::Read { Direction::Read } else { Direction::Write };
    let (operator, rate) = parse_io_rate(parser)?;
    Ok(Meaning::new(match rate {
        IoRate::Bytes(bytes) => Condition::FsBytes(direction, operator, Amount::Number(bytes)),
        IoRate::Operations(number) => Condition::FsOperations(direction, operator, number),
    }))
}

fn parse_service_time(parser: &mut Parser, _: &Opening) -> Parsed<Meaning> {
    let operator = parse_operator(parser);
    let (value, whole) = parser.expect_value()?;
    let limit = if whole && parser.accept(K::Millisecond) {
        Duration::from_millis(value as u64)
    } else {
        parser.expect(K::Second)?;
        // What is too long for a clock is longer than any service time.
        Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX)
    };
    Ok(Meaning::new(Condition::FsServiceTime(operator, limit)))
}
