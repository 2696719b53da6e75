//! What a supervisor that started us is told: the protocol of sd_notify(3) and sd_watchdog_enabled(3), datagrams of
//! `NAME=value` lines to the socket that `$NOTIFY_SOCKET` names.
//!
//! Nobody waits for the supervisor: a message it has no room for is offered again a little later, the newest of each kind.
//! No descriptor is kept; the supervisor may be restarted at any time.

use super::turn::Daemon;
use crate::sys;
use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

/// From one attempt to get rid of a message to the next.
const RETRY: Duration = Duration::from_millis(100);
/// The shortest watchdog that is served; a shorter one would keep the loop busy with nothing else.
const SHORTEST: Duration = Duration::from_millis(2);

/// The supervisor, if there is one.
#[derive(Debug, Default)]
pub struct Supervisor {
    address: Option<SocketAddr>,
    /// Half of what the watchdog allows, and when it is to hear from us again.
    watchdog: Option<(Duration, Instant)>,
    /// What could not be said yet.
    pending: Option<String>,
    retry: Option<Instant>,
    /// It was told that the control file is being read again.
    reloading: bool,
    /// The last reload changed nothing.
    pub(super) reload_failed: bool,
}

impl Supervisor {
    /// The one that the environment names.
    pub fn of_environment(now: Instant) -> Supervisor {
        Supervisor::of(|name| std::env::var_os(name), sys::process::own_pid(), now)
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>, own_pid: i32, now: Instant) -> Supervisor {
        let name = variable("NOTIFY_SOCKET");
        let address = name.as_deref().and_then(|name| match name.as_bytes() {
            // Linux has names that are in no folder; the `@` stands for their leading NUL byte.
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest).ok(),
            [b'/', ..] => SocketAddr::from_pathname(name).ok(),
            _ => None,
        });
        let number = |name: &str| variable(name)?.to_str()?.parse::<u64>().ok();
        let ours =
            variable("WATCHDOG_PID").is_none() || number("WATCHDOG_PID") == u64::try_from(own_pid).ok();
        let watchdog = number("WATCHDOG_USEC").filter(|usec| *usec > 0 && ours && address.is_some());
        let half = watchdog.map(|usec| (Duration::from_micros(usec) / 2).max(SHORTEST));
        Supervisor { address, watchdog: half.map(|half| (half, now)), ..Supervisor::default() }
    }

    /// Up, or up again after a reload. `status` is one line.
    pub fn ready(&mut self, status: &str, now: Instant) {
        self.say(format!("READY=1\nSTATUS={status}"), now);
    }

    /// The control file is being read again.
    pub fn reloading(&mut self, now: Instant) {
        self.reloading = true;
        let usec = sys::clock::monotonic().as_micros();
        self.say(format!("RELOADING=1\nMONOTONIC_USEC={usec}\nSTATUS=Reading the control file"), now);
    }

    /// The end has begun.
    pub fn stopping(&mut self, now: Instant) {
        self.say("STOPPING=1\nSTATUS=Ending".to_owned(), now);
    }

    /// Says what is due: a sign of life, or what could not be said before.
    pub fn on_tick(&mut self, now: Instant) {
        if let Some((half, at)) = self.watchdog.filter(|(_, at)| now >= *at) {
            // One that is late does not make the next one late.
            let next = if now < at + half { at + half } else { now + half };
            self.watchdog = Some((half, next));
            if self.send("WATCHDOG=1").is_err_and(|error| is_full(&error)) {
                self.watchdog = Some((half, now + RETRY.min(half)));
            }
        }
        if self.retry.is_some_and(|at| now >= at) {
            if let Some(text) = self.pending.take() {
                self.say(text, now);
            }
        }
    }

    /// When [`Supervisor::on_tick`] wants to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.watchdog.map(|(_, at)| at).into_iter().chain(self.retry).min()
    }

    /// Says it now or a little later; what was to be said before is out of date.
    fn say(&mut self, text: String, now: Instant) {
        (self.pending, self.retry) = (None, None);
        // Any other error is that nobody listens.
        if self.send(&text).is_err_and(|error| is_full(&error)) {
            (self.pending, self.retry) = (Some(text), Some(now + RETRY));
        }
    }

    fn send(&self, text: &str) -> io::Result<()> {
        let Some(address) = &self.address else { return Ok(()) };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.send_to_addr(text.as_bytes(), address).map(drop)
    }
}

/// Out of room there, or out of descriptors or memory here.
fn is_full(error: &io::Error) -> bool {
    let short = [libc::EAGAIN, libc::ENOBUFS, libc::EMFILE, libc::ENFILE, libc::ENOMEM];
    error.raw_os_error().is_some_and(|number| short.contains(&number))
}

impl Daemon {
    /// The supervisor learns that we are up and know so many services.
    pub(super) fn tell_ready(&mut self, now: Instant) {
        let count = self.services.len();
        let services = if count == 1 { "service" } else { "services" };
        let news = if self.supervisor.reload_failed { "; the last reload failed, see the log" } else { "" };
        self.supervisor.ready(&format!("Running with {count} {services}{news}"), now);
    }

    /// No reload is under way any more.
    pub(super) fn tell_reloaded(&mut self, now: Instant) {
        if std::mem::take(&mut self.supervisor.reloading) {
            self.tell_ready(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], now: Instant) -> Supervisor {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| v.into());
        Supervisor::of(find, 42, now)
    }

    fn heard(socket: &UnixDatagram) -> Vec<String> {
        socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 1024];
        let mut all = Vec::new();
        while let Ok(length) = socket.recv(&mut buffer) {
            all.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        all
    }

    #[test]
    fn the_watchdog_hears_from_us_in_half_the_time() {
        let folder = sys::Scratch::new();
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let now = Instant::now();
        let variables =
            [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "42")];
        let mut supervisor = of(&variables, now);
        for step in 0..=20 {
            supervisor.on_tick(now + Duration::from_millis(100) * step);
        }
        assert_eq!(heard(&socket), ["WATCHDOG=1"; 5], "at 0, 0.5, 1, 1.5, 2 s");
        // After a long sleep one is enough.
        supervisor.on_tick(now + Duration::from_secs(60));
        supervisor.on_tick(now + Duration::from_secs(60));
        assert_eq!(heard(&socket).len(), 1);
    }

    #[test]
    fn the_watchdog_of_another_process_is_not_ours() {
        let now = Instant::now();
        for variables in [
            [("NOTIFY_SOCKET", "@x"), ("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "43")],
            [("NOTIFY_SOCKET", "@x"), ("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "garbage")],
            [("NOTIFY_SOCKET", "@x"), ("WATCHDOG_USEC", "0"), ("WATCHDOG_PID", "42")],
            [("NOTIFY_SOCKET", "relative"), ("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "42")],
            [("X", ""), ("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "42")],
        ] {
            assert_eq!(of(&variables, now).deadline(), None, "{variables:?}");
        }
        assert!(of(&[("NOTIFY_SOCKET", "@x"), ("WATCHDOG_USEC", "1000000")], now).deadline().is_some());
    }

    #[test]
    fn a_supervisor_that_does_not_read_hears_the_newest_later() {
        let folder = sys::Scratch::new();
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let now = Instant::now();
        let mut supervisor = of(&[("NOTIFY_SOCKET", path.to_str().unwrap())], now);
        let mut said = 0;
        while supervisor.deadline().is_none() {
            supervisor.ready("again", now);
            said += 1;
            assert!(said < 10_000, "the queue never fills");
        }
        supervisor.stopping(now);
        assert_eq!(heard(&socket).len(), said - 1);
        supervisor.on_tick(now);
        assert!(heard(&socket).is_empty(), "not yet");
        supervisor.on_tick(now + RETRY);
        assert_eq!(heard(&socket), ["STOPPING=1\nSTATUS=Ending"]);
        assert_eq!(supervisor.deadline(), None);
    }

    #[test]
    fn a_supervisor_that_has_gone_is_no_trouble() {
        let now = Instant::now();
        let mut supervisor = of(&[("NOTIFY_SOCKET", "/nowhere/notify"), ("WATCHDOG_USEC", "100000")], now);
        supervisor.ready("x", now);
        supervisor.on_tick(now);
        assert_eq!(supervisor.deadline(), Some(now + Duration::from_millis(50)));
    }
}
