//! Is it there? And nothing else: the question that is asked again and again while a service starts or stops.

use super::check::Context;
use super::cycle_facts::CycleFacts;
use super::verdict::Identity;
use crate::config::{Condition, ProcessBy, Service, Subject};
use crate::machine::{Facts, Pidfile};

/// The process of a process service, if it is there now; a zombie is. `None` for the other types.
pub fn existence(service: &Service, facts: &mut dyn Facts, cycle: &mut CycleFacts) -> Option<Identity> {
    let stat = match &service.subject {
        Subject::Process(ProcessBy::Pidfile(path)) => match facts.pidfile(path) {
            Pidfile::Pid(pid) => facts.process(pid)?.stat,
            _ => return None,
        },
        Subject::Process(ProcessBy::Matching(pattern)) => cycle.matching_now(pattern, facts)?,
        _ => return None,
    };
    Some(Identity { pid: stat.pid, start: stat.start })
}

/// The verdicts of `if not exist`, then those of `if exist`.
pub(super) fn verdict(context: &mut Context<'_>, exists: bool, message: &str) {
    for (condition, failed) in [(Condition::NotExist, !exists), (Condition::Exist, exists)] {
        for (at, test) in context.service.tests.iter().enumerate().rev() {
            if test.condition == condition {
                context.judge(at, failed, message.into());
            }
        }
    }
}
