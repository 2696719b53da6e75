//! A program with its arguments, user and time limit.

use super::amount::parse_timeout;
use crate::config::Command;
use crate::control::diagnostic::{Fault, ProgramTrouble};
use crate::control::keyword::Keyword as K;
use crate::control::outside::{Access, Outside, Who};
use crate::control::parser::{Parsed, Parser};
use crate::control::token::{Kind, Span, Token, Value};
use crate::control::wanted::Wanted;
use crate::sys::spawn::interpreter::Unable;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::time::Duration;

/// Words of a command, the program included.
const MOST_ARGUMENTS: usize = 63;

/// What kind of command it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandRules {
    /// Holds when no `timeout` is given; zero is no limit.
    pub(super) timeout: Duration,
    /// `timeout 0 seconds` means no limit.
    pub(super) zero_allowed: bool,
    /// A program that cannot be run is an error.
    pub(super) required: bool,
}

/// `args [user] ['timeout' NUMBER 's']`.
pub(super) fn parse_command(parser: &mut Parser, rules: CommandRules) -> Parsed<Command> {
    let argv = parse_arguments(parser, rules.required)?;
    let (mut uid, mut gid) = (None, None);
    let mut span = None;
    loop {
        if parser.accept(K::Uid) {
            let (number, place) = parse_user(parser)?;
            (uid, span) = (number, Some(place));
        } else if parser.accept(K::Gid) {
            let (number, place) = parse_group(parser)?;
            (gid, span) = (number, Some(place));
        } else {
            break;
        }
    }
    if let Some(span) = span.filter(|_| parser.outside.own_user() != 0) {
        parser.error(Fault::OnlyRootSwitchesUser, &span);
    }
    let mut timeout = rules.timeout;
    if parser.accept(K::Timeout) {
        timeout = parse_timeout(parser, rules.zero_allowed)?;
    }
    Ok(Command { argv, uid, gid, timeout: Some(timeout).filter(|timeout| !timeout.is_zero()) })
}

fn parse_arguments(parser: &mut Parser, required: bool) -> Parsed<Box<[OsString]>> {
    const KINDS: &[Kind] = &[Kind::Argument, Kind::String, Kind::Path];
    let first = parser.expect_kind(KINDS, Wanted::Program)?;
    check_program(parser, &first, required);
    let mut words = super::shell::Words::of(first.bytes());
    let mut argv = vec![OsString::from_vec(text(first))];
    let mut reported = false;
    while KINDS.contains(&parser.peek().kind) && !is_extension(parser) {
        let argument = parser.presume();
        if argument.is_word("user") || argument.is_word("group") {
            parser.advice(Fault::UserAsArgument, &argument.span);
        }
        words.argument(parser, &argument);
        if argv.len() < MOST_ARGUMENTS {
            argv.push(OsString::from_vec(text(argument)));
        } else if !reported {
            reported = true;
            parser.error(Fault::TooManyArguments { most: MOST_ARGUMENTS }, &argument.span);
        }
    }
    Ok(argv.into_boxed_slice())
}

/// Words of ours that begin a statement must not become arguments, nor may an argument of an existing file become a
/// statement: a number behind `backoff` was never valid, and nobody begins a line with a bare argument of that name.
fn is_extension(parser: &mut Parser) -> bool {
    let token = parser.peek();
    if token.is_word("exitwatch") {
        return token.first_on_line;
    }
    if token.is_word("severity") {
        return token.first_on_line && parser.look(1).is_word("critical");
    }
    token.is_word("backoff") && parser.look(1).kind == Kind::Number
}

fn text(token: Token) -> Vec<u8> {
    match token.value {
        Value::Text(text) => text,
        _ => Vec::new(),
    }
}

fn check_program(parser: &mut Parser, token: &Token, required: bool) {
    let trouble = match parser.so_far.programs.get(token.bytes()) {
        Some(known) => known.clone(),
        None => {
            let found = trouble_with(&*parser.outside, token.bytes());
            parser.so_far.programs.insert(token.bytes().into(), found.clone());
            found
        }
    };
    match trouble {
        None => {}
        // Monit lets it pass, and what is missing may come.
        Some(trouble @ ProgramTrouble::Unable(_)) => parser.warning(Fault::Program(trouble), &token.span),
        Some(trouble) if required => parser.error(Fault::ProgramRequired(trouble), &token.span),
        Some(trouble) => {
            let path = whole_path(&*parser.outside, &trouble, token.bytes());
            let hint = path.map(|path| format!("a program needs its whole path: {path}"));
            parser.warning_with_hint(Fault::Program(trouble), &token.span, hint);
        }
    }
}

/// Where a program is that was named without its path.
fn whole_path(outside: &dyn Outside, trouble: &ProgramTrouble, program: &[u8]) -> Option<String> {
    const FOLDERS: [&str; 6] =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    if *trouble != ProgramTrouble::Missing || program.contains(&b'/') {
        return None;
    }
    let name = String::from_utf8_lossy(program);
    // Several words in single quotes are one: only the first names a program.
    let name = name.split_ascii_whitespace().next()?;
    let is_plain =
        |name: &str| name.len() <= 16 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    let mut paths = FOLDERS.iter().map(|folder| format!("{folder}/{name}"));
    paths
        .find(|path| outside.may(Access::Execute, Path::new(path)).is_ok())
        .or_else(|| Some(format!("/usr/bin/{}", if is_plain(name) { name } else { "NAME" })))
}

/// What keeps a program from being run, if anything does. A folder passes, as it always did.
fn trouble_with(outside: &dyn Outside, program: &[u8]) -> Option<ProgramTrouble> {
    let path = Path::new(OsStr::from_bytes(program));
    match outside.may(Access::Execute, path) {
        Ok(()) => {
            let interpreter = outside.interpreter(path).ok()??;
            match outside.may(Access::Execute, &interpreter) {
                Ok(()) => None,
                Err(_) if outside.status(&interpreter).is_ok() => {
                    Some(ProgramTrouble::Unable(Unable::InterpreterNotExecutable(interpreter)))
                }
                Err(_) => Some(ProgramTrouble::Unable(Unable::NoInterpreter(interpreter))),
            }
        }
        Err(_) if outside.status(path).is_ok() => Some(ProgramTrouble::NotExecutable),
        Err(_) => Some(ProgramTrouble::Missing),
    }
}

/// `STRING | NUMBER`: a user that exists, as a number.
pub(super) fn parse_user(parser: &mut Parser) -> Parsed<(Option<u32>, Span)> {
    let token = parser.expect_kind(&[Kind::String, Kind::Number], Wanted::UserOrNumber)?;
    let text = identity(&token);
    let known = match parser.so_far.users.get(&text) {
        Some(known) => *known,
        None => {
            let found = who(&token, &token.text()).and_then(|who| parser.outside.user(who));
            parser.so_far.users.insert(text, found);
            found
        }
    };
    if known.is_none() {
        parser.error(Fault::UnknownUser, &token.span);
    }
    Ok((known, token.span))
}

/// `STRING | NUMBER`: a group that exists, as a number.
pub(super) fn parse_group(parser: &mut Parser) -> Parsed<(Option<u32>, Span)> {
    let token = parser.expect_kind(&[Kind::String, Kind::Number], Wanted::GroupOrNumber)?;
    let text = identity(&token);
    let known = match parser.so_far.group_numbers.get(&text) {
        Some(known) => *known,
        None => {
            let found = who(&token, &token.text()).and_then(|who| parser.outside.group(who));
            parser.so_far.group_numbers.insert(text, found);
            found
        }
    };
    if known.is_none() {
        parser.error(Fault::UnknownGroup, &token.span);
    }
    Ok((known, token.span))
}

/// What names a user or group: a quoted number is a name.
fn identity(token: &Token) -> Box<str> {
    match token.value {
        Value::Number(number) => number.to_string().into(),
        _ if token.is_quoted() && token.bytes().iter().all(u8::is_ascii_digit) => {
            format!("\"{}\"", token.text()).into()
        }
        _ => token.text(),
    }
}

/// Whom the token means; `None` for a number that nobody can have.
fn who<'a>(token: &Token, text: &'a str) -> Option<Who<'a>> {
    match token.value {
        Value::Number(number) => u32::try_from(number).ok().map(Who::Number),
        _ => Some(Who::Name(text)),
    }
}
