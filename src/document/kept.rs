//! For tests: a daemon of which only its events or its log are known.

use super::log_file::{self, Missing, Part, Place};
use super::{Entry, Monitor, Piece, Source};
use crate::config::EventKind;
use crate::event::{ActionName, Event, State};
use crate::history::History;
use crate::sys::Scratch;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Default)]
pub(super) struct Kept {
    pub history: Option<History>,
    pub log: Option<PathBuf>,
}

impl Source for Kept {
    fn count(&self) -> u32 {
        0
    }
    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
    fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
        None
    }
    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }
    fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }
    fn log(&self, place: Place) -> Result<Part, Missing> {
        let path = self.log.as_ref().ok_or(Missing::NoLog)?;
        log_file::read(path, place).map_err(|error| Missing::Unreadable(path.as_path().into(), error))
    }
}

impl Kept {
    /// Events are kept in this folder.
    pub(super) fn new(folder: &Scratch) -> Kept {
        Kept { history: Some(History::open(&folder.join("state"), UNIX_EPOCH)), log: None }
    }

    pub(super) fn happen(&mut self, time: SystemTime, service: &str, state: State, message: &str) {
        self.history.as_mut().unwrap().add(&Event {
            id: 1,
            time,
            kind: EventKind::NonExist,
            state,
            service: service.into(),
            service_index: None,
            service_type: 3,
            test: 0,
            action: ActionName::Restart,
            description: message.into(),
            evidence: Box::default(),
            count: 1,
        });
    }
}

/// A document in pieces of so many microseconds, joined. `step` goes on with it and says whether it is whole.
pub(super) fn joined(budget: u32, mut step: impl FnMut(&mut Piece<'_>) -> bool) -> String {
    let mut all = String::new();
    loop {
        let mut out = String::new();
        let whole = step(&mut Piece { out: &mut out, budget: &mut budget.clone(), room: 4096 });
        all.push_str(&out);
        if whole {
            return all;
        }
    }
}
