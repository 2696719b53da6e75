//! `set mailserver`: the servers alerts go through.

use super::amount::parse_timeout;
use super::entry::{Scope, Statement};
use super::ssl::{TlsOptions, accept_old_option, accept_option};
use crate::config::MailServer;
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;

pub(super) const MAIL_SERVER: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::MailServer],
    word: None,
    parse,
    grammar: "'set' 'mailserver' mailserver { mailserver } [ 'timeout' NUMBER 's' ] [ 'hostname' STRING ]",
    example: "set mailserver mx.example.com port 587 username \"monit\" password \"secret\" using tls, localhost with timeout 15 seconds",
};

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    let mut before = parse_one(parser, &lead, Before::Nothing)?;
    while parser.peek().kind == Kind::String {
        before = parse_one(parser, &lead, before)?;
    }
    let mut timeout = parser.settings().limits.network_timeout;
    if parser.accept(K::Timeout) {
        timeout = parse_timeout(parser, false)?;
    }
    let mut hostname = None;
    if parser.accept(K::Hostname) {
        hostname = Some(parser.expect_string(Wanted::HostName)?.text());
    }
    parser.apply(Change::MailServers { timeout, hostname });
    Ok(())
}

/// Words of other programs that were meant to say who logs in: here each is a mail server, and so is the password behind it.
const LOGIN: &[&str] = &["user", "username", "login", "pass", "passwd", "password", "pwd"];

/// What stands in the list before a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Servers,
    /// A word of [`LOGIN`]: what follows may be a password.
    Login,
}

/// One server; says what then stands before the next one.
fn parse_one(parser: &mut Parser, lead: &Token, mut before: Before) -> Parsed<Before> {
    let token = parser.expect_string(Wanted::MailServer)?;
    let host = token.text();
    // A server alone may have such a name.
    if before != Before::Nothing && LOGIN.iter().any(|word| host.eq_ignore_ascii_case(word)) {
        parser.warning(Fault::LoginAsServer, &token.span);
        before = Before::Login;
    }
    let doubtful = before == Before::Login;
    let mut port = 25;
    if parser.accept(K::Port) {
        port = parser.expect_number()?.0;
    }
    let (mut username, mut password) = (None, None);
    let mut options = TlsOptions::default();
    loop {
        if parser.accept(K::Username) {
            username = Some(parser.expect_kind(&[Kind::String, Kind::Mail], Wanted::UserName)?.text());
        } else if parser.accept(K::Password) {
            password = Some(parser.expect_string(Wanted::Password)?.text());
        } else if !accept_option(parser, &mut options)? && !accept_old_option(parser, &mut options)? {
            break;
        }
    }
    let (tls, certificate) = options.into_parts();
    let place = lead.span.place();
    let server = MailServer { place, host, port, username, password, tls, certificate, doubtful };
    parser.apply(Change::MailServer(Box::new(server)));
    Ok(if doubtful { Before::Login } else { Before::Servers })
}
