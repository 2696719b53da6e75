//! Start, stop and restart programs that outlive their time limit.

use super::*;
use crate::service_test::Identity;
use crate::sys::process::{CONT, KILL, TERM};

/// A start that brings the process up after 8 s where 5 are allowed, and ends then.
fn slow_start() -> Script {
    Script { spawns: Some(("p", 8 * SECOND)), takes: Some(8 * SECOND), in_group: true, ..Script::default() }
}

/// A stop that drains for 8 s where 5 are allowed.
fn slow_stop() -> Script {
    Script { kills: Some(("p", 8 * SECOND)), takes: Some(8 * SECOND), ..Script::default() }
}

fn hurried() -> Stage {
    let mut service = process("p");
    service.exitwatch = Some(ExitWatch { on: true, delay: Duration::ZERO });
    let mut config = config(vec![service], &[]);
    config.settings.poll = Some(2 * SECOND);
    let mut world = Fake::default();
    world.watching = true;
    world.obedient("p");
    Stage::new(config, world)
}

#[test]
fn a_slow_start_comes_up_once_and_is_a_recovery() {
    let mut stage = hurried();
    stage.world.script("start p", slow_start());
    stage.run(6 * SECOND);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Execution failed"]);
    let text = "failed to start (exit status -1) -- Program 'start p' timed out after 5 s";
    assert_eq!(stage.world.said("p").last(), Some(&text));
    stage.run(4 * SECOND);
    assert_eq!(stage.world.calls, ["start p"], "no second copy beside it");
    assert!(stage.world.doubled.is_empty() && stage.world.signals.is_empty());
    assert_eq!(stage.world.told("p")[2..], ["Exists", "Execution succeeded"]);
    let text = "process is running after previous exec error (slow starting or manually recovered?)";
    assert!(stage.world.said("p").contains(&text), "{:?}", stage.world.said("p"));
    assert_eq!(stage.status("p"), "OK");
    stage.run(60 * SECOND);
    assert!(stage.world.runs("p") && stage.world.signals.is_empty());
}

#[test]
fn what_comes_up_at_an_hour_at_which_nobody_is_to_look_is_not_looked_at() {
    let mut service = process("p");
    service.every = Every::NotCron(cron("* * * * *"));
    let mut stage = one(service);
    stage.world.script("start p", slow_start());
    stage.ask(UserAction::Start, &["p"]);
    stage.run(6 * SECOND);
    assert!(stage.world.told("p").contains(&"Execution failed"));
    stage.run(6 * SECOND);
    assert!(stage.world.runs("p") && stage.services.view(ServiceIndex(0)).collected.is_none());
}

#[test]
fn a_restart_whose_stop_ends_late_goes_on_to_its_start() {
    for by_user in [true, false] {
        let mut service = process("p");
        if !by_user {
            service.tests.push(test(Condition::Uptime(Operator::Greater, 1), Action::Restart));
        }
        let mut stage = one(service);
        stage.run(SECOND);
        stage.world.script("stop p", slow_stop());
        if by_user {
            stage.ask(UserAction::Restart, &["p"]);
        } else {
            stage.run(10 * SECOND);
        }
        stage.run(6 * SECOND);
        assert_eq!(stage.world.calls, ["start p", "stop p"]);
        assert!(stage.world.told("p").contains(&"Execution failed"), "{:?}", stage.world.told("p"));
        stage.run(5 * SECOND / 2);
        assert_eq!(stage.world.calls, ["start p", "stop p", "start p"]);
        assert!(stage.world.runs("p"));
        let said = stage.world.said("p");
        assert!(!said.iter().any(|line| line.contains("after previous exec error")), "{said:?}");
        assert!(!said.iter().any(|line| line.contains("a stop that failed")), "{said:?}");
        assert!(stage.world.told("p").contains(&"Execution succeeded"));
    }
}

#[test]
fn dependants_of_what_still_drains_are_not_started_on_it() {
    let mut stage = chain();
    stage.world.script(
        "stop c",
        Script { kills: Some(("c", 8 * SECOND)), takes: Some(8 * SECOND), ..Script::default() },
    );
    stage.ask(UserAction::Restart, &["c"]);
    stage.run(7 * SECOND);
    assert_eq!(stage.world.calls, ["stop a", "stop b", "stop c"]);
    stage.cycles(4);
    assert_eq!(stage.world.calls[3..], ["start c", "start b", "start a"]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stage.status(name), "OK", "{name}");
    }
}

#[test]
fn what_hangs_is_ended_after_three_limits_and_tried_again() {
    let mut stage = one(process("p"));
    stage.world.script("start p", Script { stubborn: true, ..Script::hangs() });
    stage.run(14 * SECOND);
    assert_eq!((stage.world.calls.len(), stage.world.signals.len()), (1, 0));
    stage.world.obedient("p");
    stage.run(4 * SECOND);
    let signals: Vec<_> = stage.world.signals.iter().map(|(_, signal, group)| (*signal, *group)).collect();
    assert_eq!(signals, [(TERM, true), (KILL, true)]);
    let text = "start program still runs after 3 times its limit of 5 s, it is ended";
    assert!(stage.world.said("p").contains(&text));
    assert_eq!(stage.world.calls.len(), 2);
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn what_the_check_takes_for_the_service_is_never_ended() {
    // The program is the service; it has started it below itself; it is in one group with it; none of that.
    let late = Script { spawns: Some(("p", 8 * SECOND)), ..Script::hangs() };
    let cases = [
        (Script { is_service: true, ..late.clone() }, None),
        (Script { is_parent: true, ..late.clone() }, None),
        (Script { in_group: true, ..late.clone() }, Some(false)),
        (late, Some(true)),
    ];
    for (script, ended) in cases {
        let mut stage = one(process("p"));
        stage.world.script("start p", script.clone());
        stage.cycles(4);
        assert!(stage.world.runs("p"), "{script:?}");
        let signals: Vec<_> =
            stage.world.signals.iter().map(|(_, signal, group)| (*signal, *group)).collect();
        assert_eq!(signals.first(), ended.map(|group| (TERM, group)).as_ref(), "{script:?}");
        assert_eq!(stage.world.calls, ["start p"], "{script:?}");
        assert_eq!(stage.status("p"), "OK");
    }
}

#[test]
fn the_group_of_a_program_that_has_ended_is_left_alone() {
    let mut stage = one(process("p"));
    // It has launched what comes up much later.
    let script = Script {
        spawns: Some(("p", 18 * SECOND)),
        takes: Some(6 * SECOND),
        in_group: true,
        ..Script::default()
    };
    stage.world.script("start p", script);
    stage.run(19 * SECOND);
    assert!(stage.world.runs("p"));
    assert!(stage.world.signals.is_empty());
}

#[test]
fn a_user_who_stops_a_slow_start_is_obeyed() {
    let mut stage = hurried();
    stage.world.script("start p", slow_start());
    stage.run(6 * SECOND);
    stage.ask(UserAction::Stop, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.world.signals.len(), 1, "its group is asked to end");
    assert_eq!(stage.world.calls, ["start p", "stop p"], "and the stop program runs, whatever is to be seen");
    assert_eq!(stage.status("p"), "Not monitored");
    assert_eq!(stage.world.told("p").last(), Some(&"Action done"));
    stage.run(30 * SECOND);
    assert!(!stage.world.runs("p"));
    // The same for a restart.
    stage.ask(UserAction::Start, &["p"]);
    stage.run(6 * SECOND);
    stage.world.obedient("p");
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls[2..], ["start p", "stop p", "start p"]);
    assert_eq!(stage.status("p"), "OK");
    assert!(stage.world.beside.is_empty());
}

#[test]
fn a_user_who_starts_what_is_starting_waits_for_it_and_can_change_their_mind() {
    let mut stage = hurried();
    stage.world.script("start p", slow_start());
    stage.run(6 * SECOND);
    stage.ask(UserAction::Start, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.services.view(ServiceIndex(0)).pending, Some(ActionName::Start));
    stage.run(3 * SECOND);
    assert_eq!(stage.world.calls, ["start p"]);
    assert_eq!(stage.world.said("p").iter().filter(|line| **line == "start action done").count(), 1);
    assert_eq!(stage.status("p"), "OK");

    let mut stage = hurried();
    stage.world.script("start p", Script::hangs());
    stage.run(6 * SECOND);
    stage.ask(UserAction::Start, &["p"]);
    stage.ask(UserAction::Stop, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.status("p"), "Not monitored");
    assert!(stage.world.said("p").contains(&"start action failed"), "{:?}", stage.world.said("p"));
    assert!(stage.services.idle());
}

#[test]
fn a_user_who_starts_what_is_stopping_gets_it_started_afterwards() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    stage.world.script("stop p", slow_stop());
    stage.ask(UserAction::Stop, &["p"]);
    stage.run(6 * SECOND);
    assert_eq!(stage.status("p"), "Not monitored");
    stage.ask(UserAction::Start, &["p"]);
    stage.run(4 * SECOND);
    assert_eq!(stage.world.calls, ["start p", "stop p", "start p"]);
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn the_next_monitor_starts_none_beside_it() {
    for killed_at in [2, 6] {
        let mut stage = hurried();
        stage.world.script("start p", slow_start());
        stage.run(killed_at * SECOND);
        stage.kill_the_monitor();
        stage.run(4 * SECOND);
        assert_eq!(stage.world.calls, ["start p"]);
        stage.run(8 * SECOND);
        assert_eq!(stage.world.calls, ["start p"]);
        assert!(stage.world.doubled.is_empty() && stage.world.beside.is_empty());
        assert_eq!(stage.status("p"), "OK");
    }
    // What hangs is ended by the next one, after three limits all the same.
    let mut stage = hurried();
    stage.world.script("start p", Script::hangs());
    stage.run(6 * SECOND);
    stage.kill_the_monitor();
    stage.run(8 * SECOND);
    assert!(stage.world.signals.is_empty());
    stage.world.obedient("p");
    stage.run(5 * SECOND);
    assert_eq!(stage.world.signals.len(), 1);
    assert_eq!(stage.world.calls.len(), 2);
    // And the restart goes on whose stop has ended while nobody looked.
    let mut stage = one(process("p"));
    stage.cycles(1);
    stage.world.script("stop p", slow_stop());
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(6 * SECOND);
    stage.kill_the_monitor();
    stage.run(4 * SECOND);
    assert_eq!(stage.world.calls, ["start p", "stop p", "start p"]);
}

#[test]
fn a_number_that_another_process_has_is_nobody_to_wait_for() {
    let mut stage = hurried();
    stage.world.script("start p", Script::hangs());
    stage.run(6 * SECOND);
    stage.world.processes.values_mut().for_each(|stat| stat.start += 1);
    stage.world.obedient("p");
    stage.kill_the_monitor();
    // What the program may have left behind has its moment.
    stage.run(4 * SECOND);
    assert_eq!(stage.world.calls.len(), 1);
    stage.run(3 * SECOND);
    assert_eq!(stage.world.calls.len(), 2);
    assert!(stage.world.signals.is_empty());
}

#[test]
fn a_program_that_ends_with_an_error_is_told_before_its_limit() {
    let mut service = process("p");
    service.start = Some(Box::new(command("start p", 60)));
    let mut stage = one(service.clone());
    stage.world.script("start p", Script { stderr: "no", ..Script::exits(3) });
    stage.run(4 * SECOND);
    assert!(!stage.world.told("p").contains(&"Execution failed"), "it may have left something behind");
    stage.run(2 * SECOND);
    assert_eq!(stage.world.said("p").last(), Some(&"failed to start (exit status 3) -- 'start p': no"));
    // What ends well has its time.
    let mut stage = one(service);
    stage.world.script("start p", Script { spawns: Some(("p", 40 * SECOND)), ..Script::exits(0) });
    stage.run(45 * SECOND);
    assert_eq!(stage.world.calls.len(), 1);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Exists"]);
}

#[test]
fn a_slow_program_of_what_is_no_process_goes_on_too() {
    let mut service = file("f", Action::Restart);
    service.start = Some(Box::new(command("start f", 5)));
    let mut stage = watched(service);
    stage.world.files.clear();
    stage.world.script("start f", Script { takes: Some(12 * SECOND), ..Script::default() });
    stage.run(6 * SECOND);
    assert_eq!(stage.world.told("f"), ["Does not exist", "Execution failed"]);
    stage.run(5 * SECOND);
    assert_eq!(stage.world.calls, ["start f"]);
    stage.world.file("/f", 1);
    stage.run(2 * SECOND);
    assert_eq!(stage.status("f"), "OK");
    assert!(stage.world.signals.is_empty());
}

#[test]
fn a_reload_and_what_lingers_do_not_disturb_each_other() {
    let mut stage = hurried();
    stage.world.script("start p", slow_start());
    stage.run(6 * SECOND);
    let mut other = config(vec![process("q"), process("p")], &[]);
    other.settings.poll = Some(2 * SECOND);
    stage.world.obedient("q");
    stage.reload(other);
    stage.run(8 * SECOND);
    assert_eq!(stage.world.calls, ["start p", "start q"]);
    assert_eq!(stage.status("p"), "OK");
    assert!(stage.world.signals.is_empty());
    // The same while its job waits, which ends with what depends on it.
    let mut world = Fake::default();
    ["p", "q"].into_iter().for_each(|name| world.obedient(name));
    let mut stage = Stage::new(config(vec![process("p"), process("q")], &[("q", "p")]), world);
    stage.cycles(2);
    stage.world.script("start p", slow_start());
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(SECOND);
    stage.reload(config(vec![process("p")], &[]));
    stage.run(10 * SECOND);
    assert_eq!(stage.world.calls[2..], ["stop q", "stop p", "start p"]);
    assert_eq!(stage.status("p"), "OK");
    assert!(stage.world.beside.is_empty() && stage.world.signals.is_empty());
    // One whose service is gone is left alone.
    let mut stage = hurried();
    stage.world.script("start p", Script::hangs());
    stage.run(6 * SECOND);
    stage.reload(config(Vec::new(), &[]));
    stage.run(30 * SECOND);
    assert!(stage.world.signals.is_empty() && stage.services.idle());
}

#[test]
fn a_process_that_a_signal_has_stopped_can_obey() {
    let mut stage = one(process("p"));
    stage.cycles(1);
    for action in [UserAction::Restart, UserAction::Stop] {
        stage.world.signals.clear();
        let pid = stage.world.pids["p"];
        stage.world.processes.get_mut(&pid).expect("it runs").stopped = true;
        stage.ask(action, &["p"]);
        stage.run(SECOND);
        assert_eq!(stage.world.signals, [(pid, CONT, false)]);
    }
}

#[test]
fn the_state_file_has_what_it_takes() {
    use super::super::lingering::Lingering;
    let text = "stop 77 4711 30000 66 4242 1";
    let known = Lingering::load(text, ServiceIndex(5), std::time::Instant::now()).expect("a program");
    assert_eq!(known.save().as_deref(), Some(text));
    assert_eq!(
        (known.program, known.then.as_slice()),
        (Some(Identity { pid: 77, start: 4711 }), &[ServiceIndex(5)][..])
    );
    for damaged in ["", "stop", "stop 1 2", "fly 77 4711 30000 66 4242 1", "stop x 4711 30000 66 4242 1"] {
        assert!(Lingering::load(damaged, ServiceIndex(5), std::time::Instant::now()).is_none(), "{damaged}");
    }
}
