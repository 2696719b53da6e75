//! `if size …`, `if hardlink …`, and their `changed` forms.

use super::context::Context;
use super::previous::{Key, Seen};
use crate::config::{Condition, format};
use std::fmt::Display;

/// `if size > N`, `if changed size`.
pub(super) fn size(context: &mut Context<'_>, path: &dyn Display, size: u64) {
    let text = || format::bytes(size as f64);
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match test.condition {
            Condition::Size(operator, limit) => {
                context.whole_limit(at, operator, size, i128::from(limit), |failed| {
                    if failed {
                        let (sign, limit) = (operator.sign(), format::bytes(limit as f64));
                        let text = text();
                        format!(
                            "size test failed for {path} -- current size is {text} (limit: {sign} {limit})"
                        )
                    } else {
                        format!("size check succeeded [current size = {}]", text())
                    }
                });
            }
            Condition::SizeChanged => whole_changed(
                context,
                at,
                Key::Size,
                size,
                || format!("size for {path} changed to {}", text()),
                || format!("size has not changed [current size = {}]", text()),
            ),
            _ => {}
        }
    }
}

/// `if hardlink > N`, `if changed hardlink`.
pub(super) fn hardlink(context: &mut Context<'_>, path: &dyn Display, links: u64) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match test.condition {
            Condition::Hardlink(operator, limit) => {
                context.whole_limit(at, operator, links, i128::from(limit), |failed| {
                    if failed {
                        let sign = operator.sign();
                        format!(
                            "hardlink test failed for {path} -- current hardlink is {links} (limit: {sign} {limit})"
                        )
                    } else {
                        format!("hardlink check succeeded [current hardlink = {links}]")
                    }
                });
            }
            Condition::HardlinkChanged => whole_changed(
                context,
                at,
                Key::Hardlink,
                links,
                || format!("hardlink for {path} changed to {links}"),
                || format!("hardlink has not changed [current hardlink = {links}]"),
            ),
            _ => {}
        }
    }
}

fn whole_changed(
    context: &mut Context<'_>,
    test: usize,
    key: Key,
    value: u64,
    changed: impl FnOnce() -> String,
    same: impl FnOnce() -> String,
) {
    let seen = Seen::Whole(i64::try_from(value).unwrap_or(i64::MAX));
    match context.memory.previous.observe(key, seen.clone()) {
        Some(before) if before != seen => context.changed(test, true, changed),
        _ => context.changed(test, false, same),
    }
}
