//! Whoever listens hears of finished checks and of events.

use super::*;
use crate::event::Event;
use crate::service::{Change, Checked, Listener};

/// What was heard.
#[derive(Debug, Default)]
pub(in crate::service) struct Ear {
    /// Service, number of readings, what is in another state.
    checks: Vec<(ServiceIndex, usize, Vec<Change>)>,
    told: Vec<&'static str>,
}

impl Listener for Ear {
    fn checked(&mut self, check: &Checked<'_>) {
        self.checks.push((check.index, check.readings().len(), check.changes.to_vec()));
    }

    fn told(&mut self, event: &Event) {
        self.told.push(event.title());
    }
}

#[test]
fn every_check_is_heard_with_its_readings_and_what_changed() {
    let mut service = file("f", Action::Alert);
    service.tests = vec![test(Condition::Size(Operator::Greater, 10), Action::Alert)];
    let mut stage = watched(service);
    stage.world.ear = Some(Ear::default());
    stage.cycles(1);
    stage.world.file("/f", 11);
    stage.cycles(2);
    stage.world.files.clear();
    stage.cycles(1);
    let heard = stage.world.ear.take().expect("it listened");
    let kinds = |changes: &[Change]| changes.iter().map(|change| change.kind).collect::<Vec<_>>();
    let files = heard.checks.iter().filter(|(index, ..)| *index == ServiceIndex(0));
    let of_file: Vec<_> = files.map(|(_, readings, changes)| (*readings > 0, kinds(changes))).collect();
    let none = Vec::new;
    let size = vec![EventKind::Size];
    assert_eq!(of_file, [(true, none()), (true, size), (true, none()), (false, none())]);
    assert_eq!(heard.told, ["Size failed"]);
    assert_eq!(stage.world.told("f"), heard.told, "the mail is told all the same");
}
