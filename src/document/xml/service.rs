//! One service: what all types have in common.

use super::tags::{Tags, value};
use super::{Layout, readings};
use crate::config::{Every, Mode, OnReboot};
use crate::document::Entry;
use std::fmt::Write;
use std::time::UNIX_EPOCH;

pub(super) fn write(out: &mut String, entry: &Entry<'_>, layout: Layout) {
    match layout {
        Layout::First => {
            let _ = write!(out, "<service type=\"{}\">", entry.type_number);
            Tags(out).cdata("name", &entry.config.name);
        }
        Layout::Second => {
            Tags(out).open_named("service", &entry.config.name);
            Tags(out).value("type", entry.type_number);
        }
    }
    let mut tags = Tags(out);
    let collected = entry.collected.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    value!(tags, "collected_sec", collected.as_secs());
    value!(tags, "collected_usec", collected.subsec_micros());
    value!(tags, "status", entry.failed);
    value!(tags, "status_hint", 0);
    value!(tags, "monitor", entry.monitor as u8);
    value!(
        tags,
        "monitormode",
        match entry.config.mode {
            Mode::Active => 0,
            Mode::Passive => 1,
        },
    );
    value!(
        tags,
        "onreboot",
        match entry.config.onreboot {
            OnReboot::Start => 0,
            OnReboot::NoStart => 1,
            OnReboot::LastState => 2,
        },
    );
    value!(tags, "pendingaction", entry.pending.map_or(0, |action| action as u8));
    every(&mut tags, entry);
    readings::write(&mut tags, entry);
    tags.close("service");
}

fn every(tags: &mut Tags<'_>, entry: &Entry<'_>) {
    let cron = |tags: &mut Tags<'_>, kind: u8, text: &str| {
        tags.within("every", |tags| {
            value!(tags, "type", kind);
            tags.text("cron", text);
        });
    };
    match &entry.config.every {
        // Monit knows no period of its own, and clients no number for it.
        Every::Cycle | Every::Period(_) => {}
        Every::Cycles(_) => {
            let (counter, number) = entry.every.unwrap_or_default();
            tags.within("every", |tags| {
                value!(tags, "type", 2);
                value!(tags, "counter", counter);
                value!(tags, "number", number);
            });
        }
        Every::Cron(schedule) => cron(tags, 3, &schedule.text),
        Every::NotCron(schedule) => cron(tags, 4, &schedule.text),
    }
}
