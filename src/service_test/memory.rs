//! What is kept of a service between its checks: the last readings, the values `changed` tests compare with, and
//! the place reached in a log.
//!
//! It survives a reload. What must survive a restart of the monitor goes through [`Memory::save`].

use super::answers::Answers;
use super::checksum_known::{self, Known};
use super::content_place::{self, Place};
use super::heartbeat::HeartbeatReading;
use super::keep::Keep;
use super::previous::Previous;
use super::traffic_history::History;
use super::verdict::{Identity, Presence};
use crate::config::{ChecksumKind, Few, Service};
use crate::machine::{
    DescriptorLimit, FileFacts, FilesystemFacts, LinkFacts, MemoryFacts, OpenFiles, Process, ProcessStat,
};
use std::time::{Instant, SystemTime};

/// What is kept of one service.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// What the last check found.
    pub presence: Presence,
    /// The last readings. They stay when the object goes; `presence` says whether they are current.
    pub measured: Measured,
    /// The last results of connection and ping tests.
    pub answers: Answers,
    pub(super) previous: Previous,
    /// What was told of its data.
    pub(super) trouble: Option<Trouble>,
    /// Values loaded before the first check, for the type that will want them.
    pub(super) loaded: Few<(Box<str>, Box<str>)>,
}

/// Why nothing, or not everything, is known of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Its filesystem does not answer.
    Silent,
    /// Something of it cannot be read.
    Unreadable,
    /// Its pidfile does not name the process that is there.
    Lost,
}

impl Trouble {
    const ALL: [Trouble; 3] = [Trouble::Silent, Trouble::Unreadable, Trouble::Lost];

    /// In the state file.
    fn name(self) -> &'static str {
        match self {
            Trouble::Silent => "yes",
            Trouble::Unreadable => "unreadable",
            Trouble::Lost => "lost",
        }
    }

    /// That it is over.
    pub(super) fn over(self, what: &str) -> String {
        match self {
            Trouble::Silent => format!("{what} is answering"),
            Trouble::Unreadable => format!("{what} can be read"),
            Trouble::Lost => format!("{what} names the process again"),
        }
    }
}

/// The last readings of a service, by its type.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub enum Measured {
    #[default]
    Nothing,
    Process(Box<ProcessReading>),
    /// Files, directories and fifos.
    File(Box<FileReading>),
    Filesystem(Box<FilesystemReading>),
    Network(Box<NetworkReading>),
    System(Box<SystemReading>),
    Program(Box<ProgramReading>),
    Heartbeat(Box<HeartbeatReading>),
}

/// A counter and how fast it grows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    /// Per second, between the last two checks; 0 after the first.
    pub per_second: f64,
    /// As the kernel counts.
    pub total: u64,
}

impl Rate {
    /// Takes the counter's next value, `seconds` after the one before. A counter that went back has started anew.
    pub(super) fn update(&mut self, total: u64, seconds: Option<f64>) {
        self.per_second = match seconds {
            Some(seconds) if seconds > 0.0 && total >= self.total => (total - self.total) as f64 / seconds,
            _ => 0.0,
        };
        self.total = total;
    }
}

/// The last readings of a process.
#[derive(Debug, Clone, Default)]
pub struct ProcessReading {
    /// The process.
    pub identity: Option<Identity>,
    /// Its parent.
    pub ppid: i32,
    /// Real user.
    pub uid: u32,
    /// Effective user.
    pub euid: u32,
    /// Real group.
    pub gid: u32,
    /// Seconds it runs.
    pub uptime: u64,
    /// Threads.
    pub threads: u32,
    /// All its descendants; `None` if not counted.
    pub children: Option<u32>,
    /// Percent of what its threads could use; `None` in the first check.
    pub cpu: Option<f64>,
    /// The same with all descendants, at most 100.
    pub cpu_total: Option<f64>,
    /// Bytes.
    pub memory: Option<u64>,
    /// Percent of main memory.
    pub memory_percent: Option<f64>,
    /// Bytes, with all descendants.
    pub memory_total: Option<u64>,
    /// Percent of main memory, with all descendants.
    pub memory_total_percent: Option<f64>,
    /// Open descriptors.
    pub descriptors: Option<u64>,
    /// Open descriptors, with all descendants.
    pub descriptors_total: Option<u64>,
    /// Limit of open descriptors.
    pub descriptor_limit: Option<DescriptorLimit>,
    /// Reading and writing; `None` if the kernel does not tell.
    pub io: Option<IoReading>,
    /// Label of a security module.
    pub security: Option<Box<str>>,
    /// It is a zombie.
    pub zombie: bool,
    /// It is stopped.
    pub stopped: bool,
    /// The processor times of the process and its descendants at the last check.
    pub(super) tree: Box<[KeptProcess]>,
    pub(super) measured_at: Option<Instant>,
    pub(super) egid: u32,
    /// Checks since what hardly ever changes was read.
    pub(super) age: u8,
}

/// What is kept of one process of a tree until the next check.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptProcess {
    pub(super) pid: i32,
    pub(super) age: u8,
    pub(super) start: u64,
    /// Processor time in ticks.
    pub(super) cpu: u64,
    /// Bytes; `u64::MAX`: not known.
    pub(super) memory: u64,
    pub(super) resident: u64,
}

/// Reading and writing of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct IoReading {
    /// Bytes read, caches and pipes included.
    pub read: Rate,
    /// Bytes written, caches and pipes included.
    pub write: Rate,
    /// Bytes from storage.
    pub disk_read: Rate,
    /// Bytes to storage.
    pub disk_write: Rate,
    /// Calls that read.
    pub reads: Rate,
    /// Calls that wrote.
    pub writes: Rate,
}

/// What was counted in a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// What is directly in the folder.
    pub entries: u64,
    /// Bytes of all regular files in it and below; `None` if no test asks.
    pub size: Option<u64>,
    /// There may be more entries: the bound was reached.
    pub more_entries: bool,
    /// There may be more bytes: a bound was reached, or something below could not be read.
    pub partial: bool,
}

/// The last readings of a file, directory or fifo.
#[derive(Debug, Clone, Default)]
pub struct FileReading {
    /// What stat(2) said.
    pub facts: FileFacts,
    /// The last check found new lines that match a content test; `None` without such a test.
    pub content_match: Option<bool>,
    /// What is in a directory, where a test asks.
    pub folder: Option<Counted>,
    pub(super) content: Option<Box<Place>>,
    pub(super) sums: Vec<Known>,
}

/// The last readings of a filesystem.
#[derive(Debug, Clone, Default)]
pub struct FilesystemReading {
    /// As asked.
    pub facts: FilesystemFacts,
    /// Bytes read; `None` where no data are available.
    pub read: Option<Rate>,
    /// Bytes written.
    pub write: Option<Rate>,
    /// Operations that read.
    pub reads: Option<Rate>,
    /// Operations that wrote.
    pub writes: Option<Rate>,
    /// Milliseconds per operation that read, between the last two checks.
    pub read_time: Option<f64>,
    /// Milliseconds per operation that wrote.
    pub write_time: Option<f64>,
    pub(super) last: Option<(Instant, Option<crate::machine::MountActivity>)>,
}

/// The last readings of a network interface.
#[derive(Debug, Clone, Default)]
pub struct NetworkReading {
    /// As the kernel counts; `None` if the interface could not be read.
    pub facts: Option<LinkFacts>,
    /// Bytes received.
    pub download_bytes: Rate,
    /// Packets received.
    pub download_packets: Rate,
    /// Errors while receiving.
    pub download_errors: Rate,
    /// Bytes sent.
    pub upload_bytes: Rate,
    /// Packets sent.
    pub upload_packets: Rate,
    /// Errors while sending.
    pub upload_errors: Rate,
    pub(super) last: Option<Instant>,
    pub(super) history: Option<Box<History>>,
}

/// The last readings of the system.
#[derive(Debug, Clone, Default)]
pub struct SystemReading {
    /// Over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Percent of all processors; `None` in the first check.
    pub cpu: Option<CpuShares>,
    /// Main memory and swap.
    pub memory: Option<MemoryFacts>,
    /// Pages swapped in.
    pub page_in: Option<Rate>,
    /// Pages swapped out.
    pub page_out: Option<Rate>,
    /// Seconds.
    pub uptime: Option<u64>,
    /// Start of the machine or container, seconds since 1970.
    pub booted: Option<i64>,
    /// Open files.
    pub files: Option<OpenFiles>,
    /// Processors.
    pub processors: u32,
    /// Time spent waiting for processors, memory and devices, where a test asks.
    pub pressure: [Option<crate::machine::Pressure>; 3],
    /// Processes killed for want of memory since the check before.
    pub oom_kills: Option<u64>,
    pub(super) last_oom_kills: Option<u64>,
    pub(super) last_cpu: Option<crate::machine::CpuTimes>,
    /// Was paging looked at twice, so that there is a rate?
    pub(super) paging_rated: bool,
    pub(super) last_paging: Option<Instant>,
    pub(super) initialised: bool,
}

/// Where the processors' time went, in percent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs)]
pub struct CpuShares {
    pub user: f64,
    pub nice: f64,
    pub system: f64,
    pub wait: f64,
    pub hard_irq: f64,
    pub soft_irq: f64,
    pub steal: f64,
    pub guest: f64,
    pub guest_nice: f64,
    /// All but idle and waiting.
    pub busy: f64,
}

/// The last run of a program.
#[derive(Debug, Clone, Default)]
pub struct ProgramReading {
    /// When it was started.
    pub started: Option<SystemTime>,
    /// Exit status, or the number of the signal that ended it; -1 if it could not be executed.
    pub status: i32,
    /// What it said, standard error first; without the last line break.
    pub output: Box<str>,
}

impl ProcessReading {
    /// The process as it was, with nothing of what changes all the time.
    pub(super) fn process(&self) -> Option<Process> {
        let Identity { pid, start } = self.identity?;
        let stat = ProcessStat { pid, start, ..ProcessStat::default() };
        Some(Process { stat, uid: self.uid, euid: self.euid, gid: self.gid, egid: self.egid })
    }
}

impl FileReading {
    /// The last checksum taken: of the last test that wants one.
    pub fn checksum(&self) -> Option<(ChecksumKind, String)> {
        self.sums.iter().rev().find_map(Known::shown)
    }
}

/// The name under which the process is saved.
const PROCESS: &str = "process";
const BEAT: &str = "beat";

impl Memory {
    /// Of a service that has not been looked at.
    pub fn new(service: &Service) -> Memory {
        let probes = service.tests.iter().filter(|test| test.condition.is_probe());
        Memory { answers: Answers::with_room(probes.count()), ..Memory::default() }
    }

    /// Did the server of the connection or ping test with this index answer the last time, or was it not asked yet?
    pub fn answered(&self, test: u16) -> bool {
        self.answers.of(usize::from(test)).is_none_or(|answer| answer.seconds().is_some())
    }

    /// What must survive a restart of the monitor: values for `changed` tests, the place in a log, the process.
    /// They are handed out as they are found, since most checks only want to know whether they are the same as before.
    pub fn save(&self, keep: &mut Keep<'_>) {
        self.previous.save(keep);
        if let Measured::File(file) = &self.measured {
            content_place::save(file.content.as_deref(), keep);
            checksum_known::save(&file.sums, keep);
        }
        if let Some(Identity { pid, start }) = self.identity() {
            keep(format_args!("{PROCESS}"), format_args!("{pid} {start}"));
        }
        if let Measured::Heartbeat(beat) = &self.measured {
            keep(format_args!("{BEAT}"), format_args!("{}", beat.save()));
        }
        if let Some(trouble) = self.trouble {
            keep(format_args!("silent"), format_args!("{}", trouble.name()));
        }
        for (name, value) in self.loaded.iter().filter(|(name, _)| &**name != PROCESS) {
            keep(format_args!("{name}"), format_args!("{value}"));
        }
    }

    /// Takes back one pair of [`Memory::save`], before the first check. Unknown names are ignored.
    pub fn load(&mut self, name: &str, value: &str) {
        if name.starts_with("last.") {
            self.previous.load(name, value);
        } else if name == "silent" {
            self.trouble = Trouble::ALL.into_iter().find(|trouble| trouble.name() == value);
        } else {
            self.loaded.push((name.into(), value.into()));
        }
    }

    /// The job of a heartbeat service has reported at this second since 1970.
    pub fn beat(&mut self, at: u64) {
        self.loaded.retain_mut(|(name, _)| &**name != BEAT);
        self.measured = Measured::Heartbeat(Box::new(HeartbeatReading::new(at, true)));
    }

    /// The last beat of a heartbeat service, as it is known or was saved. With neither one is waited for from `now` on.
    pub(super) fn heartbeat(&mut self, now: u64) -> HeartbeatReading {
        if let Measured::Heartbeat(reading) = &self.measured {
            return **reading;
        }
        let saved = self.loaded.iter().find(|(name, _)| &**name == BEAT);
        let saved = saved.and_then(|(_, value)| HeartbeatReading::load(value));
        self.loaded.retain_mut(|(name, _)| &**name != BEAT);
        saved.unwrap_or(HeartbeatReading::new(now, false))
    }

    /// The next process found is not the one before, and nobody needs to be told: the monitor has started it, or the
    /// one before was reported missing, or nobody looked for a while. A job that reports has its whole period again.
    pub fn another_process(&mut self) {
        self.previous.forget(super::previous::Key::Pid);
        self.previous.forget(super::previous::Key::ParentPid);
        if let Measured::Heartbeat(beat) = &mut self.measured {
            beat.started = true;
        }
    }

    /// Monitoring ended. Values for `changed` tests stay, the place in a log does not.
    pub fn unwatched(&mut self) {
        if let Measured::File(file) = &mut self.measured {
            // What is written until it begins again is not looked at.
            file.content = None;
            file.content_match = None;
        }
        self.loaded.retain_mut(|(name, _)| !name.starts_with("content"));
    }

    /// The tests have new numbers after a reload; what belongs to one that is gone is dropped.
    pub fn renumber_tests(&mut self, number: impl Fn(u16) -> Option<u16>) {
        self.answers.renumber(&number);
        self.previous.renumber_tests(number);
    }

    /// The process is known to have gone.
    pub(super) fn process_has_gone(&mut self) {
        if let Measured::Process(process) = &mut self.measured {
            process.identity = None;
        }
        self.loaded.retain_mut(|(name, _)| &**name != PROCESS);
    }

    /// The last known process, if this is a process service.
    pub fn identity(&self) -> Option<Identity> {
        match &self.measured {
            Measured::Process(process) => process.identity,
            Measured::Nothing => {
                let (_, value) = self.loaded.iter().find(|(name, _)| &**name == PROCESS)?;
                let (pid, start) = value.split_once(' ')?;
                Some(Identity { pid: pid.parse().ok()?, start: start.parse().ok()? })
            }
            _ => None,
        }
    }
}
