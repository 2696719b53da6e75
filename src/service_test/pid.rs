//! `if changed pid`, `if changed ppid`.

use super::context::Context;
use super::previous::{Key, Seen};
use crate::config::Condition;

/// Both tests. A restart by the monitor itself is made known by [`super::Memory::another_process`].
pub(super) fn changes(context: &mut Context<'_>, pid: i32, ppid: i32) {
    for (which, key, value) in [("PID", Key::Pid, pid), ("PPID", Key::ParentPid, ppid)] {
        for (at, test) in context.service.tests.iter().enumerate().rev() {
            match (&test.condition, key) {
                (Condition::PidChanged, Key::Pid) | (Condition::PpidChanged, Key::ParentPid) => {}
                _ => continue,
            }
            match context.memory.previous.observe(key, Seen::Whole(i64::from(value))) {
                Some(Seen::Whole(before)) if before != i64::from(value) => {
                    context.changed(at, true, format!("process {which} changed from {before} to {value}"));
                }
                Some(_) => {
                    context
                        .changed(at, false, || format!("process {which} has not changed since last cycle"));
                }
                None => {}
            }
        }
    }
}
