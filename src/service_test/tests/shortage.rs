//! What cannot be read is neither good nor bad, and that is told: once, and until it can be read.

use super::super::*;
use super::world::Lab;
use crate::config::{
    Amount, Condition as C, Direction, EventKind, NetworkBy, Operator as O, ProcessBy, Resource as R, Span,
    Stalled, StringOperator, Subject, TrafficUnit,
};
use crate::machine::{CpuTimes, FilesystemAnswer, FilesystemFacts, LinkFacts, MemoryFacts, NoFact, Pressure};
use std::path::Path;

const SHORT: &str = "too many open files";

/// The results of a check that count: of access to data, and of the tests.
fn results(lab: &mut Lab) -> (Vec<(Outcome, String)>, usize) {
    let report = lab.report();
    let counting = report.verdicts.into_iter().filter(|verdict| verdict.outcome != Outcome::NoData);
    let (data, rest): (Vec<_>, Vec<_>) =
        counting.partition(|verdict| verdict.test == TestRef::Builtin(EventKind::Data));
    let rest = rest.iter().filter(|verdict| matches!(verdict.test, TestRef::Test(_))).count();
    (data.into_iter().map(|verdict| (verdict.outcome, verdict.message)).collect(), rest)
}

/// With a shortage no test is decided and one data error is told, in each check; then it is over and all is as before.
fn survives(lab: &mut Lab) {
    lab.check();
    lab.wait(5);
    let (data, before) = results(lab);
    assert!(data.iter().all(|(outcome, _)| *outcome == Outcome::Succeeded), "{data:?}");
    assert!(before > 0, "the tests are decided");
    lab.world.shortage = Some(SHORT);
    for _ in 0..3 {
        lab.wait(5);
        let (data, tests) = results(lab);
        assert_eq!((data.len(), tests), (1, 0), "{data:?}");
        assert!(data[0].0 == Outcome::Failed && data[0].1.contains(SHORT), "{data:?}");
        lab.restart();
    }
    lab.world.shortage = None;
    lab.wait(5);
    let (data, _) = results(lab);
    assert!(!data.is_empty() && data.iter().all(|(outcome, _)| *outcome == Outcome::Succeeded), "{data:?}");
}

fn above(resource: R) -> C {
    C::Resource(resource, O::Greater, Amount::Percent(-1.0))
}

#[test]
fn of_the_system() {
    let per_core = C::Resource(R::Load1PerCore, O::Greater, Amount::Number(0.0));
    let pages = C::Resource(R::PageIn, O::Greater, Amount::Number(-1.0));
    let pressure = C::Pressure { of: Stalled::Io, full: false, over: 10, operator: O::Greater, limit: 0.0 };
    let all = [
        above(R::Cpu),
        above(R::CpuUser),
        above(R::Memory),
        above(R::Swap),
        C::Resource(R::Load15, O::Greater, Amount::Number(0.0)),
        per_core,
        pages,
        pressure,
        C::OomKills(O::Greater, 0),
        C::Uptime(O::Greater, 5),
        C::FileDescriptors(O::Greater, Amount::Percent(1.0)),
    ];
    for condition in all {
        let mut lab = Lab::new("sys", Subject::System, vec![condition.clone()]);
        lab.world.load = Some([4.0, 2.4, 1.0]);
        lab.world.cpu = Some(CpuTimes { user: 100, total: 1000, ..CpuTimes::default() });
        lab.world.memory =
            Some(MemoryFacts { total: 100, used: 50, swap_total: 10, swap_used: 5, limited: false });
        lab.world.paging = Some((1, 2));
        lab.world.pressure = Some(Pressure::default());
        lab.world.oom_kills = Some(3);
        lab.check();
        lab.world.cpu = Some(CpuTimes { user: 150, total: 1100, ..CpuTimes::default() });
        survives(&mut lab);
    }
}

#[test]
fn what_nobody_asks_for_is_not_missed() {
    let mut lab = Lab::new("sys", Subject::System, vec![]);
    lab.world.shortage = Some(SHORT);
    assert_eq!(lab.news(), [""; 0]);
}

#[test]
fn of_an_interface() {
    let traffic = C::Traffic {
        direction: Direction::Write,
        operator: O::Greater,
        limit: 5,
        unit: TrafficUnit::Bytes,
        span: Span::Second,
    };
    let by = Subject::Network(NetworkBy::Interface("eth0".into()));
    let mut lab = Lab::new("n", by, vec![C::LinkDown, traffic]);
    lab.world.link = Some(Ok(LinkFacts { up: true, ..LinkFacts::default() }));
    survives(&mut lab);
    lab.world.link = Some(Err(NoFact::Absent));
    assert_eq!(
        lab.news(),
        [
            "-link data collection failed -- Cannot read /sys/class/net/eth0/flags -- No such file or directory"
        ]
    );
}

#[test]
fn of_a_process_each_test_for_itself() {
    let number = |resource| C::Resource(resource, O::Greater, Amount::Number(-1.0));
    let all = [
        number(R::Memory),
        number(R::TotalMemory),
        number(R::Children),
        number(R::ReadBytes),
        C::FileDescriptors(O::Greater, Amount::Number(0.0)),
        C::TotalFileDescriptors(O::Greater, 0),
        C::SecurityAttribute(StringOperator::NotEqual, "x".into()),
    ];
    for condition in all {
        let mut lab =
            Lab::new("p", Subject::Process(ProcessBy::Pidfile(Path::new("/p.pid").into())), vec![condition]);
        lab.world.write("/p.pid", b"42");
        lab.world.run(42, 1, 5, "toy");
        // The process itself can be read.
        lab.world.processes_readable = true;
        survives(&mut lab);
    }
}

#[test]
fn of_a_file() {
    for errno in [libc::EACCES, libc::EIO, libc::ELOOP, libc::ENOMEM, libc::ENAMETOOLONG, libc::EMFILE] {
        let mut lab = Lab::new("f", Subject::File(Path::new("/f").into()), vec![C::NotExist, C::SizeChanged]);
        lab.world.write("/f", b"x");
        lab.check();
        lab.world.broken = vec![("/f".into(), errno)];
        let report = lab.report();
        assert_eq!(report.presence, Presence::Unknown);
        let [verdict] = &report.verdicts[..] else { panic!("{report:?}") };
        assert_eq!(verdict.test, TestRef::Builtin(EventKind::Data));
        assert!(verdict.message.starts_with("file '/f' cannot be read -- "), "{verdict:?}");
        lab.world.broken.clear();
        assert!(lab.check().contains(&"+file '/f' can be read".to_string()));
        for errno in [libc::ENOENT, libc::ENOTDIR] {
            lab.world.broken = vec![("/f".into(), errno)];
            assert_eq!(lab.news(), ["-file doesn't exist"]);
        }
    }
}

#[test]
fn no_percentage_of_nothing() {
    let space = |free, limit| C::Space { free, operator: O::Less, limit };
    let conditions = vec![
        space(true, Amount::Percent(5.0)),
        space(true, Amount::Number(5.0)),
        space(false, Amount::Percent(80.0)),
        C::Inode { free: true, operator: O::Less, limit: Amount::Percent(5.0) },
    ];
    let mut lab = Lab::new("fs", Subject::Filesystem("/sys".into()), conditions);
    let facts = FilesystemFacts { kind: "sysfs".into(), block_size: 4096, ..FilesystemFacts::default() };
    lab.world.filesystem = Some(FilesystemAnswer::Mounted(Box::new(facts)));
    let decided = |line: &String| line.contains("space") || line.contains("inode ");
    assert_eq!(lab.check().into_iter().filter(decided).collect::<Vec<_>>(), [""; 0]);
}
