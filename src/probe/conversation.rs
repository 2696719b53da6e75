//! One conversation from the name to the last byte: look up, connect, negotiate TLS, talk (`talking.rs`). Each phase has
//! an absolute deadline; bytes that trickle in do not move it.

use super::Endpoint;
use super::connect::{self, Attempt, Contact};
use super::driver::{Patience, Success, Talker, Target};
use super::failure::{During, Failure};
use super::last_words::LastWords;
use super::looking::Looking;
use super::resolve::{Answer, Resolver};
use super::stream::Stream;
use crate::protocol;
use crate::reactor::{Interest, PollSet, Readiness, Token};
use crate::tls;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

mod talking;

#[derive(Debug)]
enum Phase {
    Resolving,
    Connecting(Attempt),
    Handshake(Stream),
    /// Writing and reading as the dialogue says.
    Talking(Stream),
    /// The last bytes go out, then all is well.
    Finishing(Stream),
    Over(Result<Success, Failure>),
}

/// All of it but the dialogue: compiled once, whoever talks.
#[derive(Debug)]
pub(super) struct Conversation {
    target: Target,
    token: Token,
    phase: Phase,
    deadline: Instant,
    connecting_since: Instant,
    validity: Option<tls::Validity>,
    /// Bytes of the last `Send` are still on their way.
    sending: bool,
    quiet: Option<(Duration, Instant)>,
    began: bool,
    /// There may be more to read than the loop will tell: TLS has taken it off the socket.
    more: bool,
    /// Writing has failed: what is still read only tells why.
    broken: bool,
    /// The dialogue waits for a pattern to be looked for, and hears nothing meanwhile.
    looking: Option<Box<Looking>>,
    /// What the other side said, where somebody wants to see it.
    words: Option<Box<LastWords>>,
}

impl Conversation {
    /// Begins: numeric addresses and socket files are connected at once, names are handed to the resolver. The loop gets
    /// this `token` with the descriptor.
    pub(super) fn start(
        target: Target,
        protocol: Talker<'_>,
        token: Token,
        now: Instant,
        resolver: &mut Resolver,
    ) -> Conversation {
        let (Patience::Whole(limit) | Patience::Step(limit)) = target.patience;
        let mut conversation = Conversation {
            target,
            token,
            phase: Phase::Resolving,
            deadline: now + limit,
            connecting_since: now,
            validity: None,
            sending: false,
            quiet: None,
            began: false,
            more: false,
            broken: false,
            looking: None,
            words: None,
        };
        conversation.resolve(protocol, now, resolver);
        conversation
    }

    /// How it ended; `None` while it is in flight.
    pub(super) fn result(&self) -> Option<&Result<Success, Failure>> {
        match &self.phase {
            Phase::Over(result) => Some(result),
            _ => None,
        }
    }

    /// How it ended, if it is over.
    pub(super) fn into_result(self) -> Option<Result<Success, Failure>> {
        match self.phase {
            Phase::Over(result) => Some(result),
            _ => None,
        }
    }

    /// From now on keeps what the other side said last.
    pub(super) fn keep_words(&mut self) {
        self.words = Some(Box::default());
    }

    /// Hands that out.
    pub(super) fn take_words(&mut self) -> Option<Box<LastWords>> {
        self.words.take()
    }

    /// Is it past the handshakes, with the dialogue begun?
    pub(super) fn is_talking(&self) -> bool {
        self.began
    }

    /// When [`on_tick`](Self::on_tick) is wanted at the latest; `None` when it is over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if let Some(looking) = &self.looking {
            return Some(looking.when.min(self.deadline));
        }
        let deadline = match &self.phase {
            Phase::Over(_) => return None,
            _ if self.more => self.connecting_since,
            Phase::Connecting(attempt) => attempt.deadline().min(self.deadline),
            _ => self.deadline,
        };
        Some(self.quiet.map_or(deadline, |(_, quiet)| quiet.min(deadline)))
    }

    /// Adds the descriptor and the deadline to the set of this turn.
    pub(super) fn register(&self, set: &mut PollSet) {
        match &self.phase {
            Phase::Resolving | Phase::Over(_) => {}
            Phase::Connecting(attempt) => {
                if let Some(socket) = attempt.socket() {
                    set.add(socket.as_raw_fd(), Interest::WRITE, self.token);
                }
            }
            Phase::Handshake(stream) | Phase::Talking(stream) | Phase::Finishing(stream) => {
                set.add(stream.fd(), stream.interest(), self.token);
            }
        }
        if let Some(deadline) = self.deadline() {
            set.wake_at(deadline);
        }
    }

    /// Something happened on the descriptor.
    pub(super) fn on_ready(&mut self, protocol: Talker<'_>, ready: Readiness, now: Instant) {
        if matches!(self.phase, Phase::Connecting(_)) {
            self.connect(protocol, ready.writable || ready.error || ready.hangup, now);
            return;
        }
        if matches!(self.phase, Phase::Handshake(_)) {
            self.handshake(protocol, now);
            return;
        }
        if self.looking.is_some() {
            return;
        }
        if ready.writable {
            self.write(protocol, now);
        }
        if ready.readable {
            self.read(protocol, now);
        }
    }

    /// Time has passed, or the resolver had a turn.
    pub(super) fn on_tick(&mut self, protocol: Talker<'_>, now: Instant, resolver: &mut Resolver) {
        match &self.phase {
            Phase::Over(_) => return,
            Phase::Resolving => self.resolve(protocol, now, resolver),
            Phase::Connecting(_) => self.connect(protocol, false, now),
            _ => {}
        }
        if let Some(mut looking) = self.looking.take_if(|looking| looking.when <= now) {
            match looking.go_on(protocol, now) {
                Some(step) => {
                    self.perform(protocol, step, now);
                    // What has come meanwhile is still to be heard.
                    self.more |= matches!(self.phase, Phase::Talking(_));
                }
                None => self.looking = Some(looking),
            }
        }
        if self.more && self.looking.is_none() {
            self.read(protocol, now);
        }
        let is_quiet = self.looking.is_none() && self.quiet.is_some_and(|(_, at)| at <= now);
        if is_quiet && matches!(self.phase, Phase::Talking(_)) {
            self.quiet = None;
            let step = protocol.quiet();
            self.perform(protocol, step, now);
        }
        if self.deadline <= now {
            let stage = match &self.phase {
                Phase::Over(_) => return,
                Phase::Resolving if self.target.endpoint.host().is_some() => During::Resolve,
                Phase::Resolving => During::Connect,
                Phase::Connecting(_) => During::Connect,
                Phase::Handshake(_) => During::Handshake,
                Phase::Talking(_) | Phase::Finishing(_) => During::Dialogue,
            };
            let said = matches!(self.phase, Phase::Talking(_)).then(|| protocol.late()).flatten();
            self.end(now, Err(said.map_or(Failure::Timeout(stage), Failure::Protocol)));
        }
    }

    fn end(&mut self, now: Instant, result: Result<(), Failure>) {
        let validity = self.validity;
        let response_time = now.saturating_duration_since(self.connecting_since);
        if let Some(words) = &mut self.words {
            words.sending = self.sending || self.broken;
        }
        self.quiet = None;
        self.more = false;
        self.looking = None;
        self.leave(Phase::Over(result.map(|()| Success { response_time, validity })));
    }

    /// Goes over to another phase, without the connection.
    fn leave(&mut self, next: Phase) {
        match std::mem::replace(&mut self.phase, next) {
            Phase::Handshake(stream) | Phase::Talking(stream) | Phase::Finishing(stream) => stream.leave(),
            Phase::Resolving | Phase::Connecting(_) | Phase::Over(_) => {}
        }
    }

    fn resolve(&mut self, protocol: Talker<'_>, now: Instant, resolver: &mut Resolver) {
        self.more = false;
        let (host, port) = match &self.target.endpoint {
            Endpoint::Unix { path, datagrams } => {
                if self.quiet.is_some_and(|(_, again)| again > now) {
                    return;
                }
                if self.quiet.take().is_none() {
                    self.connecting_since = now;
                }
                return match connect::unix(path, *datagrams) {
                    Ok(Some(socket)) => self.connected(protocol, Stream::new(socket), now),
                    Ok(None) => self.quiet = Some((connect::FULL, now + connect::FULL)),
                    Err(failure) => self.end(now, Err(failure)),
                };
            }
            Endpoint::Tcp { port, .. } | Endpoint::Udp { port, .. } => {
                (self.target.endpoint.host().unwrap_or_default(), *port)
            }
        };
        match resolver.ask(host, self.target.family, now, self.deadline) {
            Ok(Answer::Wait) => {}
            Ok(Answer::None(none)) => self.end(now, Err(Failure::Resolve(none))),
            Err(failure) => self.end(now, Err(failure)),
            Ok(Answer::Addresses(addresses)) => {
                self.connecting_since = now;
                if matches!(self.target.endpoint, Endpoint::Udp { .. }) {
                    return match connect::udp(&addresses, port, self.target.source) {
                        Ok(socket) => self.connected(protocol, Stream::new(socket), now),
                        Err(failure) => self.end(now, Err(failure)),
                    };
                }
                let attempt = Attempt::new(addresses, port, self.target.source, now, self.deadline);
                self.phase = Phase::Connecting(attempt);
                self.connect(protocol, false, now);
            }
        }
    }

    fn connect(&mut self, protocol: Talker<'_>, writable: bool, now: Instant) {
        let Phase::Connecting(attempt) = &mut self.phase else { return };
        match attempt.poll(writable, now) {
            Contact::Wait => {}
            Contact::Connected(socket) => self.connected(protocol, Stream::new(socket), now),
            Contact::Failed(failure) => self.end(now, Err(failure)),
        }
    }

    fn connected(&mut self, protocol: Talker<'_>, stream: Stream, now: Instant) {
        if self.target.tls.is_some() && !self.target.starttls {
            self.secure(protocol, stream, now);
        } else {
            self.phase = Phase::Talking(stream);
            self.begin(protocol, now);
        }
    }

    fn secure(&mut self, protocol: Talker<'_>, mut stream: Stream, now: Instant) {
        let Some(options) = &self.target.tls else {
            let missing = protocol::Failure::Unsupported("TLS without options");
            return self.end(now, Err(missing.into()));
        };
        match tls::Session::new(options, self.target.endpoint.host()) {
            Ok(session) => {
                stream.secure(session);
                self.phase = Phase::Handshake(stream);
                self.handshake(protocol, now);
            }
            Err(failure) => self.end(now, Err(failure.into())),
        }
    }

    fn handshake(&mut self, protocol: Talker<'_>, now: Instant) {
        let Phase::Handshake(stream) = &mut self.phase else { return };
        match stream.handshake() {
            Ok(false) => {}
            Err(failure) => self.end(now, Err(failure)),
            Ok(true) => {
                // That of the server that was asked first, wherever it leads.
                self.validity = self.validity.or_else(|| stream.session().and_then(tls::Session::validity));
                let Phase::Handshake(stream) = std::mem::replace(&mut self.phase, Phase::Resolving) else {
                    return;
                };
                self.phase = Phase::Talking(stream);
                if self.began {
                    self.renew(protocol, now);
                    let step = protocol.secured();
                    self.perform(protocol, step, now);
                } else {
                    self.begin(protocol, now);
                }
                // The server's first words may have come along with the end of its handshake.
                self.read(protocol, now);
            }
        }
    }

    fn begin(&mut self, protocol: Talker<'_>, now: Instant) {
        self.began = true;
        let local = match &self.phase {
            Phase::Talking(stream) => stream.local(),
            _ => None,
        };
        if let Some(local) = local {
            protocol.comes_from(local);
        }
        self.renew(protocol, now);
        let step = protocol.start();
        self.perform(protocol, step, now);
    }

    /// A new answer is awaited.
    fn renew(&mut self, protocol: Talker<'_>, now: Instant) {
        if let Patience::Step(limit) = self.target.patience {
            self.deadline = now + limit.max(protocol.patience());
        }
    }
}
