//! Signals as a descriptor in the poll loop. What a signal means is decided by the daemon.

use super::{Interest, PollSet, Source, Token};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::{SigId, flag, low_level};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The signals that came since the last look. Several of one kind are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet {
    /// SIGTERM: end.
    pub terminate: bool,
    /// SIGINT: end (Ctrl-C in the foreground).
    pub interrupt: bool,
    /// SIGHUP: read the control file again.
    pub hangup: bool,
    /// SIGUSR1: begin a cycle now.
    pub wake: bool,
    /// SIGCHLD: a child has ended.
    pub child: bool,
}

const KINDS: [i32; 5] = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD];

/// Catches SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGCHLD, and ignores SIGPIPE, from its making until it is dropped.
///
/// A handler sets a flag and writes one byte to a non-blocking socket; both are async-signal-safe, and a full socket
/// loses nothing, because the flags say what came.
#[derive(Debug)]
pub struct Signals {
    receiver: UnixStream,
    flags: [Arc<AtomicBool>; KINDS.len()],
    ids: Vec<SigId>,
}

impl Signals {
    /// Installs the handlers; after the daemon has detached, since they belong to one process.
    pub fn new() -> io::Result<Signals> {
        crate::sys::process::ignore_broken_pipe();
        let (receiver, sender) = UnixStream::pair()?;
        receiver.set_nonblocking(true)?;
        let mut signals = Signals { receiver, flags: Default::default(), ids: Vec::new() };
        for (kind, came) in KINDS.into_iter().zip(&signals.flags) {
            // The flag first: whoever is woken by the byte must find it set.
            signals.ids.push(flag::register(kind, Arc::clone(came))?);
            signals.ids.push(low_level::pipe::register(kind, sender.try_clone()?)?);
        }
        Ok(signals)
    }

    /// The descriptor that turns readable.
    pub fn fd(&self) -> RawFd {
        self.receiver.as_raw_fd()
    }

    /// Adds the descriptor to a set, as `Source::Signals`.
    pub fn register(&self, set: &mut PollSet) {
        set.add(self.fd(), Interest::READ, Token { source: Source::Signals, id: 0, part: 0 });
    }

    /// Empties the socket and tells what came.
    pub fn drain(&mut self) -> SignalSet {
        let mut bytes = [0u8; 64];
        while matches!(self.receiver.read(&mut bytes), Ok(count) if count > 0) {}
        let [terminate, interrupt, hangup, wake, child] =
            self.flags.each_ref().map(|flag| flag.swap(false, Ordering::SeqCst));
        SignalSet { terminate, interrupt, hangup, wake, child }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.ids.drain(..) {
            low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process;
    use std::time::{Duration, Instant};

    #[test]
    fn signals_wake_the_loop_and_are_told_apart() {
        let mut signals = Signals::new().unwrap();
        let mut seen = SignalSet::default();
        for signal in [SIGUSR1, SIGHUP, SIGHUP] {
            process::kill(process::own_pid(), signal).unwrap();
        }
        // Other tests' children may add SIGCHLD at any time.
        while !(seen.wake && seen.hangup) {
            let mut set = PollSet::new();
            let now = Instant::now();
            signals.register(&mut set);
            set.wake_at(now + Duration::from_secs(20));
            set.wait(now).unwrap();
            let (token, _) = set.ready().next().expect("a signal within 20 s");
            assert_eq!(token.source, Source::Signals);
            let more = signals.drain();
            seen.wake |= more.wake;
            seen.hangup |= more.hangup;
            seen.terminate |= more.terminate || more.interrupt;
        }
        assert!(!seen.terminate);
        let rest = signals.drain();
        assert!(!rest.wake && !rest.hangup, "told once");
    }
}
