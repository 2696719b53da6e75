//! `check TYPE NAME …`: begins a service.

use super::argument::{CommandRules, parse_command};
use crate::config::{NetworkBy, ProcessBy, ProgramCheck, Service, Subject};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Failed, Parsed, Parser, Tried};
use crate::control::token::{Kind, Token};
use crate::control::types::Types;
use crate::control::wanted::Wanted;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// A type of service.
pub struct Head {
    keyword: K,
    kind: Types,
    parse: fn(&mut Parser) -> Parsed<Subject>,
    /// Its grammar, as in `doc/GRAMMAR.md`.
    pub grammar: &'static str,
    /// A control file that uses it.
    pub example: &'static str,
}

/// Every type of service.
pub const HEADS: &[Head] = &[
    Head {
        keyword: K::CheckProcess,
        kind: Types::PROCESS,
        parse: parse_process,
        grammar: "'check process' NAME ( 'pidfile' PATH | 'path' PATH | 'matching' ( STRING | PATH ) )",
        example: "check process cron with pidfile /run/crond.pid",
    },
    Head {
        keyword: K::CheckFile,
        kind: Types::FILE,
        parse: |parser| Ok(Subject::File(parse_path(parser)?)),
        grammar: "'check file' NAME 'path' PATH",
        example: "check file passwd with path /etc/passwd",
    },
    Head {
        keyword: K::CheckFilesystem,
        kind: Types::FILESYSTEM,
        parse: parse_filesystem,
        grammar: "( 'check filesystem' | 'check device' ) NAME 'path' ( PATH | STRING )",
        example: "check filesystem root with path /",
    },
    Head {
        keyword: K::CheckDirectory,
        kind: Types::DIRECTORY,
        parse: |parser| Ok(Subject::Directory(parse_path(parser)?)),
        grammar: "'check directory' NAME 'path' PATH",
        example: "check directory bin with path /bin",
    },
    Head {
        keyword: K::CheckFifo,
        kind: Types::FIFO,
        parse: |parser| Ok(Subject::Fifo(parse_path(parser)?)),
        grammar: "'check fifo' NAME 'path' PATH",
        example: "check fifo pipe with path /run/pipe",
    },
    Head {
        keyword: K::CheckHost,
        kind: Types::HOST,
        parse: parse_host,
        grammar: "'check host' NAME 'address' STRING",
        example: "check host gateway with address 192.0.2.1 if failed ping then alert",
    },
    Head {
        keyword: K::CheckNetwork,
        kind: Types::NETWORK,
        parse: parse_network,
        grammar: "'check network' NAME ( 'address' STRING | 'interface' STRING )",
        example: "check network lan with interface eth0",
    },
    Head {
        keyword: K::CheckSystem,
        kind: Types::SYSTEM,
        parse: |_| Ok(Subject::System),
        grammar: "'check system' NAME",
        example: "check system $HOST",
    },
    Head {
        keyword: K::CheckProgram,
        kind: Types::PROGRAM,
        parse: parse_program,
        grammar: "'check program' NAME 'path' args [ user ] [ 'timeout' NUMBER 's' ]",
        example: "check program raid with path \"/bin/true --all\" timeout 5 seconds if status != 0 then alert",
    },
    Head {
        keyword: K::CheckHeartbeat,
        kind: Types::HEARTBEAT,
        parse: super::check_heartbeat::parse,
        grammar: "'check heartbeat' NAME NUMBER [ time ] [ 'token' ( STRING | 'file' PATH ) ]",
        example: "check heartbeat backup within 26 hours",
    },
];

/// For the list of what would have been right.
pub(super) fn would_accept_block(parser: &mut Parser) {
    parser.would_accept(Tried::Keyword(K::Set));
    for head in HEADS {
        parser.would_accept(Tried::Keyword(head.keyword));
    }
}

/// The whole head of a service. The keyword was looked at.
pub(super) fn parse(parser: &mut Parser) -> Parsed<()> {
    let keyword = parser.presume();
    parser.so_far.statement = Some((keyword.span.clone(), keyword.keyword()));
    let Some(head) = HEADS.iter().find(|head| keyword.is(head.keyword)) else { return Err(Failed) };
    let name = parser.expect_kind(&[Kind::Name], Wanted::ServiceName)?;
    parser.so_far.kind = head.kind;
    declare(parser, &name, keyword.span.place());
    // A head that cannot be read still has options to look at.
    let (subject, result) = match (head.parse)(parser) {
        Ok(subject) => (subject, Ok(())),
        Err(failed) => (Subject::System, Err(failed)),
    };
    parser.so_far.every = false;
    parser.so_far.given.clear();
    parser.so_far.exec_line = None;
    let mut service = Service::new(&service_name(parser, &name, head.kind), subject);
    let settings = parser.settings();
    service.place = keyword.span.place();
    service.onreboot = settings.onreboot;
    let before = parser.config().services.last().map(|before| &before.limits);
    let shared = before.filter(|before| ***before == settings.limits);
    service.limits = shared.cloned().unwrap_or_else(|| settings.limits.into());
    parser.so_far.service = Some(service);
    result
}

/// The name, with `$HOST` replaced where the reference does it.
fn service_name(parser: &Parser, token: &Token, kind: Types) -> Box<str> {
    let name = token.text();
    if kind != Types::SYSTEM || !name.contains("$HOST") {
        return name;
    }
    name.replace("$HOST", &parser.outside.host_name()).into()
}

fn declare(parser: &mut Parser, token: &Token, place: crate::config::Place) {
    let name = service_name(parser, token, parser.so_far.kind);
    if name.starts_with('/') {
        parser.error(Fault::NameWithSlash, &token.span);
    }
    match parser.so_far.names.entry(name.to_ascii_lowercase()) {
        std::collections::hash_map::Entry::Vacant(entry) => {
            entry.insert(place);
        }
        std::collections::hash_map::Entry::Occupied(entry) => {
            let first = *entry.get();
            let fault = Fault::DuplicateService { name: name.to_string() };
            let cited = parser.cite(first);
            parser.error_with_hint(fault, &token.span, format!("the first one is at {cited}"));
        }
    }
}

/// Puts the service that is being read among the others.
pub(crate) fn finish_service(parser: &mut Parser) {
    parser.so_far.kind = Types::default();
    if let Some(mut service) = parser.so_far.service.take() {
        service.tests.shrink_to_fit();
        parser.apply(Change::Service(Box::new(service)));
    }
}

/// An absolute path as the file system takes it.
pub(super) fn path_of(token: &Token) -> Box<Path> {
    Path::new(OsStr::from_bytes(token.bytes())).into()
}

fn parse_path(parser: &mut Parser) -> Parsed<Box<Path>> {
    parser.expect(K::Path)?;
    let token = parser.expect_path(Wanted::Path)?;
    no_pattern(parser, &token);
    Ok(path_of(&token))
}

/// `path /var/log/*.log`.
fn no_pattern(parser: &mut Parser, token: &Token) {
    if token.bytes().iter().any(|byte| matches!(byte, b'*' | b'?')) {
        parser.advice(Fault::PatternInPath, &token.span);
    }
}

fn parse_process(parser: &mut Parser) -> Parsed<Subject> {
    match parser.expect_any(&[K::PidFile, K::Path, K::Match])? {
        K::Match => {
            let token = parser.expect_string_or_path(Wanted::Pattern)?;
            super::test_content::check_pattern(parser, &token);
            Ok(Subject::Process(ProcessBy::Matching(token.text())))
        }
        _ => {
            let token = parser.expect_path(Wanted::PidFile)?;
            no_pattern(parser, &token);
            Ok(Subject::Process(ProcessBy::Pidfile(path_of(&token))))
        }
    }
}

fn parse_filesystem(parser: &mut Parser) -> Parsed<Subject> {
    parser.expect(K::Path)?;
    let token = parser.expect_string_or_path(Wanted::MountPoint)?;
    no_pattern(parser, &token);
    Ok(Subject::Filesystem(OsString::from_vec(token.bytes().to_vec())))
}

fn parse_host(parser: &mut Parser) -> Parsed<Subject> {
    parser.expect(K::Address)?;
    let host = parser.expect_string(Wanted::HostOrAddress)?.text();
    Ok(Subject::Host(parser.so_far.host(&host)))
}

fn parse_network(parser: &mut Parser) -> Parsed<Subject> {
    Ok(Subject::Network(match parser.expect_any(&[K::Address, K::Interface])? {
        K::Address => NetworkBy::Address(parser.expect_string(Wanted::Address)?.text()),
        _ => NetworkBy::Interface(parser.expect_string(Wanted::Interface)?.text()),
    }))
}

fn parse_program(parser: &mut Parser) -> Parsed<Subject> {
    parser.expect(K::Path)?;
    let timeout = parser.settings().limits.program_timeout;
    let command = parse_command(parser, CommandRules { timeout, zero_allowed: false, required: true })?;
    Ok(Subject::Program(Box::new(ProgramCheck { command })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_begins_with_a_keyword_of_check() {
        for head in HEADS {
            assert!(head.keyword.is_check() && head.keyword.begins_block(), "{}", head.keyword.name());
        }
        assert!(!K::Set.is_check() && K::Set.begins_block());
    }
}
