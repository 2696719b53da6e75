//! The course of a reading over the last hour, as a small line beside the number. It says nothing that the number and the page of the
//! service do not, so it is not there for who does not see it.

use super::graph::gap;
use super::scale::nice;
use crate::config::Service;
use crate::document::Source;
use crate::history::Ring;
use crate::history::tracked::of_key;
use std::fmt::Write;
use std::time::UNIX_EPOCH;

/// Points of a line, and how many rows make one.
const POINTS: u32 = 40;
const PER_POINT: u32 = 3;
/// The picture in its own units; a point is one wide.
const HEIGHT: f32 = 20.0;

/// What reading some rows costs, roughly in microseconds.
const COST: u32 = 10;

/// Draws the series of this key, if it is known without waiting for a disk. Gives what that has cost.
pub(super) fn spark(
    out: &mut String,
    source: &dyn Source,
    (index, service): (u32, &Service),
    key: &str,
) -> u32 {
    let (Some(history), Some((which, unit))) = (source.history(), of_key(service, key)) else { return 0 };
    let ring = Ring::Hour;
    let now = source.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let to = ring.number(now).saturating_add(1);
    let from = to.saturating_sub(POINTS * PER_POINT);
    let mut points = [(0.0_f32, 0_u16); POINTS as usize];
    let (mut next, mut cost, mut highest) = (from, 0, 0.0_f32);
    while next < to {
        let read = history.read(index, which, (ring, next, to), false, &mut |number, value| {
            if let Some((sum, count)) = points.get_mut(((number - from) / PER_POINT) as usize) {
                (*sum, *count) = (*sum + value, *count + 1);
            }
            highest = highest.max(value);
        });
        cost += COST;
        match read {
            Some(Ok(further)) if further > next => next = further,
            _ => return cost,
        }
    }
    let poll = source.monitor().and_then(|monitor| monitor.config.settings.poll).unwrap_or_default();
    let means: Vec<Option<f32>> =
        points.iter().map(|(sum, count)| (*count > 0).then(|| sum / f32::from(*count))).collect();
    let line = line(&means, nice(highest, unit), (gap(ring, service, poll) / PER_POINT).max(1) as usize);
    if !line.is_empty() {
        let _ = write!(
            out,
            " <svg class=\"spark\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <path vector-effect=\"non-scaling-stroke\" d=\"{line}\"/></svg>",
            POINTS - 1
        );
    }
    cost
}

/// The line, broken where more than `gap` points are not known; empty where there are not two of them.
fn line(points: &[Option<f32>], top: f32, gap: usize) -> String {
    let known: Vec<(usize, i32)> = points
        .iter()
        .enumerate()
        .filter_map(|(at, value)| value.map(|value| (at, (HEIGHT - value / top * HEIGHT).round() as i32)))
        .collect();
    let mut line = String::new();
    if known.len() < 2 {
        return line;
    }
    for run in known.chunk_by(|before, at| at.0 - before.0 <= gap) {
        let mut drawn = None;
        for (nth, (x, y)) in run.iter().enumerate() {
            let next = run.get(nth + 1).map(|(_, y)| *y);
            // What lies on a level line needs no point of its own.
            if drawn == Some(*y) && next == Some(*y) {
                continue;
            }
            let _ = write!(line, "{}{x} {y}", if nth == 0 { 'M' } else { 'L' });
            drawn = Some(*y);
        }
        line.push_str(if run.len() == 1 { "h.1" } else { "" });
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_broken_where_nothing_is_known() {
        let known = |values: &[i8]| -> Vec<Option<f32>> {
            values.iter().map(|value| (*value >= 0).then(|| f32::from(*value))).collect()
        };
        assert_eq!(line(&known(&[0, 0, 0, 0, 10, 5]), 10.0, 1), "M0 20L3 20L4 0L5 10");
        assert_eq!(line(&known(&[10, -1, 10, -1, -1, 0]), 10.0, 2), "M0 0L2 0M5 20h.1");
        assert_eq!(line(&known(&[-1, 7, -1]), 10.0, 1), "", "one point is no course");
        assert_eq!(line(&known(&[-1]), 10.0, 1), "");
    }
}
