//! cpu, memory, load and the like. Several may stand in a row, of which only the last one counts.

use super::amount::{parse_operator, parse_unit};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Amount, Condition, Operator, Resource};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;

const HOSTS: Types = Types::PROCESS.and(Types::SYSTEM);

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Plain(K::Cpu)],
        types: HOSTS,
        parse: parse_row,
        grammar: "'cpu' [ op ] value '%'",
        example: "cpu usage > 80% for 5 cycles",
    },
    TestForm {
        leads: &[Lead::Plain(K::TotalCpu)],
        types: Types::PROCESS,
        parse: parse_row,
        grammar: "'total cpu' [ op ] value '%'",
        example: "total cpu > 90%",
    },
    TestForm {
        leads: &[
            Lead::Plain(K::CpuUser),
            Lead::Plain(K::CpuSystem),
            Lead::Plain(K::CpuWait),
            Lead::Plain(K::CpuNice),
            Lead::Plain(K::CpuHardIrq),
            Lead::Plain(K::CpuSoftIrq),
            Lead::Plain(K::CpuSteal),
            Lead::Plain(K::CpuGuest),
            Lead::Plain(K::CpuGuestNice),
        ],
        types: Types::SYSTEM,
        parse: parse_row,
        grammar: "'cpu' '(' [ 'user' | 'system' | 'wait' | 'nice' | 'hardirq' | 'softirq' | 'steal' | 'guest' | 'guestnice' ] ')' \
                  [ op ] value '%'",
        example: "cpu usage (wait) > 20%",
    },
    TestForm {
        leads: &[Lead::Plain(K::Memory)],
        types: HOSTS,
        parse: parse_row,
        grammar: "'memory' [ op ] value ( [ unit ] | '%' )",
        example: "memory usage > 75%",
    },
    TestForm {
        leads: &[Lead::Plain(K::TotalMemory)],
        types: Types::PROCESS,
        parse: parse_row,
        grammar: "'total memory' [ op ] value ( [ unit ] | '%' )",
        example: "total memory > 200 MB for 5 cycles",
    },
    TestForm {
        leads: &[Lead::Plain(K::Swap)],
        types: Types::SYSTEM,
        parse: parse_row,
        grammar: "'swap' [ op ] value ( [ unit ] | '%' )",
        example: "swap usage > 25%",
    },
    TestForm {
        leads: &[Lead::Plain(K::PageIn), Lead::Plain(K::PageOut)],
        types: Types::SYSTEM,
        parse: parse_row,
        grammar: "( 'pagein' | 'pageout' ) [ op ] NUMBER 's'",
        example: "pagein > 100 per second",
    },
    TestForm {
        leads: &[Lead::Plain(K::Load1), Lead::Plain(K::Load5), Lead::Plain(K::Load15)],
        types: HOSTS,
        parse: parse_row,
        grammar: "'loadavg' [ '(' ( '1min' | '5min' | '15min' ) ')' ] [ 'core' ] [ op ] value",
        example: "loadavg (5min) per core > 2",
    },
    TestForm {
        leads: &[Lead::Plain(K::Thread), Lead::Plain(K::Child)],
        types: Types::PROCESS,
        parse: parse_row,
        grammar: "( 'threads' | 'children' ) [ op ] NUMBER",
        example: "children > 250",
    },
    TestForm {
        leads: &[Lead::Plain(K::Read), Lead::Plain(K::Write)],
        types: Types::PROCESS,
        parse: parse_row,
        grammar: "( 'read' | 'write' ) [ op ] value [ unit ] [ 's' ]",
        example: "write rate > 5 MB/s",
    },
    TestForm {
        leads: &[Lead::Plain(K::Disk)],
        types: Types::PROCESS,
        parse: parse_row,
        grammar: "'disk' ( 'read' | 'write' ) [ op ] ( value [ unit ] [ 's' ] | NUMBER 'operation' )",
        example: "disk read rate > 500 operations/s",
    },
];

fn is_resource(keyword: K, kind: Types) -> bool {
    FORMS.iter().any(|form| form.types.contains(kind) && form.leads.contains(&Lead::Plain(keyword)))
}

fn parse_row(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let mut keyword = opening.lead.keyword();
    let mut span = opening.span.clone();
    loop {
        let condition = parse_one(parser, keyword)?;
        let token = parser.peek().clone();
        match token.keyword().filter(|next| is_resource(*next, parser.so_far.kind)) {
            None => return Ok(Meaning::new(condition)),
            Some(next) => {
                parser.presume();
                parser.advice(Fault::OnlyLastCounts { what: keyword.name() }, &span);
                keyword = next;
                span = token.span;
            }
        }
    }
}

fn parse_one(parser: &mut Parser, keyword: K) -> Parsed<Condition> {
    use Resource as R;
    let build = |resource, operator, amount| Condition::Resource(resource, operator, amount);
    let resource = match keyword {
        K::Cpu => R::Cpu,
        K::TotalCpu => R::TotalCpu,
        K::CpuUser => R::CpuUser,
        K::CpuSystem => R::CpuSystem,
        K::CpuWait => R::CpuWait,
        K::CpuNice => R::CpuNice,
        K::CpuHardIrq => R::CpuHardIrq,
        K::CpuSoftIrq => R::CpuSoftIrq,
        K::CpuSteal => R::CpuSteal,
        K::CpuGuest => R::CpuGuest,
        K::CpuGuestNice => R::CpuGuestNice,
        K::Memory => R::Memory,
        K::TotalMemory => R::TotalMemory,
        K::Swap => R::Swap,
        K::PageIn => R::PageIn,
        K::PageOut => R::PageOut,
        K::Thread => R::Threads,
        K::Child => R::Children,
        K::Read => R::ReadBytes,
        K::Write => R::WriteBytes,
        K::Disk => return parse_disk(parser),
        load => return parse_load(parser, load),
    };
    let operator = parse_operator(parser);
    let amount = match resource {
        R::Memory | R::TotalMemory | R::Swap => parse_size_or_percent(parser)?,
        R::PageIn | R::PageOut => {
            let number = parser.expect_large_number()?;
            parser.expect(K::Second)?;
            Amount::Number(number as f64)
        }
        R::Threads | R::Children => Amount::Number(parser.expect_large_number()? as f64),
        R::ReadBytes | R::WriteBytes => Amount::Number(parse_byte_rate(parser)?),
        _ => {
            let (value, _) = parser.expect_value()?;
            parser.expect(K::Percent)?;
            Amount::Percent(value)
        }
    };
    Ok(build(resource, operator, amount))
}

/// `value ( [ unit ] | '%' )`.
pub(super) fn parse_size_or_percent(parser: &mut Parser) -> Parsed<Amount> {
    let (value, _) = parser.expect_value()?;
    if parser.accept(K::Percent) {
        return Ok(Amount::Percent(value));
    }
    Ok(Amount::Number(value * parse_unit(parser)))
}

/// `value [ unit ] [ 's' ]`: bytes per second.
fn parse_byte_rate(parser: &mut Parser) -> Parsed<f64> {
    let (value, _) = parser.expect_value()?;
    let bytes = value * parse_unit(parser);
    parser.accept(K::Second);
    Ok(bytes)
}

/// Bytes per second, or the number of operations per second.
pub(super) enum IoRate {
    Bytes(f64),
    Operations(u64),
}

/// `value [ unit ] [ 's' ] | NUMBER 'operation'`.
pub(super) fn parse_io_rate(parser: &mut Parser) -> Parsed<(Operator, IoRate)> {
    let operator = parse_operator(parser);
    let (value, whole) = parser.expect_value()?;
    if whole && parser.accept(K::Operation) {
        return Ok((operator, IoRate::Operations(value as u64)));
    }
    let bytes = value * parse_unit(parser);
    parser.accept(K::Second);
    Ok((operator, IoRate::Bytes(bytes)))
}

fn parse_disk(parser: &mut Parser) -> Parsed<Condition> {
    let read = parser.expect_any(&[K::Read, K::Write])? == K::Read;
    let (operator, rate) = parse_io_rate(parser)?;
    let (resource, amount) = match (rate, read) {
        (IoRate::Bytes(bytes), true) => (Resource::DiskReadBytes, bytes),
        (IoRate::Bytes(bytes), false) => (Resource::DiskWriteBytes, bytes),
        (IoRate::Operations(number), true) => (Resource::DiskReadOperations, number as f64),
        (IoRate::Operations(number), false) => (Resource::DiskWriteOperations, number as f64),
    };
    Ok(Condition::Resource(resource, operator, Amount::Number(amount)))
}

fn parse_load(parser: &mut Parser, keyword: K) -> Parsed<Condition> {
    let core = parser.accept(K::Core);
    let operator = parse_operator(parser);
    let (value, _) = parser.expect_value()?;
    let resource = match (keyword, core) {
        (K::Load5, false) => Resource::Load5,
        (K::Load5, true) => Resource::Load5PerCore,
        (K::Load15, false) => Resource::Load15,
        (K::Load15, true) => Resource::Load15PerCore,
        (_, false) => Resource::Load1,
        (_, true) => Resource::Load1PerCore,
    };
    Ok(Condition::Resource(resource, operator, Amount::Number(value)))
}
