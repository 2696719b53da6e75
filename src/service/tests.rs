//! What users see of services, in the scripted world.

use super::fake::{Fake, Script, Stage, command, config, file, process, test};
use super::{MonitorState, SavedState, Services, UserAction};
use crate::config::{
    Action, Backoff, Condition, Config, Every, Exec, ExitWatch, Mode, OnReboot, Operator, Rate, RestartLimit,
    Service,
};
use crate::event::{ActionName, State};
use crate::log::Level;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// One process, obedient.
fn one(service: Service) -> Stage {
    let mut world = Fake::default();
    world.obedient("p");
    Stage::new(config(vec![service], &[]), world)
}

/// One file of one byte.
fn watched(service: Service) -> Stage {
    let mut world = Fake::default();
    world.file("/f", 1);
    Stage::new(config(vec![service], &[]), world)
}

/// The chain a -> b -> c -> d, all up.
fn chain() -> Stage {
    let mut world = Fake::default();
    ["a", "b", "c", "d"].into_iter().for_each(|name| world.obedient(name));
    let services = ["a", "b", "c", "d"].into_iter().map(process).collect();
    let mut stage = Stage::new(config(services, &[("a", "b"), ("b", "c"), ("c", "d")]), world);
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["start d", "start c", "start b", "start a"]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stage.status(name), "OK", "{name}");
    }
    stage.world.calls.clear();
    stage
}

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
    stage.services.shutdown(&mut stage.world);
    assert!(stage.services.idle());
}

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
    assert_eq!(held.status("p"), "Execution failed", "told why it is not there");
    let mut missing = with(Action::Alert);
    missing.world.files.clear();
    missing.world.kill("p");
    missing.cycles(2);
    assert_eq!(missing.world.calls.iter().filter(|call| **call == "start p").count(), 1);
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

#[test]
fn nobody_waits_for_a_hanging_start_to_switch_monitoring_off() {
    let mut stage = one(process("p"));
    stage.world.script("start p", Script::hangs());
    stage.run(SECOND);
    assert_eq!(stage.services.view(0).pending, Some(ActionName::Restart));
    stage.ask(UserAction::Unmonitor, &["p"]);
    assert_eq!(stage.status("p"), "Not monitored");
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["start p"]);
}

#[test]
fn restart_limits_stop_the_restarting() {
    let mut service = process("p");
    service.restart_limits.push(RestartLimit {
        place: Default::default(),
        restarts: 2,
        cycles: 4,
        action: Action::Unmonitor,
    });
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(0));
    stage.cycles(6);
    assert_eq!(stage.world.calls.len(), 2);
    assert_eq!(
        stage.world.said("p").last(),
        Some(&"service restarted 2 times within 2 cycles(s) - unmonitor")
    );
    assert_eq!(stage.status("p"), "Not monitored");
    assert_eq!(stage.world.told("p").last(), Some(&"Timeout"));
}

#[test]
fn passive_services_only_alert() {
    let mut service = process("p");
    service.mode = Mode::Passive;
    let mut stage = one(service);
    stage.cycles(2);
    assert!(stage.world.calls.is_empty());
    assert_eq!(stage.world.events[0].action, ActionName::Alert);
    stage.ask(UserAction::Start, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls, ["start p"]);
}

#[test]
fn exec_runs_at_the_change_and_as_often_as_it_says() {
    let exec = Exec { command: command("hook", 5), repeat: 3 };
    let mut stage = watched(file("f", Action::Exec(Box::new(exec))));
    stage.world.file("/f", 20);
    let mut runs = Vec::new();
    for _ in 0..9 {
        stage.cycles(1);
        runs.push(stage.world.calls.len());
    }
    assert_eq!(runs, [1, 1, 2, 2, 2, 3, 3, 3, 4]);
    let variable = |name: &str| {
        let found = stage.world.environments[0].iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.to_string_lossy().into_owned())
    };
    assert_eq!(variable("MONIT_EVENT").as_deref(), Some("Size failed"));
    assert_eq!(variable("MONIT_SERVICE").as_deref(), Some("f"));
    assert_eq!(variable("MONIT_HOST").as_deref(), Some("box"));
    assert!(variable("MONIT_DESCRIPTION").is_some_and(|text| text.contains("20 B")));
    assert_eq!(variable("MONIT_PROCESS_PID"), None);
}

#[test]
fn an_exec_that_hangs_is_ended_and_delays_nothing() {
    let exec = Exec { command: command("hook", 5), repeat: 0 };
    let mut stage = watched(file("f", Action::Exec(Box::new(exec))));
    stage.world.script("hook", Script::hangs());
    stage.world.file("/f", 20);
    stage.cycles(2);
    assert!(stage.services.idle());
    assert!(stage.world.said("f").iter().any(|line| line.starts_with("exec failed")));
}

#[test]
fn reminders_are_offered_only_when_somebody_could_want_them() {
    let mut config = config(vec![file("f", Action::Alert)], &[]);
    config.settings.alerts.push(crate::config::Alert {
        place: Default::default(),
        address: "a@b".into(),
        events: crate::config::EventSet::ALL,
        reminder: 3,
        format: Default::default(),
    });
    let mut world = Fake::default();
    world.file("/f", 20);
    let mut stage = Stage::new(config, world);
    stage.cycles(7);
    let counts: Vec<u32> = stage.world.events.iter().map(|event| event.count).collect();
    assert_eq!(counts, [1, 3, 6]);
}

#[test]
fn every_n_cycles_is_every_nth() {
    let mut service = file("f", Action::Exec(Box::new(Exec { command: command("hook", 5), repeat: 1 })));
    service.every = Every::Cycles(3);
    let mut stage = watched(service);
    stage.world.file("/f", 20);
    let mut runs = Vec::new();
    for _ in 0..7 {
        stage.cycles(1);
        runs.push(stage.world.calls.len());
    }
    assert_eq!(runs, [1, 1, 1, 2, 2, 2, 3]);
    stage.cycles(1);
    assert_eq!(stage.status("f"), "Waiting");
}

#[test]
fn a_period_of_its_own_does_not_wait_for_cycles() {
    let mut service = file("f", Action::Exec(Box::new(Exec { command: command("hook", 5), repeat: 1 })));
    service.every = Every::Period(4 * SECOND);
    let mut stage = watched(service);
    stage.world.file("/f", 20);
    stage.run(41 * SECOND);
    assert_eq!(stage.world.calls.len(), 11);
}

#[test]
fn cycles_begin_at_a_fixed_rate_and_when_woken() {
    let mut stage = watched(file("f", Action::Alert));
    stage.run(95 * SECOND);
    assert_eq!(stage.services.cycles(), 10);
    stage.services.wake();
    stage.services.wake();
    stage.run(SECOND);
    assert_eq!(stage.services.cycles(), 11);
    // The machine sleeps for an hour: one cycle, not three hundred.
    stage.world.now.mono += 3600 * SECOND;
    stage.run(SECOND);
    assert_eq!(stage.services.cycles(), 12);
    // The wall clock jumps about: nothing happens.
    stage.world.now.wall -= 7200 * SECOND;
    stage.run(SECOND);
    assert_eq!(stage.services.cycles(), 12);
}

#[test]
fn the_start_delay_is_for_the_first_start_after_a_boot() {
    let mut config = config(vec![process("p")], &[]);
    config.settings.start_delay = 30 * SECOND;
    let mut world = Fake::default();
    world.obedient("p");
    let mut stage = Stage::new(config.clone(), world);
    stage.services.wake();
    stage.run(29 * SECOND);
    assert_eq!(stage.services.cycles(), 0, "nothing shortens it");
    stage.run(2 * SECOND);
    assert_eq!(stage.world.calls, ["start p"]);
    let saved = stage.services.saved();
    stage.services =
        Services::new(config.clone(), Some(saved.clone()), Some("boot-1".into()), stage.world.now);
    stage.run(SECOND);
    assert_eq!(stage.services.cycles(), 1);
    stage.services = Services::new(config, Some(saved), Some("boot-2".into()), stage.world.now);
    stage.run(SECOND);
    assert_eq!(stage.services.cycles(), 0);
}

#[test]
fn onreboot_goes_by_the_boot_and_by_nothing_else() {
    let after = |onreboot: OnReboot, was: bool, boot: &str| {
        let mut service = process("p");
        service.onreboot = onreboot;
        let mut stage = one(service.clone());
        stage.services.units[0].monitored = was;
        let saved = stage.services.saved();
        let services =
            Services::new(config(vec![service], &[]), Some(saved), Some(boot.into()), stage.world.now);
        services.view(0).monitor != MonitorState::Not
    };
    for onreboot in [OnReboot::Start, OnReboot::NoStart, OnReboot::LastState] {
        assert!(after(onreboot, true, "boot-1"), "{onreboot:?}: kept within a boot");
        assert!(!after(onreboot, false, "boot-1"), "{onreboot:?}: kept within a boot");
    }
    assert!(after(OnReboot::Start, false, "boot-2"));
    assert!(!after(OnReboot::NoStart, true, "boot-2"));
    assert!(!after(OnReboot::LastState, false, "boot-2"));
    assert!(after(OnReboot::LastState, true, "boot-2"));
}

#[test]
fn an_incident_told_before_a_restart_of_the_monitor_is_not_told_again() {
    let mut stage = watched(file("f", Action::Alert));
    stage.world.file("/f", 20);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Failed), 1);
    let saved = stage.services.saved();
    let config: Config = stage.services.config().clone();
    stage.services = Services::new(config, Some(saved), Some("boot-1".into()), stage.world.now);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Failed), 1);
    stage.world.file("/f", 1);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Succeeded), 1);
}

#[test]
fn a_reload_keeps_what_did_not_change() {
    let counted = |name: &str| {
        let mut service = file(name, Action::Alert);
        service.tests[1].rate = Rate { count: 3, cycles: 3 };
        service
    };
    let mut world = Fake::default();
    world.obedient("p");
    world.file("/f", 20);
    world.file("/g", 20);
    let mut stage = Stage::new(config(vec![counted("f"), counted("g"), process("p")], &[]), world);
    stage.cycles(2);
    stage.ask(UserAction::Unmonitor, &["p"]);
    let mut changed = counted("g");
    changed.tests[1].rate = Rate { count: 4, cycles: 4 };
    let mut new = config(vec![process("p"), counted("f"), changed, file("h", Action::Alert)], &[]);
    new.services[1].tests[1].place.line = 99;
    stage.services.reload(new, stage.world.now, &mut stage.world);
    stage.run(SECOND);
    assert_eq!(stage.world.count("f", State::Failed), 1, "the third result in a row, counters kept");
    assert_eq!(stage.world.count("g", State::Failed), 0, "another test, another count");
    assert_eq!(stage.world.told("h"), ["Does not exist"], "new services are looked at at once");
    assert_eq!(stage.status("p"), "Not monitored");
    assert_eq!(stage.world.calls, ["start p"]);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Failed), 1, "told once");
    stage.services.reload(config(vec![], &[]), stage.world.now, &mut stage.world);
    stage.cycles(1);
    assert_eq!(stage.services.len(), 1);
}

#[test]
fn a_reload_does_not_end_what_is_being_done() {
    let mut stage = one(process("p"));
    stage.world.script(
        "start p",
        Script { spawns: Some(("p", 3 * SECOND)), takes: Some(3 * SECOND), ..Script::default() },
    );
    stage.run(SECOND);
    let again = config(vec![file("f", Action::Alert), process("p")], &[]);
    stage.services.reload(again, stage.world.now, &mut stage.world);
    stage.run(15 * SECOND);
    assert_eq!(stage.world.calls, ["start p"]);
    assert!(stage.world.doubled.is_empty());
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn a_watched_process_is_back_long_before_the_next_cycle() {
    let mut service = process("p");
    service.exitwatch = Some(ExitWatch { on: true, delay: SECOND / 2 });
    let mut stage = one(service);
    stage.world.watching = true;
    stage.cycles(2);
    stage.run(SECOND);
    stage.world.kill("p");
    stage.run(SECOND / 2 + Duration::from_millis(20));
    assert!(stage.world.runs("p"), "{:?}", stage.world.calls);
    assert_eq!(stage.world.told("p"), ["Does not exist", "Exists", "Does not exist"]);
}

#[test]
fn a_kernel_without_pidfds_is_mentioned_once() {
    let mut config = config(vec![process("p"), process("q")], &[]);
    config.settings.exitwatch = Some(ExitWatch { on: true, delay: SECOND });
    let mut world = Fake::default();
    world.obedient("p");
    world.obedient("q");
    let mut stage = Stage::new(config, world);
    stage.cycles(4);
    assert_eq!(stage.world.log.iter().filter(|(level, _)| *level == Level::Warning).count(), 1);
}

#[test]
fn backoff_spaces_automatic_restarts_and_no_others() {
    let mut service = process("p");
    service.backoff = Some(Backoff { first: 2 * SECOND, longest: 300 * SECOND });
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(1));
    stage.run(Duration::from_secs(600));
    let tries = stage.world.calls.len();
    assert!((5..=8).contains(&tries), "{tries} tries in ten minutes");
    stage.ask(UserAction::Start, &["p"]);
    stage.run(SECOND);
    assert_eq!(stage.world.calls.len(), tries + 1, "a user does not wait");
}

#[test]
fn the_state_file_is_due_when_something_changed_and_only_then() {
    let mut stage = one(process("p"));
    assert!(stage.services.dirty(), "the boot is new");
    stage.cycles(3);
    stage.services.dirty();
    stage.cycles(5);
    assert!(!stage.services.dirty());
    stage.ask(UserAction::Unmonitor, &["p"]);
    assert!(stage.services.dirty(), "at once");
    let saved: SavedState = stage.services.saved();
    assert!(!saved.services[0].monitored);
}

#[test]
fn patterns_find_whole_names() {
    let stage = Stage::new(config(vec![process("p1"), process("p2"), process("P10")], &[]), Fake::default());
    assert_eq!(stage.services.find("p[12]"), [0, 1]);
    assert_eq!(stage.services.find("P1"), [0]);
    assert_eq!(stage.services.find("p1.*"), [0, 2]);
    assert!(stage.services.find("p(").is_empty());
}

#[test]
fn tests_of_a_service_are_told_apart() {
    let mut service = file("f", Action::Alert);
    service.tests.push(test(Condition::Size(Operator::Greater, 100), Action::Alert));
    let mut stage = watched(service);
    stage.world.file("/f", 50);
    stage.cycles(2);
    assert_eq!(stage.world.count("f", State::Failed), 1);
    stage.world.file("/f", 500);
    stage.cycles(2);
    assert_eq!(stage.world.count("f", State::Failed), 2);
    assert_eq!(stage.status("f"), "Size failed");
    assert!(stage.services.view(0).test_failed(2));
}
