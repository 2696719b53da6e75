//! What is over, what is too much, and when a restart is allowed again.

use super::apply::{Consequences, Judgement};
use super::backoff::Permission;
use super::kind::Kind;
use super::one::One;
use super::rule::Rule;
use super::turn::Turn;
use super::unit::{Extra, type_of};
use super::wish::Wish;
use crate::config::{EventKind, Subject};
use crate::event::{ActionName, State, TestState};
use crate::log::Level;
use crate::service_test::TestRef;

impl One<'_> {
    /// Looks at the restart limits before a check. `false`: the check is off, an action takes its place.
    pub(super) fn pass_restart_limits(&mut self, turn: &mut Turn<'_>) -> bool {
        if self.service.restart_limits.is_empty() {
            return true;
        }
        let reached = self.unit.restarts.pass(&self.service.restart_limits);
        let mut consequences = Consequences::default();
        for (at, counts) in reached {
            let Some(limit) = self.service.restart_limits.get(usize::from(at)) else { continue };
            let rule = Rule::limit(&limit.action, self.service.mode);
            let message = format!(
                "service restarted {} times within {} cycles(s) - {}",
                counts.starts,
                counts.cycles,
                ActionName::from(rule.then)
            );
            let state = State::Failed;
            let machine = self.unit.extra(Extra::Limit(at));
            let transition = machine.observe(state, rule.rate, rule.recovery_rate);
            let test = TestRef::Builtin(EventKind::Timeout);
            let message = &*message;
            let judgement =
                Judgement { test, limit: Some(at), rule, state, transition, message, evidence: "" };
            self.react(&judgement, &mut consequences, turn);
        }
        let off = consequences.wishes.iter().any(|wish| matches!(wish, Wish::Stop | Wish::Unmonitor));
        self.carry_out(&consequences.wishes, turn);
        !off
    }

    /// The object is there: earlier trouble with starting it is over.
    pub(super) fn recover(&mut self, consequences: &mut Consequences, turn: &mut Turn<'_>) {
        // What is restarted for its size is there all the time: its limit is left behind with the failed test.
        if self.is_process() {
            self.recover_from(EventKind::Timeout, consequences, turn);
        }
        // A process that a stop is draining is no recovery.
        let going = self.unit.lingering.as_ref().is_some_and(|it| it.late() && it.kind != Kind::Start);
        if !going {
            self.recover_from(EventKind::Exec, consequences, turn);
        }
    }

    pub(super) fn recover_from(
        &mut self,
        kind: EventKind,
        consequences: &mut Consequences,
        turn: &mut Turn<'_>,
    ) {
        let failed = |(extra, state): &&(Extra, TestState)| extra.kind() == kind && state.failed();
        if !self.unit.extras.iter().any(|one| failed(&one)) {
            return;
        }
        let troubles: Vec<Extra> = self.unit.extras.iter().filter(failed).map(|(extra, _)| *extra).collect();
        let trouble = match kind {
            EventKind::Timeout => "previous restart timeout (manually recovered?)",
            _ => match self.unit.last_failure {
                Kind::Start => "previous exec error (slow starting or manually recovered?)",
                Kind::Stop => "a stop that failed",
                Kind::Restart => "a restart that failed",
            },
        };
        let there = match &self.service.subject {
            Subject::Process(_) => "process is running".to_string(),
            other => format!("{} exists", type_of(other).0.to_lowercase()),
        };
        let message = format!("{there} after {trouble}");
        // The last of the restarts brought it up: that one is nothing to tell any more.
        self.unit.restarts.seen = self.unit.restarts.starts;
        for extra in troubles {
            self.note(extra, State::Succeeded, (&message, ""), consequences, turn);
        }
    }

    /// Asks the back-off; if it says later, a check out of turn is due then.
    pub(super) fn may_restart_now(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(backoff) = self.service.backoff else { return true };
        let pause = self.unit.pause.get_or_insert_default();
        let (until, news) = match pause.ask(backoff, turn.now.mono) {
            Permission::Now => return true,
            Permission::At(until, news) => (until, news),
        };
        if news {
            let seconds = until.saturating_duration_since(turn.now.mono).as_secs_f64();
            self.say(Level::Info, format_args!("restart in {seconds:.1} s (backoff)"), turn);
        }
        self.recheck_at(until, None);
        false
    }
}
