//! MySQL's packets: three bytes of length, a number, a body; and what the greeting and an error say.

use super::super::buffer::Buffer;
use super::super::bytes::{byte, c_string, take};
use super::super::{Failure, excerpt};
use super::login::Method;

/// The longest packet taken; a greeting has a hundred bytes, a public key under a thousand.
pub const MOST: usize = 16 * 1024;
const TLS: u16 = 0x0800;

/// One packet.
#[derive(Debug)]
pub struct Packet {
    pub number: u8,
    pub body: Vec<u8>,
}

/// Takes the next packet; `None`: it is not whole yet.
pub fn decode(buffer: &mut Buffer) -> Result<Option<Packet>, Failure> {
    let Some(&[a, b, c, number]) = buffer.as_slice().first_chunk::<4>() else { return Ok(None) };
    let length = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
    if length == 0 || length > MOST - 4 {
        return Err(Failure::NotSpoken("MySQL"));
    }
    if buffer.len() < 4 + length {
        return Ok(None);
    }
    let body = buffer.take(4 + length).get(4..).unwrap_or_default().to_vec();
    Ok(Some(Packet { number, body }))
}

/// A packet with this number and body.
pub fn encode(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or_default().to_le_bytes();
    [&length[..3], &[number], body].concat()
}

/// What an error packet says (also one in place of a greeting, which lacks the SQL state).
pub fn error(body: &[u8]) -> Failure {
    let text = body.get(3..).unwrap_or_default();
    let text = if text.first() == Some(&b'#') { text.get(6..).unwrap_or_default() } else { text };
    Failure::Answer("the server refuses", excerpt(text, 160))
}

/// What the server says first.
#[derive(Debug, PartialEq, Eq)]
pub struct Greeting {
    pub salt: Vec<u8>,
    pub tls: bool,
    pub method: Method,
}

impl Greeting {
    /// Reads version 10 of it, which servers have sent since 1998.
    pub fn parse(body: &[u8]) -> Result<Greeting, Failure> {
        match body.first() {
            Some(10) => Greeting::version_10(&body[1..]).ok_or(Failure::NotSpoken("MySQL")),
            Some(0xff) => Err(error(body)),
            Some(version) => Err(Failure::Code("Invalid protocol version", u32::from(*version))),
            None => Err(Failure::NotSpoken("MySQL")),
        }
    }

    fn version_10(mut rest: &[u8]) -> Option<Greeting> {
        let rest = &mut rest;
        c_string(rest)?;
        take(rest, 4)?;
        let mut salt = take(rest, 8)?.to_vec();
        take(rest, 1)?;
        let low = u16::from_le_bytes(take(rest, 2)?.try_into().ok()?);
        let plain = Greeting { salt: salt.clone(), tls: low & TLS != 0, method: Method::Native };
        // Character set, status, and the upper half of the capabilities; very old servers stop here.
        if take(rest, 5).is_none() {
            return Some(plain);
        }
        let length = byte(rest)?;
        take(rest, 10)?;
        let second = take(rest, usize::from(length.saturating_sub(8)).max(13))?;
        salt.extend_from_slice(second.strip_suffix(&[0]).unwrap_or(second));
        let name = c_string(rest).unwrap_or(rest);
        // A method we do not know is told when the server insists on it.
        let method = Method::named(name).unwrap_or(Method::Native);
        Some(Greeting { salt, tls: low & TLS != 0, method })
    }
}
