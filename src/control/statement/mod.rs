//! The statements of the language, one file each, and the loop that finds out which one begins.
//!
//! A statement is a [`Statement`] in its file and one line in [`STATEMENTS`]; a test is a [`TestForm`] and one line in
//! [`TESTS`]. Suggestions, recovery after errors and the check of `doc/GRAMMAR.md` follow from these lists.

mod action;
mod alert;
mod amount;
mod argument;
pub mod check;
mod check_heartbeat;
mod checksum;
mod connection;
mod connection_option;
mod cron;
mod depends;
mod entry;
mod every;
mod extension;
mod group;
mod ignore;
mod mail_format;
mod mode;
mod on_off;
mod once;
mod program;
mod protocol_option;
mod set_daemon;
mod set_file;
mod set_flag;
mod set_heartbeat;
mod set_httpd;
mod set_httpd_allow;
mod set_limits;
mod set_log;
mod set_mailserver;
mod set_maintenance;
mod set_mmonit;
mod set_noise;
mod set_queue;
mod set_webhook;
mod shell;
mod ssl;
mod test;
mod test_content;
mod test_extension;
mod test_file;
mod test_filesystem;
mod test_form;
mod test_identity;
mod test_network;
mod test_ping;
mod test_process;
mod test_program;
mod test_resource;

pub use super::types::Types;
pub use action::action_words;
pub use alert::event_words;
pub(crate) use check::finish_service;
pub use entry::{Scope, Statement};
pub use test::TESTS;
pub use test_form::{Lead, TestForm};

use super::diagnostic::Fault;
use super::keyword::Keyword;
use super::language::Language;
use super::parser::{Change, Failed, Parsed, Parser, Tried};
use super::token::{Kind, Token};

/// Every statement but `check` (see [`check::HEADS`]) and `if` (see [`TESTS`]).
pub const STATEMENTS: &[&Statement] = &[
    &set_daemon::DAEMON,
    &set_flag::INIT,
    &set_flag::TERMINAL,
    &set_flag::FIPS,
    &set_flag::ON_REBOOT,
    &set_log::LOG,
    &set_file::PID_FILE,
    &set_file::ID_FILE,
    &set_file::STATE_FILE,
    &set_limits::EXPECT_BUFFER,
    &set_limits::LIMITS,
    &ssl::SSL,
    &set_queue::EVENT_QUEUE,
    &set_mmonit::MMONIT,
    &set_mailserver::MAIL_SERVER,
    &mail_format::MAIL_FORMAT,
    // Before the other, which begins with the same word.
    &set_webhook::WEBHOOK,
    &set_noise::NOISE,
    &alert::SET_ALERT,
    &set_httpd::HTTPD,
    &extension::SET_EXIT_WATCH,
    &extension::HISTORY,
    &extension::EVIDENCE,
    &set_heartbeat::HEARTBEAT,
    &set_maintenance::MAINTENANCE,
    &extension::METRICS,
    &program::PROGRAM,
    &every::EVERY,
    &every::NOT_EVERY,
    &mode::MODE,
    &mode::ON_REBOOT,
    &group::GROUP,
    &depends::DEPENDS,
    &alert::ALERT,
    &alert::NO_ALERT,
    &ignore::IGNORE,
    &test::IF,
    &extension::EXIT_WATCH,
    &extension::BACKOFF,
    &set_noise::SEVERITY,
];

/// What the parser and the hints know of all this.
pub(crate) static LANGUAGE: Language = Language {
    in_service: |keyword| {
        let mut mine = STATEMENTS.iter().filter(|statement| statement.scope == Scope::Service);
        mine.any(|statement| statement.leads.contains(&keyword))
    },
    actions: action::ACTIONS,
    events: alert::EVENTS,
};

/// Reads this many statements. `true`: there are no more.
pub(crate) fn parse_some(parser: &mut Parser, statements: usize) -> bool {
    for _ in 0..statements {
        if parser.peek().kind == Kind::End {
            return true;
        }
        parser.begin_statement();
        if parse(parser).is_err() {
            parser.recover();
        }
        if parser.gives_up() {
            return true;
        }
    }
    false
}

/// Reads one statement.
fn parse(parser: &mut Parser) -> Parsed<()> {
    let kind = parser.peek().kind;
    match kind {
        Kind::Keyword(Keyword::Set) => {
            let set = parser.presume();
            parser.apply(Change::Whole);
            leave_service_by_set(parser, &set);
            finish_service(parser);
            one_of(parser, Scope::Global)
        }
        Kind::Keyword(keyword) if keyword.begins_block() => {
            finish_service(parser);
            check::parse(parser)
        }
        _ if parser.so_far.service.is_some() => one_of(parser, Scope::Service),
        _ => Err(unexpected_block(parser)),
    }
}

fn one_of(parser: &mut Parser, scope: Scope) -> Parsed<()> {
    let mine = STATEMENTS.iter().filter(|statement| statement.scope == scope);
    let keyword = parser.peek().keyword();
    for statement in mine.clone() {
        if keyword.is_some_and(|keyword| statement.leads.contains(&keyword))
            || statement.word.is_some_and(|word| parser.peek().is_word(word))
        {
            let lead = parser.presume();
            parser.so_far.statement = Some((lead.span.clone(), lead.keyword()));
            return (statement.parse)(parser, lead);
        }
    }
    for statement in mine {
        for keyword in statement.leads {
            parser.would_accept(Tried::Keyword(*keyword));
        }
        if let Some(word) = statement.word {
            parser.would_accept(Tried::Word(word));
        }
    }
    if scope == Scope::Service {
        check::would_accept_block(parser);
    }
    Err(parser.unexpected())
}

/// Neither `set` nor `check` where one of them is due.
fn unexpected_block(parser: &mut Parser) -> Failed {
    check::would_accept_block(parser);
    parser.unexpected()
}

/// `set` ends a service. Says so if it looks as if it were meant to belong to it.
fn leave_service_by_set(parser: &mut Parser, set: &Token) {
    if parser.so_far.service.is_none() || !parser.peek().is(Keyword::Alert) {
        return;
    }
    let span = set.span.clone();
    if set.first_on_line && span.start > span.source.line_start(span.start) {
        parser.advice(Fault::AlertIsGlobal, &span);
    }
}
