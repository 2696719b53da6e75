//! Is it there? And nothing else: the question that is asked again and again while a service starts or stops.

use super::context::Context;
use super::cycle_facts::{CycleFacts, Sought};
use super::verdict::Identity;
use crate::config::{Condition, ProcessBy, Service, Subject};
use crate::machine::{Fact, Facts, NoFact, Pidfile, Process};

/// Where the process of a process service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existence {
    /// There; a zombie is.
    There(Identity),
    /// Not there. Also for services of other types.
    Gone,
    /// Its pidfile has not been read yet, or the search goes on: ask again.
    Pending,
    /// Nobody knows: what tells of it is not answering or cannot be read, with the reason.
    Unknown(String),
}

/// Looks for the process of a process service now. `known`: the process it was the last time, which may have lost its
/// pidfile and live.
pub fn existence(
    service: &Service,
    known: Option<Identity>,
    facts: &mut dyn Facts,
    cycle: &mut CycleFacts,
) -> Existence {
    let found = match &service.subject {
        Subject::Process(ProcessBy::Pidfile(path)) => match facts.pidfile(path) {
            Pidfile::Pid(pid) => facts.process(pid).map(|process| process.stat),
            Pidfile::Pending => return Existence::Pending,
            Pidfile::Silent(reason) => {
                let path = path.display();
                return Existence::Unknown(format!("pidfile '{path}' is not answering -- {reason}"));
            }
            Pidfile::Unreadable(reason) => {
                return Existence::Unknown(format!(
                    "pidfile '{}' cannot be read -- {reason}",
                    path.display()
                ));
            }
            Pidfile::Missing | Pidfile::NotAFile | Pidfile::Empty | Pidfile::Garbage => Err(NoFact::Absent),
        },
        Subject::Process(ProcessBy::Matching(pattern)) => match cycle.matching_now(pattern, facts) {
            Sought::Found(stat) => stat.ok_or(NoFact::Absent),
            Sought::More | Sought::Later(_) => return Existence::Pending,
            Sought::Unknown(why) => return Existence::Unknown(why),
        },
        _ => Err(NoFact::Absent),
    };
    let found = match found {
        Err(NoFact::Absent) => still(service, known, facts).map(|process| process.stat),
        found => found,
    };
    match found {
        Ok(stat) => Existence::There(Identity { pid: stat.pid, start: stat.start }),
        Err(NoFact::Absent) => Existence::Gone,
        Err(NoFact::Unreadable(reason)) => Existence::Unknown(format!("process cannot be read -- {reason}")),
    }
}

/// The process that was known, if it lives though its pidfile does not name it.
pub(super) fn still(service: &Service, known: Option<Identity>, facts: &mut dyn Facts) -> Fact<Process> {
    let by_pidfile = matches!(service.subject, Subject::Process(ProcessBy::Pidfile(_)));
    let Some(known) = known.filter(|_| by_pidfile) else { return Err(NoFact::Absent) };
    match facts.process(known.pid) {
        Ok(process) if process.stat.start == known.start && !process.stat.zombie => Ok(process),
        Ok(_) => Err(NoFact::Absent),
        Err(none) => Err(none),
    }
}

/// The verdicts of `if not exist`, then those of `if exist`.
pub(super) fn verdict(context: &mut Context<'_>, exists: bool, message: impl Fn() -> String) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        if matches!(test.condition, Condition::NotExist) {
            context.judge(at, !exists, &message);
        }
    }
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        if matches!(test.condition, Condition::Exist) {
            context.judge(at, exists, &message);
        }
    }
}
