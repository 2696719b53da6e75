//! Thousands of services: what a turn does is bounded, and bounds change neither order nor outcome.

use super::*;
use crate::machine::ProcessStat;

/// Files `f0` … in this number, all there.
fn files(count: usize, depends: &[(&str, &str)]) -> Stage {
    let mut world = Fake::default();
    let names: Vec<String> = (0..count).map(|at| format!("f{at}")).collect();
    names.iter().for_each(|name| world.file(&format!("/{name}"), 1));
    Stage::new(config(names.iter().map(|name| file(name, Action::Alert)).collect(), depends), world)
}

/// Turns at one moment, until there is nothing to do at once.
fn turns(stage: &mut Stage) -> usize {
    let mut count = 0;
    loop {
        stage.turn();
        count += 1;
        if stage.services.deadline().is_none_or(|at| at > stage.world.now.mono) {
            return count;
        }
        assert!(count < 100_000, "the cycle never ends");
    }
}

#[test]
fn a_turn_ends_when_it_is_late_and_nobody_is_left_out() {
    let mut stage = files(1000, &[]);
    stage.world.late_after = Some(5);
    let mut before = 0;
    loop {
        stage.turn();
        let done = stage.world.looked_at.len();
        assert!(done - before <= 6, "{} checks in one turn", done - before);
        assert!(done > before, "a turn without progress");
        before = done;
        if done == 1000 {
            break;
        }
    }
    turns(&mut stage);
    assert_eq!(stage.world.looked_at.len(), 1000, "each once");
    assert!(stage.services.all_ok());
}

/// A cycle with time for three turns only, ten times.
fn ten_short_cycles(stage: &mut Stage) {
    for _ in 0..10 {
        (0..3).for_each(|_| stage.turn());
        stage.world.now.mono += 10 * SECOND;
    }
}

#[test]
fn where_cycles_are_too_short_for_all_nobody_is_left_out_for_ever() {
    let mut stage = files(20, &[]);
    stage.world.late_after = Some(1);
    ten_short_cycles(&mut stage);
    for at in 0..20 {
        let path = format!("/f{at}");
        let times = stage.world.looked_at.iter().filter(|seen| seen.as_os_str() == path.as_str()).count();
        assert!((2..=8).contains(&times), "{path} was looked at {times} times");
    }
}

#[test]
fn long_checks_take_turns_where_cycles_are_too_short_for_all() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut world = Fake::default();
    for name in names {
        world.spawn(name);
        // More than can be measured in one turn.
        let parent = world.pids[name];
        for child in 1..60 {
            let pid = 1000 * parent + child;
            let stat = ProcessStat { pid, ppid: parent, start: 7, ..world.processes[&parent] };
            world.processes.insert(pid, stat);
        }
    }
    let mut stage = Stage::new(config(names.into_iter().map(process).collect(), &[]), world);
    ten_short_cycles(&mut stage);
    for name in names {
        assert_eq!(stage.status(name), "OK", "{name}");
    }
}

#[test]
fn estimated_work_ends_a_turn_too() {
    let mut stage = files(1000, &[]);
    stage.turn();
    let done = stage.world.looked_at.len();
    // A look at a file counts as 10 microseconds on a slow machine, a turn as 3000.
    assert!((10..=350).contains(&done), "{done} checks in one turn");
}

#[test]
fn the_order_of_checks_does_not_depend_on_where_turns_end() {
    let depends = [("f3", "f40"), ("f40", "f7"), ("f8", "f7"), ("f0", "f49")];
    let mut whole = files(50, &depends);
    turns(&mut whole);
    assert_eq!(whole.world.looked_at.len(), 50);
    for late in [1, 2, 3, 7] {
        let mut sliced = files(50, &depends);
        sliced.world.late_after = Some(late);
        assert!(turns(&mut sliced) >= 50 / (late as usize + 1));
        assert_eq!(sliced.world.looked_at, whole.world.looked_at, "late after {late}");
    }
    // A cycle later the same, in the same order.
    whole.world.looked_at.clear();
    whole.run(10 * SECOND);
    turns(&mut whole);
    assert_eq!(whole.world.looked_at.len(), 50);
}

#[test]
fn a_request_is_carried_out_beside_a_thousand_failed_services() {
    let mut world = Fake::default();
    let names: Vec<&'static str> = (0..300).map(|at| &*format!("p{at}").leak()).collect();
    names.iter().for_each(|name| world.obedient(name));
    let mut stage = Stage::new(config(names.iter().map(|name| process(name)).collect(), &[]), world);
    stage.world.late_after = Some(3);
    // All of them are down; some have been started, most wait.
    for _ in 0..10 {
        stage.turn();
    }
    assert!(stage.world.calls.len() < 50, "{} programs at once", stage.world.calls.len());
    stage.ask(UserAction::Start, &["p299"]);
    assert!(stage.world.calls.iter().any(|call| call == "start p299"), "at once");
    stage.cycles(4);
    for name in names {
        assert_eq!(stage.status(name), "OK", "{name}");
        assert_eq!(stage.world.calls.iter().filter(|call| **call == format!("start {name}")).count(), 1);
    }
}

#[test]
fn an_action_on_everything_falls_into_parts_that_have_nothing_to_do_with_each_other() {
    let names: Vec<&'static str> = (0..3000).map(|at| &*format!("p{at}").leak()).collect();
    let mut world = Fake::default();
    names.iter().for_each(|name| world.obedient(name));
    let depends = [("p0", "p1"), ("p2999", "p1"), ("p5", "p6")];
    let mut stage = Stage::new(config(names.iter().map(|name| process(name)).collect(), &depends), world);
    stage.ask(UserAction::Start, &names);
    stage.cycles(2);
    let started: Vec<&str> = stage.world.calls.iter().map(String::as_str).collect();
    assert_eq!(started.len(), names.len(), "each once");
    let place = |call: &str| started.iter().position(|known| *known == call);
    assert!(place("start p1") < place("start p0") && place("start p1") < place("start p2999"));
    assert!(place("start p6") < place("start p5"));
}

#[test]
fn the_next_turn_goes_on_with_the_first_check_that_was_not_carried_on() {
    let mut world = Fake::default();
    let of = |name: &str| {
        let check = crate::config::ProgramCheck { command: command(name, 5) };
        Service::new(name, crate::config::Subject::Program(Box::new(check)))
    };
    let names = ["a", "b", "c"];
    for name in names {
        world.script(name, Script { takes: Some(SECOND), ..Script::exits(0) });
    }
    let mut stage = Stage::new(config(names.into_iter().map(of).collect(), &[]), world);
    stage.run(SECOND);
    stage.happen();
    // The turn is late before the first of them.
    stage.world.late_after = Some(0);
    for (turn, next) in [1, 2, 0].into_iter().enumerate() {
        stage.turn();
        assert_eq!(stage.services.roster.common.agenda.first_flying, next, "after turn {turn}");
        assert_eq!(stage.services.roster.units.iter().filter(|unit| unit.flight.is_some()).count(), 2 - turn);
    }
}
