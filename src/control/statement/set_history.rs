//! `set history`: whether events and the course of readings are kept, and where. A word of ours, special only here.

use super::check::path_of;
use super::{Scope, Statement};
use crate::config::History;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::Token;
use crate::control::wanted::Wanted;

pub(super) const HISTORY: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("history"),
    parse,
    grammar: "'set' 'history' ( 'on' | 'off' ) [ 'file' PATH ]",
    example: "set history on file /var/lib/monit/history",
};

/// `on` is a noise word and never seen here.
fn parse(parser: &mut Parser, _: Token) -> Parsed<()> {
    let on = !parser.accept_word("off");
    let file = match parser.accept_word("file") {
        true => Some(path_of(&parser.expect_path(Wanted::Path)?)),
        false => None,
    };
    parser.apply(Change::History(History { on, file }));
    Ok(())
}
