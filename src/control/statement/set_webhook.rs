//! `set alert webhook`: receivers of alerts by HTTP (our extension). Its words are special only here.

use super::alert::SET_ALERT;
use super::amount::parse_timeout;
use super::check::path_of;
use super::entry::{Scope, Statement};
use super::once::once;
use crate::config::{OptionName, SecretUse, Url, Webhook, WebhookFormat};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::lexer::url_of_text;
use crate::control::parser::{Change, Parsed, Parser, Tried};
use crate::control::so_far::Given;
use crate::control::token::{Kind, Span, Token, Value};
use crate::control::wanted::Wanted;

/// The bits that the mode of a file with a secret may have: nothing for others.
const MODE: u32 = 0o700;
/// Bytes of a file with a URL or a secret, and of a template.
const SECRET: usize = 4096;
const TEMPLATE: usize = 65_536;
/// Webhooks there may be: as many as there are destinations beside mail, with some to spare.
const MOST: usize = 24;

pub(super) const WEBHOOK: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Alert],
    word: None,
    parse: |parser, lead| match parser.accept_word("webhook") {
        true => parse_webhook(parser, &lead),
        false => (SET_ALERT.parse)(parser, lead),
    },
    grammar: "'set' 'alert' 'webhook' NAME 'url' ( URL | STRING | 'file' PATH ) [ 'format' webhook_format ] \
              { 'header' STRING } [ 'secret' 'file' PATH ] [ 'template' 'file' PATH ] [ 'timeout' NUMBER 's' ]",
    example: "set alert webhook ops url https://hooks.example.com/monit format json header \"X-Site: north\"\nset alert @ops but not on { instance }\n",
};

fn parse_webhook(parser: &mut Parser, lead: &Token) -> Parsed<()> {
    let (name, text) = parse_name(parser)?;
    parser.expect(K::Url)?;
    let url = parse_url(parser)?;
    let has_url = url.is_some();
    let mut webhook = Webhook {
        place: lead.span.place(),
        name: text,
        url: url.unwrap_or_default(),
        format: WebhookFormat::default(),
        timeout: Webhook::TIMEOUT,
        headers: Default::default(),
        secret: None,
        template: None,
    };
    let (mut secret, mut given) = (None, Given::new());
    loop {
        let span = parser.peek().span.clone();
        if parser.accept_word("format") {
            once(parser, &mut given, "format", &span);
            webhook.format = parse_format(parser)?;
        } else if parser.accept_word("header") {
            webhook.headers.extend(parse_header(parser)?);
        } else if parser.accept(K::Option(OptionName::Secret)) {
            once(parser, &mut given, "secret", &span);
            secret = Some(parser.expect_word("file")?);
            webhook.secret = parse_secret(parser)?;
        } else if parser.accept(K::Timeout) {
            once(parser, &mut given, "timeout", &span);
            webhook.timeout = parse_timeout(parser, false)?;
        } else if parser.accept_word("template") {
            once(parser, &mut given, "template", &span);
            parser.expect_word("file")?;
            webhook.template = parse_template(parser)?;
        } else {
            break;
        }
    }
    let format = webhook.format.word();
    match (webhook.format.secret_use(), secret) {
        (SecretUse::None, Some(token)) => parser.error(Fault::WebhookSecretUnused { format }, &token.span),
        (SecretUse::Needed, None) => parser.error(Fault::WebhookSecretMissing { format }, &lead.span),
        _ => {}
    }
    if let (true, None, Some(what)) = (has_url, &webhook.template, webhook.format.lacks(&webhook.url)) {
        parser.error(Fault::WebhookUrlLacks { format, what }, &lead.span);
    }
    let webhooks = &parser.config().settings.webhooks;
    let is_known = webhooks.iter().any(|other| other.name.eq_ignore_ascii_case(&webhook.name));
    if !webhook.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        parser.error(Fault::WebhookName, &name.span);
    } else if is_known {
        parser.error(Fault::WebhookTwice, &name.span);
    } else if webhooks.len() >= MOST {
        parser.error(Fault::TooMany { what: "webhooks", most: MOST }, &name.span);
    } else {
        parser.apply(Change::Webhook(Box::new(webhook)));
    }
    Ok(())
}

/// `@NAME` where a mail address may stand: as it is in [`crate::config::Alert::address`].
pub(super) fn accept_recipient(parser: &mut Parser) -> Parsed<Option<Box<str>>> {
    if !parser.accept_symbol(b'@') {
        return Ok(None);
    }
    let (_, name) = parse_name(parser)?;
    Ok(Some(format!("@{name}").into()))
}

/// A name may be a word of the language: `down`, `system`.
fn parse_name(parser: &mut Parser) -> Parsed<(Token, Box<str>)> {
    if parser.peek().keyword().is_some() {
        let token = parser.presume();
        let text = String::from_utf8_lossy(token.span.raw()).into();
        return Ok((token, text));
    }
    let token = parser.expect_string(Wanted::WebhookName)?;
    let text = token.text();
    Ok((token, text))
}

/// A URL with quotes or without, or the file that holds it.
pub(super) fn parse_url(parser: &mut Parser) -> Parsed<Option<Url>> {
    if parser.accept_word("file") {
        let token = parser.expect_path(Wanted::Path)?;
        let Some(text) = read_secret(parser, &token) else { return Ok(None) };
        return Ok(usable(parser, url_of_text(text.as_bytes()), &token.span));
    }
    let token = parser.expect_kind(&[Kind::Url, Kind::String], Wanted::Url)?;
    let url = match token.value {
        Value::Url(url) => Some(*url),
        _ => url_of_text(token.bytes()),
    };
    Ok(usable(parser, url, &token.span))
}

/// The URL, if there is one and its port is one.
fn usable(parser: &mut Parser, url: Option<Url>, span: &Span) -> Option<Url> {
    let url = url.filter(|url| (1..=65_535).contains(&url.port));
    if url.is_none() {
        parser.error(Fault::WebhookUrl, span);
    }
    url
}

fn parse_format(parser: &mut Parser) -> Parsed<WebhookFormat> {
    for (word, format) in WebhookFormat::ALL {
        if parser.accept_word(word) {
            return Ok(format);
        }
    }
    WebhookFormat::ALL.iter().for_each(|(word, _)| parser.would_accept(Tried::Word(word)));
    Err(parser.unexpected())
}

fn parse_header(parser: &mut Parser) -> Parsed<Option<(Box<str>, Box<str>)>> {
    let token = parser.expect_string(Wanted::Header)?;
    let text = token.text();
    // RFC 9110, 5.6.2.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let parts = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    let good = parts.filter(|(name, value)| {
        !name.is_empty() && name.bytes().all(is_name) && !value.bytes().any(|byte| byte.is_ascii_control())
    });
    let fixed = ["Content-Length", "Transfer-Encoding", "Connection"];
    match good {
        Some((name, value)) if !fixed.iter().any(|fixed| name.eq_ignore_ascii_case(fixed)) => {
            Ok(Some((name.into(), value.into())))
        }
        _ => {
            parser.error(Fault::WebhookHeader, &token.span);
            Ok(None)
        }
    }
}

fn parse_secret(parser: &mut Parser) -> Parsed<Option<Box<str>>> {
    let token = parser.expect_path(Wanted::Path)?;
    Ok(read_secret(parser, &token))
}

/// One line of text from a file that only its owner can read.
pub(super) fn read_secret(parser: &mut Parser, token: &Token) -> Option<Box<str>> {
    let fault = match parser.outside.read(&path_of(token)) {
        Err(reason) => Fault::WebhookFile { reason },
        Ok(file) if file.owner != parser.outside.own_user() && file.owner != 0 => Fault::WebhookFileOwner,
        Ok(file) if file.mode & 0o777 & !MODE != 0 => {
            Fault::WebhookFileMode { mode: file.mode & 0o7777, most: MODE }
        }
        Ok(file) => match std::str::from_utf8(&file.text).map(str::trim) {
            Ok(text) if is_line(text) => return Some(text.into()),
            _ => Fault::WebhookFileText,
        },
    };
    parser.error(fault, &token.span);
    None
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.len() <= SECRET && !text.chars().any(char::is_control)
}

fn parse_template(parser: &mut Parser) -> Parsed<Option<Box<str>>> {
    let token = parser.expect_path(Wanted::Path)?;
    let fault = match parser.outside.read(&path_of(&token)) {
        Err(reason) => Fault::WebhookFile { reason },
        Ok(file) => match std::str::from_utf8(&file.text) {
            Ok(text) if text.len() <= TEMPLATE => return Ok(Some(text.into())),
            _ => Fault::WebhookTemplate { most: TEMPLATE },
        },
    };
    parser.error(fault, &token.span);
    Ok(None)
}
