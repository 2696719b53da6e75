//! The records of a DNS answer (RFC 1035, 4.1.3; RFC 3596; RFC 2782), as a zone file writes them.

use crate::config::RecordType;
use crate::protocol::bytes::{be16, be32, byte, take};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most pointers that one name may follow, and the longest name.
const JUMPS: u32 = 32;
const LONGEST: usize = 255;

/// What the records of a type say: `192.0.2.1`, `10 mail.example.org`.
///
/// `message` is the whole answer, `rest` what comes behind its questions, `count` how many records it has. `None`: it cannot be
/// read.
pub fn texts<'a>(
    message: &'a [u8],
    mut rest: &'a [u8],
    count: u16,
    kind: &RecordType,
) -> Option<Vec<String>> {
    let rest = &mut rest;
    let mut found = Vec::new();
    for _ in 0..count {
        name(message, rest)?;
        let number = be16(rest)?;
        let class = be16(rest)?;
        be32(rest)?;
        let length = be16(rest)?;
        let data = take(rest, length.into())?;
        if number == kind.number && class == 1 {
            found.push(text(message, data, kind)?);
        }
    }
    Some(found)
}

/// Is what a record says what the control file says? Names compare without case and final dot, addresses by value; of a
/// mail or other service the name alone will do.
pub fn is(text: &str, wanted: &str, kind: &RecordType) -> bool {
    match kind.name {
        "TXT" => text == wanted,
        "A" | "AAAA" => {
            text == wanted || wanted.parse::<IpAddr>().is_ok_and(|wanted| wanted.to_string() == text)
        }
        _ => {
            let bare = wanted.strip_suffix('.').unwrap_or(wanted);
            let last = text.rsplit(' ').next().unwrap_or(text);
            let alone = matches!(kind.name, "MX" | "SRV") && last.eq_ignore_ascii_case(bare);
            alone || text.eq_ignore_ascii_case(bare)
        }
    }
}

fn text<'a>(message: &'a [u8], mut data: &'a [u8], kind: &RecordType) -> Option<String> {
    let rest = &mut data;
    let text = match kind.name {
        "A" => Ipv4Addr::from(<[u8; 4]>::try_from(*rest).ok()?).to_string(),
        "AAAA" => Ipv6Addr::from(<[u8; 16]>::try_from(*rest).ok()?).to_string(),
        "MX" => format!("{} {}", be16(rest)?, name(message, rest)?),
        "SRV" => format!("{} {} {} {}", be16(rest)?, be16(rest)?, be16(rest)?, name(message, rest)?),
        "SOA" => {
            let names = format!("{} {}", name(message, rest)?, name(message, rest)?);
            format!("{names} {}", be32(rest)?)
        }
        "TXT" => {
            let mut text = Vec::new();
            while let Some(length) = byte(rest) {
                text.extend_from_slice(take(rest, length.into())?);
            }
            String::from_utf8_lossy(&text).into_owned()
        }
        _ => name(message, rest)?,
    };
    Some(text)
}

/// A name: labels, and pointers to labels in front of it. Bytes that are no letters are written as RFC 4343 writes them.
fn name<'a>(message: &'a [u8], rest: &mut &'a [u8]) -> Option<String> {
    let mut text = String::new();
    let mut jumped: Option<&[u8]> = None;
    let mut jumps = 0;
    loop {
        let at = jumped.as_mut().unwrap_or(rest);
        let length = byte(at)?;
        match length {
            0 => break,
            1..=63 => {
                for byte in take(at, length.into())? {
                    match byte {
                        b'.' | b'\\' => text.extend(['\\', char::from(*byte)]),
                        0x21..=0x7e => text.push(char::from(*byte)),
                        // Writing to a String cannot fail.
                        _ => drop(write!(text, "\\{byte:03}")),
                    }
                }
                text.push('.');
            }
            0xc0.. => {
                let place = usize::from(length & 0x3f) << 8 | usize::from(byte(at)?);
                jumps += 1;
                if jumps > JUMPS {
                    return None;
                }
                jumped = Some(message.get(place..)?);
            }
            _ => return None,
        }
        if text.len() > LONGEST * 4 {
            return None;
        }
    }
    if text.len() > 1 {
        text.pop();
    } else {
        text = ".".into();
    }
    Some(text)
}

/// A name as it stands in a question.
pub fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len() + 2);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
