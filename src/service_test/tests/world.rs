//! A machine made of lists, and a service under test on it.

use super::super::*;
use crate::config::{Condition, Config, LogTarget, Service, Subject, Test};
use crate::machine::{
    CpuTimes, Entry, Fact, FileFacts, FileKind, FilesystemAnswer, LinkFacts, Listing, MemoryFacts,
    MemoryKind, NoFact, OpenFiles, Pidfile, Pressure, PressureKind, Process, ProcessIo, ProcessStat,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(Default, Clone)]
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) command: &'static str,
    pub(super) memory: u64,
    pub(super) swapped: u64,
    pub(super) descriptors: u64,
    pub(super) io: ProcessIo,
    /// Ticks it works while a check waits.
    pub(super) busy: u64,
}

#[derive(Default)]
pub(super) struct World {
    pub(super) files: BTreeMap<PathBuf, (FileFacts, Vec<u8>)>,
    /// Files that take a name as soon as it is read behind this offset, the last one first.
    pub(super) coming: Vec<(PathBuf, u64, Vec<u8>)>,
    /// Paths of which stat(2) fails, with the error.
    pub(super) broken: Vec<(PathBuf, i32)>,
    /// Files that cannot be opened.
    pub(super) locked: Vec<PathBuf>,
    pub(super) processes: BTreeMap<i32, Running>,
    pub(super) ticks: u64,
    pub(super) forks: u64,
    pub(super) stats_read: u32,
    pub(super) lines_read: u32,
    pub(super) memory: Option<MemoryFacts>,
    pub(super) cpu: Option<CpuTimes>,
    pub(super) paging: Option<(u64, u64)>,
    pub(super) load: Option<[f64; 3]>,
    pub(super) filesystem: Option<FilesystemAnswer>,
    pub(super) link: Option<Fact<LinkFacts>>,
    /// Why nothing of the kernel's can be read now: of processes, of the machine, of interfaces.
    pub(super) shortage: Option<&'static str>,
    /// But the first facts of each process can.
    pub(super) processes_readable: bool,
    pub(super) cores: u32,
    pub(super) pressure: Option<Pressure>,
    pub(super) oom_kills: Option<u64>,
    /// Folders with what is in them: name, kind, bytes, filesystem.
    pub(super) mount: Mount,
    pub(super) folders: BTreeMap<PathBuf, Vec<(String, FileKind, u64, u64)>>,
}

/// What the files are on.
#[derive(Default, PartialEq)]
pub(super) enum Mount {
    #[default]
    Local,
    /// Each question is answered when it is asked the second time. `true`: it has been asked once.
    Remote(bool),
    Hung,
}

impl World {
    fn readable(&self) -> Fact<()> {
        self.shortage.map_or(Ok(()), |reason| Err(NoFact::Unreadable(reason.into())))
    }

    fn told<T>(&self, value: Option<T>) -> Fact<T> {
        self.readable()?;
        value.ok_or(NoFact::Absent)
    }

    fn of<T>(&self, pid: i32, value: impl Fn(&Running) -> T) -> Fact<T> {
        self.told(self.processes.get(&pid).map(value))
    }

    fn answers(&mut self) -> io::Result<()> {
        match &mut self.mount {
            Mount::Local => Ok(()),
            Mount::Hung => Err(io::Error::new(io::ErrorKind::TimedOut, "no answer within 5 s")),
            Mount::Remote(asked) => {
                *asked = !*asked;
                if *asked { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            }
        }
    }

    /// A file with this content; written again it keeps its inode.
    pub(super) fn write(&mut self, path: &str, content: &[u8]) {
        let inode = 1000 + self.files.len() as u64;
        let (facts, bytes) = self.files.entry(path.into()).or_default();
        if facts.inode == 0 {
            *facts = FileFacts {
                inode,
                mode: 0o644,
                links: 1,
                modified: 1_700_000_000,
                changed: 1_700_000_000,
                accessed: 1_700_000_000,
                ..FileFacts::default()
            };
        }
        facts.size = content.len() as u64;
        facts.changed += 1;
        facts.modified += 1;
        *bytes = content.to_vec();
    }

    pub(super) fn append(&mut self, path: &str, content: &[u8]) {
        let mut all = self.files.get(Path::new(path)).map(|file| file.1.clone()).unwrap_or_default();
        all.extend_from_slice(content);
        self.write(path, &all);
    }

    pub(super) fn facts(&mut self, path: &str) -> &mut FileFacts {
        &mut self.files.get_mut(Path::new(path)).unwrap().0
    }

    /// A running process.
    pub(super) fn run(&mut self, pid: i32, ppid: i32, start: u64, command: &'static str) -> &mut Running {
        self.forks += 1;
        let stat = ProcessStat { pid, ppid, start, threads: 1, ..ProcessStat::default() };
        let process = Process { stat, ..Process::default() };
        self.processes.insert(pid, Running { process, command, ..Running::default() });
        self.processes.get_mut(&pid).unwrap()
    }
}

impl Facts for World {
    fn stat(&mut self, path: &Path) -> io::Result<FileFacts> {
        self.answers()?;
        if let Some((_, errno)) = self.broken.iter().find(|(broken, _)| broken == path) {
            return Err(io::Error::from_raw_os_error(*errno));
        }
        self.files.get(path).map(|file| file.0).ok_or(io::ErrorKind::NotFound.into())
    }

    fn read_at(&mut self, path: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.answers()?;
        if self.locked.iter().any(|locked| locked == path) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if self.coming.last().is_some_and(|(of, from, _)| of == path && offset >= *from) {
            let content = self.coming.pop().unwrap().2;
            let inode = self.facts(&path.to_string_lossy()).inode + 1;
            self.write(&path.to_string_lossy(), &content);
            self.facts(&path.to_string_lossy()).inode = inode;
        }
        let content = &self.files.get(path).ok_or(io::Error::from(io::ErrorKind::NotFound))?.1;
        let rest = content.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn pidfile(&mut self, path: &Path) -> Pidfile {
        match self.answers() {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Pidfile::Pending,
            Err(error) => return Pidfile::Silent(error.to_string()),
        }
        match self.files.get(path) {
            None => Pidfile::Missing,
            Some((_, text)) if text.is_empty() => Pidfile::Empty,
            Some((_, text)) => match String::from_utf8_lossy(text).trim().parse() {
                Ok(pid) => Pidfile::Pid(pid),
                Err(_) => Pidfile::Garbage,
            },
        }
    }

    fn process(&mut self, pid: i32) -> Fact<Process> {
        self.stats_read += 1;
        if !self.processes_readable {
            self.readable()?;
        }
        self.processes.get(&pid).map(|running| running.process).ok_or(NoFact::Absent)
    }

    fn pids(&mut self, out: &mut Vec<i32>) -> Fact<()> {
        out.extend(self.processes.keys());
        self.readable()
    }

    fn command_line(&mut self, pid: i32, out: &mut Vec<u8>) -> Fact<()> {
        self.readable()?;
        self.lines_read += 1;
        out.clear();
        out.extend(self.processes.get(&pid).map_or("", |running| running.command).as_bytes());
        if out.is_empty() { Err(NoFact::Absent) } else { Ok(()) }
    }

    fn children_of(&mut self, pid: i32, _threads: u32, out: &mut Vec<i32>) -> Fact<()> {
        self.readable()?;
        let children = self.processes.values().map(|running| running.process.stat);
        out.extend(children.filter(|stat| stat.ppid == pid).map(|stat| stat.pid));
        if self.processes.contains_key(&pid) { Ok(()) } else { Err(NoFact::Absent) }
    }

    fn process_memory(&mut self, pid: i32, kind: MemoryKind) -> Fact<u64> {
        self.of(pid, |running| if kind == MemoryKind::Swapped { running.swapped } else { running.memory })
    }

    fn process_descriptors(&mut self, pid: i32) -> Fact<u64> {
        self.of(pid, |running| running.descriptors)
    }

    fn process_io(&mut self, pid: i32) -> Fact<ProcessIo> {
        self.of(pid, |running| running.io)
    }

    fn security_attribute(&mut self, _: i32) -> Fact<String> {
        self.told(None)
    }

    fn forks(&mut self) -> Option<(u64, u64)> {
        Some((self.forks, 4_194_304))
    }

    fn ticks(&mut self) -> (u64, u64) {
        (self.ticks, 100)
    }

    fn processors(&mut self) -> Fact<u32> {
        self.told(Some(self.cores.max(1)))
    }

    fn memory(&mut self) -> Fact<MemoryFacts> {
        self.told(self.memory)
    }

    fn cpu_times(&mut self) -> Fact<CpuTimes> {
        self.told(self.cpu)
    }

    fn paging(&mut self) -> Fact<(u64, u64)> {
        self.told(self.paging)
    }

    fn load(&mut self) -> Fact<[f64; 3]> {
        self.told(self.load)
    }

    fn open_files(&mut self) -> Fact<OpenFiles> {
        self.told(Some(OpenFiles { allocated: 1000, unused: 0, maximum: 10_000 }))
    }

    fn pressure(&mut self, _: PressureKind) -> Fact<Pressure> {
        self.told(self.pressure)
    }

    fn oom_kills(&mut self) -> Fact<u64> {
        self.told(self.oom_kills)
    }

    fn list(&mut self, path: &Path, _: bool, _: u64) -> io::Result<Listing> {
        self.answers()?;
        let Some(found) = self.folders.get(path).cloned() else {
            let inside = self.files.iter().filter(|(name, _)| name.parent() == Some(path));
            let entry = |(name, (facts, _)): (&PathBuf, &(FileFacts, Vec<u8>))| {
                let FileFacts { kind, size, device, inode, .. } = *facts;
                Ok(Entry { name: name.file_name().unwrap().into(), kind, size, device, inode })
            };
            let entries: Vec<io::Result<Entry>> = inside.map(entry).collect();
            if entries.is_empty() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            return Ok(Listing { entries: Box::new(entries.into_iter()), more: None });
        };
        let entry = |(name, kind, size, device): (String, FileKind, u64, u64)| match &*name {
            "broken" => Err(io::Error::from_raw_os_error(libc::EIO)),
            _ => Ok(Entry { name: name.into(), kind, size, device, inode: 0 }),
        };
        Ok(Listing { entries: Box::new(found.into_iter().map(entry)), more: None })
    }

    fn uptime(&mut self) -> Fact<u64> {
        self.told(Some(self.ticks / 100))
    }

    fn filesystem(&mut self, _: &OsStr, _: Instant) -> FilesystemAnswer {
        self.filesystem.clone().unwrap_or(FilesystemAnswer::NotMounted)
    }

    fn link(&mut self, _: &str) -> Fact<LinkFacts> {
        self.readable()?;
        self.link.clone().unwrap_or(Err(NoFact::Absent))
    }
}

/// A service with its tests, checked again and again.
pub(super) struct Lab {
    /// A check that works with a child is waited for, in real time.
    pub(super) waits_for_children: bool,
    pub(super) world: World,
    pub(super) service: Service,
    pub(super) memory: Memory,
    pub(super) cycle: CycleFacts,
    pub(super) now: Now,
    pub(super) steps: u32,
    /// What the next program or probe ends with.
    pub(super) program: Option<ProgramResult>,
    pub(super) probes: Vec<(u16, ProbeResult)>,
    pub(super) asked: Vec<Want>,
    /// Failures are going to be told.
    pub(super) told: bool,
}

pub(super) fn test(condition: Condition) -> Test {
    Test {
        place: Default::default(),
        condition,
        rate: Default::default(),
        then: Default::default(),
        recovery_rate: Default::default(),
        recovery: Default::default(),
    }
}

impl Lab {
    pub(super) fn new(name: &str, subject: Subject, conditions: Vec<Condition>) -> Lab {
        let mut service = Service::new(name, subject);
        service.tests = conditions.into_iter().map(test).collect();
        let config = Config { services: vec![service.clone()], ..Config::default() };
        Lab {
            waits_for_children: false,
            world: World { ticks: 1_000_000, ..World::default() },
            service,
            memory: Memory::default(),
            cycle: CycleFacts::new(&config),
            now: Now { mono: Instant::now(), wall: UNIX_EPOCH + Duration::from_secs(1_700_100_000) },
            steps: 0,
            program: None,
            probes: Vec::new(),
            asked: Vec::new(),
            told: false,
        }
    }

    /// `set log PATH`
    pub(super) fn log_to(&mut self, path: &str) {
        let mut config = Config { services: vec![self.service.clone()], ..Config::default() };
        config.settings.log = LogTarget::File(Path::new(path).into());
        self.cycle = CycleFacts::new(&config);
    }

    /// Time goes by.
    pub(super) fn wait(&mut self, seconds: u64) {
        self.now.mono += Duration::from_secs(seconds);
        self.now.wall += Duration::from_secs(seconds);
        self.world.ticks += seconds * 100;
    }

    /// One check, to its report.
    pub(super) fn report(&mut self) -> Report {
        self.cycle.renew();
        self.steps = 0;
        self.asked.clear();
        let mut check = Check::begin(&self.service, &mut self.cycle);
        loop {
            for want in check.wants() {
                self.asked.push(want);
                match want {
                    Want::Program => check.program_finished(self.program.clone().unwrap()),
                    Want::Connection(test) | Want::Ping(test) => {
                        match self.probes.iter().position(|(of, _)| *of == test) {
                            Some(at) => check.probe_finished(test, self.probes.remove(at).1),
                            None => check.probe_unavailable(test),
                        }
                    }
                }
            }
            self.cycle.begin_turn();
            self.steps += 1;
            assert!(self.steps < 100_000, "a check that does not end");
            let now = self.now;
            match check.step(&self.service, &mut self.memory, &mut self.world, &mut self.cycle, now) {
                Progress::Done(report) => return report,
                Progress::Later(_) if self.world.mount != Mount::Local => {}
                Progress::Later(when) if self.told => {
                    self.now.mono = when;
                    self.world.processes.values_mut().for_each(|it| it.process.stat.cpu += it.busy);
                }
                Progress::Later(when) if self.waits_for_children => {
                    std::thread::sleep(when.saturating_duration_since(Instant::now()));
                }
                Progress::Later(_) => {
                    return Report { presence: Presence::Unknown, verdicts: Vec::new(), identity: None };
                }
                Progress::More if check.asks_what_is_told() => {
                    let told = self.told;
                    check.told(&self.service, |_| told);
                }
                Progress::More | Progress::Waiting => {}
            }
        }
    }

    /// One check: its lines, with a sign before each: `-` failed, `+` succeeded, `!` changed, `=` not changed,
    /// `.` debug line.
    pub(super) fn check(&mut self) -> Vec<String> {
        let report = self.report();
        let line = |verdict: Verdict| {
            let sign = match verdict.outcome {
                Outcome::Failed => '-',
                Outcome::Succeeded => '+',
                Outcome::Changed => '!',
                Outcome::NotChanged => '=',
                Outcome::NoData => '.',
                Outcome::Warned => '?',
            };
            format!("{sign}{}", verdict.message)
        };
        report.verdicts.into_iter().map(line).collect()
    }

    /// The lines that are not debug lines of good news.
    pub(super) fn news(&mut self) -> Vec<String> {
        self.check().into_iter().filter(|line| line.starts_with(['-', '!'])).collect()
    }

    /// The line of a status.
    pub(super) fn status(&self, label: &str) -> Option<String> {
        let mut lines = Vec::new();
        readings(&self.service, &self.memory, Extent::ALL, &mut |line| lines.push(line));
        lines.into_iter().find(|line| line.label == label).map(|line| line.value.to_string())
    }

    pub(super) fn restart(&mut self) {
        let mut saved = Vec::new();
        self.memory.save(&mut |name, value| saved.push((name.to_string(), value.to_string())));
        self.memory = Memory::default();
        saved.iter().for_each(|(name, value)| self.memory.load(name, value));
    }
}

pub(super) fn wall(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(super) fn kind(lab: &mut Lab, path: &str, kind: FileKind) {
    lab.world.facts(path).kind = kind;
}
