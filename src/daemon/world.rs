//! The real world of the services: this machine, the loop's children and watches, the log, and the way to the mail.

use super::watch::Watches;
use crate::config::{self, Subject};
use crate::event::Event;
use crate::history::History;
use crate::log::{Level, Log};
use crate::machine::{Facts, Host, NoFact, ProcessStat, is_shortage};
use crate::probe::{Fleet, Order};
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Children, Limits};
use crate::service::{Listener, Probe, ProbeId, Watch, WatchId, World};
use crate::service_test::Identity;
use crate::sys;
use crate::sys::spawn::Program;
use std::fmt;
use std::io;
use std::time::Instant;

/// Descriptors that connection tests leave to clients, programs, watches and files.
const OTHERS: u64 = 256;

/// What the services reach out to. The loop owns it beside them, so that each can be lent to the other.
pub struct RealWorld {
    /// The log.
    pub log: Log,
    /// Programs that run.
    pub children: Children,
    /// This machine.
    pub host: Host,
    /// Connection tests in flight.
    pub fleet: Fleet,
    /// The number of the last one that was started.
    last_probe: u32,
    /// Processes whose end is waited for.
    pub watches: Watches,
    /// The last events and the course of readings, if they are kept.
    pub history: Option<History>,
    /// Events that are not in the outbox yet. The loop puts them there at the end of each turn.
    pub raised: Vec<Event>,
    /// Events that found a place in the outbox when the services' turn began.
    pub room: usize,
    /// The services said something was an error, since this was last set to `false`.
    pub errors: bool,
    /// When the services leave the rest of their work for the next turn.
    pub pause_at: Instant,
    /// Say that a user asked for an action and that it is done.
    pub announce: bool,
}

impl RealWorld {
    /// A world with this log and nothing going on.
    pub fn new(log: Log) -> RealWorld {
        RealWorld {
            log,
            children: Children::new(),
            host: Host::new(),
            fleet: Fleet::new(1),
            last_probe: 0,
            watches: Watches::default(),
            history: None,
            raised: Vec::new(),
            room: usize::MAX,
            errors: false,
            pause_at: Instant::now(),
            announce: true,
        }
    }

    /// Has as many connection tests at once as the control file allows, or as there are descriptors for.
    pub fn configure_probes(&mut self, settings: &config::Settings) {
        let wanted = settings.limits.connection_tests;
        self.fleet.set_evidence(settings.evidence);
        let open = sys::limits::nofile().map_or(OTHERS * 2, |(soft, _)| soft);
        let most = open.saturating_sub(OTHERS).max(open / 4);
        if u64::from(wanted) > most {
            self.log.warning(format_args!(
                "Only {most} of {wanted} connection tests can be under way at once -- {open} open files are allowed (RLIMIT_NOFILE)"
            ));
        }
        self.fleet.set_places(usize::try_from(most.min(wanted.into())).unwrap_or(usize::MAX));
    }
}

impl World for RealWorld {
    fn facts(&mut self) -> &mut dyn Facts {
        &mut self.host
    }

    fn late(&mut self) -> bool {
        Instant::now() >= self.pause_at
    }

    fn log(&mut self, level: Level, text: fmt::Arguments<'_>) {
        self.errors |= level <= Level::Error;
        self.log.write(level, text);
    }

    fn announce(&mut self, level: Level, text: fmt::Arguments<'_>) {
        if self.announce {
            return self.log(level, text);
        }
        self.errors |= level <= Level::Error;
    }

    fn verbose(&self) -> bool {
        self.log.is_verbose()
    }

    fn start(&mut self, program: &Program<'_>, limits: Limits, now: Now) -> io::Result<ChildId> {
        self.children.start(program, limits, now.mono)
    }

    fn child_pid(&self, child: ChildId) -> Option<i32> {
        self.children.pid(child)
    }

    fn child_output(&self, child: ChildId) -> Vec<u8> {
        self.children.output(child)
    }

    fn signal(&mut self, process: Identity, signal: i32, group: bool) {
        // A process that has not been reaped keeps its number; the descriptor keeps out the successor of one that was.
        let pinned = sys::pidfd::open(process.pid);
        let same = |stat: ProcessStat| stat.start == process.start && !stat.zombie;
        if !self.host.process_stat(process.pid).is_ok_and(same) {
            return;
        }
        // Whoever may not be signalled goes on as it is.
        let in_group = group && sys::process::kill_group(process.pid, signal).is_ok();
        if !in_group {
            let _ = match pinned {
                Ok(pinned) => sys::pidfd::send_signal(&pinned, signal),
                Err(_) => sys::process::kill(process.pid, signal),
            };
        }
    }

    fn stop_child(&mut self, child: ChildId, now: Now) {
        self.children.stop(child, now.mono);
    }

    fn forget_child(&mut self, child: ChildId) {
        self.children.forget(child);
    }

    fn start_probe(
        &mut self,
        probe: Probe<'_>,
        service: &config::Service,
        global: &config::Tls,
        now: Now,
    ) -> Option<ProbeId> {
        let order = match (probe, &service.subject) {
            (Probe::Connection { test, answered }, _) => {
                Order::new(test, &service.limits, global, answered).ok()?
            }
            (Probe::Ping { test, answered }, Subject::Host(host)) => Order::ping(host, test, answered),
            // The language has pings of hosts only.
            (Probe::Ping { .. }, _) => return None,
        };
        self.last_probe = self.last_probe.wrapping_add(1);
        self.fleet.take(self.last_probe, order, now.mono);
        Some(ProbeId(self.last_probe))
    }

    fn stop_probe(&mut self, probe: ProbeId) {
        self.fleet.cancel(probe.0);
    }

    fn deliver(&mut self, event: Event) {
        self.raised.push(event);
    }

    fn room(&self) -> usize {
        self.room.saturating_sub(self.raised.len())
    }

    fn listener(&mut self) -> Option<&mut dyn Listener> {
        self.history.as_mut().map(|history| -> &mut dyn Listener { history })
    }

    fn watch(&mut self, process: Identity) -> Watch {
        match self.watches.add(process.pid) {
            // The number may have gone to another process before it was pinned.
            Ok(id) => match self.host.process_stat(process.pid) {
                Ok(stat) if stat.start == process.start => Watch::On(WatchId(id)),
                Err(NoFact::Unreadable(_)) => {
                    self.watches.remove(id);
                    Watch::NotNow
                }
                _ => {
                    self.watches.remove(id);
                    Watch::Gone
                }
            },
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Watch::Gone,
            Err(error) if is_shortage(&error) => Watch::NotNow,
            Err(_) => Watch::Unsupported,
        }
    }

    fn unwatch(&mut self, watch: WatchId) {
        self.watches.remove(watch.0);
    }
}
