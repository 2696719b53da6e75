//! What somebody wants done to services: users through the clients, tests through their actions. Requests wait in one
//! queue; a request begins as soon as none of the services it needs belongs to a job or to an earlier request. So
//! requests about one service keep their order, and strangers never wait for each other.

use super::dependency::{self, Dependants, Set, bases_of};
use super::job::{Job, JobId};
use super::{Services, World};
use crate::event::ActionName;
use crate::log::Level;
use crate::reactor::Now;

/// Requests waiting at the same time, beside four for each service; more than clients can mean.
const QUEUE: usize = 1024;

/// What a user can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UserAction {
    Start,
    Stop,
    Restart,
    Monitor,
    Unmonitor,
}

impl UserAction {
    /// The action of that word, whatever its case.
    pub fn from_word(word: &str) -> Option<UserAction> {
        use UserAction as U;
        let all = [U::Start, U::Stop, U::Restart, U::Monitor, U::Unmonitor];
        all.into_iter().find(|action| action.word().eq_ignore_ascii_case(word))
    }

    /// The word.
    pub fn word(self) -> &'static str {
        Wish::from(self).name().word()
    }
}

/// What is to be done. Of several at once the last in this order prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    Monitor,
    Start,
    Restart,
    Unmonitor,
    Stop,
}

impl Wish {
    pub(super) fn name(self) -> ActionName {
        match self {
            Wish::Monitor => ActionName::Monitor,
            Wish::Start => ActionName::Start,
            Wish::Restart => ActionName::Restart,
            Wish::Unmonitor => ActionName::Unmonitor,
            Wish::Stop => ActionName::Stop,
        }
    }
}

impl From<UserAction> for Wish {
    fn from(action: UserAction) -> Wish {
        match action {
            UserAction::Start => Wish::Start,
            UserAction::Stop => Wish::Stop,
            UserAction::Restart => Wish::Restart,
            UserAction::Monitor => Wish::Monitor,
            UserAction::Unmonitor => Wish::Unmonitor,
        }
    }
}

/// A request in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) wish: Wish,
    /// The services it names; they stand or fall together with what depends on them.
    pub(super) roots: Vec<u32>,
    pub(super) by_user: bool,
}

impl Services {
    /// A user wants something done to these services. It begins at once, or as soon as what is being done to one of
    /// them has ended.
    pub fn request(&mut self, action: UserAction, names: &[u32], now: Now, world: &mut dyn World) {
        if self.ending {
            return world.log(Level::Error, format_args!("Monit is ending, {} is left out", action.word()));
        }
        let mut named = Set::new(&self.config);
        let roots: Vec<u32> = names.iter().copied().filter(|index| named.add(*index)).collect();
        for root in &roots {
            self.announce(*root, Level::Info, &format!("{} on user request", action.word()), world);
        }
        let wish = Wish::from(action);
        for roots in self.related(wish, roots) {
            let request = Request { wish, roots, by_user: true };
            let last_of_these =
                self.queue.iter().rev().find(|r| r.roots.iter().any(|i| request.roots.contains(i)));
            if last_of_these == Some(&request) {
                continue;
            }
            if self.queue.len() >= QUEUE + 4 * self.units.len() {
                world.log(
                    Level::Error,
                    format_args!("too many actions are waiting, {} is left out", action.word()),
                );
                return;
            }
            self.queue.push_back(request);
        }
        self.go_on_with_jobs(now, world);
    }

    /// Splits the services of one request into parts that have nothing to do with each other.
    pub(super) fn related(&self, wish: Wish, roots: Vec<u32>) -> Vec<Vec<u32>> {
        let mut parts = Parts { owner: vec![None; self.units.len()], list: Vec::new() };
        for root in roots {
            let job = self.plan(JobId(0), wish, vec![root], true);
            parts.add(root, job.members());
        }
        parts.list.into_iter().filter_map(|part| part.roots).collect()
    }

    fn plan(&self, id: JobId, wish: Wish, roots: Vec<u32>, by_user: bool) -> Job {
        Job::plan(id, wish, roots, by_user, &self.config, &self.dependants, &self.units)
    }

    /// Turns every request into a job that can begin. `true` if one did.
    pub(super) fn begin_jobs(&mut self, now: Now, world: &mut dyn World) -> bool {
        let mut moved = false;
        let mut claimed = Set::new(&self.config);
        let mut at = 0;
        while let Some(request) = self.queue.get(at) {
            let (wish, by_user) = (request.wish, request.by_user);
            if !by_user && self.turn_spent(world) && !self.queue.iter().skip(at).any(|later| later.by_user) {
                break;
            }
            let roots = request.roots.clone();
            if !by_user && !roots.iter().any(|root| self.units[*root as usize].monitored) {
                self.queue.remove(at);
                continue;
            }
            let id = self.next_job_id();
            let job = self.plan(id, wish, roots, by_user);
            let early = job.members().iter().any(|index| claimed.has(*index));
            let busy = job.members().iter().any(|index| self.units[*index as usize].busy);
            // A user's wish is not kept waiting by a thousand services that failed at once.
            let its_turn = by_user || !self.turn_spent(world);
            if !early && !busy && its_turn {
                self.queue.remove(at);
                self.begin_job(job, now, world);
                moved = true;
                continue;
            }
            if by_user && !early && wish == Wish::Unmonitor && self.only_automatic(&job) {
                // Nobody needs to wait for a start that hangs in order to switch monitoring off.
                self.queue.remove(at);
                self.switch_off_beside(job, now, world);
                moved = true;
                continue;
            }
            if by_user && !early {
                moved |= self.cut_waits_short(&job, now);
            }
            job.members().iter().for_each(|index| {
                claimed.add(*index);
            });
            at += 1;
        }
        moved
    }

    /// What waits or is being done for a service, for the status.
    pub(super) fn pending(&self, index: u32) -> Option<ActionName> {
        let running = self.jobs.iter().find(|job| job.is_root(index)).map(Job::name);
        let waiting = self.queue.iter().find(|request| request.roots.contains(&index));
        running.or(waiting.map(|request| request.wish.name()))
    }

    fn next_job_id(&mut self) -> JobId {
        self.last_job = JobId(self.last_job.0.wrapping_add(1));
        self.last_job
    }

    /// Are all members of `job` that are busy in the hands of jobs nobody but a test asked for?
    fn only_automatic(&self, job: &Job) -> bool {
        let hold = |other: &&Job| other.members().iter().any(|index| job.members().contains(index));
        self.jobs.iter().filter(hold).all(|other| !other.by_user())
    }
}

/// Services of one request on the way to be split. Each root with all it touches joins the parts it meets.
struct Parts {
    /// From a service to the part that touches it, or to one that has since become part of another.
    owner: Vec<Option<usize>>,
    list: Vec<Part>,
}

#[derive(Default)]
struct Part {
    /// `None`: joined with others in part `whole`.
    roots: Option<Vec<u32>>,
    whole: usize,
}

impl Parts {
    fn add(&mut self, root: u32, members: &[u32]) {
        let owners = members.iter().filter_map(|index| self.owner.get(*index as usize).copied().flatten());
        let owners: Vec<usize> = owners.collect();
        let mut met: Vec<usize> = owners.into_iter().map(|part| self.whole(part)).collect();
        met.sort_unstable();
        met.dedup();
        let mine = self.list.len();
        let mut roots = vec![root];
        for at in met {
            let Some(part) = self.list.get_mut(at) else { continue };
            part.whole = mine;
            let mut joined = part.roots.take().unwrap_or_default();
            joined.append(&mut roots);
            roots = joined;
        }
        self.list.push(Part { roots: Some(roots), whole: mine });
        for index in members {
            if let Some(owner) = self.owner.get_mut(*index as usize) {
                *owner = Some(mine);
            }
        }
    }

    /// The part that `part` has become part of. What was walked is shortened for the next one.
    fn whole(&mut self, part: usize) -> usize {
        let next = |parts: &Parts, at: usize| parts.list.get(at).map_or(at, |part| part.whole);
        let mut end = part;
        while next(self, end) != end {
            end = next(self, end);
        }
        let mut at = part;
        while at != end {
            let Some(part) = self.list.get_mut(at) else { break };
            at = std::mem::replace(&mut part.whole, end);
        }
        end
    }
}

/// Everything a request touches, in the order in which it stops and starts.
pub(super) struct Tree {
    /// To be stopped or switched off, dependants first.
    pub(super) down: Vec<u32>,
    /// To be started or switched on, bases first.
    pub(super) up: Vec<u32>,
}

impl Tree {
    /// For `roots`: with what depends on them and is monitored, and with all they depend on.
    pub(super) fn of(
        config: &crate::config::Config,
        dependants: &Dependants,
        roots: &[u32],
        with_dependants: bool,
        with_bases: bool,
        monitored: impl Fn(u32) -> bool,
    ) -> Tree {
        if let [root] = roots {
            // Nearly every service stands alone; with thousands of them it matters not to look at all others.
            if dependants.of(*root).is_empty() && (!with_bases || bases_of(config, *root).is_empty()) {
                let down = if with_dependants { vec![*root] } else { Vec::new() };
                return Tree { down, up: vec![*root] };
            }
        }
        if with_bases && !with_dependants {
            return Tree { down: Vec::new(), up: dependency::ascent(config, roots) };
        }
        let down =
            if with_dependants { dependency::down(config, dependants, roots, monitored) } else { Vec::new() };
        let mut set = Set::new(config);
        for index in down.iter().chain(roots) {
            set.add(*index);
        }
        if with_bases {
            roots.iter().for_each(|root| dependency::all_bases(config, *root, &mut set));
        }
        Tree { down, up: dependency::up(config, &set) }
    }
}
