//! `status`: everything known about each service.

use super::{ABSENT, Colour, HEADING, Line, Mark, RESET, Sheet, Style, VALUE, harmless};
use crate::service_test::Value;
use crate::sys::localtime::unix_secs;

/// Where values begin: two blanks, a label in 29 columns.
const BLANKS: &str = "                               ";
const _: () = assert!(BLANKS.len() == 2 + 29);

/// The part of one service.
pub(super) fn block(out: &mut String, sheet: &Sheet<'_>, style: Style) {
    out.push('\n');
    within(out, Some(HEADING), style, |out| {
        out.extend([sheet.type_name, " '", &harmless(sheet.name), "'"]);
    });
    out.push('\n');

    label(out, "status");
    for (at, (colour, text)) in sheet.states.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { " | " });
        painted(out, text, Some(colour.code()), style);
    }
    if let Some(action) = sheet.pending {
        out.extend([" - ", action, " pending"]);
    }
    out.push('\n');

    let (colour, monitoring) = sheet.monitoring;
    line(out, "monitoring status", monitoring, colour.map(Colour::code), style);
    line(out, "monitoring mode", sheet.mode, None, style);
    line(out, "on reboot", sheet.on_reboot, None, style);
    if let Some(silence) = &sheet.silence {
        line(out, "silenced", &harmless(silence), Some(Colour::Yellow.code()), style);
    }
    for measured in &sheet.lines {
        value(out, measured, style);
    }
    // A service that was never looked at has no date, and no date of 1970 either.
    let collected = match sheet.collected {
        Some(time) => {
            Line { label: "data collected", value: Value::Time(unix_secs(time)), mark: Mark::Plain }
        }
        None => Line { label: "data collected", value: Value::Missing, mark: Mark::Absent },
    };
    value(out, &collected, style);
}

fn value(out: &mut String, measured: &Line, style: Style) {
    let colour = match measured.mark {
        Mark::Plain => VALUE,
        Mark::Failed => Colour::Red.code(),
        Mark::Absent => ABSENT,
    };
    label(out, measured.label);
    within(out, Some(colour), style, |out| match &measured.value {
        Value::Text(text) => several(out, text),
        value @ (Value::Response(..) | Value::Checksum(..)) => several(out, &value.to_string()),
        // All others are numbers and words of ours.
        value => value.append(out),
    });
    out.push('\n');
}

/// A text from elsewhere, which may have several lines.
fn several(out: &mut String, text: &str) {
    let text = harmless(text.trim_end_matches('\n'));
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
            out.push_str(BLANKS);
        }
        out.push_str(line);
    }
}

fn line(out: &mut String, name: &str, text: &str, colour: Option<&str>, style: Style) {
    label(out, name);
    painted(out, text, colour, style);
    out.push('\n');
}

fn label(out: &mut String, name: &str) {
    out.push_str("  ");
    out.push_str(name);
    out.push_str(BLANKS.get(name.len() + 2..).unwrap_or_default());
}

fn painted(out: &mut String, text: &str, colour: Option<&str>, style: Style) {
    within(out, colour, style, |out| out.push_str(text));
}

fn within(out: &mut String, colour: Option<&str>, style: Style, content: impl FnOnce(&mut String)) {
    let colour = colour.filter(|_| style.colour);
    out.push_str(colour.unwrap_or_default());
    content(out);
    out.push_str(colour.map_or("", |_| RESET));
}
