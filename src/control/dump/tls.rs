//! TLS options and certificate tests.

use crate::config::{Certificate, Tls, TlsVersions};
use std::fmt::Write;

/// ` using TLS with options {…} and certificate …`, or nothing if there is no TLS. `implied`: the scheme or the protocol asks
/// for it.
pub fn clause(tls: Option<&Tls>, certificate: Option<&Certificate>, implied: bool) -> String {
    let mut text = String::new();
    if tls.is_none_or(|tls| !in_use(tls)) && certificate.is_none() && !implied {
        return text;
    }
    text.push_str(" using TLS");
    let options = tls.map(options).unwrap_or_default();
    if !options.is_empty() {
        let _ = write!(text, " with options {{{options}}}");
    }
    if let Some(certificate) = certificate {
        if let Some(days) = certificate.valid_days {
            let _ = write!(text, " and certificate valid for at least {days} days");
        }
        if let Some((kind, sum)) = &certificate.checksum {
            let _ = write!(text, " and certificate checksum {} equal to '{sum}'", kind.name());
        }
    }
    text
}

/// Ciphers alone switch nothing on.
pub fn in_use(tls: &Tls) -> bool {
    *tls != Tls { ciphers: tls.ciphers.clone(), ..Tls::default() } || tls.ciphers.is_none()
}

/// The options that were set, separated by commas. What is the default anyhow is left out.
pub fn options(tls: &Tls) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(versions) = &tls.versions {
        parts.push(format!("version: {}", self::versions(versions)));
    }
    if tls.verify == Some(true) {
        parts.push("verify: enable".to_owned());
    }
    if tls.selfsigned == Some(true) {
        parts.push("selfsigned: allow".to_owned());
    }
    for (label, path) in [
        ("pemfile", &tls.pemfile),
        ("pemchain", &tls.pemchain),
        ("pemkey", &tls.pemkey),
        ("clientpemfile", &tls.clientpemfile),
        ("CACertificateFile", &tls.ca_file),
        ("CACertificatePath", &tls.ca_path),
    ] {
        if let Some(path) = path {
            parts.push(format!("{label}: {}", path.display()));
        }
    }
    if let Some(ciphers) = &tls.ciphers {
        parts.push(format!("ciphers: \"{ciphers}\""));
    }
    parts.join(", ")
}

fn versions(v: &TlsVersions) -> String {
    let names: Vec<&str> = [
        (v.sslv2, "SSLv2"),
        (v.sslv3, "SSLv3"),
        (v.tlsv1, "TLSv1.0"),
        (v.tlsv11, "TLSv1.1"),
        (v.tlsv12, "TLSv1.2"),
        (v.tlsv13, "TLSv1.3"),
    ]
    .into_iter()
    .filter_map(|(on, name)| on.then_some(name))
    .collect();
    names.join(" ")
}
