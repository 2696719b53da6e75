//! `if failed permission|uid|euid|gid`, `if changed permission`.

use super::context::Context;
use super::previous::{Key, Seen};
use crate::config::Condition;
use std::fmt::Display;

/// `if failed|changed permission` of a file, directory, fifo or mount point.
pub(super) fn permission(context: &mut Context<'_>, path: &dyn Display, mode: u16) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match test.condition {
            Condition::Permission(expected) => {
                let failed = expected != mode;
                context.judge(at, failed, || match failed {
                    true => format!("permission test failed for {path} [current permission {mode:04o}]"),
                    false => format!("permission test succeeded [current permission {mode:04o}]"),
                });
            }
            Condition::PermissionChanged => {
                match context.memory.previous.observe(Key::Permission, Seen::Whole(i64::from(mode))) {
                    Some(Seen::Whole(before)) if before != i64::from(mode) => {
                        let message =
                            format!("permission for {path} changed from {before:04o} to {mode:04o}");
                        context.changed(at, true, message);
                    }
                    _ => context.changed(at, false, || format!("permission not changed for {path}")),
                }
            }
            _ => {}
        }
    }
}

/// Which id of a process or file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Uid,
    Euid,
    Gid,
}

/// `if failed uid|euid|gid`.
pub(super) fn owner(context: &mut Context<'_>, which: Owner, current: u32) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let (name, expected) = match (&test.condition, which) {
            (Condition::Uid(identity), Owner::Uid) => ("uid", identity.id),
            (Condition::Euid(identity), Owner::Euid) => ("euid", identity.id),
            (Condition::Gid(identity), Owner::Gid) => ("gid", identity.id),
            _ => continue,
        };
        let failed = expected != current;
        let service = &context.service.name;
        context.judge(at, failed, || match failed {
            true => format!("{name} test failed for {service} -- current {name} is {current}"),
            false => format!("{name} test succeeded [current {name} = {current}]"),
        });
    }
}
