//! Apache's scoreboard (mod_status, `?auto`): what share of its workers is doing what. The condition that the control file
//! gives is the failure.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::http::body::Body;
use super::http::head::{Head, HeadReader};
use super::http::holds;
use super::http::request::{Request, agent, authority};
use super::{Failure, Next, Protocol};
use crate::config::{Operator, OptionName};
use std::mem;

const ERROR: &str = "APACHE-STATUS: error";
const CLOSED: &str = "APACHE-STATUS: error receiving data";
const NAME: &[u8] = b"Scoreboard:";
/// More than the page of any server.
const LIMIT: usize = 1024 * 1024;

/// The limits in the order in which they are looked at: option, letter, what such workers do.
const KINDS: [(OptionName, u8, &str); 10] = [
    (OptionName::LogLimit, b'L', "logging"),
    (OptionName::CloseLimit, b'C', "closing connections"),
    (OptionName::DnsLimit, b'D', "waiting for DNS"),
    (OptionName::KeepAliveLimit, b'K', "in keepalive"),
    (OptionName::ReplyLimit, b'W', "sending a reply"),
    (OptionName::RequestLimit, b'R', "reading requests"),
    (OptionName::StartLimit, b'S', "starting"),
    (OptionName::WaitLimit, b'_', "waiting for a connection"),
    (OptionName::GracefulLimit, b'G', "finishing gracefully"),
    (OptionName::CleanupLimit, b'I', "in idle cleanup"),
];

/// `protocol apache-status`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["apache-status"],
    starttls: tls_first,
    begin: |talk| {
        let limit = |(name, _, _): &(OptionName, u8, &str)| talk.test.protocol.compare(*name);
        Box::new(Apache {
            request: request(talk),
            limits: KINDS.iter().map(limit).collect(),
            phase: Phase::Head(HeadReader::new(ERROR)),
        })
    },
};

#[derive(Debug)]
struct Apache {
    request: Vec<u8>,
    /// As in [`KINDS`].
    limits: Box<[Option<(Operator, u64)>]>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Head(HeadReader),
    Body(Body, Scoreboard),
}

fn request(talk: &Talk<'_>) -> Vec<u8> {
    let protocol = &talk.test.protocol;
    let path = protocol.text(OptionName::Path).unwrap_or("/server-status");
    let (username, password) = protocol.credentials();
    let mut request = Request::new("GET", &format!("{path}?auto"));
    request
        .header("Host", &authority(talk))
        .header("Accept", "*/*")
        .header("User-Agent", &agent())
        .header("Connection", "close")
        .authorization(username, password);
    request.finish()
}

/// Counts the letters of the scoreboard, which is one line, however many workers there are.
#[derive(Debug, Default)]
struct Scoreboard {
    place: Place,
    counts: [u64; KINDS.len()],
    all: u64,
    taken: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// So many bytes of the line are those of its name.
    Name(usize),
    Elsewhere,
    Letters,
    Over,
}

impl Default for Place {
    fn default() -> Self {
        Place::Name(0)
    }
}

impl Scoreboard {
    fn read(&mut self, bytes: &[u8]) {
        self.taken = self.taken.saturating_add(bytes.len());
        for byte in bytes {
            self.place = match (self.place, *byte) {
                (Place::Over, _) => return,
                (Place::Letters, b'\n') => Place::Over,
                (_, b'\n') => Place::Name(0),
                (Place::Name(at), byte) if NAME.get(at) == Some(&byte) => match at + 1 {
                    end if end == NAME.len() => Place::Letters,
                    at => Place::Name(at),
                },
                (Place::Letters, byte) => {
                    if !matches!(byte, b' ' | b'\r') {
                        self.all += 1;
                        let kinds = KINDS.iter().zip(&mut self.counts);
                        kinds
                            .filter(|((_, letter, _), _)| *letter == byte)
                            .for_each(|(_, count)| *count += 1);
                    }
                    Place::Letters
                }
                (Place::Name(_) | Place::Elsewhere, _) => Place::Elsewhere,
            };
        }
    }

    fn verdict(&self, limits: &[Option<(Operator, u64)>]) -> Next {
        if self.all == 0 {
            return Next::Fail(Failure::Refuses("APACHE-STATUS: error -- no scoreboard found"));
        }
        for ((limit, count), (_, _, doing)) in limits.iter().zip(self.counts).zip(KINDS) {
            let percent = 100 * count / self.all;
            if limit.is_some_and(|(operator, limit)| holds(operator, percent, limit)) {
                return Next::Fail(Failure::Answer(
                    ERROR,
                    format!("{percent} percent of processes are {doing}").into(),
                ));
            }
        }
        Next::Done
    }
}

impl Apache {
    fn answered(&mut self, head: &Head, rest: &[u8], eof: bool) -> Next {
        if head.status >= 400 {
            return Next::Fail(Failure::Code(
                "APACHE-STATUS: error -- server returned status",
                head.status.into(),
            ));
        }
        match Body::new(head.length) {
            Ok(body) => self.phase = Phase::Body(body, Scoreboard::default()),
            Err(failure) => return Next::Fail(failure),
        }
        self.body(rest, eof)
    }

    fn body(&mut self, bytes: &[u8], eof: bool) -> Next {
        let Phase::Body(body, scoreboard) = &mut self.phase else { return Next::Read };
        if let Err(failure) = body.read(bytes, |bytes| scoreboard.read(bytes)) {
            return Next::Fail(failure);
        }
        let is_cut = eof && body.close().is_err();
        if scoreboard.place == Place::Over || body.is_complete() || (eof && !is_cut) {
            return scoreboard.verdict(&self.limits);
        }
        if is_cut {
            return Next::Fail(Failure::ClosedAt(CLOSED));
        }
        if scoreboard.taken > LIMIT { Next::Fail(Failure::TooLong("page")) } else { Next::Read }
    }
}

impl Protocol for Apache {
    fn start(&mut self) -> Next {
        Next::Send(mem::take(&mut self.request))
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        match &mut self.phase {
            Phase::Head(reader) => match reader.read(bytes) {
                Ok(Some((head, rest))) => self.answered(&head, &rest, eof),
                Ok(None) if eof => Next::Fail(Failure::ClosedAt(CLOSED)),
                Ok(None) => Next::Read,
                Err(failure) => Next::Fail(failure),
            },
            Phase::Body(..) => self.body(bytes, eof),
        }
    }
}
