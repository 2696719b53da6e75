//! Is the server who it says it is? Our rules around webpki's chain building.

use super::certificate::Fields;
use super::{Options, anchors};
use crate::config::ChecksumKind;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// Verifies one server's certificate as the options ask for.
#[derive(Debug)]
pub struct Verifier {
    /// What is asked for.
    pub options: Options,
    /// Signatures that can be checked.
    pub algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some((kind, wanted)) = &self.options.checksum {
            let found = checksum(*kind, server);
            if !found.eq_ignore_ascii_case(wanted) {
                return Err(Error::General(format!("the certificate has the checksum {found}")));
            }
        }
        if self.options.verify {
            self.verify(server, others, name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Verifier {
    fn verify(
        &self,
        server: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let fields = Fields::parse(server).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let selfsigned = fields.issuer == fields.subject;
        // webpki does not take a certificate for a server that says of itself to be an authority, as those made by
        // `openssl req -x509` do. So what is signed by itself is judged here.
        if selfsigned && self.options.selfsigned {
            self.signed_by_itself(&fields)?;
            return in_time(&fields, now);
        }
        let anchors = anchors::matching(&self.options, server, others);
        let parsed = ParsedCertificate::try_from(server)?;
        if anchors.exact {
            // Trusted by name of the administrator: no chain to build.
            in_time(&fields, now)?;
        } else if selfsigned {
            return Err(Error::General("self signed certificate is not allowed".into()));
        } else {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, &anchors.roots, others, now, algorithms)?;
        }
        verify_server_name(&parsed, name)
    }

    fn signed_by_itself(&self, fields: &Fields<'_>) -> Result<(), Error> {
        let fits = self.algorithms.all.iter().any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == fields.key_algorithm
                && algorithm.signature_alg_id().as_ref() == fields.signature_algorithm
                && algorithm.verify_signature(fields.key, fields.signed, fields.signature).is_ok()
        });
        if fits { Ok(()) } else { Err(Error::InvalidCertificate(CertificateError::BadSignature)) }
    }
}

/// Is it valid now?
pub fn in_time(fields: &Fields<'_>, now: UnixTime) -> Result<(), Error> {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if seconds > fields.validity.to {
        Err(Error::InvalidCertificate(CertificateError::Expired))
    } else if seconds < fields.validity.from {
        Err(Error::InvalidCertificate(CertificateError::NotValidYet))
    } else {
        Ok(())
    }
}

/// Lower-case hex digits of the checksum of a certificate's DER form.
pub fn checksum(kind: ChecksumKind, der: &[u8]) -> String {
    match kind {
        ChecksumKind::Md5 => format!("{:x}", md5::compute(der)),
        ChecksumKind::Sha1 => sha1_smol::Sha1::from(der).digest().to_string(),
        ChecksumKind::Sha256 => {
            let digest = ring::digest::digest(&ring::digest::SHA256, der);
            digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}
