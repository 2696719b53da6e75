//! Checksums of a stream of bytes: MD5, SHA1 and SHA256 behind one type.

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

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
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
