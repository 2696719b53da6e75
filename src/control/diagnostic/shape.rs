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
        || whole_network(text).is_some()
}

/// A network whose address was cut short, in full: of `10/8` it is `10.0.0.0/8`.
pub(in crate::control) fn whole_network(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    let octets: Vec<u8> =
        address.trim_end_matches('.').split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    let length: u8 = bits.parse().ok().filter(|length| *length <= 32)?;
    let [a, b, c] = [0, 1, 2].map(|at| octets.get(at).copied().unwrap_or(0));
    (octets.len() < 4).then(|| format!("{a}.{b}.{c}.0/{length}"))
}

/// `my.example.org`: labels of letters and digits, of which the last has letters alone.
pub(super) fn is_dotted_name(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = |label: &str| label.len() > 1 && label.bytes().all(|byte| byte.is_ascii_alphabetic());
    text.len() <= 253
        && text.rsplit_once('.').is_some_and(|(first, top)| first.split('.').all(label) && last(top))
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
