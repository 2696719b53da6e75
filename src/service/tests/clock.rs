//! Clocks that jump, held against services that are looked at by the clock. The wall clock moves by itself; monotonic
//! time does not stop or jump, but for a machine that sleeps.

use super::*;
use crate::sys::localtime;
use std::process::{Command, Stdio};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// Set for the copy of this program that lives where summer time ends.
const ZONE: &str = "MONIT_TEST_ZONE";

/// A file whose every check runs a program, on this schedule.
fn counted(every: Every) -> Stage {
    let mut service = file("f", Action::Exec(Box::new(Exec { command: command("look", 5), repeat: 1 })));
    service.every = every;
    let mut stage = watched(service);
    stage.world.file("/f", 20);
    stage
}

/// Checks in this time.
fn looks(stage: &mut Stage, time: Duration) -> usize {
    let before = stage.world.calls.len();
    stage.run(time);
    stage.world.calls.len() - before
}

/// The cron line of the minute that is so far ahead of the present.
fn line_in(stage: &Stage, minutes: u64) -> String {
    let local = localtime::local(stage.world.now.unix_secs() + 60 * minutes as i64);
    format!("{} {} * * *", local.minute, local.hour)
}

#[test]
fn every_minute_is_every_minute_whatever_the_clock_does() {
    let mut stage = counted(Every::Cron(cron("* * * * *")));
    assert_eq!(looks(&mut stage, 10 * MINUTE), 11, "with the minute in which it starts");
    // Set forward: once for all that was left out, and then each minute.
    for forward in [5 * MINUTE, 3 * HOUR, 24 * 30 * HOUR] {
        stage.world.now.wall += forward;
        let seen = looks(&mut stage, 10 * MINUTE);
        assert!((10..=11).contains(&seen), "{seen} looks in ten minutes after {forward:?}");
    }
    // Set back: those minutes come again, and each is a minute in which somebody wants to look.
    for back in [5 * MINUTE, 2 * HOUR, 40 * HOUR, 24 * 365 * HOUR] {
        stage.world.now.wall -= back;
        let seen = looks(&mut stage, 10 * MINUTE);
        assert!((10..=11).contains(&seen), "{seen} looks in ten minutes after -{back:?}");
    }
}

#[test]
fn a_daily_check_comes_once_a_day() {
    let mut stage = counted(Every::Cycle);
    let line = line_in(&stage, 30);
    stage = counted(Every::Cron(cron(&line)));
    assert_eq!(looks(&mut stage, 29 * MINUTE), 0);
    // Over its minute: it is made up for, once, within a minute.
    stage.world.now.wall += 2 * HOUR;
    assert_eq!(looks(&mut stage, MINUTE + SECOND), 1);
    assert_eq!(looks(&mut stage, HOUR), 0);
    // Back before its minute by a correction: it has been done.
    stage.world.now.wall -= 3 * HOUR - 10 * MINUTE;
    assert_eq!(looks(&mut stage, 2 * HOUR), 0);
    // The clock was wrong for a day and is set right: its day comes again.
    stage.world.now.wall -= 24 * HOUR;
    assert_eq!(looks(&mut stage, 24 * HOUR), 1);
    assert_eq!(looks(&mut stage, 24 * HOUR), 1);
}

#[test]
fn a_machine_that_slept_makes_up_for_one_check() {
    // Asleep the wall clock goes on and monotonic time stands still.
    let mut stage = counted(Every::Cycle);
    let line = line_in(&stage, 60);
    stage = counted(Every::Cron(cron(&line)));
    stage.run(MINUTE);
    stage.world.now.wall += 9 * HOUR;
    assert_eq!(looks(&mut stage, MINUTE + SECOND), 1);
    assert_eq!(looks(&mut stage, 9 * HOUR), 0);
    // Cycles do not care, and are not made up for.
    let mut stage = counted(Every::Cycle);
    stage.run(MINUTE);
    stage.world.now.wall += 9 * HOUR;
    assert_eq!(looks(&mut stage, MINUTE), 6);
}

#[test]
fn a_window_without_checks_holds_when_the_clock_jumps_into_it() {
    let mut stage = counted(Every::Cycle);
    let hour = localtime::local(stage.world.now.unix_secs() + 2 * 3600).hour;
    stage = counted(Every::NotCron(cron(&format!("* {hour} * * *"))));
    assert!(looks(&mut stage, 5 * MINUTE) >= 30);
    stage.world.now.wall += 2 * HOUR - 5 * MINUTE;
    assert_eq!(looks(&mut stage, 10 * MINUTE), 0);
    assert_eq!(stage.status("f"), "Size failed", "what was found before stays");
    stage.world.now.wall -= 2 * HOUR;
    assert!(looks(&mut stage, 5 * MINUTE) >= 29);
}

#[test]
fn a_period_and_a_delay_and_a_pause_go_by_monotonic_time() {
    let mut stage = counted(Every::Period(90 * SECOND));
    stage.world.now.wall += 5 * HOUR;
    assert_eq!(looks(&mut stage, 15 * MINUTE), 10);
    stage.world.now.wall -= 50 * HOUR;
    assert_eq!(looks(&mut stage, 15 * MINUTE), 10);

    let mut config = config(vec![process("p")], &[]);
    config.settings.start_delay = 30 * SECOND;
    let mut world = Fake::default();
    world.obedient("p");
    let mut stage = Stage::new(config, world);
    stage.world.now.wall += 5 * HOUR;
    stage.run(29 * SECOND);
    assert_eq!(stage.services.cycles(), 0);
    stage.world.now.wall -= 10 * HOUR;
    stage.run(2 * SECOND);
    assert_eq!(stage.services.cycles(), 1);

    // A start program's time limit and a restart limit's cycles.
    let mut service = process("p");
    service.restart_limits =
        vec![RestartLimit { place: Default::default(), restarts: 3, cycles: 6, action: Action::Unmonitor }]
            .into();
    let mut stage = one(service);
    // It is told at its limit, and ended after three of them.
    stage.world.script("start p", Script::hangs());
    for _ in 0..7 {
        stage.run(3 * SECOND);
        stage.world.now.wall += HOUR;
        stage.run(7 * SECOND);
        stage.world.now.wall -= 2 * HOUR;
    }
    assert_eq!(stage.world.calls.len(), 3);
    assert_eq!(stage.status("p"), "Not monitored");
}

#[test]
fn a_reload_or_a_restart_in_the_same_minute_asks_for_what_it_should() {
    let mut stage = counted(Every::Cron(cron("* * * * *")));
    stage.run(MINUTE);
    let again = stage.services.config().clone();
    stage.reload(again);
    // The reload wakes us, but the minute has had its check.
    let rest = 59 - stage.world.now.unix_secs().rem_euclid(60) as u64;
    assert_eq!(looks(&mut stage, Duration::from_secs(rest)), 0);
    assert_eq!(looks(&mut stage, MINUTE), 1);
    stage.services.wake();
    assert_eq!(looks(&mut stage, SECOND), 0, "nor does somebody who wakes us");
}

/// Runs in a copy of this program with a time zone of its own, where clocks go back at 03:00 on 25 October 2026 and
/// forward at 02:00 on 28 March 2027.
#[test]
fn in_a_zone_with_summer_time() {
    if std::env::var_os(ZONE).is_none() {
        let name = std::thread::current().name().map(str::to_owned).unwrap_or_default();
        let copy = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &name])
            .env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
            .env(ZONE, "1")
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&copy.stdout);
        assert!(copy.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let begin = |stage: &mut Stage, unix: u64| {
        stage.world.now.wall = std::time::UNIX_EPOCH + Duration::from_secs(unix);
    };
    // 25 October 2026, 01:00 CEST: an hour before the repeated one begins.
    let (autumn, spring) = (1_792_882_800, 1_806_192_000);
    for (line, in_autumn, in_spring) in [
        ("30 2 * * *", 1, 1),
        ("30 * * * *", 6, 6),
        ("0 3 * * *", 1, 1),
        ("* * * * *", 361, 301),
        ("59 1 * * *", 1, 1),
    ] {
        for (start, expected, hours) in [(autumn, in_autumn, 6), (spring, in_spring, 5)] {
            let mut stage = counted(Every::Cron(cron(line)));
            begin(&mut stage, start);
            let seen = looks(&mut stage, hours * HOUR + SECOND);
            let local = localtime::local(stage.world.now.unix_secs());
            assert_eq!(seen, expected, "{line} until {}:{:02}", local.hour, local.minute);
        }
    }
}
