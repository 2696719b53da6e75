//! SMTP authentication (RFC 4954): PLAIN (RFC 4616), LOGIN (never standardised) and CRAM-MD5 (RFC 2195).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A mechanism we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mechanism {
    Plain,
    Login,
    CramMd5,
}

/// The mechanisms a server offers, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offered(u8);

impl Offered {
    /// Adds what an `AUTH` line of an EHLO answer names (also in the old form `AUTH=LOGIN PLAIN`).
    pub fn add(&mut self, words: &str) {
        for word in words.split([' ', '\t', '=']) {
            if word.eq_ignore_ascii_case("PLAIN") {
                self.0 |= Mechanism::Plain.bit();
            } else if word.eq_ignore_ascii_case("LOGIN") {
                self.0 |= Mechanism::Login.bit();
            } else if word.eq_ignore_ascii_case("CRAM-MD5") {
                self.0 |= Mechanism::CramMd5.bit();
            }
        }
    }

    /// Takes out the mechanism to try next. In clear text the one that hides the password comes first; behind TLS
    /// the one that every server can check.
    pub fn take_best(&mut self, secure: bool) -> Option<Mechanism> {
        use Mechanism::{CramMd5, Login, Plain};
        let order = if secure { [Plain, Login, CramMd5] } else { [CramMd5, Plain, Login] };
        let best = order.into_iter().find(|mechanism| self.0 & mechanism.bit() != 0)?;
        self.0 &= !best.bit();
        Some(best)
    }
}

impl Mechanism {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Base64 as all mechanisms use it.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// The one answer of PLAIN.
pub fn plain(username: &str, password: &str) -> String {
    encode(format!("\0{username}\0{password}"))
}

/// The answer to CRAM-MD5's challenge; `None` if that is no base64.
pub fn cram_md5(username: &str, password: &str, challenge: &[u8]) -> Option<String> {
    let challenge = STANDARD.decode(challenge.trim_ascii()).ok()?;
    let digest = hmac_md5(password.as_bytes(), &challenge);
    Some(encode(format!("{username} {digest:x}")))
}

/// HMAC (RFC 2104) with MD5.
fn hmac_md5(key: &[u8], message: &[u8]) -> md5::Digest {
    let mut block = [0u8; 64];
    if key.len() > block.len() {
        let digest = md5::compute(key);
        block.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let mut inner = md5::Context::new();
    inner.consume(block.map(|byte| byte ^ 0x36));
    inner.consume(message);
    let inner = inner.finalize();
    let mut outer = md5::Context::new();
    outer.consume(block.map(|byte| byte ^ 0x5c));
    outer.consume(*inner);
    outer.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_as_in_rfc_2202() {
        let hex = |key: &[u8], text: &[u8]| format!("{:x}", hmac_md5(key, text));
        assert_eq!(hex(&[0x0b; 16], b"Hi There"), "9294727a3638bb1c13f48ef8158bfc9d");
        assert_eq!(hex(b"Jefe", b"what do ya want for nothing?"), "750c783e6ab0b503eaa86e310a5db738");
        assert_eq!(
            hex(&[0xaa; 80], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"
        );
    }

    #[test]
    fn the_example_of_rfc_2195() {
        let challenge = encode("<1896.697170952@postoffice.reston.mci.net>");
        let answer = cram_md5("tim", "tanstaaftanstaaf", challenge.as_bytes()).unwrap();
        assert_eq!(answer, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
        assert_eq!(cram_md5("tim", "x", b"not base64!"), None);
    }

    #[test]
    fn what_is_offered_is_tried_in_order() {
        let mut offered = Offered::default();
        offered.add("gssapi login PLAIN cram-md5");
        let (mut clear, mut secure) = (offered, offered);
        assert_eq!(clear.take_best(false), Some(Mechanism::CramMd5));
        assert_eq!(clear.take_best(false), Some(Mechanism::Plain));
        assert_eq!(secure.take_best(true), Some(Mechanism::Plain));
        assert_eq!(secure.take_best(true), Some(Mechanism::Login));
        assert_eq!(secure.take_best(true), Some(Mechanism::CramMd5));
        assert_eq!(secure.take_best(true), None);
        let mut old = Offered::default();
        old.add("AUTH=LOGIN");
        assert_eq!(old.take_best(false), Some(Mechanism::Login));
    }
}
