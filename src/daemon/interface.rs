//! The interface of a daemon: opened at a start and at a reload, and what is done about what keeps it from opening.
//!
//! Nothing of that keeps the daemon from monitoring. Doors that are shut are tried again by [`crate::httpd`]; here a name
//! that has no address is asked for again, by a helper, because a name server may take its time.

use super::turn::Daemon;
use crate::control::outside::{Live, Outside};
use crate::httpd::{Httpd, Problem};
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys::fork::ChildTask;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// The pause before the first look-up; each further one is twice as long, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_secs(5);
/// The longest pause between two look-ups.
const LONGEST: Duration = Duration::from_secs(120);
/// How long a helper may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Far more than the addresses of one machine need.
const ANSWER: usize = 4096;

/// Asks again and again for the address of a name, until there is one.
#[derive(Debug)]
pub struct AddressSearch {
    pause: Duration,
    /// When the next helper begins; while one is at work, when it is given up.
    due: Instant,
    helper: Option<(ChildTask, Vec<u8>)>,
}

impl AddressSearch {
    fn new(now: Instant) -> AddressSearch {
        AddressSearch { pause: SHORTEST, due: now + SHORTEST, helper: None }
    }

    /// Has the loop listen for the helper.
    pub fn register(&self, set: &mut PollSet) {
        set.wake_at(self.due);
        if let Some((task, _)) = &self.helper {
            let token = Token { source: Source::Address, id: 0, part: 0 };
            set.add(task.output().as_raw_fd(), Interest::READ, token);
        }
    }

    /// Begins a look-up that is due, gives up one that takes too long.
    fn on_tick(&mut self, name: &str, now: Instant) {
        if now < self.due {
            return;
        }
        if self.helper.take().is_some() {
            return self.later(now);
        }
        let asked = crate::sys::fork::run_in_child(|out| {
            for address in Live.addresses(name).unwrap_or_default() {
                let _ = writeln!(out, "{address}");
            }
        });
        match asked {
            Ok(task) => {
                self.helper = Some((task, Vec::new()));
                self.due = now + PATIENCE;
            }
            Err(_) => self.later(now),
        }
    }

    fn later(&mut self, now: Instant) {
        self.pause = (self.pause * 2).min(LONGEST);
        self.due = now + self.pause;
    }

    /// The helper has said something, or ended: what it has found, if it has.
    fn on_ready(&mut self, now: Instant) -> Option<Vec<SocketAddr>> {
        let (task, answer) = self.helper.as_mut()?;
        let mut buffer = [0; 512];
        loop {
            match task.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) if answer.len() < ANSWER => answer.extend(buffer.iter().take(count)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(_) => break,
            }
        }
        let text = String::from_utf8_lossy(answer);
        let found: Vec<SocketAddr> = text.lines().filter_map(|line| line.parse().ok()).collect();
        self.helper = None;
        if found.is_empty() {
            self.later(now);
            return None;
        }
        Some(found)
    }
}

impl Daemon {
    /// Opens the interface as the settings want it, the control socket with it. What cannot be opened is told and tried
    /// again.
    pub(super) fn open_interface(&mut self, now: Instant) {
        let settings = &self.services.config().settings.httpd;
        let socket = Some(self.paths.socket.as_path());
        let problems = match &mut self.httpd {
            Some(httpd) => httpd.reload(settings, socket, now),
            None => {
                let (httpd, problems) = Httpd::open(settings, socket, now);
                self.httpd = Some(httpd);
                problems
            }
        };
        let nameless = problems.iter().any(|problem| matches!(problem, Problem::Address(..)));
        self.address = nameless.then(|| AddressSearch::new(now));
        for problem in problems {
            self.world.log.error(problem);
        }
    }

    /// Once in each turn.
    pub(super) fn address_tick(&mut self, now: Instant) {
        let settings = &self.services.config().settings.httpd;
        if let (Some(search), Some(name)) = (&mut self.address, settings.address.as_deref()) {
            search.on_tick(name, now);
        }
    }

    /// The helper has something to say.
    pub(super) fn address_ready(&mut self, now: Instant) {
        let Some(found) = self.address.as_mut().and_then(|search| search.on_ready(now)) else { return };
        self.services.listen_at(found);
        let open = |daemon: &Daemon| daemon.httpd.iter().flat_map(Httpd::addresses).collect::<Vec<String>>();
        let before = open(self);
        self.open_interface(now);
        for door in open(self).iter().filter(|door| !before.contains(door)) {
            self.world.log.info(format_args!("HTTP server started at {door}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poll;

    /// One look-up, as the loop would do it.
    fn look_up(search: &mut AddressSearch, name: &str) -> Option<Vec<SocketAddr>> {
        let now = search.due;
        search.on_tick(name, now);
        while let Some((task, _)) = &search.helper {
            poll::wait_for(task.output(), poll::READ);
            if let Some(found) = search.on_ready(now) {
                return Some(found);
            }
        }
        None
    }

    #[test]
    fn a_name_is_asked_for_until_it_has_an_address() {
        if crate::sys::ran_alone() {
            return;
        }
        let now = Instant::now();
        let mut search = AddressSearch::new(now);
        search.on_tick("localhost", now);
        assert!(search.helper.is_none(), "not yet");
        for pause in [10, 20, 40, 80, 120, 120] {
            let asked = search.due;
            assert_eq!(look_up(&mut search, "no host has such a name"), None);
            assert_eq!(search.due - asked, Duration::from_secs(pause));
        }
        let found = look_up(&mut search, "localhost").unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
    }

    #[test]
    fn a_helper_that_hangs_is_given_up() {
        if crate::sys::ran_alone() {
            return;
        }
        let mut search = AddressSearch::new(Instant::now());
        let hung = crate::sys::fork::run_in_child(|_| std::thread::sleep(Duration::from_secs(600))).unwrap();
        search.helper = Some((hung, Vec::new()));
        let now = search.due;
        assert_eq!(search.on_ready(now), None);
        search.on_tick("localhost", now);
        assert!(search.helper.is_none());
        assert_eq!(search.due, now + Duration::from_secs(10));
    }
}
