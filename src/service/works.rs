//! What is under way: jobs, the requests that wait to become jobs, and for whom programs and probes run.
//!
//! Requests wait in one queue; a request begins as soon as none of the services it needs belongs to a job or to an
//! earlier request. So requests about one service keep their order, and strangers never wait for each other.

use super::dependency::Set;
use super::index::{JobId, ServiceIndex};
use super::job::Job;
use super::parts::Parts;
use super::roster::Roster;
use super::turn::{Note, Owner, Turn};
use super::wish::{Request, UserAction, Wish};
use super::world::ProbeId;
use crate::event::ActionName;
use crate::log::Level;
use crate::reactor::children::ChildId;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// Requests waiting at the same time, beside four for each service; more than clients can mean.
const QUEUE: usize = 1024;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Works {
    pub(super) jobs: Vec<Job>,
    /// Where the next turn begins with them.
    first_job: usize,
    last_job: u32,
    pub(super) queue: VecDeque<Request>,
    pub(super) children: Vec<(ChildId, Owner)>,
    /// Services whose programs outlive their limits.
    pub(super) lingering: Vec<ServiceIndex>,
    /// Whose check each probe in flight is for.
    pub(super) probes: BTreeMap<ProbeId, ServiceIndex>,
}

impl Works {
    /// Nothing but programs that outlive their limits, for these services.
    pub(super) fn new(lingering: Vec<ServiceIndex>) -> Works {
        Works { lingering, ..Works::default() }
    }

    /// Takes up what a step has left for it.
    pub(super) fn take_up(&mut self, note: Note, now: Instant) {
        match note {
            Note::Runs(child, owner) => self.children.push((child, owner)),
            Note::LetGo(child) => self.children.retain(|(id, _)| *id != child),
            Note::Lingers(index, child) => self.let_linger(index, child),
            Note::Probes(probe, index) => {
                self.probes.insert(probe, index);
            }
            Note::ProbeGivenUp(probe) => {
                self.probes.remove(&probe);
            }
            Note::Wanted(request) => self.queue.push_back(request),
            Note::Answered(index) => self.jobs.iter_mut().for_each(|job| job.answered(index, now)),
            // Those are for the ledger.
            Note::Unsaved(_) | Note::Urgent(_) | Note::UnsavedSilence => {}
        }
    }

    fn let_linger(&mut self, index: ServiceIndex, child: Option<ChildId>) {
        for (id, owner) in &mut self.children {
            if Some(*id) == child {
                *owner = Owner::Lingering(index);
            }
        }
        if !self.lingering.contains(&index) {
            self.lingering.push(index);
        }
    }

    /// For whom a program ran that has ended; nobody waits for it any more.
    pub(super) fn owner_of(&mut self, child: ChildId) -> Option<Owner> {
        let at = self.children.iter().position(|(id, _)| *id == child)?;
        Some(self.children.swap_remove(at).1)
    }

    /// Is an action being carried out, or waiting for its turn?
    pub(super) fn acting(&self) -> bool {
        !self.jobs.is_empty() || !self.queue.is_empty()
    }

    /// Does nobody wait for a program? Those of `exec` actions and those over their limits do not count.
    pub(super) fn awaits_no_program(&self) -> bool {
        self.children.iter().all(|(_, owner)| matches!(owner, Owner::Exec(_) | Owner::Lingering(_)))
    }

    /// What waits or is being done for a service, for the status.
    pub(super) fn pending(&self, index: ServiceIndex) -> Option<ActionName> {
        if self.jobs.is_empty() && self.queue.is_empty() {
            return None;
        }
        let running = self.jobs.iter().find(|job| job.is_root(index)).map(Job::name);
        let waiting = self.queue.iter().find(|request| request.roots.contains(&index));
        running.or(waiting.map(|request| request.wish.name()))
    }

    /// When a job or a program that lingers wants to be looked at.
    pub(super) fn deadline(&self, roster: &Roster) -> Option<Instant> {
        let lingering = self.lingering.iter().filter_map(|index| roster.unit(*index).lingering.as_ref());
        let looks = lingering.map(|lingering| lingering.next_look());
        self.jobs.iter().filter_map(Job::deadline).chain(looks).min()
    }

    /// A user wants something done to these services.
    pub(super) fn request(
        &mut self,
        action: UserAction,
        names: &[ServiceIndex],
        roster: &Roster,
        turn: &mut Turn<'_>,
    ) {
        let Some(wish) = Wish::of(action) else { return };
        let mut named = Set::new(&roster.config);
        let roots: Vec<ServiceIndex> = names.iter().copied().filter(|index| named.add(*index)).collect();
        for root in &roots {
            let name = roster.name(*root);
            let text = format_args!("'{name}' {} on user request", action.word());
            turn.world.announce(Level::Info, text);
        }
        for roots in related(wish, roots, roster) {
            let request = Request { wish, roots, by_user: true };
            let last_of_these =
                self.queue.iter().rev().find(|r| r.roots.iter().any(|i| request.roots.contains(i)));
            if last_of_these == Some(&request) {
                continue;
            }
            if self.queue.len() >= QUEUE + 4 * roster.len() {
                let text = format_args!("too many actions are waiting, {} is left out", action.word());
                return turn.world.log(Level::Error, text);
            }
            self.queue.push_back(request);
        }
    }

    /// Gives up everything else and stops these services.
    pub(super) fn stop_all(&mut self, roots: Vec<ServiceIndex>, roster: &Roster, now: Instant) {
        self.queue.clear();
        self.jobs.iter_mut().for_each(|job| job.cut_off(now));
        let parts = related(Wish::Stop, roots, roster);
        self.queue.extend(parts.into_iter().map(|roots| Request { wish: Wish::Stop, roots, by_user: true }));
    }

    /// Turns every request into a job that can begin. `true` if one did.
    pub(super) fn begin_jobs(&mut self, roster: &mut Roster, turn: &mut Turn<'_>) -> bool {
        let mut moved = false;
        let mut claimed = Set::new(&roster.config);
        let mut at = 0;
        while let Some(request) = self.queue.get(at) {
            let (wish, by_user) = (request.wish, request.by_user);
            if !by_user && roster.turn_spent(turn) && !self.queue.iter().skip(at).any(|later| later.by_user) {
                break;
            }
            let roots = request.roots.clone();
            if !by_user && !roots.iter().any(|root| roster.is_monitored(*root)) {
                self.queue.remove(at);
                continue;
            }
            let job = Job::plan(self.next_job_id(), wish, roots, by_user, roster);
            let early = job.members().iter().any(|index| claimed.has(*index));
            let busy = job.members().iter().any(|index| roster.unit(*index).busy);
            // A user's wish is not kept waiting by a thousand services that failed at once.
            let its_turn = by_user || !roster.turn_spent(turn);
            if !early && !busy && its_turn {
                self.queue.remove(at);
                self.begin_job(job, roster, turn);
                moved = true;
                continue;
            }
            if by_user && !early && wish == Wish::Unmonitor && self.only_automatic(&job) {
                // Nobody needs to wait for a start that hangs in order to switch monitoring off.
                self.queue.remove(at);
                job.switch_off_beside(roster, turn);
                moved = true;
                continue;
            }
            if by_user && !early {
                moved |= self.hurry(&job, roster, turn.now.mono);
            }
            job.members().iter().for_each(|index| {
                claimed.add(*index);
            });
            at += 1;
        }
        moved
    }

    fn begin_job(&mut self, job: Job, roster: &mut Roster, turn: &mut Turn<'_>) {
        for index in job.members() {
            let mut one = roster.one(*index);
            one.cancel_check(turn);
            one.unit.busy = true;
        }
        if job.wish() == Wish::Restart {
            for root in job.roots() {
                roster.say(*root, Level::Info, "trying to restart", turn);
            }
        }
        self.jobs.push(job);
    }

    /// The jobs to go on with, by their places: those that the last turn had no time for come first.
    pub(super) fn in_order(&mut self) -> impl Iterator<Item = usize> + use<> {
        let count = self.jobs.len();
        let first = std::mem::take(&mut self.first_job);
        (0..count).map(move |step| (first + step) % count)
    }

    /// Takes the job at this place; one that does nothing keeps the place.
    pub(super) fn begin_work(&mut self, at: usize) -> Job {
        std::mem::replace(&mut self.jobs[at], Job::done())
    }

    /// The turn has no time for the job at this place.
    pub(super) fn leave(&mut self, at: usize) {
        if self.first_job == 0 {
            self.first_job = at;
        }
    }

    /// Jobs have ended.
    pub(super) fn forget_ended(&mut self) {
        self.jobs.retain(|job| !job.is_placeholder());
        if self.jobs.is_empty() {
            // After a start of many services at once this is room for many; the next time is far off.
            self.jobs = Vec::new();
        }
    }

    /// What tests asked for before this job is out of date; they ask again if they must.
    pub(super) fn drop_outdated(&mut self, job: &Job) {
        self.queue.retain(|request| {
            request.by_user || !request.roots.iter().any(|root| job.members().contains(root))
        });
    }

    fn next_job_id(&mut self) -> JobId {
        self.last_job = self.last_job.wrapping_add(1);
        JobId(self.last_job)
    }

    /// Are all members of `job` that are busy in the hands of jobs nobody but a test asked for?
    fn only_automatic(&self, job: &Job) -> bool {
        self.jobs.iter().filter(|other| other.meets(job)).all(|other| !other.by_user())
    }

    /// A user waits for what is done to the members of `job`.
    fn hurry(&mut self, job: &Job, roster: &Roster, now: Instant) -> bool {
        let beside = self.jobs.iter_mut().filter(|other| other.meets(job));
        beside.fold(false, |moved, other| other.hurry(roster, now) | moved)
    }
}

/// Splits the services of one request into parts that have nothing to do with each other.
fn related(wish: Wish, roots: Vec<ServiceIndex>, roster: &Roster) -> Vec<Vec<ServiceIndex>> {
    let mut parts = Parts::new(roster.len());
    for root in roots {
        let job = Job::plan(JobId(0), wish, vec![root], true, roster);
        parts.add(root, job.members());
    }
    parts.into_roots()
}
