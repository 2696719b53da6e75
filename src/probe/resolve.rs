//! Names to addresses, by a disposable helper process: the C library's resolver knows hosts files, nsswitch and search
//! lists, but it blocks, and what it loads stays in memory. The helper does not, and dies at its deadline.
//!
//! One helper per distinct name, a few at a time. Answers are shared by everybody who asks within a few seconds, so
//! that a cycle looks a name up once. Numeric addresses need no helper.

use super::failure::Failure;
use crate::config::Family;
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys::error_text;
use crate::sys::fork::{ChildTask, run_in_child};
use std::io::{self, ErrorKind, Write};
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
/// How long an answer is shared.
const FRESH: Duration = Duration::from_secs(5);
/// Names remembered at most; beyond, whoever asks waits.
const NAMES: usize = 256;

/// What is known about a name.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Its addresses (port 0), at least one, in the order to try them.
    Addresses(Rc<[SocketAddr]>),
    /// It has none: the resolver's words.
    None(Rc<str>),
    /// Ask again when the resolver had a turn.
    Wait,
}

#[derive(Debug)]
enum State {
    Queued,
    Running { helper: ChildTask, output: Vec<u8>, deadline: Instant },
    Done { result: Result<Rc<[SocketAddr]>, Rc<str>>, at: Instant },
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
            return Ok(Answer::None("no name".into()));
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
                    Err(text) => Answer::None(text.clone()),
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
                        let text = format!("cannot start a lookup: {}", error_text(&error)).into();
                        lookup.state = State::Done { result: Err(text), at: now };
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
                    lookup.state = State::Done { result: Err("timed out".into()), at: now };
                }
            }
            if matches!(lookup.state, State::Queued) && lookup.until <= now {
                lookup.state = State::Done { result: Err("timed out".into()), at: now };
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
                Err(error) => break Err(error_text(&error).into()),
            }
            if output.len() > OUTPUT {
                break Err("too many addresses".into());
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
    match family {
        _ if !chosen.is_empty() => Answer::Addresses(chosen),
        Family::V4 => Answer::None("no IPv4 address".into()),
        Family::V6 => Answer::None("no IPv6 address".into()),
        Family::Any => Answer::None("no address".into()),
    }
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
        Err(error) => format!("!{}\n", words(&error)),
    };
    let _ = pipe.write_all(text.as_bytes());
}

/// The resolver's words without std's preface.
fn words(error: &io::Error) -> String {
    let text = error_text(error);
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    text.chars().take(200).collect()
}

fn parse(output: &[u8]) -> Result<Rc<[SocketAddr]>, Rc<str>> {
    let text = String::from_utf8_lossy(output);
    if let Some(reason) = text.strip_prefix('!') {
        return Err(reason.trim_end().into());
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
    if addresses.is_empty() { Err("no address".into()) } else { Ok(addresses.into()) }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
