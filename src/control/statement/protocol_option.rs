//! The options of protocols, read as the registry in [`crate::config::PROTOCOLS`] says. No protocol has code here.

use super::amount::parse_operator;
use super::checksum::{parse_sum, parse_typed_sum};
use crate::config::{OptionKind, OptionName, OptionSpec, OptionValue, Protocol, ProtocolSpec};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::lexer::encoded;
use crate::control::parser::{Failed, Parsed, Parser, Tried};
use crate::control::token::{Kind, Token, Value};
use crate::control::wanted::Wanted;

/// The protocol and all its options. They must follow it directly.
pub(super) fn parse_protocol(parser: &mut Parser) -> Parsed<Protocol> {
    for protocol in crate::config::PROTOCOLS {
        parser.would_accept(Tried::Word(protocol.keyword));
    }
    let spec = match parser.peek().kind {
        Kind::Keyword(K::Protocol(index)) => crate::config::PROTOCOLS.get(usize::from(index)),
        _ => None,
    };
    let Some(spec) = spec else { return Err(unknown(parser)) };
    parser.presume();
    let mut options = Vec::new();
    while let Some(option) = accept_option(parser, spec)? {
        options.push(option);
    }
    if spec.needs_option && options.is_empty() {
        return Err(parser.unexpected());
    }
    parser.context.closed_protocol = Some(spec);
    Ok(Protocol { spec, options })
}

/// No protocol of that name: lists them, unless one of them is close.
fn unknown(parser: &mut Parser) -> Failed {
    let word = String::from_utf8_lossy(parser.peek().span.raw()).into_owned();
    let names = || crate::config::PROTOCOLS.iter().map(|protocol| protocol.keyword);
    let reason = match crate::control::hint::closest(&word, names()) {
        Some(meant) => format!("did you mean '{meant}'?"),
        None => format!("the protocols are {}", names().collect::<Vec<_>>().join(", ")),
    };
    parser.unexpected_because(Some(reason))
}

fn accept_option(
    parser: &mut Parser,
    spec: &'static ProtocolSpec,
) -> Parsed<Option<(OptionName, OptionValue)>> {
    for option in spec.options {
        parser.would_accept(Tried::Word(option.name.keyword()));
        if names(parser.peek(), option) {
            let token = parser.presume();
            return Ok(Some((option.name, parse_value(parser, option, token)?)));
        }
    }
    Ok(None)
}

/// Is the token the keyword of the option?
pub(crate) fn names(token: &Token, option: &OptionSpec) -> bool {
    match token.kind {
        Kind::Keyword(keyword) => keyword.name() == option.name.keyword(),
        Kind::HttpHeaders => option.kind == OptionKind::Headers,
        _ => false,
    }
}

fn parse_value(parser: &mut Parser, option: &OptionSpec, token: Token) -> Parsed<OptionValue> {
    Ok(match option.kind {
        OptionKind::String => OptionValue::Text(parser.expect_string(Wanted::String)?.text()),
        OptionKind::StringOrMail => {
            OptionValue::Text(parser.expect_kind(&[Kind::String, Kind::Mail], Wanted::String)?.text())
        }
        OptionKind::Path => OptionValue::Text(parser.expect_path(Wanted::Path)?.text()),
        OptionKind::PathOrString => {
            OptionValue::Text(encoded(parser.expect_string_or_path(Wanted::Path)?.bytes()))
        }
        OptionKind::Number => {
            let (number, span) = parser.expect_number()?;
            if option.name == OptionName::MaxForward && number > 255 {
                parser.warning(Fault::MaxForward, &span);
                return Ok(OptionValue::Number(70));
            }
            OptionValue::Number(number.into())
        }
        OptionKind::Compare => {
            let operator = parse_operator(parser);
            OptionValue::Compare(operator, parser.expect_number()?.0.into())
        }
        OptionKind::Percent => {
            let operator = parse_operator(parser);
            let (number, _) = parser.expect_number()?;
            parser.expect(K::Percent)?;
            OptionValue::Compare(operator, number.into())
        }
        OptionKind::Checksum => {
            let (kind, sum) = parse_sum(parser)?;
            OptionValue::Checksum(kind, sum)
        }
        OptionKind::KeyChecksum => {
            parser.expect(K::Checksum)?;
            let (kind, sum) = parse_typed_sum(parser)?;
            OptionValue::Checksum(kind, sum)
        }
        OptionKind::Method => OptionValue::Head(parser.expect_any(&[K::Get, K::Head])? == K::Head),
        OptionKind::Headers => {
            let Value::Headers(headers) = token.value else { return Ok(OptionValue::Headers(Vec::new())) };
            let is = |name: &str, wanted: &str| name.trim().eq_ignore_ascii_case(wanted);
            if headers.iter().any(|(name, value)| is(name, "connection") && !is(value, "close")) {
                parser.warning(Fault::ConnectionHeader, &token.span);
            }
            OptionValue::Headers(headers)
        }
    })
}
