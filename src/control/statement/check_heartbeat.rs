//! `check heartbeat`: a job that reports by itself (our extension), and the test whether it did.

use super::amount::parse_period;
use super::set_webhook::read_secret;
use super::test_form::{Lead, Meaning, TestForm};
use crate::config::{Condition, HeartbeatCheck, Subject};
use crate::control::diagnostic::Fault;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;
use crate::control::types::Types;
use crate::control::wanted::Wanted;

/// Letters of a token: fewer can be guessed.
const SHORTEST: usize = 16;

/// Behind the name; `within` is a noise word.
pub(super) fn parse(parser: &mut Parser) -> Parsed<Subject> {
    let within = parse_period(parser)?;
    let token = match parser.accept_word("token") {
        true => parse_token(parser)?,
        false => None,
    };
    Ok(Subject::Heartbeat(Box::new(HeartbeatCheck { within, token })))
}

fn parse_token(parser: &mut Parser) -> Parsed<Option<Box<str>>> {
    let (token, text) = if parser.accept_word("file") {
        let path = parser.expect_path(Wanted::Path)?;
        let text = read_secret(parser, &path);
        (path, text)
    } else {
        let token = parser.expect_string(Wanted::BeatToken)?;
        let text = token.text();
        (token, Some(text))
    };
    Ok(text.filter(|text| is_token(parser, text, &token)))
}

/// It stands in a path or a query, so it needs no encoding.
fn is_token(parser: &mut Parser, text: &str, token: &Token) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
    let good = plain && text.len() >= SHORTEST;
    if !good {
        parser.error(Fault::BeatToken { shortest: SHORTEST }, &token.span);
    }
    good
}

pub(super) const FORMS: &[TestForm] = &[TestForm {
    leads: &[Lead::Word("missed")],
    types: Types::HEARTBEAT,
    parse: |_, _| Ok(Meaning::new(Condition::Missed)),
    grammar: "'missed'",
    example: "missed",
}];
