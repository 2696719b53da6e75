//! Carrying jobs out: each turn takes the steps that can be taken, and waits for programs and looks without holding
//! anybody else up.

use super::{Job, JobId, Step, depends};
use crate::config::EventKind;
use crate::event::{ActionName, State};
use crate::log::Level;
use crate::reactor::Now;
use crate::reactor::children::Finished;
use crate::service::action::{Kind, Order, look};
use crate::service::check::holds_back;
use crate::service::notify::News;
use crate::service::request::Wish;
use crate::service::settling::Settling;
use crate::service::unit::{Stage, is_process};
use crate::service::{Services, World, dependency};
use crate::service_test::Existence;
use std::time::Instant;

impl Services {
    /// Begins what can begin and goes on with what runs. `true` if something happened.
    pub(in crate::service) fn go_on_with_jobs(&mut self, now: Now, world: &mut dyn World) -> bool {
        if self.ended || (self.queue.is_empty() && self.jobs.is_empty()) {
            return false;
        }
        let mut moved = self.begin_jobs(now, world);
        let mut ended = false;
        // Those that the last turn had no time for come first, and one is carried on in any case.
        let count = self.jobs.len();
        let first = std::mem::take(&mut self.first_job);
        for step in 0..count {
            let at = (first + step) % count;
            if step > 0 && !self.jobs[at].by_user && self.turn_spent(world) {
                if self.first_job == 0 {
                    self.first_job = at;
                }
                continue;
            }
            // While it works its place is kept by one that does nothing.
            let mut job = std::mem::replace(&mut self.jobs[at], Job::done());
            let (steps, waiting) = (job.steps.len(), job.run.is_some());
            if self.advance(&mut job, now, world) {
                self.end_job(&job, now);
                (moved, ended) = (true, true);
            } else {
                moved |= job.steps.len() != steps || job.run.is_some() != waiting;
                self.jobs[at] = job;
            }
        }
        if ended {
            self.jobs.retain(|job| !job.members.is_empty());
        }
        if self.jobs.is_empty() {
            // After a start of many services at once this is room for many; the next time is far off.
            self.jobs = Vec::new();
        }
        moved
    }

    pub(in crate::service) fn begin_job(&mut self, job: Job, now: Now, world: &mut dyn World) {
        for index in &job.members {
            self.cancel_check(*index, now, world);
            self.units[*index as usize].busy = true;
        }
        if job.wish == Wish::Restart {
            for root in &job.roots {
                self.say(*root, Level::Info, "trying to restart", world);
            }
        }
        self.jobs.push(job);
    }

    fn end_job(&mut self, job: &Job, now: Now) {
        for index in &job.members {
            self.unsaved(*index);
            let closed = self.schedule_forbids(*index, now);
            let unit = &mut self.units[*index as usize];
            unit.busy = false;
            // A user wants to see what became of it, but not at an hour at which nobody is to look.
            unit.wanted |= job.by_user && unit.monitored && !closed;
            unit.waiting |= closed && unit.monitored;
            if unit.wanted {
                self.agenda.look_at(*index);
            }
        }
        // What tests asked for before this job is out of date; they ask again if they must.
        self.queue.retain(|request| {
            request.by_user || !request.roots.iter().any(|root| job.members.contains(root))
        });
    }

    /// Takes steps until one has to wait. `true`: the job has ended.
    fn advance(&mut self, job: &mut Job, now: Now, world: &mut dyn World) -> bool {
        loop {
            if job.waits.is_some_and(|until| now.mono < until) {
                return false;
            }
            job.waits = None;
            if let Some(mut run) = job.run.take() {
                match self.go_on(&mut run, now, world) {
                    None => {
                        job.run = Some(run);
                        return false;
                    }
                    Some(worked) => self.note_result(job, run.kind, run.unit, worked),
                }
            }
            let Some(step) = job.steps.pop_front() else { return true };
            let repeated = std::mem::take(&mut job.repeated);
            match step {
                Step::Halt(_) => self.halt(job, step, repeated, now, world),
                Step::Launch(index) | Step::Support(index) | Step::Again(index) => {
                    let kind = if matches!(step, Step::Again(_)) { Kind::Restart } else { Kind::Start };
                    self.bring_up(job, step, kind, index, now, world);
                }
                Step::Look(index) => {
                    if self.units[index as usize].monitored && !job.failed.contains(&index) {
                        self.begin_check(index, true, now, world);
                        job.steps.push_front(Step::Looked(index));
                    }
                }
                Step::Looked(index) => {
                    let unit = &self.units[index as usize];
                    if unit.flight.is_some() {
                        job.steps.push_front(step);
                        return false;
                    }
                    if holds_back(&self.config.services[index as usize], unit) {
                        job.failed.push(index);
                    }
                }
                Step::Off(index) if job.held.contains(&index) => {}
                Step::Off(index) => self.switch_off(index, now, world),
                Step::On(index) => self.switch_on(index, world),
                Step::Done(index) => self.tell_done(job, index, now, world),
            }
        }
    }

    /// One stop, unless it was stopped before.
    fn halt(&mut self, job: &mut Job, step: Step, repeated: bool, now: Now, world: &mut dyn World) {
        let Step::Halt(index) = step else { return };
        if self.end_lingering_start(index, now, world) {
            job.start_ended = Some(index);
            return job.wait_for(step, now);
        }
        let service = &self.config.services[index as usize];
        let unit = &mut self.units[index as usize];
        let halted = std::mem::replace(&mut unit.halted, true) && !repeated;
        if !job.is_root(index) {
            unit.checked = false;
        }
        // Without a program, `stop` means that nobody looks any more; a restart needs the process to end.
        let only_forget = job.wish == Wish::Stop && service.stop.is_none();
        if only_forget || halted && !is_process(service) {
            return;
        }
        if let Some(holder) = job.unstopped.iter().copied().find(|up| depends(&self.config, *up, index)) {
            let known = self.units[index as usize].memory.identity();
            let there = is_process(service).then(|| look(index, service, known, &mut self.facts, world));
            match there {
                Some(Existence::Pending) => return job.wait_for(step, now),
                Some(Existence::Gone) => return,
                // Who still runs on it would lose the ground below.
                _ => {}
            }
            let text =
                format!("failed to stop -- could not stop '{}', which depends on it", self.name(holder));
            self.units[index as usize].halted = false;
            job.unstopped.push(index);
            job.held.push(index);
            return self.say(index, Level::Error, &text, world);
        }
        self.run_step(job, step, Kind::Stop, index, now, world);
    }

    /// One start, unless what it needs could not be started.
    fn bring_up(
        &mut self,
        job: &mut Job,
        step: Step,
        kind: Kind,
        index: u32,
        now: Now,
        world: &mut dyn World,
    ) {
        let unit = &self.units[index as usize];
        let service = &self.config.services[index as usize];
        let wanted = match step {
            Step::Support(_) => is_process(service) || !unit.monitored || holds_back(service, unit),
            // Switched off while the job was on its way.
            _ => job.is_root(index) || unit.monitored,
        };
        if !wanted || job.unstopped.contains(&index) && job.is_root(index) {
            return;
        }
        let bases = dependency::bases_of(&self.config, index);
        let units = &self.units;
        let stranger_is_up = |base: &&u32| {
            let unit = &units[**base as usize];
            let service = &self.config.services[**base as usize];
            unit.monitored && unit.checked && !unit.busy && !holds_back(service, unit)
        };
        let late = |base: &&u32| match job.members.contains(base) {
            true => job.left.contains(base) || units[**base as usize].stop_lingers(),
            false => !stranger_is_up(base),
        };
        // It may have died since this job started it.
        let mut gone = |base: &u32| {
            let service = &self.config.services[*base as usize];
            job.members.contains(base)
                && !job.failed.contains(base)
                && is_process(service)
                && look(*base, service, self.units[*base as usize].memory.identity(), &mut self.facts, world)
                    == Existence::Gone
        };
        if bases.iter().any(|base| late(&base) || gone(base)) {
            // Something else it depends on is not up yet: its own check starts it when that is so.
            job.left.push(index);
            self.units[index as usize].wanted |= unit.monitored;
            self.agenda.look_at(index);
            return;
        }
        let down: Vec<&str> =
            bases.iter().filter(|base| job.failed.contains(base)).map(|b| self.name(*b)).collect();
        if !down.is_empty() {
            let names = down.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let text = format!("failed to start -- could not start required services: {names}");
            job.failed.push(index);
            self.units[index as usize].last_failure = Kind::Start;
            return self.trouble(index, EventKind::Exec, State::Failed, &text, now, world);
        }
        self.units[index as usize].halted = false;
        self.run_step(job, step, kind, index, now, world);
    }

    fn run_step(
        &mut self,
        job: &mut Job,
        step: Step,
        kind: Kind,
        index: u32,
        now: Now,
        world: &mut dyn World,
    ) {
        let then: &[u32] = if job.wish == Wish::Restart { &job.roots } else { &[] };
        let in_any_case = kind == Kind::Stop && job.start_ended == Some(index);
        let order = Order { kind, unit: index, job: job.id, then, in_any_case };
        match self.run(order, now, world) {
            Ok(run) => job.run = Some(run),
            Err(None) if job.hurried && self.units[index as usize].lingering.is_some() => {
                self.note_result(job, kind, index, false);
            }
            Err(None) => job.wait_for(step, now),
            Err(Some(worked)) => self.note_result(job, kind, index, worked),
        }
    }

    fn note_result(&mut self, job: &mut Job, kind: Kind, index: u32, worked: bool) {
        match (kind, worked) {
            (Kind::Stop, true) => {}
            (Kind::Start | Kind::Restart, true) => {
                // What was started is looked at now, not a cycle later: it may take an hour to come. This look asks
                // for nothing, so what dies at once is not started over and over within a cycle.
                let service = &self.config.services[index as usize];
                let next = job.steps.front();
                let soon = job.by_user || next == Some(&Step::Look(index));
                if !soon && is_process(service) && self.units[index as usize].monitored {
                    job.steps.push_front(Step::Look(index));
                }
            }
            (Kind::Stop, false) => {
                self.units[index as usize].halted = false;
                job.unstopped.push(index);
            }
            (Kind::Start | Kind::Restart, false) => job.failed.push(index),
        }
    }

    fn switch_on(&mut self, index: u32, world: &mut dyn World) {
        let unit = &mut self.units[index as usize];
        if !unit.monitored {
            unit.forget_incidents();
            unit.monitored = true;
            self.unsaved(index);
            self.urgent = true;
            self.say(index, Level::Debug, "monitoring enabled", world);
        }
    }

    fn switch_off(&mut self, index: u32, now: Now, world: &mut dyn World) {
        self.cancel_check(index, now, world);
        let unit = &mut self.units[index as usize];
        unit.halted = false;
        unit.settling = Settling::default();
        if let Some((_, watch)) = unit.watch.take() {
            world.unwatch(watch);
        }
        if unit.monitored {
            unit.forget_incidents();
            unit.memory.unwatched();
            unit.monitored = false;
            self.unsaved(index);
            self.urgent = true;
            self.say(index, Level::Debug, "monitoring disabled", world);
        }
    }

    /// Monitoring off at once, though jobs of tests still work on some of these services.
    pub(in crate::service) fn switch_off_beside(&mut self, job: Job, now: Now, world: &mut dyn World) {
        for step in &job.steps {
            match step {
                Step::Off(index) => self.switch_off(*index, now, world),
                Step::Done(index) => self.tell_done(&job, *index, now, world),
                _ => {}
            }
        }
    }

    fn tell_done(&mut self, job: &Job, index: u32, now: Now, world: &mut dyn World) {
        if self.ending {
            return;
        }
        let failed = job.failed.contains(&index) || job.unstopped.contains(&index);
        let (end, level) = if failed { ("failed", Level::Error) } else { ("done", Level::Info) };
        let text = format!("{} action {end}", job.name());
        self.announce(index, level, &text, world);
        let news = News {
            kind: EventKind::Action,
            state: State::Changed,
            action: ActionName::Alert,
            description: &text,
            count: 1,
        };
        self.deliver(index, news, now, world);
    }

    /// A user waits for what these jobs do: those of tests that only wait for a process to come or go stop waiting, and
    /// so do all that wait for the end of a program over its limit.
    pub(in crate::service) fn cut_waits_short(&mut self, wanted: &Job, now: Now) -> bool {
        let mut moved = false;
        let lingers =
            |index: &u32| self.units[*index as usize].lingering.as_ref().is_some_and(|it| it.late());
        for job in &mut self.jobs {
            if !job.members.iter().any(|index| wanted.members.contains(index)) {
                continue;
            }
            if !job.hurried && job.waits.is_some() && job.members.iter().any(lingers) {
                (job.hurried, job.waits) = (true, Some(now.mono));
                moved = true;
            }
            if !job.by_user {
                moved |= job.run.as_mut().is_some_and(|run| run.cut_short(now.mono));
            }
        }
        moved
    }

    /// The answer to a question about a service is there: its check or the job that waits goes on.
    pub fn answered(&mut self, service: u32, now: Instant) {
        if let Some(flight) = self.units.get_mut(service as usize).and_then(|unit| unit.flight.as_mut()) {
            if let Stage::Until(_) = flight.stage {
                flight.stage = Stage::More;
            }
        }
        for job in self.jobs.iter_mut().filter(|job| job.members.contains(&service)) {
            job.waits = job.waits.map(|_| now);
            job.run.iter_mut().for_each(|run| run.answered(service, now));
        }
    }

    pub(in crate::service) fn program_of_job_finished(&mut self, id: JobId, finished: Finished, now: Now) {
        if let Some(run) = self.jobs.iter_mut().find(|job| job.id == id).and_then(|job| job.run.as_mut()) {
            run.finished(finished, now.mono);
        }
    }
}
