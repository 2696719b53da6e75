//! `summary`: one row per service. Boxed rows have a fixed width; plain ones are never cut.

use super::width::{columns, fit};
use super::{BOX, HEADING, RESET, Sheet, Style, harmless, title};
use std::time::Duration;

const NAME: &str = "Service Name";
const STATUS: &str = "Status";
const TYPE: &str = "Type";
/// The columns' widths as they have always been; together 80 with the box.
const WIDTHS: [usize; 3] = [31, 26, 13];
/// Columns that the box and the blanks inside it take.
const FRAME: usize = 10;
/// Narrowest and widest table drawn.
const LIMITS: std::ops::RangeInclusive<usize> = 50..=500;

/// The whole text for these rows, in their order.
pub fn render<'a>(up: Duration, rows: impl Iterator<Item = Sheet<'a>>, style: Style) -> String {
    let rows: Vec<Row> = rows.map(Row::new).collect();
    let widths = widths(&rows, style);
    let mut out = title(up);
    if style.colour {
        boxed(&mut out, &rows, widths)
    } else {
        plain(&mut out, &rows, widths)
    }
    out
}

/// A row with its texts made.
struct Row {
    name: String,
    status: String,
    colour: &'static str,
    type_name: &'static str,
}

impl Row {
    fn new(sheet: Sheet<'_>) -> Row {
        Row {
            name: harmless(sheet.name),
            status: sheet.state(),
            colour: sheet.states.first().map_or("", |(colour, _)| colour.code()),
            type_name: sheet.type_name,
        }
    }
}

fn widths(rows: &[Row], style: Style) -> [usize; 3] {
    let [name, status, kind] = WIDTHS;
    let longest = |text: fn(&Row) -> &str| rows.iter().map(|row| columns(text(row))).max().unwrap_or(0);
    let (names, states) = (longest(|row| &row.name), longest(|row| &row.status));
    match style.width {
        None if style.colour => WIDTHS,
        // Nobody draws a box round it, so there is no reason to hide anything.
        None => [name.max(names), status.max(states), kind],
        Some(width) => {
            let room = width.clamp(*LIMITS.start(), *LIMITS.end()) - FRAME - kind;
            let name = if names + states <= room {
                // Everything fits: what is left over goes to the status.
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

fn plain(out: &mut String, rows: &[Row], [name, status, kind]: [usize; 3]) {
    let mut row = |cells: [&str; 3]| {
        let [first, second, third] = cells;
        out.push(' ');
        fit(out, first, name);
        out.push_str("  ");
        fit(out, second, status);
        out.push_str("  ");
        fit(out, third, kind);
        out.push_str(" \n");
    };
    row([NAME, STATUS, TYPE]);
    for each in rows {
        row([&each.name, &each.status, each.type_name]);
    }
}

fn boxed(out: &mut String, rows: &[Row], widths: [usize; 3]) {
    let [name, status, kind] = widths;
    rule(out, widths, ['┌', '┬', '┐']);
    bar(out);
    for (text, width) in [(NAME, name), (STATUS, status), (TYPE, kind)] {
        out.push(' ');
        out.push_str(HEADING);
        fit(out, text, width);
        out.push_str(RESET);
        out.push(' ');
        bar(out);
    }
    out.push('\n');
    for row in rows {
        rule(out, widths, ['├', '┼', '┤']);
        bar(out);
        out.push(' ');
        fit(out, &row.name, name);
        out.push(' ');
        bar(out);
        out.push(' ');
        out.push_str(row.colour);
        fit(out, &row.status, status);
        out.push(' ');
        out.push_str(RESET);
        bar(out);
        out.push(' ');
        fit(out, row.type_name, kind);
        out.push(' ');
        bar(out);
        out.push('\n');
    }
    rule(out, widths, ['└', '┴', '┘']);
}

fn bar(out: &mut String) {
    out.push_str(BOX);
    out.push('│');
    out.push_str(RESET);
}

fn rule(out: &mut String, [name, status, kind]: [usize; 3], [left, cross, right]: [char; 3]) {
    out.push_str(BOX);
    for (edge, width) in [(left, name), (cross, status), (cross, kind)] {
        out.push(edge);
        out.extend(std::iter::repeat_n('─', width + 2));
    }
    out.push(right);
    out.push_str(RESET);
    out.push('\n');
}
