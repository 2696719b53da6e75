//! `ping`.

use super::action::Recovery;
use super::amount::{in_range, parse_timeout};
use super::connection_option::{parse_numeric_address, parse_response_time};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Condition, Family, Ping};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;

pub(super) const FORMS: &[TestForm] = &[TestForm {
    leads: &[
        Lead::Failed(K::Ping),
        Lead::Failed(K::Ping4),
        Lead::Failed(K::Ping6),
        Lead::Failed(K::Icmp),
        Lead::Succeeded(K::Ping),
        Lead::Succeeded(K::Ping4),
        Lead::Succeeded(K::Ping6),
        Lead::Succeeded(K::Icmp),
    ],
    types: Types::HOST,
    parse,
    grammar: "( 'failed' | 'succeeded' ) ( 'ping' | 'ping4' | 'ping6' | 'icmp' 'type' 'echo' ) { ping_option }",
    example: "failed ping count 5 with timeout 10 seconds",
}];

fn parse(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let family = match opening.lead.keyword() {
        K::Ping4 => Family::V4,
        K::Ping6 => Family::V6,
        K::Icmp => {
            parser.expect(K::Type)?;
            parser.expect(K::Echo)?;
            Family::Any
        }
        _ => Family::Any,
    };
    let succeeded = matches!(opening.lead, Lead::Succeeded(_));
    let mut ping = Ping {
        succeeded,
        family,
        count: 3,
        size: 64,
        timeout: parser.so_far.carried.ping,
        response_time: None,
        outgoing: None,
    };
    loop {
        if parser.accept(K::Count) {
            ping.count = parser.expect_number()?.0;
        } else if parser.accept(K::Size) {
            let (size, span) = parser.expect_number()?;
            ping.size = in_range(parser, "the size of a ping", size, 8, 1492, &span);
        } else if parser.accept(K::Timeout) {
            ping.timeout = parse_timeout(parser, false)?;
        } else if parser.accept(K::ResponseTime) {
            ping.response_time = Some(parse_response_time(parser)?);
        } else if parser.accept(K::Address) {
            ping.outgoing = parse_numeric_address(parser)?;
        } else {
            break;
        }
    }
    parser.so_far.carried.ping = parser.settings().limits.network_timeout;
    let recovery = if succeeded { Recovery::Failed } else { Recovery::Succeeded };
    Ok(Meaning { condition: Condition::Ping(Box::new(ping)), recovery })
}
