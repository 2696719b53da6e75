//! MongoDB: `hello` in an OP_MSG, which every server since 3.6 answers; an older one hangs up on it and is asked once
//! more with an OP_QUERY. <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>

use super::buffer::Buffer;
use super::bytes::{byte, c_string, le32, take};
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol, excerpt};

/// `protocol mongodb`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["mongodb"],
    starttls: tls_first,
    begin: |_: &Talk<'_>| Box::new(Mongo { old: false, buffer: Buffer::new(MOST) }),
};

/// The longest answer taken; a real one has a few hundred bytes.
const MOST: usize = 64 * 1024;
const OP_REPLY: u32 = 1;
const OP_QUERY: u32 = 2004;
const OP_MSG: u32 = 2013;
/// Our number for the question.
const QUESTION: u32 = 1;
/// `{hello: 1, $db: "admin"}`
const HELLO: &[u8] = b"\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0";
/// `{ismaster: 1, helloOk: true}`
const IS_MASTER: &[u8] = b"\x1d\0\0\0\x10ismaster\0\x01\0\0\0\x08helloOk\0\x01\0";

#[derive(Debug)]
struct Mongo {
    /// The old form is being tried.
    old: bool,
    buffer: Buffer,
}

fn packet(operation: u32, body: &[&[u8]]) -> Vec<u8> {
    let length = 16 + body.iter().map(|part| part.len()).sum::<usize>();
    let mut packet = Vec::with_capacity(length);
    for word in [u32::try_from(length).unwrap_or_default(), QUESTION, 0, operation] {
        packet.extend_from_slice(&word.to_le_bytes());
    }
    body.iter().for_each(|part| packet.extend_from_slice(part));
    packet
}

/// What a document of an answer says.
#[derive(Debug, Default, PartialEq)]
struct Document<'a> {
    ok: bool,
    error: Option<&'a [u8]>,
}

/// Reads the top level of a BSON document (bsonspec.org); `None`: it is none.
fn document(mut bytes: &[u8]) -> Option<Document<'_>> {
    let whole = bytes;
    let length = le32(&mut bytes)? as usize;
    let mut rest = whole.get(4..length)?;
    let mut found = Document::default();
    loop {
        let kind = byte(&mut rest)?;
        if kind == 0 {
            return rest.is_empty().then_some(found);
        }
        let name = c_string(&mut rest)?;
        let value = match kind {
            0x01 | 0x09 | 0x11 | 0x12 => take(&mut rest, 8)?,
            0x02 | 0x0d | 0x0e => {
                let length = le32(&mut rest)? as usize;
                take(&mut rest, length)?
            }
            0x03 | 0x04 => {
                let length = (*rest.first_chunk::<4>()?).map(u32::from);
                let length = length[0] | length[1] << 8 | length[2] << 16 | length[3] << 24;
                take(&mut rest, length as usize)?
            }
            0x05 => {
                let length = le32(&mut rest)? as usize;
                take(&mut rest, length.checked_add(1)?)?
            }
            0x07 => take(&mut rest, 12)?,
            0x08 => take(&mut rest, 1)?,
            0x0a => take(&mut rest, 0)?,
            0x10 => take(&mut rest, 4)?,
            0x13 => take(&mut rest, 16)?,
            _ => return None,
        };
        match (name, kind) {
            (b"ok", 0x01) => found.ok = value.try_into().is_ok_and(|bits| f64::from_le_bytes(bits) == 1.0),
            (b"ok", 0x10 | 0x12) => found.ok = value.first() == Some(&1),
            (b"ok", 0x08) => found.ok = value == [1],
            (b"errmsg", 0x02) => found.error = value.strip_suffix(b"\0"),
            _ => {}
        }
    }
}

impl Mongo {
    fn judge(&self, mut packet: &[u8]) -> Next {
        let packet = &mut packet;
        let body = take(packet, 8).and_then(|_| Some((le32(packet)?, le32(packet)?)));
        let found = match body {
            Some((QUESTION, OP_MSG)) => {
                // Flags, then a section of the kind that holds one document.
                let flags = le32(packet);
                let kind = byte(packet);
                flags.zip(kind).filter(|(_, kind)| *kind == 0).and_then(|_| document(packet))
            }
            Some((QUESTION, OP_REPLY)) => take(packet, 20).and_then(|_| document(packet)),
            _ => None,
        };
        match found {
            Some(Document { ok: true, .. }) => Next::Done,
            Some(Document { error: Some(text), .. }) if self.old => {
                Next::Fail(Failure::Answer("the server refuses", excerpt(text, 120)))
            }
            Some(_) if self.old => Next::Fail(Failure::Refuses("the server does not say that it is well")),
            Some(_) => Next::Again,
            None => Next::Fail(Failure::NotSpoken("MongoDB")),
        }
    }
}

impl Protocol for Mongo {
    fn start(&mut self) -> Next {
        self.buffer.clear();
        Next::Send(if self.old {
            let limits: &[u8] = &[0, 0, 0, 0, 1, 0, 0, 0];
            packet(OP_QUERY, &[&[0; 4], b"admin.$cmd\0", limits, IS_MASTER])
        } else {
            packet(OP_MSG, &[&[0; 5], HELLO])
        })
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if self.buffer.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        if eof && self.buffer.is_empty() && !self.old {
            self.old = true;
            return Next::Again;
        }
        let mut rest = self.buffer.as_slice();
        let Some(length) = le32(&mut rest) else { return Next::Read };
        if !(16..=MOST as u32).contains(&length) {
            return Next::Fail(Failure::NotSpoken("MongoDB"));
        }
        let Some(packet) = self.buffer.as_slice().get(..length as usize) else { return Next::Read };
        let step = self.judge(packet);
        self.old |= step == Next::Again;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, cut_off, play, test};
    use super::*;

    const OK: &[u8] = b"\x11\0\0\0\x01ok\0\0\0\0\0\0\0\xf0\x3f\0";

    fn hello() -> Turn {
        Turn::Sends(packet(OP_MSG, &[&[0; 5], HELLO]))
    }

    fn old() -> Turn {
        Turn::Sends(packet(OP_QUERY, &[&[0; 4], b"admin.$cmd\0", &[0, 0, 0, 0, 1, 0, 0, 0], IS_MASTER]))
    }

    fn answer(operation: u32, body: &[&[u8]]) -> Vec<u8> {
        let mut said = packet(operation, body);
        said[4..12].copy_from_slice(&[9, 0, 0, 0, 1, 0, 0, 0]);
        said
    }

    #[test]
    fn documents_of_ours_are_as_long_as_they_say() {
        for text in [HELLO, IS_MASTER, OK] {
            assert_eq!(u32::from_le_bytes(text[..4].try_into().unwrap()) as usize, text.len());
            assert!(document(text).is_some());
        }
    }

    #[test]
    fn a_modern_server() {
        let said = Turn::Says(answer(OP_MSG, &[&[0; 5], OK]));
        assert_eq!(play(&test("mongodb", &[]), &[hello(), said.clone()]), Next::Done);
        cut_off(&test("mongodb", &[]), &[hello(), said]);
    }

    #[test]
    fn an_old_server_hangs_up_first() {
        let said = Turn::Says(answer(OP_REPLY, &[&[0; 20], OK]));
        let turns = [hello(), Turn::Closes, Turn::Again, old(), said];
        assert_eq!(play(&test("mongodb", &[]), &turns), Next::Done);
    }

    #[test]
    fn a_server_that_is_not_well_says_why() {
        let bad: &[u8] = b"\x28\0\0\0\x01ok\0\0\0\0\0\0\0\0\0\x02errmsg\0\x0b\0\0\0shutting d\0\0";
        let said = Turn::Says(answer(OP_MSG, &[&[0; 5], bad]));
        let again = Turn::Says(answer(OP_REPLY, &[&[0; 20], bad]));
        let step = play(&test("mongodb", &[]), &[hello(), said, Turn::Again, old(), again]);
        assert_eq!(step, Next::Fail(Failure::Answer("the server refuses", "shutting d".into())));
    }

    #[test]
    fn nonsense() {
        for said in [&b"SSH-2.0-OpenSSH\r\n"[..], b"\x10\0\0\0aaaabbbbcccc", b"\xff\xff\xff\x7f", b"\0\0\0\0"]
        {
            let step = play(&test("mongodb", &[]), &[hello(), Turn::Says(said.to_vec())]);
            assert_eq!(step, Next::Fail(Failure::NotSpoken("MongoDB")));
        }
        let huge = b"\x20\0\0\0\x02errmsg\0\xff\xff\xff\x7fshutting\0\0";
        assert_eq!(document(huge), None);
        assert_eq!(document(b"\x05\0\0\0\0"), Some(Document::default()));
    }
}
