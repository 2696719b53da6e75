//! Echo requests to a host, one after the other, until one is answered.
//!
//! Each has the test's timeout; a name with several addresses divides it among them. Sockets for everybody
//! (`net.ipv4.ping_group_range`) come before raw ones, because the kernel keeps the replies of others away from them.

use super::driver::Success;
use super::failure::Failure;
use super::icmp::{self, SECRET, Version, behind_ipv4};
use super::resolve::{Answer, Resolver};
use crate::config;
use crate::reactor::{Interest, PollSet, Token};
use crate::sys;
use crate::sys::socket::{connect_icmp, datagram_icmp, raw_icmp, receive, send};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Most packets read in one turn: whoever is flooded with replies shares the loop all the same.
const READS: usize = 32;
/// Room for the largest reply with its IPv4 header; what is longer is no reply of ours.
const ROOM: usize = 60 + 8 + 1500;
/// After an error (a router says there is no way) the next request waits so long, or its timeout if that is less: what
/// is asked three times within a millisecond is asked once.
const PAUSE: Duration = Duration::from_secs(1);

/// What to ask of whom.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) host: Box<str>,
    pub(super) test: config::Ping,
}

#[derive(Debug)]
struct Socket {
    fd: OwnedFd,
    raw: bool,
    address: SocketAddr,
}

/// A ping test in flight.
#[derive(Debug)]
pub(super) struct Ping {
    plan: Plan,
    token: Token,
    addresses: Option<Rc<[SocketAddr]>>,
    /// Requests that were tried.
    tried: u64,
    socket: Option<Socket>,
    request: icmp::Echo,
    sent: Instant,
    /// When the present request has had its time, or the name its.
    until: Instant,
    error: Option<io::Error>,
    result: Option<Result<Success, Failure>>,
}

impl Ping {
    /// Begins: a name is handed to the resolver, an address is asked at once.
    pub(super) fn start(plan: Plan, token: Token, now: Instant, resolver: &mut Resolver) -> Ping {
        let mut secret = [0; SECRET];
        let random = sys::random::fill(&mut secret);
        let request = icmp::Echo {
            version: Version::V4,
            identifier: u16::from_be_bytes([secret[0], secret[1]]),
            sequence: 0,
            secret,
            size: plan.test.size as usize,
        };
        let until = now + plan.test.timeout;
        let mut ping = Ping {
            plan,
            token,
            addresses: None,
            tried: 0,
            socket: None,
            request,
            sent: now,
            until,
            error: None,
            // Without them anybody's packet could be taken for the reply.
            result: random.err().map(|error| Err(Failure::Helper(error))),
        };
        ping.on_tick(now, resolver);
        ping
    }

    pub(super) fn result(&self) -> Option<&Result<Success, Failure>> {
        self.result.as_ref()
    }

    pub(super) fn into_result(self) -> Option<Result<Success, Failure>> {
        self.result
    }

    pub(super) fn register(&self, set: &mut PollSet) {
        if self.result.is_some() {
            return;
        }
        if let Some(socket) = &self.socket {
            set.add(socket.fd.as_raw_fd(), Interest::READ, self.token);
        }
        set.wake_at(self.until);
    }

    /// Something has come, or an error.
    pub(super) fn on_ready(&mut self, now: Instant) {
        let mut buffer = [0; ROOM];
        for _ in 0..READS {
            let Some(socket) = &self.socket else { return };
            let count = match receive(&socket.fd, &mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => return self.failed(error),
            };
            let bytes = buffer.get(..count).unwrap_or_default();
            let bytes = if socket.raw && socket.address.is_ipv4() { behind_ipv4(bytes) } else { bytes };
            if self.request.is_answered_by(bytes) {
                let response_time = now.saturating_duration_since(self.sent);
                self.end(Ok(Success { response_time, validity: None }));
            }
        }
    }

    /// Time has passed, or the resolver had a turn.
    pub(super) fn on_tick(&mut self, now: Instant, resolver: &mut Resolver) {
        if self.result.is_some() {
            return;
        }
        if self.addresses.is_none() {
            match resolver.ask(&self.plan.host, self.plan.test.family, now, self.until) {
                Ok(Answer::Addresses(addresses)) => self.addresses = Some(addresses),
                Ok(Answer::None(none)) => return self.end(Err(Failure::Resolve(none))),
                Ok(Answer::Wait) if self.until > now => return,
                Ok(Answer::Wait) => return self.end(Err(Failure::Timeout(super::During::Resolve))),
                Err(failure) => return self.end(Err(failure)),
            }
            self.until = now;
        }
        while self.result.is_none() && self.until <= now {
            self.ask(now);
        }
    }

    /// Sends the next request.
    fn ask(&mut self, now: Instant) {
        let addresses = self.addresses.clone().unwrap_or_default();
        let all = addresses.len() as u64;
        let address = self.tried.checked_rem(all).and_then(|at| addresses.get(at as usize));
        let Some(address) = address.filter(|_| self.tried < all * u64::from(self.plan.test.count.max(1)))
        else {
            let reason = self.error.take().map_or(Failure::NoReply, Failure::Connect);
            return self.end(Err(reason));
        };
        self.tried += 1;
        self.sent = now;
        self.until = now + self.plan.test.timeout / all as u32;
        self.request.sequence = self.tried as u16;
        let said = match self.open(*address) {
            Ok(()) => self.socket.as_ref().map_or(Ok(0), |socket| send(&socket.fd, &self.request.request())),
            Err(Failure::Connect(error)) => Err(error),
            Err(failure) => return self.end(Err(failure)),
        };
        if let Err(error) = said {
            self.failed(error);
        }
    }

    /// A socket to this address, the present one if it is.
    fn open(&mut self, address: SocketAddr) -> Result<(), Failure> {
        if self.socket.as_ref().is_some_and(|socket| socket.address == address) {
            return Ok(());
        }
        self.socket = None;
        let (raw, fd) = socket(address.is_ipv6())?;
        let name = connect_icmp(&fd, address, self.plan.test.outgoing);
        let name = name.map_err(Failure::Connect)?;
        // The kernel numbers the requests of its sockets itself.
        if !raw {
            self.request.identifier = name;
        }
        self.request.version = if address.is_ipv6() { Version::V6 } else { Version::V4 };
        self.socket = Some(Socket { fd, raw, address });
        Ok(())
    }

    /// This request comes to nothing. The socket goes, with all the errors it may keep.
    fn failed(&mut self, error: io::Error) {
        self.error = Some(error);
        self.socket = None;
        self.until = self.until.min(self.sent + PAUSE);
        let all = self.addresses.as_ref().map_or(0, |all| all.len()) as u64;
        if self.tried >= all * u64::from(self.plan.test.count.max(1)) || self.tried % all.max(1) != 0 {
            // Nobody else to give time to, or another address to ask.
            self.until = self.sent;
        }
    }

    fn end(&mut self, result: Result<Success, Failure>) {
        self.socket = None;
        self.result = Some(result);
    }
}

/// A socket for echo requests, and whether it is a raw one.
fn socket(ipv6: bool) -> Result<(bool, OwnedFd), Failure> {
    let denied = |error: &io::Error| error.kind() == ErrorKind::PermissionDenied;
    match datagram_icmp(ipv6) {
        Ok(fd) => return Ok((false, fd)),
        // A kernel without them says that it does not know the protocol.
        Err(error) if denied(&error) || is_unknown_protocol(&error) => {}
        Err(error) => return Err(Failure::Connect(error)),
    }
    match raw_icmp(ipv6) {
        Ok(fd) => Ok((true, fd)),
        Err(error) if denied(&error) => Err(Failure::PingForbidden(error)),
        Err(error) => Err(Failure::Connect(error)),
    }
}

fn is_unknown_protocol(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EPROTONOSUPPORT)
}

#[cfg(test)]
#[path = "ping_tests.rs"]
mod tests;
