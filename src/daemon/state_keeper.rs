//! When the state file is written: at once when a command or an incident must not be lost, else soon after something
//! changed, not once per change. What is written is what changed; the whole file, where services are many, in pieces
//! between which the loop turns. Bringing it to the disk is left to a helper, so that a slow disk delays nobody.

use crate::log::Log;
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::service::state_file::{self, Problem, Written};
use crate::service::{Behind, Receipt, Recorded, ServiceIndex, Services};
use crate::sys;
use crate::sys::fork::ChildTask;
use std::collections::BTreeSet;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The shortest time between two writes of what is not urgent; a change after a quiet time is written at once.
const PAUSE: Duration = Duration::from_secs(1);
/// How long after a failed write the next is tried.
const RETRY: Duration = Duration::from_secs(30);
/// The shortest time from the end of one helper to the beginning of the next. It is a fork of the daemon, and a disk
/// that is written all the time wears out.
const SYNC_PAUSE: Duration = Duration::from_secs(1);
/// Services written in one turn. About three microseconds each.
const PIECE: u32 = 200;
/// With no more services than this the whole file is written at once.
const FEW: u32 = 500;

/// Keeps the state file in step with the services.
#[derive(Debug)]
pub struct StateKeeper {
    path: PathBuf,
    /// Something changed since the last write that worked.
    wanted: bool,
    not_before: Option<Instant>,
    /// The last trouble told, so that a full disk is told once.
    trouble: Option<String>,
    /// The helper that brings the file to the disk.
    sync: Option<ChildTask>,
    /// The file was written since that helper began.
    newer: bool,
    /// Not before this time another one.
    sync_at: Option<Instant>,
    /// The file as it stands there, if it can be added to.
    written: Option<Written>,
    /// A new one on its way.
    rewrite: Option<Rewriting>,
    /// What the file says is on the disk.
    durable: bool,
}

impl StateKeeper {
    /// Keeps this file.
    pub fn new(path: PathBuf) -> StateKeeper {
        StateKeeper {
            path,
            wanted: false,
            not_before: None,
            trouble: None,
            sync: None,
            newer: false,
            sync_at: None,
            written: None,
            rewrite: None,
            durable: true,
        }
    }

    /// Keeps this file, in whose place is one that is not ours: it is nothing to fall back on.
    pub fn over(path: PathBuf) -> StateKeeper {
        StateKeeper { durable: false, ..StateKeeper::new(path) }
    }

    /// Has the loop listen for the helper's end.
    pub fn register(&self, set: &mut PollSet) {
        if let Some(task) = &self.sync {
            set.add(
                task.output().as_raw_fd(),
                Interest::READ,
                Token { source: Source::State, id: 0, part: 0 },
            );
        }
        if let Some(deadline) = self.deadline() {
            set.wake_at(deadline);
        }
    }

    /// The helper has ended.
    pub fn on_ready(&mut self, now: Instant) {
        let Some(task) = self.sync.take() else { return };
        let mut answer = [0; 1];
        let synced = matches!(task.read(&mut answer), Ok(1));
        drop(task);
        self.durable = synced && !self.newer;
        if self.newer {
            self.sync_at = Some(now + SYNC_PAUSE);
        }
    }

    /// A helper that cannot be had leaves the file as it is: whole, and on its way to the disk.
    fn begin_sync(&mut self) {
        self.newer = self.sync.is_some() || self.sync_at.is_some();
        if self.newer {
            return;
        }
        let path = self.path.clone();
        let task = sys::fork::run_to_the_end(move |report| {
            use std::io::Write;
            if sys::file::sync(&path).is_ok() {
                let _ = report.write_all(b"+");
            }
        });
        self.sync = task.ok();
    }

    /// The end of the daemon: the helper finishes its work alone.
    pub fn leave(mut self) {
        if self.newer && self.sync.is_none() {
            self.sync_at = None;
            self.begin_sync();
        }
        if let Some(task) = self.sync.take() {
            task.leave();
        }
    }

    /// Another file from now on.
    pub fn moved(&mut self, path: PathBuf) {
        if path != self.path {
            *self = StateKeeper { wanted: true, ..StateKeeper::new(path) };
        }
    }

    /// When [`StateKeeper::keep`] or [`StateKeeper::on_tick`] wants to be called again.
    fn deadline(&self) -> Option<Instant> {
        let write = self.not_before.filter(|_| self.wanted);
        let piece = self.rewrite.as_ref().map(|progress| progress.began);
        [write, piece, self.sync_at].into_iter().flatten().min()
    }

    /// Once in each turn of the loop: the next piece of a file that is written anew, the next helper.
    pub fn on_tick(&mut self, services: &mut Services, log: &mut Log, now: Instant) {
        if self.sync_at.is_some_and(|at| now >= at) {
            self.sync_at = None;
            self.begin_sync();
        }
        let Some(mut progress) = self.rewrite.take() else { return };
        if services.all_unsaved() {
            // After a reload the services have other numbers; what was begun is of no use.
            return;
        }
        match progress.step(services, PIECE) {
            Ok(false) => self.rewrite = Some(progress),
            Ok(true) => {
                let written = progress.rewrite.finish(self.durable);
                let wanted = self.wanted;
                self.note(written.map(Some), services, log, now);
                // What has changed since, and waits for the end of the pause, goes behind it.
                self.wanted |= wanted;
            }
            Err(problem) => self.note(Err(problem), services, log, now),
        }
    }

    /// Has a file written anew that somebody has removed or replaced, also when nothing changes any more.
    pub fn look(&mut self, services: &mut Services) {
        if self.trouble.is_none()
            && self.written.as_ref().is_some_and(|written| !written.is_there(&self.path))
        {
            self.written = None;
            services.not_written();
        }
    }

    /// Writes if something changed and the time has come. What was ordered is written at once, where it must not be lost.
    pub fn keep(
        &mut self,
        receipts: Vec<Receipt>,
        services: &mut Services,
        log: &mut Log,
        now: Instant,
    ) -> Recorded {
        let urgent = services.urgent() && self.trouble.is_none();
        self.wanted |= services.dirty();
        if self.wanted && (urgent || self.not_before.is_none_or(|time| now >= time)) {
            self.put_down(services, log, now);
        }
        Receipt::recorded(receipts)
    }

    /// Writes everything now. For the end of the daemon.
    pub fn write(&mut self, services: &mut Services, log: &mut Log, now: Instant) {
        self.rewrite = None;
        let written = state_file::write(&self.path, &services.saved(), self.durable);
        self.note(written.map(Some), services, log, now);
    }

    /// What has changed behind the rest, or everything.
    fn put_down(&mut self, services: &mut Services, log: &mut Log, now: Instant) {
        let Behind { services: changed, all, silences } = services.take_unsaved();
        let Some(mut written) = self.written.take() else { return self.write(services, log, now) };
        // One after the other: when everything fails at once they are many.
        let of_services = changed.iter().map(|index| services.saved_service(*index));
        let of_silences = services.saved_silences().filter(|_| silences);
        match written.append(&self.path, of_services.chain(of_silences)) {
            Ok(true) => {}
            Ok(false) => return self.write(services, log, now),
            Err(problem) => return self.note(Err(problem), services, log, now),
        }
        let outdated = all || written.is_long() && self.rewrite.is_none();
        self.written = Some(written);
        if let Some(progress) = &mut self.rewrite {
            progress.overtaken.extend(changed.into_iter().filter(|index| *index < progress.next));
        }
        if outdated {
            if services.len() <= FEW {
                return self.write(services, log, now);
            }
            match state_file::Rewrite::begin(&self.path, services.boot_id()) {
                Ok(rewrite) => self.rewrite = Some(Rewriting::new(rewrite, now)),
                Err(problem) => return self.note(Err(problem), services, log, now),
            }
        }
        self.note(Ok(None), services, log, now);
    }

    /// Takes note of how a write went; with a new file to add to, if it is one.
    fn note(
        &mut self,
        written: Result<Option<Written>, Problem>,
        services: &mut Services,
        log: &mut Log,
        now: Instant,
    ) {
        match written {
            Ok(written) => {
                if written.is_some() {
                    self.written = written;
                }
                self.durable = false;
                self.begin_sync();
                self.wanted = false;
                self.not_before = Some(now + PAUSE);
                if self.trouble.take().is_some() {
                    log.info(format_args!("State file '{}': written again", self.path.display()));
                }
            }
            Err(problem) => {
                (self.written, self.rewrite) = (None, None);
                services.not_written();
                self.wanted = true;
                self.not_before = Some(now + RETRY);
                let text = problem.to_string();
                if self.trouble.as_ref() != Some(&text) {
                    log.error(&text);
                    self.trouble = Some(text);
                }
            }
        }
    }
}

/// A file that is written anew, piece by piece. Meanwhile what changes is added to the old one.
#[derive(Debug)]
struct Rewriting {
    rewrite: state_file::Rewrite,
    /// The first service that is not in it yet.
    next: ServiceIndex,
    /// Services that have changed since they were written.
    overtaken: BTreeSet<ServiceIndex>,
    began: Instant,
}

impl Rewriting {
    fn new(rewrite: state_file::Rewrite, now: Instant) -> Rewriting {
        Rewriting { rewrite, next: ServiceIndex(0), overtaken: BTreeSet::new(), began: now }
    }

    /// The next `count` services. `true`: all are in it, as they are now.
    fn step(&mut self, services: &Services, count: u32) -> Result<bool, Problem> {
        let end = self.next.0.saturating_add(count).min(services.len());
        let mut due: Vec<ServiceIndex> = (self.next.0..end).map(ServiceIndex).collect();
        self.next = ServiceIndex(end);
        while (due.len() as u32) < count {
            let Some(index) = self.overtaken.pop_first() else { break };
            due.push(index);
        }
        self.rewrite.add(due.into_iter().map(|index| services.saved_service(index)))?;
        let whole = end == services.len() && self.overtaken.is_empty();
        if whole {
            // As they are at the end.
            self.rewrite.add(services.saved_silences().iter())?;
        }
        Ok(whole)
    }
}
