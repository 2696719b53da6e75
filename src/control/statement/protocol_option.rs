//! The options of protocols, read as the registry in [`crate::config::PROTOCOLS`] says. No protocol has code here.

use super::amount::{in_range, parse_operator};
use super::checksum::{parse_sum, parse_typed_sum};
use super::test_content::parse_string_comparison;
use crate::config::{
    DnsQuery, JsonTest, OptionKind, OptionName, OptionSpec, OptionValue, Protocol, ProtocolSpec,
    RECORD_TYPES, StringOperator,
};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::lexer::encoded;
use crate::control::parser::{Failed, Parsed, Parser, Tried};
use crate::control::token::{Kind, Token, Value};
use crate::control::wanted::Wanted;

/// More than any server in its right mind sends one through.
const MOST_REDIRECTS: u32 = 10;

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
    parser.so_far.closed_protocol = Some(spec);
    Ok(Protocol { spec, options: options.into() })
}

/// No protocol of that name: lists them, unless one of them is close.
fn unknown(parser: &mut Parser) -> Failed {
    let word = String::from_utf8_lossy(parser.peek().span.raw()).into_owned();
    let names = || crate::config::PROTOCOLS.iter().map(|protocol| protocol.keyword);
    let reason = match crate::control::spelling::closest(&word, names()) {
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
        if parser.peek().names(option) {
            let token = parser.presume();
            return Ok(Some((option.name, parse_value(parser, option, token)?)));
        }
    }
    Ok(None)
}

/// What follows the keyword of an option.
pub(super) fn parse_value(parser: &mut Parser, option: &OptionSpec, token: Token) -> Parsed<OptionValue> {
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
        OptionKind::Redirects => {
            let (number, span) = parser.expect_number()?;
            let number = in_range(parser, "the number of redirects", number, 1, MOST_REDIRECTS, &span);
            if !parser.accept_word("redirect") {
                parser.expect_word("redirects")?;
            }
            OptionValue::Number(number.into())
        }
        OptionKind::Json => OptionValue::Json(Box::new(parse_json(parser)?)),
        OptionKind::Query => OptionValue::Query(Box::new(parse_query(parser)?)),
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

/// `POINTER ( '=' | '!=' ) VALUE` behind `json`. Numbers need no quotes.
fn parse_json(parser: &mut Parser) -> Parsed<JsonTest> {
    let token = parser.expect_string_or_path(Wanted::JsonPointer)?;
    let pointer = token.text();
    if !(pointer.is_empty() || pointer.starts_with('/')) {
        parser.error(Fault::NotJsonPointer, &token.span);
    }
    let negated = parse_string_comparison(parser)? == StringOperator::NotEqual;
    let token = parser.expect_kind(&[Kind::String, Kind::Path, Kind::Number, Kind::Real], Wanted::String)?;
    let value = match token.kind {
        Kind::Number | Kind::Real => String::from_utf8_lossy(token.span.raw()).into(),
        _ => token.text(),
    };
    Ok(JsonTest { pointer, negated, value })
}

/// `NAME 'type' TYPE [ '=' VALUE ]` behind `query`.
fn parse_query(parser: &mut Parser) -> Parsed<DnsQuery> {
    let token = parser.expect_string(Wanted::HostName)?;
    let name = token.text();
    let bare = name.strip_suffix('.').unwrap_or(&name);
    let fits = |label: &str| (1..=63).contains(&label.len());
    if bare.len() > 253 || !(bare.is_empty() && !name.is_empty() || bare.split('.').all(fits)) {
        parser.error(Fault::NotDnsName, &token.span);
    }
    parser.expect(K::Type)?;
    let word = parser.peek().span.raw().to_ascii_uppercase();
    let Some(kind) = RECORD_TYPES.iter().find(|kind| kind.name.as_bytes() == word.trim_ascii()) else {
        for kind in RECORD_TYPES {
            parser.would_accept(Tried::Word(kind.name));
        }
        return Err(parser.unexpected());
    };
    parser.presume();
    let mut value = None;
    if parser.accept(K::Equal) {
        let kinds = &[Kind::String, Kind::Path, Kind::Number, Kind::Real];
        let token = parser.expect_kind(kinds, Wanted::String)?;
        value = Some(match token.kind {
            Kind::Number | Kind::Real => String::from_utf8_lossy(token.span.raw()).into(),
            _ => token.text(),
        });
    }
    Ok(DnsQuery { name: bare.into(), kind, value })
}
