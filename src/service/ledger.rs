//! What the state file does not know yet.

use super::index::ServiceIndex;
use super::marks::Marks;
use super::turn::Note;

/// A client's order was taken. What the client is told waits for the state file: whoever keeps that makes a
/// [`Recorded`] of it.
#[derive(Debug)]
#[must_use]
pub struct Receipt(());

/// What was ordered so far stands in the state file, as far as it must, or the log says why it cannot.
#[derive(Debug, Clone, Copy)]
pub struct Recorded(());

impl Receipt {
    pub(super) fn new() -> Receipt {
        Receipt(())
    }

    /// The state file was kept since these orders were taken.
    pub fn recorded(receipts: Vec<Receipt>) -> Recorded {
        drop(receipts);
        Recorded(())
    }
}

/// The services by which the state file is behind.
#[derive(Debug)]
pub struct Behind {
    /// These have changed.
    pub services: Vec<ServiceIndex>,
    /// And all others have other numbers or places: the file is to be written anew.
    pub all: bool,
    /// The silences have changed.
    pub silences: bool,
}

/// What is not saved, and how often the services got new numbers.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) generation: u64,
    pub(super) boot_id: Option<Box<str>>,
    /// The state file is behind.
    dirty: bool,
    /// By these services; or by all that is in it.
    unsaved: Marks,
    all_unsaved: bool,
    silences: bool,
    /// And what it does not know must not be lost: a command, or an incident that was told.
    urgent: bool,
}

impl Ledger {
    /// Of so many services in this boot, which the file must know also when nothing happens.
    pub(super) fn new(count: usize, boot_id: Option<Box<str>>) -> Ledger {
        Ledger {
            generation: 0,
            boot_id,
            dirty: true,
            unsaved: Marks::new(count),
            all_unsaved: true,
            silences: true,
            urgent: true,
        }
    }

    /// There are other services now, so many.
    pub(super) fn begin_anew(&mut self, count: usize) {
        self.generation += 1;
        self.unsaved = Marks::new(count);
        self.not_written();
    }

    /// Takes up what a step has left for it.
    pub(super) fn take_up(&mut self, note: &Note) {
        match note {
            Note::Unsaved(index) => self.unsaved(*index),
            Note::Urgent(index) => {
                self.unsaved(*index);
                self.urgent = true;
            }
            Note::UnsavedSilence => (self.dirty, self.silences) = (true, true),
            _ => {}
        }
    }

    /// The state file is behind by this service.
    pub(super) fn unsaved(&mut self, index: ServiceIndex) {
        self.dirty = true;
        self.unsaved.set(index.0);
    }

    /// The silences have changed: a command, or what must not be told twice.
    pub(super) fn silences_unsaved(&mut self) {
        self.dirty = true;
        self.silences = true;
        self.urgent = true;
    }

    /// The services by which the file is behind, and whether it is to be written anew. From now on it is not.
    pub(super) fn take_unsaved(&mut self, count: usize) -> Behind {
        let some = std::mem::replace(&mut self.unsaved, Marks::new(count));
        let services = some.iter().map(ServiceIndex).collect();
        let silences = std::mem::take(&mut self.silences);
        Behind { services, all: std::mem::take(&mut self.all_unsaved), silences }
    }

    pub(super) fn all_unsaved(&self) -> bool {
        self.all_unsaved
    }

    /// Is the file behind? From now on it is not.
    pub(super) fn take_dirty(&mut self) -> bool {
        self.urgent = false;
        std::mem::take(&mut self.dirty)
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// The file could not be written.
    pub(super) fn not_written(&mut self) {
        self.dirty = true;
        self.all_unsaved = true;
    }

    /// The end: what stands there now is to be written once more.
    pub(super) fn close(&mut self) {
        self.dirty = true;
    }
}
