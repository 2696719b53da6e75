//! Actions that need a program that the service does not have.

use super::super::findings::Findings;
use crate::config::{Action, Condition, Config, Place, Service};

/// The actions that were written, each with its place; those of implicit tests are nobody's mistake.
fn written(service: &Service) -> impl Iterator<Item = (&Action, Place, bool)> {
    let tests = service.tests.iter().filter(|test| test.place.line > 0).flat_map(|test| {
        let absent = test.condition == Condition::NotExist;
        [(&test.then, test.place, absent), (&test.recovery, test.place, absent)]
    });
    tests.chain(service.restart_limits.iter().map(|limit| (&limit.action, limit.place, false)))
}

/// For each service: does one that depends on it, directly or through others, have a program? An action stops and starts
/// them along with it.
fn moves_others(config: &Config) -> Vec<bool> {
    let mut moves = vec![false; config.services.len()];
    // Every service stands behind all it depends on: seen from the end, all that depend on one have been looked at.
    for &index in config.check_order.iter().rev() {
        let Some(service) = config.services.get(index as usize) else { continue };
        let has = has_program(service) || moves.get(index as usize).copied().unwrap_or_default();
        for base in service.depends.iter().filter(|_| has) {
            if let Some(base) = moves.get_mut(*base as usize) {
                *base = true;
            }
        }
    }
    moves
}

/// Is there a program that an action could run?
pub fn has_program(service: &Service) -> bool {
    service.start.is_some() || service.stop.is_some() || service.restart.is_some()
}

/// One piece of advice for each kind of action and service.
pub fn advise(config: &Config, found: &mut Findings) {
    for (service, moves_others) in config.services.iter().zip(moves_others(config)) {
        service_actions(service, moves_others, found);
    }
}

fn service_actions(service: &Service, moves_others: bool, found: &mut Findings) {
    let name = &service.name;
    let start = service.start.is_some();
    let stop = service.stop.is_some();
    let restart = service.restart.is_some();
    let first = |wanted: fn(&Action) -> bool, even_if_absent: bool| {
        written(service)
            .find(|(action, _, absent)| wanted(action) && (even_if_absent || !absent))
            .map(|(_, place, _)| place)
    };
    let restarts = |action: &Action| *action == Action::Restart;
    if !restart && !start {
        if let Some(place) = first(restarts, true).filter(|_| !moves_others) {
            found.advice(
                Some(place),
                format!("action 'restart' does nothing: '{name}' has neither a restart nor a start program"),
                Some("add a start program and a stop program, or use: then alert".to_owned()),
            );
        }
    } else if !restart && !stop {
        // What does not exist need not be stopped.
        if let Some(place) = first(restarts, false) {
            found.advice(
                Some(place),
                format!(
                    "action 'restart' of '{name}' runs the start program without stopping anything: there is no stop program"
                ),
                Some("add a stop program or a restart program".to_owned()),
            );
        }
    }
    for (has, action, word) in [(start, Action::Start, "start"), (stop, Action::Stop, "stop")] {
        if has || moves_others {
            continue;
        }
        if let Some((_, place, _)) = written(service).find(|(written, ..)| **written == action) {
            found.advice(
                Some(place),
                format!("action '{word}' runs nothing: '{name}' has no {word} program"),
                Some(format!("add a {word} program")),
            );
        }
    }
}
