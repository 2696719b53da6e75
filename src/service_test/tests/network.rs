use super::super::*;
use super::world::Lab;
use crate::config::{
    Condition as C, Direction as D, NetworkBy, Operator as O, Span, Subject, TrafficUnit as U,
};
use crate::machine::{Counter, LinkFacts};

fn network(conditions: Vec<C>) -> Lab {
    let mut all = vec![C::LinkDown];
    all.extend(conditions);
    let mut lab = Lab::new("n", Subject::Network(NetworkBy::Interface("eth0".into())), all);
    set(&mut lab, 0, |_| {});
    lab
}

fn set(lab: &mut Lab, bytes: u64, change: impl FnOnce(&mut LinkFacts)) {
    let upload = Counter { bytes, packets: bytes / 100, errors: 0 };
    let mut facts = LinkFacts {
        up: true,
        speed: Some(10_000_000),
        full_duplex: Some(true),
        upload,
        ..LinkFacts::default()
    };
    change(&mut facts);
    lab.world.link = Some(Ok(facts));
}

fn upload(limit: u64, unit: U, span: Span) -> C {
    C::Traffic { direction: D::Write, operator: O::Greater, limit, unit, span }
}

#[test]
fn a_link_that_is_down_or_gone_ends_the_check() {
    let mut lab = network(vec![C::Saturation(O::GreaterOrEqual, 0)]);
    set(&mut lab, 0, |facts| facts.up = false);
    assert_eq!(lab.check(), ["-link down"]);
    assert_eq!(lab.status("link"), None);
    lab.world.link = None;
    assert_eq!(
        lab.check(),
        [
            "-link data collection failed -- Cannot read /sys/class/net/eth0/flags -- No such file or directory"
        ]
    );
    set(&mut lab, 0, |_| {});
    assert_eq!(lab.check()[0], "+link up");
    assert_eq!(lab.status("link").as_deref(), Some("0 errors"));
}

#[test]
fn rates_and_totals() {
    let mut lab = network(vec![
        upload(1000, U::Bytes, Span::Second),
        upload(5, U::Packets, Span::Second),
        upload(60_000, U::Bytes, Span::Minutes(2)),
    ]);
    set(&mut lab, 1_000_000, |_| {});
    assert_eq!(lab.news(), [""; 0], "counters start at the first look");
    for minute in 1..=4 {
        lab.wait(60);
        set(&mut lab, 1_000_000 + minute * 61_440, |_| {});
        let news = lab.news();
        assert_eq!(news.iter().filter(|line| line.contains("upload 1 kB matches limit")).count(), 1);
        assert!(
            news.contains(&"-upload packets 10 matches limit [upload packets > 5 in last 1 second]".into())
        );
        let total = match minute {
            1 => "60 kB",
            _ => "120 kB",
        };
        let line = format!("-total upload {total} matches limit [upload rate > 58.6 kB in last 2 minute]");
        assert!(news.contains(&line), "minute {minute}: {news:?}");
    }
    // Counters that begin anew are neither a flood nor a loss.
    lab.wait(60);
    set(&mut lab, 100, |_| {});
    let news = lab.news();
    assert!(!news.iter().any(|line| line.contains("upload packets")), "{news:?}");
    assert_eq!(lab.status("upload bytes").as_deref(), Some("0 B/s (0.0% link saturation)"));
}

#[test]
fn saturation_needs_a_known_speed() {
    let mut lab = network(vec![C::Saturation(O::Greater, 50)]);
    lab.check();
    lab.wait(1);
    set(&mut lab, 1_000_000, |_| {});
    assert_eq!(lab.news(), ["-link upload saturation of 80.0% matches limit [saturation > 50.0%]"]);
    lab.wait(1);
    set(&mut lab, 2_000_000, |facts| facts.speed = None);
    assert_eq!(lab.news(), [""; 0]);
}

#[test]
fn the_capacity_is_shown_where_it_is_known() {
    let mut lab = network(vec![]);
    lab.check();
    assert_eq!(lab.status("capacity").as_deref(), Some("10 Mb/s full-duplex"));
    lab.wait(1);
    set(&mut lab, 125_000, |_| {});
    lab.check();
    assert_eq!(lab.status("upload bytes").as_deref(), Some("122.1 kB/s (10.0% link saturation)"));
    lab.wait(1);
    set(&mut lab, 250_000, |facts| (facts.speed, facts.full_duplex) = (None, None));
    lab.check();
    assert_eq!(lab.status("capacity"), None);
    assert_eq!(lab.status("upload bytes").as_deref(), Some("122.1 kB/s"));
}

#[test]
fn what_is_compared_is_what_is_shown() {
    let mut lab = network(vec![upload(1, U::Packets, Span::Second)]);
    lab.check();
    lab.wait(2);
    set(&mut lab, 300, |_| {});
    assert_eq!(lab.news(), [""; 0], "one and a half packets per second are shown as 1, which is not above 1");
    assert_eq!(lab.status("upload packets").as_deref(), Some("1 per second"));
}

#[test]
fn capacity_and_errors() {
    let mut lab = network(vec![C::LinkChanged]);
    assert_eq!(lab.news(), [""; 0]);
    set(&mut lab, 0, |facts| facts.speed = Some(1_000_000_000));
    assert_eq!(lab.news(), ["!link speed changed to 1000 Mb/s"]);
    set(&mut lab, 0, |facts| (facts.speed, facts.full_duplex) = (Some(1_000_000_000), Some(false)));
    assert_eq!(lab.news(), ["!link mode is now half-duplex"]);
    set(&mut lab, 0, |facts| (facts.speed, facts.full_duplex) = (None, None));
    assert_eq!(lab.news(), [""; 0], "what is unknown has not changed");
    lab.wait(1);
    set(&mut lab, 0, |facts| facts.upload.errors = 3);
    let report = lab.report();
    let failed: Vec<_> = report.verdicts.iter().filter(|v| v.outcome == Outcome::Failed).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].message, "3 upload errors detected");
}
