//! Machines recorded in `tests/proc`: what each says, read by hand.

use super::facts::*;
use super::no_fact::{Fact, NoFact};
use super::{Host, cgroup};
use std::path::{Path, PathBuf};

fn tree(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proc").join(name)
}

fn host(name: &str) -> Host {
    Host::recorded(&tree(name))
}

const MB: u64 = 1 << 20;

fn gone() -> Fact<Process> {
    Err(NoFact::Absent)
}

#[test]
fn a_plain_host() {
    let mut host = host("plain");
    assert_eq!(host.load(), Ok([0.52, 1.25, 0.98]));
    assert_eq!(host.uptime(), Ok(86_523));
    assert_eq!(host.processors(), Ok(4));
    assert_eq!(host.forks(), Some((54_321, 32_768)));
    assert_eq!(host.paging(), Ok((120, 340)));
    assert_eq!(host.oom_kills(), Ok(3));
    let files = host.open_files().unwrap();
    assert_eq!((files.allocated, files.unused, files.maximum), (1277, 0, 2_465_972));
    let memory = host.memory().unwrap();
    assert_eq!((memory.total, memory.used, memory.limited), (16_000 * MB, 4_000 * MB, false));
    assert_eq!((memory.swap_total, memory.swap_used), (4_000 * MB, 1_000 * MB));
    let cpu = host.cpu_times().unwrap();
    assert_eq!((cpu.user, cpu.guest, cpu.nice, cpu.guest_nice), (940, 60, 94, 6));
    assert_eq!((cpu.total, cpu.idle, cpu.wait, cpu.steal), (9_900, 8_000, 200, 50));
    let pressure = host.pressure(PressureKind::Memory).unwrap();
    assert_eq!((pressure.some[0], pressure.full[0]), (1.5, 0.25));
    assert_eq!(host.pressure(PressureKind::Cpu).unwrap().full, [0.0; 3], "older kernels have no such line");
    assert_eq!(host.pressure(PressureKind::Io), Err(NoFact::Absent));
}

#[test]
fn processes_of_a_plain_host() {
    let mut host = host("plain");
    let mut pids = Vec::new();
    host.pids(&mut pids).unwrap();
    pids.sort_unstable();
    assert_eq!(pids, [1, 2, 77, 812, 813, 814, 900, 950, 951]);
    assert_eq!(
        host.process(814),
        gone(),
        "a thread of 812: the kernel does not list it, but gives its files"
    );
    let process = host.process(812).unwrap();
    assert_eq!((process.stat.ppid, process.stat.start, process.stat.threads), (1, 8_640_000, 3));
    assert_eq!((process.stat.cpu, process.stat.zombie), (45, false), "the name tries to be another process");
    assert_eq!((process.uid, process.euid, process.gid), (33, 0, 34));
    assert!(host.process_stat(900).unwrap().zombie);
    let mut line = Vec::new();
    assert!(host.command_line(812, &mut line).is_ok());
    assert_eq!(String::from_utf8_lossy(&line), "/opt/my app/tricky --flag a b");
    assert!(host.command_line(77, &mut line).is_ok());
    assert_eq!(line, b"kworker/0:1) (x", "a thread of the kernel has its name only");
    assert!(host.command_line(900, &mut line).is_err(), "a zombie has none");
    assert_eq!(host.process_memory(812, MemoryKind::Share), Ok(347 * 1024));
    assert_eq!(
        host.process_memory(813, MemoryKind::Share),
        Ok(500 * crate::sys::clock::page_size()),
        "resident, no PSS"
    );
    let swapped = |host: &mut Host, pid| host.process_memory(pid, MemoryKind::Swapped);
    assert_eq!((swapped(&mut host, 812), swapped(&mut host, 813)), (Ok(48 * 1024), Ok(0)));
    assert_eq!(host.process_descriptors(812), Ok(3));
    assert_eq!(host.process_descriptor_limit(812).unwrap().soft, 1024);
    assert_eq!(host.security_attribute(812).as_deref(), Ok("unconfined"));
    assert_eq!(host.security_attribute(813), Err(NoFact::Absent));
    let io = host.process_io(812).unwrap();
    assert_eq!((io.read, io.written, io.reads, io.writes), (4000, 300, 8, 3));
    assert_eq!((io.disk_read, io.disk_written), (4096, 8192));
    let mut children = Vec::new();
    assert!(host.children_of(812, 3, &mut children).is_ok());
    assert_eq!(children, [813]);
    let now = host.ticks();
    assert_eq!((now.0 - process.stat.start) / now.1, 123, "seconds of uptime");
}

#[test]
fn a_process_that_vanishes_while_it_is_read() {
    let mut host = host("plain");
    assert_eq!(host.process(950), Err(NoFact::nonsense()), "half a line says nothing of it");
    assert_eq!(host.process(951), gone(), "its status is gone");
    assert_eq!(host.process(4711), gone());
    assert_eq!(host.process(-1), gone());
    assert_eq!(host.process_memory(951, MemoryKind::Share), Err(NoFact::Absent));
    assert_eq!(host.process_io(951), Err(NoFact::Absent));
    assert!(host.children_of(951, 1, &mut Vec::new()).is_err());
}

#[test]
fn links() {
    let mut host = host("plain");
    let eth0 = host.link("eth0").unwrap();
    assert_eq!((eth0.up, eth0.speed, eth0.full_duplex), (true, Some(1_000_000_000), Some(true)));
    assert_eq!((eth0.download.bytes, eth0.upload.packets), (800, 1000));
    let lo = host.link("lo").unwrap();
    assert_eq!((lo.up, lo.speed, lo.full_duplex), (true, None, None));
    let wlan = host.link("wlan0").unwrap();
    assert_eq!((wlan.up, wlan.speed, wlan.full_duplex), (false, None, None), "-1 is no speed");
    assert!(!host.link("tun0").unwrap().up);
    assert_eq!(host.link("nope0"), Err(NoFact::Absent));
    assert_eq!(host.link("../eth0"), Err(NoFact::Absent));
}

#[test]
fn links_of_all_kinds() {
    let mut host = host("storage");
    let mut known = |name: &str| {
        let link = host.link(name).unwrap();
        (link.up, link.speed.map(|speed| speed / 1_000_000), link.full_duplex)
    };
    assert_eq!(known("bond0"), (true, Some(2000), Some(true)));
    assert_eq!(known("wlp3s0"), (true, None, None), "wireless drivers answer with an error");
    assert_eq!(known("eth1"), (true, None, None), "-1 without its sign");
    assert_eq!(known("eth2"), (true, None, Some(false)));
    assert_eq!(known("eth3"), (true, Some(100), Some(false)));
    assert_eq!(known("eth0.100"), (true, Some(1000), None));
    assert_eq!(known("wwan0"), (true, None, None));
    assert_eq!(known("tap0"), (false, Some(10), Some(true)), "up, and nobody at the other end");
    assert_eq!(known("big0"), (true, Some(400_000), Some(true)));
    let (bond, big) = (host.link("bond0").unwrap(), host.link("big0").unwrap());
    let all = |counter: Counter| [counter.bytes, counter.packets, counter.errors];
    assert_eq!((all(bond.download), all(bond.upload)), ([1000, 10, 1], [2000, 20, 2]));
    assert_eq!(all(big.download), [u64::MAX, u64::MAX - 1, 0]);
    assert_eq!(all(big.upload), [0; 3]);
}

#[test]
fn absurd_numbers_of_a_container_are_refused() {
    let memory = host("lxc").memory().unwrap();
    assert_eq!((memory.total, memory.limited), (2048 * MB, false), "16 EB are no limit");
    assert_eq!(memory.used, 512 * MB, "more available than there is: free and cached count");
    assert_eq!((memory.swap_total, memory.swap_used), (0, 0));
}

#[test]
fn limits_of_control_groups() {
    let mut first = host("cgroup1");
    let memory = first.memory().unwrap();
    assert_eq!((memory.total, memory.used, memory.limited), (512 * MB, 128 * MB, true));
    assert_eq!(first.processors(), Ok(2), "one and a half, rounded up");
    let cpu = first.cpu_times().unwrap();
    assert_eq!((cpu.user, cpu.system), (3_000_000, 1_000_000));
    assert_eq!(cpu.total, 129_785_115_000, "1.5 processors for 86523.41 s, in microseconds");

    let mut second = host("cgroup2");
    let memory = second.memory().unwrap();
    assert_eq!((memory.total, memory.used), (1024 * MB, 512 * MB), "the limit of the group above");
    assert_eq!(second.processors(), Ok(1));
    let limit = cgroup::cpu(&tree("cgroup2/proc"), &tree("cgroup2/sys"), 4).unwrap().unwrap();
    assert_eq!((limit.processors, limit.user, limit.system), (0.5, 3_000_000, 1_000_000));
}

/// A tree written for one test: names of files and what is in them.
fn written(files: &[(&str, &str)]) -> crate::sys::Scratch {
    let root = crate::sys::Scratch::new();
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

const SIXTEEN_GB: u64 = 16 << 30;

#[test]
fn the_tightest_of_nested_groups_counts_and_holes_in_the_tree_are_passed_over() {
    let root = written(&[
        ("proc/1/cgroup", "0::/a/b/c\n"),
        ("sys/fs/cgroup/a/memory.max", "4294967296\n"),
        ("sys/fs/cgroup/a/memory.current", "3000000000\n"),
        ("sys/fs/cgroup/a/b/memory.max", "1073741824\n"),
        ("sys/fs/cgroup/a/b/memory.current", "536870912\n"),
        ("sys/fs/cgroup/a/b/memory.stat", "anon 1\ninactive_file 268435456\n"),
        // No memory.current: nothing can be said of this limit.
        ("sys/fs/cgroup/a/b/c/memory.max", "1048576\n"),
        ("sys/fs/cgroup/a/cpu.max", "max 100000\n"),
        ("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n"),
        ("sys/fs/cgroup/a/b/cpu.stat", "usage_usec 10\nuser_usec 7\nsystem_usec 3\n"),
        ("sys/fs/cgroup/a/b/c/cpu.max", "50000 100000\n"),
    ]);
    let (proc, sys) = (root.join("proc"), root.join("sys"));
    let memory = cgroup::memory(&proc, &sys, SIXTEEN_GB).unwrap().unwrap();
    assert_eq!((memory.limit, memory.used), (1 << 30, 256 * MB));
    let cpu = cgroup::cpu(&proc, &sys, 4).unwrap().unwrap();
    assert_eq!((cpu.processors, cpu.user, cpu.system), (1.5, 7, 3), "no cpu.stat, no use of that limit");
    assert_eq!(cgroup::cpu(&proc, &sys, 1), Ok(None), "more than the machine has is no limit");
    assert_eq!(cgroup::memory(&proc, &sys, 1 << 30), Ok(None));
}

#[test]
fn a_hybrid_tree_is_asked_by_controller() {
    let unlimited = "9223372036854771712\n";
    let root = written(&[
        ("proc/1/cgroup", "5:memory:/job\n3:cpu,cpuacct:/\n0::/init.scope\n"),
        ("sys/fs/cgroup/unified/init.scope/memory.max", "4096\n"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", unlimited),
        ("sys/fs/cgroup/memory/memory.usage_in_bytes", "99\n"),
        ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", unlimited),
        ("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "99\n"),
        ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"),
        ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
    ]);
    let (proc, sys) = (root.join("proc"), root.join("sys"));
    assert_eq!(cgroup::memory(&proc, &sys, SIXTEEN_GB), Ok(None), "the number for no limit");
    assert_eq!(cgroup::cpu(&proc, &sys, 4), Ok(None), "-1 is no quota");
    std::fs::write(root.join("sys/fs/cgroup/memory/job/memory.limit_in_bytes"), "8192\n").unwrap();
    assert_eq!(cgroup::memory(&proc, &sys, SIXTEEN_GB).unwrap().unwrap().limit, 8192);
    std::fs::write(root.join("sys/fs/cgroup/memory/job/memory.usage_in_bytes"), "junk\n").unwrap();
    assert_eq!(cgroup::memory(&proc, &sys, SIXTEEN_GB), Ok(None));
}

#[test]
fn a_machine_that_tells_nothing_has_no_values_and_no_alarms() {
    let root =
        written(&[("proc/stat", "intr 1\n"), ("proc/meminfo", "MemTotal: x kB\n"), ("proc/1/cgroup", "")]);
    let mut host = Host::recorded(&root);
    let odd = NoFact::nonsense();
    let missing = NoFact::Absent.needed();
    assert_eq!(host.memory(), Err(odd.clone()));
    assert_eq!(host.cpu_times(), Err(odd.clone()));
    assert_eq!(host.load(), Err(missing.clone()));
    assert_eq!(host.uptime(), Err(missing.clone()));
    assert_eq!(host.open_files(), Err(missing.clone()));
    assert_eq!(host.paging(), Err(missing.clone()));
    assert_eq!(host.pressure(PressureKind::Cpu), Err(NoFact::Absent), "an old kernel has none");
    assert_eq!(host.oom_kills(), Err(missing));
    assert_eq!(host.processors(), Err(odd));
}

#[test]
fn empty_files_are_no_good_news() {
    let names =
        ["loadavg", "meminfo", "stat", "uptime", "vmstat", "sys/fs/file-nr", "pressure/io", "self/mounts"];
    let files: Vec<String> = names.iter().map(|name| format!("proc/{name}")).collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|name| (&**name, "")).collect();
    files.push(("sys/class/net/a/flags", "0x1003\n"));
    files.push(("sys/class/net/a/statistics/rx_bytes", ""));
    files.push(("sys/class/net/b/flags", ""));
    let root = written(&files);
    let mut host = Host::recorded(&root);
    let odd = NoFact::nonsense();
    assert_eq!(host.memory(), Err(odd.clone()));
    assert_eq!(host.cpu_times(), Err(odd.clone()));
    assert_eq!(host.load(), Err(odd.clone()));
    assert_eq!(host.uptime(), Err(odd.clone()));
    assert_eq!(host.open_files(), Err(odd.clone()));
    assert_eq!(host.paging(), Err(odd.clone()));
    assert_eq!(host.oom_kills(), Err(odd.clone()));
    assert_eq!(host.pressure(PressureKind::Io), Err(odd.clone()));
    assert_eq!(host.processors(), Err(odd.clone()));
    assert_eq!(host.link("a"), Err(odd.clone()), "no bytes is not the same as 0 bytes");
    assert_eq!(host.link("b"), Err(odd));
    let mounted = host.filesystem("/data".as_ref(), std::time::Instant::now());
    assert!(matches!(mounted, FilesystemAnswer::Failed(_)), "not: not mounted");
}

#[test]
fn names_that_imitate_the_rest_of_the_line() {
    let line = "7 (x) R 1 2) S 3 7 7 0 -1 0 0 0 0 0 11 5 0 0 20 0 2 0 99 1 4 5\n";
    let root = written(&[("proc/7/stat", line), ("proc/7/cmdline", "a\0b\0\0"), ("proc/8/cmdline", " \n\0")]);
    let mut host = Host::recorded(&root);
    let stat = host.process_stat(7).unwrap();
    assert_eq!((stat.ppid, stat.cpu, stat.threads, stat.start), (3, 16, 2, 99));
    let mut text = Vec::new();
    assert!(host.command_line(7, &mut text).is_ok() && text == b"a b", "no blanks at the end");
    assert!(host.command_line(8, &mut text).is_err(), "nothing but blanks, and no name either");
    assert_eq!(host.process_io(7), Err(NoFact::Absent));
    assert_eq!(host.process_descriptors(7), Err(NoFact::Absent));
}

#[test]
fn no_swap_and_an_old_kernel() {
    let memory = host("noswap").memory().unwrap();
    assert_eq!((memory.swap_total, memory.swap_used), (0, 0));
    assert_eq!(memory.used, (1_000_000 - 200_000 - 50_000 - 250_000) * 1024, "no MemAvailable before 3.14");
    assert_eq!(host("noswap").load(), Err(NoFact::Absent.needed()));
}

#[test]
fn two_hundred_processors() {
    let mut host = host("cores200");
    assert_eq!(host.processors(), Ok(200));
    assert_eq!(host.load(), Ok([412.0, 390.5, 100.25]));
    assert_eq!(host.forks(), Some((77, 4_194_304)), "behind a long line of interrupts");
    assert_eq!(host.cpu_times().unwrap().total, 1_900_000);
}
