//! A service: what `check …` declares.

use super::{Alert, Command, Every, Few, Limits, Place, Test};
use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// One `check …` with its options.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Unique without regard to case.
    pub name: Box<str>,
    /// What is watched.
    pub subject: Subject,
    /// Where the `check` stands; line 0 for the implicit system service.
    pub place: Place,
    /// `start program`.
    pub start: Option<Box<Command>>,
    /// `stop program`.
    pub stop: Option<Box<Command>>,
    /// `restart program`.
    pub restart: Option<Box<Command>>,
    /// `every`.
    pub every: Every,
    /// `mode`.
    pub mode: Mode,
    /// `onreboot`.
    pub onreboot: OnReboot,
    /// What it depends on: indices into [`super::Config::services`], in file order.
    pub depends: Few<u32>,
    /// The names behind `depends`, as written and where; [`Service::depends`] is made from them once the whole file is read.
    pub depends_on: Few<(Box<str>, Place)>,
    /// `group`: indices into [`super::Config::groups`] in file order, a name written twice twice.
    pub groups: Few<u32>,
    /// Own recipients and `noalert`.
    pub alerts: Few<Alert>,
    /// `if N restarts within M cycles then …`, in file order.
    pub restart_limits: Few<RestartLimit>,
    /// The tests in file order; implicit ones (line 0) first.
    pub tests: Vec<Test>,
    /// `ignore content …` of a file, in file order.
    pub ignores: Few<(super::StringOperator, super::PatternSource, Place)>,
    /// The limits in force where the service stands; services that have the same share them.
    pub limits: Rc<Limits>,
    /// `exitwatch` (our extension); `None`: as set globally.
    pub exitwatch: Option<ExitWatch>,
    /// `backoff` (our extension).
    pub backoff: Option<Backoff>,
    /// `severity critical` (our extension).
    pub severity: Severity,
}

impl Service {
    /// A service as a bare `check …` declares it, before any option.
    pub fn new(name: &str, subject: Subject) -> Service {
        Service {
            name: name.into(),
            subject,
            place: Place::default(),
            start: None,
            stop: None,
            restart: None,
            every: Every::default(),
            mode: Mode::default(),
            onreboot: OnReboot::default(),
            depends: Few::default(),
            depends_on: Few::default(),
            groups: Few::default(),
            alerts: Few::default(),
            restart_limits: Few::default(),
            tests: Vec::new(),
            ignores: Few::default(),
            limits: Rc::default(),
            exitwatch: None,
            backoff: None,
            severity: Severity::default(),
        }
    }
}

/// What is watched, with the path, pattern or address that finds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// `check process`.
    Process(ProcessBy),
    /// `check file`.
    File(Box<Path>),
    /// `check filesystem`: a mount point, device or mount source.
    Filesystem(OsString),
    /// `check directory`.
    Directory(Box<Path>),
    /// `check fifo`.
    Fifo(Box<Path>),
    /// `check host`.
    Host(Rc<str>),
    /// `check network`.
    Network(NetworkBy),
    /// `check system`.
    System,
    /// `check program`.
    Program(Box<ProgramCheck>),
    /// `check heartbeat` (our extension).
    Heartbeat(Box<HeartbeatCheck>),
}

impl Subject {
    /// Is the same thing watched? A job that is to report more often is still that job.
    pub fn is_same(&self, other: &Subject) -> bool {
        self == other || matches!((self, other), (Subject::Heartbeat(_), Subject::Heartbeat(_)))
    }
}

/// How a process is found.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessBy {
    /// By the number in a file.
    Pidfile(Box<Path>),
    /// By a pattern (POSIX ERE) on the command line.
    Matching(Box<str>),
}

/// How a network interface is found.
#[derive(Debug, Clone, PartialEq)]
pub enum NetworkBy {
    /// By an address it has.
    Address(Box<str>),
    /// By name.
    Interface(Box<str>),
}

/// `check program`: the program that is the check.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramCheck {
    /// The program; its timeout is always set.
    pub command: Command,
}

/// `check heartbeat`: a job that reports by itself.
#[derive(Clone, PartialEq)]
pub struct HeartbeatCheck {
    /// So long after the last beat the next one is missed. Not zero.
    pub within: Duration,
    /// Whoever knows it may report without a user of the interface.
    pub token: Option<Box<str>>,
}

/// Nothing secret in it, whoever prints it.
impl std::fmt::Debug for HeartbeatCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HeartbeatCheck {{ within {:?} }}", self.within)
    }
}

/// `mode`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Checks, alerts, acts.
    #[default]
    Active,
    /// Checks and alerts only.
    Passive,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Severity {
    /// As any service.
    #[default]
    Ordinary,
    /// `severity critical`: its alerts do not wait for the end of quiet hours.
    Critical,
}

/// `onreboot`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnReboot {
    /// Monitored after a reboot.
    #[default]
    Start,
    /// Not monitored after a reboot.
    NoStart,
    /// As before the reboot.
    LastState,
}

/// `if N restarts within M cycles then …`.
#[derive(Debug, Clone, PartialEq)]
pub struct RestartLimit {
    /// Where it stands.
    pub place: Place,
    /// Restarts, 1 to `cycles`.
    pub restarts: u32,
    /// Cycles.
    pub cycles: u32,
    /// `timeout` is [`super::Action::Unmonitor`].
    pub action: super::Action,
}

/// Services under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// As first written.
    pub name: Box<str>,
    /// Indices into [`super::Config::services`], in file order.
    pub members: Vec<u32>,
}

/// `exitwatch on|off [delay N seconds]`: notice the end of a process at once (our extension).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitWatch {
    /// On or off.
    pub on: bool,
    /// From the exit to the check of its service.
    pub delay: Duration,
}

/// `backoff N to M seconds`: the growing pause before automatic restarts (our extension).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// The longest pause, and the healthy time after which it starts over.
    pub longest: Duration,
}
