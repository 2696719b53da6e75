//! Services that depend on each other.

use super::*;

#[test]
fn a_chain_goes_down_and_comes_up_in_order() {
    let mut stage = chain();
    stage.ask(UserAction::Stop, &["d"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls, ["stop a", "stop b", "stop c", "stop d"]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stage.status(name), "Not monitored");
    }
    stage.world.calls.clear();
    stage.ask(UserAction::Start, &["a"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls, ["start d", "start c", "start b", "start a"]);
    stage.cycles(1);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stage.status(name), "OK");
    }
}

#[test]
fn restart_of_all_touches_each_once() {
    let mut stage = chain();
    stage.ask(UserAction::Restart, &["a", "b", "c", "d"]);
    stage.run(SECOND);
    let calls = ["stop a", "stop b", "stop c", "stop d", "start d", "start c", "start b", "start a"];
    assert_eq!(stage.world.calls, calls);
    for name in ["a", "b", "c", "d"] {
        let done = stage.world.told(name).iter().filter(|title| **title == "Action done").count();
        assert_eq!(done, 1, "{name}");
    }
}

#[test]
fn a_death_in_the_middle_takes_the_dependants_along_and_leaves_the_base() {
    let mut stage = chain();
    stage.world.kill("c");
    stage.cycles(2);
    assert_eq!(stage.world.calls, ["stop a", "stop b", "start c", "start b", "start a"]);
    assert_eq!(stage.status("a"), "OK");
    assert!(stage.world.doubled.is_empty());
}

#[test]
fn a_base_stays_up_below_what_cannot_be_stopped() {
    let mut stage = chain();
    stage.world.script("stop a", Script::exits(1));
    stage.ask(UserAction::Stop, &["b"]);
    stage.run(20 * SECOND);
    assert_eq!(stage.world.calls, ["stop a"]);
    assert_eq!((stage.status("a").as_str(), stage.status("b").as_str()), ("Not monitored", "OK"));
    assert_eq!(stage.world.said("b").last(), Some(&"stop action failed"));
    // A base that is down anyway comes up all the same.
    stage.ask(UserAction::Monitor, &["a"]);
    stage.cycles(1);
    stage.world.kill("b");
    stage.cycles(3);
    assert!(stage.world.runs("b"), "{:?}", stage.world.calls);
}

#[test]
fn a_diamond_is_restarted_once() {
    let mut world = Fake::default();
    let names = ["top", "left", "right", "base", "other"];
    names.into_iter().for_each(|name| world.obedient(name));
    let depends = [("top", "left"), ("top", "right"), ("left", "base"), ("right", "base"), ("other", "base")];
    let mut stage = Stage::new(config(names.into_iter().map(process).collect(), &depends), world);
    stage.cycles(3);
    stage.world.calls.clear();
    stage.ask(UserAction::Restart, &["base"]);
    stage.run(SECOND);
    let calls = stage.world.calls.join(", ");
    assert!(
        calls.starts_with("stop other, stop top, stop left, stop right, stop base, start base"),
        "{calls}"
    );
    assert_eq!(stage.world.calls.len(), 10, "{calls}");
    stage.ask(UserAction::Stop, &["base"]);
    stage.run(SECOND);
    stage.world.calls.clear();
    stage.ask(UserAction::Start, &["left"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls, ["start base", "start left"]);
}

#[test]
fn dependants_of_a_base_that_cannot_start_wait() {
    let mut world = Fake::default();
    world.obedient("a");
    world.script("start b", Script::exits(1));
    let mut stage = Stage::new(config(vec![process("a"), process("b")], &[("a", "b")]), world);
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["start b", "start b", "start b"], "one try a cycle, and a never");
    let why = "failed to start -- could not start required services: 'b'";
    assert!(stage.world.said("a").contains(&why));
    assert_eq!(stage.world.told("a"), ["Execution failed"]);
    stage.world.obedient("b");
    stage.cycles(2);
    assert_eq!(stage.status("a"), "OK");
}

#[test]
fn an_alert_of_a_base_holds_nobody_back_and_other_trouble_does() {
    let with = |action: Action| {
        let mut world = Fake::default();
        world.obedient("p");
        world.file("/base", 20);
        let mut stage = Stage::new(config(vec![process("p"), file("base", action)], &[("p", "base")]), world);
        stage.cycles(2);
        stage
    };
    assert_eq!(with(Action::Alert).world.calls, ["start p"]);
    let held = with(Action::Restart);
    assert!(held.world.calls.is_empty());
    assert_eq!(held.world.told("p"), ["Execution failed"], "told why it is not there");
    assert_eq!(held.status("p"), "Initializing", "it waits for its base");
    let mut missing = with(Action::Alert);
    missing.world.files.clear();
    missing.world.kill("p");
    missing.cycles(2);
    assert_eq!(missing.world.calls.iter().filter(|call| **call == "start p").count(), 1);
}

/// Nobody looks at a base whose own base is not well, so it shows what it last was.
#[test]
fn what_depends_on_a_base_that_died_unseen_is_not_restarted_without_it() {
    let mut world = Fake::default();
    ["other", "base", "top"].into_iter().for_each(|name| world.obedient(name));
    world.file("/ground", 1);
    let told = Action::Exec(Box::new(Exec { command: command("tell", 5), repeat: 0 }));
    let services = vec![file("ground", told), process("other"), process("base"), process("top")];
    let depends = [("base", "ground"), ("top", "base"), ("top", "other")];
    let mut stage = Stage::new(config(services, &depends), world);
    stage.cycles(3);
    stage.world.file("/ground", 20);
    stage.cycles(1);
    stage.world.kill("base");
    stage.cycles(3);
    assert_eq!(stage.status("base"), "OK", "it was not looked at");
    stage.world.calls.clear();
    stage.ask(UserAction::Restart, &["other"]);
    stage.cycles(2);
    stage.world.calls.retain(|call| call != "tell");
    assert_eq!(stage.world.calls, ["stop top", "stop other", "start other"]);
    stage.world.file("/ground", 1);
    stage.cycles(3);
    assert_eq!(stage.world.calls[3..], ["start base", "start top"]);
    assert!(stage.world.runs("top"));
}

/// The end of one is seen at once, and that of its base is not.
#[test]
fn a_base_that_died_with_its_dependant_is_brought_back_first() {
    let mut world = Fake::default();
    world.watching = true;
    ["base", "top"].into_iter().for_each(|name| world.obedient(name));
    let mut top = process("top");
    top.exitwatch = Some(ExitWatch { on: true, delay: SECOND / 2 });
    let mut stage = Stage::new(config(vec![process("base"), top], &[("top", "base")]), world);
    stage.cycles(3);
    stage.world.calls.clear();
    stage.world.kill("base");
    stage.world.kill("top");
    stage.run(2 * SECOND);
    assert_eq!(stage.world.calls, ["start base", "start top"]);
}

#[test]
fn unmonitor_takes_the_dependants_along_without_their_programs() {
    let mut world = Fake::default();
    world.file("/f", 1);
    world.obedient("p");
    let services = vec![file("f", Action::Unmonitor), process("p")];
    let mut stage = Stage::new(config(services, &[("p", "f")]), world);
    stage.cycles(2);
    stage.world.file("/f", 20);
    stage.cycles(2);
    assert_eq!(stage.status("f"), "Not monitored");
    assert_eq!(stage.status("p"), "Not monitored");
    assert_eq!(stage.world.calls, ["start p"]);
    assert_eq!(stage.world.events.last().map(|e| e.action), Some(ActionName::Unmonitor));
}
