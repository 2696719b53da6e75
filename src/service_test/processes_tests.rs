//! How often the machine is asked, and how old an answer may be.

use super::*;
use crate::machine::{FileFacts, Pidfile};
use std::io;
use std::path::Path;

/// A machine that counts what it is asked; its answers count up, too.
#[derive(Default)]
struct Machine {
    asked: u32,
}

impl Facts for Machine {
    fn stat(&mut self, _: &Path) -> io::Result<FileFacts> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read_at(&mut self, _: &Path, _: u64, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn pidfile(&mut self, _: &Path) -> Pidfile {
        Pidfile::Missing
    }

    fn process(&mut self, pid: i32) -> Fact<Process> {
        self.asked += 1;
        let stat = ProcessStat { pid, cpu: self.asked.into(), ..ProcessStat::default() };
        Ok(Process { stat, ..Process::default() })
    }

    fn process_memory(&mut self, _: i32, _: MemoryKind) -> Fact<u64> {
        self.asked += 1;
        Ok(self.asked.into())
    }
}

/// Processes and a machine on which time goes by.
struct Lab {
    processes: Processes,
    machine: Machine,
    now: Instant,
}

impl Lab {
    fn new() -> Lab {
        Lab { processes: Processes::default(), machine: Machine::default(), now: Instant::now() }
    }

    /// What a check of one service asks, and how often the machine was asked for it.
    fn check(&mut self, pid: i32) -> u32 {
        let before = self.machine.asked;
        self.processes.ask(pid, self.now);
        let process = self.processes.process(pid, None, &mut self.machine).expect("it runs");
        assert_eq!(process.stat.pid, pid);
        self.processes.memory(pid, &mut self.machine).expect("it runs");
        self.machine.asked - before
    }
}

#[test]
fn who_is_alone_asks_for_itself_and_nothing_is_kept() {
    let mut lab = Lab::new();
    for _ in 0..3 {
        lab.processes.renew();
        assert_eq!([1, 2, 3].map(|pid| lab.check(pid)), [2, 2, 2]);
        assert!(lab.processes.shared.is_empty());
        assert_eq!(lab.processes.time_of(1), None);
    }
}

#[test]
fn what_several_ask_for_is_read_once_a_cycle() {
    let mut lab = Lab::new();
    // In the first cycle the second one has to come before it is known that there are several.
    assert_eq!([7, 7, 7, 8, 7].map(|pid| lab.check(pid)), [2, 2, 0, 2, 0]);
    for _ in 0..3 {
        lab.processes.renew();
        assert_eq!([7, 7, 8, 7].map(|pid| lab.check(pid)), [2, 0, 2, 0]);
    }
    // Nobody shares it any more: after one cycle nothing is kept.
    lab.processes.renew();
    lab.check(7);
    lab.processes.renew();
    assert!(lab.processes.shared.is_empty());
}

#[test]
fn an_answer_is_good_for_a_moment_and_of_the_time_when_it_was_read() {
    let mut lab = Lab::new();
    lab.check(7);
    lab.check(7);
    let read = lab.now;
    lab.now += FRESH;
    assert_eq!(lab.check(7), 0);
    assert_eq!(lab.processes.time_of(7), Some(read));
    lab.now += Duration::from_millis(1);
    assert_eq!(lab.check(7), 2);
    assert_eq!(lab.processes.time_of(7), Some(lab.now));
}

#[test]
fn after_something_was_done_everything_is_read_again() {
    let mut lab = Lab::new();
    assert_eq!([7, 7, 7].map(|pid| lab.check(pid)), [2, 2, 0]);
    lab.processes.look_anew();
    assert_eq!([7, 7].map(|pid| lab.check(pid)), [2, 0]);
}

#[test]
fn who_needs_exact_owners_does_not_take_what_another_took_for_granted() {
    let mut lab = Lab::new();
    // Both ask for it in one cycle, so that it is shared in the next.
    lab.check(7);
    lab.check(7);
    lab.processes.renew();
    lab.processes.ask(7, lab.now);
    let known = lab.processes.process(7, None, &mut lab.machine).expect("it runs");
    lab.processes.renew();
    lab.check(7);
    lab.check(7);
    lab.processes.renew();
    let mut asked = |known| {
        let before = lab.machine.asked;
        lab.processes.ask(7, lab.now);
        lab.processes.process(7, known, &mut lab.machine).expect("it runs");
        lab.machine.asked - before
    };
    assert_eq!(asked(Some(known)), 1);
    assert_eq!(asked(Some(known)), 0);
    assert_eq!(asked(None), 1, "the owners are read");
    assert_eq!([asked(None), asked(Some(known))], [0, 0]);
}
