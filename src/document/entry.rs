//! One service as documents see it: its configuration, its state, its readings with their types.

use crate::config::{Service, Single};
use crate::event::ActionName;
use crate::service::{MonitorState, Silence, StatusColor, View};
use crate::service_test::{Memory, Reading};
use std::time::SystemTime;

/// One service.
#[derive(Debug)]
pub struct Entry<'a> {
    /// What its control file says.
    pub config: &'a Service,
    /// `Remote Host`.
    pub type_name: &'static str,
    /// 0 filesystem … 8 network.
    pub type_number: u8,
    /// Monitoring.
    pub monitor: MonitorState,
    /// The kinds of tests that failed, as bits; those that only saw a change are not among them.
    pub failed: u32,
    /// The words of its state, with how good each is.
    pub status: Single<(StatusColor, &'static str)>,
    /// An action that is under way.
    pub pending: Option<ActionName>,
    /// Its alerts are held back.
    pub silence: Option<&'a Silence>,
    /// End of the last check.
    pub collected: Option<SystemTime>,
    /// With `every N cycles`: cycles passed since the last check, and N.
    pub every: Option<(u32, u32)>,
    /// The object is there, so that [`Entry::memory`] tells of it.
    pub present: bool,
    /// The typed readings of the last check.
    pub memory: &'a Memory,
    /// The lines of its status and whether a test of each failed, if they were asked for.
    pub readings: Vec<(Reading, bool)>,
}

impl<'a> Entry<'a> {
    /// That of a service as it is now.
    pub fn of(view: View<'a>, readings: bool) -> Entry<'a> {
        match readings {
            true => Entry::with(view, None),
            false => Entry::with(view, Some(&[])),
        }
    }

    /// The same with those readings only whose [`Reading::key`] is one of these; `None`: all.
    pub fn with(view: View<'a>, only: Option<&[&'static str]>) -> Entry<'a> {
        // A process has eighteen: one piece of memory, not five that grow.
        let mut readings = Vec::with_capacity(only.map_or(20, |only| only.len()));
        if only.is_none_or(|only| !only.is_empty()) {
            view.readings(only, &mut |reading| {
                let failed = view.any_failed(&reading);
                readings.push((reading, failed));
            });
        }
        Entry {
            config: view.config,
            type_name: view.type_name,
            type_number: view.type_number,
            monitor: view.monitor,
            failed: view.failed & !view.changed,
            status: view.status(),
            pending: view.pending,
            silence: view.silence,
            collected: view.collected,
            every: view.every_cycles(),
            present: view.present(),
            memory: view.memory(),
            readings,
        }
    }
}
