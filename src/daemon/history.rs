//! Where the history of this daemon is, and its turn in the loop.

use super::turn::Daemon;
use crate::event::Event;
use crate::history::History;
use crate::service::{Checked, Listener};
use crate::sys::file::is_device;
use std::path::PathBuf;
use std::time::SystemTime;

impl Listener for History {
    fn checked(&mut self, check: &Checked<'_>) {
        self.measured(check.index.0, check.service, check.memory);
    }

    fn told(&mut self, event: &Event) {
        // What only lasts is no event.
        if event.is_change() {
            self.add(event);
        }
    }
}

impl Daemon {
    /// What the names of its files begin with; `None`: nothing is kept.
    fn history_base(&self) -> Option<PathBuf> {
        let file = match &self.services.config().settings.history {
            Some(history) if !history.on => return None,
            Some(history) => history.file.as_deref(),
            None => None,
        };
        // `set statefile /dev/null` asks for no files.
        let beside = Some(&*self.paths.statefile).filter(|path| !is_device(path));
        file.or(beside).map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
    }

    /// Opens it where the configuration in force wants it. One that is there goes on with the new services.
    pub(super) fn open_history(&mut self, now: SystemTime) {
        let base = self.history_base();
        match &mut self.world.history {
            Some(history) if base.as_deref().is_some_and(|base| history.is_at(base)) => history.renew(),
            _ => {
                self.close_history();
                self.world.history = base.map(|base| History::open(&base, now));
            }
        }
    }

    /// Its turn.
    pub(super) fn tend_history(&mut self, now: SystemTime) {
        let world = &mut self.world;
        let Some(history) = &mut world.history else { return };
        history.on_tick(self.services.config(), now);
        for (level, line) in history.words() {
            world.log.write(level, line);
        }
    }

    /// What is in memory is written.
    pub(super) fn close_history(&mut self) {
        if let Some(mut history) = self.world.history.take() {
            history.close();
            for (level, line) in history.words() {
                self.world.log.write(level, line);
            }
        }
    }
}
