//! Logging in to MySQL: what is sent, and the proofs of knowing a password.

use crate::config::ChecksumKind;
use crate::digest::{Hasher, Kind, hex};

/// A way to prove that one knows the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `mysql_native_password`: SHA1.
    Native,
    /// `caching_sha2_password`: SHA256.
    CachingSha2,
}

impl Method {
    /// By the name of the server's plugin; `None`: not known, or one that gives the password away.
    pub fn named(name: &[u8]) -> Option<Method> {
        match name {
            b"mysql_native_password" => Some(Method::Native),
            b"caching_sha2_password" => Some(Method::CachingSha2),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Method::Native => "mysql_native_password",
            Method::CachingSha2 => "caching_sha2_password",
        }
    }
}

/// PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, LONG_PASSWORD.
const CAPABILITIES: u32 = 0x0000_0001 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000;
const TLS: u32 = 0x0000_0800;
/// `utf8`.
const CHARACTERS: u8 = 33;

fn head(capabilities: u32) -> Vec<u8> {
    let mut body = capabilities.to_le_bytes().to_vec();
    body.extend_from_slice(&(16u32 * 1024 * 1024).to_le_bytes());
    body.push(CHARACTERS);
    body.extend_from_slice(&[0; 23]);
    body
}

/// Asks for TLS; the login follows on the secured connection.
pub fn request_tls() -> Vec<u8> {
    head(CAPABILITIES | TLS)
}

/// The login itself; `secured`: behind TLS.
pub fn response(username: &str, password: &str, method: Method, salt: &[u8], secured: bool) -> Vec<u8> {
    let mut body = head(if secured { CAPABILITIES | TLS } else { CAPABILITIES });
    body.extend(username.bytes().filter(|byte| *byte != 0));
    body.push(0);
    let proof = proof(password, method, salt);
    // A proof has 20 or 32 bytes, or none.
    body.push(proof.len() as u8);
    body.extend_from_slice(&proof);
    body.extend_from_slice(method.name().as_bytes());
    body.push(0);
    body
}

/// What shows that we know the password; nothing where there is none.
pub fn proof(password: &str, method: Method, salt: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let password = password.as_bytes();
    let (once, mask) = match method {
        Method::Native => {
            let once = sum(Kind::Sha1, &[password]);
            let twice = sum(Kind::Sha1, &[&once]);
            (once, sum(Kind::Sha1, &[salt, &twice]))
        }
        Method::CachingSha2 => {
            let once = sum(Kind::Sha256, &[password]);
            let twice = sum(Kind::Sha256, &[&once]);
            (once, sum(Kind::Sha256, &[&twice, salt]))
        }
    };
    once.iter().zip(&mask).map(|(a, b)| a ^ b).collect()
}

fn sum(kind: Kind, parts: &[&[u8]]) -> Box<[u8]> {
    let mut hasher = Hasher::new(kind);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finish_bytes()
}

/// The checksum of the server's public key as it sends it, in PEM.
pub fn key_sum(kind: ChecksumKind, key: &[u8]) -> String {
    let kind = match kind {
        ChecksumKind::Md5 => Kind::Md5,
        ChecksumKind::Sha1 => Kind::Sha1,
        ChecksumKind::Sha256 => Kind::Sha256,
    };
    hex(&sum(kind, &[key]))
}
