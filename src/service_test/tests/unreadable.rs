//! A file that cannot be read is neither as it should be nor otherwise, and that is told.

use super::super::*;
use super::world::{Lab, kind};
use crate::config::{ChecksumKind, Condition as C, PatternSource, StringOperator, Subject};
use crate::machine::FileKind;
use std::path::Path;

const F: &str = "/f";

fn file(conditions: Vec<C>) -> Lab {
    let mut lab = Lab::new("f", Subject::File(Path::new(F).into()), conditions);
    lab.world.write(F, b"hello\n");
    lab
}

fn content(operator: StringOperator, text: &str) -> C {
    C::FileContent(operator, PatternSource::Pattern(text.into()))
}

/// What a check says about access to data, and what it says of its tests.
fn told(lab: &mut Lab) -> (Vec<String>, Vec<String>) {
    let verdicts = lab.report().verdicts.into_iter().filter(|verdict| verdict.outcome != Outcome::NoData);
    let (data, rest): (Vec<_>, Vec<_>) =
        verdicts.partition(|verdict| verdict.test == TestRef::Builtin(crate::config::EventKind::Data));
    let text = |verdict: Verdict| format!("{:?}: {}", verdict.outcome, verdict.message);
    let tests = rest.into_iter().filter(|verdict| matches!(verdict.test, TestRef::Test(_)));
    (data.into_iter().map(text).collect(), tests.map(text).collect())
}

#[test]
fn a_checksum_that_cannot_be_taken_is_an_incident_of_its_own() {
    let mut lab = file(vec![C::Checksum(ChecksumKind::Md5, None), C::ChecksumChanged(ChecksumKind::Sha1)]);
    lab.check();
    assert!(lab.status("checksum").is_some_and(|sum| sum.ends_with("(SHA1)")));
    lab.world.locked.push(F.into());
    lab.world.write(F, b"other");
    let (data, tests) = told(&mut lab);
    assert_eq!(data, ["Failed: cannot compute checksum for /f -- permission denied"], "once, not per test");
    assert_eq!(tests, [""; 0]);
    assert_eq!(lab.status("checksum").as_deref(), Some("-"), "the last sum is not that of now");
    assert_eq!(lab.status("size").as_deref(), Some("5 B"));
    lab.world.locked.clear();
    let (data, tests) = told(&mut lab);
    assert!(data.iter().all(|line| line.starts_with("Succeeded: checksum ")) && !data.is_empty(), "{data:?}");
    assert!(tests[0].starts_with("Failed: checksum failed") && tests[1].starts_with("Changed"), "{tests:?}");
}

#[test]
fn a_log_that_cannot_be_read_is_told_from_the_first_look_on() {
    let mut lab = file(vec![content(StringOperator::Match, "ERR")]);
    lab.world.locked.push(F.into());
    let failed = ["Failed: cannot open file /f: permission denied"];
    for _ in 0..3 {
        assert_eq!(told(&mut lab).0, failed);
        assert_eq!(lab.status("content match").as_deref(), Some("-"));
    }
    lab.world.append(F, b"ERR 1\n");
    assert_eq!(told(&mut lab), (failed.map(String::from).to_vec(), vec![]));
    lab.world.locked.clear();
    let (data, tests) = told(&mut lab);
    assert_eq!(data, ["Succeeded: file /f can be read"]);
    assert_eq!(tests, ["Changed: content match:\nERR 1\n"], "what was written meanwhile is not lost");
    assert_eq!(lab.status("content match").as_deref(), Some("yes"));
}

#[test]
fn one_state_for_all_that_read_the_file() {
    let mut lab = file(vec![C::Checksum(ChecksumKind::Sha256, None), content(StringOperator::Match, "ERR")]);
    for _ in 0..2 {
        assert_eq!(told(&mut lab).0.iter().filter(|line| line.starts_with("Failed")).count(), 0);
    }
    lab.world.locked.push(F.into());
    lab.world.append(F, b"ERR\n");
    for _ in 0..3 {
        // A failure and a success in one check would be an alert in each cycle.
        assert_eq!(told(&mut lab).0, ["Failed: cannot compute checksum for /f -- permission denied"]);
    }
}

#[test]
fn the_content_of_a_socket_is_not_fine() {
    let mut lab = file(vec![C::ChecksumChanged(ChecksumKind::Md5), content(StringOperator::NotMatch, "x")]);
    kind(&mut lab, F, FileKind::Socket);
    let (data, tests) = told(&mut lab);
    assert_eq!(data, ["Failed: cannot compute checksum for /f -- it is a socket"]);
    assert_eq!(tests, [""; 0]);
    let mut lab = file(vec![content(StringOperator::Match, "x")]);
    kind(&mut lab, F, FileKind::Socket);
    assert_eq!(told(&mut lab).0, ["Failed: cannot open file /f: it is a socket"]);
    let mut lab = file(vec![C::SizeChanged]);
    kind(&mut lab, F, FileKind::Socket);
    assert_eq!(told(&mut lab).0, [""; 0], "nobody asks for its content");
}

#[test]
fn empty_lines_are_lines() {
    let mut lab = file(vec![
        content(StringOperator::Match, "^$"),
        content(StringOperator::NotMatch, "."),
        content(StringOperator::Match, "x"),
    ]);
    lab.check();
    lab.world.append(F, b"\na\n\n");
    assert_eq!(lab.news(), ["!content match:\n\n\n", "!content match:\n\n\n"]);
    lab.world.append(F, b"x\n");
    assert_eq!(lab.news(), ["!content match:\nx\n"]);
}

#[test]
fn lines_written_while_nobody_watched_are_not_told() {
    let mut lab = file(vec![content(StringOperator::Match, "ERR"), C::SizeChanged]);
    lab.check();
    lab.memory.unwatched();
    lab.world.append(F, b"ERR in the meantime\n");
    assert_eq!(lab.news(), ["!size for /f changed to 26 B"], "values of changed tests stay");
    lab.world.append(F, b"ERR now\n");
    assert_eq!(lab.news(), ["!size for /f changed to 34 B", "!content match:\nERR now\n"]);
    lab.memory.unwatched();
    lab.restart();
    lab.world.append(F, b"ERR off\n");
    assert_eq!(lab.news(), ["!size for /f changed to 42 B"], "also over a restart of the monitor");
}

#[test]
fn a_sum_is_one_of_one_file() {
    let mut lab = file(vec![C::ChecksumChanged(ChecksumKind::Md5)]);
    let (old, new) = (vec![1; 100_000], vec![2; 100_000]);
    lab.world.write(F, &old);
    lab.check();
    lab.world.write(F, &old);
    lab.world.coming.push((F.into(), 40_000, new.clone()));
    let sum = crate::digest::Hasher::new(crate::digest::Kind::Md5);
    let of_new = {
        let mut sum = sum;
        sum.update(&new);
        crate::digest::hex(&sum.finish_bytes())
    };
    assert_eq!(lab.news(), [format!("!checksum changed to {of_new}")]);
    assert_eq!(lab.news(), [""; 0]);
    // One that is never the same says nothing.
    lab.world.write(F, &new);
    for at in 0..20 {
        lab.world.coming.push((F.into(), 40_000, vec![at; 100_000]));
    }
    assert_eq!(lab.news(), [""; 0]);
    assert!(lab.world.coming.len() < 20, "it was read");
    lab.world.coming.clear();
    assert_eq!(lab.news().len(), 1, "told when it stays");
}

#[test]
fn the_rest_of_a_long_line_is_no_line_after_a_restart_of_the_monitor() {
    let mut lab = file(vec![content(StringOperator::Match, "^ERR")]);
    lab.check();
    lab.world.append(F, b"fine\n");
    lab.world.append(F, &[b'q'; 3000]);
    assert_eq!(lab.news(), [""; 0]);
    lab.restart();
    lab.world.append(F, b"ERR in the middle\nERR at the start\n");
    assert_eq!(lab.news(), ["!content match:\nERR at the start\n"]);
}
