//! What tests lead to: limits, modes, programs, reminders.

use super::*;

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

fn limit(restarts: u32, cycles: u32, action: Action) -> RestartLimit {
    RestartLimit { place: Default::default(), restarts, cycles, action }
}

#[test]
fn each_restart_limit_has_an_incident_and_an_action_of_its_own() {
    let exec = Action::Exec(Box::new(Exec { command: command("hook", 5), repeat: 0 }));
    let mut service = process("p");
    service.restart_limits = vec![limit(2, 3, exec), limit(4, 6, Action::Unmonitor)].into();
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(0));
    stage.cycles(8);
    assert_eq!(stage.world.calls, ["start p", "start p", "hook", "start p", "start p"]);
    assert_eq!(stage.status("p"), "Not monitored");
    let timeouts = stage.world.events.iter().filter(|event| event.kind == EventKind::Timeout);
    let timeouts: Vec<_> = timeouts.map(|event| (event.action, event.count)).collect();
    assert_eq!(timeouts, [(ActionName::Exec, 1), (ActionName::Unmonitor, 1)]);
}

#[test]
fn a_service_that_came_up_has_done_with_its_limit() {
    let mut service = process("p");
    service.restart_limits = vec![limit(2, 30, Action::Alert)].into();
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(0));
    stage.cycles(4);
    stage.world.obedient("p");
    stage.cycles(10);
    let told = stage.world.events.iter().filter(|event| event.kind == EventKind::Timeout && event.count <= 1);
    let told: Vec<State> = told.map(|event| event.state).collect();
    assert_eq!(told, [State::Failed, State::Succeeded]);
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn the_limit_of_a_file_ends_with_what_it_was_restarted_for() {
    let mut service = file("f", Action::Restart);
    service.restart_limits = vec![limit(2, 30, Action::Alert)].into();
    let mut stage = watched(service);
    stage.world.file("/f", 20);
    stage.cycles(10);
    let timeouts = |stage: &Stage| -> Vec<State> {
        let events = stage.world.events.iter();
        let told = events.filter(|event| event.kind == EventKind::Timeout && event.count <= 1);
        told.map(|event| event.state).collect()
    };
    assert_eq!(timeouts(&stage), [State::Failed], "it is there all the time, and that is no recovery");
    stage.world.file("/f", 1);
    stage.cycles(3);
    assert_eq!(timeouts(&stage), [State::Failed, State::Succeeded]);
    assert_eq!(stage.status("f"), "OK");
}

#[test]
fn limits_outlive_the_monitor() {
    let mut service = process("p");
    service.restart_limits = vec![limit(2, 30, Action::Alert), limit(4, 30, Action::Unmonitor)].into();
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(0));
    stage.cycles(3);
    stage.restart_the_monitor();
    stage.cycles(3);
    assert_eq!(stage.status("p"), "Not monitored");
    assert_eq!(stage.world.count("p", State::Failed), 4, "{:?}", stage.world.told("p"));
}

#[test]
fn a_bad_result_shows_before_it_counts() {
    let mut service = file("f", Action::Alert);
    service.tests[1].rate = Rate { count: 3, cycles: 3 };
    service.tests[1].recovery_rate = Rate { count: 2, cycles: 2 };
    let mut stage = watched(service);
    let mut shown = Vec::new();
    for size in [1, 20, 1, 20, 20, 20, 1, 1] {
        stage.world.file("/f", size);
        stage.cycles(1);
        shown.push(stage.status("f") == "OK");
    }
    assert_eq!(shown, [true, false, true, false, false, false, false, true]);
    assert_eq!(stage.world.count("f", State::Failed), 1);
}

#[test]
fn each_restart_limit_is_told_and_obeyed() {
    let mut service = process("p");
    let limit =
        |restarts, cycles, action| RestartLimit { place: Default::default(), restarts, cycles, action };
    service.restart_limits = vec![limit(2, 3, Action::Alert), limit(4, 6, Action::Unmonitor)].into();
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(0));
    stage.cycles(9);
    assert_eq!(stage.world.calls.len(), 4);
    assert_eq!(stage.status("p"), "Not monitored");
    let told = ["Does not exist", "Execution failed", "Timeout", "Timeout"];
    assert_eq!(stage.world.told("p"), told);
    assert_eq!(stage.world.events[3].action, ActionName::Unmonitor);
}

#[test]
fn the_end_of_changes_of_an_output_is_told_where_an_else_may_stand() {
    for (condition, told) in [
        (Condition::ProgramOutputNotChanged, vec!["Content match", "Content doesn't match"]),
        (Condition::ProgramStatusChanged, vec!["Status changed"]),
    ] {
        let mut service = file("f", Action::Alert);
        service.tests = vec![test(condition.clone(), Action::Alert)];
        let mut stage = watched(service);
        let mut world = Fake::default();
        for outcome in [Outcome::Changed, Outcome::NotChanged, Outcome::NotChanged] {
            let verdict =
                Verdict { test: TestRef::Test(0), outcome, message: "m".into(), bare: false, evidence: None };
            let report = Report { presence: Presence::Present, verdicts: vec![verdict], identity: None };
            let now = world.now;
            let mut turn = Turn::new(now, &mut world);
            stage.services.roster.one(ServiceIndex(0)).apply(&report, false, &mut turn);
            stage.services.hand_over(&mut turn);
        }
        assert_eq!(world.told("f"), told);
    }
}

#[test]
fn the_log_tells_that_a_program_was_cut_short_though_only_its_output_is_tested() {
    let check = crate::config::ProgramCheck { command: command("probe x", 3) };
    let mut service = Service::new("pr", crate::config::Subject::Program(Box::new(check)));
    let content = Condition::ProgramContent(crate::config::StringOperator::Match, "fine".into());
    service.tests.push(test(content, Action::Alert));
    let mut stage = one(service);
    stage.world.script("probe x", Script::hangs());
    stage.run(4 * SECOND);
    assert_eq!(stage.world.said("pr"), ["program timed out after 3 s and was ended with its group"]);
}

#[test]
fn at_the_end_nobody_waits_for_the_program_of_a_check() {
    let check = crate::config::ProgramCheck { command: command("probe x", 30) };
    let mut stage = one(Service::new("pr", crate::config::Subject::Program(Box::new(check))));
    stage.world.script("probe x", Script::hangs());
    stage.run(SECOND);
    assert!(!stage.services.idle());
    stage.services.stop_all(Turn::new(stage.world.now, &mut stage.world));
    assert!(stage.services.idle());
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
    assert!(stage.services.view(ServiceIndex(0)).test_failed(2));
}
