//! Starting, stopping and restarting one service, for users and for tests.

use super::*;

#[test]
fn a_missing_process_is_started_and_told_twice() {
    let mut stage = one(process("p"));
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["start p"]);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Exists"]);
    assert_eq!(
        stage.world.said("p"),
        [
            "process is not running",
            "trying to restart",
            "start: 'start p'",
            "process is running with pid 101"
        ]
    );
    assert_eq!(stage.world.events[0].action, ActionName::Restart);
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn a_restart_of_ours_is_no_news_of_a_pid() {
    let mut service = process("p");
    service.tests.push(test(Condition::PidChanged, Action::Alert));
    service.tests.push(test(Condition::PpidChanged, Action::Alert));
    let mut stage = one(service);
    stage.cycles(3);
    stage.ask(UserAction::Restart, &["p"]);
    stage.cycles(2);
    stage.world.kill("p");
    stage.cycles(2);
    let news =
        |stage: &Stage| stage.world.told("p").iter().filter(|title| title.ends_with("ID changed")).count();
    assert_eq!(news(&stage), 0, "{:?}", stage.world.told("p"));
    stage.world.kill("p");
    stage.world.spawn("p");
    stage.cycles(2);
    assert_eq!(news(&stage), 1, "{:?}", stage.world.told("p"));
    let pid = stage.world.pids["p"];
    stage.world.processes.get_mut(&pid).expect("it runs").ppid = 77;
    stage.cycles(1);
    assert_eq!(news(&stage), 2, "another parent is news, too");
}

#[test]
fn a_killed_process_comes_back_within_a_cycle() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    stage.world.kill("p");
    stage.cycles(2);
    assert_eq!(stage.world.calls, ["start p", "start p"]);
    assert!(stage.world.doubled.is_empty());
    assert_eq!(stage.world.told("p").len(), 4);
}

#[test]
fn users_are_served_at_once_and_answered() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls, ["start p", "stop p", "start p"]);
    assert_eq!(stage.world.told("p").last(), Some(&"Action done"));
    assert!(stage.world.said("p").contains(&"restart action done"));
    stage.ask(UserAction::Stop, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.status("p"), "Not monitored");
    stage.cycles(3);
    assert_eq!(stage.world.calls.last().map(String::as_str), Some("stop p"), "stopped stays stopped");
    stage.ask(UserAction::Start, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.status("p"), "OK", "a start is looked at without waiting for the cycle");
    assert!(stage.world.doubled.is_empty());
}

#[test]
fn conflicting_requests_are_carried_out_in_order() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    stage.world.calls.clear();
    let slow = Script { kills: Some(("p", 2 * SECOND)), takes: Some(2 * SECOND), ..Script::default() };
    stage.world.script("stop p", slow);
    stage.ask(UserAction::Stop, &["p"]);
    stage.ask(UserAction::Start, &["p"]);
    stage.ask(UserAction::Restart, &["p"]);
    stage.ask(UserAction::Unmonitor, &["p"]);
    stage.run(9 * SECOND);
    assert_eq!(stage.world.calls, ["stop p", "start p", "stop p", "start p"]);
    assert_eq!(stage.world.told("p").iter().filter(|title| **title == "Action done").count(), 4);
    assert_eq!(stage.status("p"), "Not monitored");
    assert!(stage.world.runs("p"));
}

#[test]
fn a_failed_start_is_told_once_and_tried_in_every_cycle() {
    let mut stage = one(process("p"));
    stage.world.script("start p", Script { stderr: "err msg\n", ..Script::exits(7) });
    stage.cycles(4);
    assert_eq!(stage.world.calls.len(), 4);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Execution failed"]);
    assert_eq!(&*stage.world.events[1].description, "failed to start (exit status 7) -- 'start p': err msg");
    stage.world.obedient("p");
    stage.cycles(2);
    let told = stage.world.told("p");
    assert_eq!(told[2..], ["Execution succeeded", "Exists"]);
}

#[test]
fn what_appears_late_is_started_whatever_the_program_said() {
    let mut stage = one(process("p"));
    stage.world.script("start p", Script { spawns: Some(("p", 2 * SECOND)), ..Script::exits(3) });
    stage.cycles(2);
    assert_eq!(stage.world.calls, ["start p"]);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Exists"]);
}

#[test]
fn programs_that_do_not_work_are_told_in_the_words_of_the_reference() {
    let cases = [
        (Script { missing: true, ..Script::default() }, "Program start failed: File 'start' does not exist"),
        (Script::hangs(), "Program 'start p' timed out after 5 s"),
        (Script { stderr: "hello\n", ..Script::hangs() }, "'start p': Program timed out -- hello"),
    ];
    for (script, why) in cases {
        let mut stage = one(process("p"));
        stage.world.script("start p", script);
        stage.cycles(1);
        let text = format!("failed to start (exit status -1) -- {why}");
        assert_eq!(stage.world.said("p").last(), Some(&text.as_str()));
    }
    let mut stage = one(process("p"));
    stage.world.script("start p", Script::exits(1));
    stage.cycles(1);
    assert_eq!(stage.world.said("p").last(), Some(&"failed to start (exit status 1) -- no output"));
}

#[test]
fn a_program_that_is_the_service_is_not_ended() {
    let mut stage = one(process("p"));
    stage.world.script("start p", Script { spawns: Some(("p", SECOND)), ..Script::hangs() });
    stage.cycles(5);
    assert_eq!(stage.world.calls, ["start p"]);
    assert_eq!(stage.status("p"), "OK");
    assert!(stage.services.idle());
}

#[test]
fn what_dies_before_its_start_program_ends_was_never_started() {
    let mut stage = one(process("p"));
    let script = Script {
        spawns: Some(("p", Duration::ZERO)),
        kills: Some(("p", SECOND)),
        takes: Some(2 * SECOND),
        status: 1,
        ..Script::default()
    };
    stage.world.script("start p", script);
    stage.cycles(4);
    assert_eq!(stage.world.calls.len(), 4);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Execution failed"], "no flood of coming and going");
}

#[test]
fn a_program_whose_pidfile_names_itself_need_not_end() {
    let mut stage = one(process("p"));
    let script = Script { spawns: Some(("p", SECOND)), is_service: true, ..Script::hangs() };
    stage.world.script("start p", script);
    stage.run(2 * SECOND);
    assert_eq!(stage.status("p"), "OK", "long before the time limit");
    stage.cycles(3);
    assert!(stage.world.runs("p"));
    assert_eq!(stage.world.calls, ["start p"]);
}

#[test]
fn a_stop_that_does_not_work_is_told_and_monitoring_ends_all_the_same() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    stage.world.script("stop p", Script { stderr: "cannot stop", ..Script::exits(5) });
    stage.ask(UserAction::Stop, &["p"]);
    stage.run(6 * SECOND);
    let told = stage.world.told("p");
    assert_eq!(told[2..], ["Execution failed", "Action done"]);
    let failed = &stage.world.events[2];
    assert_eq!(&*failed.description, "failed to stop (exit status 5) -- 'stop p': cannot stop");
    assert_eq!(&*stage.world.events[3].description, "stop action failed");
    assert_eq!(stage.status("p"), "Not monitored");
}

#[test]
fn a_restart_program_is_used_where_there_is_one() {
    let mut service = process("p");
    service.restart = Some(Box::new(command("restart p", 5)));
    let mut stage = one(service);
    let again = Script {
        kills: Some(("p", SECOND)),
        spawns: Some(("p", SECOND)),
        takes: Some(SECOND),
        ..Script::default()
    };
    stage.world.script("restart p", again);
    stage.cycles(2);
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(3 * SECOND);
    assert_eq!(stage.world.calls, ["restart p", "restart p"]);
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn hanging_starts_delay_nobody_else() {
    let mut world = Fake::default();
    world.obedient("p");
    let names = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7"];
    let mut services: Vec<Service> = names.iter().map(|name| process(name)).collect();
    for name in names {
        world.script(&format!("start {name}"), Script::hangs());
    }
    for service in &mut services {
        service.start = Some(Box::new(command(&format!("start {}", service.name), 60)));
    }
    services.push(process("p"));
    let mut stage = Stage::new(config(services, &[]), world);
    stage.run(SECOND);
    assert_eq!(stage.world.calls.len(), 9, "all are started side by side");
    stage.cycles(1);
    assert_eq!(stage.status("p"), "OK");
    stage.world.kill("p");
    stage.cycles(1);
    assert!(stage.world.runs("p"));
    stage.cycles(3);
    assert_eq!(stage.world.calls.iter().filter(|call| **call == "start h0").count(), 1, "no second copy");
    stage.services.shutdown(Turn::new(stage.world.now, &mut stage.world));
    assert!(stage.services.idle());
}

#[test]
fn nobody_waits_for_a_hanging_start_to_switch_monitoring_off() {
    let mut stage = one(process("p"));
    stage.world.script("start p", Script::hangs());
    stage.run(SECOND);
    assert_eq!(stage.services.view(ServiceIndex(0)).pending, Some(ActionName::Restart));
    stage.ask(UserAction::Unmonitor, &["p"]);
    assert_eq!(stage.status("p"), "Not monitored");
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["start p"]);
}

#[test]
fn a_pid_that_changed_while_nobody_looked_is_no_news() {
    let mut service = process("p");
    service.tests.push(test(Condition::PidChanged, Action::Alert));
    let mut stage = one(service);
    stage.cycles(2);
    stage.ask(UserAction::Unmonitor, &["p"]);
    stage.cycles(1);
    stage.world.kill("p");
    stage.world.spawn("p");
    stage.ask(UserAction::Monitor, &["p"]);
    stage.cycles(2);
    assert!(!stage.world.told("p").contains(&"PID changed"), "{:?}", stage.world.told("p"));
    stage.world.kill("p");
    stage.world.spawn("p");
    stage.cycles(1);
    assert_eq!(stage.world.told("p").last(), Some(&"PID changed"), "somebody else did that");
}

#[test]
fn workers_that_a_signal_has_stopped_go_on_before_their_parent_ends() {
    let mut stage = one(process("p"));
    stage.cycles(1);
    let pid = stage.world.pids["p"];
    let parent = stage.world.processes[&pid];
    for (child, ppid, stopped) in [(7001, pid, true), (7002, pid, false), (7003, 7002, true), (7004, 1, true)]
    {
        let stat = crate::machine::ProcessStat { pid: child, ppid, start: 5, stopped, ..parent };
        stage.world.processes.insert(child, stat);
    }
    stage.world.processes.get_mut(&pid).expect("it runs").stopped = true;
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(SECOND);
    let told: Vec<i32> = stage.world.signals.iter().map(|(pid, ..)| *pid).collect();
    assert_eq!(told, [7003, 7001, pid]);
}
