//! The doors of the interface: which of them are open, and when those that are shut are tried again.

use super::auth::Origin;
use super::listener::{Door, Listener, Problem};
use super::stream::Stream;
use crate::reactor::{Interest, PollSet, Source, Token};
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
        let mut gone = Vec::new();
        for mut listener in std::mem::take(&mut self.open) {
            match doors.contains(listener.door()) && listener.renew() {
                true => self.open.push(listener),
                false => gone.push(listener),
            }
        }
        gone.into_iter().for_each(Listener::close);
        self.shut = doors;
        self.shut.retain(|door| self.open.iter().all(|listener| listener.door() != door));
        self.pause = Duration::ZERO;
        let shut = self.open_shut(now).1;
        self.told = shut.iter().map(Problem::to_string).collect();
        shut
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
    pub fn on_tick(&mut self, now: Instant) -> (Vec<Door>, Vec<String>) {
        if self.paused.is_some_and(|until| until <= now) {
            self.paused = None;
        }
        if self.retry.is_none_or(|at| at > now) {
            return (Vec::new(), Vec::new());
        }
        let (opened, problems) = self.open_shut(now);
        let reasons: Vec<String> = problems.iter().map(Problem::to_string).collect();
        // Another reason is news, the same one is not.
        let news = reasons.iter().filter(|reason| !self.told.contains(reason)).cloned().collect();
        self.told = reasons;
        (opened, news)
    }

    /// What could be opened, and why the rest could not.
    fn open_shut(&mut self, now: Instant) -> (Vec<Door>, Vec<Problem>) {
        let (mut opened, mut problems) = (Vec::new(), Vec::new());
        self.shut.retain(|door| match Listener::open(door) {
            Ok(listener) => {
                opened.push(door.clone());
                self.open.push(listener);
                false
            }
            Err(problem) => {
                problems.push(problem);
                true
            }
        });
        self.pause = (self.pause * 2).clamp(RETRY, LONGEST_RETRY);
        self.retry = (!self.shut.is_empty()).then_some(now + self.pause);
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
