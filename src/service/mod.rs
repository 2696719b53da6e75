//! Services at run time: cycle, checks in flight, actions and dependencies, schedule, state file, reload.
//!
//! # The life of a service
//!
//! A service is **monitored** or not. Monitoring begins at the start of the daemon (as `onreboot` says), by `start`,
//! `monitor` and `restart`, and ends by `stop`, `unmonitor` and the actions of that name. While it is monitored it
//! is *initializing* until its first check has ended, *waiting* in cycles its schedule leaves out, and otherwise as good
//! as its tests.
//!
//! **A cycle** begins every poll period, start to start, or when somebody wakes us. It makes a check due for each
//! monitored service whose schedule agrees. A check that is due begins when nothing works on the service (a check in
//! flight, a job) and all it depends on has been looked at in this cycle; it is dropped for this cycle when one of
//! those is missing, of the wrong type, not yet checked, held back itself, or fails a test whose action is more than
//! an alert. Checks of different services are in flight side by side; none waits for a stranger.
//!
//! **A check** takes its measurements and comes back with a report: one verdict per test. The verdicts go through the
//! state machines of [`crate::event`] in order; what they tell is logged and delivered at once; `exec` programs
//! run beside; of the actions on the service itself (stop before unmonitor before restart before start) the
//! strongest is carried out, once.
//!
//! **A job** carries out one action on one tree of services, step by step: dependants down, bases up, each service once.
//! Its members belong to it until it ends; jobs on strangers run side by side. Actions wanted while a member belongs
//! to another job wait in a queue and keep their order per service. What a user wants is carried out at once, not with
//! the next cycle.
//!
//! Time is an argument everywhere, and the world is behind [`World`]: the whole room runs in tests without a clock,
//! a process or a file.

mod action;
mod agenda;
mod apply;
mod backoff;
mod check;
mod cycle;
mod dependency;
mod environment;
mod exit_watch;
mod job;
mod lingering;
pub mod monit_state;
mod notify;
mod reload;
mod request;
mod restart_limit;
mod saved;
mod schedule;
mod settling;
pub mod state_file;
mod takeover;
mod test_key;
mod unit;
mod view;
mod world;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod rules_model_tests;
#[cfg(test)]
mod tests;

pub use notify::Instance;
pub use request::UserAction;
pub use saved::{SavedService, SavedState};
pub use takeover::{Kept, Takeover};
pub use view::{MonitorState, StatusColor, View};
pub use world::{Probe, ProbeId, Watch, WatchId, World};

use crate::config::{Config, Listen, OnReboot};
use crate::reactor::Now;
use crate::reactor::children::ChildId;
use crate::regex::{Flags, Regex};
use crate::service_test::CycleFacts;
use agenda::{Agenda, Marks};
use cycle::Clockwork;
use dependency::Dependants;
use job::{Job, JobId};
use request::Request;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;
use unit::Unit;

/// All services at run time.
#[derive(Debug)]
pub struct Services {
    config: Config,
    /// Parallel to [`Config::services`].
    units: Vec<Unit>,
    clockwork: Clockwork,
    agenda: Agenda,
    dependants: Dependants,
    facts: CycleFacts,
    jobs: Vec<Job>,
    /// Where the next turn begins with them.
    first_job: usize,
    last_job: JobId,
    queue: VecDeque<Request>,
    children: Vec<(ChildId, Owner)>,
    /// Services whose programs outlive their limits.
    lingering: Vec<u32>,
    /// Whose check each probe in flight is for.
    probes: BTreeMap<ProbeId, u32>,
    events: u64,
    generation: u64,
    boot_id: Option<Box<str>>,
    /// The state file is behind.
    dirty: bool,
    /// By these services; or by all that is in it.
    unsaved: Marks,
    all_unsaved: bool,
    /// And what it does not know must not be lost: a command, or an incident that was told.
    urgent: bool,
    /// It was told once that the end of processes cannot be watched here.
    watch_told: bool,
    ended: bool,
    /// Services are being stopped for the end.
    ending: bool,
}

/// For whom a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The check of this service.
    Check(u32),
    /// A step of this job.
    Job(JobId),
    /// Nobody; an `exec` of this service.
    Exec(u32),
    /// Nobody; a start, stop or restart program of this service that is over its limit.
    Lingering(u32),
}

impl Services {
    /// The services of a control file, with what is known of them from an earlier run. `boot_id` is the kernel's
    /// id of this boot ([`crate::sys::clock::boot_id`]).
    pub fn new(config: Config, saved: Option<SavedState>, boot_id: Option<String>, now: Now) -> Services {
        let boot_id = boot_id.map(String::into_boxed_str);
        let same_boot = saved.as_ref().is_some_and(|saved| boot_id.is_some() && saved.boot_id == boot_id);
        let mut units: Vec<Unit> = config.services.iter().map(Unit::new).collect();
        let known = saved.as_ref().map(SavedState::by_name).unwrap_or_default();
        for ((index, service), unit) in (0..).zip(&config.services).zip(&mut units) {
            let known = known.get(&saved::identity(service)).copied();
            unit.monitored = match (service.onreboot, known) {
                (_, Some(known)) if same_boot => known.monitored,
                (OnReboot::LastState, Some(known)) => known.monitored,
                (OnReboot::NoStart, _) => false,
                (OnReboot::Start | OnReboot::LastState, _) => true,
            };
            if let Some(known) = known {
                known.restore(service, unit, same_boot);
                if same_boot {
                    unit.lingering = known.program(index, now.mono).map(Box::new);
                }
            }
        }
        let delay = if same_boot { std::time::Duration::ZERO } else { config.settings.start_delay };
        let facts = CycleFacts::new(&config);
        Services {
            clockwork: Clockwork::new(now.mono + delay, !delay.is_zero()),
            agenda: Agenda::new(&config, &units),
            dependants: Dependants::new(&config),
            lingering: lingering::late_ones(&units),
            units,
            facts,
            jobs: Vec::new(),
            first_job: 0,
            last_job: JobId(0),
            queue: VecDeque::new(),
            children: Vec::new(),
            probes: BTreeMap::new(),
            events: 0,
            generation: 0,
            boot_id,
            // Also when nothing happens the file must know of this boot.
            dirty: true,
            unsaved: Marks::new(config.services.len()),
            all_unsaved: true,
            urgent: true,
            watch_told: false,
            ended: false,
            ending: false,
            config,
        }
    }

    /// What the control file says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The name at which the interface is to listen has these addresses.
    pub fn listen_at(&mut self, addresses: Vec<std::net::SocketAddr>) {
        self.config.settings.httpd.listen = Listen::At(addresses);
    }

    /// How many services there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.units.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none; there is always the system service.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The services a name or pattern means, in file order: an exact name, else a POSIX extended regular expression that
    /// matches the whole name; without regard to case. A bad pattern means none.
    pub fn find(&self, pattern: &str) -> Vec<u32> {
        let named = |test: &dyn Fn(&str) -> bool| -> Vec<u32> {
            (0..).zip(&self.config.services).filter(|(_, s)| test(&s.name)).map(|(index, _)| index).collect()
        };
        let exact = named(&|name| name.eq_ignore_ascii_case(pattern));
        if !exact.is_empty() {
            return exact;
        }
        match Regex::whole(pattern.as_bytes(), Flags { ignore_case: true }) {
            Ok(regex) => named(&|name| regex.is_match(name.as_bytes())),
            Err(_) => Vec::new(),
        }
    }

    /// The members of a group, in file order.
    pub fn find_group(&self, name: &str) -> Option<Vec<u32>> {
        self.config.group(name).map(|group| group.members.clone())
    }

    /// One service as it is now. `index` must be below [`Services::len`]; the last service stands in for any other.
    pub fn view(&self, index: u32) -> View<'_> {
        let at = (index as usize).min(self.units.len().saturating_sub(1));
        View::new(&self.config.services[at], &self.units[at], self.pending(index))
    }

    /// All services in file order.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        (0..self.len()).map(|index| self.view(index))
    }

    /// Is every monitored service checked and without a failed test?
    pub fn all_ok(&self) -> bool {
        self.views()
            .all(|view| view.monitor == MonitorState::Not || view.failed == view.changed && view.unit.checked)
    }

    /// Is nothing in flight: no check and no action? Programs of `exec` actions and those over
    /// their limits do not count, nobody waits for them.
    pub fn idle(&self) -> bool {
        self.jobs.is_empty()
            && self.queue.is_empty()
            && self.children.iter().all(|(_, owner)| matches!(owner, Owner::Exec(_) | Owner::Lingering(_)))
            && self.all_idle()
    }

    /// Is every check and action done? Programs of `exec` may still run; nobody waits for those.
    pub fn settled(&self) -> bool {
        self.jobs.is_empty() && self.queue.is_empty() && self.all_idle()
    }

    /// Has so much been done in this turn of the loop that clients and mail should have theirs?
    fn turn_spent(&self, world: &mut dyn World) -> bool {
        self.facts.turn_spent() || world.late()
    }

    /// Does nobody look at any service, now or soon?
    fn all_idle(&self) -> bool {
        let mut live = self.agenda.places().filter_map(|place| self.config.check_order.get(place as usize));
        live.all(|index| self.units[*index as usize].idle())
    }

    /// Is an action being carried out, or waiting for its turn?
    pub fn acting(&self) -> bool {
        !self.jobs.is_empty() || !self.queue.is_empty()
    }

    /// How often the control file has been taken up anew: with it the numbers of the services change.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Cycles begun.
    pub fn cycles(&self) -> u64 {
        self.clockwork.cycles()
    }

    /// A cycle now. During the start delay nothing shortens the wait.
    pub fn wake(&mut self) {
        self.clockwork.wake();
    }

    /// When [`Services::turn`] wants to be called again, if nothing else happens before. May lie in the past: at once.
    pub fn deadline(&self) -> Option<Instant> {
        self.next_deadline()
    }

    /// What the state file should hold.
    pub fn saved(&self) -> SavedState {
        SavedState::of(&self.config, &self.units, self.boot_id.clone())
    }

    /// What the state file should hold of one service. `index` must be below [`Services::len`].
    pub fn saved_service(&self, index: u32) -> SavedService {
        SavedService::of(&self.config.services[index as usize], &self.units[index as usize])
    }

    /// The boot that the state file is to be of.
    pub fn boot_id(&self) -> Option<&str> {
        self.boot_id.as_deref()
    }

    /// The services by which the state file is behind, and whether it is to be written anew. Asking takes note of the
    /// answer, as with [`Services::dirty`].
    pub fn take_unsaved(&mut self) -> (Vec<u32>, bool) {
        let some = std::mem::replace(&mut self.unsaved, Marks::new(self.units.len()));
        (some.iter().collect(), std::mem::take(&mut self.all_unsaved))
    }

    /// Is the state file to be written anew, as after a reload?
    pub fn all_unsaved(&self) -> bool {
        self.all_unsaved
    }

    /// The state file is behind by this service.
    fn unsaved(&mut self, index: u32) {
        self.dirty = true;
        self.unsaved.set(index);
    }

    /// Is the state file behind? Asking takes note of the answer: whoever is told `true` writes the file, or says so
    /// through [`Services::not_written`].
    pub fn dirty(&mut self) -> bool {
        self.urgent = false;
        std::mem::take(&mut self.dirty)
    }

    /// Is it behind by something that must not be lost: a command of a user, the begin or end of an incident? Then it is
    /// to be written in this very turn; anything else may wait a moment.
    pub fn urgent(&self) -> bool {
        self.urgent
    }

    /// The state file could not be written.
    pub fn not_written(&mut self) {
        self.dirty = true;
        self.all_unsaved = true;
    }

    /// The end: every wait is given up, nothing new begins, processes and programs are left alone.
    pub fn shutdown(&mut self, world: &mut dyn World) {
        self.ended = true;
        for (child, _) in self.children.drain(..) {
            world.forget_child(child);
        }
        self.probes.clear();
        self.jobs.clear();
        self.queue.clear();
        for unit in &mut self.units {
            unit.busy = false;
            unit.wanted = false;
            if let Some(flight) = unit.flight.take() {
                flight.probes.into_iter().for_each(|(probe, _)| world.stop_probe(probe));
            }
            if let Some((_, watch)) = unit.watch.take() {
                world.unwatch(watch);
            }
        }
        self.dirty = true;
    }

    /// Would the next turn look at every service with which something is going on?
    #[cfg(test)]
    fn nothing_is_overlooked(&self) -> bool {
        self.agenda.covers(&self.units)
    }

    /// The name of the system service, which speaks for the host.
    fn host(&self) -> &str {
        let system =
            self.config.services.iter().find(|s| matches!(s.subject, crate::config::Subject::System));
        system.map_or("localhost", |service| &service.name)
    }
}
