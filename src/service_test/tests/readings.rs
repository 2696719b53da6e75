use super::super::*;
use super::world::Lab;
use crate::config::{Amount, Condition as C, Operator as O, Resource as R, Subject};
use crate::service_test::memory::Rate;
use std::path::Path;

#[test]
fn a_failed_resource_test_marks_its_own_value_only() {
    let subject = Subject::Process(crate::config::ProcessBy::Pidfile(Path::new("/p").into()));
    let above = |resource| C::Resource(resource, O::Greater, Amount::Number(0.0));
    let mut lab = Lab::new("p", subject, vec![C::NotExist, above(R::Threads), above(R::Memory)]);
    lab.world.write("/p", b"7");
    lab.world.run(7, 1, 1, "toy");
    lab.check();
    let mut lines = Vec::new();
    readings(&lab.service, &lab.memory, Extent::ALL, &mut |line| lines.push(line));
    let marked: Vec<_> = lines.iter().filter(|line| line.tests.first().is_some()).collect();
    assert_eq!(marked.len(), 2);
    assert_eq!((marked[0].label, marked[0].tests.first()), ("threads", Some(&1)));
    assert_eq!((marked[1].label, marked[1].tests.first()), ("memory", Some(&2)));
}

#[test]
fn the_lines_of_a_process_in_order() {
    let subject = Subject::Process(crate::config::ProcessBy::Pidfile(Path::new("/p").into()));
    let mut lab = Lab::new("p", subject, vec![C::NotExist]);
    lab.world.write("/p", b"7");
    lab.world.run(7, 1, 1, "toy");
    lab.check();
    let mut lines = Vec::new();
    readings(&lab.service, &lab.memory, Extent::ALL, &mut |line| lines.push(line));
    let labels: Vec<_> = lines.iter().map(|line| line.label).collect();
    assert_eq!(
        labels.join("; "),
        "pid; parent pid; uid; effective uid; gid; uptime; threads; children; cpu; cpu total; memory; memory total; \
         security attribute; filedescriptors; total filedescriptors; read bytes; disk read bytes; \
         disk read operations; write bytes; disk write bytes; disk write operations"
    );
}

#[test]
fn nothing_is_shown_of_what_was_not_found() {
    let mut lab = Lab::new("f", Subject::File(Path::new("/f").into()), vec![C::NotExist]);
    let mut lines = Vec::new();
    readings(&lab.service, &lab.memory, Extent::ALL, &mut |line| lines.push(line));
    assert!(lines.is_empty(), "not looked at yet");
    lab.check();
    readings(&lab.service, &lab.memory, Extent::ALL, &mut |line| lines.push(line));
    assert!(lines.is_empty(), "missing");
}

#[test]
fn durations_and_rates_as_clients_know_them() {
    let rate = |per_second| Rate { per_second, total: 9 };
    for (seconds, text) in [(0, "0m"), (59, "0m"), (3660, "1h 1m"), (86_400, "1d 0h 0m")] {
        assert_eq!(Value::Uptime(seconds).to_string(), text);
    }
    assert_eq!(Value::Traffic(rate(22.9), None).to_string(), "22 B/s", "half a byte is none");
    assert_eq!(Value::Traffic(rate(1024.0), Some(0.04)).to_string(), "1 kB/s (0.0% link saturation)");
    assert_eq!(Value::Capacity(1_000_000_000, Some(true)).to_string(), "1000 Mb/s full-duplex");
    assert_eq!(Value::Capacity(10_000_000, Some(false)).to_string(), "10 Mb/s half-duplex");
    assert_eq!(Value::Capacity(2_500_000_000, None).to_string(), "2500 Mb/s");
    assert_eq!(Value::OfLimit(5, 20_000).to_string(), "5 [0.0% of 20000 limit]");
    assert_eq!(Value::Errors(0).to_string(), "0 errors");
    assert_eq!(Value::PerSecond(rate(123.6)).to_string(), "123 per second");
}
