//! What is found in files that grow, are rotated, cut and written anew.

use super::file::{F, file, pattern};
use super::world::Lab;
use crate::config::{Condition as C, PatternSource, StringOperator};
use std::path::Path;

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
