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
