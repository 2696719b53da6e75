use super::super::*;
use super::world::{Lab, kind};
use crate::config::{
    ChecksumKind, Condition as C, Digest, Identity as Id, Operator, PatternSource, StringOperator, Subject,
    TimestampKind,
};
use crate::machine::FileKind;
use std::path::Path;

pub(super) const F: &str = "/f";

pub(super) fn file(conditions: Vec<C>) -> Lab {
    let mut all = vec![C::NotExist];
    all.extend(conditions);
    let mut lab = Lab::new("f", Subject::File(Path::new(F).into()), all);
    lab.world.write(F, b"hello\n");
    lab
}

pub(super) fn pattern(text: &str) -> C {
    C::FileContent(StringOperator::Match, PatternSource::Pattern(text.into()))
}

#[test]
fn existence_and_type_end_a_check() {
    let mut lab = file(vec![C::Permission(0o777)]);
    assert_eq!(
        lab.check(),
        ["+file exists", "+is a regular file", "-permission test failed for /f [current permission 0644]"]
    );
    kind(&mut lab, F, FileKind::Directory);
    let report = lab.report();
    assert_eq!(report.presence, Presence::WrongType);
    assert_eq!(
        report.verdicts.last().map(|v| (v.outcome, v.message.as_str())),
        Some((Outcome::Failed, "is neither a regular file nor a socket"))
    );
    assert_eq!(lab.status("size").as_deref(), Some("-"));
    lab.world.files.clear();
    assert_eq!(lab.check(), ["-file doesn't exist"]);
    assert_eq!(lab.status("size"), None);
}

#[test]
fn exist_turns_the_verdict_round() {
    let mut lab = Lab::new("f", Subject::File(Path::new(F).into()), vec![C::Exist]);
    assert_eq!(lab.check(), ["+file doesn't exist"]);
    lab.world.write(F, b"");
    assert_eq!(lab.check(), ["-file exists", "+is a regular file"]);
}

#[test]
fn absence_is_judged_before_presence() {
    let mut lab = Lab::new("f", Subject::File(Path::new(F).into()), vec![C::Exist, C::NotExist]);
    assert_eq!(
        lab.report().verdicts.iter().map(|v| v.outcome).collect::<Vec<_>>(),
        [Outcome::Failed, Outcome::Succeeded]
    );
}

#[test]
fn words_of_the_simple_tests() {
    let id = |id| Id { id, text: "x".into() };
    let mut lab = file(vec![
        C::Permission(0o644),
        C::Uid(id(0)),
        C::Gid(id(7)),
        C::Size(Operator::Greater, 5),
        C::Size(Operator::Greater, 1 << 40),
        C::Hardlink(Operator::Equal, 2),
    ]);
    assert_eq!(
        lab.check()[2..],
        [
            "+permission test succeeded [current permission 0644]",
            "+uid test succeeded [current uid = 0]",
            "-gid test failed for f -- current gid is 0",
            // The last of the file first.
            "+size check succeeded [current size = 6 B]",
            "-size test failed for /f -- current size is 6 B (limit: > 5 B)",
            "+hardlink check succeeded [current hardlink = 1]",
        ]
    );
}

#[test]
fn changes_are_told_once_and_the_first_value_is_silent() {
    let mut lab = file(vec![
        C::PermissionChanged,
        C::SizeChanged,
        C::HardlinkChanged,
        C::TimestampChanged(TimestampKind::Modification),
        C::ChecksumChanged(ChecksumKind::Md5),
    ]);
    assert_eq!(lab.news(), [""; 0]);
    lab.world.write(F, b"other text");
    lab.world.facts(F).mode = 0o600;
    lab.world.facts(F).links = 2;
    let news = lab.news();
    assert_eq!(news.len(), 5, "{news:?}");
    assert_eq!(news[0], "!checksum changed to a6c6905fd3fb5f3020cbf2bf7a2f5f85");
    assert_eq!(
        news[1..4],
        [
            "!permission for /f changed from 0644 to 0600",
            "!size for /f changed to 10 B",
            "!hardlink for /f changed to 2"
        ]
    );
    assert!(news[4].starts_with("!modify time for /f changed from "), "{}", news[4]);
    assert_eq!(lab.news(), [""; 0]);
    // The values from before it went are those to compare with.
    let kept = lab.world.files.remove(Path::new(F)).unwrap();
    assert_eq!(lab.news(), ["-file doesn't exist"]);
    lab.world.files.insert(F.into(), kept);
    lab.world.facts(F).mode = 0o640;
    assert_eq!(lab.news(), ["!permission for /f changed from 0600 to 0640"]);
}

#[test]
fn the_last_values_survive_a_restart_of_the_monitor() {
    let mut lab = file(vec![C::SizeChanged, C::ChecksumChanged(ChecksumKind::Sha256)]);
    lab.check();
    lab.restart();
    lab.world.write(F, b"changed while we were away");
    let news = lab.news();
    assert!(news.iter().any(|line| line.starts_with("!checksum changed to ")), "{news:?}");
    assert!(news.iter().any(|line| line == "!size for /f changed to 26 B"), "{news:?}");
}

#[test]
fn two_tests_see_the_same_change() {
    let mut lab = file(vec![C::SizeChanged, C::SizeChanged]);
    lab.check();
    lab.world.write(F, b"1");
    assert_eq!(lab.news().len(), 2);
}

#[test]
fn checksums_with_and_without_a_value() {
    let expected = |hex: &str| Some(Box::new(Digest { hex: hex.into(), given: true }));
    let mut lab = file(vec![
        C::Checksum(ChecksumKind::Md5, expected("b1946ac92492d2347c6235b4d2611184")),
        C::Checksum(ChecksumKind::Sha256, None),
    ]);
    assert_eq!(lab.news(), [""; 0]);
    lab.world.write(F, b"x");
    let news = lab.news();
    assert_eq!(
        news[0],
        "-checksum failed, expected b1946ac92492d2347c6235b4d2611184 got 9dd4e461268c8034f5c8564e155c67a6"
    );
    assert!(
        news[1].starts_with(
            "-checksum failed, expected 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 got "
        ),
        "the first content is the reference and stays it: {}",
        news[1]
    );
    lab.restart();
    assert_eq!(lab.news().len(), 2, "the reference survives a restart");
    lab.world.write(F, b"hello\n");
    assert_eq!(lab.news(), [""; 0]);
}

#[test]
fn a_big_file_is_read_in_many_turns() {
    let mut lab = file(vec![C::ChecksumChanged(ChecksumKind::Sha256)]);
    let big = vec![7; 40 << 20];
    lab.world.write(F, &big);
    lab.check();
    assert!(lab.steps > 5, "read in {} steps", lab.steps);
    lab.world.write(F, b"small again");
    assert_eq!(lab.news().len(), 1);
}

#[test]
fn an_unchanged_file_is_not_read_again_but_any_touch_makes_it() {
    let mut lab = file(vec![C::ChecksumChanged(ChecksumKind::Sha256)]);
    lab.check();
    // Same length, same times to the second: only the nanoseconds tell.
    lab.world.files.get_mut(Path::new(F)).unwrap().1 = b"HELLO\n".to_vec();
    assert_eq!(lab.news(), [""; 0], "nothing tells of a change");
    lab.world.facts(F).changed_nanos = 1;
    assert_eq!(lab.news().len(), 1);
    lab.world.files.get_mut(Path::new(F)).unwrap().1 = b"hallo\n".to_vec();
    lab.wait(4000);
    assert_eq!(lab.news().len(), 1, "read again after an hour whatever stat says");
}

#[test]
fn ages_of_files() {
    let mut lab = file(vec![
        C::Timestamp(TimestampKind::Default, Operator::Greater, 99_000),
        C::Timestamp(TimestampKind::Access, Operator::Less, 99_000),
    ]);
    assert_eq!(lab.news().len(), 1, "modified 99 999 s ago");
    lab.world.facts(F).changed = 1_700_099_999;
    assert_eq!(lab.news(), [""; 0], "the later of both times counts");
}

#[test]
fn directories_and_fifos() {
    let mut lab = Lab::new("d", Subject::Directory(Path::new("/d").into()), vec![C::NotExist]);
    assert_eq!(lab.check(), ["-directory doesn't exist"]);
    lab.world.write("/d", b"");
    assert_eq!(lab.check(), ["+directory exists", "-is not directory"]);
    kind(&mut lab, "/d", FileKind::Directory);
    assert_eq!(lab.check(), ["+directory exists", "+is directory"]);
    assert_eq!(lab.status("permission").as_deref(), Some("644"));
    assert_eq!(lab.status("size"), None);
    let mut lab = Lab::new("p", Subject::Fifo(Path::new("/p").into()), vec![C::NotExist]);
    lab.world.write("/p", b"");
    kind(&mut lab, "/p", FileKind::Fifo);
    assert_eq!(lab.check(), ["+fifo exists", "+is fifo"]);
}

#[test]
fn a_remote_file_is_checked_as_a_local_one() {
    use super::world::Mount;
    let conditions = || {
        vec![
            C::Checksum(ChecksumKind::Sha1, None),
            C::Size(Operator::Greater, 5),
            pattern("hello"),
            C::FileContent(StringOperator::Match, PatternSource::File(Path::new("/patterns").into())),
        ]
    };
    let run = |remote: bool| {
        let mut lab = file(conditions());
        lab.world.write("/patterns", b"world\nnothing\n");
        if remote {
            lab.world.mount = Mount::Remote(false);
        }
        let first = lab.check();
        lab.world.append(F, b"hello world\n");
        (first, lab.check(), lab.check())
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn a_hung_mount_is_neither_missing_nor_fine() {
    use super::world::Mount;
    let mut lab = file(vec![pattern("more")]);
    lab.check();
    lab.world.append(F, b"more\n");
    lab.world.mount = Mount::Hung;
    let report = lab.report();
    assert_eq!((report.presence, report.verdicts.len()), (Presence::Unknown, 1));
    assert_eq!(lab.check(), ["-file '/f' is not answering -- no answer within 5 s"]);
    lab.restart();
    lab.world.mount = Mount::Local;
    let lines = lab.check();
    assert!(lines.contains(&"+file '/f' is answering".to_string()), "{lines:?}");
    assert!(lines.contains(&"!content match:\nmore\n".to_string()), "{lines:?}");
    assert!(!lab.check().iter().any(|line| line.contains("answering")));
    lab.world.mount = Mount::Hung;
    lab.check();
    lab.world.mount = Mount::Local;
    lab.world.files.clear();
    assert_eq!(lab.check(), ["-file doesn't exist", "+file '/f' is answering"]);
}
