//! A job: one action on one tree of services, as a list of steps. Each service is stopped once and started once;
//! nothing but the job itself waits for it.

mod steps;

use super::dependency::bases_of;
use super::index::{JobId, ServiceIndex};
use super::look::LOOK_AGAIN;
use super::roster::Roster;
use super::run::Run;
use super::tree::Tree;
use super::wish::Wish;
use crate::config::Config;
use crate::event::ActionName;
use crate::reactor::children::Finished;
use std::collections::VecDeque;
use std::time::Instant;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Run the stop program, if it runs.
    Halt(ServiceIndex),
    /// Run the start program, if it does not run.
    Launch(ServiceIndex),
    /// The same for what a root depends on: only if it needs it.
    Support(ServiceIndex),
    /// Run the restart program.
    Again(ServiceIndex),
    /// Check it; what depends on it is not started if it is not well.
    Look(ServiceIndex),
    /// The end of that.
    Looked(ServiceIndex),
    /// Monitoring off.
    Off(ServiceIndex),
    /// Monitoring on.
    On(ServiceIndex),
    /// Tell the user that it is done.
    Done(ServiceIndex),
}

/// An action being carried out.
#[derive(Debug)]
pub(super) struct Job {
    id: JobId,
    wish: Wish,
    by_user: bool,
    roots: Vec<ServiceIndex>,
    members: Vec<ServiceIndex>,
    steps: VecDeque<Step>,
    /// The program of the present step.
    run: Option<Run>,
    /// The present step cannot begin before it is known what is there; asked again at this time.
    waits: Option<Instant>,
    /// The present step has waited before.
    repeated: bool,
    /// A user wants something else: no more waiting for a program that outlives its limit.
    hurried: bool,
    /// Of this one a start that went on beyond its limit was ended.
    start_ended: Option<ServiceIndex>,
    /// What could not be started.
    failed: Vec<ServiceIndex>,
    /// What could not be stopped.
    unstopped: Vec<ServiceIndex>,
    /// What was not stopped for the sake of what depends on it; it goes on as it was.
    held: Vec<ServiceIndex>,
    /// What was left to its own check.
    left: Vec<ServiceIndex>,
}

impl Job {
    /// The steps for `wish` on `roots` and what hangs on them, as things stand now.
    pub(super) fn plan(
        id: JobId,
        wish: Wish,
        roots: Vec<ServiceIndex>,
        by_user: bool,
        roster: &Roster,
    ) -> Job {
        let downward = matches!(wish, Wish::Stop | Wish::Unmonitor | Wish::Restart);
        let upward = by_user && matches!(wish, Wish::Start | Wish::Monitor | Wish::Restart);
        let monitored = |index: ServiceIndex| roster.is_monitored(index);
        let tree = Tree::of(&roster.config, &roster.dependants, &roots, downward, upward, monitored);
        let mut members = match wish {
            Wish::Stop | Wish::Unmonitor => tree.down.clone(),
            Wish::Monitor | Wish::Start | Wish::Restart => tree.up.clone(),
        };
        members.sort_unstable();
        let mut job = Job { id, wish, by_user, roots, members, ..Job::done() };
        match wish {
            Wish::Stop | Wish::Unmonitor => job.plan_down(tree),
            Wish::Monitor | Wish::Start => job.plan_up(tree),
            Wish::Restart => job.plan_restart(&tree, &roster.config),
        }
        job
    }

    fn plan_down(&mut self, tree: Tree) {
        for index in tree.down {
            if self.wish == Wish::Stop {
                self.steps.push_back(Step::Halt(index));
            }
            self.steps.push_back(Step::Off(index));
            self.plan_answer(index);
        }
    }

    fn plan_up(&mut self, tree: Tree) {
        for index in tree.up {
            if self.wish == Wish::Start {
                let root = self.is_root(index);
                self.steps.push_back(if root { Step::Launch(index) } else { Step::Support(index) });
            }
            if self.by_user || self.wish == Wish::Monitor {
                self.steps.push_back(Step::On(index));
            }
            self.plan_answer(index);
        }
    }

    fn plan_restart(&mut self, tree: &Tree, config: &Config) {
        let has_program = |job: &Job, index: ServiceIndex| {
            job.is_root(index) && config.services[index.at()].restart.is_some()
        };
        for index in tree.down.iter().copied() {
            if !has_program(self, index) {
                self.steps.push_back(Step::Halt(index));
            }
        }
        for index in tree.up.iter().copied() {
            if !tree.down.contains(&index) {
                self.steps.extend([Step::Support(index), Step::On(index)]);
                continue;
            }
            let again = has_program(self, index);
            self.steps.push_back(if again { Step::Again(index) } else { Step::Launch(index) });
            if self.by_user && self.is_root(index) {
                self.steps.push_back(Step::On(index));
            }
            let needed = |other: &ServiceIndex| tree.down.contains(other) && depends(config, *other, index);
            if self.is_root(index) && tree.up.iter().any(needed) {
                self.steps.push_back(Step::Look(index));
            }
        }
        tree.up.iter().for_each(|index| self.plan_answer(*index));
    }

    /// Whoever asked is told that it is done.
    fn plan_answer(&mut self, index: ServiceIndex) {
        if self.by_user && self.is_root(index) {
            self.steps.push_back(Step::Done(index));
        }
    }

    /// One that is over: nobody belongs to it.
    pub(super) fn done() -> Job {
        Job {
            id: JobId(0),
            wish: Wish::Monitor,
            by_user: false,
            roots: Vec::new(),
            members: Vec::new(),
            steps: VecDeque::new(),
            run: None,
            waits: None,
            repeated: false,
            hurried: false,
            start_ended: None,
            failed: Vec::new(),
            unstopped: Vec::new(),
            held: Vec::new(),
            left: Vec::new(),
        }
    }

    pub(super) fn members(&self) -> &[ServiceIndex] {
        &self.members
    }

    /// Do both want one of the services?
    pub(super) fn meets(&self, other: &Job) -> bool {
        self.members.iter().any(|index| other.members.contains(index))
    }

    pub(super) fn by_user(&self) -> bool {
        self.by_user
    }

    pub(super) fn name(&self) -> ActionName {
        self.wish.name()
    }

    pub(super) fn is_root(&self, index: ServiceIndex) -> bool {
        self.roots.contains(&index)
    }

    /// The step cannot be taken before it is known what is there.
    fn wait_for(&mut self, step: Step, now: Instant) {
        self.steps.push_front(step);
        self.waits = Some(now + LOOK_AGAIN);
        self.repeated = true;
    }

    pub(super) fn wish(&self) -> Wish {
        self.wish
    }

    pub(super) fn roots(&self) -> &[ServiceIndex] {
        &self.roots
    }

    /// Its place is kept while it works.
    pub(super) fn is_placeholder(&self) -> bool {
        self.members.is_empty()
    }

    /// As far as one can see from outside how far it has come: steps left, and whether it waits for a program.
    pub(super) fn progress(&self) -> (usize, bool) {
        (self.steps.len(), self.run.is_some())
    }

    /// When it wants to be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.run.as_ref().map(|run| run.next_look).or(self.waits)
    }

    pub(super) fn id(&self) -> JobId {
        self.id
    }

    /// A program of it has ended.
    pub(super) fn program_finished(&mut self, finished: Finished, now: Instant) {
        if let Some(run) = &mut self.run {
            run.finished(finished, now);
        }
    }

    /// What was not known about one of its services may be known now.
    pub(super) fn answered(&mut self, index: ServiceIndex, now: Instant) {
        if self.members.contains(&index) {
            self.waits = self.waits.map(|_| now);
            self.run.iter_mut().for_each(|run| run.answered(index, now));
        }
    }

    /// A user waits for what this job does: one of tests that only waits for a process to come or go stops waiting, and
    /// so does any that waits for the end of a program over its limit. `true` if something happened.
    pub(super) fn hurry(&mut self, roster: &Roster, now: Instant) -> bool {
        let mut moved = false;
        let lingers =
            |index: &ServiceIndex| roster.unit(*index).lingering.as_ref().is_some_and(|it| it.late());
        if !self.hurried && self.waits.is_some() && self.members.iter().any(lingers) {
            (self.hurried, self.waits) = (true, Some(now));
            moved = true;
        }
        if !self.by_user {
            moved |= self.run.as_mut().is_some_and(|run| run.cut_short(now));
        }
        moved
    }

    /// Takes no further step, and waits no longer for a process to come or go.
    pub(super) fn cut_off(&mut self, now: Instant) {
        self.steps.clear();
        if let Some(run) = &mut self.run {
            run.cut_short(now);
        }
    }

    /// New numbers for its services after a reload; `None` if one of them is gone.
    pub(super) fn renumber(mut self, number: impl Fn(ServiceIndex) -> Option<ServiceIndex>) -> Option<Job> {
        let many = |list: &[ServiceIndex]| {
            list.iter().map(|index| number(*index)).collect::<Option<Vec<ServiceIndex>>>()
        };
        self.roots = many(&self.roots)?;
        self.members = many(&self.members)?;
        self.failed = many(&self.failed)?;
        self.unstopped = many(&self.unstopped)?;
        self.held = many(&self.held)?;
        self.left = many(&self.left)?;
        self.start_ended = self.start_ended.and_then(&number);
        if let Some(run) = &mut self.run {
            run.index = number(run.index)?;
        }
        let steps = self.steps.into_iter().map(|step| {
            Some(match step {
                Step::Halt(index) => Step::Halt(number(index)?),
                Step::Launch(index) => Step::Launch(number(index)?),
                Step::Support(index) => Step::Support(number(index)?),
                Step::Again(index) => Step::Again(number(index)?),
                // The check may be gone with what changed; the next cycle looks again.
                Step::Look(index) | Step::Looked(index) => Step::Look(number(index)?),
                Step::Off(index) => Step::Off(number(index)?),
                Step::On(index) => Step::On(number(index)?),
                Step::Done(index) => Step::Done(number(index)?),
            })
        });
        self.steps = steps.collect::<Option<VecDeque<Step>>>()?;
        Some(self)
    }
}

fn depends(config: &Config, dependant: ServiceIndex, base: ServiceIndex) -> bool {
    bases_of(config, dependant).any(|of_it| of_it == base)
}
