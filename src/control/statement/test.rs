//! `if … then …`: finds the form of the test and reads what all tests have in common.

use super::action::{parse_action, parse_recovery};
use super::amount::parse_rate;
use super::entry::{Scope, Statement};
use super::test_form::{Lead, Opening, TestForm};
use crate::config::{Action, Condition, RestartLimit, Test};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Failed, Parsed, Parser, Tried};
use crate::control::token::{Kind, Span, Token};
use crate::control::types::Types;

pub(super) const IF: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::If],
    word: None,
    parse,
    grammar: "'if' NUMBER 'restart' NUMBER 'cycle' 'then' ( action | 'timeout' )",
    example: "check process x with pidfile /run/x.pid if 3 restarts within 5 cycles then timeout",
};

/// Every form of test.
pub const TESTS: &[&[TestForm]] = &[
    super::test_identity::FORMS,
    super::test_process::FORMS,
    super::test_resource::FORMS,
    super::test_file::FORMS,
    super::test_content::FORMS,
    super::test_filesystem::FORMS,
    super::test_network::FORMS,
    super::test_program::FORMS,
    super::check_heartbeat::FORMS,
    super::connection::FORMS,
    super::test_ping::FORMS,
    super::test_extension::FORMS,
];

fn forms() -> impl Iterator<Item = &'static TestForm> {
    TESTS.iter().flat_map(|forms| forms.iter())
}

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    parser.so_far.exec_line = None;
    if parser.peek().kind == Kind::Number {
        return parse_restart_limit(parser, &lead);
    }
    let sense = parser.accept_any(&[K::Failed, K::Succeeded, K::Changed, K::Not]);
    let kind = parser.so_far.kind;
    let token = parser.peek().clone();
    let ours = |form: &'static TestForm| {
        form.leads.iter().copied().find(|lead| matches!(lead, Lead::Word(word) if token.is_word(word)))
    };
    let opening = match token.keyword() {
        Some(keyword) => Some(Lead::new(sense, keyword)),
        None if sense.is_none() => forms().find_map(ours),
        None => None,
    };
    let found = opening.and_then(|opening| {
        forms()
            .find(|form| form.types.contains(kind) && form.leads.contains(&opening))
            .map(|form| (opening, form))
    });
    let Some((opening, form)) = found else { return Err(unknown_test(parser, opening, sense)) };
    parser.presume();
    let opening = Opening { lead: opening, span: token.span };
    parser.so_far.closed_protocol = None;
    let outcome = (form.parse)(parser, &opening)?;
    let rate = parse_rate(parser)?;
    parser.expect(K::Then)?;
    let then = parse_action(parser)?;
    let (recovery_rate, recovery) = parse_recovery(parser, outcome.recovery)?;
    let place = lead.span.place();
    add(
        parser,
        Test { place, condition: outcome.condition, rate, then, recovery_rate, recovery },
        &lead.span,
    );
    Ok(())
}

/// Says in which services the test exists, if any.
fn unknown_test(parser: &mut Parser, opening: Option<Lead>, sense: Option<K>) -> Failed {
    let kind = parser.so_far.kind;
    for form in forms().filter(|form| form.types.contains(kind)) {
        for lead in form.leads.iter().filter(|lead| sense.is_none() || lead.sense() == sense) {
            if let Lead::Word(word) = lead {
                parser.would_accept(Tried::Word(word));
                continue;
            }
            let keyword =
                if sense.is_none() { lead.sense().unwrap_or(lead.keyword()) } else { lead.keyword() };
            parser.would_accept(Tried::Keyword(keyword));
        }
    }
    if kind == Types::DIRECTORY && opening == Some(Lead::Plain(K::Size)) {
        let reason =
            "the size of a directory is that of its list; for all files in it: if total size > … then …";
        return parser.unexpected_because(Some(reason.to_string()));
    }
    let Some(opening) = opening else { return parser.unexpected() };
    let elsewhere = forms()
        .filter(|form| form.leads.contains(&opening))
        .fold(Types::default(), |types, form| types.and(form.types));
    let here = kind.names().pop().unwrap_or_default();
    let reason = if elsewhere != Types::default() {
        let places = super::super::diagnostic::listed(&elsewhere.names(), "and");
        Some(format!("{here} has no '{}' test; it belongs in {places}", opening.shown()))
    } else {
        let other = forms().filter(|form| form.types.contains(kind)).flat_map(|form| form.leads);
        let same = |lead: &Lead| lead.keyword() == opening.keyword() && !matches!(lead, Lead::Word(_));
        let other = other.copied().find(same);
        other.map(|lead| format!("write 'if {}'", lead.shown()))
    };
    parser.unexpected_because(reason)
}

/// Tests of these kinds do not add up: the last one counts.
fn replaces(old: &Condition, new: &Condition) -> bool {
    use Condition as C;
    matches!(
        (old, new),
        (C::Uid(_), C::Uid(_))
            | (C::Euid(_), C::Euid(_))
            | (C::Gid(_), C::Gid(_))
            | (C::Permission(_) | C::PermissionChanged, C::Permission(_) | C::PermissionChanged)
            | (C::Checksum(..) | C::ChecksumChanged(_), C::Checksum(..) | C::ChecksumChanged(_))
    )
}

fn add(parser: &mut Parser, test: Test, span: &Span) {
    let Some(service) = &mut parser.so_far.service else { return };
    let old = service.tests.iter().position(|old| replaces(&old.condition, &test.condition));
    let old = old.map(|index| service.tests.remove(index));
    let what = match test.condition {
        Condition::Uid(_) => "uid",
        Condition::Euid(_) => "euid",
        Condition::Gid(_) => "gid",
        Condition::Checksum(..) | Condition::ChecksumChanged(_) => "checksum",
        _ => "permission",
    };
    let upward = matches!(test.condition, Condition::LinkUp);
    let downward = matches!(test.condition, Condition::LinkDown);
    let mixed = service.tests.iter().any(|old| match old.condition {
        Condition::LinkUp => downward,
        Condition::LinkDown => upward,
        _ => false,
    });
    service.tests.push(test);
    if let Some(old) = old {
        parser.advice(Fault::ReplacesEarlier { what, line: old.place.line }, span);
    }
    if mixed {
        parser.error(Fault::LinkBothWays, span);
    }
}

fn parse_restart_limit(parser: &mut Parser, lead: &Token) -> Parsed<()> {
    let (restarts, span) = parser.expect_number()?;
    parser.expect(K::Restart)?;
    let (cycles, _) = parser.expect_number()?;
    parser.expect(K::Cycle)?;
    parser.expect(K::Then)?;
    if restarts == 0 || cycles == 0 {
        let most = u32::MAX.into();
        parser.error(Fault::OutOfRange { what: "restarts and cycles", least: 1, most }, &span);
    } else if restarts > cycles {
        parser.error(Fault::RateOrder, &span);
    }
    let action = if parser.accept(K::Timeout) { Action::Unmonitor } else { parse_action(parser)? };
    if let Some(service) = &mut parser.so_far.service {
        service.restart_limits.push(RestartLimit { place: lead.span.place(), restarts, cycles, action });
    }
    Ok(())
}
