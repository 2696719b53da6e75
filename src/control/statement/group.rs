//! `group`: a name for several services.

use super::entry::{Scope, Statement};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;

pub(super) const GROUP: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Group],
    word: None,
    parse,
    grammar: "'group' NAME",
    example: "check process x with pidfile /run/x.pid group www group all",
};

fn parse(parser: &mut Parser, _: Token) -> Parsed<()> {
    let name = parser.expect_kind(&[Kind::Name], Wanted::ServiceGroup)?.text();
    let groups = parser.config().groups.len();
    let index = *parser.so_far.groups.entry(name.to_ascii_lowercase()).or_insert(groups);
    if index == groups {
        parser.apply(Change::Group(name));
    }
    if let Some(service) = &mut parser.so_far.service {
        service.groups.push(index as u32);
    }
    Ok(())
}
