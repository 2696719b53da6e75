//! What is left of a silence when it is over: what is made up for, and what is lifted because nobody wants it any more.

use super::silences::{MINUTE, maintenance, order};
use super::*;
use crate::config::Covered;
use crate::service::Order;

fn exec(name: &str) -> Action {
    Action::Exec(Box::new(Exec { command: command(name, 5), repeat: 0 }))
}

fn holding(pattern: &str, time: Duration) -> Order {
    Order { hold_actions: true, ..order(pattern, time) }
}

#[test]
fn what_is_made_up_for_says_why() {
    let mut service = file("f", Action::Alert);
    service.tests[1].recovery = exec("tell");
    let mut stage = watched(service);
    stage.world.quiet = true;
    stage.world.script("tell", Script::exits(0));
    stage.world.file("/f", 20);
    stage.cycles(2);
    stage.silence(holding("f", MINUTE));
    stage.world.file("/f", 1);
    stage.cycles(3);
    assert!(stage.world.calls.is_empty(), "{:?}", stage.world.calls);
    stage.run(2 * MINUTE);
    assert_eq!(stage.world.calls, ["tell"]);
    let environment = &stage.world.environments[0];
    let description = environment.iter().find(|(name, _)| name == "MONIT_DESCRIPTION");
    assert!(description.is_some_and(|(_, text)| !text.is_empty()), "{description:?}");
    assert!(stage.services.roster.units[0].withheld.is_none(), "nothing is left of it");
}

#[test]
fn the_silence_of_a_statement_that_is_gone_does_not_outlive_the_monitor() {
    let mut world = Fake::default();
    world.file("/f", 1);
    let now = world.now.unix_secs();
    let local = crate::sys::localtime::local(now);
    let minute = ((now + i64::from(local.utc_offset_secs)) / 60 - 2).rem_euclid(60) as u32;
    let mut config = config(vec![file("f", Action::Alert)], &[]);
    config.settings.maintenance = vec![maintenance(minute, 30 * MINUTE, Covered::Pattern("f".into()))];
    let mut stage = Stage::new(config.clone(), world);
    stage.cycles(1);
    stage.silence(order("g", 30 * MINUTE));
    assert_eq!(stage.services.silences().len(), 2);
    config.settings.maintenance.clear();
    let saved = stage.services.saved();
    stage.services = Services::new(config, Some(saved), Some("boot-1".into()), stage.world.now);
    stage.cycles(2);
    let left: Vec<u32> = stage.services.silences().iter().map(|silence| silence.id).collect();
    assert_eq!(left, [2], "that of a user goes on");
    assert!(stage.log_has("Silence 1 of 'f' is lifted, its statement is gone"), "{:?}", stage.world.log);
    stage.world.file("/f", 20);
    stage.cycles(2);
    assert_eq!(stage.heard("f"), [State::Failed]);
}

#[test]
fn the_recovery_of_what_was_told_is_told_though_a_user_has_taken_the_service_in_hand() {
    for recovers in [true, false] {
        let mut stage = watched(file("f", Action::Alert));
        stage.world.file("/f", 20);
        stage.cycles(2);
        stage.silence(order("f", 5 * MINUTE));
        stage.world.file("/f", 1);
        stage.cycles(2);
        stage.ask(UserAction::Unmonitor, &["f"]);
        stage.cycles(1);
        stage.ask(UserAction::Monitor, &["f"]);
        if !recovers {
            stage.world.file("/f", 20);
        }
        stage.run(10 * MINUTE);
        let told: &[State] = if recovers { &[State::Failed, State::Succeeded] } else { &[State::Failed] };
        assert_eq!(stage.heard("f"), told);
    }
}

#[test]
fn the_action_for_what_failed_recovered_and_failed_again_is_made_up_for() {
    let mut service = file("f", exec("tell"));
    service.tests[1].recovery = Action::Alert;
    let mut stage = watched(service);
    stage.world.script("tell", Script::exits(0));
    stage.world.file("/f", 20);
    stage.cycles(3);
    stage.silence(holding("f", 2 * MINUTE));
    for size in [1, 20] {
        stage.world.file("/f", size);
        stage.cycles(2);
    }
    stage.kill_the_monitor();
    stage.cycles(2);
    assert_eq!(stage.world.calls, ["tell"]);
    stage.run(3 * MINUTE);
    assert_eq!(stage.world.calls, ["tell", "tell"], "once");
    assert_eq!(stage.heard("f"), [State::Failed], "they know");
    stage.world.file("/f", 1);
    stage.cycles(2);
    assert_eq!(stage.heard("f"), [State::Failed, State::Succeeded]);
    assert!(stage.services.roster.units[0].withheld.is_none());
}

/// So many files, each too large and silent.
fn silent_troubles(count: usize) -> Stage {
    let files: Vec<Service> = (0..count).map(|at| file(&format!("f{at}"), Action::Alert)).collect();
    let mut world = Fake::default();
    (0..count).for_each(|at| world.file(&format!("/f{at}"), 1));
    let mut stage = Stage::new(config(files, &[]), world);
    stage.cycles(2);
    stage.silence(order("f.*", 60 * MINUTE));
    (0..count).for_each(|at| stage.world.file(&format!("/f{at}"), 20));
    stage.cycles(3);
    assert!(stage.world.events.is_empty());
    stage
}

#[test]
fn many_are_told_piece_by_piece() {
    let mut stage = silent_troubles(200);
    stage.unsilence(1);
    stage.world.late_after = Some(0);
    let mut turns = 0;
    while stage.world.events.len() < 200 {
        let before = stage.world.events.len();
        stage.turn();
        let told = stage.world.events.len() - before;
        // Sixteen, and that of a check which ends in this turn.
        assert!((1..=17).contains(&told), "{told} in one turn");
        let at_once = stage.services.deadline().is_some_and(|at| at <= stage.world.now.mono);
        assert!(at_once || stage.world.events.len() == 200, "the rest waits for something");
        turns += 1;
    }
    assert!(turns >= 12, "{turns}");
}

#[test]
fn what_has_no_room_is_told_later() {
    let mut stage = silent_troubles(50);
    stage.world.room = 10;
    stage.unsilence(1);
    stage.turn();
    stage.cycles(3);
    assert_eq!(stage.world.events.len(), 10);
    stage.kill_the_monitor();
    stage.cycles(3);
    assert_eq!(stage.world.events.len(), 10, "it waits in the state file, too");
    stage.world.room = 40;
    stage.cycles(3);
    stage.world.room = usize::MAX;
    stage.cycles(3);
    let mut told: Vec<_> = stage.world.events.iter().map(|event| event.service.clone()).collect();
    told.sort();
    told.dedup();
    assert_eq!((told.len(), stage.world.events.len()), (50, 50), "each once");
}

#[test]
fn each_restart_limit_has_a_story_of_its_own() {
    let limit = |restarts, cycles| RestartLimit {
        place: Default::default(),
        restarts,
        cycles,
        action: Action::Alert,
    };
    let mut service = process("p");
    service.restart_limits = vec![limit(2, 3), limit(4, 6)].into();
    let mut stage = one(service);
    stage.world.script("start p", Script::exits(0));
    stage.silence(order("p", 60 * MINUTE));
    stage.cycles(8);
    stage.kill_the_monitor();
    let held = |stage: &Stage| {
        let of_limits = stage.world.events.iter().filter(|event| event.kind == EventKind::Timeout);
        of_limits.map(|event| event.test).collect::<Vec<_>>()
    };
    assert!(held(&stage).is_empty());
    stage.unsilence(1);
    stage.cycles(1);
    let told = held(&stage);
    assert!(told.len() == 2 && told[0] != told[1] && !told.contains(&0), "{told:?}");
}
