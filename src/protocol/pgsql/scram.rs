//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side, without channel binding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{hmac, pbkdf2};
use std::num::NonZeroU32;

/// The most rounds that are gone through; each takes half a microsecond. Servers ask for 4096.
const ROUNDS: u32 = 65_536;

/// One exchange.
pub struct Scram {
    password: Box<[u8]>,
    nonce: String,
    /// What the server will sign if it knows the password.
    expected: Option<Box<[u8]>>,
}

impl Scram {
    /// `random` makes the nonce.
    pub fn new(password: &str, random: &[u8]) -> Scram {
        let nonce = STANDARD.encode(random.get(..18).unwrap_or(random));
        Scram { password: password.as_bytes().into(), nonce, expected: None }
    }

    /// The client's first message; PostgreSQL takes the user's name from the startup.
    pub fn first(&self) -> String {
        format!("n,,{}", self.bare())
    }

    fn bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// The answer to the server's challenge; `None`: it is none, or asks for too much work.
    pub fn proof(&mut self, challenge: &[u8]) -> Option<String> {
        let challenge = std::str::from_utf8(challenge).ok()?;
        let mut parts = challenge.split(',');
        let nonce = parts.next()?.strip_prefix("r=")?;
        let salt = STANDARD.decode(parts.next()?.strip_prefix("s=")?).ok()?;
        let rounds: u32 = parts.next()?.strip_prefix("i=")?.parse().ok()?;
        let rounds = NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= ROUNDS)?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return None;
        }
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, &self.password, &mut salted);
        let client_key = sign(&salted, b"Client Key");
        let stored = ring::digest::digest(&ring::digest::SHA256, client_key.as_ref());
        let last = format!("c=biws,r={nonce}");
        let signed = format!("{},{challenge},{last}", self.bare());
        let signature = sign(stored.as_ref(), signed.as_bytes());
        let server_key = sign(&salted, b"Server Key");
        self.expected = Some(sign(server_key.as_ref(), signed.as_bytes()).as_ref().into());
        let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        Some(format!("{last},p={}", STANDARD.encode(proof)))
    }

    /// Does the server's last message show that it knows the password, too?
    pub fn is_servers(&self, last: &[u8]) -> bool {
        let signature = last.strip_prefix(b"v=").and_then(|text| STANDARD.decode(text).ok());
        signature.is_some_and(|signature| self.expected.as_deref() == Some(&signature))
    }
}

fn sign(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677 section 3, with its nonce and user.
    #[test]
    fn the_example_of_the_standard() {
        let mut scram = Scram::new("pencil", b"");
        scram.nonce = "rOprNGfwEbeRWgbNEkqO".into();
        let challenge =
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let proof = scram.proof(challenge).unwrap();
        // The standard's user is named in its first message, ours is not: only the form can be compared ...
        assert!(
            proof.starts_with("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p="),
            "{proof}"
        );
        assert!(!scram.is_servers(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        // ... and whether it holds together.
        let expected = STANDARD.encode(scram.expected.clone().unwrap());
        assert!(scram.is_servers(format!("v={expected}").as_bytes()));
    }

    #[test]
    fn challenges_that_are_none() {
        for challenge in [
            &b""[..],
            b"r=BwcHBwcHBwcHBwcHBwcHBwcH,s=AAAA,i=4096",
            b"r=BwcHBwcHBwcHBwcHBwcHBwcHx,s=AAAA,i=0",
            b"r=BwcHBwcHBwcHBwcHBwcHBwcHx,s=AAAA,i=4294967295",
            b"r=other,s=AAAA,i=4096",
            b"r=BwcHBwcHBwcHBwcHBwcHBwcHx,s=*,i=4096",
            b"\xff",
        ] {
            let nonce = [7; 32];
            assert_eq!(Scram::new("x", &nonce).proof(challenge), None);
        }
        let right = b"r=BwcHBwcHBwcHBwcHBwcHBwcHx,s=AAAA,i=4096";
        assert!(Scram::new("x", &[7; 32]).proof(right).is_some());
    }
}
