//! When services are looked at and restarted.

use super::*;

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
    assert_eq!(stage.status("f"), "Size failed", "what was found stays until the next look");
    assert_eq!(stage.services.view(ServiceIndex(0)).monitor, MonitorState::Waiting);
}

#[test]
fn a_user_does_not_make_us_look_at_an_hour_at_which_nobody_is_to_look() {
    for every in [Every::NotCron(cron("* * * * *")), Every::Cron(cron("0 0 31 2 *"))] {
        let mut service = file("f", Action::Alert);
        service.every = every;
        let mut stage = watched(service);
        stage.world.file("/f", 20);
        stage.cycles(1);
        stage.ask(UserAction::Unmonitor, &["f"]);
        stage.ask(UserAction::Monitor, &["f"]);
        stage.cycles(2);
        assert_eq!(stage.world.count("f", State::Failed), 0);
        assert_eq!(stage.status("f"), "Waiting");
    }
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
    assert_eq!(stage.world.told("p"), ["Does not exist", "Exists", "Does not exist", "Exists"]);
}

#[test]
fn an_end_during_the_start_delay_waits_for_it_and_the_loop_sleeps() {
    let mut config = config(vec![process("p"), process("q")], &[("q", "p")]);
    config.settings.start_delay = 60 * SECOND;
    config.settings.exitwatch = Some(ExitWatch { on: true, delay: SECOND });
    let mut world = Fake::default();
    world.watching = true;
    world.obedient("p");
    world.obedient("q");
    let mut stage = Stage::new(config, world);
    stage.ask(UserAction::Restart, &["p"]);
    stage.run(5 * SECOND);
    assert!(stage.world.runs("p") && stage.world.runs("q"), "{:?}", stage.world.calls);
    stage.world.kill("p");
    stage.run(SECOND / 2);
    // The moment of the check passes; it comes with the first cycle, and nobody turns in circles until then.
    stage.world.now.mono += 2 * SECOND;
    stage.services.turn(Turn::new(stage.world.now, &mut stage.world));
    let next = stage.services.deadline().expect("a first cycle");
    assert!(next > stage.world.now.mono + 30 * SECOND, "the loop would spin");
    stage.run(60 * SECOND);
    assert!(stage.world.runs("p"));
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
fn a_parent_gets_a_moment_to_take_note_of_an_end() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    let pid = stage.world.pids["p"];
    stage.world.processes.get_mut(&pid).expect("the process").zombie = true;
    stage.run(SECOND / 2);
    stage.world.kill("p");
    stage.run(2 * SECOND);
    assert!(stage.world.runs("p"), "started again as soon as it is gone");
    assert!(!stage.world.told("p").contains(&"Data access error"));
    let pid = stage.world.pids["p"];
    stage.world.processes.get_mut(&pid).expect("the process").zombie = true;
    stage.cycles(3);
    assert_eq!(stage.world.told("p").iter().filter(|title| **title == "Data access error").count(), 1);
    assert_eq!(stage.world.calls.len(), 2, "a zombie is there");
}

#[test]
fn a_parent_that_takes_note_at_once_costs_milliseconds() {
    let mut service = process("p");
    service.exitwatch = Some(ExitWatch { on: true, delay: Duration::ZERO });
    let mut world = Fake::default();
    world.watching = true;
    world.obedient("p");
    let mut stage = Stage::new(config(vec![service], &[]), world);
    stage.cycles(2);
    let pid = stage.world.pids["p"];
    stage.world.processes.get_mut(&pid).expect("the process").zombie = true;
    stage.run(Duration::from_millis(1));
    assert_eq!(stage.world.calls.len(), 1, "still a zombie");
    stage.world.kill("p");
    stage.run(Duration::from_millis(3));
    assert!(stage.world.runs("p"), "{:?}", stage.world.calls);
}
