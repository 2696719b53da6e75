//! `status`: everything known about each service.

use super::{ABSENT, Colour, HEADING, Line, Mark, RESET, Sheet, Style, VALUE, harmless};
use crate::sys::localtime::{display_local, unix_secs};

/// Where values begin: two blanks, a label in 29 columns.
const LABEL: usize = 29;
const INDENT: usize = LABEL + 2;

/// The part of one service.
pub(super) fn block(out: &mut String, sheet: &Sheet<'_>, style: Style) {
    out.push('\n');
    let heading = format!("{} '{}'", sheet.type_name, harmless(sheet.name));
    painted(out, &heading, Some(HEADING), style);
    out.push('\n');

    label(out, "status");
    for (at, (colour, text)) in sheet.states.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { " | " });
        painted(out, text, Some(colour.code()), style);
    }
    if let Some(action) = &sheet.pending {
        out.push_str(" - ");
        out.push_str(action);
        out.push_str(" pending");
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
            Line { label: "data collected", value: display_local(unix_secs(time)), mark: Mark::Plain }
        }
        None => Line { label: "data collected", value: "-".into(), mark: Mark::Absent },
    };
    value(out, &collected, style);
}

fn value(out: &mut String, measured: &Line, style: Style) {
    let colour = match measured.mark {
        Mark::Plain => VALUE,
        Mark::Failed => Colour::Red.code(),
        Mark::Absent => ABSENT,
    };
    let text = harmless(measured.value.trim_end_matches('\n'));
    let text = match text.contains('\n') {
        true => text.replace('\n', &format!("\n{:INDENT$}", "")).into(),
        false => text,
    };
    line(out, measured.label, &text, Some(colour), style);
}

fn line(out: &mut String, name: &str, text: &str, colour: Option<&str>, style: Style) {
    label(out, name);
    painted(out, text, colour, style);
    out.push('\n');
}

fn label(out: &mut String, name: &str) {
    out.push_str("  ");
    out.push_str(name);
    /// [`LABEL`] of them.
    const BLANKS: &str = "                             ";
    const { assert!(BLANKS.len() == LABEL) };
    out.push_str(BLANKS.get(name.len()..).unwrap_or_default());
}

fn painted(out: &mut String, text: &str, colour: Option<&str>, style: Style) {
    match colour {
        Some(colour) if style.colour => {
            out.push_str(colour);
            out.push_str(text);
            out.push_str(RESET);
        }
        _ => out.push_str(text),
    }
}
