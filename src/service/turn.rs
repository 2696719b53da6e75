//! What is handed through a turn of the loop: the time, the way to the world, and the notes that a step leaves for the
//! parts it does not hold.
//!
//! A step works on one service, or on one job. What it starts, ends, wants or has changed is the business of others: the
//! works, the ledger. It leaves a [`Note`], and [`super::Services`] hands the notes over when the step is done.

use super::index::{JobId, ServiceIndex};
use super::wish::Request;
use super::world::{ProbeId, World};
use crate::reactor::Now;
use crate::reactor::children::ChildId;

/// One turn of the loop, or one thing that happens in it.
pub struct Turn<'a> {
    /// The one time of the turn.
    pub now: Now,
    /// The way out.
    pub world: &'a mut dyn World,
    notes: Vec<Note>,
}

/// For whom a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The check of this service.
    Check(ServiceIndex),
    /// A step of this job.
    Job(JobId),
    /// Nobody; an `exec` of this service, unless that is gone.
    Exec(Option<ServiceIndex>),
    /// Nobody; a start, stop or restart program of this service that is over its limit.
    Lingering(ServiceIndex),
}

/// What a step leaves for those who keep account of it.
#[derive(Debug)]
pub(super) enum Note {
    /// This program was started for that one.
    Runs(ChildId, Owner),
    /// Nobody waits for this program any more.
    LetGo(ChildId),
    /// The program that runs for this service is over its limit.
    Lingers(ServiceIndex, Option<ChildId>),
    /// This probe is in flight for that service.
    Probes(ProbeId, ServiceIndex),
    /// It is given up.
    ProbeGivenUp(ProbeId),
    /// Something is to be done.
    Wanted(Request),
    /// What was not known about this service may be known now.
    Answered(ServiceIndex),
    /// The state file is behind by this service.
    Unsaved(ServiceIndex),
    /// By something of it that must not be lost: a command, or an incident that was told.
    Urgent(ServiceIndex),
    /// It is behind by a silence.
    UnsavedSilence,
}

impl<'a> Turn<'a> {
    /// A turn at this time.
    pub fn new(now: Now, world: &'a mut dyn World) -> Turn<'a> {
        Turn { now, world, notes: Vec::new() }
    }

    /// Leaves a note.
    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// The notes left so far.
    pub(super) fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }
}

#[cfg(test)]
impl Drop for Turn<'_> {
    /// A note that nobody takes up is an action, or a state, that is lost.
    fn drop(&mut self) {
        assert!(self.notes.is_empty() || std::thread::panicking(), "not handed over: {:?}", self.notes);
    }
}
