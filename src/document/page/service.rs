//! The page of one service: its state, what can be done, its readings.

use super::overview::status;
use super::{Viewer, begin, button, element, end, link, refresh, row};
use crate::config::{NetworkBy, ProcessBy, Subject};
use crate::document::text::{mode, on_reboot};
use crate::document::{Entry, Source};
use crate::service::MonitorState;

/// The page of the service at `index`.
pub fn service(source: &dyn Source, index: u32, viewer: Viewer<'_>) -> Option<String> {
    let entry = source.entry(index, true)?;
    let name = &*entry.config.name;
    let mut out = String::new();
    begin(&mut out, name, refresh(source));
    element(&mut out, "h1", name);
    out.push_str("<p>");
    element(&mut out, "span", entry.type_name);
    out.push(' ');
    status(&mut out, &entry);
    out.push_str("</p>");
    if let Some(token) = viewer.token {
        buttons(&mut out, &entry, token);
    }
    out.push_str("<table class=\"facts\"><tbody>");
    if let Some((label, what)) = subject(&entry.config.subject) {
        row(&mut out, label, &what, false);
    }
    row(&mut out, "monitoring status", entry.monitor.words(), false);
    row(&mut out, "monitoring mode", mode(entry.config.mode), false);
    row(&mut out, "on reboot", on_reboot(entry.config.onreboot), false);
    if let Some(monitor) = source.monitor() {
        let config = monitor.config;
        let groups = entry.config.groups.iter().filter_map(|group| config.groups.get(*group as usize));
        let groups: Vec<&str> = groups.map(|group| &*group.name).collect();
        if !groups.is_empty() {
            row(&mut out, "groups", &groups.join(", "), false);
        }
        for base in entry.config.depends.iter().filter_map(|base| config.services.get(*base as usize)) {
            out.push_str("<tr><th scope=\"row\">depends on</th><td>");
            link(&mut out, &base.name);
            out.push_str("</td></tr>");
        }
        row(&mut out, "defined at", &config.cite(entry.config.place), false);
    }
    for (reading, failed) in &entry.readings {
        row(&mut out, reading.label, reading.value.to_string().trim_end(), *failed);
    }
    let collected = entry.collected.map_or_else(
        || "-".to_owned(),
        |time| crate::sys::localtime::display_local(crate::sys::localtime::unix_secs(time)),
    );
    row(&mut out, "data collected", &collected, false);
    out.push_str("</tbody></table>");
    end(&mut out);
    Some(out)
}

fn subject(subject: &Subject) -> Option<(&'static str, String)> {
    Some(match subject {
        Subject::Process(ProcessBy::Pidfile(path)) => ("pid file", path.display().to_string()),
        Subject::Process(ProcessBy::Matching(pattern)) => ("matching", pattern.to_string()),
        Subject::File(path) | Subject::Directory(path) | Subject::Fifo(path) => {
            ("path", path.display().to_string())
        }
        Subject::Filesystem(path) => ("path", path.to_string_lossy().into_owned()),
        Subject::Host(address) => ("address", address.to_string()),
        Subject::Network(NetworkBy::Address(address)) => ("address", address.to_string()),
        Subject::Network(NetworkBy::Interface(name)) => ("interface", name.to_string()),
        Subject::System | Subject::Program(_) => return None,
    })
}

/// What stops a service asks once more: its button is behind another.
fn buttons(out: &mut String, entry: &Entry<'_>, token: &str) {
    let config = entry.config;
    let name = &*config.name;
    out.push_str("<div class=\"buttons\">");
    if config.start.is_some() {
        button(out, "start", "Start", token, name);
    }
    let starts_anew = config.restart.is_some() || (config.start.is_some() && config.stop.is_some());
    for (there, action, words) in
        [(starts_anew, "restart", "Restart"), (config.stop.is_some(), "stop", "Stop")]
    {
        if there {
            out.push_str("<details><summary>");
            out.push_str(words);
            out.push_str(" …</summary>");
            button(out, action, &format!("Yes, {action} it"), token, name);
            out.push_str("</details>");
        }
    }
    if entry.monitor == MonitorState::Not {
        button(out, "monitor", "Enable monitoring", token, name);
    } else {
        button(out, "unmonitor", "Disable monitoring", token, name);
    }
    out.push_str("</div>");
}
