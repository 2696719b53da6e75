//! The doors of the interface: which of them are open, and when those that are shut are tried again.

use super::auth::Origin;
use super::certificate::Reading;
use super::listener::{Door, Listener, Problem};
use super::stream::Stream;
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::tls::{Acceptor, Failure};
use std::io;
use std::time::{Duration, Instant};

/// From the first attempt to open a door to the second; each further pause is twice as long, up to [`LONGEST_RETRY`].
pub(super) const RETRY: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// No clients are let in for this long when there are no descriptors left; otherwise the loop would spin.
const PAUSE: Duration = Duration::from_secs(1);

/// Open doors and shut ones.
#[derive(Debug, Default)]
pub(super) struct Doors {
    open: Vec<Listener>,
    shut: Vec<Door>,
    retry: Option<Instant>,
    /// The pause before it.
    pause: Duration,
    /// Why doors are shut, as it was told.
    told: Vec<String>,
    paused: Option<Instant>,
    /// The certificate is being read.
    reading: Option<Reading>,
    /// It has to be read once more: what is there cannot be used.
    stale: bool,
    /// The one of an open door is older than what is there, and that was told.
    outdated: bool,
    /// It has one that works since then.
    renewed: Option<Door>,
    /// What makes sessions at the door with TLS, until that is open.
    acceptor: Option<Acceptor>,
}

/// What there is to say of doors.
#[derive(Debug, Default)]
pub(super) struct News {
    /// These are open now.
    pub opened: Vec<Door>,
    /// This one has a new certificate, after it was told that it could not have it.
    pub renewed: Option<Door>,
    /// What is wrong with the rest.
    pub problems: Vec<String>,
}

/// Who stands before a door.
pub(super) enum Visitor {
    /// A client.
    Client(Stream, Origin),
    /// One that has gone again; the next may still be there.
    Gone,
    /// Nobody.
    Nobody,
    /// Nobody can be let in for a while.
    Trouble(io::Error),
}

impl Doors {
    /// Other doors: those that stay the same stay open. Gives why others could not be opened.
    pub fn change(&mut self, doors: Vec<Door>, now: Instant) -> Vec<Problem> {
        let (kept, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(|listener| doors.contains(listener.door()));
        gone.into_iter().for_each(Listener::close);
        self.open = kept;
        self.shut = doors;
        self.shut.retain(|door| self.open.iter().all(|listener| listener.door() != door));
        self.pause = Duration::ZERO;
        (self.acceptor, self.reading, self.stale) = (None, None, false);
        let mut problems: Vec<Problem> = self.read_certificate(now).into_iter().collect();
        problems.extend(self.open_shut(now).1);
        self.told = problems.iter().map(Problem::to_string).collect();
        problems
    }

    /// The door with TLS: there is one at most.
    fn with_tls(&self) -> Option<&Door> {
        let open = self.open.iter().map(Listener::door);
        open.chain(&self.shut).find(|door| door.tls().is_some())
    }

    /// Begins to read the certificate, if one is needed.
    fn read_certificate(&mut self, now: Instant) -> Option<Problem> {
        let door = self.with_tls()?;
        match Reading::begin(door.tls()?, now) {
            Ok(reading) => {
                self.reading = Some(reading);
                None
            }
            Err(failure) => Some(self.unusable(failure)),
        }
    }

    /// The certificate was read.
    fn take_certificate(&mut self, outcome: Result<Acceptor, Failure>, now: Instant) -> Option<Problem> {
        (self.reading, self.stale) = (None, false);
        let acceptor = match outcome {
            Ok(_) => outcome.ok(),
            Err(failure) => {
                let pause = (self.pause * 2).clamp(RETRY, LONGEST_RETRY);
                self.retry = Some(self.retry.unwrap_or(now + pause));
                return Some(self.unusable(failure));
            }
        };
        let open = self.open.iter_mut().filter(|listener| listener.door().tls().is_some());
        for listener in open {
            listener.renew(&acceptor);
            if std::mem::take(&mut self.outdated) {
                self.renewed = Some(listener.door().clone());
            }
        }
        self.outdated = false;
        if self.shut.iter().any(|door| door.tls().is_some()) {
            self.acceptor = acceptor;
            self.retry = Some(now);
        }
        None
    }

    fn unusable(&mut self, failure: Failure) -> Problem {
        self.stale = true;
        let open = self.open.iter().map(Listener::door).find(|door| door.tls().is_some());
        match (open, self.with_tls()) {
            (Some(door), _) => {
                self.outdated = true;
                Problem::Renewal(door.clone(), failure)
            }
            (None, Some(door)) => Problem::Tls(door.clone(), failure),
            // It is gone meanwhile.
            (None, None) => Problem::NobodyAllowed,
        }
    }

    /// The helper that reads the certificate has something to say.
    pub fn on_ready(&mut self) {
        self.reading.iter_mut().for_each(Reading::on_ready);
    }

    /// Closes everything and removes the sockets' files.
    pub fn close(self) {
        self.open.into_iter().for_each(Listener::close);
    }

    /// Opens anew the sockets whose files somebody has removed or replaced. Gives those that could be opened.
    pub fn reopen_lost(&mut self, now: Instant) -> Vec<Door> {
        let (kept, lost): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(Listener::can_be_found);
        self.open = kept;
        if lost.is_empty() {
            return Vec::new();
        }
        for listener in lost {
            self.shut.push(listener.door().clone());
            listener.close();
        }
        self.open_shut(now).0
    }

    /// The open ones.
    pub fn open(&self) -> impl Iterator<Item = &Listener> {
        self.open.iter()
    }

    /// Has the loop listen for clients.
    pub fn register(&self, set: &mut PollSet) {
        self.reading.iter().for_each(|reading| reading.register(set));
        if self.paused.is_some() {
            return;
        }
        for (listener, id) in self.open.iter().zip(0u32..) {
            for (part, fd) in listener.fds() {
                set.add(fd, Interest::READ, Token { source: Source::Listener, id, part });
            }
        }
    }

    /// When [`Doors::on_tick`] wants to be called next.
    pub fn deadline(&self) -> Option<Instant> {
        self.retry.into_iter().chain(self.paused).min()
    }

    /// Tries what is shut, if it is time: what is open now, and the reasons of the rest that were not told yet.
    pub fn on_tick(&mut self, now: Instant) -> News {
        if self.paused.is_some_and(|until| until <= now) {
            self.paused = None;
        }
        let mut problems = Vec::new();
        if let Some(outcome) = self.reading.as_ref().and_then(|reading| reading.outcome(now)) {
            problems.extend(self.take_certificate(outcome, now));
        } else if self.retry.is_none_or(|at| at > now) {
            return News::default();
        }
        let mut opened = Vec::new();
        if self.retry.is_some_and(|at| at <= now) {
            if self.stale && self.reading.is_none() {
                problems.extend(self.read_certificate(now));
            }
            let (some, further) = self.open_shut(now);
            opened = some;
            problems.extend(further);
        }
        let reasons: Vec<String> = problems.iter().map(Problem::to_string).collect();
        // Another reason is news, the same one is not.
        let news: Vec<String> =
            reasons.iter().filter(|reason| !self.told.contains(reason)).cloned().collect();
        // While it is tried again it is still the same trouble.
        match self.stale || self.reading.is_some() {
            true => self.told.extend(news.iter().cloned()),
            false => self.told = reasons,
        }
        News { opened, renewed: self.renewed.take(), problems: news }
    }

    /// What could be opened, and why the rest could not.
    fn open_shut(&mut self, now: Instant) -> (Vec<Door>, Vec<Problem>) {
        let (mut opened, mut problems) = (Vec::new(), Vec::new());
        let acceptor = &self.acceptor;
        self.shut.retain(|door| {
            if door.tls().is_some() && acceptor.is_none() {
                // Its certificate is not read yet.
                return true;
            }
            match Listener::open(door, acceptor.clone().filter(|_| door.tls().is_some())) {
                Ok(listener) => {
                    opened.push(door.clone());
                    self.open.push(listener);
                    false
                }
                Err(problem) => {
                    problems.push(problem);
                    true
                }
            }
        });
        self.pause = (self.pause * 2).clamp(RETRY, LONGEST_RETRY);
        if self.shut.iter().all(|door| door.tls().is_none()) {
            self.acceptor = None;
        }
        self.retry = (!self.shut.is_empty() || self.stale).then_some(now + self.pause);
        (opened, problems)
    }

    /// The next client at that door.
    pub fn visitor(&mut self, token: Token, now: Instant) -> Visitor {
        let Some(listener) = self.open.get(token.id as usize) else { return Visitor::Nobody };
        match listener.accept(token.part) {
            Ok((stream, origin)) => Visitor::Client(stream, origin),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Visitor::Nobody,
                io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => Visitor::Gone,
                _ => {
                    self.paused = Some(now + PAUSE);
                    Visitor::Trouble(error)
                }
            },
        }
    }
}
