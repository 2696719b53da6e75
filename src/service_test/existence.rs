//! Is it there? And nothing else: the question that is asked again and again while a service starts or stops.

use super::context::Context;
use super::cycle_facts::{CycleFacts, Sought};
use super::verdict::Identity;
use crate::config::{Condition, ProcessBy, Service, Subject};
use crate::machine::{Facts, Pidfile};

/// Where the process of a process service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existence {
    /// There; a zombie is.
    There(Identity),
    /// Not there. Also for services of other types.
    Gone,
    /// Its pidfile has not been read yet, or the search goes on: ask again.
    Pending,
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// Looks for the process of a process service now.
pub fn existence(service: &Service, facts: &mut dyn Facts, cycle: &mut CycleFacts) -> Existence {
    let stat = match &service.subject {
        Subject::Process(ProcessBy::Pidfile(path)) => match facts.pidfile(path) {
            Pidfile::Pid(pid) => facts.process(pid).map(|process| process.stat),
            Pidfile::Pending => return Existence::Pending,
            Pidfile::Silent(reason) => {
                return Existence::Unknown(format!(
                    "pidfile '{}' is not answering -- {reason}",
                    path.display()
                ));
            }
            _ => None,
        },
        Subject::Process(ProcessBy::Matching(pattern)) => match cycle.matching_now(pattern, facts) {
            Sought::Found(stat) => stat,
            Sought::More | Sought::Later(_) => return Existence::Pending,
            Sought::Unknown(why) => return Existence::Unknown(why),
        },
        _ => None,
    };
    stat.map_or(Existence::Gone, |stat| Existence::There(Identity { pid: stat.pid, start: stat.start }))
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
