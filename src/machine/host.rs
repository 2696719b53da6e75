//! This machine, or a recorded one: [`Facts`] from a folder like /proc and one like /sys.

use super::asking::Asking;
use super::facts::{
    CpuTimes, DescriptorLimit, Facts, FileFacts, FilesystemAnswer, LinkFacts, Listing, MemoryFacts,
    MemoryKind, OpenFiles, Pidfile, Pressure, PressureKind, Process, ProcessIo, ProcessStat,
};
use super::file_times::FileTimes;
use super::filesystem::Filesystems;
use super::mounts::Mounts;
use super::no_fact::{Fact, NoFact, is_silence, means_absent};
use super::question::{Answer, PAYLOAD, Question, What};
use super::{asking, cgroup, direct, link, process, read, system};
use crate::sys::clock;
use std::ffi::OsStr;
use std::io;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The machine.
#[derive(Debug)]
pub struct Host {
    proc: PathBuf,
    sys: PathBuf,
    /// This machine, not a recorded one.
    live: bool,
    /// Used again for every file of a process.
    buffer: Vec<u8>,
    filesystems: Filesystems,
    file_times: FileTimes,
    paths: Paths,
    /// No security module labels processes here.
    no_security: bool,
    /// Calls for which no limit of processor time, or of memory, is taken for granted.
    unlimited: [u8; 2],
}

/// Limits of control groups hardly ever appear: without one, they are looked for at one call of this many.
const LOOK_FOR_LIMIT: u8 = 16;

/// Everything behind paths, asked directly or through a child.
#[derive(Debug, Default)]
struct Paths {
    proc: PathBuf,
    mounts: Mounts,
    asking: Asking,
    asker: u32,
    /// How often we had waited when this turn began, or at the last slow look since.
    waits: i64,
}

impl Paths {
    /// Looks at `path` with `direct`, or where that may take for ever asks a child.
    fn look<T>(
        &mut self,
        path: &Path,
        what: What,
        direct: impl FnOnce(&Path) -> io::Result<T>,
        from_answer: impl FnOnce(Answer) -> Option<T>,
    ) -> io::Result<T> {
        if !self.mounts.all_answer() {
            let now = Instant::now();
            if let Some(mount) = self.mounts.doubt(&self.proc, path, now) {
                let question = Question { path: path.into(), what };
                let answer = self.asking.ask(self.asker, mount, question, now)?;
                let nonsense = || io::Error::new(io::ErrorKind::TimedOut, "the helper made no sense");
                return from_answer(answer).ok_or_else(nonsense);
            }
        }
        let begun = clock::coarse();
        let result = asking::settled(direct(path));
        if clock::coarse().saturating_sub(begun) > asking::SLOW && self.has_waited() {
            self.mounts.was_slow(&self.proc, path, Instant::now());
        }
        result
    }

    /// Was it a wait? On a busy machine others may have had the processor meanwhile, and no filesystem is to blame for that.
    fn has_waited(&mut self) -> bool {
        let waits = crate::sys::process::waits();
        std::mem::replace(&mut self.waits, waits) != waits
    }
}

#[cfg(test)]
impl Host {
    /// Whether a look at the root that takes this long puts its mount in doubt.
    pub(super) fn looks_slow(&mut self, look: impl FnOnce()) -> bool {
        let root = Path::new("/");
        let direct = |_: &Path| {
            look();
            Ok(())
        };
        let looked = self.paths.look(root, What::Stat, direct, |_| None);
        looked.is_ok() && self.paths.mounts.doubt(&self.paths.proc, root, Instant::now()).is_some()
    }
}

impl Default for Host {
    fn default() -> Host {
        Host::new()
    }
}

impl Host {
    /// This machine.
    pub fn new() -> Host {
        Host { live: true, ..Host::recorded(Path::new("/")) }
    }

    /// A recorded machine: `root` holds a `proc` and a `sys`.
    pub fn recorded(root: &Path) -> Host {
        Host {
            proc: root.join("proc"),
            sys: root.join("sys"),
            live: false,
            buffer: Vec::new(),
            filesystems: Filesystems::default(),
            file_times: FileTimes::default(),
            paths: Paths { proc: root.join("proc"), ..Paths::default() },
            no_security: false,
            unlimited: [0; 2],
        }
    }

    /// Takes what children have said of doubtful mounts and gives up on those that say nothing: the services that
    /// can go on. Call it once in each turn of the loop.
    pub fn tick(&mut self, now: Instant) -> Vec<u32> {
        self.paths.waits = crate::sys::process::waits();
        if self.paths.asking.is_idle() {
            return Vec::new();
        }
        let answered = self.paths.asking.tick(now);
        for mount in self.paths.asking.take_slow() {
            self.paths.mounts.still_slow(mount, now);
        }
        answered
    }

    /// When [`Host::tick`] wants to be called at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        self.paths.asking.deadline()
    }

    /// Descriptors that are readable when [`Host::tick`] has something to do.
    pub fn descriptors(&self) -> impl Iterator<Item = RawFd> + '_ {
        self.paths.asking.descriptors()
    }

    /// A descriptor that is in error when the mount table has changed: call [`Host::mounts_changed`].
    pub fn mount_table(&self) -> Option<RawFd> {
        self.paths.mounts.descriptor()
    }

    /// The mount table has changed.
    pub fn mounts_changed(&mut self) {
        self.paths.mounts.changed();
    }

    /// The services have new numbers: nobody waits for the answers to what was asked before.
    pub fn forget_all(&mut self) {
        self.paths.asking.forget_all();
    }
}

/// The first number in a pidfile, if a process can have it.
fn first_number(text: &[u8]) -> Option<i32> {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let digits = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let digits = std::str::from_utf8(text.get(..digits)?).ok()?;
    digits.parse::<i32>().ok().filter(|pid| *pid > 0)
}

impl Facts for Host {
    fn on_behalf_of(&mut self, service: u32) {
        self.paths.asker = service;
    }

    fn forget(&mut self, service: u32) {
        if !self.paths.asking.is_idle() {
            self.paths.asking.forget(service);
        }
    }

    fn stat(&mut self, path: &Path) -> io::Result<FileFacts> {
        self.paths.look(path, What::Stat, direct::stat, |answer| match answer {
            Answer::Facts(facts) => Some(facts),
            _ => None,
        })
    }

    fn read_at(&mut self, path: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let length = u32::try_from(buffer.len().min(PAYLOAD)).unwrap_or(0);
        let mut direct = 0;
        let read = |path: &Path| {
            direct = direct::read_at(path, offset, buffer)?;
            Ok(None)
        };
        let answer = self.paths.look(path, What::Read { offset, length }, read, |answer| match answer {
            Answer::Bytes(bytes) => Some(Some(bytes)),
            _ => None,
        })?;
        let Some(bytes) = answer else { return Ok(direct) };
        let count = bytes.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn settle_after(&mut self, device: u64, now: Instant) -> Option<u64> {
        self.file_times.settle_after(&self.proc, device, now)
    }

    fn pidfile(&mut self, path: &Path) -> Pidfile {
        let mut text = [0u8; 256];
        match self.read_at(path, 0, &mut text) {
            Ok(length) => match first_number(text.get(..length).unwrap_or_default()) {
                Some(pid) => Pidfile::Pid(pid),
                None if length == 0 => Pidfile::Empty,
                None => Pidfile::Garbage,
            },
            Err(error) if means_absent(&error) => Pidfile::Missing,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Pidfile::Pending,
            // Opened, and no regular file.
            Err(error) if is_no_file(&error) => Pidfile::NotAFile,
            Err(error) if is_silence(&error) => Pidfile::Silent(read::error_text(&error)),
            Err(error) => Pidfile::Unreadable(read::error_text(&error)),
        }
    }

    fn list(&mut self, path: &Path, sizes: bool, from: u64) -> io::Result<Listing> {
        let direct = |path: &Path| direct::list(path, sizes);
        self.paths.look(path, What::List { sizes, from }, direct, |answer| match answer {
            Answer::Page(page) => Some(page.listing(from)),
            _ => None,
        })
    }

    fn process(&mut self, pid: i32) -> Fact<Process> {
        let found = process::process(&self.proc, pid, &mut self.buffer);
        if found != Err(NoFact::Absent) || !self.live || !crate::sys::process::exists(pid) {
            return found;
        }
        // It may have come just now, or be a thread; or its files are hidden from us (`hidepid` of proc(5), no /proc).
        let again = process::process(&self.proc, pid, &mut self.buffer);
        let visible = self.proc.join(pid.to_string()).exists() || !crate::sys::process::exists(pid);
        if again != Err(NoFact::Absent) || visible {
            return again;
        }
        Err(NoFact::Unreadable(format!("/proc/{pid} is hidden").into()))
    }

    fn same_process(&mut self, known: &Process) -> Fact<Process> {
        let pid = known.stat.pid;
        if let (true, Ok(stat)) = (self.live, self.process_stat(pid)) {
            let owners = process::effective_owners(&self.proc, pid);
            if stat.start == known.stat.start && owners == Some((known.euid, known.egid)) {
                return Ok(Process { stat, ..*known });
            }
        }
        self.process(pid)
    }

    fn pids(&mut self, out: &mut Vec<i32>) -> Fact<()> {
        process::pids(&self.proc, out)
    }

    fn process_stat(&mut self, pid: i32) -> Fact<ProcessStat> {
        process::stat(&self.proc, pid, &mut self.buffer)
    }

    fn command_line(&mut self, pid: i32, out: &mut Vec<u8>) -> Fact<()> {
        process::command_line(&self.proc, pid, out)
    }

    fn children_of(&mut self, pid: i32, threads: u32, out: &mut Vec<i32>) -> Fact<()> {
        process::children(&self.proc, pid, threads, &mut self.buffer, out)
    }

    fn process_memory(&mut self, pid: i32, kind: MemoryKind) -> Fact<u64> {
        process::memory(&self.proc, pid, kind, &mut self.buffer)
    }

    fn process_io(&mut self, pid: i32) -> Fact<ProcessIo> {
        process::io(&self.proc, pid, &mut self.buffer)
    }

    fn process_descriptors(&mut self, pid: i32) -> Fact<u64> {
        process::descriptors(&self.proc, pid)
    }

    fn process_descriptor_limit(&mut self, pid: i32) -> Fact<DescriptorLimit> {
        process::descriptor_limit(&self.proc, pid, &mut self.buffer)
    }

    fn security_attribute(&mut self, pid: i32) -> Fact<String> {
        if self.no_security {
            return Err(NoFact::Absent);
        }
        process::security(&self.proc, pid, &mut self.buffer, &mut self.no_security)
    }

    fn forks(&mut self) -> Option<(u64, u64)> {
        system::forks(&self.proc, &mut self.buffer)
    }

    fn ticks(&mut self) -> (u64, u64) {
        let per_second = clock::ticks_per_second();
        // In a container /proc/uptime may be the container's, while start times count from the kernel's boot.
        let seconds =
            if self.live { clock::uptime().as_secs_f64() } else { system::uptime(&self.proc).unwrap_or(0.0) };
        ((seconds * per_second as f64) as u64, per_second)
    }

    fn load(&mut self) -> Fact<[f64; 3]> {
        system::load(&self.proc)
    }

    fn cpu_times(&mut self) -> Fact<CpuTimes> {
        match self.cpu_limit()? {
            Some(limit) => {
                let uptime = if self.live {
                    clock::uptime()
                } else {
                    std::time::Duration::from_secs_f64(system::uptime(&self.proc).unwrap_or(0.0))
                };
                Ok(system::limited_cpu_times(&limit, uptime))
            }
            None => system::cpu_times(&self.proc),
        }
    }

    fn processors(&mut self) -> Fact<u32> {
        let machine = self.machine_processors()?;
        Ok(self.cpu_limit()?.map_or(machine, |limit| (limit.processors.ceil() as u32).clamp(1, machine)))
    }

    fn memory(&mut self) -> Fact<MemoryFacts> {
        let mut facts = system::memory(&self.proc)?;
        let group = self.unless_unlimited(1, |host| cgroup::memory(&host.proc, &host.sys, facts.total))?;
        if let Some(group) = group {
            facts = MemoryFacts { total: group.limit, used: group.used, limited: true, ..facts };
        }
        Ok(facts)
    }

    fn paging(&mut self) -> Fact<(u64, u64)> {
        system::paging(&self.proc)
    }

    fn uptime(&mut self) -> Fact<u64> {
        system::uptime(&self.proc).map(|seconds| seconds as u64)
    }

    fn open_files(&mut self) -> Fact<OpenFiles> {
        system::open_files(&self.proc)
    }

    fn pressure(&mut self, kind: PressureKind) -> Fact<Pressure> {
        system::pressure(&self.proc, kind)
    }

    fn oom_kills(&mut self) -> Fact<u64> {
        system::oom_kills(&self.proc)
    }

    fn filesystem(&mut self, name: &OsStr, now: Instant) -> FilesystemAnswer {
        let paths = &mut self.paths;
        self.filesystems.ask(&self.proc, name, now, |point| {
            paths.look(point, What::Space, direct::sizes, |answer| match answer {
                Answer::Sizes(sizes) => Some(sizes),
                _ => None,
            })
        })
    }

    fn link(&mut self, name: &str) -> Fact<LinkFacts> {
        link::link(&self.sys, name)
    }

    fn interface_of(&mut self, address: &str) -> Fact<String> {
        let address = address.parse().map_err(|_| NoFact::Absent)?;
        crate::sys::statvfs::interface_of(address)?.ok_or(NoFact::Absent)
    }
}

impl Host {
    fn cpu_limit(&mut self) -> Fact<Option<cgroup::CpuLimit>> {
        let machine = self.machine_processors()?;
        self.unless_unlimited(0, |host| cgroup::cpu(&host.proc, &host.sys, machine))
    }

    /// Looks for a limit, unless there was none a moment ago.
    fn unless_unlimited<T>(
        &mut self,
        which: usize,
        look: impl FnOnce(&Host) -> Fact<Option<T>>,
    ) -> Fact<Option<T>> {
        if let Some(calls @ 1..) = self.unlimited.get_mut(which) {
            *calls -= 1;
            return Ok(None);
        }
        let limit = look(self)?;
        if let (None, Some(calls)) = (&limit, self.unlimited.get_mut(which)) {
            *calls = LOOK_FOR_LIMIT - 1;
        }
        Ok(limit)
    }

    fn machine_processors(&self) -> Fact<u32> {
        match system::online_processors(&self.sys) {
            Err(NoFact::Absent) => system::listed_processors(&self.proc),
            told => told,
        }
    }
}

/// Opened, and no regular file: that is said by us, never by the kernel.
fn is_no_file(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput && error.raw_os_error().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_pidfile() {
        for (text, pid) in [
            ("42\n", Some(42)),
            ("  42xyz", Some(42)),
            ("\n\n42\nmore", Some(42)),
            ("42", Some(42)),
            ("+42", Some(42)),
            ("+-42", None),
            ("", None),
            ("abc", None),
            ("-5", None),
            ("0", None),
            ("99999999999", None),
        ] {
            assert_eq!(first_number(text.as_bytes()), pid, "{text:?}");
        }
    }
}
