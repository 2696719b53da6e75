//! What a status shows of files and folders of this machine, beside `stat`, `find` and the checksum tools.

use super::super::*;
use super::world::test;
use crate::config::{
    ChecksumKind, Condition as C, Config, Operator as O, PatternSource, Service, StringOperator, Subject,
};
use crate::machine::Host;
use std::path::{Path, PathBuf};

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("monit-live-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a tool of the machine says; `None` if it is not there.
fn tool(line: &str, folder: &Path) -> Option<String> {
    let output = std::process::Command::new("sh").args(["-c", line]).current_dir(folder).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The status of a service after one check, as label and value.
fn status(subject: Subject, conditions: Vec<C>) -> Vec<(&'static str, String)> {
    let mut service = Service::new("x", subject);
    service.tests = conditions.into_iter().map(test).collect();
    let config = Config { services: vec![service.clone()], ..Config::default() };
    let (mut memory, mut host, mut cycle) = (Memory::default(), Host::new(), CycleFacts::new(&config));
    let now = Now::read();
    let mut check = Check::begin(&service, &mut cycle);
    for _ in 0..100_000 {
        cycle.begin_turn();
        if let Progress::Done(_) = check.step(&service, &mut memory, &mut host, &mut cycle, now) {
            break;
        }
    }
    let mut lines = Vec::new();
    readings(&service, &memory, Extent::ALL, &mut |line| lines.push(line));
    lines.into_iter().map(|line| (line.label, line.value.to_string())).collect()
}

fn of<'a>(lines: &'a [(&str, String)], label: &str) -> &'a str {
    lines.iter().find(|line| line.0 == label).map_or("", |line| line.1.as_str())
}

#[test]
fn a_file_is_as_the_tools_say() {
    let folder = scratch("file");
    let path = folder.join("data");
    std::fs::write(&path, vec![b'm'; 70_000]).unwrap();
    std::fs::hard_link(&path, folder.join("link")).unwrap();
    std::os::unix::fs::symlink("data", folder.join("name")).unwrap();
    for (name, kind, program) in [
        ("data", ChecksumKind::Sha256, "sha256sum"),
        ("name", ChecksumKind::Sha1, "sha1sum"),
        ("link", ChecksumKind::Md5, "md5sum"),
    ] {
        let tests = vec![
            C::ChecksumChanged(kind),
            C::FileContent(StringOperator::Match, PatternSource::Pattern("x".into())),
        ];
        let lines = status(Subject::File(folder.join(name).into()), tests);
        if let Some(text) = tool(&format!("stat -Lc '%a %u %g %h' {name}"), &folder) {
            let ours = ["permission", "uid", "gid", "hardlink"].map(|label| of(&lines, label));
            assert_eq!(text, ours.join(" "));
        }
        assert_eq!(of(&lines, "size"), "68.4 kB");
        assert_eq!(of(&lines, "content match"), "no");
        if let Some(text) = tool(&format!("{program} < {name}"), &folder) {
            assert_eq!(text.split(' ').next(), of(&lines, "checksum").split(' ').next());
        }
        for (label, format) in
            [("access timestamp", "%x"), ("change timestamp", "%z"), ("modify timestamp", "%y")]
        {
            if let Some(text) = tool(&format!("stat -Lc {format} {name}"), &folder) {
                let clock = text.split([' ', '.']).nth(1).unwrap_or("none");
                assert!(of(&lines, label).ends_with(clock), "{label}: {} and {text}", of(&lines, label));
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_folder_is_as_find_says() {
    let folder = scratch("folder");
    std::fs::create_dir_all(folder.join("a/b/c")).unwrap();
    for (name, size) in [("1", 10), ("a/2", 2000), ("a/b/3", 0), ("a/b/c/4", 123_456), (".5", 1)] {
        std::fs::write(folder.join(name), vec![0; size]).unwrap();
    }
    std::fs::hard_link(folder.join("a/2"), folder.join("same")).unwrap();
    for (to, name) in [("..", "a/loop"), (".", "self"), ("nowhere", "dangling"), ("/", "root")] {
        std::os::unix::fs::symlink(to, folder.join(name)).unwrap();
    }
    let mut deep = folder.join("a");
    for _ in 0..150 {
        deep.push("d");
        std::fs::create_dir(&deep).unwrap();
        std::fs::write(deep.join("f"), b"x").unwrap();
    }
    let tests = vec![C::Entries(O::Greater, 1), C::TotalSize(O::Greater, 1)];
    let lines = status(Subject::Directory(folder.as_path().into()), tests);
    if let Some(text) = tool("find . -mindepth 1 -maxdepth 1 | wc -l", &folder) {
        assert_eq!(of(&lines, "entries"), text);
    }
    let sum = "find . -xdev -type f -printf '%s\\n' | awk '{ s += $1 } END { print s }'";
    if let Some(text) = tool(sum, &folder) {
        let bytes: f64 = text.parse().unwrap();
        assert_eq!(of(&lines, "total size"), crate::config::format::bytes(bytes));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
