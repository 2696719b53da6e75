//! `mail-format { … }`: sender, subject and text of alerts.

use super::entry::{Scope, Statement};
use crate::config::MailFormat;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser, Tried};
use crate::control::token::{Kind, Token, Value};

pub(super) const MAIL_FORMAT: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::MailFormat],
    word: None,
    parse: |parser, _| {
        let format = parse_mail_format(parser)?;
        parser.apply(Change::MailFormat(format));
        Ok(())
    },
    grammar: "'set' 'mail-format' '{' mail_option { mail_option } '}'",
    example: "set mail-format {\n from: Monit <monit@example.com>\n subject: $SERVICE $EVENT\n message: $DESCRIPTION\n}",
};

/// The braces and what is in them: at least one part.
pub(super) fn parse_mail_format(parser: &mut Parser) -> Parsed<MailFormat> {
    parser.expect_symbol(b'{')?;
    let mut format = MailFormat::default();
    accept_part(parser, &mut format).ok_or(()).map_err(|()| parser.unexpected())?;
    while accept_part(parser, &mut format).is_some() {}
    parser.expect_symbol(b'}')?;
    Ok(format)
}

fn accept_part(parser: &mut Parser, format: &mut MailFormat) -> Option<()> {
    for word in ["from:", "reply-to:", "subject:", "message:"] {
        parser.would_accept(Tried::Word(word));
    }
    let kind = parser.peek().kind;
    if !matches!(kind, Kind::From | Kind::ReplyTo | Kind::Subject | Kind::Message) {
        return None;
    }
    let token: Token = parser.presume();
    let text = token.text();
    match (kind, token.value) {
        (Kind::From, Value::Address { name, address }) => format.from = Some((name, address)),
        (Kind::ReplyTo, Value::Address { name, address }) => format.reply_to = Some((name, address)),
        (Kind::Subject, _) => format.subject = Some(text),
        _ => format.message = Some(text),
    }
    Some(())
}
