//! Timestamps, hard links, size and checksum.

use super::amount::{parse_operator, parse_time_unit, parse_unit};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Condition, TimestampKind};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;

const FILES: Types = Types::FILE.and(Types::DIRECTORY).and(Types::FIFO);

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[
            Lead::Plain(K::Time),
            Lead::Plain(K::ATime),
            Lead::Plain(K::CTime),
            Lead::Plain(K::MTime),
            Lead::Changed(K::Time),
            Lead::Changed(K::ATime),
            Lead::Changed(K::CTime),
            Lead::Changed(K::MTime),
        ],
        types: FILES,
        parse: parse_timestamp,
        grammar: "( 'timestamp' | 'access time' | 'change time' | 'modification time' ) [ op ] NUMBER [ time ] \
                  | 'changed' ( 'timestamp' | 'access time' | 'change time' | 'modification time' )",
        example: "timestamp > 1 day",
    },
    TestForm {
        leads: &[Lead::Plain(K::Hardlink), Lead::Changed(K::Hardlink)],
        types: FILES,
        parse: |parser, opening| {
            if opening.lead == Lead::Changed(K::Hardlink) {
                return Ok(Meaning::without_else(Condition::HardlinkChanged));
            }
            let operator = parse_operator(parser);
            Ok(Meaning::new(Condition::Hardlink(operator, parser.expect_large_number()?)))
        },
        grammar: "'hardlink' [ op ] NUMBER | 'changed' 'hardlink'",
        example: "hardlink > 2",
    },
    TestForm {
        leads: &[Lead::Plain(K::Size), Lead::Changed(K::Size)],
        types: Types::FILE,
        parse: |parser, opening| {
            if opening.lead == Lead::Changed(K::Size) {
                return Ok(Meaning::without_else(Condition::SizeChanged));
            }
            let operator = parse_operator(parser);
            let number = parser.expect_large_number()?;
            let bytes = number.saturating_mul(parse_unit(parser) as u64);
            Ok(Meaning::new(Condition::Size(operator, bytes)))
        },
        grammar: "'size' [ op ] NUMBER [ unit ] | 'changed' 'size'",
        example: "size > 100 MB",
    },
    TestForm {
        leads: &[
            Lead::Failed(K::Checksum),
            Lead::Failed(K::Md5),
            Lead::Failed(K::Sha1),
            Lead::Failed(K::Sha256),
            Lead::Changed(K::Checksum),
            Lead::Changed(K::Md5),
            Lead::Changed(K::Sha1),
            Lead::Changed(K::Sha256),
        ],
        types: Types::FILE,
        parse: super::checksum::parse_test,
        grammar: "'failed' [ 'md5' | 'sha1' | 'sha256' ] 'checksum' [ 'expect' STRING ] \
                  | 'changed' [ 'md5' | 'sha1' | 'sha256' ] 'checksum'",
        example: "changed sha256 checksum",
    },
];

fn parse_timestamp(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let kind = match opening.lead.keyword() {
        K::ATime => TimestampKind::Access,
        K::CTime => TimestampKind::Change,
        K::MTime => TimestampKind::Modification,
        _ => TimestampKind::Default,
    };
    if matches!(opening.lead, Lead::Changed(_)) {
        return Ok(Meaning::without_else(Condition::TimestampChanged(kind)));
    }
    let operator = parse_operator(parser);
    let number = parser.expect_large_number()?;
    let seconds = number.saturating_mul(parse_time_unit(parser));
    Ok(Meaning::new(Condition::Timestamp(kind, operator, seconds)))
}
