//! Tests that are not in a row: pid, security attribute, uptime, open files.

use super::amount::{parse_operator, parse_time_unit};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Amount, Condition, StringOperator};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;
use crate::control::wanted::Wanted;

const HOSTS: Types = Types::PROCESS.and(Types::SYSTEM);

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Changed(K::Pid), Lead::Changed(K::Ppid)],
        types: Types::PROCESS,
        parse: |_, opening| {
            let ppid = opening.lead.keyword() == K::Ppid;
            Ok(Meaning::without_else(if ppid { Condition::PpidChanged } else { Condition::PidChanged }))
        },
        grammar: "'changed' ( 'pid' | 'ppid' )",
        example: "changed pid",
    },
    TestForm {
        leads: &[Lead::Failed(K::Security), Lead::Plain(K::Security)],
        types: Types::PROCESS,
        parse: parse_security,
        grammar: "'failed' 'security' 'attribute' ( STRING | PATH ) \
                  | 'security' 'attribute' ( '=' | '!=' | '=~' | '!=~' ) ( STRING | PATH )",
        example: "security attribute != \"unconfined\"",
    },
    TestForm {
        leads: &[Lead::Plain(K::Uptime)],
        types: HOSTS,
        parse: |parser, _| {
            let operator = parse_operator(parser);
            let number = parser.expect_large_number()?;
            let seconds = number.saturating_mul(parse_time_unit(parser));
            Ok(Meaning::new(Condition::Uptime(operator, seconds)))
        },
        grammar: "'uptime' [ op ] NUMBER [ time ]",
        example: "uptime > 3 days",
    },
    TestForm {
        leads: &[Lead::Plain(K::FileDescriptors)],
        types: HOSTS,
        parse: |parser, _| {
            let operator = parse_operator(parser);
            let amount = parse_count_or_percent(parser)?;
            Ok(Meaning::new(Condition::FileDescriptors(operator, amount)))
        },
        grammar: "'filedescriptors' [ op ] ( NUMBER | value '%' )",
        example: "filedescriptors > 80%",
    },
    TestForm {
        leads: &[Lead::Plain(K::Total)],
        types: Types::PROCESS,
        parse: |parser, _| {
            parser.expect(K::FileDescriptors)?;
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::TotalFileDescriptors(operator, parser.expect_large_number()?)))
        },
        grammar: "'total' 'filedescriptors' [ op ] NUMBER",
        example: "total filedescriptors > 1000",
    },
];

/// `NUMBER | value '%'`.
pub(super) fn parse_count_or_percent(parser: &mut Parser) -> Parsed<Amount> {
    let (value, whole) = parser.expect_value()?;
    if whole && !parser.next_is(K::Percent) {
        return Ok(Amount::Number(value));
    }
    parser.expect(K::Percent)?;
    Ok(Amount::Percent(value))
}

fn parse_security(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    parser.expect(K::Attribute)?;
    let operator = match opening.lead {
        Lead::Failed(_) => StringOperator::NotEqual,
        _ => match parser.expect_any(&[K::Equal, K::NotEqual, K::Match, K::NoMatch])? {
            K::Equal => StringOperator::Equal,
            K::NotEqual => StringOperator::NotEqual,
            K::Match => StringOperator::Match,
            _ => StringOperator::NotMatch,
        },
    };
    let token = parser.expect_string_or_path(Wanted::String)?;
    if matches!(operator, StringOperator::Match | StringOperator::NotMatch) {
        super::test_content::check_pattern(parser, &token);
    }
    Ok(Meaning::new(Condition::SecurityAttribute(operator, token.text())))
}
