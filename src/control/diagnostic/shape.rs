//! What a text looks like: how much of it tells nothing but what it is.

use super::words;
use crate::control::spelling::closest;
use std::net::IpAddr;

/// The length of `http://`.
pub(super) fn scheme(text: &str) -> usize {
    let at = text.find("://").unwrap_or_default();
    let plain = |scheme: &str| {
        !scheme.is_empty() && scheme.len() < 7 && scheme.bytes().all(|b| b.is_ascii_alphabetic())
    };
    text.get(..at).filter(|scheme| plain(scheme)).map_or(0, |_| at + 3)
}

/// The length of the path of a program, or of its name.
pub(super) fn program(text: &str) -> usize {
    let path = text.split(char::is_whitespace).next().unwrap_or_default();
    if is_path(path) || is_choice(path) { path.len() } else { 0 }
}

pub(super) fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@*?[],~".contains(&byte))
}

pub(super) fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    text.parse::<IpAddr>().is_ok() || !text.is_empty() && text.bytes().all(plain)
}

/// A host or network that can be nothing else, or was meant to be this one.
pub(super) fn is_network(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    text.eq_ignore_ascii_case("localhost")
        || text.len() > 6 && closest(text, ["localhost"].into_iter()).is_some()
        || address.parse::<IpAddr>().is_ok() && bits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && !text.contains(['@', '=', ':', '"', '\''])
}

pub(super) fn is_choice(text: &str) -> bool {
    text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
}

pub(super) fn is_harmless(text: &str) -> bool {
    let words =
        text.split(|c: char| !c.is_alphanumeric() && c != '-').map(|word| word.trim_start_matches('-'));
    !text.contains('@') && !text.contains("://") && !words.into_iter().any(words::is_alarming)
}

/// An operator, a bracket.
pub(super) fn is_sign(text: &str) -> bool {
    text.len() <= 8 && text.bytes().all(|byte| b"=<>!{}[]|@:+-*%/&".contains(&byte))
}
