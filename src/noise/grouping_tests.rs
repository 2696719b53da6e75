//! Random days of a recipient: every event is in exactly one message or counted in exactly one summary, whatever is refused,
//! whenever the run ends, and however the clock is set; the first event never waits longer than the group.

use super::*;
use crate::config::{CronField, Noise};
use crate::event::{Event, State};
use crate::outbox::Destinations;
use crate::outbox::tests::{event, settings};
use crate::sys::Scratch;
use std::collections::BTreeSet;

#[path = "grouping_day.rs"]
mod world;
use world::*;

/// One day: events, refusals, lost acknowledgements, jumps of the clock, and restarts if `folder` is there.
fn day(seed: u64, folder: Option<&std::path::Path>) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let group = [None, Some(1), Some(10), Some(60)][dice.below(4) as usize];
    let limit = [None, Some(1), Some(3), Some(20)][dice.below(4) as usize];
    let quiet = dice.below(2) == 0;
    let mut config = config(group, limit, quiet);
    config.settings.eventqueue = folder.map(|folder| settings(folder, None));
    let mut day = Day::new(config);
    let steps = if folder.is_some() { 25 } else { 120 };
    for _ in 0..steps {
        for _ in 0..[0, 0, 1, 2, 30][dice.below(5) as usize] {
            let service =
                if dice.below(4) == 0 { "critical".to_owned() } else { format!("s{}", dice.below(9)) };
            let state = [State::Failed, State::Succeeded, State::Changed][dice.below(3) as usize];
            day.raise(&service, state);
            if dice.below(30) == 0 {
                day.receiver.spoilt.insert(day.outbox.newest());
            }
        }
        let bad = dice.below(4) == 0;
        day.turns(&mut || match (bad, dice.below(8)) {
            (true, 0..4) => Reply::TakesUnheard,
            (true, _) => Reply::Fails,
            (false, 0) => Reply::RefusesIt,
            (false, _) => Reply::Takes,
        });
        if folder.is_some() && dice.below(5) == 0 {
            day.restart();
        }
        day.pass(SECOND * [1, 5, 30, 400][dice.below(4) as usize]);
        if dice.below(15) == 0 {
            day.wall += SECOND * 7200;
        } else if dice.below(15) == 0 {
            day.wall -= SECOND * 3600;
        }
    }
    day.rest(SECOND * 60);
    day.check(seed);
    if !quiet && folder.is_none() {
        day.check_order(seed);
    }
    if let (Some(limit), None) = (limit, folder) {
        for (at, _) in &day.receiver.times {
            let hour =
                day.receiver.times.iter().filter(|(other, _)| *other >= *at && *other < *at + SECOND * 3600);
            // An hour begins with its first message, so that any 3600 seconds touch two of them.
            assert!(hour.count() <= 2 * limit as usize, "seed {seed}");
        }
    }
}

#[test]
fn every_event_is_in_one_message_or_in_one_summary() {
    for seed in 1..80 {
        day(seed, None);
    }
}

#[test]
fn so_it_is_when_the_daemon_is_killed() {
    if crate::sys::ran_alone() {
        return;
    }
    for seed in 1..25 {
        let folder = Scratch::new();
        day(seed, Some(&folder));
    }
}

#[test]
fn the_first_event_waits_no_longer_than_the_group_however_the_clock_is_set() {
    for seed in 1..50u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut day = Day::new(config(Some(10), None, false));
        for _ in 0..40 {
            if dice.below(3) == 0 {
                day.raise("web", State::Failed);
            }
            day.turns(&mut || Reply::Takes);
            day.pass(SECOND);
            match dice.below(12) {
                0 => day.wall += SECOND * 86_400,
                1 => day.wall -= SECOND * 86_400,
                _ => {}
            }
            let told: Vec<u64> = day.receiver.accepted.values().flatten().copied().collect();
            for (key, at) in &day.raised {
                assert!(told.contains(key) || day.now <= *at + SECOND * 11, "seed {seed}");
            }
        }
    }
}

#[test]
fn five_hundred_failures_of_one_moment_are_one_message() {
    let mut day = Day::new(config(Some(10), Some(2), false));
    (0..500).for_each(|number| day.raise(&format!("s{number}"), State::Failed));
    for _ in 0..10 {
        day.turns(&mut || Reply::Takes);
        assert!(day.receiver.accepted.is_empty());
        day.pass(SECOND);
    }
    day.turns(&mut || Reply::Takes);
    let sizes = |day: &Day| day.receiver.accepted.values().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(&day), [500]);
    // They recover one after the other: one more message, and a summary when the hour is over.
    for number in 0..500 {
        day.raise(&format!("s{number}"), State::Succeeded);
        day.pass(SECOND * 5);
        day.turns(&mut || Reply::Takes);
    }
    day.pass(SECOND * 3600);
    day.turns(&mut || Reply::Takes);
    let whats: Vec<What> = day.receiver.times.iter().map(|(_, what)| *what).collect();
    assert_eq!(whats, [What::News, What::News, What::Summary]);
    assert_eq!(sizes(&day).iter().sum::<usize>(), 1000);
}

/// One message an hour; it has gone, and two events are held.
fn limit_reached(folder: &Scratch) -> Day {
    let mut config = config(Some(1), Some(1), false);
    config.settings.eventqueue = Some(settings(folder, None));
    let mut day = Day::new(config);
    for _ in 0..3 {
        day.raise("web", State::Failed);
        day.pass(SECOND * 2);
        day.turns(&mut || Reply::Takes);
    }
    assert_eq!(day.receiver.accepted.len(), 1);
    day
}

#[test]
fn an_hour_whose_messages_are_used_up_goes_on_behind_a_restart() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut day = limit_reached(&folder);
    day.restart();
    for _ in 0..58 {
        day.pass(SECOND * 60);
        day.turns(&mut || Reply::Takes);
        assert_eq!(day.receiver.accepted.len(), 1);
    }
    day.pass(SECOND * 180);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.accepted.len(), 2);
    day.check(0);
}

#[test]
fn so_does_one_that_is_used_up_by_the_first_of_several() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut config = config(None, Some(1), false);
    config.settings.eventqueue = Some(settings(&folder, None));
    let mut day = Day::new(config);
    (0..3).for_each(|number| day.raise(&format!("s{number}"), State::Failed));
    day.turns(&mut || Reply::Takes);
    for _ in 0..2 {
        day.restart();
        day.pass(SECOND * 60);
        day.turns(&mut || Reply::Takes);
        assert_eq!(day.receiver.accepted.len(), 1, "the others are held, and another run knows");
    }
    day.pass(SECOND * 3600);
    day.turns(&mut || Reply::Takes);
    day.check(0);
}

#[test]
fn a_larger_limit_after_a_restart_lets_go_what_the_smaller_one_held() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut day = limit_reached(&folder);
    let rules: &mut [Noise] = &mut day.config.settings.noise;
    rules[0].limit = Some(2);
    day.restart();
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.accepted.len(), 2);
    // Those two were all of this hour.
    day.raise("web", State::Failed);
    day.pass(SECOND * 60);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.accepted.len(), 2);
}

#[test]
fn what_is_critical_waits_for_the_end_of_its_hour_and_not_of_quiet_hours() {
    let mut config = config(None, Some(1), true);
    let quiet = config.settings.noise[0].quiet.as_mut().unwrap();
    quiet.fields[0] = CronField { values: u64::MAX, any: true };
    let mut day = Day::new(config);
    for service in ["critical", "web", "critical", "critical"] {
        day.raise(service, State::Failed);
        day.turns(&mut || Reply::Takes);
        day.pass(SECOND);
    }
    assert_eq!(day.receiver.times.len(), 1);
    day.pass(SECOND * 3600);
    day.turns(&mut || Reply::Takes);
    let keys: Vec<&Vec<u64>> = day.receiver.accepted.values().collect();
    let raised: Vec<u64> = day.raised.keys().copied().collect();
    assert_eq!(keys, [&raised[..1], &raised[2..]], "those that only the limit held, in one message");
}

#[test]
fn nobody_hurries_because_another_destination_is_dead() {
    let mut day = Day::new(config(None, None, true));
    day.config.settings.noise[0].quiet.as_mut().unwrap().fields[0] =
        CronField { values: u64::MAX, any: true };
    let dead = day.outbox.enlist("dead");
    let owed = |day: &mut Day, who| {
        let event = Event { time: day.wall, ..event("web", 1) };
        day.outbox.push(&event, Destinations::NONE.with(who), day.now, &mut day.log);
    };
    while !day.outbox.is_crowded() {
        owed(&mut day, dead);
    }
    let here = day.destination;
    owed(&mut day, here);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.times.len(), 0);
    // Its own share crowds the outbox.
    while day.outbox.waiting(dead) > 0 {
        let key = day.outbox.next_after(dead, None).unwrap();
        day.outbox.done(dead, key, &mut day.log);
        owed(&mut day, here);
    }
    day.turns(&mut || Reply::Takes);
    assert!(!day.receiver.times.is_empty());
}

#[path = "halves_tests.rs"]
mod halves;
