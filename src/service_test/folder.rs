//! `if entries …` and `if total size …` of a directory: it is read in slices, and no further than to a bound.
//!
//! The total is that of the regular files in the folder and below, as `stat` gives their size. Links are not
//! followed and other filesystems are not entered.

use super::context::{Context, Slice};
use super::memory::Counted;
use crate::config::{Condition, EventKind, Operator, Service, format};
use crate::machine::read::error_text;
use crate::machine::{Entry, FileFacts, FileKind, Listing, is_silence};
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Objects looked at in one check.
const MOST: u64 = 1_000_000;
/// Folders in folders that are open at once; each takes a descriptor.
const DEEPEST: usize = 64;
/// Folders that are deeper and wait until those are done.
const MOST_LATER: usize = 1000;
/// Microseconds that a name costs, and its stat(2).
const NAME_COST: u32 = 1;
const STAT_COST: u32 = 5;

/// A folder being read.
#[derive(Debug)]
pub(super) struct Scan {
    device: u64,
    sizes: bool,
    path: PathBuf,
    /// The folders being read, the innermost last.
    open: Vec<Listing>,
    /// The folder at `path` is to be read from this entry on.
    asking: Option<u64>,
    /// Folders too deep to be opened beside all those above them.
    later: Vec<PathBuf>,
    /// What is directly in the folder has been counted.
    below: bool,
    looked: u64,
    counted: Counted,
}

impl Scan {
    /// `None` if no test of the service needs it.
    pub(super) fn begin(context: &mut Context<'_>, path: &Path, facts: &FileFacts) -> Option<Scan> {
        let (entries, sizes) = wanted(context.service);
        if !entries && !sizes {
            return None;
        }
        Some(Scan {
            device: facts.device,
            sizes,
            path: path.into(),
            open: Vec::new(),
            asking: Some(0),
            later: Vec::new(),
            below: false,
            looked: 0,
            counted: Counted { size: sizes.then_some(0), ..Counted::default() },
        })
    }

    /// Reads on; the result when it is complete, or why the folder itself cannot be read.
    pub(super) fn step(&mut self, context: &mut Context<'_>) -> Slice<Result<Counted, io::Error>> {
        loop {
            if context.cycle.turn_spent() {
                return Slice::More;
            }
            context.cycle.spend(if self.sizes { STAT_COST } else { NAME_COST });
            if let Some(from) = self.asking {
                if let Some(end) = self.ask(from, context) {
                    return end;
                }
                self.asking = None;
            }
            let Some(listing) = self.open.last_mut() else {
                self.below = true;
                let Some(next) = self.later.pop() else { break };
                self.path = next;
                self.asking = Some(0);
                continue;
            };
            let Some(entry) = listing.entries.next() else {
                self.asking = listing.more;
                if self.asking.is_none() {
                    self.open.pop();
                    self.path.pop();
                }
                continue;
            };
            if self.looked == MOST {
                self.counted.partial = true;
                self.counted.more_entries = !self.below;
                break;
            }
            self.looked += 1;
            self.count(entry);
        }
        Slice::Done(Ok(self.counted))
    }

    /// Opens the folder at `path`, or has the next part of it; `None`: reading goes on.
    fn ask(&mut self, from: u64, context: &mut Context<'_>) -> Option<Slice<Result<Counted, io::Error>>> {
        let top = !self.below && self.open.len() <= usize::from(from > 0);
        match context.facts.list(&self.path, self.sizes, from) {
            Ok(listing) => {
                if from > 0 {
                    self.open.pop();
                }
                self.open.push(listing);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Some(Slice::Pending),
            Err(error) if is_silence(&error) => return Some(Slice::Silent(error_text(&error))),
            Err(error) if top && from == 0 => return Some(Slice::Done(Err(error))),
            Err(error) => {
                // What went away meanwhile is not missing.
                self.counted.partial |= error.kind() != ErrorKind::NotFound;
                self.counted.more_entries |= top;
                self.path.pop();
                if from > 0 {
                    self.open.pop();
                }
            }
        }
        None
    }

    /// Counts an entry of the innermost folder; a folder that counts too is read next, or later.
    fn count(&mut self, entry: io::Result<Entry>) {
        let of_the_folder = self.open.len() == 1 && !self.below;
        let Ok(entry) = entry else {
            // Whatever it was: there is more than can be told.
            self.counted.partial = true;
            self.counted.more_entries |= of_the_folder;
            return;
        };
        if of_the_folder {
            self.counted.entries += 1;
        }
        match entry.kind {
            FileKind::File => {
                if let Some(total) = &mut self.counted.size {
                    *total = total.saturating_add(entry.size);
                }
            }
            FileKind::Directory if self.sizes && entry.device == self.device => {
                self.path.push(&entry.name);
                if self.open.len() < DEEPEST {
                    return self.asking = Some(0);
                }
                let room = self.later.len() < MOST_LATER;
                self.counted.partial |= !room;
                if room {
                    self.later.push(self.path.clone());
                }
                self.path.pop();
            }
            _ => {}
        }
    }
}

/// Does a test need the number of entries, and the total size?
fn wanted(service: &Service) -> (bool, bool) {
    let any = |is: fn(&Condition) -> bool| service.tests.iter().any(|test| is(&test.condition));
    (any(|c| matches!(c, Condition::Entries(..))), any(|c| matches!(c, Condition::TotalSize(..))))
}

/// Judges what was counted, or says why nothing was: a test that cannot be decided must not look like a good one.
pub(super) fn verdicts(context: &mut Context<'_>, path: &dyn Display, counted: Result<Counted, &io::Error>) {
    let mut undecided = None;
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let (operator, limit, name) = match test.condition {
            Condition::Entries(operator, limit) => (operator, limit, "entries"),
            Condition::TotalSize(operator, limit) => (operator, limit, "total size"),
            _ => continue,
        };
        let counted = match counted {
            Ok(counted) => counted,
            Err(error) => {
                undecided = Some(format!("{name} of {path} cannot be told -- {}", error_text(error)));
                continue;
            }
        };
        let (value, text, partial) = match test.condition {
            Condition::Entries(..) => (counted.entries, counted.entries.to_string(), counted.more_entries),
            _ => {
                let size = counted.size.unwrap_or(0);
                (size, format::bytes(size as f64), counted.partial)
            }
        };
        // There may be more than was counted, so only "too much" can be told for certain.
        let certain = match operator {
            Operator::Greater => value > limit,
            Operator::GreaterOrEqual => value >= limit,
            _ => false,
        };
        if partial && !certain {
            undecided = Some(format!("{name} of {path} cannot be told -- at least {text}"));
            continue;
        }
        context.whole_limit(at, operator, value, i128::from(limit), |failed| {
            if failed {
                let limit = if name == "entries" { limit.to_string() } else { format::bytes(limit as f64) };
                let sign = operator.sign();
                format!("{name} test failed for {path} -- current {name} is {text} [{name} {sign} {limit}]")
            } else {
                format!("{name} check succeeded [current {name} = {text}]")
            }
        });
    }
    let message = undecided.clone().unwrap_or_else(|| format!("all of {path} was read that had to be"));
    context.builtin(EventKind::Data, undecided.is_some(), message);
}
