//! Names to addresses, by a disposable helper process: the C library's resolver knows hosts files, nsswitch and search
//! lists, but it blocks, and what it loads stays in memory. The helper does not, and dies at its deadline.
//!
//! One helper per distinct name, a few at a time. Answers are shared by everybody who asks within a few seconds, so
//! that a cycle looks a name up once. Numeric addresses need no helper.

use super::failure::Failure;
use crate::config::Family;
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys::fork::{ChildTask, run_in_child};
use crate::sys::{error_text, resolver_text};
use std::fmt;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, SocketAddrV6, ToSocketAddrs};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Helpers at work at the same time; further names wait for a free one.
const AT_ONCE: usize = 8;
/// Addresses taken of one name.
const ADDRESSES: usize = 16;
/// Most bytes taken from a helper.
const OUTPUT: usize = 2048;
/// Characters of the resolver's words that are kept.
const WORDS: usize = 200;
/// How long an answer is shared.
const FRESH: Duration = Duration::from_secs(5);
/// Names remembered at most; beyond, whoever asks waits.
const NAMES: usize = 256;

/// What is known about a name.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Its addresses (port 0), at least one, in the order to try them.
    Addresses(Rc<[SocketAddr]>),
    /// It has none.
    None(NoAddress),
    /// Ask again when the resolver had a turn.
    Wait,
}

/// Why a name has no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAddress {
    /// It is no name.
    NoName,
    /// The resolver knows none.
    Unknown,
    /// It has addresses of the other families only.
    NotOf(Family),
    /// No answer came in time.
    TimedOut,
    /// More addresses came than any name has.
    TooMany,
    /// No helper could be started, for this reason.
    NoHelper(Rc<str>),
    /// The resolver's words, or why the helper's could not be read.
    Said(Rc<str>),
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAddress::NoName => f.write_str("no name"),
            NoAddress::Unknown | NoAddress::NotOf(Family::Any) => f.write_str("no address"),
            NoAddress::NotOf(Family::V4) => f.write_str("no IPv4 address"),
            NoAddress::NotOf(Family::V6) => f.write_str("no IPv6 address"),
            NoAddress::TimedOut => f.write_str("timed out"),
            NoAddress::TooMany => f.write_str("too many addresses"),
            NoAddress::NoHelper(reason) => write!(f, "cannot start a lookup: {reason}"),
            NoAddress::Said(words) => f.write_str(words),
        }
    }
}

#[derive(Debug)]
enum State {
    Queued,
    Running { helper: ChildTask, output: Vec<u8>, deadline: Instant },
    Done { result: Result<Rc<[SocketAddr]>, NoAddress>, at: Instant },
}

#[derive(Debug)]
struct Lookup {
    id: u32,
    host: Box<str>,
    /// The latest deadline of those who ask.
    until: Instant,
    state: State,
}

/// Lookups in flight and fresh answers.
#[derive(Debug)]
pub struct Resolver {
    source: Source,
    part: u8,
    next: u32,
    lookups: Vec<Lookup>,
}

impl Resolver {
    /// A resolver whose descriptors are announced to the loop as `source` with this `part`, so that several owners can
    /// have one each.
    pub fn new(source: Source, part: u8) -> Resolver {
        Resolver { source, part, next: 0, lookups: Vec::new() }
    }

    /// The addresses of `host`, looked up if need be and not longer than until `deadline`.
    pub fn ask(
        &mut self,
        host: &str,
        family: Family,
        now: Instant,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(select(&[SocketAddr::new(address, 0)], family));
        }
        if host.is_empty() || host.bytes().any(|b| b == 0) {
            return Ok(Answer::None(NoAddress::NoName));
        }
        self.forget(now);
        if let Some(lookup) = self.lookups.iter_mut().find(|lookup| lookup.host.eq_ignore_ascii_case(host)) {
            lookup.until = lookup.until.max(deadline);
            if let State::Running { deadline, .. } = &mut lookup.state {
                *deadline = lookup.until;
            }
            if let State::Done { result, .. } = &lookup.state {
                return Ok(match result {
                    Ok(addresses) => select(addresses, family),
                    Err(none) => Answer::None(none.clone()),
                });
            }
        } else if self.lookups.len() < NAMES {
            let id = self.next;
            self.next = self.next.wrapping_add(1);
            self.lookups.push(Lookup { id, host: host.into(), until: deadline, state: State::Queued });
            self.start(now)?;
        }
        Ok(Answer::Wait)
    }

    /// Forgets answers that are no longer fresh.
    fn forget(&mut self, now: Instant) {
        self.lookups.retain(
            |lookup| !matches!(&lookup.state, State::Done { at, .. } if now.saturating_duration_since(*at) >= FRESH),
        );
        if self.lookups.is_empty() {
            self.lookups = Vec::new();
        }
    }

    fn start(&mut self, now: Instant) -> Result<(), Failure> {
        let running = self.lookups.iter().filter(|l| matches!(l.state, State::Running { .. })).count();
        let mut free = AT_ONCE.saturating_sub(running);
        let mut failure = None;
        for lookup in &mut self.lookups {
            if free == 0 {
                break;
            }
            if matches!(lookup.state, State::Queued) {
                let host = lookup.host.clone();
                match run_in_child(move |pipe| look_up(&host, pipe)) {
                    Ok(helper) => {
                        free -= 1;
                        lookup.state = State::Running { helper, output: Vec::new(), deadline: lookup.until };
                    }
                    Err(error) => {
                        let none = NoAddress::NoHelper(error_text(&error).into());
                        lookup.state = State::Done { result: Err(none), at: now };
                        failure = Some(error);
                    }
                }
            }
        }
        failure.map_or(Ok(()), |error| Err(Failure::Helper(error)))
    }

    /// Adds the helpers' pipes to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        for lookup in &self.lookups {
            if let State::Running { helper, deadline, .. } = &lookup.state {
                let token = Token { source: self.source, id: lookup.id, part: self.part };
                set.add(helper.output().as_raw_fd(), Interest::READ, token);
                set.wake_at(*deadline);
            } else if matches!(lookup.state, State::Queued) {
                set.wake_at(lookup.until);
            }
        }
    }

    /// A helper's pipe is readable; `token` is one that [`register`](Self::register) gave out.
    pub fn on_ready(&mut self, token: Token, now: Instant) {
        if let Some(lookup) = self.lookups.iter_mut().find(|lookup| lookup.id == token.id) {
            lookup.read(now);
        }
    }

    /// Ends helpers over their deadline and starts waiting ones.
    pub fn on_tick(&mut self, now: Instant) {
        for lookup in &mut self.lookups {
            if matches!(&lookup.state, State::Running { deadline, .. } if *deadline <= now) {
                // The last word: it may have answered in the very moment.
                lookup.read(now);
                if matches!(lookup.state, State::Running { .. }) {
                    lookup.state = State::Done { result: Err(NoAddress::TimedOut), at: now };
                }
            }
            if matches!(lookup.state, State::Queued) && lookup.until <= now {
                lookup.state = State::Done { result: Err(NoAddress::TimedOut), at: now };
            }
        }
        // A failure to start is kept as the answer of that name.
        let _ = self.start(now);
        self.forget(now);
    }

    /// Is there nothing in flight?
    pub fn is_idle(&self) -> bool {
        !self.lookups.iter().any(|lookup| matches!(lookup.state, State::Running { .. } | State::Queued))
    }
}

impl Lookup {
    fn read(&mut self, now: Instant) {
        let State::Running { helper, output, .. } = &mut self.state else { return };
        let mut chunk = [0u8; 512];
        let result = loop {
            match helper.read(&mut chunk) {
                Ok(0) => break parse(output),
                Ok(count) => output.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(NoAddress::Said(error_text(&error).into())),
            }
            if output.len() > OUTPUT {
                break Err(NoAddress::TooMany);
            }
        };
        self.state = State::Done { result, at: now };
    }
}

/// The addresses of one family.
fn select(addresses: &[SocketAddr], family: Family) -> Answer {
    let fits = |address: &&SocketAddr| match family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    };
    let chosen: Rc<[SocketAddr]> = addresses.iter().filter(fits).copied().collect();
    if chosen.is_empty() { Answer::None(NoAddress::NotOf(family)) } else { Answer::Addresses(chosen) }
}

/// In the helper: one line per address, or `!` and the reason.
fn look_up(host: &str, pipe: &mut impl Write) {
    let text = match (host, 0u16).to_socket_addrs() {
        Ok(addresses) => {
            let mut text = String::new();
            for address in addresses.take(ADDRESSES) {
                match address {
                    SocketAddr::V4(v4) => text.push_str(&format!("{}\n", v4.ip())),
                    SocketAddr::V6(v6) => text.push_str(&format!("{}%{}\n", v6.ip(), v6.scope_id())),
                }
            }
            text
        }
        Err(error) => format!("!{}\n", resolver_text(&error).chars().take(WORDS).collect::<String>()),
    };
    let _ = pipe.write_all(text.as_bytes());
}

fn parse(output: &[u8]) -> Result<Rc<[SocketAddr]>, NoAddress> {
    let text = String::from_utf8_lossy(output);
    if let Some(reason) = text.strip_prefix('!') {
        return Err(NoAddress::Said(reason.trim_end().into()));
    }
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for line in text.lines() {
        let (ip, scope) = line.split_once('%').unwrap_or((line, "0"));
        let address = match (ip.parse(), scope.parse()) {
            (Ok(IpAddr::V6(v6)), Ok(scope)) => SocketAddr::V6(SocketAddrV6::new(v6, 0, 0, scope)),
            (Ok(ip), _) => SocketAddr::new(ip, 0),
            _ => continue,
        };
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(NoAddress::Unknown) } else { Ok(addresses.into()) }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
