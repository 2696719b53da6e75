use super::super::*;
use super::world::Lab;
use crate::config::{Amount, Condition as C, Direction as D, Operator as O, Subject};
use crate::machine::{FilesystemAnswer, FilesystemFacts, MountActivity};
use std::time::{Duration, Instant};

fn filesystem(conditions: Vec<C>) -> Lab {
    let mut all = vec![C::NotExist];
    all.extend(conditions);
    let mut lab = Lab::new("fs", Subject::Filesystem("/data".into()), all);
    mount(&mut lab, |_| {});
    lab
}

fn mount(lab: &mut Lab, change: impl FnOnce(&mut FilesystemFacts)) {
    let mut facts = FilesystemFacts {
        kind: "ext4".into(),
        flags: "rw".into(),
        block_size: 4096,
        blocks: 1000,
        blocks_free: 400,
        blocks_available: 300,
        inodes: 100,
        inodes_free: 38,
        ..FilesystemFacts::default()
    };
    change(&mut facts);
    lab.world.filesystem = Some(FilesystemAnswer::Mounted(Box::new(facts)));
}

#[test]
fn space_and_inodes() {
    let space = |free, limit| C::Space { free, operator: O::Greater, limit };
    let inode = |free, limit| C::Inode { free, operator: O::Greater, limit };
    let mut lab = filesystem(vec![
        space(false, Amount::Percent(50.0)),
        space(true, Amount::Number(1000.0)),
        inode(false, Amount::Percent(60.0)),
        inode(true, Amount::Number(50.0)),
    ]);
    assert_eq!(
        lab.news(),
        [
            "-inode usage 62.0% matches resource limit [inode usage > 60.0%]",
            "-space free 1.6 MB matches resource limit [space free > 1000 B]",
            "-space usage 60.0% matches resource limit [space usage > 50.0%]",
        ]
    );
    assert_eq!(
        lab.status("space total").as_deref(),
        Some("3.9 MB (of which 10.0% is reserved for root user)")
    );
    assert_eq!(lab.status("space free for non superuser").as_deref(), Some("1.2 MB [30.0%]"));
    assert_eq!(lab.status("inodes free").as_deref(), Some("38 [38.0%]"));
    assert_eq!(lab.status("read bytes"), None, "no data, no line");
}

#[test]
fn a_filesystem_without_inodes_is_not_full() {
    let mut lab =
        filesystem(vec![C::Inode { free: false, operator: O::GreaterOrEqual, limit: Amount::Percent(0.0) }]);
    mount(&mut lab, |facts| (facts.inodes, facts.inodes_free) = (0, 0));
    assert_eq!(lab.news(), [""; 0]);
    assert_eq!(lab.status("inodes free"), None);
}

#[test]
fn missing_hung_and_back() {
    let mut lab = filesystem(vec![]);
    lab.world.filesystem = Some(FilesystemAnswer::NotMounted);
    assert_eq!(lab.news(), ["-unable to read filesystem '/data' state -- Filesystem '/data' not mounted"]);
    lab.world.filesystem = Some(FilesystemAnswer::Failed("no answer within 5 s".into()));
    let report = lab.report();
    assert_eq!(report.presence, Presence::Unknown);
    assert_eq!(report.verdicts[0].test, TestRef::Builtin(crate::config::EventKind::Data));
    assert_eq!(report.verdicts[0].outcome, Outcome::Failed);
    mount(&mut lab, |_| {});
    assert!(lab.check().contains(&"+filesystem '/data' is answering".to_string()));
    lab.world.filesystem = Some(FilesystemAnswer::Pending(Instant::now() + Duration::from_secs(1)));
    assert_eq!(lab.report().presence, Presence::Unknown, "asked again later");
}

#[test]
fn meant_to_be_there_or_not() {
    let mut lab = Lab::new("fs", Subject::Filesystem("/data".into()), vec![C::Exist]);
    mount(&mut lab, |_| {});
    assert_eq!(lab.news(), ["-filesystem '/data' exists"]);
    lab.world.filesystem = Some(FilesystemAnswer::NotMounted);
    assert!(lab.check().contains(&"+filesystem '/data' doesn't exist".to_string()));
}

#[test]
fn flags_as_a_whole() {
    let mut lab = filesystem(vec![C::FsFlagsChanged]);
    assert_eq!(lab.news(), [""; 0]);
    mount(&mut lab, |facts| facts.flags = "ro".into());
    assert_eq!(lab.news(), ["!filesystem flags changed from 'rw' to 'ro'"]);
}

#[test]
fn activity_between_two_looks() {
    let mut lab = filesystem(vec![
        C::FsBytes(D::Read, O::Greater, Amount::Number(1.0)),
        C::FsOperations(D::Write, O::Greater, 1),
        C::FsServiceTime(O::Greater, Duration::from_millis(2)),
    ]);
    assert_eq!(
        lab.check()[2..],
        [
            ".warning -- no data are available for service time test",
            ".warning -- no data are available for write rate test",
            ".warning -- no data are available for bytes read rate test",
        ]
    );
    let activity = |times: u64| {
        Some(MountActivity {
            read_bytes: 2048 * times,
            reads: 10 * times,
            read_time: Some(5 * times),
            written_bytes: 0,
            writes: 10 * times,
            write_time: Some(20 * times),
        })
    };
    mount(&mut lab, |facts| facts.activity = activity(7));
    assert_eq!(lab.news(), [""; 0], "no rate at the first look");
    lab.wait(2);
    mount(&mut lab, |facts| facts.activity = activity(8));
    assert_eq!(
        lab.news(),
        [
            "-service time 2.500 ms/operation matches resource limit [service time > 2 ms/operation]",
            "-write rate 5.0 operations/s matches resource limit [write > 1 operations/s]",
            "-read rate 1 kB/s matches resource limit [read > 1 B/s]"
        ]
    );
    assert_eq!(
        lab.status("service time").as_deref(),
        Some("2.500 ms/operation (of which read 0.500 ms, write 2.000 ms)")
    );
}
