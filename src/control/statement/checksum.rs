//! Checksums: of files, of certificates, of answers.

use super::test_form::{Lead, Meaning, Opening};
use crate::config::{ChecksumKind, Condition, Digest, Subject};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::outside::Trouble;
use crate::control::parser::{Parsed, Parser};
use crate::control::token::Token;
use crate::control::wanted::Wanted;
use std::path::Path;

/// What is no hex digit does not count: sums are written with colons, blanks, dashes.
fn hex_of(token: &Token) -> String {
    const LONGEST: usize = 64;
    let digits = token.bytes().iter().filter(|byte| byte.is_ascii_hexdigit());
    let mut hex: String = digits.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    // A line of sha256sum(1) has the name of the file behind the sum.
    if hex.len() < token.bytes().len() {
        hex.truncate(LONGEST);
    }
    hex
}

fn kind_of(hex: &str) -> Option<ChecksumKind> {
    match hex.len() {
        32 => Some(ChecksumKind::Md5),
        40 => Some(ChecksumKind::Sha1),
        64 => Some(ChecksumKind::Sha256),
        _ => None,
    }
}

fn kind_word(keyword: K) -> ChecksumKind {
    match keyword {
        K::Md5 => ChecksumKind::Md5,
        K::Sha1 => ChecksumKind::Sha1,
        _ => ChecksumKind::Sha256,
    }
}

fn name(kind: ChecksumKind) -> &'static str {
    match kind {
        ChecksumKind::Md5 => "MD5",
        ChecksumKind::Sha1 => "SHA1",
        ChecksumKind::Sha256 => "SHA256",
    }
}

/// A sum whose kind is its length.
pub(super) fn parse_sum(parser: &mut Parser) -> Parsed<(ChecksumKind, Box<str>)> {
    let token = parser.expect_string(Wanted::Checksum)?;
    Ok(sum_of(parser, &token, None))
}

/// `[ 'md5' | 'sha1' | 'sha256' ] [ '=' ] STRING`.
pub(super) fn parse_typed_sum(parser: &mut Parser) -> Parsed<(ChecksumKind, Box<str>)> {
    let wanted = parser.accept_any(&[K::Md5, K::Sha1, K::Sha256]).map(kind_word);
    parser.accept(K::Equal);
    let token = parser.expect_string(Wanted::Checksum)?;
    Ok(sum_of(parser, &token, wanted))
}

fn sum_of(parser: &mut Parser, token: &Token, wanted: Option<ChecksumKind>) -> (ChecksumKind, Box<str>) {
    let hex = hex_of(token);
    let found = kind_of(&hex);
    match (wanted, found) {
        (Some(wanted), found) if found != Some(wanted) => {
            parser.error(Fault::ChecksumLength { kind: name(wanted) }, &token.span);
        }
        (None, None) => parser.error(Fault::InvalidChecksum, &token.span),
        _ => {}
    }
    (wanted.or(found).unwrap_or_default(), hex.into())
}

/// `failed|changed [ type ] 'checksum' [ 'expect' STRING ]` of a file.
pub(super) fn parse_test(parser: &mut Parser, opening: &Opening) -> Parsed<Meaning> {
    let mut wanted = None;
    if opening.lead.keyword() != K::Checksum {
        wanted = Some(kind_word(opening.lead.keyword()));
        parser.expect(K::Checksum)?;
    }
    let kind = wanted.unwrap_or_default();
    if matches!(opening.lead, Lead::Changed(_)) {
        warn_if_unreadable(parser, opening);
        return Ok(Meaning::without_else(Condition::ChecksumChanged(kind)));
    }
    if !parser.accept(K::Expect) {
        let digest = sum_of_file(parser, opening, kind);
        return Ok(Meaning::new(Condition::Checksum(kind, digest)));
    }
    let token = parser.expect_string(Wanted::Checksum)?;
    let hex = hex_of(&token);
    let fits = match wanted {
        // The length of what is called a SHA256 sum was never checked, so files have others.
        Some(ChecksumKind::Sha256) => true,
        Some(wanted) => kind_of(&hex) == Some(wanted),
        None => kind_of(&hex).is_some(),
    };
    if !fits {
        let fault = wanted.map_or(Fault::InvalidChecksum, |kind| Fault::ChecksumLength { kind: name(kind) });
        parser.error(fault, &token.span);
    }
    let kind = wanted.or(kind_of(&hex)).unwrap_or_default();
    Ok(Meaning::new(Condition::Checksum(kind, Some(Box::new(Digest { hex: hex.into(), given: true })))))
}

/// The path of the file that is being checked.
fn file_path(parser: &Parser) -> Option<Box<Path>> {
    match parser.so_far.service.as_ref().map(|service| &service.subject) {
        Some(Subject::File(path)) => Some(path.clone()),
        _ => None,
    }
}

/// Without an expected sum, the file as it is now is the right one.
fn sum_of_file(parser: &mut Parser, opening: &Opening, kind: ChecksumKind) -> Option<Box<Digest>> {
    let path = file_path(parser)?;
    let hex = parser.outside.digest(&path, kind);
    let hex = hex.map_err(|reason| warn(parser, opening, &path, reason)).ok()?;
    Some(Box::new(Digest { hex: hex.into(), given: false }))
}

fn warn_if_unreadable(parser: &mut Parser, opening: &Opening) {
    let Some(path) = file_path(parser) else { return };
    if let Err(reason) = parser.outside.open(&path) {
        warn(parser, opening, &path, reason);
    }
}

fn warn(parser: &mut Parser, opening: &Opening, path: &Path, reason: Trouble) {
    let path = path.display().to_string();
    parser.warning(Fault::ChecksumNotComputed { path, reason }, &opening.span);
}

/// The sum behind `certmd5`.
pub(super) fn parse_md5(parser: &mut Parser) -> Parsed<(ChecksumKind, Box<str>)> {
    parse_sum(parser)
}
