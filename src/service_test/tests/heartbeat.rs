use super::world::Lab;
use crate::config::{Condition as C, HeartbeatCheck, Subject};
use crate::service_test::Memory;
use std::time::Duration;

fn backup() -> Lab {
    let check = HeartbeatCheck { within: Duration::from_secs(3600), token: None };
    Lab::new("backup", Subject::Heartbeat(Box::new(check)), vec![C::Missed])
}

fn second(lab: &Lab) -> u64 {
    lab.now.wall.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_job_that_does_not_report_is_late_after_its_period_and_one_that_does_is_fine() {
    let mut lab = backup();
    assert_eq!(lab.check(), ["+the first heartbeat is waited for [within 1 h]"]);
    assert_eq!(lab.status("last heartbeat").as_deref(), Some("-"));
    lab.wait(3600);
    assert_eq!(lab.news(), Vec::<String>::new());
    lab.wait(1);
    assert_eq!(lab.check(), ["-heartbeat missed -- none came for 1.000 h [within 1 h]"]);
    let at = second(&lab);
    lab.memory.beat(at);
    assert_eq!(lab.check(), ["+heartbeat received [within 1 h]"]);
    assert_ne!(lab.status("last heartbeat").as_deref(), Some("-"));
    lab.wait(3700);
    assert_eq!(lab.check(), ["-heartbeat missed -- the last one was 1.028 h ago [within 1 h]"]);
}

#[test]
fn the_last_beat_survives_a_restart_of_the_monitor_and_a_clock_that_is_set_back() {
    let mut lab = backup();
    let at = second(&lab);
    lab.memory.beat(at);
    lab.wait(3000);
    lab.check();
    let mut saved = Vec::new();
    lab.memory.save(&mut |name, value| saved.push((name.to_string(), value.to_string())));
    lab.memory = Memory::default();
    saved.iter().for_each(|(name, value)| lab.memory.load(name, value));
    lab.wait(601);
    assert_eq!(lab.check(), ["-heartbeat missed -- the last one was 1.000 h ago [within 1 h]"]);
    // From the year 2040 by mistake: it counts from now on, and no longer.
    lab.memory.beat(second(&lab) + 500_000_000);
    assert_eq!(lab.check(), ["+heartbeat received [within 1 h]"]);
    lab.wait(3601);
    assert_eq!(lab.news().len(), 1);
}

#[test]
fn a_job_that_was_started_has_its_whole_period_and_a_clock_that_is_not_set_says_nothing() {
    let mut lab = backup();
    lab.check();
    lab.wait(3601);
    assert_eq!(lab.news().len(), 1);
    lab.memory.another_process();
    assert_eq!(lab.news(), Vec::<String>::new());
    lab.wait(3601);
    assert_eq!(lab.news().len(), 1);
    let at = second(&lab);
    lab.memory.beat(at);
    assert_eq!(lab.news(), Vec::<String>::new());
    // A boot without a battery, until the time is known.
    let right = lab.now.wall;
    lab.now.wall = std::time::UNIX_EPOCH + Duration::from_secs(100);
    assert_eq!(lab.check(), Vec::<String>::new());
    lab.now.wall = right;
    lab.wait(60);
    assert_eq!(lab.check(), ["+heartbeat received [within 1 h]"]);
}
