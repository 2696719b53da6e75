//! One TLS session, with a server or with a client, over any non-blocking socket. Nothing is resumed, nothing is kept between sessions.

use super::certificate::Fields;
use super::verify::Verifier;
use super::{Failure, Options, Validity, anchors, pem};
use crate::config::ChecksumKind;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Connection, Error, ServerConnection,
    SupportedProtocolVersion,
};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

/// Bytes kept for a peer that does not read.
const BUFFER: usize = 16 * 1024;
/// Records looked at in one call; the loop comes back for more.
const ROUNDS: usize = 16;

/// One session.
#[derive(Debug)]
pub struct Session {
    connection: Connection,
}

impl Session {
    /// A session with `host` (none for a unix socket) that has not begun.
    pub fn new(options: &Options, host: Option<&str>) -> Result<Session, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let mut versions: Vec<&'static SupportedProtocolVersion> = Vec::with_capacity(2);
        if options.versions.tlsv13 {
            versions.push(&rustls::version::TLS13);
        }
        if options.versions.tlsv12 {
            versions.push(&rustls::version::TLS12);
        }
        if versions.is_empty() {
            return Err(Failure::OldVersions);
        }
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(failure)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier { options: options.clone(), algorithms }));
        let mut config = match &options.client_pem {
            Some(path) => {
                let (chain, key) = read_pem(path)?;
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    Failure::File(path.to_path_buf(), format!("cannot be used: {error}").into())
                })?
            }
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        let name = match ServerName::try_from(host.unwrap_or("localhost").to_owned()) {
            Ok(name) => name,
            Err(_) if options.verify => return Err(Failure::HostName),
            Err(_) => {
                // Nobody looks at the name, so it need not be one.
                config.enable_sni = false;
                ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST))
            }
        };
        let mut connection = ClientConnection::new(Arc::new(config), name).map_err(failure)?;
        connection.set_buffer_limit(Some(BUFFER));
        Ok(Session { connection: connection.into() })
    }

    /// A session with a client of ours, as the acceptor wants it.
    pub(super) fn accepted(mut connection: ServerConnection) -> Session {
        connection.set_buffer_limit(Some(BUFFER));
        Session { connection: connection.into() }
    }

    /// Says goodbye: what is written next tells the peer that nothing more comes.
    pub fn farewell(&mut self) {
        self.connection.send_close_notify();
    }

    /// Goes on with the handshake; true when it is done.
    pub fn handshake(&mut self, socket: &mut (impl Read + Write)) -> Result<bool, Failure> {
        for _ in 0..ROUNDS {
            match self.flush(socket) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(broken) => return Err(self.parting_words(socket).unwrap_or(broken)),
            }
            if !self.connection.is_handshaking() {
                return Ok(true);
            }
            match self.connection.read_tls(socket) {
                Ok(0) => return Err(Failure::Closed),
                Ok(_) => self.process(socket)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Broken(error)),
            }
        }
        Ok(false)
    }

    /// Why the server hung up while we still had something to say to it, if it said so.
    fn parting_words(&mut self, socket: &mut impl Read) -> Option<Failure> {
        for _ in 0..ROUNDS {
            if matches!(self.connection.read_tls(socket), Ok(0) | Err(_)) {
                return None;
            }
            if let Err(error) = self.connection.process_new_packets() {
                return Some(failure(error));
            }
        }
        None
    }

    fn process(&mut self, socket: &mut impl Write) -> Result<(), Failure> {
        self.connection.process_new_packets().map(drop).map_err(|error| {
            // The peer is told why, if it still listens.
            let _ = self.connection.write_tls(socket);
            match self.connection {
                Connection::Client(_) => failure(error),
                Connection::Server(_) => failure_of_client(error),
            }
        })
    }

    /// Are there bytes of the session itself to be written?
    pub fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Takes as many of `bytes` as there is room for and writes what goes.
    pub fn write(&mut self, socket: &mut impl Write, bytes: &[u8]) -> Result<io::Result<usize>, Failure> {
        if !self.flush(socket)? {
            return Ok(Err(ErrorKind::WouldBlock.into()));
        }
        let taken = self.connection.writer().write(bytes);
        self.flush(socket)?;
        Ok(taken)
    }

    /// Writes what the session holds; true when nothing is left.
    pub fn flush(&mut self, socket: &mut impl Write) -> Result<bool, Failure> {
        while self.connection.wants_write() {
            match self.connection.write_tls(socket) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Broken(error)),
            }
        }
        Ok(true)
    }

    /// Reads plain text; 0 at the end, however the server ended.
    pub fn read(
        &mut self,
        socket: &mut (impl Read + Write),
        buffer: &mut [u8],
    ) -> Result<io::Result<usize>, Failure> {
        for _ in 0..ROUNDS {
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // Closed without the farewell TLS asks for, as many servers do.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Ok(0)),
                result => return Ok(result),
            }
            match self.connection.read_tls(socket) {
                Ok(_) => self.process(socket)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Err(ErrorKind::WouldBlock.into()))
    }

    /// Is there plain text that has not been read, whatever the socket says?
    pub fn holds_text(&mut self) -> bool {
        self.connection.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
    }

    /// The dates of the server's certificate, once the handshake is done.
    pub fn validity(&self) -> Option<Validity> {
        let certificate = self.connection.peer_certificates()?.first()?;
        Fields::parse(certificate).map(|fields| fields.validity)
    }
}

/// The checksum of the first certificate of a file, for [`Options::checksum`]: to know a server again whose file we have.
///
/// # Errors
/// The file cannot be read, or has none.
pub fn checksum_of(path: &Path) -> Result<(ChecksumKind, Box<str>), Failure> {
    let chain = chain_in(path, &whole(path)?)?;
    let own = chain.first().ok_or(Failure::NoCertificate)?;
    Ok((ChecksumKind::Sha256, super::verify::checksum(ChecksumKind::Sha256, own).into()))
}

/// Has this file a private key that we may read?
pub fn has_key(path: &Path) -> bool {
    whole(path).and_then(|bytes| key_in(path, &bytes)).is_ok()
}

type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Certificates and key from one file.
fn read_pem(path: &Path) -> Result<Chain, Failure> {
    let bytes = whole(path)?;
    Ok((chain_in(path, &bytes)?, key_in(path, &bytes)?))
}

fn whole(path: &Path) -> Result<Vec<u8>, Failure> {
    pem::whole(path).map_err(|error| Failure::File(path.to_path_buf(), crate::sys::error_text(&error).into()))
}

/// The certificates of what a file holds.
pub(super) fn chain_in(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let mut chain = anchors::certificates_in(path, bytes)?;
    chain.truncate(16);
    Ok(chain)
}

/// The private key of what a file holds.
pub(super) fn key_in(path: &Path, bytes: &[u8]) -> Result<PrivateKeyDer<'static>, Failure> {
    PrivateKeyDer::from_pem_slice(bytes)
        .map_err(|error| Failure::File(path.to_path_buf(), format!("no private key: {error}").into()))
}

/// Our words for what rustls says of a client.
fn failure_of_client(error: Error) -> Failure {
    Failure::Protocol(match error {
        Error::AlertReceived(alert) => format!("the client ended it ({alert:?})").into(),
        Error::InvalidMessage(_) => "the client does not speak TLS".into(),
        Error::PeerIncompatible(_) => "no common version or cipher".into(),
        Error::NoCertificatesPresented => "the client shows no certificate".into(),
        other => return failure(other),
    })
}

/// Our words for what rustls says.
pub(super) fn failure(error: Error) -> Failure {
    let text: Box<str> = match &error {
        Error::InvalidCertificate(certificate) => {
            return Failure::Certificate(match certificate {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "the certificate has expired".into()
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "the certificate is not yet valid".into()
                }
                CertificateError::UnknownIssuer => "the issuer is not trusted".into(),
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "the certificate is for another host".into()
                }
                CertificateError::BadSignature => "the certificate's signature is wrong".into(),
                CertificateError::BadEncoding => "not a certificate".into(),
                other => format!("{other}").into(),
            });
        }
        // Only our own verifier says something general.
        Error::General(text) => return Failure::Certificate(text.as_str().into()),
        Error::AlertReceived(alert) => {
            return Failure::Refused(match alert {
                AlertDescription::CertificateRequired => "it asks for a client certificate".into(),
                AlertDescription::UnknownCA | AlertDescription::BadCertificate => {
                    format!("our client certificate is not accepted ({alert:?})").into()
                }
                AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion => {
                    "no common version or cipher (TLS 1.2 and 1.3 are offered)".into()
                }
                other => format!("{other:?}").into(),
            });
        }
        Error::InvalidMessage(_) => "the server does not speak TLS here".into(),
        Error::PeerIncompatible(_) => "no common version or cipher (TLS 1.2 and 1.3 are offered)".into(),
        other => format!("{other}").into(),
    };
    Failure::Protocol(text)
}
