//! TLS towards clients of ours: the certificate we show, and whom we ask for one.
//!
//! Files are read by whoever has an acceptor made, at a start and at a reload; a certificate that was renewed counts from
//! then on.

use super::certificate::Fields;
use super::pem::PemFiles;
use super::session::{Session, chain_in, failure, key_in};
use super::verify::in_time;
use super::{Failure, anchors, ciphers};
use crate::config::{Tls, TlsVersions};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion,
};
use std::path::Path;
use std::sync::Arc;

/// Makes a session of each accepted connection.
#[derive(Debug, Clone)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
}

impl Acceptor {
    /// As `set httpd … with ssl { … }` wants it: `pemfile`, or `pemchain` and `pemkey`; `clientpemfile` names the certificates of the clients
    /// that are let in: theirs, whoever signed them, or those of who signed them. `files`: what was read of them.
    pub fn of(options: &Tls, files: &PemFiles) -> Result<Acceptor, Failure> {
        let versions =
            options.versions.unwrap_or(TlsVersions { tlsv12: true, tlsv13: true, ..TlsVersions::default() });
        let mut wanted: Vec<&'static SupportedProtocolVersion> = Vec::with_capacity(2);
        if versions.tlsv13 {
            wanted.push(&rustls::version::TLS13);
        }
        if versions.tlsv12 {
            wanted.push(&rustls::version::TLS12);
        }
        if wanted.is_empty() {
            return Err(Failure::OldVersions);
        }
        let (file, key) = match (&options.pemfile, &options.pemchain, &options.pemkey) {
            (Some(file), _, _) => (file, file),
            (None, Some(chain), Some(key)) => (chain, key),
            _ => return Err(Failure::NoCertificate),
        };
        let chain = chain_in(file, bytes(files, file)?)?;
        let key = key_in(key, bytes(files, key)?)?;
        let unusable = |text: String| Failure::File(file.to_path_buf(), text.into());
        if let Some(fields) = chain.first().and_then(|own| Fields::parse(own)) {
            in_time(&fields, UnixTime::now()).map_err(|error| unusable(reason(&failure(error))))?;
        }
        let mut provider = rustls::crypto::ring::default_provider();
        if let Some(list) = &options.ciphers {
            provider.cipher_suites = ciphers::chosen(list);
            let offered = |suite: &SupportedCipherSuite| wanted.contains(&suite.version());
            if !provider.cipher_suites.iter().any(offered) {
                return Err(Failure::Ciphers(list.clone()));
            }
            // A version is only spoken with a cipher of its own.
            wanted.retain(|version| provider.cipher_suites.iter().any(|suite| suite.version() == *version));
        }
        let provider = Arc::new(provider);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&wanted)
            .map_err(failure)?;
        let builder = match &options.clientpemfile {
            None => builder.with_no_client_auth(),
            Some(path) => builder.with_client_cert_verifier(Arc::new(Clients::new(
                path,
                bytes(files, path)?,
                &provider,
            )?)),
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| unusable(format!("certificate and key cannot be used: {error}")))?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Acceptor { config: Arc::new(config) })
    }

    /// The same with the files as they are now; may wait as long as the disk does.
    #[cfg(test)]
    pub fn new(options: &Tls) -> Result<Acceptor, Failure> {
        Acceptor::of(options, &PemFiles::read(options))
    }

    /// A session with a client that has just connected. Its handshake comes next.
    pub fn accept(&self) -> Result<Session, Failure> {
        ServerConnection::new(Arc::clone(&self.config)).map(Session::accepted).map_err(failure)
    }
}

fn bytes<'a>(files: &'a PemFiles, path: &Path) -> Result<&'a [u8], Failure> {
    files.bytes(path).map_err(|reason| Failure::File(path.to_path_buf(), reason.to_string().into()))
}

/// What is wrong with a certificate, without where it was found.
fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Certificate(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// The clients that are let in: those whose certificate is in the file itself, and those signed by one that is.
#[derive(Debug)]
struct Clients {
    known: Vec<CertificateDer<'static>>,
    signed: Arc<dyn ClientCertVerifier>,
}

impl Clients {
    fn new(
        path: &Path,
        file: &[u8],
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Clients, Failure> {
        let known = anchors::certificates_in(path, file)?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(known.iter().cloned());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        let signed = verifier.map_err(|error| Failure::File(path.into(), error.to_string().into()))?;
        Ok(Clients { known, signed })
    }
}

impl ClientCertVerifier for Clients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // No hint: a client with one certificate shows it.
        &[]
    }

    fn verify_client_cert(
        &self,
        client: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.known.iter().any(|known| known == client) {
            let malformed = Error::InvalidCertificate(CertificateError::BadEncoding);
            in_time(&Fields::parse(client).ok_or(malformed)?, now)?;
            return Ok(ClientCertVerified::assertion());
        }
        self.signed.verify_client_cert(client, others, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        self.signed.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        self.signed.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}
