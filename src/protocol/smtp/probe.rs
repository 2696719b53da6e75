//! The test of a mail server: the dialogue of a delivery without a message. Its end must be right, too.

use super::{Delivery, Options};
use crate::protocol::dialogue::{Dialogue, Talk};
use crate::protocol::{Failure, Next, Protocol};
use std::time::Duration;

const CLOSED: &str = "Error receiving data from the mailserver";

/// `protocol smtp`, `protocol smtps`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["smtp", "smtps"],
    starttls,
    begin: |talk| {
        let (username, password) = talk.test.protocol.credentials();
        let tls = talk.test.tls.is_some();
        let mut delivery = Delivery::new(Options {
            hostname: "localhost".into(),
            credentials: username.zip(password).map(|(name, password)| (name.into(), password.into())),
            starttls: tls && starttls(talk),
            secure: tls && !starttls(talk),
            content_patience: None,
            proper_end: true,
        });
        delivery.quit();
        Box::new(Probe(delivery))
    },
};

/// On the ports of mail exchange and submission TLS is asked for within the dialogue, even with `smtps`.
fn starttls(talk: &Talk<'_>) -> bool {
    matches!(talk.port, 25 | 587)
}

#[derive(Debug)]
struct Probe(Delivery);

/// As messages of tests have it.
fn worded(step: Next) -> Next {
    match step {
        Next::Fail(Failure::Closed) => Next::Fail(Failure::ClosedAt(CLOSED)),
        step => step,
    }
}

impl Protocol for Probe {
    fn start(&mut self) -> Next {
        self.0.start()
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        worded(self.0.input(bytes, eof))
    }

    fn secured(&mut self) -> Next {
        worded(self.0.secured())
    }

    fn patience(&self) -> Duration {
        self.0.patience()
    }
}
