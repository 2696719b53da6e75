//! The content of a file, and the patterns of content tests of every kind.

use super::check::path_of;
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Condition, PatternSource, StringOperator};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::types::Types;
use crate::control::wanted::Wanted;

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Plain(K::Content)],
        types: Types::FILE,
        parse: |parser, _| {
            let operator = parse_string_comparison(parser)?;
            let source = parse_pattern_source(parser)?;
            Ok(Meaning::without_else(Condition::FileContent(operator, source)))
        },
        grammar: "'content' ( '=' | '!=' ) ( STRING | PATH )",
        example: "content = \"error [0-9]+\"",
    },
    TestForm {
        leads: &[Lead::Plain(K::Match), Lead::Not(K::Match)],
        types: Types::FILE,
        parse: parse_match,
        grammar: "[ 'not' ] 'match' ( STRING | PATH )",
        example: "match \"error\"",
    },
];

/// `=` or `!=`; no other operator compares content.
pub(super) fn parse_string_comparison(parser: &mut Parser) -> Parsed<StringOperator> {
    Ok(match parser.expect_any(&[K::Equal, K::NotEqual])? {
        K::Equal => StringOperator::Equal,
        _ => StringOperator::NotEqual,
    })
}

/// A pattern, or the path of a file of patterns.
pub(super) fn parse_pattern_source(parser: &mut Parser) -> Parsed<PatternSource> {
    let token = parser.expect_string_or_path(Wanted::PatternOrFile)?;
    if token.kind != Kind::Path {
        check_pattern(parser, &token);
        return Ok(PatternSource::Pattern(token.text()));
    }
    let path = path_of(&token);
    check_pattern_file(parser, &token, &path);
    Ok(PatternSource::File(path))
}

/// One pattern in each line. Read with a bound: it is read again at run time.
fn check_pattern_file(parser: &mut Parser, token: &Token, path: &std::path::Path) {
    match parser.outside.bad_pattern_in(path) {
        Ok(None) => {}
        Ok(Some(reason)) => parser.error(Fault::InvalidPattern { reason }, &token.span),
        Err(reason) => parser.error(Fault::PatternFile { reason }, &token.span),
    }
}

/// Notes an error if the text is no POSIX extended regular expression.
pub(super) fn check_pattern(parser: &mut Parser, token: &Token) {
    if let Some(reason) = parser.outside.bad_pattern(token.bytes()) {
        parser.error(Fault::InvalidPattern { reason }, &token.span);
    }
}

fn parse_match(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let fault = Fault::Deprecated { old: "if match", new: "'if content = \"…\"'" };
    parser.warning(fault, &opening.span);
    let operator = match opening.lead {
        Lead::Not(_) => StringOperator::NotEqual,
        _ => StringOperator::Equal,
    };
    let source = parse_pattern_source(parser)?;
    Ok(Meaning::without_else(Condition::FileContent(operator, source)))
}
