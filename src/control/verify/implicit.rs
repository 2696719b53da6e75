//! What nobody wrote: the system service, and the tests that every service of a type has.

use super::super::findings::Findings;
use super::names::Names;
use crate::config::{Action, Condition, Config, Place, Rate, Service, Subject, Test};

/// Adds a system service named after the host if the file has none.
pub fn system(config: &mut Config, names: &mut Names, host_name: &str, found: &mut Findings) {
    if config.services.iter().any(|service| service.subject == Subject::System) {
        return;
    }
    if let Some(other) = names.get(host_name) {
        let place = config.services.get(other as usize).map(|service| service.place);
        found.error(
            place,
            format!(
                "'check system' not defined in control file, failed to add automatic configuration (service name {host_name} is \
                 used already) -- please add 'check system <name>' manually"
            ),
            Some("for example: check system this-host".to_owned()),
        );
        return;
    }
    let mut service = Service::new(host_name, Subject::System);
    service.onreboot = config.settings.onreboot;
    service.limits = config.settings.limits.into();
    names.insert(host_name, u32::try_from(config.services.len()).unwrap_or(u32::MAX));
    config.services.push(service);
}

/// Adds the implicit tests of a service in front of its own.
pub fn tests(service: &mut Service) {
    let has = |wanted: fn(&Condition) -> bool| service.tests.iter().any(|test| wanted(&test.condition));
    let exists = has(|c| matches!(c, Condition::NotExist | Condition::Exist));
    let flags = has(|c| matches!(c, Condition::FsFlagsChanged));
    let link = has(|c| matches!(c, Condition::LinkUp | Condition::LinkDown));
    let missed = has(|c| matches!(c, Condition::Missed));
    let mut add = Vec::new();
    match service.subject {
        Subject::Process(_) | Subject::File(_) | Subject::Directory(_) | Subject::Fifo(_) if !exists => {
            add.push(test(Condition::NotExist, Action::Restart));
        }
        Subject::Filesystem(_) => {
            if !exists {
                add.push(test(Condition::NotExist, Action::Restart));
            }
            if !flags {
                add.push(test(Condition::FsFlagsChanged, Action::Alert));
            }
        }
        Subject::Heartbeat(_) if !missed => add.push(test(Condition::Missed, Action::Alert)),
        Subject::Network(_) if !link => add.push(test(Condition::LinkDown, Action::Alert)),
        _ => {}
    }
    if !add.is_empty() {
        service.tests.reserve_exact(add.len());
        service.tests.splice(0..0, add);
    }
}

fn test(condition: Condition, then: Action) -> Test {
    Test {
        place: Place::default(),
        condition,
        rate: Rate::default(),
        then,
        recovery_rate: Rate::default(),
        recovery: Action::Alert,
    }
}
