//! TLS options: `ssl { … }`, certificate tests and the old spellings of both.

use super::check::path_of;
use super::checksum::parse_typed_sum;
use super::entry::{Scope, Statement};
use crate::config::{Certificate, Tls, TlsVersions};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::outside::{Access, Kind, Outside, Trouble};
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::Token;
use crate::control::wanted::Wanted;
use std::path::Path;

pub(super) const SSL: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Ssl],
    word: None,
    parse: parse_set,
    grammar: "'set' 'ssl' '{' { ssl_option } '}'",
    example: "set ssl { verify: enable, selfsigned: reject, version: tlsv12 tlsv13 }",
};

/// TLS options as they are collected, and whether they switch TLS on.
#[derive(Debug, Clone, Default)]
pub(super) struct TlsOptions {
    pub(super) tls: Tls,
    pub(super) on: bool,
    pub(super) certificate: Option<Certificate>,
}

impl TlsOptions {
    /// `Some` if TLS is on.
    pub(super) fn into_parts(self) -> (Option<Box<Tls>>, Option<Box<Certificate>>) {
        (self.on.then(|| Box::new(self.tls)), self.certificate.map(Box::new))
    }
}

const VERSIONS: &[K] = &[
    K::SslAuto,
    K::TlsV1,
    K::TlsV11,
    K::TlsV12,
    K::TlsV13,
    K::SslV2,
    K::SslV3,
    K::NoSslV2,
    K::NoSslV3,
    K::NoTlsV1,
    K::NoTlsV11,
    K::NoTlsV12,
    K::NoTlsV13,
];

const FILES: &[K] =
    &[K::PemFile, K::PemChain, K::PemKey, K::ClientPemFile, K::CaCertificateFile, K::CaCertificatePath];

fn parse_set(parser: &mut Parser, _: Token) -> Parsed<()> {
    let mut options = TlsOptions::default();
    parse_block(parser, &mut options)?;
    parser.apply(Change::Tls(options.tls));
    Ok(())
}

/// `'ssl' [ '{' … '}' ]`, `'certificate' 'checksum' …`: whichever stands here. Says whether one did.
pub(super) fn accept_option(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<bool> {
    if parser.accept(K::Ssl) {
        accept_ssl(parser, options)?;
        return Ok(true);
    }
    if !parser.accept(K::Certificate) {
        return Ok(false);
    }
    parser.expect(K::Checksum)?;
    parse_certificate_sum(parser, options)?;
    Ok(true)
}

/// What follows `ssl`. Without braces it switches TLS on; with them, what stands in them does.
pub(super) fn accept_ssl(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<()> {
    if parser.peek().kind == crate::control::token::Kind::Symbol(b'{') {
        return parse_block(parser, options);
    }
    options.on = true;
    Ok(())
}

/// Behind `certificate checksum`.
pub(super) fn parse_certificate_sum(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<()> {
    let sum = parse_typed_sum(parser)?;
    options.certificate.get_or_insert_default().checksum = Some(sum);
    options.on = true;
    Ok(())
}

/// Behind `certificate valid`.
pub(super) fn parse_certificate_valid(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<()> {
    parser.accept(K::Greater);
    let (days, _) = parser.expect_number()?;
    parser.expect(K::Day)?;
    options.certificate.get_or_insert_default().valid_days = Some(days);
    options.on = true;
    Ok(())
}

/// `tlsv12`, `certmd5 "…"`: the spellings without braces. Says whether one stood here.
pub(super) fn accept_old_option(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<bool> {
    if accept_version(parser, &mut options.tls) {
        options.on = true;
        return Ok(true);
    }
    let token = parser.peek().clone();
    if !parser.accept(K::CertMd5) {
        return Ok(false);
    }
    let fault = Fault::Deprecated { old: "certmd5", new: "'certificate checksum'" };
    parser.warning(fault, &token.span);
    let sum = super::checksum::parse_md5(parser)?;
    options.certificate.get_or_insert_default().checksum = Some(sum);
    options.on = true;
    Ok(true)
}

fn parse_block(parser: &mut Parser, options: &mut TlsOptions) -> Parsed<()> {
    parser.expect_symbol(b'{')?;
    loop {
        if parser.accept_symbol(b'}') {
            return Ok(());
        }
        let mut words = vec![K::Verify, K::SelfSigned, K::Version, K::Cipher];
        words.extend_from_slice(FILES);
        let keyword = parser.expect_any(&words)?;
        parser.expect_symbol(b':')?;
        options.on |= keyword != K::Cipher;
        match keyword {
            K::Verify => options.tls.verify = Some(parser.expect_any(&[K::Enable, K::Disable])? == K::Enable),
            K::SelfSigned => {
                options.tls.selfsigned = Some(parser.expect_any(&[K::Allow, K::Reject])? == K::Allow);
            }
            K::Version => while accept_version(parser, &mut options.tls) {},
            K::Cipher => options.tls.ciphers = Some(parser.expect_string(Wanted::Ciphers)?.text()),
            file => {
                let token = parser.expect_path(Wanted::Path)?;
                set_file(parser, options, file, &token);
            }
        }
    }
}

/// Puts a file that exists and can be read into its place, once in all the options of a statement.
pub(super) fn set_file(parser: &mut Parser, options: &mut TlsOptions, keyword: K, token: &Token) {
    let path = path_of(token);
    let folder = keyword == K::CaCertificatePath;
    if let Err(reason) = usable(&*parser.outside, &path, folder) {
        parser.error(Fault::PemUnusable { option: keyword.name(), reason }, &token.span);
    }
    let slot = match keyword {
        K::PemFile => &mut options.tls.pemfile,
        K::PemChain => &mut options.tls.pemchain,
        K::PemKey => &mut options.tls.pemkey,
        K::ClientPemFile => &mut options.tls.clientpemfile,
        K::CaCertificateFile => &mut options.tls.ca_file,
        _ => &mut options.tls.ca_path,
    };
    if slot.replace(path).is_some() {
        parser.error(Fault::PemDuplicate { option: keyword.name() }, &token.span);
    }
}

fn usable(outside: &dyn Outside, path: &Path, folder: bool) -> Result<(), Trouble> {
    let facts = outside.status(path)?;
    if folder && facts.kind != Kind::Folder {
        return Err(Trouble::NotAFolder);
    }
    if !folder && facts.kind != Kind::File {
        return Err(Trouble::NotAFile);
    }
    outside.may(Access::Read, path)
}

/// One version, added to or taken from those named before it.
fn accept_version(parser: &mut Parser, tls: &mut Tls) -> bool {
    let token = parser.peek().clone();
    let Some(keyword) = parser.accept_any(VERSIONS) else { return false };
    let mut versions = tls.versions.unwrap_or_default();
    match keyword {
        K::SslAuto => (versions.tlsv12, versions.tlsv13) = (true, true),
        K::TlsV1 => versions.tlsv1 = true,
        K::TlsV11 => versions.tlsv11 = true,
        K::TlsV12 => versions.tlsv12 = true,
        K::TlsV13 => versions.tlsv13 = true,
        K::NoTlsV1 => versions.tlsv1 = false,
        K::NoTlsV11 => versions.tlsv11 = false,
        K::NoTlsV12 => versions.tlsv12 = false,
        K::NoTlsV13 => versions.tlsv13 = false,
        K::SslV2 | K::SslV3 => parser.error(Fault::TlsVersionUnsupported, &token.span),
        // They are never on.
        _ => {}
    }
    tls.versions = Some(versions).filter(|versions| *versions != TlsVersions::default());
    true
}
