//! `ignore content …`: lines of a file that content tests pass over.

use super::entry::{Scope, Statement};
use super::test_content::{parse_pattern_source, parse_string_comparison};
use crate::config::StringOperator;
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;
use crate::control::types::Types;

pub(super) const IGNORE: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Ignore],
    word: None,
    parse,
    grammar: "'ignore' ( 'content' ( '=' | '!=' ) | [ 'not' ] 'match' ) ( STRING | PATH )",
    example: "check file log with path /var/log/messages ignore content = \"^debug\"",
};

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    if parser.so_far.kind != Types::FILE {
        let reason = "'ignore' belongs in 'check file'".to_string();
        return Err(parser.unexpected_because(Some(reason)));
    }
    let operator = if parser.accept(K::Content) {
        parse_string_comparison(parser)?
    } else {
        let negated = parser.accept(K::Not);
        parser.expect(K::Match)?;
        let fault = Fault::Deprecated { old: "ignore match", new: "'ignore content = \"…\"'" };
        parser.warning(fault, &lead.span);
        if negated { StringOperator::NotEqual } else { StringOperator::Equal }
    };
    let source = parse_pattern_source(parser)?;
    if let Some(service) = &mut parser.so_far.service {
        service.ignores.push((operator, source, lead.span.place()));
    }
    Ok(())
}
