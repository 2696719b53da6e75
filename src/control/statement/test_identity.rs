//! Existence, owner, group and permission.

use super::action::Recovery;
use super::amount::parse_permission;
use super::argument::{parse_group, parse_user};
use super::test_form::{Lead, Meaning, Opening, TestForm};
use crate::config::{Condition, Identity};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Parsed, Parser};
use crate::control::types::Types;

const FILES: Types = Types::FILE.and(Types::FILESYSTEM).and(Types::DIRECTORY).and(Types::FIFO);

pub(super) const FORMS: &[TestForm] = &[
    TestForm {
        leads: &[Lead::Not(K::Exist), Lead::Plain(K::Exist)],
        types: FILES.and(Types::PROCESS),
        parse: |_, opening| {
            let exist = opening.lead == Lead::Plain(K::Exist);
            Ok(Meaning::new(if exist { Condition::Exist } else { Condition::NotExist }))
        },
        grammar: "[ 'not' ] 'exist'",
        example: "does not exist for 3 cycles",
    },
    TestForm {
        leads: &[Lead::Failed(K::Uid), Lead::Failed(K::Gid)],
        types: FILES.and(Types::PROCESS),
        parse: parse_owner,
        grammar: "'failed' ( 'uid' | 'gid' ) ( STRING | NUMBER )",
        example: "failed uid root",
    },
    TestForm {
        leads: &[Lead::Failed(K::Euid)],
        types: Types::PROCESS,
        parse: parse_owner,
        grammar: "'failed' 'euid' ( STRING | NUMBER )",
        example: "failed euid 0",
    },
    TestForm {
        leads: &[Lead::Failed(K::Permission)],
        types: FILES,
        parse: |parser, _| Ok(Meaning::new(Condition::Permission(parse_permission(parser)?))),
        grammar: "'failed' 'perm' NUMBER",
        example: "failed permission 0644",
    },
    TestForm {
        leads: &[Lead::Changed(K::Permission)],
        types: FILES,
        // An else part is read and has no effect.
        parse: |_, _| Ok(Meaning { condition: Condition::PermissionChanged, recovery: Recovery::Dropped }),
        grammar: "'changed' 'perm'",
        example: "changed permission",
    },
];

fn parse_owner(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let text = parser.peek().clone();
    let group = opening.lead.keyword() == K::Gid;
    let (id, span) = if group { parse_group(parser)? } else { parse_user(parser)? };
    let text = match text.text() {
        text if text.is_empty() => String::from_utf8_lossy(span.raw()).into(),
        text => text,
    };
    let identity = Identity { id: id.unwrap_or_default(), text };
    Ok(Meaning::new(match opening.lead.keyword() {
        K::Gid => Condition::Gid(identity),
        K::Euid => Condition::Euid(identity),
        _ => Condition::Uid(identity),
    }))
}
