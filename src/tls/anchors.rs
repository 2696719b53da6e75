//! The trust anchors a presented chain may lead to, read from files while the handshake waits. Nothing is kept.

use super::certificate::Fields;
use super::pem::open;
use super::{Failure, Options};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};

/// Where distributions keep the bundle of all trusted roots.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// Most files read of a folder.
const FILES_LIMIT: usize = 4096;

/// What was found in the files.
#[derive(Debug)]
pub struct Anchors {
    /// The anchors that could have signed something in the chain.
    pub roots: RootCertStore,
    /// The server's own certificate is among the trusted ones.
    pub exact: bool,
}

/// Reads the anchors whose subject is the issuer of `server` or of one of `others`.
pub fn matching(options: &Options, server: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Anchors {
    let chain = std::iter::once(server).chain(others);
    let issuers: Vec<&[u8]> =
        chain.filter_map(|certificate| Fields::parse(certificate)).map(|fields| fields.issuer).collect();
    let mut anchors = Anchors { roots: RootCertStore::empty(), exact: false };
    let mut seen = |der: CertificateDer<'static>| {
        anchors.exact |= der == *server;
        if Fields::parse(&der).is_some_and(|fields| issuers.contains(&fields.subject)) {
            // An anchor webpki cannot read is as good as absent; the chain then fails for want of an issuer.
            let _ = anchors.roots.add(der);
        }
    };
    if options.ca_file.is_none() && options.ca_path.is_none() {
        let (file, folder) = defaults();
        if let Some(file) = file {
            read_file(&file, &mut seen);
        }
        if let Some(folder) = folder {
            read_folder(&folder, &mut seen);
        }
    }
    if let Some(file) = &options.ca_file {
        read_file(file, &mut seen);
    }
    if let Some(folder) = &options.ca_path {
        read_folder(folder, &mut seen);
    }
    anchors
}

/// The host's bundle, or what the environment names instead as it does for OpenSSL.
fn defaults() -> (Option<PathBuf>, Option<PathBuf>) {
    let file = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let folder = std::env::var_os("SSL_CERT_DIR").map(PathBuf::from);
    if file.is_some() || folder.is_some() {
        return (file, folder);
    }
    (BUNDLES.iter().map(PathBuf::from).find(|path| path.exists()), None)
}

/// All certificates of what a file holds, at least one.
pub fn certificates_in(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let wrong = |text: String| Failure::File(path.to_path_buf(), text.into());
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(bytes) {
        found.push(certificate.map_err(|error| wrong(error.to_string()))?);
    }
    if found.is_empty() { Err(wrong("no certificate in it".into())) } else { Ok(found) }
}

fn read_folder(folder: &Path, seen: &mut impl FnMut(CertificateDer<'static>)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten().take(FILES_LIMIT) {
        read_file(&entry.path(), seen);
    }
}

fn read_file(path: &Path, seen: &mut impl FnMut(CertificateDer<'static>)) {
    let Ok(file) = open(path) else { return };
    // One unreadable block does not hide the others.
    CertificateDer::pem_reader_iter(file).flatten().for_each(seen);
}
