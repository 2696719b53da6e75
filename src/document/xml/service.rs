//! One service: what all types have in common.

use super::tags::{Section, Tags, elements};
use super::{Layout, readings};
use crate::config::{Every, Mode, OnReboot};
use crate::document::Entry;
use std::time::UNIX_EPOCH;

pub(super) fn write(out: &mut String, entry: &Entry<'_>, layout: Layout) {
    let mut tags = Tags(out);
    match layout {
        Layout::First => {
            tags.put("<service type=\"");
            tags.content(entry.type_number);
            tags.put("\">");
            elements!(tags; "name": Section(&entry.config.name),);
        }
        Layout::Second => {
            tags.open_named("service", &entry.config.name);
            elements!(tags; "type": entry.type_number,);
        }
    }
    let collected = entry.collected.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    elements!(tags;
        "collected_sec": collected.as_secs(),
        "collected_usec": collected.subsec_micros(),
        "status": entry.failed,
        "status_hint": 0,
        "monitor": entry.monitor as u8,
        "monitormode": match entry.config.mode {
            Mode::Active => 0,
            Mode::Passive => 1,
        },
        "onreboot": match entry.config.onreboot {
            OnReboot::Start => 0,
            OnReboot::NoStart => 1,
            OnReboot::LastState => 2,
        },
        "pendingaction": entry.pending.map_or(0, |action| action as u8),
    );
    every(&mut tags, entry);
    readings::write(&mut tags, entry);
    tags.put("</service>");
}

fn every(tags: &mut Tags<'_>, entry: &Entry<'_>) {
    let cron = |tags: &mut Tags<'_>, kind: u8, text: &str| {
        tags.within("every", |tags| {
            elements!(tags; "type": kind,);
            tags.text("cron", text);
        });
    };
    match &entry.config.every {
        // Monit knows no period of its own, and clients no number for it.
        Every::Cycle | Every::Period(_) => {}
        Every::Cycles(_) => {
            let (counter, number) = entry.every.unwrap_or_default();
            elements!(tags; "every" { "type": 2, "counter": counter, "number": number, });
        }
        Every::Cron(schedule) => cron(tags, 3, &schedule.text),
        Every::NotCron(schedule) => cron(tags, 4, &schedule.text),
    }
}
