//! From a report to events and actions: the second half of a check.

use super::listen::{Change, Checked};
use super::notify::News;
use super::one::One;
use super::rule::{Rule, extra_of, kind_of};
use super::saved;
use super::settling::Judged;
use super::silencing::Told;
use super::turn::{Note, Turn};
use super::unit::Extra;
use super::wish::{Request, Wish};
use super::withheld::About;
use crate::config::{Action, EventKind};
use crate::event::{ActionName, State, Transition};
use crate::log::Level;
use crate::service_test::{Outcome, Presence, Report, TestRef, Verdict};

/// What follows from the verdicts of a check.
#[derive(Debug, Default)]
pub(super) struct Consequences {
    /// What they ask of the service.
    pub(super) wishes: Vec<Wish>,
    /// What is in another state; `None`: nobody listens.
    pub(super) changes: Option<Vec<Change>>,
}

/// What a test has come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgement<'a> {
    pub(super) test: TestRef,
    /// It is about the restart limit of that number.
    pub(super) limit: Option<u16>,
    pub(super) rule: Rule<'a>,
    pub(super) state: State,
    pub(super) transition: Transition,
    pub(super) message: &'a str,
    /// What there was to see; empty: nothing.
    pub(super) evidence: &'a str,
}

impl One<'_> {
    /// A check has ended with this report.
    pub(super) fn apply(&mut self, report: &Report, of_job: bool, turn: &mut Turn<'_>) {
        let present = report.presence == Presence::Present;
        if present {
            self.free_lingering(turn);
            self.unit.halted = false;
        }
        self.unit.presence = report.presence;
        self.unit.monitoring.checked();
        self.unit.collected = Some(turn.now.wall);
        let mut consequences = Consequences::default();
        if turn.world.listener().is_some() {
            consequences.changes = Some(Vec::new());
        }
        self.judge_all(report, &mut consequences, turn);
        let failed = self.unit.failed(self.service);
        if let (Some(backoff), Some(pause)) = (self.service.backoff, self.unit.pause.as_mut()) {
            pause.checked(failed == 0, backoff, turn.now.mono);
        }
        if present && failed == EventKind::Timeout.bit() {
            self.recover_from(EventKind::Timeout, &mut consequences, turn);
        }
        // Where nothing is known of the process, what is watched goes on being watched.
        if report.presence != Presence::Unknown {
            self.watch_exit(report.identity, turn);
        }
        let Consequences { mut wishes, changes } = consequences;
        if of_job {
            wishes.retain(|wish| matches!(wish, Wish::Stop | Wish::Unmonitor));
        }
        if self.tell_withheld(turn) == Told::Some {
            self.common.silences.look = true;
        }
        self.carry_out(&wishes, turn);
        self.look_for_changes(turn);
        if let (Some(changes), Some(listener)) = (changes, turn.world.listener()) {
            listener.checked(&Checked {
                index: self.index,
                service: self.service,
                time: turn.now.wall,
                presence: report.presence,
                memory: &self.unit.memory,
                changes: &changes,
            });
        }
    }

    fn judge_all(&mut self, report: &Report, consequences: &mut Consequences, turn: &mut Turn<'_>) {
        let mut recovered = report.presence != Presence::Present;
        for verdict in &report.verdicts {
            // Behind the existence test, as the reference tells it.
            if !recovered && kind_of(self.service, verdict.test) != Some(EventKind::NonExist) {
                recovered = true;
                self.recover(consequences, turn);
            }
            self.judge(verdict, consequences, turn);
        }
        if !recovered {
            self.recover(consequences, turn);
        }
    }

    /// One verdict through its state machine.
    fn judge(&mut self, verdict: &Verdict, consequences: &mut Consequences, turn: &mut Turn<'_>) {
        let Verdict { test, message, .. } = verdict;
        let state = match verdict.outcome {
            Outcome::NoData if verdict.bare => {
                if turn.world.verbose() {
                    turn.world.log(Level::Debug, format_args!("{message}"));
                }
                return;
            }
            Outcome::NoData => return self.say(Level::Debug, message, turn),
            Outcome::Warned => return self.say(Level::Warning, message, turn),
            Outcome::Failed => State::Failed,
            Outcome::Succeeded => State::Succeeded,
            Outcome::Changed => State::Changed,
            Outcome::NotChanged => State::NotChanged,
        };
        let Some(rule) = Rule::of(self.service, *test) else { return };
        if self.proves_nothing(*test, &rule, state, turn) {
            return self.say(Level::Debug, message, turn);
        }
        let Some(mut transition) = self.observe(*test, state, &rule) else { return };
        if state == State::NotChanged && !rule.tells_rest {
            transition.change = None;
        }
        self.react(
            &Judgement {
                test: *test,
                limit: None,
                rule,
                state,
                transition,
                message,
                evidence: verdict.evidence(),
            },
            consequences,
            turn,
        );
    }

    /// If this test fails now, is that going to be told, as a change or as a reminder?
    pub(super) fn is_news(&self, test: u16) -> bool {
        let rule = Rule::of(self.service, TestRef::Test(test));
        let known = self.unit.tests.get(usize::from(test)).copied();
        rule.zip(known).is_some_and(|(rule, mut state)| {
            let transition = state.observe(State::Failed, rule.rate, rule.recovery_rate);
            let count = self.counted((rule.kind, About::Test(test)), transition.count);
            let reminds = transition.lasting && self.reminder_due(rule.kind, count);
            (transition.change.is_some() || reminds) && *rule.then != Action::Ignore
        })
    }

    /// What a result means for a test, or for what no file mentions.
    fn observe(&mut self, test: TestRef, state: State, rule: &Rule<'_>) -> Option<Transition> {
        let (rate, recovery) = (rule.rate, rule.recovery_rate);
        match (test, extra_of(test)) {
            (TestRef::Test(at), _) => {
                self.unit.tests.get_mut(usize::from(at)).map(|known| known.observe(state, rate, recovery))
            }
            (_, extra) => extra.map(|extra| self.unit.observe(extra, state, rate, recovery)),
        }
    }

    /// Is this result worth nothing yet, because the service was just started? Then it is only noted.
    fn proves_nothing(&self, test: TestRef, rule: &Rule<'_>, state: State, turn: &Turn<'_>) -> bool {
        if self.unit.settling.is_over() {
            return false;
        }
        let known = match (test, extra_of(test)) {
            (TestRef::Test(at), _) => self.unit.tests.get(usize::from(at)),
            (_, extra) => extra.and_then(|extra| self.unit.known_extra(extra)),
        };
        let known = known.copied().unwrap_or_default();
        let of_presence = matches!(test, TestRef::Builtin(_))
            || matches!(rule.kind, EventKind::NonExist | EventKind::Exist);
        let judged = Judged { kind: rule.kind, rate: rule.rate, of_presence };
        let poll = self.config.settings.poll.unwrap_or_default();
        !self.unit.settling.counts(judged, state, &known, poll, turn.now.mono)
    }

    /// Tells and does what a transition of a test means.
    pub(super) fn react(
        &mut self,
        result: &Judgement<'_>,
        consequences: &mut Consequences,
        turn: &mut Turn<'_>,
    ) {
        let Judgement { test, limit, rule, state, transition, message, evidence } = *result;
        let changes = transition.change.is_some();
        let known = transition.lasting && !changes;
        let due = !known || self.config.settings.log_repeat.is_due(transition.count);
        let level = if due { Level::from(transition.severity) } else { Level::Debug };
        self.say(level, message, turn);
        let written = match test {
            TestRef::Test(at) | TestRef::Certificate(at) | TestRef::ResponseTime(at) => Some(at),
            TestRef::Builtin(_) => None,
        };
        let key = (rule.kind, About::of(written, limit));
        if transition.lasting {
            self.lasts(key, message, transition.count);
        }
        let owed = self.takes_owed(key, state);
        if !changes && !transition.lasting && !transition.again && !owed {
            return;
        }
        let over = matches!(state, State::Succeeded | State::NotChanged);
        let action = if over { rule.recovery } else { rule.then };
        let count = if changes { transition.count } else { self.counted(key, transition.count) };
        let news = News {
            kind: rule.kind,
            test: written,
            limit,
            state,
            action: ActionName::from(action),
            description: message,
            evidence,
            count,
        };
        let told = changes || transition.lasting && self.reminder_due(rule.kind, count);
        if changes {
            self.urgent(turn);
            if let Some(list) = &mut consequences.changes {
                list.push(Change { test, kind: rule.kind, state });
            }
        }
        if told && *action != Action::Ignore {
            self.deliver(news, turn);
        }
        let is_new = changes || owed;
        if is_new || transition.again && is_repeated(action, transition.count) {
            self.act(action, news, is_new, consequences, turn);
        }
    }

    /// Does what a rule says, or wishes for it.
    fn act(
        &mut self,
        action: &Action,
        news: News<'_>,
        is_new: bool,
        consequences: &mut Consequences,
        turn: &mut Turn<'_>,
    ) {
        match action {
            Action::Alert | Action::Ignore => {}
            held if self.holds_action(held, &news, is_new, turn) => {}
            Action::Exec(exec) => self.exec(exec, news, turn),
            Action::Start => consequences.wishes.push(Wish::Start),
            Action::Stop => consequences.wishes.push(Wish::Stop),
            Action::Restart => consequences.wishes.push(Wish::Restart),
            Action::Unmonitor => consequences.wishes.push(Wish::Unmonitor),
        }
    }

    /// A result of something no test watches: a start that failed or worked. Alerts, does nothing else.
    pub(super) fn trouble(&mut self, kind: EventKind, state: State, message: &str, turn: &mut Turn<'_>) {
        self.seen_trouble(kind, state, (message, ""), turn);
    }

    /// The same, with what there was to see behind the message.
    pub(super) fn seen_trouble(
        &mut self,
        kind: EventKind,
        state: State,
        told: (&str, &str),
        turn: &mut Turn<'_>,
    ) {
        self.note(Extra::Kind(kind), state, told, &mut Consequences::default(), turn);
    }

    pub(super) fn note(
        &mut self,
        extra: Extra,
        state: State,
        (message, evidence): (&str, &str),
        consequences: &mut Consequences,
        turn: &mut Turn<'_>,
    ) {
        let rule = Rule::builtin(extra.kind());
        let transition = self.unit.observe(extra, state, rule.rate, rule.recovery_rate);
        let test = TestRef::Builtin(extra.kind());
        let limit = if let Extra::Limit(at) = extra { Some(at) } else { None };
        let judgement = Judgement { test, limit, rule, state, transition, message, evidence };
        self.react(&judgement, consequences, turn);
    }

    /// Asks for the strongest of what the tests of one check want.
    pub(super) fn carry_out(&mut self, wishes: &[Wish], turn: &mut Turn<'_>) {
        let Some(wish) = wishes.iter().copied().max() else { return };
        if matches!(wish, Wish::Start | Wish::Restart) {
            let there = self.unit.presence == Presence::Present;
            if self.is_held_by_program(there) {
                let text = format_args!("{} left out, a program of it still runs", wish.name().word());
                return self.say(Level::Debug, text, turn);
            }
            if !self.may_restart_now(turn) {
                return;
            }
            self.unit.restarts.count();
        }
        turn.note(Note::Wanted(Request { wish, roots: vec![self.index], by_user: false }));
    }

    /// Marks the state file as behind if something changed that it must know.
    pub(super) fn look_for_changes(&mut self, turn: &mut Turn<'_>) {
        let sum = saved::sum(self.unit);
        if std::mem::replace(&mut self.unit.written, sum) != sum {
            self.unsaved(turn);
        }
    }
}

/// Is this done again in the `count`th cycle of the same state?
fn is_repeated(action: &Action, count: u32) -> bool {
    match action {
        Action::Start | Action::Restart => true,
        Action::Exec(exec) => exec.repeat > 0 && count % exec.repeat == 0,
        _ => false,
    }
}
