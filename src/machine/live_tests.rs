//! This machine by our readers and by another tool or another path, at the same moment. Noise is allowed for.

mod filesystems;
mod links;
mod system;

use super::facts::*;
use super::matching::{Pass, Search};
use super::{Host, Now};
use crate::regex::Fuel;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// What a tool says; `None` where it is not installed.
fn tool(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// A process of ours that ends with the test.
struct Sleeper(Child);

impl Sleeper {
    fn start() -> Sleeper {
        let sleeper = Command::new("sleep").arg("7301").stdout(Stdio::null()).spawn().unwrap();
        Sleeper(sleeper)
    }

    fn pid(&self) -> i32 {
        self.0.id() as i32
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn scratch(name: &str, content: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("monit-rs-{name}-{}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

fn near(ours: f64, theirs: f64, share: f64) -> bool {
    (ours - theirs).abs() <= theirs.abs() * share + 1.0
}

#[test]
fn a_process_as_ps_sees_it() {
    let sleeper = Sleeper::start();
    let mut host = Host::new();
    let pid = sleeper.pid();
    // Between fork and exec it is still a copy of the test.
    let mut line = Vec::new();
    while !(host.command_line(pid, &mut line).is_ok() && line == b"sleep 7301") {
        std::thread::yield_now();
    }
    let process = host.process(pid).unwrap();
    assert_eq!(process.stat.ppid, std::process::id() as i32);
    let (now, per_second) = host.ticks();
    assert!((now - process.stat.start) / per_second <= 60, "it has just started");
    let asked = tool("ps", &["-o", "ppid=,ruid=,euid=,rgid=,nlwp=", "-p", &pid.to_string()]);
    if let Some(text) = asked {
        let numbers: Vec<u32> = text.split_ascii_whitespace().map(|word| word.parse().unwrap()).collect();
        let ours = [process.stat.ppid as u32, process.uid, process.euid, process.gid, process.stat.threads];
        assert_eq!(numbers, ours);
    }
    // The owners that are known are believed only of the same process, and while the effective ones are the same.
    let known = Process { uid: 77, gid: 78, ..process };
    assert_eq!(host.same_process(&known).map(|found| (found.uid, found.gid)), Ok((77, 78)));
    let before = ProcessStat { start: process.stat.start + 1, ..process.stat };
    for other in [
        Process { euid: process.euid + 1, ..known },
        Process { egid: process.egid + 1, ..known },
        Process { stat: before, ..known },
    ] {
        let found = host.same_process(&other).map(|found| (found.uid, found.gid));
        assert_eq!(found, Ok((process.uid, process.gid)), "{other:?}");
    }
    let resident: u64 = {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        super::read::number_of(&status, "VmRSS").unwrap()
    };
    let share = host.process_memory(pid, super::MemoryKind::Share).unwrap();
    assert!(share > 0 && share <= resident * 1024, "a share of {share} of {resident} kB");
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count() as u64;
    assert_eq!(host.process_descriptors(pid), Ok(open));
    let mut children = Vec::new();
    if host.children_of(std::process::id() as i32, 2, &mut children).is_ok() {
        assert!(children.contains(&pid));
    }
    let mut pids = Vec::new();
    host.pids(&mut pids).unwrap();
    assert!(pids.contains(&pid) && pids.contains(&1));
}

#[test]
fn a_file_as_stat_and_the_checksum_tools_see_it() {
    let path = scratch("live", &vec![b'x'; 100_000]);
    let name = path.to_str().unwrap();
    let mut host = Host::new();
    let facts = host.stat(&path).unwrap();
    if let Some(text) = tool("stat", &["-c", "%a %u %g %s %h %i %X %Y %Z", name]) {
        let ours = format!(
            "{:o} {} {} {} {} {} {} {} {}",
            facts.mode,
            facts.uid,
            facts.gid,
            facts.size,
            facts.links,
            facts.inode,
            facts.accessed,
            facts.modified,
            facts.changed
        );
        assert_eq!(text, ours);
    }
    for (program, kind) in [
        ("sha256sum", crate::digest::Kind::Sha256),
        ("sha1sum", crate::digest::Kind::Sha1),
        ("md5sum", crate::digest::Kind::Md5),
    ] {
        let mut hasher = crate::digest::Hasher::new(kind);
        let (mut offset, mut buffer) = (0, vec![0; 7001]);
        loop {
            let length = host.read_at(&path, offset, &mut buffer).unwrap();
            if length == 0 {
                break;
            }
            hasher.update(&buffer[..length]);
            offset += length as u64;
        }
        let ours = hasher.finish();
        if let Some(text) = tool(program, &[name]) {
            assert_eq!(text.split(' ').next(), Some(&*ours));
        }
    }
    std::fs::remove_file(&path).unwrap();
    assert!(host.stat(&path).is_err());
}

#[test]
fn a_fifo_never_holds_us_up() {
    let path = std::env::temp_dir().join(format!("monit-rs-fifo-{}", std::process::id()));
    if tool("mkfifo", &[path.to_str().unwrap()]).is_none() {
        return;
    }
    let mut host = Host::new();
    assert_eq!(host.stat(&path).unwrap().kind, FileKind::Fifo);
    assert_eq!(host.pidfile(&path), Pidfile::NotAFile);
    assert!(host.read_at(&path, 0, &mut [0; 10]).is_err());
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_root_filesystem_as_df_sees_it() {
    let mut host = Host::new();
    let now = Now::read().mono;
    let FilesystemAnswer::Mounted(facts) = host.filesystem(OsStr::new("/"), now) else {
        // A sandbox whose root is no mount of its own.
        return;
    };
    let Some(text) = tool("df", &["-B1", "--output=size,used,avail,itotal", "/"]) else { return };
    let numbers: Vec<f64> = text
        .lines()
        .last()
        .unwrap()
        .split_ascii_whitespace()
        .map(|word| word.parse().unwrap_or(0.0))
        .collect();
    let bytes = |blocks: u64| blocks as f64 * facts.block_size as f64;
    assert_eq!(bytes(facts.blocks), numbers[0]);
    assert!(near(bytes(facts.blocks - facts.blocks_free), numbers[1], 0.05));
    assert!(near(bytes(facts.blocks_available), numbers[2], 0.05));
    assert_eq!(facts.inodes as f64, numbers[3]);
    assert_eq!(host.filesystem(OsStr::new("/usr/nowhere"), now), FilesystemAnswer::NotMounted);
}

#[test]
fn the_machine_as_other_tools_see_it() {
    let mut host = Host::new();
    let memory = host.memory().unwrap();
    assert!(memory.used <= memory.total && memory.total > 16 << 20);
    if let (Some(text), false) = (tool("free", &["-b"]), memory.limited) {
        let line = text.lines().find(|line| line.starts_with("Mem:")).unwrap();
        let numbers: Vec<f64> =
            line.split_ascii_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
        assert_eq!(memory.total as f64, numbers[0]);
        // total less available; others allocate meanwhile.
        let used = numbers[0] - numbers[5];
        assert!((memory.used as f64 - used).abs() < 512e6, "{} and {used}", memory.used);
    }
    let cores: u32 = tool("nproc", &["--all"]).and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
    assert!((1..=cores).contains(&host.processors().unwrap()));
    let uptime = host.uptime().unwrap() as f64;
    let boot = host.ticks().0 as f64 / host.ticks().1 as f64;
    assert!(uptime <= boot + 1.0, "a container is not older than its machine");
    let load = host.load().unwrap();
    assert!(load.iter().all(|average| (0.0..1e6).contains(average)));
    let files = host.open_files().unwrap();
    assert!(files.allocated > 0 && files.maximum >= files.allocated);
    let (before, after) = (host.cpu_times().unwrap(), host.cpu_times().unwrap());
    assert!(after.total >= before.total);
}

#[test]
fn a_pattern_finds_a_live_process() {
    if crate::sys::ran_alone() {
        return;
    }
    let sleeper = Sleeper::start();
    let mut host = Host::new();
    let mut line = Vec::new();
    while !(host.command_line(sleeper.pid(), &mut line).is_ok() && line == b"sleep 7301") {
        std::thread::yield_now();
    }
    let found = super::matching::list(&mut host, "^sleep 730[1]$", 1).unwrap();
    assert!(found.iter().any(|process| process.stat.pid == sleeper.pid()));
    assert!(super::matching::list(&mut host, "(", 1).is_err());
    // The second and the third can only be matched by a child.
    let patterns =
        ["^sleep 7301$", "^(s)leep 7301\\1*$", "^(x)\\1no such thing 9182", "(x)no such thing 9182"];
    let mut search = Search::new(patterns);
    let mut turns = 0;
    loop {
        turns += 1;
        match search.step(&mut host, &mut Fuel(100_000)) {
            Pass::Done => break,
            Pass::More => {}
            Pass::Later(when) => std::thread::sleep(when.saturating_duration_since(Instant::now())),
        }
    }
    let found =
        |pattern: &str| -> Vec<i32> { search.found(pattern).unwrap().iter().map(|stat| stat.pid).collect() };
    assert!(found(patterns[0]).contains(&sleeper.pid()));
    assert!(found(patterns[1]).contains(&sleeper.pid()));
    assert!(found(patterns[2]).is_empty() && found(patterns[3]).is_empty());
    assert!(turns > 1, "in parts");
    assert!(Path::new("/proc/self").exists());
}

#[test]
fn a_busy_machine_makes_no_mount_slow() {
    use crate::machine::asking::SLOW;
    let mut host = Host::new();
    let begun = Instant::now();
    host.tick(begun);
    assert!(!host.looks_slow(|| while begun.elapsed() < SLOW * 2 {}), "nothing was waited for");
    assert!(host.looks_slow(|| std::thread::sleep(SLOW * 2)));
}
