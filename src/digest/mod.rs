//! Checksums of a stream of bytes: MD5, SHA1 and SHA256 behind one type; and a short sum for files of our own.

/// FNV-1a with 64 bits. Finds what a disk or a crash has spoilt, not what somebody forged.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    let one = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, one)
}

/// Which checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Md5,
    Sha1,
    Sha256,
}

/// A checksum being taken.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(Box<md5::Context>),
    Sha1(Box<sha1_smol::Sha1>),
    Sha256(Box<ring::digest::Context>),
}

impl Hasher {
    /// Nothing taken in yet.
    pub fn new(kind: Kind) -> Hasher {
        Hasher(match kind {
            Kind::Md5 => State::Md5(Box::new(md5::Context::new())),
            Kind::Sha1 => State::Sha1(Box::new(sha1_smol::Sha1::new())),
            Kind::Sha256 => State::Sha256(Box::new(ring::digest::Context::new(&ring::digest::SHA256))),
        })
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Md5(context) => context.consume(bytes),
            State::Sha1(context) => context.update(bytes),
            State::Sha256(context) => context.update(bytes),
        }
    }

    /// The checksum in lower-case hex digits.
    pub fn finish(self) -> String {
        hex(&self.finish_bytes())
    }

    /// The checksum.
    pub fn finish_bytes(self) -> Box<[u8]> {
        match self.0 {
            State::Md5(context) => context.finalize().0.into(),
            State::Sha1(context) => context.digest().bytes().into(),
            State::Sha256(context) => context.finish().as_ref().into(),
        }
    }
}

/// The HMAC of a message by SHA-256, RFC 2104 and FIPS 198-1.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Box<[u8]> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    ring::hmac::sign(&key, message).as_ref().into()
}

/// The MD5 sum of `message` under `key` (RFC 2104).
pub fn hmac_md5(key: &[u8], message: &[u8]) -> [u8; 16] {
    const BLOCK: usize = 64;
    let mut padded = [0; BLOCK];
    let folded = md5::compute(key).0;
    let key = if key.len() > BLOCK { &folded[..] } else { key };
    padded.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let sum = |pad: u8, rest: &[u8]| {
        let mut context = md5::Context::new();
        context.consume(padded.map(|byte| byte ^ pad));
        context.consume(rest);
        context.finalize().0
    };
    sum(0x5c, &sum(0x36, message))
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(kind: Kind, pieces: &[&[u8]]) -> String {
        let mut hasher = Hasher::new(kind);
        pieces.iter().for_each(|piece| hasher.update(piece));
        hasher.finish()
    }

    #[test]
    fn known_sums_under_a_key() {
        // RFC 2202 section 2, cases 1, 2 and 6.
        assert_eq!(hex(&hmac_md5(&[0x0b; 16], b"Hi There")), "9294727a3638bb1c13f48ef8158bfc9d");
        assert_eq!(
            hex(&hmac_md5(b"Jefe", b"what do ya want for nothing?")),
            "750c783e6ab0b503eaa86e310a5db738"
        );
        let long = hmac_md5(&[0xaa; 80], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(&long), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }

    #[test]
    fn known_sums_in_any_slicing() {
        // RFC 1321 A.5, RFC 3174 section 7.3, FIPS 180-4 example: the sums of "abc".
        for (kind, expected) in [
            (Kind::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Kind::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Kind::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ] {
            assert_eq!(sum(kind, &[b"abc"]), expected);
            assert_eq!(sum(kind, &[b"a", b"", b"bc"]), expected);
        }
    }
}
