//! `depends on`: what must be up before this service. The names are resolved once the whole file is read.

use super::entry::{Scope, Statement};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;

pub(super) const DEPENDS: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Depends],
    word: None,
    parse,
    grammar: "'depends' NAME { NAME }",
    example: "check file a with path /a check file b with path /b \
              check process x with pidfile /run/x.pid depends on a, b",
};

fn parse(parser: &mut Parser, _: Token) -> Parsed<()> {
    let mut name = parser.expect_kind(&[Kind::Name], Wanted::ServiceName)?;
    loop {
        let place = name.span.place();
        if let Some(service) = &mut parser.so_far.service {
            service.depends_on.push((name.text(), place));
        }
        if parser.peek().kind != Kind::Name {
            return Ok(());
        }
        name = parser.presume();
    }
}
