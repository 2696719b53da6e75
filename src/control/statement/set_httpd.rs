//! `set httpd`: the web interface.

use super::amount::parse_permission;
use super::argument::{parse_group, parse_user};
use super::check::path_of;
use super::entry::{Scope, Statement};
use super::set_httpd_allow::parse_allow;
use super::ssl::{TlsOptions, accept_ssl, set_file};
use crate::config::{Tls, UnixListener};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::outside::Outside;
use crate::control::parser::{Change, HttpdChange, Parsed, Parser};
use crate::control::token::Token;
use crate::control::wanted::Wanted;

pub(super) const HTTPD: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Httpd],
    word: None,
    parse,
    grammar: "'set' 'httpd' { httpd_option }",
    example: "set httpd port 2812 and use address localhost allow localhost allow admin:\"monit\"",
};

fn parse(parser: &mut Parser, lead: Token) -> Parsed<()> {
    parser.apply(Change::Httpd(HttpdChange::Begins(lead.span.place())));
    let mut options = TlsOptions::default();
    // Ciphers alone switch nothing on: they wait for the statement that does.
    options.tls.ciphers = parser.so_far.httpd_ciphers.take();
    parse_options(parser, &mut options)?;
    if !options.on {
        parser.so_far.httpd_ciphers = options.tls.ciphers.take();
    }
    // A statement that switches TLS on says all of it; one that does not leaves it as it was.
    if let Some(tls) = options.into_parts().0 {
        if let Some(fault) = wrong_key(&tls, &*parser.outside) {
            parser.error(fault, &lead.span);
        }
        parser.apply(Change::Httpd(HttpdChange::Tls(tls)));
    }
    Ok(())
}

fn parse_options(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<()> {
    loop {
        let token = parser.peek().clone();
        if parser.accept(K::Port) {
            let (port, _) = parser.expect_number()?;
            let readonly = parser.accept(K::ReadOnly);
            parser.apply(Change::Httpd(HttpdChange::Port(port, readonly)));
        } else if parser.accept(K::UnixSocket) {
            parse_unix(parser)?;
        } else if parser.accept(K::Address) {
            let address = parser.expect_string(Wanted::Address)?;
            if parser.settings().httpd.address.is_some() {
                parser.warning(Fault::HttpdAddressTwice, &address.span);
            }
            parser.apply(Change::Httpd(HttpdChange::Address(address.text())));
        } else if parser.accept(K::Signature) {
            let word = parser.expect_any(&[K::Enable, K::Disable])?;
            parser.apply(Change::Httpd(HttpdChange::Signature(word == K::Enable)));
        } else if let Some(word) = parser.accept_any(&[K::Enable, K::Disable]) {
            parser.expect(K::Signature)?;
            parser.apply(Change::Httpd(HttpdChange::Signature(word == K::Enable)));
        } else if parser.accept(K::Ssl) {
            accept_ssl(parser, options)?;
        } else if let Some(word) = parser.accept_any(&[K::PemFile, K::ClientPemFile]) {
            let fault = Fault::Deprecated {
                old: if word == K::PemFile { "pemfile" } else { "clientpemfile" },
                new: "'with ssl { … }'",
            };
            parser.warning(fault, &token.span);
            let path = parser.expect_path(Wanted::Path)?;
            set_file(parser, options, word, &path);
            options.on = true;
        } else if parser.accept(K::AllowSelfCertification) {
            let fault =
                Fault::Deprecated { old: "allowselfcertification", new: "'with ssl { selfsigned: allow }'" };
            parser.warning(fault, &token.span);
            options.tls.selfsigned = Some(true);
            options.on = true;
        } else if parser.accept(K::Allow) {
            parse_allow(parser)?;
        } else {
            return Ok(());
        }
    }
}

fn parse_unix(parser: &mut Parser) -> Parsed<()> {
    let path = path_of(&parser.expect_path(Wanted::Socket)?);
    // Once read-only, always read-only: a later statement moves the socket and takes nothing back.
    let readonly = parser.settings().httpd.unix.as_ref().is_some_and(|unix| unix.readonly);
    let mut listener = UnixListener { path, uid: None, gid: None, permission: None, readonly };
    loop {
        if parser.accept(K::Uid) {
            listener.uid = parse_user(parser)?.0;
        } else if parser.accept(K::Gid) {
            listener.gid = parse_group(parser)?.0;
        } else if parser.accept(K::Permission) {
            listener.permission = Some(parse_permission(parser)?.into());
        } else if parser.accept(K::ReadOnly) {
            listener.readonly = true;
        } else {
            break;
        }
    }
    parser.apply(Change::Httpd(HttpdChange::Unix(listener)));
    Ok(())
}

/// TLS needs a key, and the key needs to be ours.
fn wrong_key(tls: &Tls, outside: &dyn Outside) -> Option<Fault> {
    const MOST: u32 = 0o750;
    let key = match (&tls.pemfile, &tls.pemchain, &tls.pemkey) {
        (Some(file), None, None) => file,
        (None, Some(_), Some(key)) => key,
        (Some(_), _, _) => return Some(Fault::HttpdPemMixed),
        _ => return Some(Fault::HttpdNeedsPem),
    };
    let facts = outside.status(key).ok()?;
    if facts.owner != outside.own_user() {
        return Some(Fault::PemOwner);
    }
    let mode = facts.mode;
    (mode & !MOST != 0).then_some(Fault::PemMode { mode, most: MOST })
}
