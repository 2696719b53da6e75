//! Why a service is as it is, and what happens next.

use super::*;
use crate::service::{Ahead, BaseState, RuleRef, Standing, Wait, Why};

fn why(stage: &Stage, name: &str) -> Why {
    stage.services.why(stage.index(name), stage.world.now)
}

/// The pause to the next check.
fn check(stage: &Stage, name: &str) -> Option<Duration> {
    let checks = |next: &Ahead| if let Ahead::Check(pause) = next { Some(*pause) } else { None };
    why(stage, name).next.iter().find_map(checks)
}

#[test]
fn a_test_counts_up_until_it_is_failed() {
    let mut service = file("f", Action::Alert);
    service.tests.iter_mut().for_each(|test| test.rate = Rate { count: 2, cycles: 3 });
    let mut stage = watched(service);
    stage.cycles(1);
    assert_eq!(why(&stage, "f").causes, []);
    stage.world.file("/f", 20);
    stage.cycles(1);
    let [cause] = why(&stage, "f").causes[..] else { panic!("one cause") };
    assert_eq!((cause.standing, cause.bad, cause.rate.count), (Standing::Suspicious, 1, 2));
    assert!(matches!(cause.rule, RuleRef::Test(_)));
    stage.cycles(3);
    let [cause] = why(&stage, "f").causes[..] else { panic!("one cause") };
    assert_eq!((cause.standing, cause.cycles, cause.then), (Standing::Failed, 3, ActionName::Alert));
}

#[test]
fn the_next_check_is_when_the_schedule_says() {
    let mut service = file("f", Action::Alert);
    service.every = Every::Cycles(3);
    let mut stage = watched(service.clone());
    stage.cycles(1);
    let pause = check(&stage, "f").expect("a check");
    assert!(
        pause >= 20 * SECOND && pause <= 30 * SECOND,
        "two cycles of ten seconds are left out: {pause:?}"
    );
    service.every = Every::Period(4 * SECOND);
    let mut stage = watched(service.clone());
    stage.run(SECOND);
    assert!(check(&stage, "f").is_some_and(|pause| pause <= 4 * SECOND));
    for (line, within) in [("* * * * *", 60), ("0 * * * *", 3600), ("0 3 * * *", 86_400)] {
        service.every = Every::Cron(cron(line));
        let mut stage = watched(service.clone());
        stage.cycles(1);
        let pause = check(&stage, "f").expect("a check");
        assert!(!pause.is_zero() && pause <= within * SECOND, "{line}: {pause:?}");
        stage.run(pause);
        assert!(check(&stage, "f").is_some_and(|later| later > SECOND), "{line}: that was the time");
    }
    service.every = Every::Cron(cron("0 0 31 2 *"));
    let mut stage = watched(service);
    stage.cycles(1);
    assert_eq!(why(&stage, "f").next, [Ahead::CheckBySchedule]);
}

#[test]
fn times_without_checks_put_off_only_what_is_in_them() {
    let mut service = file("f", Action::Alert);
    service.every = Every::NotCron(cron("0 0 31 2 *"));
    let mut stage = watched(service.clone());
    for _ in 0..7 {
        stage.cycles(1);
        let pause = check(&stage, "f").expect("a check");
        assert!(pause <= 10 * SECOND, "it is in the next cycle: {pause:?}");
    }
    service.every = Every::NotCron(cron("* * * * *"));
    let mut stage = watched(service);
    stage.cycles(1);
    assert_eq!(why(&stage, "f").next, [Ahead::CheckBySchedule], "never");
}

#[test]
fn a_restart_waits_for_the_backoff_and_counts_for_the_limit() {
    let mut service = process("p");
    service.backoff = Some(Backoff { first: 20 * SECOND, longest: 60 * SECOND });
    let limit = RestartLimit { place: Default::default(), restarts: 5, cycles: 9, action: Action::Unmonitor };
    service.restart_limits.push(limit);
    let mut world = Fake::default();
    world.script("start p", Script::exits(1));
    let mut stage = Stage::new(config(vec![service], &[]), world);
    stage.cycles(1);
    let restart = |next: &Ahead| if let Ahead::Restart(pause) = next { Some(*pause) } else { None };
    let pause = why(&stage, "p").next.iter().find_map(restart).expect("it waits");
    assert!(pause <= 25 * SECOND && pause > 5 * SECOND, "{pause:?}");
    stage.run(40 * SECOND);
    let counts = |next: &Ahead| if let Ahead::Limit(0, starts, _) = next { Some(*starts) } else { None };
    assert!(why(&stage, "p").next.iter().find_map(counts).is_some_and(|starts| starts >= 1));
}

#[test]
fn who_waits_for_whom_is_said() {
    let exec = Action::Exec(Box::new(Exec { command: command("hook", 5), repeat: 1 }));
    let services = vec![file("a", exec), file("b", Action::Alert), file("c", Action::Alert)];
    let mut world = Fake::default();
    ["/a", "/b", "/c"].into_iter().for_each(|path| world.file(path, 20));
    let mut stage = Stage::new(config(services, &[("b", "a"), ("c", "b")]), world);
    stage.cycles(1);
    let base = |name: &str, state| Wait::Base(stage.index(name).0, state);
    assert_eq!(why(&stage, "b").waits, [base("a", BaseState::Failed)]);
    assert_eq!(why(&stage, "c").waits, [base("b", BaseState::Waiting)]);
    stage.ask(UserAction::Unmonitor, &["c"]);
    stage.cycles(1);
    assert_eq!(why(&stage, "c"), Why { untold: vec![0, 1], ..Why::default() }, "nobody looks");
}

#[test]
fn a_program_over_its_limit_is_named_with_its_end() {
    let mut service = process("p");
    service.start = Some(Box::new(command("start p", 10)));
    let mut world = Fake::default();
    world.script("start p", Script::hangs());
    let mut stage = Stage::new(config(vec![service], &[]), world);
    stage.run(5 * SECOND);
    let program = |stage: &Stage| {
        let all = why(stage, "p").waits;
        all.into_iter().find_map(|wait| match wait {
            Wait::Program { word, runs, ended_in, .. } => Some((word, runs, ended_in)),
            _ => None,
        })
    };
    let (word, runs, ended_in) = program(&stage).expect("it runs");
    assert_eq!((word, ended_in), ("start", None));
    assert!(runs <= 5 * SECOND);
    stage.run(10 * SECOND);
    let (_, _, ended_in) = program(&stage).expect("it still runs");
    assert!(ended_in.is_some_and(|rest| rest <= 20 * SECOND && rest > 10 * SECOND), "{ended_in:?}");
}

#[test]
fn what_a_user_stops_is_not_said_to_be_started_again() {
    let mut service = file("f", Action::Alert);
    service.stop = Some(Box::new(command("stop f", 30)));
    let mut world = Fake::default();
    world.file("/f", 1);
    world.script("stop f", Script::hangs());
    let mut stage = Stage::new(config(vec![service], &[]), world);
    stage.cycles(1);
    stage.ask(UserAction::Stop, &["f"]);
    stage.run(2 * SECOND);
    let waits = why(&stage, "f").waits;
    let [Wait::Action(ActionName::Stop, true), Wait::Program { word: "stop", .. }] = waits[..] else {
        panic!("its own stop: {waits:?}")
    };
}

#[test]
fn of_a_service_that_is_not_there_nothing_is_said() {
    let stage = watched(file("f", Action::Alert));
    assert_eq!(stage.services.why(ServiceIndex(99), stage.world.now), Why::default());
}
