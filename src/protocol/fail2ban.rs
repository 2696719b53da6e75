//! fail2ban: its `ping`, as its own client sends it, in Python's pickle format. The answer's pickle is not taken apart.

use super::buffer::Buffer;
use super::dialogue::{Dialogue, tls_first};
use super::{Failure, Next, Protocol};

const PING: &[u8] = b"(lp0\nS'ping'\np1\na.<F2B_END_COMMAND>\0";
const END: &[u8] = b"<F2B_END_COMMAND>";
/// More than any answer to it.
const LIMIT: usize = 4096;

/// `protocol fail2ban`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["fail2ban"],
    starttls: tls_first,
    begin: |_| Box::new(Fail2ban(Buffer::new(LIMIT))),
};

#[derive(Debug)]
struct Fail2ban(Buffer);

impl Protocol for Fail2ban {
    fn start(&mut self) -> Next {
        Next::Send(PING.to_vec())
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if self.0.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        // A pickle begins with the number of its protocol and ends in a dot.
        match self.0.as_slice() {
            answer @ [0x80, 2..=9, ..]
                if answer.ends_with(b".") || answer.windows(END.len()).any(|window| window == END) =>
            {
                Next::Done
            }
            [] | [0x80] | [0x80, 2..=9, ..] if eof => {
                Next::Fail(Failure::ClosedAt("FAIL2BAN: PONG read error"))
            }
            [] | [0x80] | [0x80, 2..=9, ..] => Next::Read,
            _ => Next::Fail(Failure::Refuses("FAIL2BAN: PONG error")),
        }
    }
}
