//! The descriptors and the nearest deadline of one turn.
//!
//! Rebuilt each turn: at this size that costs less than keeping a registration in step with its owner, and a
//! descriptor that its owner has closed is simply not added again.

use crate::sys::poll::{self, PollFd};
use std::io;
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

/// How long is waited where the kernel cannot wait for us.
const PAUSE: Duration = Duration::from_millis(50);

/// Whose descriptor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The signal pipe.
    Signals,
    /// A listening socket of the interface.
    Listener,
    /// A client of the interface.
    Connection,
    /// A child program.
    Child,
    /// A network test in flight.
    Probe,
    /// A connection to a mail server.
    Mail,
    /// A heartbeat.
    Heartbeat,
    /// A request to a webhook.
    Webhook,
    /// A helper that brings waiting events to the disk.
    Outbox,
    /// A connection to M/Monit.
    Collector,
    /// A watched process.
    Watch,
    /// A name lookup in flight.
    Resolver,
    /// A log sink.
    Log,
    /// The helper that brings the state file to the disk.
    State,
    /// The helper that writes the metrics file.
    Metrics,
    /// The helper that reads the control file for a reload.
    Reload,
    /// A helper that looks at a password.
    Password,
    /// The helper that reads the certificate of the interface.
    Certificate,
    /// The helper that looks up where the interface is to listen.
    Address,
    /// A child that asks a mount which may not answer; part 1: the mount table.
    Mount,
}

/// Says to whom readiness goes: the room, which one of its things, which descriptor of that thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// The room.
    pub source: Source,
    /// The room's own number for the thing.
    pub id: u32,
    /// The thing's own number for the descriptor.
    pub part: u8,
}

/// What to wait for. Errors and hang-ups are reported in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Bytes to read, or a connection to accept.
    pub read: bool,
    /// Room to write, or a connection made.
    pub write: bool,
}

impl Interest {
    /// Only reading.
    pub const READ: Interest = Interest { read: true, write: false };
    /// Only writing.
    pub const WRITE: Interest = Interest { read: false, write: true };
    /// Both.
    pub const BOTH: Interest = Interest { read: true, write: true };
}

/// What happened on a descriptor.
///
/// After a hang-up or an error a read does not block and tells the reason: whoever gets one must act on it (read,
/// write or close), otherwise the next wait returns at once, again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// A read gives bytes, an end or an error, without blocking. Set on hang-up and error, too.
    pub readable: bool,
    /// A write takes bytes or gives an error, without blocking. Set on error, too.
    pub writable: bool,
    /// The other side is gone; bytes may still be left to read.
    pub hangup: bool,
    /// The descriptor is in error, or is not open at all.
    pub error: bool,
}

impl Readiness {
    fn of(revents: i16) -> Readiness {
        let error = revents & (poll::ERROR | poll::INVALID) != 0;
        let hangup = revents & poll::HANGUP != 0;
        Readiness {
            readable: revents & poll::READ != 0 || hangup || error,
            writable: revents & poll::WRITE != 0 || error,
            hangup,
            error,
        }
    }
}

/// The descriptors and the nearest deadline of one turn.
#[derive(Debug, Default)]
pub struct PollSet {
    fds: Vec<PollFd>,
    tokens: Vec<Token>,
    deadline: Option<Instant>,
}

/// Slots kept from turn to turn; what a busy turn needed beyond is given back.
const KEPT: usize = 128;

impl PollSet {
    /// An empty set.
    pub fn new() -> PollSet {
        PollSet::default()
    }

    /// Empties the set for the next turn.
    pub fn clear(&mut self) {
        self.fds.clear();
        self.tokens.clear();
        self.deadline = None;
        self.fds.shrink_to(KEPT);
        self.tokens.shrink_to(KEPT);
    }

    /// Waits for `fd`, too. The descriptor must stay open until the wait is over; one that does not is reported as an
    /// error.
    pub fn add(&mut self, fd: RawFd, interest: Interest, token: Token) {
        let read = if interest.read { poll::READ } else { 0 };
        let write = if interest.write { poll::WRITE } else { 0 };
        self.fds.push(PollFd::new(fd, read | write));
        self.tokens.push(token);
    }

    /// Ends the wait at `deadline` at the latest. The nearest of all deadlines counts.
    pub fn wake_at(&mut self, deadline: Instant) {
        self.deadline = Some(self.deadline.map_or(deadline, |nearest| nearest.min(deadline)));
    }

    /// When the wait ends at the latest; `None`: not before something happens.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Waits until a descriptor is ready, a signal comes or the deadline is there. `now` is the moment of the call: the
    /// wait is the difference, rounded up to whole milliseconds, so that the deadline has passed when it is over.
    pub fn wait(&mut self, now: Instant) -> io::Result<()> {
        let timeout = self.deadline.map(|deadline| deadline.saturating_duration_since(now));
        if poll::poll(&mut self.fds, timeout).is_ok() {
            return Ok(());
        }
        // More descriptors than we may have by now (`EINVAL`), or no memory for them together: one by one, and not too
        // often.
        std::thread::sleep(timeout.unwrap_or(PAUSE).min(PAUSE));
        self.fds
            .iter_mut()
            .try_for_each(|fd| poll::poll(std::slice::from_mut(fd), Some(Duration::ZERO)).map(drop))
    }

    /// What the last wait found, in the order the descriptors were added.
    pub fn ready(&self) -> impl Iterator<Item = (Token, Readiness)> + '_ {
        let pairs = self.fds.iter().zip(&self.tokens);
        pairs.filter(|(fd, _)| fd.revents != 0).map(|(fd, token)| (*token, Readiness::of(fd.revents)))
    }
}

#[cfg(test)]
impl PollSet {
    /// Waits as a loop does in which nothing else happens. Whoever is forgotten here would wait for ever, so this fails.
    pub fn wait_for_something(&mut self) {
        let begin = Instant::now();
        let limit = begin + std::time::Duration::from_secs(20);
        self.wake_at(limit);
        self.wait(begin).unwrap();
        assert!(self.ready().next().is_some() || Instant::now() < limit, "nobody wakes the loop");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    fn token(id: u32) -> Token {
        Token { source: Source::Connection, id, part: 0 }
    }

    #[test]
    fn the_nearest_deadline_counts() {
        let now = Instant::now();
        let mut set = PollSet::new();
        set.wake_at(now + Duration::from_secs(60));
        set.wake_at(now + Duration::from_secs(5));
        set.wake_at(now + Duration::from_secs(30));
        assert_eq!(set.deadline(), Some(now + Duration::from_secs(5)));
        set.clear();
        assert_eq!(set.deadline(), None);
    }

    #[test]
    fn a_deadline_has_passed_when_the_wait_is_over() {
        let mut set = PollSet::new();
        for micros in [1, 300, 999, 1001, 2500] {
            set.clear();
            let now = Instant::now();
            let deadline = now + Duration::from_micros(micros);
            set.wake_at(deadline);
            set.wait(now).unwrap();
            assert!(Instant::now() >= deadline, "woke early: the loop would spin");
        }
        // A deadline in the past does not wait at all.
        set.clear();
        set.wake_at(Instant::now());
        set.wait(Instant::now() + Duration::from_secs(9)).unwrap();
    }

    #[test]
    fn readiness_goes_to_its_token() {
        let (quiet, _other) = UnixStream::pair().unwrap();
        let (reader, mut writer) = UnixStream::pair().unwrap();
        writer.write_all(b"x").unwrap();
        let mut set = PollSet::new();
        set.add(quiet.as_raw_fd(), Interest::READ, token(1));
        set.add(reader.as_raw_fd(), Interest::BOTH, token(2));
        set.wait(Instant::now()).unwrap();
        let ready: Vec<_> = set.ready().collect();
        let expected = Readiness { readable: true, writable: true, hangup: false, error: false };
        assert_eq!(ready, [(token(2), expected)]);
    }

    #[test]
    fn hang_ups_and_closed_descriptors_are_seen() {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(writer);
        let mut set = PollSet::new();
        set.add(reader.as_raw_fd(), Interest::READ, token(1));
        // A child of another test may have the other end for a moment.
        set.wait(Instant::now() + Duration::from_secs(60)).unwrap();
        let (_, ready) = set.ready().next().unwrap();
        assert!(ready.hangup && ready.readable);
        let mut set = PollSet::new();
        set.add(1_000_000, Interest::READ, token(2));
        set.wait(Instant::now()).unwrap();
        let (_, ready) = set.ready().next().unwrap();
        assert!(ready.error && ready.readable && ready.writable);
    }
}
