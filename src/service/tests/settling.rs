//! What results are worth after a start of ours.

use super::*;
use crate::config::{Amount, Resource};

/// A process restarted when it has more than so many threads in three cycles.
fn tolerant(threads: f64, rate: Rate) -> Stage {
    let mut service = process("p");
    let many = Condition::Resource(Resource::Threads, Operator::Greater, Amount::Number(threads));
    let mut many = test(many, Action::Restart);
    many.rate = rate;
    service.tests.push(many);
    let mut stage = one(service);
    stage.world.threads = 9;
    stage
}

fn starts(stage: &Stage) -> usize {
    stage.world.calls.iter().filter(|call| *call == "start p").count()
}

#[test]
fn a_process_just_started_is_given_its_cycles() {
    for rate in [Rate { count: 3, cycles: 3 }, Rate { count: 3, cycles: 5 }] {
        let mut stage = tolerant(5.0, rate);
        stage.cycles(2);
        for round in 1..6 {
            stage.world.log.clear();
            assert_eq!(starts(&stage), round, "three cycles for each process");
            stage.cycles(3);
            let warnings = stage
                .world
                .log
                .iter()
                .filter(|(level, text)| *level == Level::Warning && text.contains("threads count 9"));
            assert_eq!(warnings.count(), 2, "round {round}: {:?}", stage.world.log);
        }
        assert_eq!(
            stage.world.count("p", State::Failed),
            2,
            "not there, too many: {:?}",
            stage.world.told("p")
        );
        assert_eq!(stage.world.count("p", State::Succeeded), 1, "it is there: {:?}", stage.world.told("p"));
        stage.world.threads = 1;
        stage.cycles(9);
        assert_eq!(stage.world.told("p").last(), Some(&"Resource limit succeeded"));
        assert_eq!(stage.status("p"), "OK");
    }
}

#[test]
fn a_restart_of_the_monitor_does_not_cut_the_cycles_short() {
    let mut stage = tolerant(5.0, Rate { count: 3, cycles: 3 });
    stage.cycles(4);
    assert_eq!(starts(&stage), 2);
    stage.cycles(1);
    stage.restart_the_monitor();
    stage.cycles(1);
    assert_eq!(starts(&stage), 2);
    stage.cycles(1);
    assert_eq!(starts(&stage), 3);
    assert_eq!(stage.world.count("p", State::Failed), 2, "{:?}", stage.world.told("p"));
}

#[test]
fn what_exec_and_alert_do_begins_nothing_anew() {
    let mut stage = tolerant(5.0, Rate::default());
    let mut config = stage.services.config().clone();
    config.services[0].tests[1].then =
        Action::Exec(Box::new(Exec { command: command("hook", 5), repeat: 1 }));
    stage.reload(config);
    stage.cycles(5);
    let hooks = stage.world.calls.iter().filter(|call| *call == "hook").count();
    assert_eq!(hooks, 4, "in each cycle but that of the start");
}

#[test]
fn what_is_good_too_early_ends_no_incident() {
    let mut stage = tolerant(5.0, Rate::default());
    let slow = Script { takes: Some(SECOND), spawns: Some(("p", SECOND)), ..Script::exits(0) };
    stage.world.script("start p", slow);
    stage.cycles(2);
    for _ in 0..4 {
        // After each start it is small until the next cycle has looked at it.
        stage.world.threads = 1;
        stage.cycles(1);
        let pid = stage.world.pids["p"];
        stage.world.processes.get_mut(&pid).expect("it runs").threads = 9;
        stage.cycles(1);
    }
    let ended = stage.world.told("p").iter().filter(|title| **title == "Resource limit succeeded").count();
    assert_eq!(ended, 0, "{:?}", stage.world.told("p"));
    let told = stage.world.told("p").iter().filter(|title| **title == "Resource limit matched").count();
    assert_eq!(told, 1, "{:?}", stage.world.told("p"));
    // One that stays well is.
    stage.world.threads = 1;
    stage.cycles(4);
    assert_eq!(stage.world.told("p").last(), Some(&"Resource limit succeeded"));
}

#[test]
fn an_early_look_tells_that_the_process_is_there_and_nothing_else() {
    let mut stage = tolerant(5.0, Rate::default());
    stage.run(SECOND);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Exists"]);
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.world.count("p", State::Failed), 1, "{:?}", stage.world.told("p"));
}

#[test]
fn a_base_that_was_restarted_does_not_keep_its_dependants_down() {
    let mut base = process("b");
    let many = Condition::Resource(Resource::Threads, Operator::Greater, Amount::Number(5.0));
    base.tests.push(test(many, Action::Restart));
    let mut world = Fake::default();
    world.obedient("b");
    world.obedient("d");
    let mut stage = Stage::new(config(vec![base, process("d")], &[("d", "b")]), world);
    stage.cycles(3);
    let pid = stage.world.pids["b"];
    stage.world.processes.get_mut(&pid).expect("it runs").threads = 9;
    stage.cycles(1);
    stage.run(SECOND);
    assert!(stage.world.runs("b") && stage.world.runs("d"), "{:?}", stage.world.calls);
    assert!(!stage.world.told("d").contains(&"Execution failed"), "{:?}", stage.world.told("d"));
}
