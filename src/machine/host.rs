//! This machine, or a recorded one: [`Facts`] from a folder like /proc and one like /sys.

use super::facts::{
    CpuTimes, DescriptorLimit, Entry, Facts, FileFacts, FileKind, FilesystemAnswer, LinkFacts, Listing,
    MemoryFacts, OpenFiles, Pidfile, Pressure, PressureKind, Process, ProcessIo, ProcessStat,
};
use super::file_times::FileTimes;
use super::filesystem::Filesystems;
use super::{cgroup, link, process, read, system};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
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
    /// No security module labels processes here.
    no_security: bool,
    /// Calls for which no limit of processor time, or of memory, is taken for granted.
    unlimited: [u8; 2],
}

/// Limits of control groups hardly ever appear: without one, they are looked for at one call of this many.
const LOOK_FOR_LIMIT: u8 = 16;

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
            no_security: false,
            unlimited: [0; 2],
        }
    }
}

fn kind(kind: fs::FileType) -> FileKind {
    if kind.is_file() {
        FileKind::File
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_fifo() {
        FileKind::Fifo
    } else if kind.is_socket() {
        FileKind::Socket
    } else {
        FileKind::Other
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
    fn stat(&mut self, path: &Path) -> io::Result<FileFacts> {
        let stat = fs::metadata(path)?;
        let nanos = |nanos: i64| u32::try_from(nanos).unwrap_or(0);
        Ok(FileFacts {
            kind: kind(stat.file_type()),
            mode: (stat.mode() & 0o7777) as u16,
            uid: stat.uid(),
            gid: stat.gid(),
            size: stat.len(),
            links: stat.nlink(),
            inode: stat.ino(),
            device: stat.dev(),
            accessed: stat.atime(),
            modified: stat.mtime(),
            changed: stat.ctime(),
            modified_nanos: nanos(stat.mtime_nsec()),
            changed_nanos: nanos(stat.ctime_nsec()),
        })
    }

    fn read_at(&mut self, path: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let file = crate::sys::file::open_regular(path)?;
        loop {
            match file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn settle_after(&mut self, device: u64, now: Instant) -> Option<u64> {
        self.file_times.settle_after(&self.proc, device, now)
    }

    fn pidfile(&mut self, path: &Path) -> Pidfile {
        let mut text = [0u8; 256];
        match self.read_at(path, 0, &mut text) {
            Ok(length) => match first_number(text.get(..length).unwrap_or_default()) {
                Some(pid) => Pidfile::Pid(pid),
                None => Pidfile::Garbage,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Pidfile::Missing,
            // Opened, and no regular file.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Pidfile::NotAFile,
            Err(error) => Pidfile::Unreadable(read::error_text(&error)),
        }
    }

    fn list(&mut self, path: &Path, sizes: bool) -> io::Result<Listing> {
        let entry = move |entry: fs::DirEntry| {
            let name = entry.file_name();
            // What has gone since its name was read is no file any more.
            match sizes.then(|| entry.metadata().ok()).flatten() {
                Some(m) => Entry { name, kind: kind(m.file_type()), size: m.len(), device: m.dev() },
                None => Entry { name, kind: FileKind::Other, size: 0, device: 0 },
            }
        };
        Ok(Listing(Box::new(fs::read_dir(path)?.filter_map(Result::ok).map(entry))))
    }

    fn process(&mut self, pid: i32) -> Option<Process> {
        process::process(&self.proc, pid, &mut self.buffer)
    }

    fn pids(&mut self, out: &mut Vec<i32>) {
        process::pids(&self.proc, out);
    }

    fn process_stat(&mut self, pid: i32) -> Option<ProcessStat> {
        process::stat(&self.proc, pid, &mut self.buffer)
    }

    fn command_line(&mut self, pid: i32, out: &mut Vec<u8>) -> bool {
        process::command_line(&self.proc, pid, out)
    }

    fn children_of(&mut self, pid: i32, threads: u32, out: &mut Vec<i32>) -> bool {
        process::children(&self.proc, pid, threads, &mut self.buffer, out)
    }

    fn process_memory(&mut self, pid: i32) -> Option<u64> {
        process::memory(&self.proc, pid, &mut self.buffer)
    }

    fn process_io(&mut self, pid: i32) -> Option<ProcessIo> {
        process::io(&self.proc, pid, &mut self.buffer)
    }

    fn process_descriptors(&mut self, pid: i32) -> Option<u64> {
        process::descriptors(&self.proc, pid)
    }

    fn process_descriptor_limit(&mut self, pid: i32) -> Option<DescriptorLimit> {
        process::descriptor_limit(&self.proc, pid, &mut self.buffer)
    }

    fn security_attribute(&mut self, pid: i32) -> Option<String> {
        if self.no_security {
            return None;
        }
        process::security(&self.proc, pid, &mut self.buffer, &mut self.no_security)
    }

    fn forks(&mut self) -> Option<(u64, u64)> {
        system::forks(&self.proc, &mut self.buffer)
    }

    fn ticks(&mut self) -> (u64, u64) {
        let per_second = crate::sys::clock::ticks_per_second();
        // In a container /proc/uptime may be the container's, while start times count from the kernel's boot.
        let seconds = if self.live {
            crate::sys::clock::uptime().as_secs_f64()
        } else {
            system::uptime(&self.proc).unwrap_or(0.0)
        };
        ((seconds * per_second as f64) as u64, per_second)
    }

    fn load(&mut self) -> Option<[f64; 3]> {
        system::load(&self.proc)
    }

    fn cpu_times(&mut self) -> Option<CpuTimes> {
        match self.cpu_limit() {
            Some(limit) => {
                let uptime = if self.live {
                    crate::sys::clock::uptime()
                } else {
                    std::time::Duration::from_secs_f64(system::uptime(&self.proc).unwrap_or(0.0))
                };
                Some(system::limited_cpu_times(&limit, uptime))
            }
            None => system::cpu_times(&self.proc),
        }
    }

    fn processors(&mut self) -> u32 {
        let machine = self.machine_processors();
        self.cpu_limit().map_or(machine, |limit| (limit.processors.ceil() as u32).clamp(1, machine))
    }

    fn memory(&mut self) -> Option<MemoryFacts> {
        let mut facts = system::memory(&self.proc)?;
        let group = self.unless_unlimited(1, |host| cgroup::memory(&host.proc, &host.sys, facts.total));
        if let Some(group) = group {
            facts = MemoryFacts { total: group.limit, used: group.used, limited: true, ..facts };
        }
        Some(facts)
    }

    fn paging(&mut self) -> Option<(u64, u64)> {
        system::paging(&self.proc)
    }

    fn uptime(&mut self) -> Option<u64> {
        system::uptime(&self.proc).map(|seconds| seconds as u64)
    }

    fn open_files(&mut self) -> Option<OpenFiles> {
        system::open_files(&self.proc)
    }

    fn pressure(&mut self, kind: PressureKind) -> Option<Pressure> {
        system::pressure(&self.proc, kind)
    }

    fn oom_kills(&mut self) -> Option<u64> {
        system::oom_kills(&self.proc)
    }

    fn filesystem(&mut self, name: &OsStr, now: Instant) -> FilesystemAnswer {
        self.filesystems.ask(&self.proc, name, now)
    }

    fn link(&mut self, name: &str) -> Result<LinkFacts, String> {
        link::link(&self.sys, name)
    }

    fn interface_of(&mut self, address: &str) -> Option<String> {
        crate::sys::statvfs::interface_of(address.parse().ok()?).ok().flatten()
    }
}

impl Host {
    fn cpu_limit(&mut self) -> Option<cgroup::CpuLimit> {
        let machine = self.machine_processors();
        self.unless_unlimited(0, |host| cgroup::cpu(&host.proc, &host.sys, machine))
    }

    /// Looks for a limit, unless there was none a moment ago.
    fn unless_unlimited<T>(&mut self, which: usize, look: impl FnOnce(&Host) -> Option<T>) -> Option<T> {
        if let Some(calls @ 1..) = self.unlimited.get_mut(which) {
            *calls -= 1;
            return None;
        }
        let limit = look(self);
        if let (None, Some(calls)) = (&limit, self.unlimited.get_mut(which)) {
            *calls = LOOK_FOR_LIMIT - 1;
        }
        limit
    }

    fn machine_processors(&self) -> u32 {
        system::online_processors(&self.sys).or_else(|| system::listed_processors(&self.proc)).unwrap_or(1)
    }
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
