//! Our own tests. Their words are special only behind `if`, where a plain word was never valid.

use super::amount::{parse_operator, parse_unit};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Condition, Stalled};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Word("pressure")],
        types: Types::SYSTEM,
        parse: parse_pressure,
        grammar: "'pressure' ( 'cpu' | 'memory' | 'io' ) [ 'full' ] [ 'avg10' | 'avg60' | 'avg300' ] [ op ] value '%'",
        example: "pressure memory full avg60 > 10%",
    },
    TestForm {
        leads: &[Lead::Word("oom")],
        types: Types::SYSTEM,
        parse: |parser, _| {
            parser.expect_word("kills")?;
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::OomKills(operator, parser.expect_large_number()?)))
        },
        grammar: "'oom' 'kills' [ op ] NUMBER",
        example: "oom kills > 0",
    },
    TestForm {
        leads: &[Lead::Word("entries")],
        types: Types::DIRECTORY,
        parse: |parser, _| {
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::Entries(operator, parser.expect_large_number()?)))
        },
        grammar: "'entries' [ op ] NUMBER",
        example: "entries > 1000",
    },
    TestForm {
        leads: &[Lead::Plain(K::Total)],
        types: Types::DIRECTORY,
        parse: |parser, _| {
            parser.expect(K::Size)?;
            let operator = parse_operator(parser);
            let number = parser.expect_large_number()?;
            let bytes = number.saturating_mul(parse_unit(parser) as u64);
            Ok(Meaning::new(Condition::TotalSize(operator, bytes)))
        },
        grammar: "'total' 'size' [ op ] NUMBER [ unit ]",
        example: "total size > 10 GB",
    },
];

fn parse_pressure(parser: &mut Parser, _: &Opening) -> Parsed<Meaning> {
    let of = if parser.accept_word("io") {
        Stalled::Io
    } else {
        match parser.expect_any(&[K::Cpu, K::Memory])? {
            K::Cpu => Stalled::Cpu,
            _ => Stalled::Memory,
        }
    };
    let full = parser.accept_word("full");
    let over = if parser.accept_word("avg300") {
        300
    } else if parser.accept_word("avg60") {
        60
    } else {
        parser.accept_word("avg10");
        10
    };
    let operator = parse_operator(parser);
    let (limit, _) = parser.expect_value()?;
    parser.expect(K::Percent)?;
    Ok(Meaning::new(Condition::Pressure { of, full, over, operator, limit }))
}
