//! The loop: one turn waits for descriptors and the nearest deadline, and hands each its due.

use super::about::{About, seconds};
use super::find;
use super::interface::AddressSearch;
use super::leanness::Leanness;
use super::load::{self, Loaded};
use super::metrics_file::MetricsFile;
use super::paths::{Overrides, Paths};
use super::pidfile::Pidfile;
use super::platform;
use super::post::Post;
use super::presence::Presence;
use super::reading::Reading;
use super::reload::Parsing;
use super::sd_notify::Supervisor;
use super::state_keeper::StateKeeper;
use super::trouble::Trouble;
use super::world::RealWorld;
use crate::control::outside::Live;
use crate::heartbeat::Heartbeats;
use crate::history::History;
use crate::httpd::{Httpd, LiveSite, Silencing};
use crate::log::Log;
use crate::probe::Finished;
use crate::reactor::signals::{SignalSet, Signals};
use crate::reactor::{Interest, Now, PollSet, Readiness, Source, Token};
use crate::service::{
    Instance, ProbeId, Receipt, Recorded, SavedState, ServiceIndex, Services, Turn, WatchId, state_file,
};
use crate::service_test::ProbeResult;
use crate::sys;
use std::time::{Duration, Instant, SystemTime};

/// How long the services work before clients have their turn again.
const WORK: Duration = Duration::from_millis(3);

/// How long the last alerts of a daemon may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// Descriptors the daemon asks for: clients, probes and programs each need some.
const DESCRIPTORS: u64 = 16_384;

/// A daemon that is up, or a run in the foreground that ends by itself.
pub struct Daemon {
    pub(super) services: Services,
    pub(super) world: RealWorld,
    pub(super) post: Post,
    /// None is sent by a run that ends by itself.
    pub(super) heartbeats: Heartbeats,
    signals: Signals,
    /// The interface; none in a run that ends by itself.
    pub(super) httpd: Option<Httpd>,
    /// Asks for the address to listen at, while that is not known.
    pub(super) address: Option<AddressSearch>,
    /// The pid file; none in a run that ends by itself.
    pub(super) pidfile: Option<Pidfile>,
    pub(super) state: Option<StateKeeper>,
    pub(super) metrics_file: MetricsFile,
    pub(super) overrides: Overrides,
    pub(super) paths: Paths,
    pub(super) about: About,
    set: PollSet,
    ready: Vec<(Token, Readiness)>,
    /// A reload that waits for its helper.
    pub(super) reading: Option<Reading>,
    /// What it has read, being parsed.
    pub(super) parsing: Option<Parsing>,
    /// Another one is to follow.
    pub(super) read_again: bool,
    pub(super) leanness: Leanness,
    pub(super) presence: Presence,
    pub(super) supervisor: Supervisor,
    /// Services are being stopped, until this time at the latest.
    pub(super) stopping: Option<Instant>,
    pub(super) over: bool,
}

impl Daemon {
    /// A run that ends by itself: no interface, no pid file, no state file.
    pub fn without_interface(loaded: Loaded, log: Log) -> Result<Box<Daemon>, Trouble> {
        let alone = find::running(&loaded.paths).is_none();
        Daemon::bare(loaded, log, None, alone)
    }

    /// `alone`: no other process works on the same files.
    fn bare(
        loaded: Loaded,
        mut log: Log,
        saved: Option<SavedState>,
        alone: bool,
    ) -> Result<Box<Daemon>, Trouble> {
        let now = Now::read();
        let post = Post::open(&loaded.config, alone, &mut log);
        let _ = sys::limits::raise_nofile(DESCRIPTORS);
        let Loaded { config, paths, overrides, .. } = loaded;
        let mut world = RealWorld::new(log);
        world.configure_probes(&config.settings);
        let platform = platform::look(&mut world.host);
        Ok(Box::new(Daemon {
            services: Services::new(config, saved, sys::clock::boot_id(), now),
            world,
            post,
            heartbeats: Heartbeats::default(),
            signals: Signals::new().map_err(Trouble::Signals)?,
            httpd: None,
            address: None,
            pidfile: None,
            state: None,
            metrics_file: MetricsFile::default(),
            overrides,
            paths,
            about: About::new(platform, now),
            set: PollSet::new(),
            ready: Vec::new(),
            reading: None,
            parsing: None,
            read_again: false,
            leanness: Leanness::new(0),
            presence: Presence::new(now.mono),
            supervisor: Supervisor::default(),
            stopping: None,
            over: false,
        }))
    }

    /// A daemon: takes up what was saved, opens the interface.
    ///
    /// # Errors
    /// It cannot run, and the pid file is removed.
    pub fn new(loaded: Loaded, log: Log, pidfile: Pidfile, id: String) -> Result<Box<Daemon>, Trouble> {
        let (mut loaded, mut log) = (loaded, log);
        load::look_up(&mut loaded.config, &Live);
        let state_file::Restored { state: saved, problems, takeover, foreign } =
            state_file::load(&loaded.paths.statefile, SystemTime::now());
        for problem in problems {
            log.error(problem);
        }
        let statefile = loaded.paths.statefile.clone();
        let delay = loaded.config.settings.start_delay;
        let first_since_boot =
            saved.as_ref().is_none_or(|saved| saved.boot_id.as_deref() != sys::clock::boot_id().as_deref());
        if !delay.is_zero() && first_since_boot {
            let seconds = delay.as_secs();
            log.info(format_args!("Monit will delay for {seconds} seconds on first start after reboot ..."));
        }
        let mut daemon = match Daemon::bare(loaded, log, saved, true) {
            Ok(daemon) => daemon,
            Err(trouble) => {
                pidfile.remove();
                return Err(trouble);
            }
        };
        daemon.world.children.adopt();
        daemon.about.id = id;
        if let Some(takeover) = takeover {
            daemon.world.log.info(takeover.report(&daemon.services));
        }
        daemon.state = Some(if foreign { StateKeeper::over(statefile) } else { StateKeeper::new(statefile) });
        daemon.pidfile = Some(pidfile);
        if let Err(trouble) = daemon.write_pidfile() {
            daemon.pidfile.take().into_iter().for_each(Pidfile::remove);
            return Err(trouble);
        }
        daemon.open_history(SystemTime::now());
        daemon.metrics_file.move_to(daemon.services.config().settings.metrics_file.as_deref());
        daemon.open_interface(Instant::now());
        let now = Now::read();
        daemon.heartbeats.configure(daemon.services.config(), now.mono);
        daemon.supervisor = Supervisor::of_environment(now.mono);
        daemon.tell_ready(now.mono);
        daemon.services.instance_event(Instance::Started, Turn::new(now, &mut daemon.world));
        daemon.begin_heartbeat(now);
        // A collector hears of us before the first check.
        daemon.deliver(now);
        Ok(daemon)
    }

    /// One turn: waits until something is due, at most until `limit`, and does it.
    pub fn turn(&mut self, limit: Option<Instant>) {
        let before = Instant::now();
        self.set.clear();
        self.register(limit, before);
        if let Err(error) = self.set.wait(before) {
            // Nothing sensible is left to wait for; better a busy daemon than one that is gone.
            self.world.log.error(format_args!("poll failed -- {}", sys::error_text(&error)));
        }
        let now = Now::read();
        self.ready.clear();
        self.ready.extend(self.set.ready());
        let ready = std::mem::take(&mut self.ready);
        let signals = self.hand_out(&ready, now);
        self.ready = ready;
        self.serve(now, None);
        self.obey(signals, now);
        self.reading_tick(now);
        self.address_tick(now.mono);
        self.world.children.on_tick(now.mono);
        self.land_probes(now);
        for finished in self.world.children.finished() {
            self.services.child_finished(finished, Turn::new(now, &mut self.world));
        }
        if self.over {
            return;
        }
        for service in self.world.host.tick(now.mono) {
            self.services.answered(ServiceIndex(service), Turn::new(now, &mut self.world));
        }
        // The one other reading of the clock: what was done for clients is not held against the checks.
        self.tend_history(now.wall);
        self.world.pause_at = Instant::now() + WORK;
        self.world.room = self.post.room();
        self.services.turn(Turn::new(now, &mut self.world));
        self.deliver(now);
        self.heartbeats.on_tick(self.services.config(), &mut self.world.log, now.mono);
        let current =
            self.about.current(&self.services, self.world.history.as_ref(), &self.paths.control, now);
        self.metrics_file.on_tick(&current, &mut self.world.log);
        self.keep_state(Vec::new(), now);
        if let Some(state) = &mut self.state {
            state.on_tick(&mut self.services, &mut self.world.log, now.mono);
        }
        self.look_after_presence(now.mono);
        self.look_after_stopping(now);
        self.supervisor.on_tick(now.mono);
        self.slim(now.mono);
    }

    /// Gives each descriptor that is ready to whoever waits for it; what signals have come.
    fn hand_out(&mut self, ready: &[(Token, Readiness)], now: Now) -> SignalSet {
        let mut signals = SignalSet::default();
        for (token, readiness) in ready {
            match token.source {
                Source::Signals => signals = self.signals.drain(),
                Source::Child => self.world.children.on_ready(*token, *readiness, now.mono),
                Source::Watch => {
                    self.world.watches.remove(token.id);
                    self.services.watched_exit(WatchId(token.id), now);
                }
                Source::Listener | Source::Connection | Source::Password | Source::Certificate => {
                    self.leanness.disturbed(self.services.cycles());
                    self.serve(now, Some((*token, *readiness)));
                }
                Source::Probe => self.world.fleet.on_ready(*token, *readiness, now.mono),
                Source::Resolver => {}
                Source::Mail | Source::Webhook | Source::Collector | Source::Outbox => {
                    self.leanness.disturbed(self.services.cycles());
                    self.post_ready(*token, *readiness, now);
                }
                Source::Heartbeat => {
                    self.leanness.disturbed(self.services.cycles());
                    self.heartbeats.on_ready(*token, *readiness, now.mono);
                }
                Source::Mount if token.part == 1 => self.world.host.mounts_changed(),
                // Taken below, with what may be late.
                Source::Mount => {}
                Source::State => self.state.iter_mut().for_each(|state| state.on_ready(now.mono)),
                Source::Metrics => self.metrics_file.on_ready(&mut self.world.log),
                Source::Reload => self.reading_ready(now),
                Source::Address => self.address_ready(now.mono),
                Source::Log => {}
            }
        }
        signals
    }

    /// Gives back memory that was needed once, and will not be needed soon.
    fn slim(&mut self, now: Instant) {
        if self.services.idle() && self.leanness.is_due(self.services.cycles(), now) {
            sys::allocator::trim();
            sys::code_pages::give_back();
        }
    }

    /// Hands the results of connection tests in.
    fn land_probes(&mut self, now: Now) {
        self.world.fleet.on_tick(now.mono);
        for Finished { id, response, earlier, words } in self.world.fleet.finished() {
            let certificate_days = response.as_ref().ok().and_then(|success| success.validity);
            let certificate_days = certificate_days.map(|validity| validity.days_left(seconds(now.wall)));
            let response = response.map(|success| success.response_time).map_err(Box::new);
            let result = ProbeResult { response, certificate_days, earlier, words };
            self.services.probe_finished(ProbeId(id), result);
        }
    }

    fn register(&mut self, limit: Option<Instant>, now: Instant) {
        self.signals.register(&mut self.set);
        self.world.children.register(&mut self.set);
        self.world.watches.register(&mut self.set);
        self.world.fleet.register(&mut self.set, now);
        self.post.register(&mut self.set);
        self.heartbeats.register(&mut self.set);
        if let Some(httpd) = &self.httpd {
            httpd.register(&mut self.set);
        }
        if let Some(address) = &self.address {
            address.register(&mut self.set);
        }
        if let Some(state) = &self.state {
            state.register(&mut self.set);
        }
        self.metrics_file.register(&mut self.set);
        if let Some(reading) = &self.reading {
            reading.register(&mut self.set, self.read_again);
        }
        if self.parsing.is_some() || self.world.history.as_ref().is_some_and(History::is_busy) {
            self.set.wake_at(now);
        }
        if self.pidfile.is_some() {
            self.set.wake_at(self.presence.deadline());
        }
        let mount = |part| Token { source: Source::Mount, id: 0, part };
        for descriptor in self.world.host.descriptors() {
            self.set.add(descriptor, Interest::READ, mount(0));
        }
        if let Some(table) = self.world.host.mount_table() {
            // A change is reported as an error.
            self.set.add(table, Interest::default(), mount(1));
        }
        let (host, httpd) = (self.world.host.deadline(), self.httpd.as_ref().and_then(Httpd::deadline));
        let (services, supervisor) = (self.services.deadline(), self.supervisor.deadline());
        let deadlines = [limit, host, httpd, services, supervisor, self.stopping];
        for deadline in deadlines.into_iter().flatten() {
            self.set.wake_at(deadline);
        }
    }

    fn obey(&mut self, signals: SignalSet, now: Now) {
        if signals.child {
            self.world.children.reap(now.mono);
        }
        if signals.terminate || signals.interrupt {
            return self.terminate(now);
        }
        if self.pidfile.is_none() || self.stopping.is_some() {
            return;
        }
        if signals.hangup {
            self.reload(now);
        }
        if signals.wake {
            self.world.log.info("Awakened by User defined signal 1");
            self.services.wake();
        }
    }

    /// Whether a signal has ended it.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Turns until a signal ends it, then puts everything away.
    pub fn turn_until_over(&mut self) {
        // What is due at the start is done before anything is waited for.
        self.turn(Some(Instant::now()));
        while !self.over {
            self.turn(None);
        }
        // Whoever ends the daemon does not wait for a control file.
        self.reading = None;
        self.parsing = None;
        self.address = None;
        let now = Now::read();
        self.services.shutdown(Turn::new(now, &mut self.world));
        self.services.instance_event(Instance::Stopped, Turn::new(now, &mut self.world));
        if let Some(httpd) = self.httpd.take() {
            self.world.log.debug("Shutting down Monit HTTP server");
            httpd.close();
            self.world.log.debug("Monit HTTP server stopped");
        }
        self.close_history();
        self.metrics_file.end();
        self.keep_state_for_good(now);
        self.finish(FAREWELL);
        self.world.log.info(format_args!("Monit daemon with pid [{}] stopped", sys::process::own_pid()));
        if let Some(pidfile) = self.pidfile.take() {
            pidfile.remove();
        }
    }

    /// Gives the interface its turn, and the services what clients want.
    fn serve(&mut self, now: Now, event: Option<(Token, Readiness)>) {
        let Some(httpd) = &mut self.httpd else { return };
        let current =
            self.about.current(&self.services, self.world.history.as_ref(), &self.paths.control, now);
        let mut site = LiveSite {
            current,
            requests: Vec::new(),
            silencing: Vec::new(),
            test: self.post.test(),
            testing: None,
            wake: false,
            log: &mut self.world.log,
        };
        match event {
            Some((token, readiness)) => httpd.on_ready(token, readiness, now, &mut site),
            None => httpd.on_tick(now, &mut site),
        }
        let LiveSite { requests, silencing, testing, wake, .. } = site;
        if wake {
            self.world.log.info("Awakened by a client");
            self.services.wake();
        }
        let mut receipts = Vec::new();
        for (action, services) in requests {
            let services: Vec<ServiceIndex> = services.into_iter().map(ServiceIndex).collect();
            receipts.push(self.services.request(action, &services, Turn::new(now, &mut self.world)));
        }
        for one in silencing {
            let turn = Turn::new(now, &mut self.world);
            receipts.push(match one {
                Silencing::Begin(order, services) => {
                    let services: Vec<ServiceIndex> = services.into_iter().map(ServiceIndex).collect();
                    self.services.silence(order, &services, turn)
                }
                Silencing::Lift(ids) => self.services.unsilence(&ids, turn),
            });
        }
        if let Some(addresses) = testing {
            self.test_alerts(addresses, now);
        }
        let recorded = self.keep_state(receipts, now);
        if let Some(httpd) = &mut self.httpd {
            httpd.release(recorded);
        }
    }

    /// Writes the state file if it is due, behind the events that it is about.
    fn keep_state(&mut self, receipts: Vec<Receipt>, now: Now) -> Recorded {
        self.take_in(now);
        match &mut self.state {
            Some(state) => state.keep(receipts, &mut self.services, &mut self.world.log, now.mono),
            // It was written for the last time, or there is none.
            None => Receipt::recorded(receipts),
        }
    }
}
