//! Messages that are refused for what is in them.

use super::*;
use crate::noise::halves::{PAUSE, SPLITS};

/// So many events of one moment, of which a receiver refuses some for good: what came of them when it has `most` in a message.
fn group(events: usize, spoilt: impl Fn(usize) -> bool, most: usize) -> Day {
    let mut day = Day::new(config(Some(1), None, false));
    day.receiver.most = most;
    for number in 0..events {
        day.raise(&format!("s{number}"), State::Failed);
        if spoilt(number) {
            day.receiver.spoilt.insert(day.outbox.newest());
        }
    }
    day.pass(SECOND);
    day.rest(Duration::from_millis(20));
    day.check(0);
    day
}

fn requests(day: &Day) -> usize {
    day.receiver.refusals as usize + day.receiver.accepted.len()
}

#[test]
fn one_event_that_is_refused_is_found_in_few_messages_and_all_others_arrive() {
    for bad in [0, 1, 77, 299] {
        let day = group(300, |number| number == bad, 0);
        let line =
            format!("the alert 's{bad}' Does not exist (process is not running), which is dropped -- no");
        assert_eq!(day.lost(), [(&*line, 1)]);
        assert!(requests(&day) <= 20, "{} for {bad}", requests(&day));
        assert_eq!(day.log.captured().len(), 2, "{:?}", day.log.captured());
    }
}

#[test]
fn a_message_that_is_too_long_is_short_enough_in_a_few_parts() {
    let day = group(300, |_| false, 80);
    assert_eq!((day.lost().len(), requests(&day)), (0, 7));
    let told: Vec<u64> = day.receiver.accepted.values().flatten().copied().collect();
    assert!(told.is_sorted(), "the oldest come first");
}

#[test]
fn who_refuses_everything_is_asked_so_often_and_no_more_and_what_is_lost_is_one_line() {
    for events in [2, 3, 300, 3000] {
        let day = group(events, |_| true, 0);
        let most = (events * 2 - 1).min(2 * SPLITS as usize + 1);
        assert!(requests(&day) <= most, "{} for {events}", requests(&day));
        assert!(matches!(*day.lost(), [(_, lost)] if lost == events), "{:?}", day.lost());
        assert_eq!(day.log.captured().len(), 2, "{:?}", day.log.captured());
    }
    let day = group(300, |_| true, 0);
    let names = (0..10).map(|number| format!("'s{number}' Does not exist")).collect::<Vec<_>>().join(", ");
    let line = format!("300 alerts, which are dropped ({names}, and 290 more) -- no");
    assert_eq!(day.lost(), [(&*line, 300)]);
}

#[test]
fn a_few_that_are_refused_are_the_only_ones_lost() {
    for seed in 1..20 {
        let mut dice = Dice(seed);
        let bad: Vec<usize> = (0..4).map(|_| dice.below(300) as usize).collect();
        let day = group(300, |number| bad.contains(&number), 0);
        assert_eq!(day.lost()[0].1, bad.iter().collect::<BTreeSet<_>>().len(), "{bad:?}");
    }
}

#[test]
fn as_long_as_parts_are_taken_only_those_that_are_refused_are_lost() {
    let day = group(300, |number| number % 15 == 0, 0);
    assert_eq!(day.lost().iter().map(|(_, lost)| lost).sum::<usize>(), 20, "{:?}", day.lost());
    for most in [2, 4] {
        let day = group(300, |_| false, most);
        assert_eq!(day.lost(), [], "{most}");
        assert!(requests(&day) < 600, "{}", requests(&day));
    }
}

#[test]
fn parts_go_one_after_the_other_with_a_pause() {
    let day = group(64, |number| number % 9 == 0, 0);
    let times = &day.receiver.at;
    assert!(times.len() > 20);
    let pauses = times.windows(2).map(|two| two[1] - two[0]);
    assert!(pauses.min().unwrap() >= PAUSE);
}

/// A message of 300 that comes in many parts, of which some were sent.
fn in_parts(service: impl Fn(usize) -> String) -> Day {
    let mut day = Day::new(config(Some(1), None, false));
    day.receiver.most = 2;
    (0..300).for_each(|number| day.raise(&service(number), State::Failed));
    for _ in 0..50 {
        day.pass(Duration::from_millis(100));
        day.turns(&mut || Reply::Takes);
    }
    assert!((1..100).contains(&day.receiver.accepted.len()), "{}", day.receiver.accepted.len());
    day
}

/// How many messages the receiver is offered before it has taken the youngest event.
fn messages_until_taken(day: &mut Day) -> usize {
    let (before, key) = (day.receiver.at.len(), day.outbox.newest());
    for _ in 0..5000 {
        if day.receiver.order.contains(&key) {
            return day.receiver.at.len() - before;
        }
        day.pass(Duration::from_millis(100));
        day.turns(&mut || Reply::Takes);
    }
    panic!("it never goes");
}

#[test]
fn what_comes_meanwhile_does_not_wait_for_all_parts() {
    for (service, most) in [("critical", 8), ("s250", 12)] {
        let mut day = in_parts(|number| format!("s{number}"));
        day.raise(service, State::Failed);
        let messages = messages_until_taken(&mut day);
        assert!(messages <= most, "{messages} for {service}");
        day.rest(Duration::from_millis(100));
        day.check(0);
        day.check_order(0);
    }
}

#[test]
fn a_service_whose_events_stand_everywhere_holds_up_no_other() {
    let mut day = in_parts(|number| format!("s{}", number % 3));
    day.raise("s1", State::Succeeded);
    day.raise("web", State::Failed);
    day.raise("s2", State::Succeeded);
    day.raise("db", State::Failed);
    let web = day.outbox.newest() - 2;
    assert!(messages_until_taken(&mut day) <= 12);
    assert!(day.receiver.order.contains(&web));
    day.rest(Duration::from_millis(100));
    day.check(0);
    day.check_order(0);
    assert!(requests(&day) < 700, "{}", requests(&day));
}

#[test]
fn what_comes_meanwhile_and_is_refused_comes_in_parts_too() {
    let mut day = in_parts(|number| format!("s{number}"));
    for number in 0..9 {
        day.raise(&format!("t{number}"), State::Failed);
    }
    let bad = day.outbox.newest() - 4;
    day.receiver.spoilt.insert(bad);
    assert!(messages_until_taken(&mut day) < 40);
    day.rest(Duration::from_millis(100));
    day.check(0);
    day.check_order(0);
    assert_eq!(day.lost().len(), 1, "{:?}", day.lost());
}

/// A day with a folder, at which every event is refused but those of some services.
fn stored(folder: &Scratch, events: usize) -> Day {
    let mut config = config(Some(1), None, false);
    config.settings.eventqueue = Some(settings(folder, None));
    let mut day = Day::new(config);
    for number in 0..events {
        day.raise(&format!("s{number}"), State::Failed);
        if number % 4 != 1 {
            day.receiver.spoilt.insert(day.outbox.newest());
        }
    }
    day
}

#[test]
fn wherever_a_run_is_killed_what_is_lost_is_counted_once_or_said_to_be_in_doubt() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut in_doubt, mut turns) = (0, 1);
    loop {
        let folder = Scratch::new();
        let mut day = stored(&folder, 16);
        day.turns_left = Some(turns);
        while day.turns_left != Some(0) && !day.outbox.is_empty() {
            day.turns(&mut || Reply::Takes);
            day.pass(Duration::from_millis(100));
        }
        let is_over = day.turns_left != Some(0);
        day.turns_left = None;
        day.restart();
        day.rest(Duration::from_millis(100));
        let told: BTreeSet<u64> = day.receiver.order.iter().copied().collect();
        let lost: usize = day.lost().iter().map(|(_, count)| count).sum();
        assert_eq!((told.len(), day.receiver.order.len()), (4, 4), "killed in turn {turns}");
        assert!(
            lost <= 12 && lost + day.lost_before() >= 12,
            "killed in turn {turns}: {:?}",
            day.log.captured()
        );
        in_doubt += usize::from(day.lost_before() > 0);
        if is_over {
            break;
        }
        turns += 1;
    }
    assert!(in_doubt > 0);
}

#[test]
fn a_part_is_known_again_though_its_first_event_has_left_it() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut config = config(Some(1), None, false);
    config.settings.eventqueue = Some(settings(&folder, None));
    let mut day = Day::new(config);
    day.receiver.most = 2;
    (0..4).for_each(|number| day.raise(&format!("s{number}"), State::Failed));
    day.pass(SECOND);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.refusals, 1);
    // The first part is sent without its first event, which nobody wants any more; that it was taken is not heard.
    let first = *day.raised.keys().next().unwrap();
    day.outbox.done(day.destination, first, &mut day.log);
    day.raised.remove(&first);
    day.pass(SECOND);
    day.turns(&mut || Reply::TakesUnheard);
    assert_eq!(day.receiver.accepted.len(), 1);
    day.restart();
    day.rest(SECOND);
    day.check(0);
}

/// A day on which the daemon is killed in the middle of what it does, again and again.
fn day_of_kills(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let folder = Scratch::new();
    let mut config = config([None, Some(1)][dice.below(2) as usize], None, false);
    config.settings.eventqueue = Some(settings(&folder, None));
    let mut day = Day::new(config);
    day.receiver.most = [0, 2, 5][dice.below(3) as usize];
    for _ in 0..25 {
        for _ in 0..[0, 1, 3, 20][dice.below(4) as usize] {
            day.raise(&format!("s{}", dice.below(6)), State::Failed);
            if dice.below(8) == 0 {
                day.receiver.spoilt.insert(day.outbox.newest());
            }
        }
        day.turns_left = (dice.below(2) == 0).then(|| dice.below(60) as usize);
        let unheard = dice.below(3) == 0;
        day.turns(&mut || if unheard { Reply::TakesUnheard } else { Reply::Takes });
        if day.turns_left.take() == Some(0) || unheard && dice.below(2) == 0 {
            day.restart();
        }
        day.pass(Duration::from_millis([50, 300, 2000][dice.below(3) as usize]));
    }
    day.rest(Duration::from_millis(500));
    let told: BTreeSet<u64> = day.receiver.order.iter().copied().collect();
    assert_eq!(told.len(), day.receiver.order.len(), "seed {seed}: told twice");
    let gone = day.raised.len() - told.len();
    let lost: usize = day.lost().iter().map(|(_, count)| count).sum();
    assert!(
        lost <= gone && lost + day.lost_before() >= gone,
        "seed {seed}: {lost} of {gone} are said: {:?}",
        day.lost()
    );
}

#[test]
fn nothing_is_told_twice_or_lost_unsaid_wherever_runs_are_killed() {
    if crate::sys::ran_alone() {
        return;
    }
    let seeds = std::env::var("MONIT_TEST_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    (1..seeds.unwrap_or(15)).for_each(day_of_kills);
}
