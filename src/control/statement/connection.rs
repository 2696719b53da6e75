//! Tests of connections: `port`, `url`, `unixsocket`.

use super::action::Recovery;
use super::check::path_of;
use super::connection_option::{Draft, Options};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Address, Condition, Few, GENERIC, OptionName, OptionValue, Subject, Target, Transport};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::{Kind, Value};
use crate::control::types::Types;
use crate::control::wanted::Wanted;
use std::rc::Rc;

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[
            Lead::Failed(K::Port),
            Lead::Succeeded(K::Port),
            Lead::Failed(K::Host),
            Lead::Succeeded(K::Host),
        ],
        types: Types::PROCESS.and(Types::HOST),
        parse: parse_port,
        grammar: "( 'failed' | 'succeeded' ) [ 'host' STRING ] 'port' NUMBER { connection_option }",
        example: "failed port 443 protocol https and request \"/health\" with timeout 10 seconds",
    },
    TestForm {
        leads: &[Lead::Failed(K::Url), Lead::Succeeded(K::Url)],
        types: Types::PROCESS.and(Types::HOST),
        parse: parse_url,
        grammar: "( 'failed' | 'succeeded' ) 'url' URL { url_option }",
        example: "failed url https://localhost:8443/health and content = \"ok\"",
    },
    TestForm {
        leads: &[Lead::Failed(K::UnixSocket), Lead::Succeeded(K::UnixSocket)],
        types: Types::PROCESS,
        parse: parse_unix,
        grammar: "( 'failed' | 'succeeded' ) 'unixsocket' PATH { unix_option }",
        example: "failed unixsocket /run/mysqld/mysqld.sock protocol mysql",
    },
];

fn parse_port(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let mut host = None;
    if opening.lead.keyword() == K::Host {
        host = Some(parser.expect_string(Wanted::HostOrAddress)?.text());
        parser.expect(K::Port)?;
    }
    let (port, _) = parser.expect_number()?;
    let host = match (host, parser.so_far.service.as_ref().map(|service| &service.subject)) {
        (None, Some(Subject::Host(address))) => Rc::clone(address),
        (host, _) => parser.so_far.host(host.as_deref().unwrap_or("localhost")),
    };
    let mut draft = Draft::new(parser, Target::Port(Address { host, port }));
    draft.parse_options(parser, Options::PORT)?;
    finish(parser, draft, opening)
}

fn parse_url(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let token = parser.expect_kind(&[Kind::Url], Wanted::Url)?;
    let Value::Url(url) = token.value else { return Err(parser.unexpected()) };
    let keyword = if url.secure { "https" } else { "http" };
    let mut draft = Draft::new(parser, Target::Url(url));
    if let Some(spec) = crate::config::protocol(keyword) {
        draft.set_protocol(crate::config::Protocol { spec, options: Few::default() });
    }
    draft.parse_options(parser, Options::URL)?;
    finish(parser, draft, opening)
}

fn parse_unix(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let path = path_of(&parser.expect_path(Wanted::Socket)?);
    let mut draft = Draft::new(parser, Target::Unix(path));
    draft.parse_options(parser, Options::UNIX)?;
    finish(parser, draft, opening)
}

/// What can only be said once all options are known.
fn finish(parser: &mut Parser, mut draft: Draft, opening: &Opening) -> Parsed<Meaning> {
    let span = parser.previous().cloned().unwrap_or_else(|| opening.span.clone());
    let connection = &mut draft.connection;
    let spec = connection.protocol.spec;
    if spec.keyword == "radius" && connection.transport != Transport::Udp {
        parser.error(Fault::RadiusNeedsUdp, &span);
    }
    if connection.protocol.option(OptionName::RsaKey).is_some() {
        if connection.protocol.option(OptionName::Username).is_none() {
            parser.error(Fault::RsaKeyNeedsLogin, &span);
        }
        if draft.tls.on {
            parser.error(Fault::RsaKeyWithTls, &span);
        }
    }
    let head = matches!(connection.protocol.option(OptionName::Method), Some(OptionValue::Head(true)));
    let tests_body = connection.content.is_some()
        || [OptionName::Checksum, OptionName::Json]
            .iter()
            .any(|name| connection.protocol.option(*name).is_some());
    if head && tests_body {
        parser.error(Fault::HeadWithContent, &span);
    }
    if spec.keyword != GENERIC.keyword {
        connection.steps.clear();
    }
    connection.steps.shrink_to_fit();
    connection.protocol.options.shrink_to_fit();
    connection.succeeded = matches!(opening.lead, Lead::Succeeded(_));
    let recovery = if connection.succeeded { Recovery::Failed } else { Recovery::Succeeded };
    (connection.tls, connection.certificate) = draft.tls.into_parts();
    parser.so_far.carried.connection = parser.settings().limits.network_timeout;
    Ok(Meaning { condition: Condition::Connection(Rc::new(draft.connection)), recovery })
}
