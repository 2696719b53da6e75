//! The options of connection tests. Which ones a test takes is a row in [`Options`].

use super::amount::{parse_operator, parse_timeout};
use super::protocol_option::{parse_protocol, parse_value};
use super::ssl::{TlsOptions, accept_old_option, accept_ssl, parse_certificate_sum, parse_certificate_valid};
use super::test_content::{check_pattern, parse_string_comparison};
use crate::config::{
    Connection, Content, DEFAULT, Exchange, FOLLOW, Family, Few, GENERIC, JSON, Protocol, ResponseTime,
    StringOperator, Target, Transport,
};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;
use crate::control::wanted::Wanted;
use std::net::IpAddr;
use std::time::Duration;

/// What a kind of connection test may say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    family: bool,
    transport: bool,
    dialogue: bool,
    content: bool,
    response_time: bool,
    outgoing: bool,
    tls: bool,
}

impl Options {
    pub(super) const PORT: Options = Options {
        family: true,
        transport: true,
        dialogue: true,
        content: true,
        response_time: true,
        outgoing: true,
        tls: true,
    };
    pub(super) const URL: Options = Options {
        family: false,
        transport: false,
        dialogue: false,
        content: true,
        response_time: false,
        outgoing: false,
        tls: true,
    };
    pub(super) const UNIX: Options = Options {
        family: false,
        transport: true,
        dialogue: true,
        content: false,
        response_time: true,
        outgoing: false,
        tls: false,
    };
}

/// A connection test that is being read.
pub(super) struct Draft {
    pub(super) connection: Connection,
    pub(super) tls: TlsOptions,
    /// A protocol named before, with its options.
    earlier: Option<Protocol>,
}

impl Draft {
    pub(super) fn new(parser: &Parser, target: Target) -> Draft {
        Draft {
            connection: Connection {
                succeeded: false,
                target,
                transport: Transport::Tcp,
                family: Family::Any,
                protocol: Protocol { spec: &DEFAULT, options: Few::default() },
                steps: Few::default(),
                content: None,
                timeout: parser.so_far.carried.connection,
                response_time: None,
                outgoing: None,
                retry: 1,
                tls: None,
                certificate: None,
            },
            tls: TlsOptions::default(),
            earlier: None,
        }
    }

    /// Sets the protocol with what it implies. Options given before hold for a protocol with the same options.
    pub(super) fn set_protocol(&mut self, mut protocol: Protocol) {
        let before = std::mem::replace(
            &mut self.connection.protocol,
            Protocol { spec: &DEFAULT, options: Few::default() },
        );
        if !before.options.is_empty() {
            self.earlier = Some(before);
        }
        let names = |protocol: &Protocol| protocol.spec.options.iter().map(|option| option.name);
        if let Some(earlier) = self.earlier.take_if(|earlier| names(earlier).eq(names(&protocol))) {
            let mut options = earlier.options;
            options.extend(protocol.options);
            protocol.options = options;
        }
        if let Some(transport) = protocol.spec.transport {
            self.connection.transport = transport;
        }
        // Over a unix socket the secure protocols are spoken in the clear.
        self.tls.on |= protocol.spec.tls && !matches!(self.connection.target, Target::Unix(_));
        self.connection.protocol = protocol;
    }

    pub(super) fn parse_options(&mut self, parser: &mut Parser, allowed: Options) -> Parsed<()> {
        while self.accept_option(parser, allowed)? {}
        Ok(())
    }

    fn accept_option(&mut self, parser: &mut Parser, allowed: Options) -> Parsed<bool> {
        let connection = &mut self.connection;
        if parser.accept(K::Timeout) {
            connection.timeout = parse_timeout(parser, false)?;
        } else if parser.accept(K::Retry) {
            connection.retry = parser.expect_number()?.0.max(1);
        } else if allowed.family && parser.accept(K::Ipv4) {
            connection.family = Family::V4;
        } else if allowed.family && parser.accept(K::Ipv6) {
            connection.family = Family::V6;
        } else if allowed.transport && parser.accept(K::Type) {
            self.parse_type(parser)?;
        } else if allowed.dialogue && parser.accept(K::ProtocolWord) {
            let protocol = parse_protocol(parser)?;
            self.set_protocol(protocol);
        } else if allowed.dialogue && parser.accept(K::Send) {
            let token = parser.expect_string(Wanted::Sent)?;
            self.add_step(parser, "send", Exchange::Send(sent_bytes(&token)), &token);
        } else if allowed.dialogue && parser.accept(K::Expect) {
            let token = parser.expect_string(Wanted::Pattern)?;
            check_pattern(parser, &token);
            self.add_step(parser, "expect", Exchange::Expect(token.text()), &token);
        } else if allowed.content && parser.accept(K::Content) {
            connection.content = Some(Box::new(parse_content(parser)?));
        } else if allowed.response_time && parser.accept(K::ResponseTime) {
            connection.response_time = Some(Box::new(parse_response_time(parser)?));
        } else if allowed.outgoing && parser.accept(K::Address) {
            connection.outgoing = parse_numeric_address(parser)?.map(Box::new);
        } else if allowed.tls && parser.accept(K::Ssl) {
            accept_ssl(parser, &mut self.tls)?;
        } else if allowed.tls && parser.accept(K::Certificate) {
            match parser.expect_any(&[K::Valid, K::Checksum])? {
                K::Valid => parse_certificate_valid(parser, &mut self.tls)?,
                _ => parse_certificate_sum(parser, &mut self.tls)?,
            }
        } else if !(allowed.content && self.accept_http_option(parser)?) {
            return Ok(false);
        }
        Ok(true)
    }

    /// Options of HTTP that may also stand among those of the connection, where its protocol is HTTP.
    fn accept_http_option(&mut self, parser: &mut Parser) -> Parsed<bool> {
        let protocol = &mut self.connection.protocol;
        for option in [&FOLLOW, &JSON] {
            let takes = protocol.spec.options.iter().any(|known| known.name == option.name);
            if takes && parser.next_is_word(option.name.keyword()) {
                let token = parser.presume();
                protocol.options.push((option.name, parse_value(parser, option, token)?));
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn parse_type(&mut self, parser: &mut Parser) -> Parsed<()> {
        let token = parser.peek().clone();
        self.connection.transport = match parser.expect_any(&[K::Tcp, K::Udp, K::TcpSsl])? {
            K::Udp => Transport::Udp,
            K::Tcp => Transport::Tcp,
            _ => {
                let fault = Fault::Deprecated { old: "type tcpssl", new: "'type tcp' and 'with ssl'" };
                parser.warning(fault, &token.span);
                self.tls.on = true;
                while accept_old_option(parser, &mut self.tls)? {}
                Transport::Tcp
            }
        };
        Ok(())
    }

    /// `send` and `expect` make a protocol of their own.
    fn add_step(&mut self, parser: &mut Parser, what: &'static str, step: Exchange, token: &Token) {
        let spec = self.connection.protocol.spec;
        if ![DEFAULT.keyword, GENERIC.keyword].contains(&spec.keyword) {
            parser.error(Fault::SendInProtocol { what, protocol: spec.name }, &token.span);
            return;
        }
        self.connection.protocol = Protocol { spec: &GENERIC, options: Few::default() };
        self.connection.steps.push(step);
    }
}

/// What `send` writes: `\0x00` is a NUL here and nowhere else.
fn sent_bytes(token: &Token) -> Box<[u8]> {
    let text = token.bytes();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let nul = rest.get(..5).is_some_and(|code| code.eq_ignore_ascii_case(br"\0x00"));
        out.push(if nul { 0 } else { *byte });
        rest = rest.get(if nul { 5 } else { 1 }..).unwrap_or_default();
    }
    out.into()
}

/// `( '=' | '!=' ) STRING` behind `content`.
fn parse_content(parser: &mut Parser) -> Parsed<Content> {
    let negated = parse_string_comparison(parser)? == StringOperator::NotEqual;
    let token = parser.expect_string(Wanted::Pattern)?;
    check_pattern(parser, &token);
    Ok(Content { negated, pattern: token.text() })
}

/// `[ op ] NUMBER ( 'ms' | 's' )` behind `responsetime`.
pub(super) fn parse_response_time(parser: &mut Parser) -> Parsed<ResponseTime> {
    let operator = parse_operator(parser);
    let (number, _) = parser.expect_number()?;
    let limit = match parser.expect_any(&[K::Millisecond, K::Second])? {
        K::Millisecond => Duration::from_millis(number.into()),
        _ => Duration::from_secs(number.into()),
    };
    Ok(ResponseTime { operator, limit })
}

/// The local address behind `address`: digits, not a name.
pub(super) fn parse_numeric_address(parser: &mut Parser) -> Parsed<Option<IpAddr>> {
    let token = parser.expect_string(Wanted::NumericAddress)?;
    let address = token.text().parse().ok();
    if address.is_none() {
        parser.error(Fault::NotNumericAddress, &token.span);
    }
    Ok(address)
}
