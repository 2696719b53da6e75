//! `set limits`: buffer sizes and time limits for what follows.

use super::amount::{in_range, parse_unit};
use super::entry::{Scope, Statement};
use crate::config::Limits;
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::Token;
use std::time::Duration;

const LARGEST: u32 = i32::MAX as u32;
/// Most connection tests at once: each has a descriptor and a buffer.
const AT_ONCE: u32 = 4096;

pub(super) const LIMITS: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Limits],
    word: None,
    parse: parse_limits,
    grammar: "'set' 'limits' '{' { limit } '}'",
    example: "set limits { programOutput: 1 kB, networkTimeout: 10 seconds }",
};

pub(super) const EXPECT_BUFFER: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::ExpectBuffer],
    word: None,
    parse: |parser, lead| {
        let fault =
            Fault::Deprecated { old: "set expectbuffer", new: "'set limits { sendExpectBuffer: … }'" };
        parser.warning(fault, &lead.span);
        let send_expect_buffer = parse_size(parser)?;
        parser.apply(Change::Limits(Limits { send_expect_buffer, ..parser.settings().limits }));
        Ok(())
    },
    grammar: "'set' 'expectbuffer' NUMBER [ unit ]",
    example: "set expectbuffer 1 kB",
};

const SIZES: &[K] = &[K::SendExpectBuffer, K::FileContentBuffer, K::HttpContentBuffer, K::ProgramOutput];
const TIMES: &[K] = &[
    K::NetworkTimeout,
    K::ProgramTimeout,
    K::StopTimeout,
    K::StartTimeout,
    K::RestartTimeout,
    K::ExecTimeout,
];

fn parse_limits(parser: &mut Parser, _: Token) -> Parsed<()> {
    parser.expect_symbol(b'{')?;
    let mut words = SIZES.to_vec();
    words.extend_from_slice(TIMES);
    let mut limits = parser.settings().limits;
    while !parser.accept_symbol(b'}') {
        if parser.accept_word("shutdowntimeout") {
            parser.expect_symbol(b':')?;
            limits.shutdown_timeout = parse_time(parser)?;
            continue;
        }
        if parser.accept_word("connectiontests") {
            parser.expect_symbol(b':')?;
            let (number, span) = parser.expect_number()?;
            let number =
                in_range(parser, "the number of connection tests at once", number, 1, AT_ONCE, &span);
            limits.connection_tests = number;
            continue;
        }
        let keyword = parser.expect_any(&words)?;
        parser.expect_symbol(b':')?;
        if SIZES.contains(&keyword) {
            let size = parse_size(parser)?;
            *match keyword {
                K::SendExpectBuffer => &mut limits.send_expect_buffer,
                K::FileContentBuffer => &mut limits.file_content_buffer,
                K::HttpContentBuffer => &mut limits.http_content_buffer,
                _ => &mut limits.program_output,
            } = size;
        } else {
            let time = parse_time(parser)?;
            *match keyword {
                K::NetworkTimeout => &mut limits.network_timeout,
                K::ProgramTimeout => &mut limits.program_timeout,
                K::StopTimeout => &mut limits.stop_timeout,
                K::StartTimeout => &mut limits.start_timeout,
                K::RestartTimeout => &mut limits.restart_timeout,
                _ => &mut limits.exec_timeout,
            } = time;
        }
    }
    parser.apply(Change::Limits(limits));
    Ok(())
}

/// `NUMBER [ unit ]`, 1 to 2147483647 bytes.
fn parse_size(parser: &mut Parser) -> Parsed<u32> {
    let span = parser.peek().span.clone();
    let number = parser.expect_large_number()?;
    let bytes = number.saturating_mul(parse_unit(parser) as u64);
    let size = u32::try_from(bytes).ok().filter(|size| (1..=LARGEST).contains(size));
    if size.is_none() {
        parser.error(Fault::OutOfRange { what: "the size in bytes", least: 1, most: LARGEST.into() }, &span);
    }
    Ok(size.unwrap_or(1))
}

fn parse_time(parser: &mut Parser) -> Parsed<Duration> {
    let (number, span) = parser.expect_number()?;
    let unit = parser.expect_any(&[K::Millisecond, K::Second])?;
    if number == 0 {
        parser.error(Fault::ZeroTimeout, &span);
    }
    Ok(match unit {
        K::Millisecond => Duration::from_millis(number.into()),
        _ => Duration::from_secs(number.into()),
    })
}
