//! A scripted machine for the tests of this room: processes, files, programs, a clock that only moves when told. Thousands
//! of cycles a second, faults included.

mod programs;
mod services;

pub(super) use services::{command, config, cron, file, process, test};

use super::{ServiceIndex, Services, Turn, WatchId, World};
use crate::config::Config;
use crate::event::{Event, State};
use crate::log::Level;
use crate::machine::{Fact, FileFacts, NoFact, Pidfile, Process, ProcessStat};
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Ending, Finished};
use crate::service_test::{Facts, Identity};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The numbers of programs begin here.
const PROGRAMS: i32 = 10_000;

/// What a program does in the scripted world.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    /// How long it runs; `None`: until it is ended.
    pub(super) takes: Option<Duration>,
    pub(super) status: i32,
    pub(super) stderr: &'static str,
    /// A process of this name comes up so long after the start of the program.
    pub(super) spawns: Option<(&'static str, Duration)>,
    /// The process of this name ends so long after the start of the program.
    pub(super) kills: Option<(&'static str, Duration)>,
    /// It is not there.
    pub(super) missing: bool,
    /// What it brings up is itself, going on in the foreground.
    pub(super) is_service: bool,
    /// What it brings up is in its group.
    pub(super) in_group: bool,
    /// What it brings up is below it.
    pub(super) is_parent: bool,
    /// It does not obey SIGTERM.
    pub(super) stubborn: bool,
}

impl Script {
    /// Ends at once with this status.
    pub(super) fn exits(status: i32) -> Script {
        Script { takes: Some(Duration::ZERO), status, ..Script::default() }
    }

    /// Never ends by itself.
    pub(super) fn hangs() -> Script {
        Script::default()
    }
}

#[derive(Debug)]
struct Running {
    id: ChildId,
    ends: Option<Instant>,
    deadline: Option<Instant>,
    status: i32,
    stderr: &'static str,
    forgotten: bool,
    pid: i32,
    call: String,
    is_service: bool,
    stubborn: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Of this program; in its group, below it.
    Spawn(&'static str, i32, bool, bool),
    Kill(&'static str),
}

/// The world.
#[derive(Debug)]
pub(super) struct Fake {
    pub(super) now: Now,
    pub(super) log: Vec<(Level, String)>,
    pub(super) events: Vec<Event>,
    /// How long the log was at each event.
    pub(super) moments: Vec<usize>,
    /// Every program that was started, as `word word`.
    pub(super) calls: Vec<String>,
    pub(super) environments: Vec<Vec<(OsString, OsString)>>,
    pub(super) files: BTreeMap<PathBuf, FileFacts>,
    pub(super) pids: BTreeMap<&'static str, i32>,
    pub(super) processes: BTreeMap<i32, ProcessStat>,
    pub(super) scripts: BTreeMap<String, Script>,
    /// Services of which two copies ran at the same moment.
    pub(super) doubled: Vec<&'static str>,
    /// What needs what to be there before it is started, and where that was not so.
    pub(super) needs: BTreeMap<&'static str, Vec<&'static str>>,
    pub(super) early: Vec<String>,
    pub(super) watching: bool,
    /// Of each process that comes up.
    pub(super) threads: u32,
    /// A turn is over after this many pieces of work.
    pub(super) late_after: Option<u32>,
    /// Events that those who tell people take, all in all.
    pub(super) room: usize,
    /// Good results are not told, as in a daemon without `-v`.
    pub(super) quiet: bool,
    asked_late: u32,
    /// The files looked at, in order.
    pub(super) looked_at: Vec<PathBuf>,
    watches: Vec<(WatchId, Identity)>,
    pub(super) ear: Option<super::tests::listening::Ear>,
    /// Programs that were started beside another one for the same service.
    pub(super) beside: Vec<String>,
    /// Signals sent: to which process, which, to its group.
    pub(super) signals: Vec<(i32, i32, bool)>,
    running: Vec<Running>,
    changes: Vec<(Instant, Change)>,
    last: u32,
    last_pid: i32,
    begun: Instant,
}

impl Default for Fake {
    fn default() -> Fake {
        Fake {
            now: Now {
                mono: Instant::now(),
                wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_221_839),
            },
            log: Vec::new(),
            events: Vec::new(),
            moments: Vec::new(),
            calls: Vec::new(),
            environments: Vec::new(),
            files: BTreeMap::new(),
            pids: BTreeMap::new(),
            processes: BTreeMap::new(),
            scripts: BTreeMap::new(),
            doubled: Vec::new(),
            needs: BTreeMap::new(),
            early: Vec::new(),
            watching: false,
            threads: 1,
            late_after: None,
            room: usize::MAX,
            quiet: false,
            asked_late: 0,
            looked_at: Vec::new(),
            watches: Vec::new(),
            ear: None,
            beside: Vec::new(),
            signals: Vec::new(),
            running: Vec::new(),
            changes: Vec::new(),
            last: 0,
            last_pid: 100,
            begun: Instant::now(),
        }
    }
}

impl Fake {
    /// A process comes up and writes its pidfile.
    pub(super) fn spawn(&mut self, name: &'static str) {
        if self.runs(name) {
            self.doubled.push(name);
        }
        self.last_pid += 1;
        let pid = self.last_pid;
        self.pids.insert(name, pid);
        self.processes.insert(
            pid,
            ProcessStat {
                pid,
                ppid: 1,
                start: u64::from(pid as u32),
                threads: self.threads,
                ..ProcessStat::default()
            },
        );
    }

    /// A process ends, without a trace.
    pub(super) fn kill(&mut self, name: &str) {
        if let Some(pid) = self.pids.get(name) {
            self.processes.remove(pid);
        }
    }

    /// Is what this start needs there?
    fn look_for_early_start(&mut self, call: &str) {
        let Some(name) = call.strip_prefix("start ") else { return };
        for base in self.needs.get(name).into_iter().flatten() {
            if !self.runs(base) {
                self.early.push(format!("{name} before {base}"));
            }
        }
    }

    /// A monitor that was killed watches nothing more.
    pub(super) fn forget_watches(&mut self) {
        self.watches.clear();
        self.running.iter_mut().for_each(|run| run.forgotten = true);
    }

    pub(super) fn runs(&self, name: &str) -> bool {
        self.pids.get(name).is_some_and(|pid| self.processes.contains_key(pid))
    }

    pub(super) fn file(&mut self, path: &str, size: u64) {
        self.files.insert(path.into(), FileFacts { size, inode: 1, ..FileFacts::default() });
    }

    pub(super) fn script(&mut self, call: &str, script: Script) {
        self.scripts.insert(call.to_string(), script);
    }

    /// The usual programs of a process: `start NAME` brings it up, `stop NAME` ends it, at once.
    pub(super) fn obedient(&mut self, name: &'static str) {
        let at_once = Some((name, Duration::ZERO));
        self.script(&format!("start {name}"), Script { spawns: at_once, ..Script::exits(0) });
        self.script(&format!("stop {name}"), Script { kills: at_once, ..Script::exits(0) });
    }

    /// Log lines of info and above that name the service.
    pub(super) fn said(&self, name: &str) -> Vec<&str> {
        let prefix = format!("'{name}' ");
        let lines = self.log.iter().filter(|(level, _)| *level <= Level::Info);
        lines.filter_map(|(_, text)| text.strip_prefix(&prefix)).collect()
    }

    /// Titles of the events of a service, lasting ones left out.
    pub(super) fn told(&self, name: &str) -> Vec<&'static str> {
        self.events.iter().filter(|e| &*e.service == name && e.count <= 1).map(Event::title).collect()
    }

    pub(super) fn count(&self, name: &str, state: State) -> usize {
        self.events.iter().filter(|e| &*e.service == name && e.count <= 1 && e.state == state).count()
    }

    /// Of seconds, since all began.
    fn hundredths(&self) -> u64 {
        self.now.mono.saturating_duration_since(self.begun).as_millis() as u64 / 10
    }

    fn due(&self) -> Option<Instant> {
        let ends = self.running.iter().flat_map(|run| [run.ends, run.deadline]).flatten();
        ends.chain(self.changes.iter().map(|(at, _)| *at)).min()
    }

    /// Everything that happens by itself up to now.
    fn pass(&mut self) -> Vec<Finished> {
        let now = self.now.mono;
        let mut due: Vec<_> = self.changes.iter().copied().filter(|(at, _)| *at <= now).collect();
        self.changes.retain(|(at, _)| *at > now);
        due.sort_by_key(|(at, _)| *at);
        for (_, change) in due {
            match change {
                Change::Spawn(name, program, in_group, is_parent) => {
                    self.spawn(name);
                    let stat = self.pids.get(name).and_then(|pid| self.processes.get_mut(pid));
                    if let Some(stat) = stat {
                        stat.group = if in_group { program } else { stat.pid };
                        stat.ppid = if is_parent { program } else { 1 };
                    }
                }
                Change::Kill(name) => self.kill(name),
            }
        }
        let mut finished = Vec::new();
        self.running.retain(|run| {
            let ended = run.ends.is_some_and(|at| at <= now);
            let late = !ended && run.deadline.is_some_and(|at| at <= now);
            if (ended || late) && !run.forgotten {
                let outcome = if late { Ending::Signalled(15) } else { Ending::Exited(run.status) };
                let stderr = run.stderr.as_bytes().to_vec();
                finished.push(Finished {
                    id: run.id,
                    outcome,
                    timed_out: late,
                    stdout: Vec::new(),
                    stderr,
                    dropped: 0,
                });
            }
            !(ended || late)
        });
        let running = &self.running;
        self.processes.retain(|pid, _| *pid < PROGRAMS || running.iter().any(|run| run.pid == *pid));
        finished
    }
}

impl Facts for Fake {
    fn stat(&mut self, path: &Path) -> io::Result<FileFacts> {
        self.looked_at.push(path.into());
        self.files.get(path).copied().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn read_at(&mut self, _: &Path, _: u64, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn pidfile(&mut self, path: &Path) -> Pidfile {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        self.pids.get(&*name).map_or(Pidfile::Missing, |pid| Pidfile::Pid(*pid))
    }

    fn ticks(&mut self) -> (u64, u64) {
        (self.hundredths(), 100)
    }

    fn children_of(&mut self, pid: i32, _threads: u32, out: &mut Vec<i32>) -> Fact<()> {
        out.extend(self.processes.iter().filter(|(_, stat)| stat.ppid == pid).map(|(child, _)| *child));
        Ok(())
    }

    fn process(&mut self, pid: i32) -> Fact<Process> {
        let found = self.processes.get(&pid).map(|stat| Process { stat: *stat, ..Process::default() });
        found.ok_or(NoFact::Absent)
    }
}

/// Services in the scripted world.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) world: Fake,
    pub(super) services: Services,
}

impl Stage {
    pub(super) fn new(config: Config, world: Fake) -> Stage {
        let services = Services::new(config, None, Some("boot-1".to_string()), world.now);
        Stage { world, services }
    }

    /// Lets time pass; what is due at its very end is left for the next call.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.world.now.mono + time;
        let mut at_once = 0;
        loop {
            self.happen();
            self.turn();
            let due = [self.services.deadline(), self.world.due()].into_iter().flatten().min();
            let next = due.unwrap_or(end).max(self.world.now.mono);
            if next >= end {
                break;
            }
            // Whoever turns in a circle never lets the time pass.
            at_once = if next > self.world.now.mono { 0 } else { at_once + 1 };
            assert!(
                at_once < 1000,
                "turns without end: {:?}",
                self.world.log.iter().rev().take(9).collect::<Vec<_>>()
            );
            self.pass(next - self.world.now.mono);
        }
        let rest = end.saturating_duration_since(self.world.now.mono);
        self.pass(rest);
    }

    /// One turn of the loop.
    pub(super) fn turn(&mut self) {
        self.world.asked_late = 0;
        self.services.turn(Turn::new(self.world.now, &mut self.world));
        assert!(self.services.nothing_is_overlooked(), "a service is due and nobody would look at it");
    }

    /// Hands in what has ended.
    pub(super) fn happen(&mut self) {
        for finished in self.world.pass() {
            let turn = Turn::new(self.world.now, &mut self.world);
            self.services.child_finished(finished, turn);
        }
        let processes = &self.world.processes;
        let gone = |id: &Identity| processes.get(&id.pid).is_none_or(|p| p.start != id.start || p.zombie);
        let ended: Vec<_> =
            self.world.watches.iter().filter(|(_, id)| gone(id)).map(|(watch, _)| *watch).collect();
        for watch in ended {
            self.world.unwatch(watch);
            self.services.watched_exit(watch, self.world.now);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.world.now.mono += time;
        self.world.now.wall += time;
    }

    /// The next `count` cycles, to the moment before the one after them.
    pub(super) fn cycles(&mut self, count: u32) {
        for _ in 0..count {
            self.run(Duration::from_secs(10));
        }
    }

    /// The monitor ends and another one takes up what is in its state file.
    pub(super) fn restart_the_monitor(&mut self) {
        let saved = self.services.saved();
        let config = self.services.config().clone();
        self.services.shutdown(Turn::new(self.world.now, &mut self.world));
        self.services = Services::new(config, Some(saved), Some("boot-1".into()), self.world.now);
    }

    /// The monitor is killed, and another one takes up what the state file says.
    pub(super) fn kill_the_monitor(&mut self) {
        let saved = self.services.saved();
        let config = self.services.config().clone();
        self.services = Services::new(config, Some(saved), Some("boot-1".into()), self.world.now);
        self.world.forget_watches();
    }

    /// A new control file is taken up.
    pub(super) fn reload(&mut self, config: Config) {
        self.services.reload(config, Turn::new(self.world.now, &mut self.world));
    }

    pub(super) fn index(&self, name: &str) -> ServiceIndex {
        *self.services.find(name).first().expect("a service of that name")
    }

    pub(super) fn ask(&mut self, action: super::UserAction, names: &[&str]) {
        let names: Vec<ServiceIndex> = names.iter().map(|name| self.index(name)).collect();
        let turn = Turn::new(self.world.now, &mut self.world);
        let _ = self.services.request(action, &names, turn);
    }

    /// The status line.
    pub(super) fn status(&self, name: &str) -> String {
        let view = self.services.view(self.index(name));
        view.status().iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" | ")
    }
}

/// So many random lives, or as many as `MONIT_MODEL_CASES` says.
pub(super) fn cases(usual: u32, max_shrink_iters: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("MONIT_MODEL_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config {
        cases: asked.unwrap_or(usual),
        failure_persistence: None,
        max_shrink_iters,
        ..Default::default()
    }
}
