//! All services, as others see them: what can be asked of them, and what can happen to them.
//!
//! Three parts, each with its own: the *roster* has the services and the clockwork, the *works* have what is under way,
//! the *ledger* has what is not saved. A step holds one service or one job ([`super::one::One`]) and leaves notes for the
//! parts it does not hold; only here all three come together, and the notes are handed over.

use super::beginning::units;
use super::clockwork::Clockwork;
use super::common::Phase;
use super::index::ServiceIndex;
use super::ledger::{Behind, Ledger, Receipt};
use super::lingering::Tended;
use super::notify::Instance;
use super::roster::Roster;
use super::saved::{SavedService, SavedState};
use super::silences_saved;
use super::turn::{Owner, Turn};
use super::unit::{Unit, is_process};
use super::view::{MonitorState, View};
use super::wish::UserAction;
use super::works::Works;
use super::world::{ProbeId, WatchId};
use crate::config::{Config, Listen};
use crate::log::Level;
use crate::reactor::Now;
use crate::reactor::children::Finished;
use crate::regex::{Flags, Regex};
use crate::service_test::ProbeResult;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// All services at run time.
#[derive(Debug)]
pub struct Services {
    pub(super) roster: Roster,
    pub(super) works: Works,
    pub(super) ledger: Ledger,
}

impl Services {
    /// The services of a control file, with what is known of them from an earlier run. `boot_id` is the kernel's
    /// id of this boot ([`crate::sys::clock::boot_id`]).
    pub fn new(config: Config, saved: Option<SavedState>, boot_id: Option<String>, now: Now) -> Services {
        let boot_id = boot_id.map(String::into_boxed_str);
        let same_boot = saved.as_ref().is_some_and(|saved| boot_id.is_some() && saved.boot_id == boot_id);
        let units = units(&config, saved.as_ref(), same_boot, now);
        let delay = if same_boot { Duration::ZERO } else { config.settings.start_delay };
        let clockwork = Clockwork::new(now.mono + delay, !delay.is_zero());
        let ledger = Ledger::new(units.len(), boot_id);
        let mut roster = Roster::new(config, units, clockwork);
        if let Some(saved) = &saved {
            let (silences, calendar) = silences_saved::load(saved, &roster.config, same_boot, now);
            (roster.common.silences, roster.common.calendar) = (silences, calendar);
            roster.common.silences.taken_up = true;
            roster.common.silences.look = roster.units.iter().any(|unit| unit.withheld.is_some());
        }
        let works = Works::new(roster.late_ones());
        Services { roster, works, ledger }
    }

    /// What the control file says.
    pub fn config(&self) -> &Config {
        &self.roster.config
    }

    /// The name at which the interface is to listen has these addresses.
    pub fn listen_at(&mut self, addresses: Vec<SocketAddr>) {
        self.roster.config.settings.httpd.listen = Listen::At(addresses);
    }

    /// How many services there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.roster.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none; there is always the system service.
    pub fn is_empty(&self) -> bool {
        self.roster.len() == 0
    }

    /// All services, in file order.
    pub fn all(&self) -> impl Iterator<Item = ServiceIndex> + use<> {
        self.roster.all()
    }

    /// The services a name or pattern means, in file order: an exact name, else a POSIX extended regular expression that
    /// matches the whole name; without regard to case. A bad pattern means none.
    pub fn find(&self, pattern: &str) -> Vec<ServiceIndex> {
        let named = |test: &dyn Fn(&str) -> bool| -> Vec<ServiceIndex> {
            self.all().filter(|index| test(self.roster.name(*index))).collect()
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
    pub fn find_group(&self, name: &str) -> Option<Vec<ServiceIndex>> {
        let group = self.roster.config.group(name)?;
        Some(group.members.iter().copied().map(ServiceIndex).collect())
    }

    /// One service as it is now. The last service stands in for one that is not there.
    pub fn view(&self, index: ServiceIndex) -> View<'_> {
        let last = ServiceIndex(self.len().saturating_sub(1));
        let there = index.min(last);
        let silence = self.roster.common.silences.of(there);
        View::new(self.roster.service(there), self.roster.unit(there), self.works.pending(index), silence)
    }

    /// All services in file order.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.all().map(|index| self.view(index))
    }

    /// Is every monitored service checked and without a failed test?
    pub fn all_ok(&self) -> bool {
        self.views().all(|view| {
            let checked = view.unit.monitoring.is_checked();
            view.monitor == MonitorState::Not || view.failed == view.changed && checked
        })
    }

    /// Is nothing in flight: no check and no action? Programs of `exec` actions and those over
    /// their limits do not count, nobody waits for them.
    pub fn idle(&self) -> bool {
        self.works.awaits_no_program() && self.settled()
    }

    /// Is every check and action done? Programs of `exec` may still run; nobody waits for those.
    pub fn settled(&self) -> bool {
        !self.works.acting() && self.roster.all_idle()
    }

    /// Is an action being carried out, or waiting for its turn?
    pub fn acting(&self) -> bool {
        self.works.acting()
    }

    /// How often the control file has been taken up anew: with it the numbers of the services change.
    pub fn generation(&self) -> u64 {
        self.ledger.generation
    }

    /// Cycles begun.
    pub fn cycles(&self) -> u64 {
        self.roster.clockwork.cycles()
    }

    /// A cycle now. During the start delay nothing shortens the wait.
    pub fn wake(&mut self) {
        self.roster.clockwork.wake();
    }

    /// When [`Services::turn`] wants to be called again, if nothing else happens before. May lie in the past: at once.
    pub fn deadline(&self) -> Option<Instant> {
        if self.roster.common.phase == Phase::Ended {
            return None;
        }
        if let Some(rest) = self.roster.clockwork.rest() {
            return Some(rest);
        }
        // What a user wants done is done during the start delay, too.
        let own = [self.roster.deadline(), self.works.deadline(&self.roster), self.silence_deadline()];
        own.into_iter().flatten().min()
    }

    /// Does what is due: begins cycles and checks, takes the next slice of work of those in flight, goes on with
    /// actions. Call it once per turn of the loop, after results have been handed in.
    pub fn turn(&mut self, mut turn: Turn<'_>) {
        if self.roster.common.phase == Phase::Ended {
            return;
        }
        let turn = &mut turn;
        self.begin_silences(turn);
        self.work(turn);
        self.end_silences(turn);
    }

    fn work(&mut self, turn: &mut Turn<'_>) {
        self.roster.common.facts.begin_turn();
        if self.roster.clockwork.turns(turn.now.mono) {
            self.roster.make_due(turn);
        }
        loop {
            let mut moved = self.tend_lingering(turn);
            moved |= self.go_on_with_jobs(turn);
            if !self.roster.clockwork.is_delayed() {
                moved |= self.roster.begin_checks(turn);
            }
            moved |= self.roster.step_checks(turn);
            self.hand_over(turn);
            if self.roster.turn_spent(turn) {
                return self.roster.clockwork.leave_rest(turn.now.mono);
            }
            if !moved {
                return;
            }
        }
    }

    /// A user wants something done to these services. It begins at once, or as soon as what is being done to one of
    /// them has ended.
    pub fn request(&mut self, action: UserAction, names: &[ServiceIndex], mut turn: Turn<'_>) -> Receipt {
        if action == UserAction::Beat {
            for index in names {
                self.roster.find(*index).into_iter().for_each(|mut one| one.beat(&mut turn));
            }
            self.hand_over(&mut turn);
        } else if self.roster.common.phase == Phase::Ending {
            let text = format_args!("Monit is ending, {} is left out", action.word());
            turn.world.log(Level::Error, text);
        } else {
            self.works.request(action, names, &self.roster, &mut turn);
            self.go_on_with_jobs(&mut turn);
        }
        Receipt::new()
    }

    /// A program has ended.
    pub fn child_finished(&mut self, finished: Finished, mut turn: Turn<'_>) {
        let now = turn.now.mono;
        match self.works.owner_of(finished.id) {
            Some(Owner::Check(index)) => {
                if let Some(mut one) = self.roster.find(index) {
                    one.program_finished(finished, &mut turn);
                }
            }
            Some(Owner::Job(id)) => {
                if let Some(job) = self.works.jobs.iter_mut().find(|job| job.id() == id) {
                    job.program_finished(finished, now);
                }
            }
            Some(Owner::Lingering(index)) => {
                let one = self.roster.find(index);
                if let Some(lingering) = one.and_then(|one| one.unit.lingering.as_mut()) {
                    lingering.finished(&finished, now);
                }
            }
            Some(Owner::Exec(index)) => {
                self.roster.common.execs = self.roster.common.execs.saturating_sub(1);
                if let Some(one) = index.and_then(|index| self.roster.find(index)) {
                    one.exec_finished(&finished, &mut turn);
                }
            }
            None => {}
        }
        self.hand_over(&mut turn);
    }

    /// A network probe has a result.
    pub fn probe_finished(&mut self, probe: ProbeId, result: ProbeResult) {
        let index = self.works.probes.remove(&probe);
        if let Some(mut one) = index.and_then(|index| self.roster.find(index)) {
            one.probe_finished(probe, result);
        }
    }

    /// A watched process has ended.
    pub fn watched_exit(&mut self, watch: WatchId, now: Now) {
        let ours = |unit: &Unit| unit.watch.is_some_and(|(_, known)| known == watch);
        let found = self.roster.all().find(|index| ours(self.roster.unit(*index)));
        if let Some(index) = found {
            self.roster.one(index).exited(now);
        }
    }

    /// The answer to a question about a service is there: its check or the job that waits goes on.
    pub fn answered(&mut self, index: ServiceIndex, mut turn: Turn<'_>) {
        if let Some(mut one) = self.roster.find(index) {
            one.answered(&mut turn);
        }
        self.hand_over(&mut turn);
    }

    /// Tells that the monitor started, was reloaded or ends: a log line and an event.
    pub fn instance_event(&mut self, what: Instance, mut turn: Turn<'_>) {
        self.roster.instance_event(what, &mut turn);
    }

    /// Stops every service that can be stopped, dependants before what they depend on, strangers side by side. From now
    /// on nothing is checked and nobody is obeyed. It is done when [`Services::acting`] says so; what the state file
    /// should hold is to be asked before.
    pub fn stop_all(&mut self, mut turn: Turn<'_>) {
        self.roster.common.phase = Phase::Ending;
        self.roster.clockwork.halt();
        self.all().for_each(|index| self.roster.one(index).cancel_check(&mut turn));
        self.hand_over(&mut turn);
        let stoppable = |index: &ServiceIndex| {
            let service = self.roster.service(*index);
            service.stop.is_some() && (self.roster.is_monitored(*index) || is_process(service))
        };
        let roots = self.all().filter(stoppable).collect();
        self.works.stop_all(roots, &self.roster, turn.now.mono);
        self.go_on_with_jobs(&mut turn);
    }

    /// Names what [`Services::stop_all`] has not stopped in time.
    pub fn tell_unstopped(&self, mut turn: Turn<'_>) {
        for index in self.all().filter(|index| self.works.pending(*index).is_some()) {
            self.roster.say(index, Level::Error, "not stopped in time", &mut turn);
        }
    }

    /// The end: every wait is given up, nothing new begins, processes and programs are left alone.
    pub fn shutdown(&mut self, turn: Turn<'_>) {
        self.roster.common.phase = Phase::Ended;
        for (child, _) in std::mem::take(&mut self.works).children {
            turn.world.forget_child(child);
        }
        for unit in &mut self.roster.units {
            unit.busy = false;
            unit.wanted = false;
            if let Some(flight) = unit.flight.take() {
                flight.probes.into_iter().for_each(|(probe, _)| turn.world.stop_probe(probe));
            }
            if let Some((_, watch)) = unit.watch.take() {
                turn.world.unwatch(watch);
            }
        }
        self.ledger.close();
    }

    /// What the state file should hold.
    pub fn saved(&self) -> SavedState {
        let mut saved = SavedState::of(&self.roster.config, &self.roster.units, self.ledger.boot_id.clone());
        saved.services.extend(self.saved_silences());
        saved
    }

    /// What it should hold of silences.
    pub fn saved_silences(&self) -> Option<SavedService> {
        silences_saved::save(&self.roster.common.silences, &self.roster.common.calendar)
    }

    /// What the state file should hold of one service.
    pub fn saved_service(&self, index: ServiceIndex) -> SavedService {
        SavedService::of(self.roster.service(index), self.roster.unit(index))
    }

    /// The boot that the state file is to be of.
    pub fn boot_id(&self) -> Option<&str> {
        self.ledger.boot_id.as_deref()
    }

    /// The services by which the state file is behind, and whether it is to be written anew. Asking takes note of the
    /// answer, as with [`Services::dirty`].
    pub fn take_unsaved(&mut self) -> Behind {
        self.ledger.take_unsaved(self.roster.len())
    }

    /// Is the state file to be written anew, as after a reload?
    pub fn all_unsaved(&self) -> bool {
        self.ledger.all_unsaved()
    }

    /// Is the state file behind? Asking takes note of the answer: whoever is told `true` writes the file, or says so
    /// through [`Services::not_written`].
    pub fn dirty(&mut self) -> bool {
        self.ledger.take_dirty()
    }

    /// Is it behind by something that must not be lost: a command of a user, the begin or end of an incident? Then it is
    /// to be written in this very turn; anything else may wait a moment.
    pub fn urgent(&self) -> bool {
        self.ledger.is_urgent()
    }

    /// The state file could not be written.
    pub fn not_written(&mut self) {
        self.ledger.not_written();
    }

    /// Hands what steps have left to those it is for.
    pub(super) fn hand_over(&mut self, turn: &mut Turn<'_>) {
        for note in turn.take_notes() {
            self.ledger.take_up(&note);
            self.works.take_up(note, turn.now.mono);
        }
    }

    /// Looks after the programs over their limits. `true` if something happened.
    fn tend_lingering(&mut self, turn: &mut Turn<'_>) -> bool {
        let mut moved = false;
        for index in std::mem::take(&mut self.works.lingering) {
            match self.roster.one(index).tend_lingering(turn) {
                Tended::Lingers => self.works.lingering.push(index),
                Tended::Over => moved = true,
                Tended::None => {}
            }
        }
        self.hand_over(turn);
        moved
    }

    /// Begins what can begin and goes on with what runs. `true` if something happened.
    fn go_on_with_jobs(&mut self, turn: &mut Turn<'_>) -> bool {
        if self.roster.common.phase == Phase::Ended || !self.works.acting() {
            return false;
        }
        let mut moved = self.works.begin_jobs(&mut self.roster, turn);
        self.hand_over(turn);
        let mut first = true;
        for at in self.works.in_order() {
            // One is carried on in any case.
            if !first && !self.works.jobs[at].by_user() && self.roster.turn_spent(turn) {
                self.works.leave(at);
                continue;
            }
            first = false;
            moved |= self.go_on_with_job(at, turn);
        }
        self.works.forget_ended();
        moved
    }

    fn go_on_with_job(&mut self, at: usize, turn: &mut Turn<'_>) -> bool {
        let mut job = self.works.begin_work(at);
        let before = job.progress();
        let ended = job.advance(&mut self.roster, turn);
        self.hand_over(turn);
        let moved = ended || job.progress() != before;
        if ended {
            job.release(&mut self.roster, turn);
            self.works.drop_outdated(&job);
            self.hand_over(turn);
        } else {
            self.works.jobs[at] = job;
        }
        moved
    }

    /// Would the next turn look at every service with which something is going on?
    #[cfg(test)]
    pub(super) fn nothing_is_overlooked(&self) -> bool {
        self.roster.common.agenda.covers(&self.roster.units)
    }
}
