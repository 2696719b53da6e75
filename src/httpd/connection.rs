//! One client: reads a request, sends the answer, waits a moment for the client to have read it. Never blocks, and
//! never waits longer than its deadlines.
//!
//! What the answer is, is decided by whoever calls [`Connection::on_ready`]; who is turned away when there are too
//! many, by [`super::Httpd`].

use super::auth::Origin;
use super::codec::{Codec, Event, Request};
use super::reply::{Reply, Respond, Sending};
use super::response::Encoded;
use super::stream::Stream;
use super::unfinished::Unfinished;
use crate::reactor::{Interest, Readiness};
use crate::service::Recorded;
use crate::tls;
use std::io::{self, ErrorKind};
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

/// From the connection to the end of the request. Browsers open connections ahead of need; they open new ones.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// How long the client may take no bytes of the answer.
const STALL: Duration = Duration::from_secs(10);
/// The whole answer, however slowly it is read.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// For the client to close first. If we closed with unread bytes of its, the kernel would throw our answer away.
const LINGER: Duration = Duration::from_secs(2);
/// For the next request on a connection that goes on. Clients are told half of it.
const IDLE: Duration = Duration::from_secs(10);
/// Requests on one connection.
const REQUESTS: u32 = 100;
/// Bytes read per turn, so that one client's flood does not take the loop from the others.
const CHUNK: usize = 8 * 1024;
/// Bytes sent per turn: copying megabytes for one client takes milliseconds from all others.
const BURST: usize = 256 * 1024;
/// A client that takes no byte for so long is slow.
const SLOW: Duration = Duration::from_secs(1);
/// Bytes thrown away while lingering.
const MOST_DISCARDED: usize = 256 * 1024;

#[derive(Debug)]
enum Phase {
    Reading(Box<Codec>),
    /// The answer is being made, a piece in each turn.
    Making(Box<Unfinished>),
    /// Nothing is said before that time.
    Waiting(Box<Request>, Instant),
    /// `rest` is what comes behind `answer`; so many bytes of both are sent.
    Writing {
        answer: Vec<u8>,
        rest: Vec<u8>,
        sent: usize,
        /// It is one of several pieces, whose whole has no length.
        piece: bool,
        until: Instant,
        /// What makes the next piece once this one is sent.
        more: Option<Box<Unfinished>>,
        /// Another request may follow.
        keep: bool,
    },
    Lingering {
        discarded: usize,
    },
}

/// Is the connection still needed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Life {
    /// Yes.
    Open,
    /// No: drop it.
    Over,
}

/// One client.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    origin: Origin,
    accepted: Instant,
    deadline: Instant,
    phase: Phase,
    body_limit: usize,
    /// Requests that were answered.
    served: u32,
    /// Its answer waits until what it has ordered is recorded.
    held: bool,
}

impl Connection {
    /// A client that was let in at `now`; its socket does not block.
    pub fn new(stream: Stream, origin: Origin, body_limit: usize, now: Instant) -> Connection {
        Connection {
            stream,
            origin,
            accepted: now,
            deadline: now + REQUEST_WITHIN,
            phase: Phase::Reading(Box::new(Codec::new(body_limit))),
            body_limit,
            served: 0,
            held: false,
        }
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> RawFd {
        self.stream.fd()
    }

    /// What to wait for.
    pub fn interest(&self) -> Interest {
        match self.phase {
            Phase::Reading(_) if self.stream.wants_write() => Interest::WRITE,
            Phase::Reading(_) | Phase::Lingering { .. } => Interest::READ,
            Phase::Writing { .. } if self.held => Interest::default(),
            Phase::Writing { .. } => Interest::WRITE,
            Phase::Making(_) | Phase::Waiting(..) => Interest::default(),
        }
    }

    /// Why TLS with this client came to nothing, if it did. Told once.
    pub fn take_failure(&mut self) -> Option<tls::Failure> {
        self.stream.take_failure()
    }

    /// Where the client comes from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// When it was let in, or its present request began.
    pub fn accepted(&self) -> Instant {
        self.accepted
    }

    /// When it is dropped, whatever it is doing. Moves on while the client takes its answer.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Has it got all it has asked for?
    pub fn is_served(&self) -> bool {
        matches!(self.phase, Phase::Lingering { .. }) || self.is_idle()
    }

    /// Does it go on, and nothing more was asked yet?
    pub fn is_idle(&self) -> bool {
        self.served > 0 && matches!(&self.phase, Phase::Reading(codec) if !codec.begun())
    }

    /// The next request of an idle client may have so many bytes of body.
    pub fn set_body_limit(&mut self, limit: usize) {
        self.body_limit = limit;
        self.phase = Phase::Reading(Box::new(Codec::new(limit)));
    }

    /// Bytes of memory the answer still takes.
    pub fn held(&self) -> usize {
        match &self.phase {
            Phase::Writing { answer, rest, more, .. } => {
                answer.len() + rest.len() + more.as_ref().map_or(0, |unfinished| unfinished.held())
            }
            Phase::Making(unfinished) => unfinished.held(),
            _ => 0,
        }
    }

    /// The answer that is being made.
    pub fn unfinished(&mut self) -> Option<&mut Unfinished> {
        match &mut self.phase {
            Phase::Making(unfinished) => Some(unfinished),
            _ => None,
        }
    }

    /// When the request may be looked at, if it may not be yet.
    pub fn waits_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting(_, until) => Some(until),
            _ => None,
        }
    }

    /// The request that waits; what becomes of it is told to [`Connection::reply`].
    pub fn take_waiting(&mut self) -> Option<Box<Request>> {
        match std::mem::replace(&mut self.phase, Phase::Lingering { discarded: 0 }) {
            Phase::Waiting(request, _) => Some(request),
            phase => {
                self.phase = phase;
                None
            }
        }
    }

    /// What the request gets. `sending`: when what is made is sent.
    pub fn reply(&mut self, reply: Reply, sending: Sending, now: Instant) -> Life {
        match reply {
            Reply::Now(answer) => return self.answer(answer, sending, now),
            Reply::Later(unfinished) => self.phase = Phase::Making(unfinished),
            Reply::Wait(request, until) => self.phase = Phase::Waiting(request, until),
        }
        self.deadline = now + ANSWER_WITHIN;
        Life::Open
    }

    /// Is an answer being made?
    pub fn is_making(&self) -> bool {
        matches!(self.phase, Phase::Making(_))
    }

    /// The answer is made: sends it as far as the socket allows, or holds it back.
    pub fn answer(&mut self, answer: Encoded, sending: Sending, now: Instant) -> Life {
        self.deadline = now + STALL;
        let Encoded { first: answer, rest, keep } = answer;
        self.phase = Phase::Writing {
            answer,
            rest,
            sent: 0,
            piece: false,
            until: now + ANSWER_WITHIN,
            more: None,
            keep,
        };
        self.send(sending, now)
    }

    fn send(&mut self, sending: Sending, now: Instant) -> Life {
        match sending {
            Sending::AtOnce => self.write(now),
            Sending::OnceRecorded => {
                self.held = true;
                Life::Open
            }
        }
    }

    /// What was ordered so far is recorded: whoever ordered it may be told.
    pub fn release(&mut self, _: Recorded) {
        self.held = false;
    }

    /// A piece of the answer that is being made is there: sends it as far as the socket allows, or holds it back; the next
    /// one is made then.
    pub fn answer_piece(&mut self, piece: Encoded, sending: Sending, now: Instant) -> Life {
        let making = std::mem::replace(&mut self.phase, Phase::Lingering { discarded: 0 });
        let Phase::Making(mut unfinished) = making else { return Life::Over };
        let until = *unfinished.until.get_or_insert(now + ANSWER_WITHIN);
        self.deadline = (now + STALL).min(until);
        let more = unfinished.response.as_ref().is_some_and(|response| response.document.is_some());
        let more = more.then_some(unfinished);
        let Encoded { first: answer, rest, keep } = piece;
        self.phase = Phase::Writing { answer, rest, sent: 0, piece: true, until, more, keep };
        self.send(sending, now)
    }

    /// Is an answer begun whose reader cannot know how long it is, and not at its end?
    fn is_open_ended(&self) -> bool {
        match &self.phase {
            Phase::Writing { piece, .. } => *piece,
            Phase::Making(unfinished) => unfinished.until.is_some(),
            _ => false,
        }
    }

    /// Is an answer on its way to the client?
    pub fn is_writing(&self) -> bool {
        matches!(self.phase, Phase::Writing { .. })
    }

    /// When a client that takes no byte of its answer is found to be slow.
    pub fn slow_at(&self) -> Instant {
        self.deadline.checked_sub(STALL - SLOW).unwrap_or(self.accepted)
    }

    /// Goes on as far as the socket allows.
    pub fn on_ready(&mut self, readiness: Readiness, now: Instant, respond: Respond<'_>) -> Life {
        match &mut self.phase {
            Phase::Reading(_) if readiness.readable || readiness.writable => self.read(now, respond),
            Phase::Writing { .. } if self.held && !readiness.error && !readiness.hangup => Life::Open,
            Phase::Writing { .. } if readiness.writable || readiness.error => self.write(now),
            // A client that hangs up does not want the rest.
            Phase::Writing { .. } if readiness.hangup => Life::Over,
            Phase::Making(_) | Phase::Waiting(..) if readiness.hangup || readiness.error => Life::Over,
            Phase::Lingering { .. } if readiness.readable => self.discard(),
            _ => Life::Open,
        }
    }

    fn read(&mut self, now: Instant, respond: Respond<'_>) -> Life {
        let mut buffer = [0; CHUNK];
        let event = loop {
            let count = match self.stream.read(&mut buffer) {
                Ok(0) => return Life::Over,
                Ok(count) => count,
                Err(error) => return after(&error),
            };
            let Phase::Reading(codec) = &mut self.phase else { return Life::Open };
            let begins = self.served > 0 && !codec.begun();
            let event = codec.receive(buffer.get(..count).unwrap_or_default());
            if begins && codec.begun() {
                (self.accepted, self.deadline) = (now, now + REQUEST_WITHIN);
            }
            match event {
                // A record of TLS at most; the socket does not tell of it again.
                Event::NeedMore if self.stream.holds_text() => {}
                event => break event,
            }
        };
        let mut sending = Sending::AtOnce;
        let reply = match event {
            Event::NeedMore => return Life::Open,
            Event::Request(mut request) => {
                self.served += 1;
                request.secure = self.stream.is_secure();
                // What it has sent ahead is not looked at.
                request.keep &= self.served < REQUESTS && !self.stream.holds_text();
                sending = Sending::of(&request);
                respond(self.origin, Ok(*request))
            }
            Event::Refused(refusal) => respond(self.origin, Err(refusal)),
        };
        // Nearly every answer fits into the socket's buffer: one turn of the loop less. But who asks for a change gets
        // the answer when it has been made and written down.
        self.reply(reply, sending, now)
    }

    fn write(&mut self, now: Instant) -> Life {
        let Phase::Writing { answer, rest, sent, piece: _, until, more, keep } = &mut self.phase else {
            return Life::Open;
        };
        let mut room = BURST;
        loop {
            let first = answer.get(*sent..).unwrap_or_default();
            let behind = rest.get(sent.saturating_sub(answer.len())..).unwrap_or_default();
            if first.is_empty() && behind.is_empty() {
                if let Some(mut unfinished) = more.take() {
                    unfinished.response.iter_mut().for_each(|response| response.reuse(std::mem::take(rest)));
                    self.deadline = *until;
                    self.phase = Phase::Making(unfinished);
                    return Life::Open;
                }
                break;
            }
            if room == 0 {
                return Life::Open;
            }
            let first = first.get(..room).unwrap_or(first);
            let behind = behind.get(..room - first.len()).unwrap_or(behind);
            match self.stream.write(first, behind) {
                Ok(0) => return Life::Over,
                Ok(count) => {
                    *sent += count;
                    room = room.saturating_sub(count);
                    self.deadline = (now + STALL).min(*until);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return after(&error),
            }
        }
        if *keep {
            return match self.stream.flush() {
                Ok(true) => {
                    self.phase = Phase::Reading(Box::new(Codec::new(self.body_limit)));
                    self.deadline = now + IDLE;
                    Life::Open
                }
                Ok(false) => Life::Open,
                Err(_) => Life::Over,
            };
        }
        match self.stream.end_writing() {
            Ok(true) => {
                self.phase = Phase::Lingering { discarded: 0 };
                self.deadline = now + LINGER;
                Life::Open
            }
            Ok(false) => Life::Open,
            Err(_) => Life::Over,
        }
    }

    fn discard(&mut self) -> Life {
        let mut buffer = [0; CHUNK];
        let count = match self.stream.discard(&mut buffer) {
            Ok(0) => return Life::Over,
            Ok(count) => count,
            Err(error) => return after(&error),
        };
        let Phase::Lingering { discarded } = &mut self.phase else { return Life::Open };
        *discarded += count;
        if *discarded > MOST_DISCARDED { Life::Over } else { Life::Open }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_open_ended() {
            self.stream.break_at_close();
        }
    }
}

fn after(error: &io::Error) -> Life {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Life::Open,
        _ => Life::Over,
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;

#[cfg(test)]
#[cfg(feature = "tls")]
#[path = "secure_tests.rs"]
mod secure;
