//! A conversation and its dialogue: what is wanted of it, and how it ends. How it goes on is in [`super::conversation`].

use super::Endpoint;
use super::conversation::Conversation;
use super::failure::Failure;
use super::last_words::LastWords;
use super::resolve::Resolver;
use crate::config::Family;
use crate::protocol::{Protocol, Server};
use crate::reactor::{PollSet, Readiness, Token};
use crate::tls;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The dialogue, as the driver sees it.
pub(super) type Talker<'a> = &'a mut dyn Protocol;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// So long for the whole conversation.
    Whole(Duration),
    /// So long for making the connection (name, address and TLS), and again for each answer.
    Step(Duration),
}

/// Where to, and how.
#[derive(Debug, Clone)]
pub struct Target {
    /// Host and port, or a socket file.
    pub endpoint: Endpoint,
    /// Addresses to use of a name.
    pub family: Family,
    /// The local address to come from.
    pub source: Option<IpAddr>,
    /// TLS: the options, when it is wanted at all.
    pub tls: Option<tls::Options>,
    /// TLS begins when the dialogue asks for it, not with the first byte.
    pub starttls: bool,
    /// How long to wait.
    pub patience: Patience,
    /// TLS with a server that the first one names; `None`: no dialogue leads elsewhere.
    pub onward: Option<Box<tls::Options>>,
}

impl Target {
    /// From now on it is another server. What was asked of the first one alone is not asked of it: a checksum of the
    /// certificate, a certificate of ours.
    pub(super) fn go_elsewhere(&mut self, server: Server) {
        self.endpoint = Endpoint::Tcp { host: server.host, port: server.port };
        self.tls = self.onward.as_deref().filter(|_| server.secure).cloned();
    }
}

/// What a conversation that went well leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Success {
    /// From the beginning of the connection (the name was known by then) to the end of the dialogue.
    pub response_time: Duration,
    /// The dates of the server's certificate, where TLS was spoken.
    pub validity: Option<tls::Validity>,
}

/// A conversation in flight, with its dialogue.
#[derive(Debug)]
pub struct Probe<P> {
    protocol: P,
    conversation: Conversation,
}

impl<P: Protocol> Probe<P> {
    /// Begins: numeric addresses and socket files are connected at once, names are handed to the resolver. The loop gets
    /// this `token` with the descriptor.
    pub fn start(
        target: Target,
        mut protocol: P,
        token: Token,
        now: Instant,
        resolver: &mut Resolver,
    ) -> Probe<P> {
        let conversation = Conversation::start(target, &mut protocol, token, now, resolver);
        Probe { protocol, conversation }
    }

    /// The dialogue.
    pub fn protocol(&self) -> &P {
        &self.protocol
    }

    /// The dialogue, to be told something; [`proceed`](Self::proceed) then asks it for its next step.
    pub fn protocol_mut(&mut self) -> &mut P {
        &mut self.protocol
    }

    /// How it ended; `None` while it is in flight.
    pub fn result(&self) -> Option<&Result<Success, Failure>> {
        self.conversation.result()
    }

    /// From now on keeps what the other side said last.
    pub fn keep_words(&mut self) {
        self.conversation.keep_words();
    }

    /// Hands that out.
    pub fn take_words(&mut self) -> Option<Box<LastWords>> {
        self.conversation.take_words()
    }

    /// Takes a conversation that is over apart.
    pub fn into_result(self) -> (P, Option<Result<Success, Failure>>) {
        (self.protocol, self.conversation.into_result())
    }

    /// Is it past the handshakes, with the dialogue begun?
    pub fn is_talking(&self) -> bool {
        self.conversation.is_talking()
    }

    /// When [`on_tick`](Self::on_tick) is wanted at the latest; `None` when it is over.
    pub fn deadline(&self) -> Option<Instant> {
        self.conversation.deadline()
    }

    /// Adds the descriptor and the deadline to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        self.conversation.register(set);
    }

    /// Something happened on the descriptor.
    pub fn on_ready(&mut self, ready: Readiness, now: Instant) {
        self.conversation.on_ready(&mut self.protocol, ready, now);
    }

    /// Time has passed, or the resolver had a turn.
    pub fn on_tick(&mut self, now: Instant, resolver: &mut Resolver) {
        self.conversation.on_tick(&mut self.protocol, now, resolver);
    }

    /// Asks the dialogue for its next step after it was told something.
    pub fn proceed(&mut self, now: Instant) {
        self.conversation.proceed(&mut self.protocol, now);
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
pub mod tests;
