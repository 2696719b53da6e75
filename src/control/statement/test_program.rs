//! Exit status and output of a program.

use super::amount::parse_operator;
use super::test_content::{check_pattern, parse_string_comparison};
use super::test_form::{Lead, Meaning, TestForm};
use crate::config::Condition;
use crate::control::keyword::Keyword as K;
use crate::control::types::Types;
use crate::control::wanted::Wanted;

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Plain(K::Status)],
        types: Types::PROGRAM,
        parse: |parser, _| {
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::ProgramStatus(operator, parser.expect_number()?.0.into())))
        },
        grammar: "'status' [ op ] NUMBER",
        example: "status != 0",
    },
    TestForm {
        leads: &[Lead::Changed(K::Status)],
        types: Types::PROGRAM,
        parse: |_, _| Ok(Meaning::without_else(Condition::ProgramStatusChanged)),
        grammar: "'changed' 'status'",
        example: "changed status",
    },
    TestForm {
        leads: &[Lead::Plain(K::Content)],
        types: Types::PROGRAM,
        parse: |parser, _| {
            if parser.accept(K::Changed) {
                return Ok(Meaning::new(Condition::ProgramOutputChanged));
            }
            if parser.accept(K::Not) {
                parser.expect(K::Changed)?;
                return Ok(Meaning::new(Condition::ProgramOutputNotChanged));
            }
            let operator = parse_string_comparison(parser)?;
            let token = parser.expect_string(Wanted::Pattern)?;
            check_pattern(parser, &token);
            Ok(Meaning::without_else(Condition::ProgramContent(operator, token.text())))
        },
        grammar: "'content' ( ( '=' | '!=' ) STRING | [ 'not' ] 'changed' )",
        example: "content not changed",
    },
];
