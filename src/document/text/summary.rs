//! `summary`: one row per service. Boxed rows have a fixed width; plain ones are never cut.

use super::width::{columns, fit, repeat};
use super::{BOX, HEADING, RESET, Sheet, Style, harmless};

const NAME: &str = "Service Name";
const STATUS: &str = "Status";
const TYPE: &str = "Type";
/// The columns' widths as they have always been; together 80 with the box.
const WIDTHS: [usize; 3] = [31, 26, 13];
/// Columns that the box and the blanks inside it take.
const FRAME: usize = 10;
/// Narrowest and widest table drawn.
const LIMITS: std::ops::RangeInclusive<usize> = 50..=500;

/// A table whose rows come one by one: first all are measured, then all are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    style: Style,
    /// The longest name and the longest state, in columns.
    longest: (usize, usize),
    widths: [usize; 3],
}

impl Table {
    pub(super) fn new(style: Style) -> Table {
        Table { style, longest: (0, 0), widths: WIDTHS }
    }

    /// Looks at a row to come.
    pub(super) fn measure(&mut self, sheet: &Sheet<'_>) {
        let (name, state) = &mut self.longest;
        *name = (*name).max(columns(&harmless(sheet.name)));
        *state = (*state).max(columns(&sheet.state()));
    }

    /// All rows have been looked at.
    pub(super) fn measured(self) -> Table {
        Table { widths: widths(self.longest, self.style), ..self }
    }

    pub(super) fn head(&self, out: &mut String) {
        let widths = self.widths;
        if !self.style.colour {
            return plain(out, [NAME, STATUS, TYPE], widths);
        }
        rule(out, widths, ['┌', '┬', '┐']);
        bar(out);
        for (text, width) in [NAME, STATUS, TYPE].into_iter().zip(widths) {
            out.push(' ');
            out.push_str(HEADING);
            fit(out, text, width);
            out.push_str(RESET);
            out.push(' ');
            bar(out);
        }
        out.push('\n');
    }

    /// A state that has become longer since it was measured is cut as in a narrow terminal.
    pub(super) fn row(&self, out: &mut String, sheet: &Sheet<'_>) {
        let (name, state) = (harmless(sheet.name), sheet.state());
        if !self.style.colour {
            return plain(out, [&name, &state, sheet.type_name], self.widths);
        }
        let [name_width, state_width, type_width] = self.widths;
        rule(out, self.widths, ['├', '┼', '┤']);
        bar(out);
        out.push(' ');
        fit(out, &name, name_width);
        out.push(' ');
        bar(out);
        out.push(' ');
        out.push_str(sheet.states.first().map_or("", |(colour, _)| colour.code()));
        fit(out, &state, state_width);
        out.push(' ');
        out.push_str(RESET);
        bar(out);
        out.push(' ');
        fit(out, sheet.type_name, type_width);
        out.push(' ');
        bar(out);
        out.push('\n');
    }

    pub(super) fn foot(&self, out: &mut String) {
        if self.style.colour {
            rule(out, self.widths, ['└', '┴', '┘']);
        }
    }
}

fn widths((names, states): (usize, usize), style: Style) -> [usize; 3] {
    let [name, status, kind] = WIDTHS;
    match style.width {
        None if style.colour => WIDTHS,
        // Nobody draws a box round it, so there is no reason to hide anything.
        None => [name.max(names), status.max(states), kind],
        Some(width) => {
            let room = width.clamp(*LIMITS.start(), *LIMITS.end()) - FRAME - kind;
            let (usual_name, usual_status) = (names.max(name), states.max(status));
            if usual_name + usual_status <= room {
                // Everything fits into a table of the usual width or of its own.
                return [usual_name, usual_status, kind];
            }
            let name = if names + states <= room {
                // What is left over goes to the status.
                names.max(name.min(room - states))
            } else {
                // The usual share, unless one of the two needs less than its own.
                let share = room * name / (name + status);
                if names < share { names } else { share.max(room.saturating_sub(states)) }
            };
            let name = name.max(columns(NAME)).min(room);
            [name, room - name, kind]
        }
    }
}

fn plain(out: &mut String, cells: [&str; 3], widths: [usize; 3]) {
    out.push(' ');
    for (at, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
        out.push_str(if at == 0 { "" } else { "  " });
        fit(out, cell, width);
    }
    out.push_str(" \n");
}

fn bar(out: &mut String) {
    out.push_str(BOX);
    out.push('│');
    out.push_str(RESET);
}

const LINE: &str = "────────────────────────────────";

fn rule(out: &mut String, [name, status, kind]: [usize; 3], [left, cross, right]: [char; 3]) {
    out.push_str(BOX);
    for (edge, width) in [(left, name), (cross, status), (cross, kind)] {
        out.push(edge);
        repeat(out, LINE, width + 2);
    }
    out.push(right);
    out.push_str(RESET);
    out.push('\n');
}
