use super::super::Measured;
use super::world::Lab;
use crate::config::{Amount, Condition as C, Operator as O, Resource as R, Stalled, Subject};
use crate::machine::{CpuTimes, MemoryFacts, Pressure};
use std::time::Duration;

fn system(conditions: Vec<C>) -> Lab {
    Lab::new("sys", Subject::System, conditions)
}

fn above(resource: R, limit: Amount) -> C {
    C::Resource(resource, O::Greater, limit)
}

#[test]
fn load_and_load_per_core() {
    let mut lab =
        system(vec![above(R::Load1, Amount::Number(3.9)), above(R::Load5PerCore, Amount::Number(0.5))]);
    lab.world.load = Some([4.0, 2.4, 1.0]);
    lab.world.cores = 4;
    assert_eq!(
        lab.news(),
        [
            "-loadavg per core (5min) of 0.6 matches resource limit [loadavg per core (5min) > 0.5]",
            "-loadavg (1min) of 4.0 matches resource limit [loadavg (1min) > 3.9]"
        ]
    );
    assert_eq!(lab.status("load average").as_deref(), Some("[4.00] [2.40] [1.00]"));
    lab.world.load = None;
    assert_eq!(lab.news(), [""; 0], "unknown is no failure");
    assert_eq!(lab.status("load average").as_deref(), Some("-"));
}

#[test]
fn processor_shares_need_two_looks() {
    let mut lab =
        system(vec![above(R::CpuUser, Amount::Percent(10.0)), above(R::Cpu, Amount::Percent(40.0))]);
    let times = |user, wait, idle| {
        Some(CpuTimes { user, wait, idle, total: user + wait + idle, ..CpuTimes::default() })
    };
    lab.world.cpu = times(100, 100, 100);
    assert_eq!(
        lab.check()[..2],
        [
            "+cpu usage check succeeded [current cpu usage = 0.0%]",
            ".cpu user usage check skipped (initializing)"
        ]
    );
    lab.world.cpu = times(150, 120, 130);
    assert_eq!(
        lab.news(),
        [
            "-cpu usage of 50.0% matches resource limit [cpu usage > 40.0%]",
            "-cpu user usage of 50.0% matches resource limit [cpu user usage > 10.0%]"
        ]
    );
    let cpu = lab.status("cpu").unwrap();
    assert!(cpu.starts_with("50.0%usr 0.0%sys 0.0%nice 20.0%iowait "), "{cpu}");
    lab.world.cpu = times(10, 10, 10);
    lab.check();
    assert_eq!(lab.status("cpu").as_deref(), Some(&*cpu), "counters that went back say nothing");
}

#[test]
fn memory_swap_and_the_limit_of_a_container() {
    let mut lab = system(vec![
        above(R::Memory, Amount::Percent(49.0)),
        above(R::Memory, Amount::Number(1e12)),
        above(R::Swap, Amount::Percent(0.0)),
    ]);
    lab.world.memory = Some(MemoryFacts { total: 2 << 30, used: 1 << 30, ..MemoryFacts::default() });
    assert_eq!(lab.news(), ["-mem usage of 50.0% matches resource limit [mem usage > 49.0%]"]);
    assert_eq!(lab.status("memory usage").as_deref(), Some("1 GB [50.0%]"));
    assert_eq!(lab.status("swap usage").as_deref(), Some("0 B [0.0%]"));
    lab.cycle.renew();
    lab.world.memory = Some(MemoryFacts { limited: true, ..lab.world.memory.unwrap() });
    lab.check();
    assert_eq!(lab.status("memory usage").as_deref(), Some("1 GB [50.0% of 2 GB limit]"));
}

#[test]
fn paging_is_a_rate() {
    let mut lab = system(vec![above(R::PageIn, Amount::Number(1.0))]);
    lab.world.paging = Some((1000, 5));
    assert_eq!(lab.check()[0], ".swap pagein check skipped (initializing)");
    assert_eq!(lab.status("swap pagein/s").as_deref(), Some("-"), "one look is no rate");
    lab.wait(10);
    lab.world.paging = Some((1050, 5));
    assert_eq!(lab.news(), ["-swap pagein 5 per second matches resource limit [pagein > 1 per second]"]);
    assert_eq!(lab.status("swap pagein/s").as_deref(), Some("5"));
}

#[test]
fn descriptors_and_uptime() {
    let mut lab = system(vec![
        C::FileDescriptors(O::Greater, Amount::Percent(9.0)),
        C::FileDescriptors(O::Greater, Amount::Number(2000.0)),
        C::Uptime(O::Less, 86_400),
    ]);
    assert_eq!(
        lab.news(),
        [
            "-uptime test failed for 1 d -- current uptime is 2.778 h",
            "-filedescriptors usage of 10.0% matches limit [filedescriptors > 9.0%]"
        ]
    );
    assert_eq!(lab.status("filedescriptors").as_deref(), Some("1000 [10.0% of 10000 limit]"));
    assert_eq!(lab.status("uptime").as_deref(), Some("2h 46m"));
}

#[test]
fn pressure_and_kills_for_want_of_memory() {
    let pressure = |of, full, over, limit| C::Pressure { of, full, over, operator: O::Greater, limit };
    let mut lab = system(vec![
        pressure(Stalled::Memory, false, 10, 5.0),
        pressure(Stalled::Memory, true, 300, 5.0),
        pressure(Stalled::Io, false, 60, 1.0),
        C::OomKills(O::Greater, 0),
    ]);
    lab.world.pressure = Some(Pressure { some: [5.5, 2.0, 1.0], full: [1.0, 2.0, 3.0] });
    lab.world.oom_kills = Some(7);
    assert_eq!(
        lab.check()[..4],
        [
            ".oom kills check skipped (initializing)",
            "-io pressure of 2.0% over 60 s matches limit [io pressure > 1.0%]",
            "+memory pressure (full) check succeeded [current memory pressure (full) = 3.0%]",
            "-memory pressure of 5.5% over 10 s matches limit [memory pressure > 5.0%]",
        ]
    );
    assert_eq!(lab.status("memory pressure").as_deref(), Some("5.5% 2.0% 1.0% (10s, 60s, 300s)"));
    assert_eq!(lab.status("cpu pressure"), None, "nobody asked");
    assert_eq!(lab.status("oom kills").as_deref(), Some("-"));
    lab.world.pressure = None;
    lab.world.oom_kills = Some(9);
    assert_eq!(lab.news(), ["-oom kills 2 since the last check match limit [oom kills > 0]"]);
    assert_eq!(lab.status("memory pressure").as_deref(), Some("-"));
    assert_eq!(lab.news(), [""; 0]);
    lab.world.oom_kills = Some(1);
    assert_eq!(lab.news(), [""; 0], "a counter that went back tells nothing");
}

#[test]
fn the_time_of_boot_stands_still_unless_the_clock_is_set() {
    let mut lab = system(vec![]);
    lab.world.ticks = 100_000;
    lab.check();
    let booted = |lab: &Lab| match &lab.memory.measured {
        Measured::System(system) => system.booted,
        _ => None,
    };
    let first = booted(&lab).unwrap();
    assert_eq!(first, 1_700_100_000 - 1_000);
    // The second begins at another moment for each of the two clocks.
    lab.now.wall += Duration::from_secs(1);
    lab.check();
    assert_eq!(booted(&lab), Some(first));
    lab.wait(3_600);
    lab.check();
    assert_eq!(booted(&lab), Some(first));
    lab.now.wall += Duration::from_secs(7_200);
    lab.check();
    assert_eq!(booted(&lab), Some(first + 7_201));
    assert_eq!(lab.status("uptime").as_deref(), Some("1h 16m"), "how long it is up has not changed");
}
