//! What a verdict is measured by, as the control file or the reference has it.

use super::unit::Extra;
use crate::config::{Action, Condition, EventKind, Mode, Operator, Rate, Service};
use crate::service_test::TestRef;

static ALERT: Action = Action::Alert;
static RESTART: Action = Action::Restart;

/// The rule behind a verdict.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) kind: EventKind,
    pub(super) rate: Rate,
    pub(super) recovery_rate: Rate,
    pub(super) then: &'a Action,
    pub(super) recovery: &'a Action,
    /// After a change, the first result without one is told too. So it is with tests for changes that may have an
    /// `else`.
    pub(super) tells_rest: bool,
}

impl<'a> Rule<'a> {
    /// Of something that no file mentions.
    pub(super) fn builtin(kind: EventKind) -> Rule<'a> {
        let then = if kind == EventKind::Invalid { &RESTART } else { &ALERT };
        let rate = Rate::default();
        Rule { kind, rate, recovery_rate: rate, then, recovery: &ALERT, tells_rest: false }
    }

    /// Of this test of the service; `None` if it has none of that number.
    pub(super) fn of(service: &'a Service, test_ref: TestRef) -> Option<Rule<'a>> {
        let rule = match test_ref {
            TestRef::Builtin(kind) => Rule::builtin(kind),
            TestRef::Test(at) | TestRef::Certificate(at) | TestRef::ResponseTime(at) => {
                let test = service.tests.get(usize::from(at))?;
                Rule {
                    kind: kind_of(service, test_ref)?,
                    rate: test.rate,
                    recovery_rate: test.recovery_rate,
                    then: &test.then,
                    recovery: &test.recovery,
                    tells_rest: matches!(
                        test.condition,
                        Condition::ProgramOutputChanged
                            | Condition::ProgramOutputNotChanged
                            | Condition::ProgramStatus(Operator::Changed, _)
                    ),
                }
            }
        };
        let then = as_mode_allows(rule.then, service.mode);
        Some(Rule { then, recovery: as_mode_allows(rule.recovery, service.mode), ..rule })
    }

    /// Of a restart limit with this action.
    pub(super) fn limit(action: &'a Action, mode: Mode) -> Rule<'a> {
        Rule { then: as_mode_allows(action, mode), ..Rule::builtin(EventKind::Timeout) }
    }
}

/// The kind of events a verdict raises.
pub(super) fn kind_of(service: &Service, test: TestRef) -> Option<EventKind> {
    match test {
        TestRef::Builtin(kind) => Some(kind),
        TestRef::Certificate(_) => Some(EventKind::Timestamp),
        TestRef::ResponseTime(_) => Some(EventKind::Speed),
        TestRef::Test(test) => service.tests.get(usize::from(test)).map(|test| test.condition.event_kind()),
    }
}

/// What has the state of this verdict, where that is not a test of the service.
pub(super) fn extra_of(test: TestRef) -> Option<Extra> {
    match test {
        TestRef::Test(_) => None,
        TestRef::Certificate(at) => Some(Extra::Certificate(at)),
        TestRef::ResponseTime(at) => Some(Extra::ResponseTime(at)),
        TestRef::Builtin(kind) => Some(Extra::Kind(kind)),
    }
}

/// A passive service is started, stopped and restarted by users only.
fn as_mode_allows(action: &Action, mode: Mode) -> &Action {
    match (mode, action) {
        (Mode::Passive, Action::Start | Action::Stop | Action::Restart) => &ALERT,
        _ => action,
    }
}
