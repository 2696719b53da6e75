//! Echo requests and replies of ICMP (RFC 792) and ICMPv6 (RFC 4443), as bytes.
//!
//! A reply counts only with our identifier, the sequence number of the request and its payload, which nobody can guess.

/// Bytes before the payload.
const HEADER: usize = 8;
/// Random bytes of a payload; longer ones repeat them.
pub const SECRET: usize = 16;

/// The version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// ICMP.
    V4,
    /// ICMPv6. Its checksum covers addresses that only the kernel knows: the kernel makes and verifies it.
    V6,
}

impl Version {
    const fn request(self) -> u8 {
        match self {
            Version::V4 => 8,
            Version::V6 => 128,
        }
    }

    const fn reply(self) -> u8 {
        match self {
            Version::V4 => 0,
            Version::V6 => 129,
        }
    }
}

/// An echo request, and what its reply must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    /// The version.
    pub version: Version,
    /// Tells our requests from those of others on this machine.
    pub identifier: u16,
    /// Tells this request from our others.
    pub sequence: u16,
    /// What the payload repeats.
    pub secret: [u8; SECRET],
    /// Bytes of the payload.
    pub size: usize,
}

impl Echo {
    fn payload(&self) -> impl Iterator<Item = u8> {
        self.secret.into_iter().cycle().take(self.size)
    }

    /// The request as it is sent.
    pub fn request(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.size);
        bytes.extend([self.version.request(), 0, 0, 0]);
        bytes.extend(self.identifier.to_be_bytes());
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.payload());
        if self.version == Version::V4 {
            let sum = checksum(&bytes).to_be_bytes();
            bytes.iter_mut().skip(2).zip(sum).for_each(|(byte, sum)| *byte = sum);
        }
        bytes
    }

    /// Is this the reply to it?
    pub fn is_answered_by(&self, bytes: &[u8]) -> bool {
        let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else { return false };
        let [kind, code, _, _, id_high, id_low, sequence_high, sequence_low] = *header;
        (kind, code) == (self.version.reply(), 0)
            && u16::from_be_bytes([id_high, id_low]) == self.identifier
            && u16::from_be_bytes([sequence_high, sequence_low]) == self.sequence
            && payload.iter().copied().eq(self.payload())
            && (self.version == Version::V6 || checksum(bytes) == 0)
    }
}

/// What is behind the IPv4 header that raw sockets receive; nothing if it is not whole.
pub fn behind_ipv4(bytes: &[u8]) -> &[u8] {
    let length = bytes.first().map_or(0, |first| usize::from(first & 0x0f) * 4);
    if length < 20 { &[] } else { bytes.get(length..).unwrap_or_default() }
}

/// The checksum of RFC 1071. Over bytes that contain their own it is 0.
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0u64;
    for pair in bytes.chunks(2) {
        let high = pair.first().copied().unwrap_or_default();
        let low = pair.get(1).copied().unwrap_or_default();
        sum += u64::from(u16::from_be_bytes([high, low]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(version: Version) -> Echo {
        let secret = [7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5, 2];
        Echo { version, identifier: 0x1234, sequence: 3, secret, size: 21 }
    }

    /// The reply of an honest host.
    fn reply(echo: &Echo) -> Vec<u8> {
        let mut bytes = echo.request();
        bytes[0] = echo.version.reply();
        seal(&mut bytes);
        bytes
    }

    fn seal(bytes: &mut [u8]) {
        bytes[2..4].fill(0);
        let sum = checksum(bytes).to_be_bytes();
        bytes[2..4].copy_from_slice(&sum);
    }

    #[test]
    fn the_checksum_is_that_of_the_rfc() {
        // The example of RFC 1071, section 3: the sum is ddf2.
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        assert_eq!(checksum(&[]), 0xffff);
        assert_eq!(checksum(&[0xff]), 0x00ff);
        assert_eq!(checksum(&[0xff; 60_000]), 0);
    }

    #[test]
    fn a_request_is_whole() {
        let request = echo(Version::V4).request();
        assert_eq!(request.len(), 8 + 21);
        assert_eq!(request[..2], [8, 0]);
        assert_eq!(request[4..8], [0x12, 0x34, 0, 3]);
        assert_eq!(request[8..11], [7, 1, 8]);
        assert_eq!(request[24..27], [7, 1, 8]);
        assert_eq!(checksum(&request), 0);
        assert_eq!(echo(Version::V6).request()[..4], [128, 0, 0, 0]);
    }

    #[test]
    fn its_reply_counts() {
        for version in [Version::V4, Version::V6] {
            let echo = echo(version);
            assert!(echo.is_answered_by(&reply(&echo)));
        }
    }

    #[test]
    fn nothing_else_counts() {
        let echo = echo(Version::V4);
        let good = reply(&echo);
        for at in 0..good.len() {
            // Broken on the way.
            let mut broken = good.clone();
            broken[at] ^= 0x10;
            assert!(!echo.is_answered_by(&broken), "{at}");
            assert!(!echo.is_answered_by(&good[..at]), "{at}");
            // Somebody else's, and whole.
            if at != 2 && at != 3 {
                seal(&mut broken);
                assert!(!echo.is_answered_by(&broken), "{at}");
            }
        }
        let mut longer = good.clone();
        longer.extend([0, 0]);
        assert!(!echo.is_answered_by(&longer));
        // Our own request, which raw sockets on the loopback device hear, too.
        assert!(!echo.is_answered_by(&echo.request()));
        let six = Echo { version: Version::V6, ..echo };
        assert!(!echo.is_answered_by(&reply(&six)));
    }

    #[test]
    fn the_header_of_ipv4_is_taken_off() {
        let mut packet = vec![0x46; 24];
        packet.extend([0, 0, 1]);
        assert_eq!(behind_ipv4(&packet), [0, 0, 1]);
        for odd in [&[][..], &[0x44; 30], &[0x4f; 59]] {
            assert_eq!(behind_ipv4(odd), [0u8; 0]);
        }
    }
}
