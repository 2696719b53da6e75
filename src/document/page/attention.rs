//! What is not fine: what, since when, why, and what is being done about it.

use super::super::moment::{about, moment, short};
use super::frame::{foreign, link};
use super::overview::{held, status};
use crate::document::why::glance;
use crate::document::{Entry, Source};
use std::fmt::Write;

/// One service; with `index` it is explained.
pub(super) fn sick(out: &mut String, source: &dyn Source, entry: &Entry<'_>, index: Option<u32>) {
    out.push_str("<li>");
    link(out, &entry.config.name);
    out.push(' ');
    status(out, entry);
    out.push_str("<div>");
    held(out, entry, source.now());
    let glance = index.and_then(|index| glance(source, index));
    if let Some(since) = glance.as_ref().and_then(|glance| glance.since) {
        let now = source.now();
        let age = about(now.duration_since(since).unwrap_or_default());
        let _ = write!(
            out,
            " <span class=\"since\">since <time title=\"{}\">{}</time>, {age}</span>",
            moment(since),
            short(since, now)
        );
    }
    match glance {
        Some(glance) => glance.lines.iter().for_each(|line| reason(out, line)),
        None => readings(out, entry),
    }
    out.push_str("</div></li>");
}

/// What was measured where it fails. What a program says is the best there is to know.
fn readings(out: &mut String, entry: &Entry<'_>) {
    for (reading, _) in entry.readings.iter().filter(|(reading, failed)| *failed || reading.key == "output") {
        let value = reading.value.to_string();
        reason(out, &format!("{}: {}", reading.label, value.lines().next().unwrap_or_default()));
    }
}

fn reason(out: &mut String, text: &str) {
    out.push_str("<span class=\"reason\">");
    foreign(out, text);
    out.push_str("</span>");
}
