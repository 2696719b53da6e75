//! What a graph says in words: when its points were, when nothing was measured, and the numbers of each hour.

use super::super::moment::{clock, date, short};
use super::range::Range;
use super::scale::shown;
use crate::history::tracked::TrackedUnit;
use crate::sys::localtime::{local, unix_secs};
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Labels below a graph; on a phone every other one.
const LABELS: usize = 5;
/// Times without data that are named.
const NAMED: usize = 3;

/// What is in one point of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) sum: f32,
    pub(super) count: u16,
    pub(super) lowest: f32,
    pub(super) highest: f32,
}

impl Point {
    pub(super) const NONE: Point =
        Point { sum: 0.0, count: 0, lowest: f32::INFINITY, highest: f32::NEG_INFINITY };

    pub(super) fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1;
        (self.lowest, self.highest) = (self.lowest.min(value), self.highest.max(value));
    }

    pub(super) fn mean(&self) -> f32 {
        self.sum / f32::from(self.count.max(1))
    }
}

/// When the points of a graph were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) range: Range,
    /// When the first one began, in seconds since 1970.
    pub(super) begin: u64,
    /// Seconds of each.
    pub(super) point: u64,
    pub(super) now: SystemTime,
}

impl Times {
    fn seconds(&self, at: usize) -> u64 {
        self.begin + at as u64 * self.point
    }

    /// That of a point, as exact as it says something.
    fn exact(&self, at: usize) -> String {
        let time = UNIX_EPOCH + Duration::from_secs(self.seconds(at));
        match self.range {
            Range::Hour | Range::Day => clock(time),
            Range::Week | Range::Month => short(time, self.now),
        }
    }

    /// What stands below the graph.
    pub(super) fn labels(&self, out: &mut String, points: usize) {
        out.push_str("<p class=\"span\">");
        for label in 0..LABELS {
            let at = self.seconds(points * label / (LABELS - 1));
            let time = UNIX_EPOCH + Duration::from_secs(at);
            let words = match self.range {
                Range::Hour | Range::Day => clock(time),
                Range::Week | Range::Month => date(time),
            };
            let _ = write!(out, "<time>{words}</time>");
        }
        out.push_str("</p>");
    }

    /// The points, of so many, that lie in a time.
    pub(super) fn places(&self, from: SystemTime, to: SystemTime, points: usize) -> std::ops::Range<usize> {
        let place = |time: SystemTime| {
            let after = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().checked_sub(self.begin);
            after.map(|seconds| usize::try_from(seconds / self.point.max(1)).unwrap_or(points))
        };
        let end = place(to).map_or(0, |at| at.saturating_add(1).min(points));
        place(from).unwrap_or(0).min(end)..end
    }

    /// When there are no data, if there is such a time.
    pub(super) fn no_data(&self, holes: &[(usize, usize)]) -> Option<String> {
        self.named("no data", holes)
    }

    /// The first of these times, from point to point, after that word.
    pub(super) fn named(&self, word: &str, holes: &[(usize, usize)]) -> Option<String> {
        let words: Vec<String> = holes
            .iter()
            .take(NAMED)
            .map(|(from, to)| format!("{}\u{2013}{}", self.exact(*from), self.exact(*to)))
            .collect();
        let more = holes.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} times more") } else { String::new() };
        (!words.is_empty()).then(|| format!("{word} {}{more}", words.join(", ")))
    }

    /// Seconds of a line of the table, and how its summary calls it.
    fn line(&self) -> (u64, &'static str) {
        match self.range {
            Range::Hour => (300, "every 5 minutes"),
            Range::Day => (3_600, "every hour"),
            Range::Week => (43_200, "every half day"),
            Range::Month => (86_400, "every day"),
        }
    }
}

/// The numbers of each hour, or of what fits the range.
pub(super) fn table(out: &mut String, times: &Times, points: &[Point], unit: TrackedUnit) {
    let (seconds, every) = times.line();
    let east = i64::from(local(unix_secs(times.now)).utc_offset_secs);
    let line = |at: usize| (times.seconds(at) as i64 + east).div_euclid(seconds as i64);
    let _ = write!(
        out,
        "<details><summary>Numbers of {every}</summary><table class=\"hours\"><thead><tr><th scope=\"col\">From\
         <th scope=\"col\">Lowest<th scope=\"col\">Mean<th scope=\"col\">Highest<tbody>"
    );
    let all: Vec<usize> = (0..points.len()).collect();
    for part in all.chunk_by(|one, next| line(*one) == line(*next)) {
        let mut sum = Point::NONE;
        for point in part.iter().filter_map(|at| points.get(*at)) {
            sum.count += point.count;
            sum.sum += point.sum;
            (sum.lowest, sum.highest) = (sum.lowest.min(point.lowest), sum.highest.max(point.highest));
        }
        let Some(first) = part.first().filter(|_| sum.count > 0) else { continue };
        let begun = u64::try_from(line(*first) * seconds as i64 - east).unwrap_or_default();
        let begun = UNIX_EPOCH + Duration::from_secs(begun);
        let begun = match times.range {
            Range::Hour | Range::Day => clock(begun),
            Range::Week => short(begun, times.now),
            Range::Month => date(begun),
        };
        let [lowest, mean, highest] = [sum.lowest, sum.mean(), sum.highest].map(|value| shown(value, unit));
        let _ = write!(out, "<tr><th scope=\"row\">{begun}<td>{lowest}<td>{mean}<td>{highest}");
    }
    out.push_str("</table></details>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(range: Range, point: u64) -> Times {
        let begin = 1_795_737_600;
        Times { range, begin, point, now: UNIX_EPOCH + Duration::from_secs(begin + 86_400) }
    }

    #[test]
    fn a_time_without_data_is_named() {
        let times = times(Range::Day, 360);
        let at = |at: usize| times.exact(at);
        assert_eq!(times.no_data(&[]), None);
        let words = times.no_data(&[(1, 7), (20, 30)]).unwrap();
        assert_eq!(words, format!("no data {}\u{2013}{}, {}\u{2013}{}", at(1), at(7), at(20), at(30)));
        let many = [(0, 2); 5];
        assert!(times.no_data(&many).unwrap().ends_with(" and 2 times more"));
    }

    #[test]
    fn five_times_stand_below_a_graph() {
        let mut out = String::new();
        times(Range::Day, 360).labels(&mut out, 240);
        assert_eq!(out.matches("<time>").count(), LABELS);
        let clocks: Vec<&str> = out.split("<time>").skip(1).map(|rest| &rest[..5]).collect();
        assert_eq!(clocks[0], clocks[4], "a day later: {out}");
    }

    #[test]
    fn each_hour_has_its_numbers_and_one_without_data_has_no_line() {
        let mut points = [Point::NONE; 240];
        for (at, value) in [(0, 1.0), (1, 3.0), (10, 5.0), (239, 7.0)] {
            points[at].add(value);
        }
        let mut out = String::new();
        table(&mut out, &times(Range::Day, 360), &points, TrackedUnit::Count);
        assert!(out.contains("<summary>Numbers of every hour</summary>"), "{out}");
        assert_eq!(out.matches("scope=\"row\"").count(), 3, "{out}");
        assert!(out.contains("<td>1<td>2<td>3<tr>") && out.contains("<td>5<td>5<td>5<tr>"), "{out}");
    }
}
