//! Passwords that take long to look at: each in a disposable helper, a few at a time, with a deadline.
//!
//! A right one is remembered for a minute, because a browser sends it with every request: as a digest under a random
//! key, so that our memory holds nothing a thief could use. Those who send the same one from the same address at the same time share a helper.

use super::backoff::Neighbourhood;
use super::password::{Question, Unverifiable, VERDICT, Verdict};
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys;
use crate::sys::fork::{ChildTask, run_in_child};
use ring::hmac;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Helpers at a time.
pub(super) const MOST: usize = 4;
/// How long one may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
/// How long a right password need not be looked at again.
pub(super) const REMEMBERED: Duration = Duration::from_secs(60);
/// So many are remembered; the oldest make room.
const KEPT: usize = 64;
/// Bytes of memory a helper may use: for yescrypt, and for whatever PAM loads.
const MEMORY: u64 = 1 << 30;

/// Name and password, under the random key.
type Digest = [u8; 32];

/// How it stands with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The answer.
    Known(Verdict),
    /// A helper is at it, or all of them are busy: ask again when [`Helpers::has_news`], or then.
    Busy(Instant),
}

/// The helpers, and what they have found out.
#[derive(Debug, Default)]
pub(super) struct Helpers {
    key: Option<hmac::Key>,
    jobs: Vec<Job>,
    next: u32,
    right: Vec<(Digest, u16, Instant)>,
    /// What was found out since it was last looked at, for those who wait.
    fresh: Vec<Found>,
    news: bool,
}

#[derive(Debug)]
struct Found {
    about: Digest,
    verdict: Verdict,
    by: Asker,
    /// Was anybody still there to hear it?
    heard: bool,
}

/// Who asks, and the number of the user he says he is.
type Asker = (Neighbourhood, Option<u16>);

#[derive(Debug)]
struct Job {
    id: u32,
    about: Digest,
    by: Asker,
    task: ChildTask,
    answer: Vec<u8>,
    until: Instant,
}

impl Helpers {
    /// Is that password right? Begins to find out, if nobody knows yet.
    pub fn ask(&mut self, question: &Question, near: Neighbourhood, now: Instant) -> Standing {
        let Some(about) = self.digest(question) else {
            return Standing::Known(Verdict::Cannot(Unverifiable::NoHelper));
        };
        if let Some(found) = self.fresh.iter_mut().find(|found| found.about == about) {
            found.heard = true;
            return Standing::Known(found.verdict);
        }
        self.right.retain(|(_, _, until)| *until > now);
        if let Some((_, user, _)) = self.right.iter().find(|(known, ..)| *known == about) {
            return Standing::Known(Verdict::Right(*user));
        }
        if let Some(job) = self.jobs.iter().find(|job| job.about == about) {
            return Standing::Busy(job.until);
        }
        if let Some(first) = self.jobs.iter().map(|job| job.until).min().filter(|_| self.is_full()) {
            return Standing::Busy(first);
        }
        if self.news {
            // The place that was set free is for those who have waited for it.
            return Standing::Busy(now);
        }
        let begun = run_in_child(|out| {
            sys::limits::bound_helper(MEMORY, PATIENCE);
            let _ = out.write_all(&question.answer());
        });
        match begun {
            Ok(task) => {
                let (id, until) = (self.next, now + PATIENCE);
                self.next = self.next.wrapping_add(1);
                let by = (near, question.user);
                self.jobs.push(Job { id, about, by, task, answer: Vec::new(), until });
                Standing::Busy(until)
            }
            Err(_) => Standing::Known(Verdict::Cannot(Unverifiable::NoHelper)),
        }
    }

    /// Are all of them at work?
    pub fn is_full(&self) -> bool {
        self.jobs.len() >= MOST
    }

    /// The users have other numbers, or other passwords.
    pub fn forget_all(&mut self) {
        // Those who wait ask anew.
        *self = Helpers { news: true, next: self.next, ..Helpers::default() };
    }

    /// Was something found out, or a helper set free, since this was last asked?
    pub fn has_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// Everybody who waited has been told. Gives those who were wrong and did not wait for it: they have tried all the
    /// same.
    pub fn told(&mut self) -> Vec<Asker> {
        let fresh = std::mem::take(&mut self.fresh).into_iter();
        let gone = fresh.filter(|found| !found.heard && !matches!(found.verdict, Verdict::Right(_)));
        gone.map(|found| found.by).collect()
    }

    /// Has the loop listen for the helpers.
    pub fn register(&self, set: &mut PollSet) {
        for job in &self.jobs {
            let token = Token { source: Source::Password, id: job.id, part: 0 };
            set.add(job.task.output().as_raw_fd(), Interest::READ, token);
        }
    }

    /// When [`Helpers::on_tick`] wants to be called next.
    pub fn deadline(&self) -> Option<Instant> {
        self.jobs.iter().map(|job| job.until).min()
    }

    /// A helper has said something, or ended.
    pub fn on_ready(&mut self, id: u32, now: Instant) {
        let Some(at) = self.jobs.iter().position(|job| job.id == id) else { return };
        let Some(job) = self.jobs.get_mut(at) else { return };
        let mut buffer = [0; VERDICT];
        match job.task.read(&mut buffer) {
            Ok(count @ 1..) => {
                job.answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
                if job.answer.len() < VERDICT {
                    return;
                }
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return;
            }
            Ok(0) | Err(_) => {}
        }
        let verdict = Verdict::read(&job.answer);
        self.finish(at, verdict, now);
    }

    /// Ends those whose time is up.
    pub fn on_tick(&mut self, now: Instant) {
        while let Some(at) = self.jobs.iter().position(|job| job.until <= now) {
            self.finish(at, Verdict::Cannot(Unverifiable::NoAnswer), now);
        }
    }

    fn finish(&mut self, at: usize, verdict: Verdict, now: Instant) {
        let job = self.jobs.swap_remove(at);
        if let Verdict::Right(user) = verdict {
            if self.right.len() >= KEPT {
                self.right.remove(0);
            }
            self.right.push((job.about, user, now + REMEMBERED));
        }
        self.fresh.push(Found { about: job.about, verdict, by: job.by, heard: false });
        self.news = true;
    }

    fn digest(&mut self, question: &Question) -> Option<Digest> {
        if self.key.is_none() {
            let mut random = [0; 32];
            sys::random::fill(&mut random).ok()?;
            self.key = Some(hmac::Key::new(hmac::HMAC_SHA256, &random));
        }
        let mut context = hmac::Context::with_key(self.key.as_ref()?);
        // An address has no blank and a name no colon: the first one ends it. PAM may not say the same to every address.
        let parts = [&question.host, " ", &question.name, ":", &question.password];
        parts.iter().for_each(|part| context.update(part.as_bytes()));
        context.sign().as_ref().try_into().ok()
    }
}

#[cfg(test)]
#[path = "helpers_tests.rs"]
mod tests;
