use super::super::*;
use super::world::{Lab, kind};
use crate::config::{
    ChecksumKind, Condition as C, Digest, Identity as Id, Operator, PatternSource, StringOperator, Subject,
    TimestampKind,
};
use crate::machine::FileKind;
use std::path::Path;

const F: &str = "/f";

fn file(conditions: Vec<C>) -> Lab {
    let mut all = vec![C::NotExist];
    all.extend(conditions);
    let mut lab = Lab::new("f", Subject::File(Path::new(F).into()), all);
    lab.world.write(F, b"hello\n");
    lab
}

fn pattern(text: &str) -> C {
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
fn content_reports_new_lines_only() {
    let mut lab = file(vec![pattern("ERR")]);
    lab.world.write(F, b"ERR old\n");
    assert_eq!(lab.news(), [""; 0]);
    assert_eq!(lab.status("content match").as_deref(), Some("no"));
    lab.world.append(F, b"ERR 1\nfine\nERR 2\nERR par");
    assert_eq!(lab.news(), ["!content match:\nERR 1\nERR 2\n"]);
    assert_eq!(lab.status("content match").as_deref(), Some("yes"));
    assert_eq!(lab.news(), [""; 0]);
    lab.world.append(F, b"tial\n");
    assert_eq!(lab.news(), ["!content match:\nERR partial\n"]);
}

#[test]
fn content_after_nul_bytes_and_in_long_lines() {
    let mut lab = file(vec![pattern("ERR")]);
    lab.check();
    lab.world.append(F, b"nul\0ERR 1\nERR 2\n");
    assert_eq!(lab.news(), ["!content match:\nnul\\0ERR 1\nERR 2\n"]);
    let mut long = vec![b'q'; 600];
    long.extend(b"ERR beyond the limit\nERR 3");
    long.extend(vec![b'z'; 100_000]);
    lab.world.append(F, &long);
    assert_eq!(lab.news(), [""; 0], "the second line is not complete");
    lab.world.append(F, b"\nERR 4\n");
    let news = lab.news();
    assert!(news[0].starts_with("!content match:\nERR 3zzz") && news[0].len() < 700, "{news:?}");
}

#[test]
fn content_across_rotation_truncation_and_recreation() {
    let mut lab = file(vec![pattern("ERR")]);
    lab.check();
    lab.world.write(F, b"ERR 1\n");
    lab.world.facts(F).inode = 99;
    assert_eq!(lab.news(), ["!content match:\nERR 1\n"], "another inode");
    lab.world.write(F, b"ERR\n");
    assert_eq!(lab.news(), ["!content match:\nERR\n"], "shrunk");
    lab.world.files.clear();
    lab.check();
    lab.world.write(F, b"ERR first line of the new file\n");
    assert_eq!(lab.news(), ["!content match:\nERR first line of the new file\n"]);
}

/// What was `from` has the name `to` now.
fn rename(lab: &mut Lab, to: &str) {
    let file = lab.world.files.remove(Path::new(F)).unwrap();
    lab.world.files.insert(to.into(), file);
}

#[test]
fn lines_written_before_a_rotation_are_not_lost() {
    const OLD: &str = "/f.1";
    let mut lab = file(vec![pattern("ERR")]);
    lab.world.write(F, b"start\n");
    lab.check();
    let inode = lab.world.facts(F).inode;
    lab.world.append(F, b"ERR last of the old\n");
    rename(&mut lab, OLD);
    lab.world.write(F, b"ERR first of the new\n");
    lab.world.facts(F).inode = inode + 1;
    assert_eq!(lab.news(), ["!content match:\nERR last of the old\nERR first of the new\n"]);
    lab.restart();
    lab.world.append(OLD, b"ERR its writer was not told yet\n");
    assert_eq!(lab.news(), ["!content match:\nERR its writer was not told yet\n"]);
    lab.check();
    lab.world.append(OLD, b"ERR too late\n");
    assert_eq!(lab.news(), [""; 0], "the new file is written to, the old one was not any more");
    // Missing in between, and then empty.
    lab.world.append(F, b"ERR while nobody looked\n");
    rename(&mut lab, "/f.2");
    lab.check();
    lab.world.write(F, b"");
    lab.world.facts(F).inode = inode + 2;
    assert_eq!(lab.news(), ["!content match:\nERR while nobody looked\n"]);
    // Another file that was given the inode.
    rename(&mut lab, "/f.3");
    lab.check();
    lab.world.write(F, b"ERR new\n");
    lab.world.facts(F).inode = inode + 3;
    lab.world.files.remove(Path::new("/f.3"));
    lab.world.write("/other.log", &[b'x'; 400]);
    lab.world.append("/other.log", b"\nERR of another\n");
    lab.world.facts("/other.log").inode = inode + 2;
    assert_eq!(lab.news(), ["!content match:\nERR new\n"]);
}

#[test]
fn a_file_truncated_and_grown_past_the_place_is_read_from_its_start() {
    let mut lab = file(vec![pattern("ERR")]);
    lab.world.write(F, b"start\n");
    lab.check();
    lab.world.write(F, b"ERR first line after the truncation\n");
    assert_eq!(lab.news(), ["!content match:\nERR first line after the truncation\n"]);
    let long: Vec<u8> = (0..100).flat_map(|line| format!("line {line} of the old\n").into_bytes()).collect();
    lab.world.append(F, &long);
    lab.check();
    lab.restart();
    let mut long: Vec<u8> =
        (0..200).flat_map(|line| format!("line {line} of the new\n").into_bytes()).collect();
    long.splice(0..0, *b"ERR again\n");
    lab.world.write(F, &long);
    assert_eq!(lab.news(), ["!content match:\nERR again\n"]);
    lab.world.append(F, b"ERR more\n");
    assert_eq!(lab.news(), ["!content match:\nERR more\n"]);
}

#[test]
fn only_in_our_own_log_are_lines_of_ours_passed_over() {
    const LINE: &[u8] = b"[2026-11-21T00:45:43+0000] error    : ERR\n";
    let told = |log: &str, same: bool| {
        let mut lab = file(vec![pattern("ERR")]);
        lab.log_to(log);
        lab.world.write(log, b"");
        lab.world.facts(log).inode = lab.world.facts(F).inode + u64::from(!same);
        lab.check();
        lab.world.append(F, LINE);
        lab.news().iter().any(|news| news.contains("ERR"))
    };
    assert!(!told(F, true));
    assert!(!told("/logs/link", true), "a link to it, or from it");
    assert!(told("/logs/f", false), "the log of another monitor, of the same name");
}

#[test]
fn content_goes_on_after_a_restart_of_the_monitor() {
    let mut lab = file(vec![pattern("ERR")]);
    lab.world.write(F, b"ERR old\nERR par");
    lab.check();
    lab.restart();
    lab.world.append(F, b"tial\nERR new\n");
    assert_eq!(lab.news(), ["!content match:\nERR new\n"], "from the end of the first look on");
    lab.world.append(F, b"ERR half");
    lab.check();
    lab.restart();
    lab.world.append(F, b" whole\n");
    assert_eq!(lab.news(), ["!content match:\nERR half whole\n"]);
}

#[test]
fn lines_that_take_long_are_gone_on_with_in_the_next_turn() {
    let mut lab = file(vec![pattern("A.{600}#|END"), pattern("B.*\\.php.*500$")]);
    std::rc::Rc::make_mut(&mut lab.service.limits).file_content_buffer = 100_000;
    lab.check();
    // Where every A may be the one, each byte is a new case.
    let mut bits = 1u32;
    let letter = |_| {
        bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if bits >> 31 == 0 { 'A' } else { 'B' }
    };
    let line: String = (0..15_000).map(letter).collect();
    lab.world.append(F, format!("{line}\n{line} .php 500\n{line}\nEND\n").as_bytes());
    let news = lab.news();
    assert!(lab.steps > 10, "{} turns", lab.steps);
    assert_eq!(news[0], "!content match:\nEND\n");
    assert!(news[1].ends_with(".php 500\n"));
}

#[test]
fn patterns_with_back_references_are_matched_by_a_child() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut lab = file(vec![pattern("^(.*) \\1$"), pattern("ERR")]);
    lab.waits_for_children = true;
    lab.service.ignores.push((
        StringOperator::Match,
        PatternSource::Pattern("harmless".into()),
        Default::default(),
    ));
    lab.check();
    lab.world.append(F, b"ERR ERR\nERR harmless\none two\nhalf");
    assert_eq!(lab.news(), ["!content match:\nERR ERR\n", "!content match:\nERR ERR\n"]);
    lab.world.append(F, b" half\n");
    assert_eq!(lab.news(), ["!content match:\nhalf half\n"]);
}

#[test]
fn lines_that_cannot_be_judged_are_told() {
    // Too much memory, or too much time.
    let mut lab = file(vec![pattern("((a{1,255}){1,255}){1,255}")]);
    lab.waits_for_children = true;
    lab.check();
    lab.world.append(F, b"aaa\n");
    let news = lab.news();
    assert!(news[0].starts_with("-lines of /f are not looked at -- "), "{news:?}");
    assert_eq!(news.len(), 1, "no verdict");
    assert!(lab.check().iter().any(|line| line.starts_with('+')), "and it ends");
}

#[test]
fn ignored_lines_and_pattern_files() {
    let mut lab =
        file(vec![C::FileContent(StringOperator::Match, PatternSource::File(Path::new("/patterns").into()))]);
    lab.service.ignores.push((
        StringOperator::Match,
        PatternSource::Pattern("harmless".into()),
        Default::default(),
    ));
    lab.world.write("/patterns", b"ERR\n\n# no comment\n");
    lab.check();
    lab.world.append(F, b"ERR harmless\nWARN 1\nERR 1\n\n");
    assert_eq!(lab.news(), ["!content match:\nERR 1\n"]);
    lab.world.write("/patterns", b"WARN\n");
    lab.world.append(F, b"ERR 2\nWARN 2\n");
    assert_eq!(lab.news(), ["!content match:\nWARN 2\n"], "a changed pattern file counts at once");
}

#[test]
fn many_matches_are_cut() {
    let mut lab = file(vec![pattern("ERR")]);
    lab.check();
    for at in 0..1000 {
        lab.world.append(F, format!("ERR line number {at}\n").as_bytes());
    }
    let news = lab.news();
    assert!(news[0].len() < 600 && news[0].ends_with("\n...\n"), "{}", news[0]);
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
