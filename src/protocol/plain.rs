//! No protocol: a connection that stands is good enough.
//!
//! Over TCP and socket files nothing is said, so that the server's log stays clean. Over UDP one byte goes out; a
//! closed port answers with an error, an open one may keep silent.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Next, Protocol};
use crate::config::Transport;
use std::time::Duration;

/// How long an error of a closed UDP port is waited for.
const PAUSE: Duration = Duration::from_millis(1200);

/// `protocol default`, and no protocol.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["default"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| Box::new(Plain { datagrams: talk.test.transport == Transport::Udp }),
};

#[derive(Debug)]
struct Plain {
    datagrams: bool,
}

impl Protocol for Plain {
    fn start(&mut self) -> Next {
        if self.datagrams { Next::Send(vec![0]) } else { Next::Done }
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        if bytes.is_empty() { Next::ReadQuiet(PAUSE) } else { Next::Done }
    }

    fn quiet(&mut self) -> Next {
        Next::Done
    }
}
