//! NTP (RFC 5905; version 3 is RFC 1305): one question of a client, one answer.
//!
//! Sent as version 3, which every server understands. The transmit timestamp is random, and the answer must carry it back, so that
//! nobody who cannot read the question answers in the server's place.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol};

/// `protocol ntp3`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["ntp3"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| {
        let mut mark = [0; 8];
        mark.iter_mut().zip(&talk.random).for_each(|(to, from)| *to = *from);
        Box::new(Ntp { mark })
    },
};

/// A packet without its optional parts.
const LENGTH: usize = 48;
/// Clock not synchronised, version 3, client.
const CLIENT: u8 = 0xdb;
const SERVER_MODE: u8 = 4;
const UNSYNCHRONISED: u8 = 3;

#[derive(Debug)]
struct Ntp {
    mark: [u8; 8],
}

impl Protocol for Ntp {
    fn start(&mut self) -> Next {
        let mut packet = vec![0; LENGTH];
        packet[0] = CLIENT;
        packet[40..].copy_from_slice(&self.mark);
        Next::Send(packet)
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        let (Some(first), Some(stratum), Some(originate)) = (bytes.first(), bytes.get(1), bytes.get(24..32))
        else {
            return Next::Read;
        };
        if bytes.len() < LENGTH || originate != self.mark {
            // Not the answer to our question.
            return Next::Read;
        }
        let (leap, version, mode) = (first >> 6, first >> 3 & 7, first & 7);
        if mode != SERVER_MODE || !matches!(version, 3 | 4) {
            return Next::Fail(Failure::NotSpoken("NTP"));
        }
        if leap == UNSYNCHRONISED {
            return Next::Fail(Failure::Refuses("Server not synchronized"));
        }
        if *stratum == 0 {
            // Section 7.4: a reason in four letters.
            let code = super::excerpt(bytes.get(12..16).unwrap_or_default(), 4);
            return Next::Fail(Failure::Answer("the server does not want to be asked", code));
        }
        Next::Done
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, play_whole, test};
    use super::*;

    fn answer(first: u8, stratum: u8, mark: u8) -> Next {
        let mut query = vec![0; 48];
        query[0] = 0xdb;
        query[40..].fill(7);
        let mut said = vec![0; 48];
        (said[0], said[1]) = (first, stratum);
        said[12..16].copy_from_slice(b"RATE");
        said[24..32].fill(mark);
        play_whole(&test("ntp3", &[]), &[Turn::Sends(query), Turn::Says(said)])
    }

    #[test]
    fn versions_three_and_four_answer() {
        assert_eq!(answer(0x1c, 2, 7), Next::Done);
        assert_eq!(answer(0x24, 10, 7), Next::Done);
        assert!(matches!(answer(0x0c, 2, 7), Next::Fail(_)), "version 1");
        assert!(matches!(answer(0x1b, 2, 7), Next::Fail(_)), "another client");
    }

    #[test]
    fn a_clock_that_is_not_set_is_told() {
        assert_eq!(answer(0xdc, 0, 7), Next::Fail(Failure::Refuses("Server not synchronized")));
        let rate = Failure::Answer("the server does not want to be asked", "RATE".into());
        assert_eq!(answer(0x1c, 0, 7), Next::Fail(rate));
    }

    #[test]
    fn what_is_not_for_us_is_passed_over() {
        assert_eq!(answer(0x1c, 2, 8), Next::Read);
        let short = Turn::Says(vec![0x1c; 47]);
        let mut query = vec![0; 48];
        query[0] = 0xdb;
        query[40..].fill(7);
        assert_eq!(play_whole(&test("ntp3", &[]), &[Turn::Sends(query), short]), Next::Read);
    }
}
