use super::*;
use crate::config::{CronField, month_and_day};
use crate::sys::localtime::utc;

fn field(text: &str) -> CronField {
    if text == "*" {
        return CronField { values: u64::MAX, any: true };
    }
    let values = text.split(',').fold(0, |bits, n| bits | 1u64 << n.parse::<u32>().expect("a number"));
    CronField { values, any: false }
}

fn cron(text: &str) -> Cron {
    let fields: Vec<_> = text.split(' ').map(field).collect();
    Cron { text: text.into(), fields: fields.try_into().expect("five fields") }
}

/// Minutes since 1970 of a UTC time.
fn at(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> i64 {
    let mut time = utc(0);
    (time.year, time.month, time.day, time.hour, time.minute) = (year, month, day, hour, minute);
    crate::sys::localtime::utc_to_unix(&time) / 60
}

#[test]
fn a_line_matches_its_minutes_only() {
    // 21 November 2026 is a Saturday.
    assert!(matches(&cron("30 2 21 11 6"), at(2026, 11, 21, 2, 30)));
    assert!(!matches(&cron("30 2 21 11 0"), at(2026, 11, 21, 2, 30)));
    assert!(!matches(&cron("30 2 * * *"), at(2026, 11, 21, 2, 31)));
    assert!(matches(&cron("* * 29 2 *"), at(2028, 2, 29, 23, 59)));
    assert!(matches(&cron("0 0 1 3 *"), at(2028, 3, 1, 0, 0)));
    assert!(matches(&cron("* * 31 12 *"), at(1999, 12, 31, 0, 0)));
}

#[test]
fn days_agree_with_the_calendar_of_the_system() {
    for day in (-40_000..60_000).step_by(7) {
        let time = utc(day * 86_400);
        assert_eq!(month_and_day(day), (i64::from(time.month), i64::from(time.day)), "day {day}");
    }
}

#[test]
fn each_minute_is_run_once() {
    let line = cron("5 * * * *");
    let mut minutes = Minutes::default();
    let mut runs = 0;
    for second in 0..7200 {
        let passed = minutes.pass(at(2026, 11, 21, 2, 0) + second / 60);
        runs += u32::from(due(&line, passed));
    }
    assert_eq!(runs, 2);
}

#[test]
fn a_busy_loop_or_a_suspended_machine_loses_no_check_and_makes_no_storm() {
    let line = cron("5 3 * * *");
    let mut minutes = Minutes::default();
    assert!(!due(&line, minutes.pass(at(2026, 11, 21, 3, 4))));
    assert!(due(&line, minutes.pass(at(2026, 11, 21, 3, 7))), "the loop was busy");
    assert!(due(&line, minutes.pass(at(2026, 11, 24, 1, 0))), "three days of sleep: once");
    assert!(!due(&line, minutes.pass(at(2026, 11, 24, 1, 1))));
}

#[test]
fn summer_time_loses_nothing_and_winter_time_doubles_nothing() {
    let fixed = cron("30 2 * * *");
    let often = cron("* * * * *");
    let mut minutes = Minutes::default();
    assert!(!due(&fixed, minutes.pass(at(2026, 3, 29, 1, 59))));
    assert!(due(&fixed, minutes.pass(at(2026, 3, 29, 3, 0))), "02:30 does not exist on this day");

    let mut minutes = Minutes::default();
    minutes.pass(at(2026, 10, 25, 2, 29));
    assert!(due(&fixed, minutes.pass(at(2026, 10, 25, 2, 30))));
    for minute in 31..60 {
        minutes.pass(at(2026, 10, 25, 2, minute));
    }
    for minute in 0..60 {
        let passed = minutes.pass(at(2026, 10, 25, 2, minute));
        assert!(!due(&fixed, passed), "02:{minute} again");
        assert!(due(&often, passed), "what runs every minute goes on");
    }
    assert!(due(&often, minutes.pass(at(2026, 10, 25, 3, 0))));
}

#[test]
fn a_clock_set_back_for_hours_starts_over() {
    let line = cron("0 12 * * *");
    let mut minutes = Minutes::default();
    minutes.pass(at(2027, 1, 1, 0, 0));
    assert!(due(&line, minutes.pass(at(2026, 11, 21, 12, 0))));
    assert!(!due(&line, minutes.pass(at(2026, 11, 21, 12, 1))));
}

#[test]
fn the_wall_minute_is_local() {
    let mut time = utc(0);
    time.utc_offset_secs = 3600;
    assert_eq!(wall_minute(59, &time), 60);
    assert_eq!(wall_minute(60, &time), 61);
}
