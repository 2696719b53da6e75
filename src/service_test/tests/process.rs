use super::super::*;
use super::world::Lab;
use crate::config::{Amount, Command, Condition as C, Operator as O, ProcessBy, Resource as R, Subject};
use crate::machine::{MemoryFacts, ProcessIo};
use std::path::Path;
use std::time::Duration;

fn pidfile(conditions: Vec<C>) -> Lab {
    let mut all = vec![C::NotExist];
    all.extend(conditions);
    let mut lab = Lab::new("p", Subject::Process(ProcessBy::Pidfile(Path::new("/p.pid").into())), all);
    lab.world.memory = Some(MemoryFacts { total: 1 << 30, ..MemoryFacts::default() });
    lab.world.cores = 4;
    lab
}

fn matching(pattern: &str) -> Lab {
    Lab::new("m", Subject::Process(ProcessBy::Matching(pattern.into())), vec![C::NotExist])
}

fn number(resource: R, operator: O, limit: f64) -> C {
    C::Resource(resource, operator, Amount::Number(limit))
}

fn percent(resource: R, limit: f64) -> C {
    C::Resource(resource, O::Greater, Amount::Percent(limit))
}

#[test]
fn the_pidfile_decides() {
    let mut lab = pidfile(vec![]);
    assert_eq!(lab.check(), [".pidfile '/p.pid' does not exist", "-process is not running"]);
    for (text, reason) in [(&b"junk"[..], "has no process number in it"), (b"", "is empty")] {
        lab.world.write("/p.pid", text);
        let told = format!("-process is not running -- pidfile '/p.pid' {reason}");
        assert_eq!(lab.check(), [".Error reading pid from file '/p.pid'", &told]);
    }
    lab.world.write("/p.pid", b"42\n");
    assert_eq!(lab.check(), [".The PID 42 is not running -- No such process", "-process is not running"]);
    lab.world.run(42, 1, 5, "toy");
    let report = lab.report();
    assert_eq!(report.identity, Some(Identity { pid: 42, start: 5 }));
    assert_eq!(report.verdicts[0].message, "process is running with pid 42");
    assert_eq!(lab.memory.identity(), report.identity);
}

#[test]
fn the_process_that_was_known_is_the_service_though_its_pidfile_is_lost() {
    let mut lab = pidfile(vec![C::NotExist, C::PidChanged]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy");
    assert_eq!(lab.news(), [""; 0]);
    let existence =
        |lab: &mut Lab| existence(&lab.service, lab.memory.identity(), &mut lab.world, &mut lab.cycle);
    let there = Existence::There(Identity { pid: 42, start: 5 });
    for (text, odd) in [
        (None, "does not exist"),
        (Some(""), "is empty"),
        (Some("junk"), "has no process number in it"),
        (Some("43"), "names process 43, which is not running"),
    ] {
        lab.world.files.remove(Path::new("/p.pid"));
        text.iter().for_each(|text| lab.world.write("/p.pid", text.as_bytes()));
        for _ in 0..2 {
            let news = format!("-pidfile '/p.pid' {odd}, process 42 still runs");
            assert_eq!(lab.news(), [news], "and neither gone nor changed");
            assert_eq!(existence(&mut lab), there);
            lab.restart();
        }
    }
    lab.world.write("/p.pid", b"42");
    assert!(lab.check().contains(&"+pidfile '/p.pid' names the process again".to_string()));
    lab.world.files.clear();
    assert_eq!(lab.news().len(), 1);
    // Another one that got its number is not it.
    lab.world.run(42, 1, 6, "other");
    let lines = lab.check();
    assert!(lines.contains(&"-process is not running".to_string()), "{lines:?}");
    assert!(lines.contains(&"+the process without a pidfile has ended".to_string()), "{lines:?}");
    assert_eq!(existence(&mut lab), Existence::Gone);
}

#[test]
fn a_shortage_is_no_verdict_on_a_process() {
    let mut by_pidfile = pidfile(vec![C::NotExist, number(R::Threads, O::Greater, 0.0)]);
    by_pidfile.world.write("/p.pid", b"42");
    let by_pattern = Subject::Process(ProcessBy::Matching("toy".into()));
    let by_pattern = Lab::new("p", by_pattern, vec![C::NotExist, number(R::Children, O::Less, 5.0)]);
    for mut lab in [by_pidfile, by_pattern] {
        lab.world.run(42, 1, 5, "toy");
        lab.check();
        let there = existence(&lab.service, None, &mut lab.world, &mut lab.cycle);
        assert_eq!(there, Existence::There(Identity { pid: 42, start: 5 }));
        lab.world.shortage = Some("too many open files");
        let report = lab.report();
        assert_eq!((report.presence, report.identity), (Presence::Unknown, None));
        let failed: Vec<_> = report.verdicts.iter().map(|verdict| (verdict.test, verdict.outcome)).collect();
        assert_eq!(
            failed,
            [(TestRef::Builtin(crate::config::EventKind::Data), Outcome::Failed)],
            "{report:?}"
        );
        assert!(report.verdicts[0].message.ends_with(" cannot be read -- too many open files"));
        lab.cycle.begin_turn();
        let unknown = existence(&lab.service, None, &mut lab.world, &mut lab.cycle);
        assert!(matches!(unknown, Existence::Unknown(_)), "nothing is started for that");
        lab.world.shortage = None;
        let lines = lab.check();
        assert!(
            lines.iter().any(|line| line.starts_with('+') && line.ends_with(" can be read")),
            "{lines:?}"
        );
    }
}

#[test]
fn a_zombie_is_there_and_nothing_else_is_tested() {
    let mut lab = pidfile(vec![number(R::Threads, O::Greater, 0.0)]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy").process.stat.zombie = true;
    assert_eq!(lab.check(), ["+process is running with pid 42", "-process with pid 42 is a zombie"]);
    lab.world.run(42, 1, 5, "toy");
    assert!(lab.check().contains(&"+zombie check succeeded".to_string()));
}

#[test]
fn a_new_pid_is_a_change_unless_we_started_it() {
    let mut lab = pidfile(vec![C::PidChanged, C::PpidChanged]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy");
    assert_eq!(lab.news(), [""; 0]);
    lab.world.write("/p.pid", b"43");
    lab.world.run(43, 7, 6, "toy");
    assert_eq!(lab.news(), ["!process PID changed from 42 to 43", "!process PPID changed from 1 to 7"]);
    assert_eq!(lab.news(), [""; 0]);
    lab.world.write("/p.pid", b"44");
    lab.world.run(44, 1, 7, "toy");
    lab.memory.another_process();
    assert_eq!(lab.news(), [""; 0]);
    // Away for a check, it was told to be missing; that it is back says enough.
    lab.world.processes.remove(&44);
    assert_eq!(lab.news(), ["-process is not running"]);
    lab.world.write("/p.pid", b"45");
    lab.world.run(45, 1, 8, "toy");
    assert!(lab.news().iter().all(|line| !line.contains("changed")));
}

#[test]
fn the_pid_means_nothing_to_the_next_run_of_the_monitor() {
    let mut lab = pidfile(vec![C::PidChanged, C::PpidChanged]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy");
    lab.check();
    let mut saved = Vec::new();
    lab.memory.save(&mut |name, value| saved.push((name.to_string(), value.to_string())));
    assert_eq!(saved, [("process".to_string(), "42 5".to_string())], "to know it again, not to compare with");
    // As an older version saved it.
    lab.memory = Memory::default();
    lab.memory.load("last.pid", "i41");
    assert_eq!(lab.news(), [""; 0]);
}

#[test]
fn tests_of_one_kind_are_done_from_the_last_to_the_first() {
    let mut lab = pidfile(vec![C::Exist, C::NotExist]);
    lab.world.write("/p.pid", b"42");
    assert_eq!(
        lab.report().verdicts.iter().map(|verdict| verdict.test).collect::<Vec<_>>()[1..],
        [TestRef::Test(2), TestRef::Test(0), TestRef::Test(1)],
        "behind a note: those of what is missing, then those of what is there"
    );
}

#[test]
fn the_load_is_judged_in_a_process_too() {
    let mut lab = pidfile(vec![
        number(R::Load1, O::Greater, 3.5),
        number(R::Load5PerCore, O::Greater, 0.25),
        number(R::Load15, O::Greater, 9.0),
    ]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy");
    lab.world.load = Some([4.0, 2.0, 1.0]);
    assert_eq!(
        lab.news(),
        [
            "-loadavg per core (5min) of 0.5 matches resource limit [loadavg per core (5min) > 0.2]",
            "-loadavg (1min) of 4.0 matches resource limit [loadavg (1min) > 3.5]"
        ]
    );
}

#[test]
fn changed_and_a_number_is_another_number() {
    let mut lab = pidfile(vec![
        number(R::Threads, O::Changed, 3.0),
        number(R::Threads, O::Changed, 1.0),
        C::Uptime(O::Changed, 60),
    ]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy");
    let news = lab.news();
    assert!(news[0].starts_with("-uptime test failed"), "{news:?}");
    assert_eq!(news[1..], ["-threads count 1 matches resource limit [threads <> 3]"]);
}

#[test]
fn processor_time_is_a_share_of_what_the_threads_can_use() {
    let mut lab = pidfile(vec![percent(R::Cpu, 10.0), percent(R::TotalCpu, 90.0)]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 0, "toy").process.stat.threads = 4;
    assert_eq!(
        lab.check()[2..],
        [".total cpu usage check skipped (initializing)", ".cpu usage check skipped (initializing)"]
    );
    lab.wait(10);
    // 88 % of one core over ten seconds, four threads on four cores; a child of one thread at 100 %, just started.
    lab.world.processes.get_mut(&42).unwrap().process.stat.cpu = 880;
    let started = lab.world.ticks - 900;
    lab.world.run(50, 42, started, "child").process.stat.cpu = 1000;
    assert_eq!(
        lab.news(),
        [
            "-total cpu usage of 100.0% matches resource limit [cpu usage > 90.0%]",
            "-cpu usage of 22.0% matches resource limit [cpu usage > 10.0%]"
        ]
    );
    assert_eq!(lab.status("cpu").as_deref(), Some("22.0%"));
    // The same number, another process: no rate across both.
    lab.wait(10);
    lab.world.processes.clear();
    lab.world.run(42, 1, 77, "toy").process.stat.cpu = 5000;
    assert_eq!(lab.news(), [""; 0]);
}

#[test]
fn a_tree_is_counted_with_all_descendants() {
    let mut lab = pidfile(vec![
        number(R::Children, O::Greater, 1.0),
        number(R::TotalMemory, O::Greater, 100.0),
        C::TotalFileDescriptors(O::GreaterOrEqual, 9),
        percent(R::Memory, 0.1),
    ]);
    lab.world.write("/p.pid", b"10");
    for (pid, ppid) in [(10, 1), (30, 20), (20, 10), (99, 1)] {
        let process = lab.world.run(pid, ppid, 1, "toy");
        process.memory = 2 << 20;
        process.descriptors = 3;
    }
    assert_eq!(
        lab.news(),
        [
            "-total  filedescriptors usage of 9 matches limit [filedescriptors >= 9]",
            "-mem usage of 0.2% matches resource limit [mem usage > 0.1%]",
            "-total mem amount of 6 MB matches resource limit [total mem amount > 100 B]",
            "-children count 2 matches resource limit [children > 1]",
        ]
    );
    assert_eq!(lab.status("memory").as_deref(), Some("0.2% [2 MB]"));
    assert_eq!(lab.status("memory total").as_deref(), Some("0.6% [6 MB]"));
    assert_eq!(lab.status("children").as_deref(), Some("2"));
}

#[test]
fn a_tree_of_thousands_is_measured_in_many_turns() {
    let mut lab = pidfile(vec![number(R::Children, O::Greater, 2000.0)]);
    lab.world.write("/p.pid", b"10");
    lab.world.run(10, 1, 1, "toy");
    for pid in 100..3100 {
        lab.world.run(pid, 10, 2, "child");
    }
    assert_eq!(lab.news().len(), 1);
    assert!(lab.steps > 10, "{} steps", lab.steps);
}

#[test]
fn rates_of_reading_and_writing() {
    let mut lab =
        pidfile(vec![number(R::ReadBytes, O::Greater, 0.0), number(R::DiskWriteOperations, O::Greater, 0.0)]);
    lab.world.write("/p.pid", b"42");
    lab.world.run(42, 1, 5, "toy").io = ProcessIo { read: 500, writes: 1, ..ProcessIo::default() };
    assert_eq!(lab.news(), [""; 0], "no rate at the first look");
    lab.wait(2);
    lab.world.processes.get_mut(&42).unwrap().io = ProcessIo { read: 2548, writes: 2, ..Default::default() };
    assert_eq!(
        lab.news(),
        [
            "-write rate 0.5 operations/s matches resource limit [write > 0 operations/s]",
            "-read rate 1 kB/s matches resource limit [read > 0 B/s]"
        ]
    );
    assert_eq!(lab.status("read bytes").as_deref(), Some("1 kB/s [2.5 kB total]"));
    assert_eq!(lab.status("disk write operations").as_deref(), Some("0.5 writes/s [2 writes total]"));
}

#[test]
fn of_several_matches_the_oldest_and_the_parent() {
    let mut lab = matching("^toy");
    lab.world.run(5, 1, 900, "not toy");
    lab.world.run(300, 250, 500, "toy worker");
    lab.world.run(250, 1, 500, "toy master");
    lab.world.run(100, 1, 800, "toy young");
    assert_eq!(lab.report().identity, Some(Identity { pid: 250, start: 500 }));
    lab.world.processes.remove(&250);
    assert_eq!(lab.report().identity, Some(Identity { pid: 300, start: 500 }), "the next one at once");
}

#[test]
fn processes_that_match_nothing_are_left_alone() {
    let mut lab = matching("toy");
    for pid in 1..2000 {
        lab.world.run(pid, 0, 10, "something else");
    }
    assert_eq!(lab.report().presence, Presence::Missing);
    assert!(lab.steps > 1, "a first look at many processes takes several turns");
    lab.world.stats_read = 0;
    lab.wait(30);
    lab.report();
    assert!(lab.world.stats_read < 200, "{} looked at", lab.world.stats_read);
    // A new process is seen at once, one that renames itself before long.
    let started = lab.world.ticks;
    lab.world.run(5000, 1, started, "sh -c toy");
    assert_eq!(lab.report().identity.map(|found| found.pid), Some(5000));
    lab.world.processes.remove(&5000);
    lab.world.processes.get_mut(&77).unwrap().command = "toy";
    assert!((0..16).any(|_| lab.report().presence == Presence::Present));
}

#[test]
fn a_young_process_is_looked_at_until_it_has_its_name() {
    let mut lab = matching("toy");
    let started = lab.world.ticks;
    lab.world.run(50, 1, started, "sh");
    assert_eq!(lab.report().presence, Presence::Missing);
    lab.world.processes.get_mut(&50).unwrap().command = "toy";
    assert_eq!(lab.report().presence, Presence::Present);
}

#[test]
fn when_all_numbers_were_given_out_nothing_is_taken_for_known() {
    let mut lab = matching("toy");
    lab.world.run(50, 1, 10, "other");
    lab.report();
    lab.world.run(50, 1, 10, "toy");
    lab.world.forks += 4_000_000;
    assert_eq!(lab.report().presence, Presence::Present);
}

#[test]
fn ports_wait_for_a_process_that_may_still_be_starting() {
    let connection = crate::config::Connection {
        succeeded: false,
        target: crate::config::Target::Unix(Path::new("/s").into()),
        transport: Default::default(),
        family: Default::default(),
        protocol: crate::config::Protocol { spec: super::probes::protocol(), options: Default::default() },
        steps: Default::default(),
        content: None,
        timeout: Duration::from_secs(5),
        response_time: None,
        outgoing: None,
        retry: 1,
        tls: None,
        certificate: None,
    };
    let mut lab = pidfile(vec![C::Connection(std::rc::Rc::new(connection))]);
    lab.world.write("/p.pid", b"42");
    let started = lab.world.ticks - 100;
    lab.world.run(42, 1, started, "toy");
    lab.check();
    assert_eq!(lab.asked.len(), 1, "no start program, no pause");
    lab.service.start = Some(Box::new(Command {
        argv: ["/bin/true".into()].into(),
        uid: None,
        gid: None,
        timeout: Some(Duration::from_secs(30)),
    }));
    let refused = || ProbeResult {
        response: Err(Box::new(crate::probe::Failure::Connect(std::io::ErrorKind::ConnectionRefused.into()))),
        certificate_days: None,
        earlier: Default::default(),
        words: None,
    };
    let paused = ".connection test paused for 29 s while the process is starting".to_string();
    lab.probes = vec![(1, refused())];
    let told = lab.check();
    assert!(told.contains(&paused), "{told:?}");
    assert!(lab.report().verdicts.iter().all(|verdict| verdict.outcome != Outcome::Failed));
    // That it answers is true however young it is.
    lab.probes = vec![(1, ProbeResult { response: Ok(Duration::from_millis(1)), ..refused() })];
    let told = lab.check();
    assert!(!told.contains(&paused), "{told:?}");
    lab.wait(29);
    lab.probes = vec![(1, refused())];
    let report = lab.report();
    assert!(report.verdicts.iter().any(|verdict| verdict.outcome == Outcome::Failed), "{report:?}");
}

#[test]
fn existence_sees_a_new_process_between_cycles() {
    let mut lab = matching("toy");
    lab.report();
    assert_eq!(existence(&lab.service, None, &mut lab.world, &mut lab.cycle), Existence::Gone);
    let started = lab.world.ticks;
    lab.world.run(9, 1, started, "toy");
    lab.cycle.begin_turn();
    let found = existence(&lab.service, None, &mut lab.world, &mut lab.cycle);
    assert_eq!(found, Existence::There(Identity { pid: 9, start: started }));
}

#[test]
fn a_pidfile_on_a_hung_mount_says_nothing_about_its_process() {
    use super::world::Mount;
    let pidfile = crate::config::ProcessBy::Pidfile(std::path::Path::new("/run/p.pid").into());
    let mut lab = Lab::new("p", Subject::Process(pidfile), vec![C::NotExist]);
    lab.world.write("/run/p.pid", b"9");
    lab.world.run(9, 1, 5, "p");
    lab.world.mount = Mount::Remote(false);
    assert_eq!(lab.report().presence, Presence::Present);
    lab.world.mount = Mount::Hung;
    assert_eq!(lab.report().presence, Presence::Unknown);
    assert_eq!(lab.check(), ["-pidfile '/run/p.pid' is not answering -- no answer within 5 s"]);
    let found = existence(&lab.service, None, &mut lab.world, &mut lab.cycle);
    assert!(matches!(found, Existence::Unknown(_)), "{found:?}");
    lab.world.mount = Mount::Local;
    assert_eq!(lab.check()[0], "+pidfile '/run/p.pid' is answering");
    assert_eq!(lab.report().presence, Presence::Present);
}
