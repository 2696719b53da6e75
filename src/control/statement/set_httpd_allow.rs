//! `allow`: who may use the web interface.

use super::check::path_of;
use crate::config::{Allow, Credentials, PasswordForm};
use crate::control::diagnostic::{Fault, whole_network};
use crate::control::keyword::Keyword as K;
use crate::control::outside::Outside;
use crate::control::parser::{Change, HttpdChange, Parsed, Parser};
use crate::control::remark::Remark;
use crate::control::token::{Kind, Span, Token};
use crate::control::wanted::Wanted;
use std::collections::HashSet;
use std::net::IpAddr;

/// Passwords of one file that are looked at.
const MOST_LINES: usize = 100_000;

/// Behind `allow`.
pub(super) fn parse_allow(parser: &mut Parser) -> Parsed<()> {
    if parser.accept_kind(&[Kind::Symbol(b'@')], Wanted::PamGroup).is_some() {
        let group = parser.expect_string(Wanted::SystemGroup)?;
        let readonly = parser.accept(K::ReadOnly);
        add_user(parser, group.text(), "".into(), PasswordForm::PamGroup, readonly, &group.span);
        return Ok(());
    }
    if let Some(form) = parser.accept_any(&[K::ClearText, K::Md5, K::Crypt]) {
        let form = match form {
            K::Md5 => PasswordForm::Md5,
            K::Crypt => PasswordForm::Crypt,
            _ => PasswordForm::Cleartext,
        };
        let path = parser.expect_path(Wanted::PasswordFile)?;
        return parse_file(parser, &path, form);
    }
    let token = parser.expect_string_or_path(Wanted::Allowed)?;
    if token.kind == Kind::Path {
        return parse_file(parser, &token, PasswordForm::Cleartext);
    }
    if parser.accept_symbol(b':') {
        let password = parser.expect_string(Wanted::Password)?;
        let readonly = parser.accept(K::ReadOnly);
        add_user(parser, token.text(), password.text(), PasswordForm::Cleartext, readonly, &token.span);
        return Ok(());
    }
    let text = token.text();
    if !may_be_host(&text) {
        // Not looked up, and shown nowhere: it may be a password.
        match whole_network(&text) {
            Some(whole) => {
                let hint = format!("write all four numbers of the address: allow {whole}");
                parser.warning_with_hint(Fault::NothingToAllow, &token.span, Some(hint));
            }
            None => parser.warning(Fault::NothingToAllow, &token.span),
        }
        let nobody = Allow { text: "(no host)".into(), networks: Vec::new() };
        parser.apply(Change::Httpd(HttpdChange::Allow(nobody)));
        return Ok(());
    }
    let networks = match networks(&*parser.outside, &text) {
        Ok(networks) => networks,
        Err(fault) => {
            parser.warning(fault, &token.span);
            Vec::new()
        }
    };
    // A name may stand for several addresses: only what is new counts.
    let network = text.contains('/');
    // As the reference has it, a mask in digits is not compared with a number of bits.
    let mask = text.split_once('/').is_some_and(|(_, bits)| bits.contains(['.', ':']));
    let known = &mut parser.so_far.networks;
    let (new, old): (Vec<_>, Vec<_>) =
        networks.iter().partition(|(address, length)| known.insert((mask, *address, *length)));
    if let (Some((address, _)), []) = (old.first(), &*new) {
        let address = (!network).then_some(*address);
        parser.warning(Fault::DuplicateAllow { text: text.into(), address }, &token.span);
        return Ok(());
    }
    for (address, _) in new {
        parser.remark(Remark::Host(text.clone(), (!network).then_some(address)));
    }
    parser.apply(Change::Httpd(HttpdChange::Allow(Allow { text, networks })));
    Ok(())
}

fn add_user(
    parser: &mut Parser,
    name: Box<str>,
    password: Box<str>,
    form: PasswordForm,
    readonly: bool,
    span: &Span,
) {
    let group = form == PasswordForm::PamGroup;
    if !parser.so_far.allowed.insert((group, name.to_ascii_lowercase())) {
        return parser.warning(Fault::DuplicateCredentials, span);
    }
    parser.remark(if group { Remark::PamGroup(name.clone()) } else { Remark::User(name.clone()) });
    parser.apply(Change::Httpd(HttpdChange::User(Credentials { name, password, form, readonly })));
}

/// `PATH { STRING }`: a file of `user:password` lines; with names behind it, only those.
fn parse_file(parser: &mut Parser, path: &Token, form: PasswordForm) -> Parsed<()> {
    let mut wanted: HashSet<Box<str>> = HashSet::new();
    while let Some(name) = parser.accept_kind(&[Kind::String], Wanted::UserName) {
        wanted.insert(name.text());
    }
    let file = path_of(path);
    parser.apply(Change::Httpd(HttpdChange::PasswordFile(file.clone(), path.span.place())));
    let source = match parser.outside.read(&file) {
        Ok(source) => source,
        Err(reason) => {
            parser.error(Fault::Htpasswd { reason }, &path.span);
            return Ok(());
        }
    };
    let mut found = false;
    for line in source.text.split(|byte| *byte == b'\n').take(MOST_LINES) {
        let Some((name, password)) = entry(line, form) else { continue };
        if wanted.is_empty() || wanted.contains(&name) {
            found = true;
            if form != PasswordForm::Cleartext && password.starts_with("{SHA}") {
                parser.warning(Fault::HtpasswdSha { user: name.clone() }, &path.span);
            }
            add_user(parser, name, password, form, false, &path.span);
        }
    }
    if !found {
        parser.warning(Fault::HtpasswdEmpty, &path.span);
    }
    Ok(())
}

/// `user:password`; a `#` begins a comment, and behind a digest a second colon ends it.
fn entry(line: &[u8], form: PasswordForm) -> Option<(Box<str>, Box<str>)> {
    let line = line.split(|byte| *byte == b'#').next()?.trim_ascii();
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii();
    let mut password = line.get(colon + 1..)?.trim_ascii();
    if form != PasswordForm::Cleartext {
        password = password.split(|byte| *byte == b':').next()?.trim_ascii();
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
    (!name.is_empty() && !password.is_empty()).then(|| (text(name), text(password)))
}

/// Can it be a host, an address or a network?
fn may_be_host(text: &str) -> bool {
    let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match text.split_once('/') {
        Some((address, bits)) => {
            address.parse::<IpAddr>().is_ok()
                && bits.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:".contains(&byte))
        }
        None => text.parse::<IpAddr>().is_ok() || !text.is_empty() && text.bytes().all(name),
    }
}

/// The networks that an address, a network or a host name stands for.
fn networks(outside: &dyn Outside, text: &str) -> Result<Vec<(IpAddr, u8)>, Fault> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return match bits {
            // Only a name can be looked up.
            Some(_) => Err(Fault::NotANetwork),
            None => resolve(outside, text),
        };
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match bits {
        None => most,
        Some(bits) => prefix(bits).filter(|length| *length <= most).ok_or(Fault::NotANetwork)?,
    };
    Ok(vec![(address, length)])
}

/// `24` or `255.255.255.0`.
fn prefix(bits: &str) -> Option<u8> {
    if let Ok(length) = bits.parse() {
        return Some(length);
    }
    let mask = u32::from(bits.parse::<std::net::Ipv4Addr>().ok()?);
    (mask.leading_ones() + mask.trailing_zeros() == 32).then_some(mask.leading_ones() as u8)
}

fn resolve(outside: &dyn Outside, host: &str) -> Result<Vec<(IpAddr, u8)>, Fault> {
    let found = outside.addresses(host).map_err(|reason| Fault::AllowUnresolved { reason })?;
    let mut networks: Vec<(IpAddr, u8)> = Vec::new();
    for address in found.iter().map(|address| address.ip()) {
        let network = (address, if address.is_ipv4() { 32 } else { 128 });
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}
