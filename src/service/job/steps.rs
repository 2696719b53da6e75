//! Carrying a job out: each turn takes the steps that can be taken, and waits for programs and looks without holding
//! anybody else up.

use super::{Job, Step, depends};
use crate::config::EventKind;
use crate::event::{ActionName, State};
use crate::log::Level;
use crate::service::clockwork::schedule_forbids;
use crate::service::dependency::bases_of;
use crate::service::holding::{holds_back, may_be_missing};
use crate::service::index::ServiceIndex;
use crate::service::kind::Kind;
use crate::service::lingering::StartEnds;
use crate::service::notify::News;
use crate::service::one::One;
use crate::service::roster::Roster;
use crate::service::run::{Begun, Going, Order, Success};
use crate::service::settling::Settling;
use crate::service::turn::Turn;
use crate::service::unit::is_process;
use crate::service::wish::Wish;
use crate::service_test::Existence;

impl Job {
    /// Takes steps until one has to wait. `true`: the job has ended.
    pub(in crate::service) fn advance(&mut self, roster: &mut Roster, turn: &mut Turn<'_>) -> bool {
        loop {
            if self.waits.is_some_and(|until| turn.now.mono < until) {
                return false;
            }
            self.waits = None;
            if let Some(mut run) = self.run.take() {
                match roster.one(run.index).go_on(&mut run, turn) {
                    Going::On => {
                        self.run = Some(run);
                        return false;
                    }
                    Going::Over(success) => self.note_result(run.kind, roster.one(run.index), success),
                }
            }
            let Some(step) = self.steps.pop_front() else { return true };
            if let Step::Looked(index) = step {
                if roster.unit(index).flight.is_some() {
                    self.steps.push_front(step);
                    return false;
                }
            }
            self.take(step, roster, turn);
        }
    }

    fn take(&mut self, step: Step, roster: &mut Roster, turn: &mut Turn<'_>) {
        let repeated = std::mem::take(&mut self.repeated);
        match step {
            Step::Halt(index) => self.halt(index, repeated, roster, turn),
            Step::Launch(index) | Step::Support(index) | Step::Again(index) => {
                self.bring_up(step, index, roster, turn);
            }
            Step::Look(index) => {
                if roster.is_monitored(index) && !self.failed.contains(&index) {
                    roster.one(index).begin_check(true, turn);
                    self.steps.push_front(Step::Looked(index));
                }
            }
            Step::Looked(index) => {
                if holds_back(roster.service(index), roster.unit(index)) {
                    self.failed.push(index);
                }
            }
            Step::Off(index) if self.held.contains(&index) => {}
            Step::Off(index) => self.switch_off(roster.one(index), turn),
            Step::On(index) => roster.one(index).switch_on(turn),
            Step::Done(index) => self.tell_done(roster.one(index), turn),
        }
    }

    /// One stop, unless it was stopped before.
    fn halt(&mut self, index: ServiceIndex, repeated: bool, roster: &mut Roster, turn: &mut Turn<'_>) {
        let step = Step::Halt(index);
        let mut one = roster.one(index);
        if one.end_lingering_start(turn) == StartEnds::NotYet {
            self.start_ended = Some(index);
            return self.wait_for(step, turn.now.mono);
        }
        let halted = std::mem::replace(&mut one.unit.halted, true) && !repeated;
        if !self.is_root(index) {
            one.unit.monitoring.unchecked();
        }
        // Without a program, `stop` means that nobody looks any more; a restart needs the process to end.
        let only_forget = self.wish == Wish::Stop && one.service.stop.is_none();
        if only_forget || halted && !one.is_process() {
            return;
        }
        let holder = self.unstopped.iter().copied().find(|up| depends(one.config, *up, index));
        let Some(holder) = holder else { return self.run_step(step, Kind::Stop, one, turn) };
        let known = one.unit.memory.identity();
        match one.is_process().then(|| one.look(known, turn)) {
            Some(Existence::Pending) => return self.wait_for(step, turn.now.mono),
            Some(Existence::Gone) => return,
            // Who still runs on it would lose the ground below.
            _ => {}
        }
        one.unit.halted = false;
        self.unstopped.push(index);
        self.held.push(index);
        let holder = &one.config.services[holder.at()].name;
        let text = format_args!("failed to stop -- could not stop '{holder}', which depends on it");
        one.say(Level::Error, text, turn);
    }

    /// One start, unless what it needs could not be started.
    fn bring_up(&mut self, step: Step, index: ServiceIndex, roster: &mut Roster, turn: &mut Turn<'_>) {
        let (service, unit) = (roster.service(index), roster.unit(index));
        let monitored = unit.monitoring.is_on();
        let wanted = match step {
            Step::Support(_) => is_process(service) || !monitored || holds_back(service, unit),
            // Switched off while the job was on its way.
            _ => self.is_root(index) || monitored,
        };
        if !wanted || self.unstopped.contains(&index) && self.is_root(index) {
            return;
        }
        let bases: Vec<ServiceIndex> = bases_of(&roster.config, index).collect();
        if bases.iter().any(|base| self.is_not_up(*base, roster)) {
            // Something else it depends on is not up yet: its own check starts it when that is so.
            self.left.push(index);
            if monitored {
                roster.one(index).want();
            }
            return;
        }
        if let Some(gone) = bases.iter().find(|base| self.has_gone(**base, roster, turn)) {
            // Its own check brings it back, and a later one of this service the start. A check of this one now would only ask
            // for the start again.
            self.left.push(index);
            if !self.members.contains(gone) {
                roster.one(*gone).want();
            }
            return;
        }
        let down = bases.iter().filter(|base| self.failed.contains(base));
        let down: Vec<String> = down.map(|base| format!("'{}'", roster.name(*base))).collect();
        let mut one = roster.one(index);
        if !down.is_empty() {
            let text = format!("failed to start -- could not start required services: {}", down.join(", "));
            self.failed.push(index);
            one.unit.last_failure = Kind::Start;
            return one.trouble(EventKind::Exec, State::Failed, &text, turn);
        }
        one.unit.halted = false;
        let kind = if matches!(step, Step::Again(_)) { Kind::Restart } else { Kind::Start };
        self.run_step(step, kind, one, turn);
    }

    /// Is this base to be waited for: one of ours that was left to its own check, or a stranger that is not well?
    fn is_not_up(&self, base: ServiceIndex, roster: &Roster) -> bool {
        let unit = roster.unit(base);
        if self.members.contains(&base) {
            return self.left.contains(&base) || unit.stop_lingers();
        }
        !unit.monitoring.is_checked() || unit.busy || holds_back(roster.service(base), unit)
    }

    /// It may have died since this job started it, or since it was last checked: no check sees that while what it depends
    /// on itself is not well.
    fn has_gone(&self, base: ServiceIndex, roster: &mut Roster, turn: &mut Turn<'_>) -> bool {
        let mut one = roster.one(base);
        let known = one.unit.memory.identity();
        let is_needed = one.is_process() && !may_be_missing(one.service) && !self.failed.contains(&base);
        is_needed && one.look(known, turn) == Existence::Gone
    }

    fn run_step(&mut self, step: Step, kind: Kind, mut one: One<'_>, turn: &mut Turn<'_>) {
        let then: &[ServiceIndex] = if self.wish == Wish::Restart { &self.roots } else { &[] };
        let in_any_case = kind == Kind::Stop && self.start_ended == Some(one.index);
        let order = Order { kind, job: self.id, then, in_any_case };
        match one.begin_run(order, turn) {
            Begun::Runs(run) => self.run = Some(run),
            Begun::NotYet if self.hurried && one.unit.lingering.is_some() => {
                self.note_result(kind, one, Success::Failed);
            }
            Begun::NotYet => self.wait_for(step, turn.now.mono),
            Begun::Over(success) => self.note_result(kind, one, success),
        }
    }

    fn note_result(&mut self, kind: Kind, one: One<'_>, success: Success) {
        let index = one.index;
        match (kind, success) {
            (Kind::Stop, Success::Worked) => {}
            (Kind::Start | Kind::Restart, Success::Worked) => {
                // What was started is looked at now, not a cycle later: it may take an hour to come. This look asks
                // for nothing, so what dies at once is not started over and over within a cycle.
                let soon = self.by_user || self.steps.front() == Some(&Step::Look(index));
                if !soon && one.is_process() && one.unit.monitoring.is_on() {
                    self.steps.push_front(Step::Look(index));
                }
            }
            (Kind::Stop, Success::Failed) => {
                one.unit.halted = false;
                self.unstopped.push(index);
            }
            (Kind::Start | Kind::Restart, Success::Failed) => self.failed.push(index),
        }
    }

    /// It has ended: its members are nobody's again.
    pub(in crate::service) fn release(&self, roster: &mut Roster, turn: &mut Turn<'_>) {
        for index in &self.members {
            let mut one = roster.one(*index);
            one.unsaved(turn);
            let closed = schedule_forbids(one.service, turn.now);
            one.unit.busy = false;
            if closed {
                one.unit.monitoring.left_out(true);
            }
            // A user wants to see what became of it, but not at an hour at which nobody is to look.
            if one.unit.wanted || self.by_user && one.unit.monitoring.is_on() && !closed {
                one.want();
            }
        }
    }

    /// Monitoring off at once, though jobs of tests still work on some of these services.
    pub(in crate::service) fn switch_off_beside(&self, roster: &mut Roster, turn: &mut Turn<'_>) {
        for step in &self.steps {
            match step {
                Step::Off(index) => self.switch_off(roster.one(*index), turn),
                Step::Done(index) => self.tell_done(roster.one(*index), turn),
                _ => {}
            }
        }
    }

    /// Who has wanted it knows what fails; else what a silence keeps back is told at its end.
    fn switch_off(&self, mut one: One<'_>, turn: &mut Turn<'_>) {
        one.switch_off(turn);
        if self.by_user {
            one.unit.forget_withheld();
        }
    }

    fn tell_done(&self, mut one: One<'_>, turn: &mut Turn<'_>) {
        if one.is_ending() {
            return;
        }
        let failed = self.failed.contains(&one.index) || self.unstopped.contains(&one.index);
        let (end, level) = if failed { ("failed", Level::Error) } else { ("done", Level::Info) };
        let text = format!("{} action {end}", self.name());
        one.announce(level, &text, turn);
        let news = News {
            test: None,
            limit: None,
            kind: EventKind::Action,
            state: State::Changed,
            action: ActionName::Alert,
            description: &text,
            evidence: "",
            count: 1,
        };
        one.deliver(news, turn);
    }
}

impl One<'_> {
    fn switch_on(&mut self, turn: &mut Turn<'_>) {
        if !self.unit.monitoring.is_on() {
            self.unit.monitor(true);
            self.urgent(turn);
            self.say(Level::Debug, "monitoring enabled", turn);
        }
    }

    fn switch_off(&mut self, turn: &mut Turn<'_>) {
        self.cancel_check(turn);
        self.unit.halted = false;
        self.unit.settling = Settling::default();
        if let Some((_, watch)) = self.unit.watch.take() {
            turn.world.unwatch(watch);
        }
        if self.unit.monitoring.is_on() {
            self.unit.memory.unwatched();
            self.unit.monitor(false);
            self.urgent(turn);
            self.say(Level::Debug, "monitoring disabled", turn);
        }
    }
}
