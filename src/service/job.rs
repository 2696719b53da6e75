//! A job: one action on one tree of services, as a list of steps. Each service is stopped once and started once;
//! nothing but the job itself waits for it.

mod ending;
mod steps;

use super::action::{LOOK_AGAIN, Run};
use super::dependency::Dependants;
use super::request::{Tree, Wish};
use super::unit::Unit;
use crate::config::Config;
use crate::event::ActionName;
use crate::reactor::Now;
use std::collections::VecDeque;
use std::time::Instant;

/// Names a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JobId(pub(super) u32);

/// One step. All numbers are indices of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Run the stop program, if it runs.
    Halt(u32),
    /// Run the start program, if it does not run.
    Launch(u32),
    /// The same for what a root depends on: only if it needs it.
    Support(u32),
    /// Run the restart program.
    Again(u32),
    /// Check it; what depends on it is not started if it is not well.
    Look(u32),
    /// The end of that.
    Looked(u32),
    /// Monitoring off.
    Off(u32),
    /// Monitoring on.
    On(u32),
    /// Tell the user that it is done.
    Done(u32),
}

/// An action being carried out.
#[derive(Debug)]
pub(super) struct Job {
    id: JobId,
    wish: Wish,
    by_user: bool,
    roots: Vec<u32>,
    members: Vec<u32>,
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
    start_ended: Option<u32>,
    /// What could not be started.
    failed: Vec<u32>,
    /// What could not be stopped.
    unstopped: Vec<u32>,
    /// What was not stopped for the sake of what depends on it; it goes on as it was.
    held: Vec<u32>,
    /// What was left to its own check.
    left: Vec<u32>,
}

impl Job {
    /// The steps for `wish` on `roots` and what hangs on them, as things stand now.
    pub(super) fn plan(
        id: JobId,
        wish: Wish,
        roots: Vec<u32>,
        by_user: bool,
        config: &Config,
        dependants: &Dependants,
        units: &[Unit],
    ) -> Job {
        let monitored = |index: u32| units[index as usize].monitored;
        let downward = matches!(wish, Wish::Stop | Wish::Unmonitor | Wish::Restart);
        let upward = by_user && matches!(wish, Wish::Start | Wish::Monitor | Wish::Restart);
        let tree = Tree::of(config, dependants, &roots, downward, upward, monitored);
        let is_root = |index: u32| roots.contains(&index);
        let has_restart_program =
            |index: u32| is_root(index) && config.services[index as usize].restart.is_some();
        let mut steps = VecDeque::new();
        let done = |steps: &mut VecDeque<Step>, index: u32| {
            if by_user && is_root(index) {
                steps.push_back(Step::Done(index));
            }
        };
        let mut members = tree.up.clone();
        match wish {
            Wish::Stop | Wish::Unmonitor => {
                members.clone_from(&tree.down);
                for index in tree.down {
                    if wish == Wish::Stop {
                        steps.push_back(Step::Halt(index));
                    }
                    steps.push_back(Step::Off(index));
                    done(&mut steps, index);
                }
            }
            Wish::Monitor => {
                for index in tree.up {
                    steps.push_back(Step::On(index));
                    done(&mut steps, index);
                }
            }
            Wish::Start => {
                for index in tree.up {
                    steps.push_back(if is_root(index) { Step::Launch(index) } else { Step::Support(index) });
                    if by_user {
                        steps.push_back(Step::On(index));
                    }
                    done(&mut steps, index);
                }
            }
            Wish::Restart => {
                let stopping = tree.down.iter().copied().filter(|index| !has_restart_program(*index));
                steps.extend(stopping.map(Step::Halt));
                for index in tree.up.iter().copied() {
                    if !tree.down.contains(&index) {
                        steps.extend([Step::Support(index), Step::On(index)]);
                        continue;
                    }
                    steps.push_back(if has_restart_program(index) {
                        Step::Again(index)
                    } else {
                        Step::Launch(index)
                    });
                    if by_user && is_root(index) {
                        steps.push_back(Step::On(index));
                    }
                    let needed = |other: &u32| tree.down.contains(other) && depends(config, *other, index);
                    if is_root(index) && tree.up.iter().any(needed) {
                        steps.push_back(Step::Look(index));
                    }
                }
                tree.up.iter().for_each(|index| done(&mut steps, *index));
            }
        }
        members.sort_unstable();
        Job {
            id,
            wish,
            by_user,
            roots,
            members,
            steps,
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

    /// One that is over: nobody belongs to it.
    fn done() -> Job {
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

    pub(super) fn members(&self) -> &[u32] {
        &self.members
    }

    pub(super) fn by_user(&self) -> bool {
        self.by_user
    }

    pub(super) fn name(&self) -> ActionName {
        self.wish.name()
    }

    pub(super) fn is_root(&self, index: u32) -> bool {
        self.roots.contains(&index)
    }

    /// The step cannot be taken before it is known what is there.
    fn wait_for(&mut self, step: Step, now: Now) {
        self.steps.push_front(step);
        self.waits = Some(now.mono + LOOK_AGAIN);
        self.repeated = true;
    }

    /// When it wants to be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.run.as_ref().and_then(Run::deadline).or(self.waits)
    }

    pub(super) fn id(&self) -> JobId {
        self.id
    }

    /// New numbers for its services after a reload; `None` if one of them is gone.
    pub(super) fn renumber(mut self, number: impl Fn(u32) -> Option<u32>) -> Option<Job> {
        let many = |list: &[u32]| list.iter().map(|index| number(*index)).collect::<Option<Vec<u32>>>();
        self.roots = many(&self.roots)?;
        self.members = many(&self.members)?;
        self.failed = many(&self.failed)?;
        self.unstopped = many(&self.unstopped)?;
        self.held = many(&self.held)?;
        self.left = many(&self.left)?;
        self.start_ended = self.start_ended.and_then(&number);
        if let Some(run) = &mut self.run {
            run.unit = number(run.unit)?;
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

fn depends(config: &Config, dependant: u32, base: u32) -> bool {
    super::dependency::bases_of(config, dependant).contains(&base)
}
