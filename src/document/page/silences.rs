//! Silences on the pages: which last, on whose page that is said, and the forms that begin and lift them.

use super::super::moment::{about, moment, short};
use super::frame::{Viewer, address, element, fields, foreign};
use crate::config::{Covered, format};
use crate::document::Source;
use crate::service::{REASON, ServiceIndex, Silence};
use std::fmt::Write;

/// The word for the longest time that the form offers: until 8 o'clock of the next day.
pub const TOMORROW: &str = "tomorrow";

/// Times that the form offers: what is sent, and what the button says.
const TIMES: [(&str, &str); 3] =
    [("1 hour", "For 1 hour"), ("4 hours", "For 4 hours"), (TOMORROW, "Until tomorrow, 8:00")];

/// The question of the page of a service: for how long, and why. It is never refreshed, so that nothing typed is lost.
pub(super) fn question(out: &mut String, name: &str, token: &str) {
    out.push_str("<form class=\"question\" method=\"post\" aria-label=\"Silence\" action=\"");
    address(out, name);
    out.push_str("\"><p>Silence ");
    element(out, "strong", name);
    let _ = write!(
        out,
        ": its alerts are held back, checks and actions go on. What still fails at the end is told then.</p>\
         <p><label for=\"reason\">Reason</label><input id=\"reason\" name=\"reason\" maxlength=\"{REASON}\" \
         autocomplete=\"off\" placeholder=\"new kernel\"></p>\
         <p><label class=\"check\"><input type=\"checkbox\" name=\"hold\" value=\"actions\"> \
         Hold its actions back, too: no restart, no program</label></p>\
         <input type=\"hidden\" name=\"action\" value=\"silence\">",
    );
    fields(out, token, name);
    out.push_str("<div class=\"buttons\">");
    for (time, words) in TIMES {
        let _ = write!(out, "<button name=\"duration\" value=\"{time}\">{words}</button>");
    }
    out.push_str("<a class=\"button\" href=\"?\">Cancel</a></div></form>");
}

/// On the page of a service: the silences it is in.
pub(super) fn of_service(out: &mut String, source: &dyn Source, index: u32, viewer: Viewer<'_>, name: &str) {
    for silence in source.silences().iter().filter(|silence| silence.covers(ServiceIndex(index))) {
        out.push_str("<div class=\"silence\"><p><strong>Silenced</strong> ");
        let alone =
            matches!(&silence.on, Covered::Name(on) | Covered::Pattern(on) if on.eq_ignore_ascii_case(name));
        if !alone {
            out.push_str("with ");
            foreign(out, &silence.on.to_string());
            out.push(' ');
        }
        facts(out, silence, source);
        out.push_str("</p>");
        let words = if alone { "Lift".to_owned() } else { format!("Lift it of all {}", silence.count()) };
        lift(out, silence, &words, viewer, name);
        out.push_str("</div>");
    }
}

/// On the overview and the runtime page, which is `page`: all that last.
pub(super) fn of_all(out: &mut String, source: &dyn Source, viewer: Viewer<'_>, page: &str) {
    for silence in source.silences() {
        let count = silence.count();
        out.push_str("<div class=\"silence\"><p><strong>");
        foreign(out, &silence.on.to_string());
        let _ = write!(out, "</strong> ({count} service{}) ", if count == 1 { "" } else { "s" });
        facts(out, silence, source);
        out.push_str("</p>");
        lift(out, silence, "Lift", viewer, page);
        out.push_str("</div>");
    }
}

/// Since when, until when, for whom and why, and what it has held back.
fn facts(out: &mut String, silence: &Silence, source: &dyn Source) {
    let now = source.now();
    let left = silence.until.duration_since(now).unwrap_or_default();
    let _ = write!(
        out,
        "since <time title=\"{}\">{}</time> until <time title=\"{}\">{}</time> ({} left)",
        moment(silence.begun),
        short(silence.begun, now),
        moment(silence.until),
        short(silence.until, now),
        about(left)
    );
    if silence.is_maintenance() {
        out.push_str(", maintenance");
    }
    if !silence.by.is_empty() {
        out.push_str(" by ");
        foreign(out, &silence.by);
    }
    if !silence.reason.is_empty() {
        out.push_str(": ");
        element(out, "q", &silence.reason);
    }
    let what = if silence.hold_actions { "Alerts and actions" } else { "Alerts" };
    let _ = write!(out, ". {what} are held back, {} so far.", silence.held);
}

fn lift(out: &mut String, silence: &Silence, words: &str, viewer: Viewer<'_>, page: &str) {
    let Some(token) = viewer.token else { return };
    let id = silence.id;
    let _ = write!(out, "<form method=\"post\"><input type=\"hidden\" name=\"id\" value=\"{id}\">");
    fields(out, token, page);
    let _ = write!(
        out,
        "<button name=\"action\" value=\"unsilence\" aria-label=\"{words}: silence {id}\">{words}</button></form>"
    );
}

/// What the control file plans.
pub(super) fn planned(out: &mut String, source: &dyn Source) {
    let Some(config) = source.monitor().map(|monitor| monitor.config) else { return };
    if config.settings.maintenance.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Maintenance windows</h2><table role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">",
    );
    for label in ["Services", "Begins (cron)", "Lasts", "Defined at"] {
        let _ = write!(out, "<th scope=\"col\" role=\"columnheader\">{label}</th>");
    }
    out.push_str("</tr></thead><tbody role=\"rowgroup\">");
    for one in &config.settings.maintenance {
        let held = if one.hold_actions { ", holds actions" } else { "" };
        let lasts = format!("{}{held}", format::duration(one.time));
        out.push_str("<tr role=\"row\">");
        for (label, text) in [
            ("", one.on.to_string()),
            ("Begins", one.begins.text.to_string()),
            ("Lasts", lasts),
            ("Defined at", config.cite(one.place)),
        ] {
            let _ = write!(out, "<td role=\"cell\" data-l=\"{label}\">");
            foreign(out, &text);
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}
