//! The biggest processes, of whom they are searched for and how.

use super::world::Lab;
use crate::config::{Amount, Condition as C, Operator as O, ProcessBy, Resource as R, Subject};
use crate::machine::{CpuTimes, MemoryFacts, ProcessName};

fn above(resource: R, limit: Amount) -> C {
    C::Resource(resource, O::Greater, limit)
}

/// Seven processes, of which each works more and is larger than the one before.
fn people(lab: &mut Lab) {
    for (n, name) in (0u64..).zip(["init", "a", "b c", "d\u{1b}[2J", "(e)", "fffffffffffffffff", "g"]) {
        let pid = n as i32 + 1;
        let running = lab.world.run(pid, if pid > 5 { 5 } else { 1 }, n, "secret --password=x");
        running.busy = n * 5;
        running.process.stat.resident = n * 256;
        running.process.stat.name = ProcessName::new(name.as_bytes());
    }
}

/// What is seen of the first verdict that is bad.
fn seen(lab: &mut Lab) -> String {
    let report = lab.report();
    let bad = report.verdicts.iter().find(|verdict| verdict.outcome == super::super::Outcome::Failed);
    bad.expect("a failure").evidence().to_owned()
}

fn busy() -> Lab {
    let mut lab = Lab::new("sys", Subject::System, vec![above(R::Cpu, Amount::Percent(40.0))]);
    people(&mut lab);
    lab.world.cores = 1;
    for used in [100, 200] {
        lab.world.cpu = Some(CpuTimes { user: used, total: used, ..CpuTimes::default() });
        if used == 100 {
            lab.check();
        }
    }
    lab
}

#[test]
fn the_biggest_by_what_they_work_now() {
    let mut lab = busy();
    assert_eq!(seen(&mut lab), "", "nobody is told");
    let mut lab = busy();
    lab.told = true;
    assert_eq!(
        seen(&mut lab),
        "Biggest processes by cpu (of one processor):\n  g[7] 60.0%\n  ffffffffffffffff[6] 50.0%\n  (e)[5] 40.0%\n  \
         d?[2J[4] 30.0%\n  b c[3] 20.0%\n"
    );
}

#[test]
fn a_machine_of_many_is_looked_at_in_pieces() {
    let mut lab = busy();
    for pid in 8..3000 {
        lab.world.run(pid, 1, 5, "x");
    }
    lab.told = true;
    assert!(seen(&mut lab).contains("g[7]"));
    assert!(lab.steps > 40, "{} steps", lab.steps);
}

#[test]
fn of_a_process_service_those_below_it() {
    let conditions = vec![above(R::Children, Amount::Number(1.0))];
    let mut lab =
        Lab::new("p", Subject::Process(ProcessBy::Pidfile(std::path::Path::new("/p").into())), conditions);
    people(&mut lab);
    lab.world.write("/p", b"5\n");
    lab.told = true;
    let page = crate::sys::clock::page_size() as f64;
    let size = |pages: f64| crate::config::format::bytes(pages * page);
    let (g, f, e) = (size(6.0 * 256.0), size(5.0 * 256.0), size(4.0 * 256.0));
    let expected = format!("  g[7] {g}\n  ffffffffffffffff[6] {f}\n  (e)[5] {e}\n");
    assert_eq!(seen(&mut lab), format!("Biggest of its processes by resident memory:\n{expected}"));
}

#[test]
fn of_swap_those_who_have_most_there() {
    let mut lab = Lab::new("sys", Subject::System, vec![above(R::Swap, Amount::Percent(40.0))]);
    people(&mut lab);
    for (pid, swapped) in [(2, 3 << 20), (4, 1 << 20), (5, 2 << 20)] {
        lab.world.processes.get_mut(&pid).unwrap().swapped = swapped;
    }
    lab.world.memory =
        Some(MemoryFacts { swap_total: 10 << 20, swap_used: 6 << 20, ..MemoryFacts::default() });
    lab.told = true;
    assert_eq!(
        seen(&mut lab),
        "Biggest processes by swapped memory:\n  a[2] 3 MB\n  (e)[5] 2 MB\n  d?[2J[4] 1 MB\n"
    );
    assert_eq!(lab.world.stats_read, 3, "of whom has nothing there no more is read");
}

#[test]
fn of_pages_that_come_back_from_the_swap_those_who_have_something_there() {
    for paging in [R::PageIn, R::PageOut] {
        let mut lab = Lab::new("sys", Subject::System, vec![above(paging, Amount::Number(1.0))]);
        people(&mut lab);
        lab.world.processes.get_mut(&2).unwrap().swapped = 3 << 20;
        lab.world.paging = Some((1000, 1000));
        lab.check();
        lab.wait(10);
        lab.world.paging = Some((900_000, 900_000));
        lab.told = true;
        assert_eq!(seen(&mut lab), "Biggest processes by swapped memory:\n  a[2] 3 MB\n", "{paging:?}");
    }
}
