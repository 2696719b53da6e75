//! The course of a reading as an inline picture (SVG), with its numbers in words beside it.
//!
//! The rows are read from a file, some at a time; of a day and a month several make one point of the line. Nothing of the
//! picture needs a style of its own: pages allow none but ours.

use super::super::{Piece, Source};
use super::escape;
use crate::config::{Every, Service, format};
use crate::history::tracked::{Tracked, TrackedUnit};
use crate::history::{History, Ring};
use std::fmt::Write;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

/// The picture in its own units.
const WIDTH: f32 = 600.0;
const HEIGHT: f32 = 120.0;

/// What reading some rows costs, roughly in microseconds.
const COST: u32 = 60;
/// How often rows that are not in memory are asked for before they are given up. Meanwhile the kernel fetches them.
const TRIES: u32 = 2000;

/// The points of a line, on their way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Graph {
    ring: Ring,
    from: u32,
    to: u32,
    next: u32,
    tries: u32,
    /// For each point the sum and the number of what is in it.
    points: Vec<(f32, u16)>,
    lowest: f32,
    highest: f32,
    last: Option<f32>,
}

/// No value of a file is anything but a number.
impl Eq for Graph {}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawn {
    More,
    Done,
    /// There is no such series, or the disk does not give it.
    Nothing,
}

impl Graph {
    /// One up to now. The row of this moment is there where a daemon has ended in it.
    pub(super) fn new(ring: Ring, now: u64) -> Graph {
        let to = ring.number(now).saturating_add(1);
        let from = to.saturating_sub(ring.rows());
        let points = vec![(0.0, 0); (ring.rows() / per_point(ring)) as usize];
        let (lowest, highest) = (f32::INFINITY, f32::NEG_INFINITY);
        Graph { ring, from, to, next: from, tries: 0, points, lowest, highest, last: None }
    }

    /// Reads the next rows of the `which`th series of a service.
    pub(super) fn read(&mut self, history: &History, service: u32, which: usize) -> Drawn {
        if self.next >= self.to {
            return Drawn::Done;
        }
        let rows = (self.ring, self.next, self.to);
        let Graph { ring, from, points, lowest, highest, last, .. } = self;
        let read = history.read(service, which, rows, false, &mut |number, value| {
            let point = points.get_mut(((number - *from) / per_point(*ring)) as usize);
            if let Some((sum, count)) = point {
                *sum += value;
                *count += 1;
            }
            (*lowest, *highest, *last) = (lowest.min(value), highest.max(value), Some(value));
        });
        match read {
            Some(Ok(next)) => {
                self.next = next;
                if self.next >= self.to { Drawn::Done } else { Drawn::More }
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock && self.tries < TRIES => {
                self.tries += 1;
                Drawn::More
            }
            _ => Drawn::Nothing,
        }
    }

    /// The picture, or in words that there is none.
    fn draw(&self, out: &mut String, series: &Tracked, id: usize, gap: u32) {
        out.push_str("<figure><figcaption>");
        escape(out, &series.label);
        let Some(last) = self.last else {
            return out.push_str(": nothing measured yet</figcaption></figure>");
        };
        let [lowest, highest, last] =
            [self.lowest, self.highest, last].map(|value| shown(value, series.unit));
        let _ = write!(
            out,
            ": <strong>{last}</strong> <small>lowest {lowest}, highest {highest}</small></figcaption>"
        );
        let _ = write!(
            out,
            "<svg class=\"graph\" role=\"img\" aria-labelledby=\"g{id}t g{id}d\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             preserveAspectRatio=\"none\"><title id=\"g{id}t\">"
        );
        escape(out, &series.label);
        let _ = write!(
            out,
            ", last {}</title><desc id=\"g{id}d\">Lowest {lowest}, highest {highest}, last {last}.</desc>",
            self.ring.word()
        );
        let _ = write!(out, "<path class=\"line\" vector-effect=\"non-scaling-stroke\" d=\"");
        self.line(out, gap);
        let _ = write!(out, "\"/></svg><p class=\"span\"><small>{}</small></p></figure>", span(self.ring));
    }

    /// The line; it is broken where nothing was measured for more than `gap` rows.
    fn line(&self, out: &mut String, gap: u32) {
        let gap = (gap / per_point(self.ring)).max(1) as usize;
        let top = if self.highest > 0.0 { self.highest } else { 1.0 };
        let step = WIDTH / (self.points.len().max(2) - 1) as f32;
        let mut before: Option<usize> = None;
        for (at, (sum, count)) in self.points.iter().enumerate().filter(|(_, (_, count))| *count > 0) {
            let value = sum / f32::from(*count);
            let (x, y) = (at as f32 * step, HEIGHT - 4.0 - value / top * (HEIGHT - 8.0));
            match before {
                Some(before) if at - before <= gap => {
                    let _ = write!(out, "L{x:.1} {y:.1}");
                }
                // One alone is a dot.
                _ => {
                    let _ = write!(out, "M{x:.1} {y:.1}h.1");
                }
            }
            before = Some(at);
        }
    }
}

/// Rows that make one point.
fn per_point(ring: Ring) -> u32 {
    match ring {
        Ring::Hour => 1,
        Ring::Day => 6,
        Ring::Month => 3,
    }
}

fn span(ring: Ring) -> &'static str {
    match ring {
        Ring::Hour => "from an hour ago to now",
        Ring::Day => "from a day ago to now",
        Ring::Month => "from 30 days ago to now",
    }
}

/// A value with its unit.
fn shown(value: f32, unit: TrackedUnit) -> String {
    let value = f64::from(value);
    match unit {
        TrackedUnit::Count => format!("{}", (value * 100.0).round() / 100.0),
        TrackedUnit::Bytes => format::bytes(value),
        TrackedUnit::BytesPerSecond => format!("{}/s", format::bytes(value)),
        TrackedUnit::Seconds => format::milliseconds(value * 1000.0),
        TrackedUnit::Percent => format::percent(value),
    }
}

/// Rows that may be without a sample although the service is looked at as it should.
fn gap(ring: Ring, service: &Service, poll: Duration) -> u32 {
    let pause = match &service.every {
        Every::Cycles(cycles) => poll.saturating_mul(*cycles),
        Every::Period(period) => *period,
        Every::Cycle | Every::Cron(_) | Every::NotCron(_) => poll,
    };
    u32::try_from(2 * pause.as_secs() / ring.seconds()).unwrap_or(u32::MAX).max(2)
}

/// All graphs of a service, on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graphs {
    ring: Ring,
    which: usize,
    graph: Option<Graph>,
}

impl Graphs {
    pub(super) fn new(ring: Ring) -> Graphs {
        Graphs { ring, which: 0, graph: None }
    }

    /// Goes on with those of this service, which has these series. `true`: all are drawn.
    pub(super) fn step(
        &mut self,
        source: &dyn Source,
        (index, service): (u32, &Service),
        series: &[Tracked],
        piece: &mut Piece<'_>,
    ) -> bool {
        let Some(history) = source.history() else { return true };
        let poll = source.monitor().and_then(|monitor| monitor.config.settings.poll).unwrap_or_default();
        while let Some(one) = series.get(self.which) {
            let now = source.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let graph = self.graph.get_or_insert_with(|| Graph::new(self.ring, now));
            let progress = graph.read(history, index, self.which);
            match progress {
                Drawn::More => {}
                Drawn::Done | Drawn::Nothing => {
                    graph.draw(piece.out, one, self.which, gap(self.ring, service, poll));
                    self.graph = None;
                    self.which += 1;
                }
            }
            if piece.spend(COST) && self.which < series.len() {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(unit: TrackedUnit) -> Tracked {
        Tracked { key: "cpu".into(), label: "cpu <b>".into(), unit }
    }

    #[test]
    fn a_picture_says_its_numbers_in_words() {
        let mut graph = Graph::new(Ring::Hour, 7_200);
        graph.points[0] = (2.0, 1);
        graph.points[1] = (8.0, 2);
        graph.points[60] = (1.0, 1);
        (graph.lowest, graph.highest, graph.last) = (1.0, 4.0, Some(1.0));
        let mut out = String::new();
        graph.draw(&mut out, &series(TrackedUnit::Percent), 3, 2);
        for part in [
            "<figcaption>cpu &lt;b&gt;: <strong>1.0%</strong> <small>lowest 1.0%, highest 4.0%</small>",
            "<title id=\"g3t\">cpu &lt;b&gt;, last hour</title>",
            "<desc id=\"g3d\">Lowest 1.0%, highest 4.0%, last 1.0%.</desc>",
            "d=\"M0.0 60.0h.1L5.0 4.0M302.5 88.0h.1\"",
        ] {
            assert!(out.contains(part), "{part} in {out}");
        }
        assert!(!out.contains("style="));
    }

    #[test]
    fn without_a_sample_there_is_no_picture() {
        let mut out = String::new();
        Graph::new(Ring::Day, 7_200).draw(&mut out, &series(TrackedUnit::Count), 0, 2);
        assert_eq!(out, "<figure><figcaption>cpu &lt;b&gt;: nothing measured yet</figcaption></figure>");
    }

    #[test]
    fn a_service_that_is_seldom_looked_at_has_a_line_all_the_same() {
        let mut service = Service::new("s", crate::config::Subject::System);
        let gap = |service: &Service| gap(Ring::Hour, service, Duration::from_secs(30));
        assert_eq!(gap(&service), 2);
        service.every = Every::Cycles(10);
        assert_eq!(gap(&service), 20);
        service.every = Every::Period(Duration::from_secs(3600));
        assert_eq!(gap(&service), 240);
    }

    #[test]
    fn every_unit_is_shown_with_its_own() {
        let all = [
            (TrackedUnit::Count, "1.5"),
            (TrackedUnit::Bytes, "1 B"),
            (TrackedUnit::BytesPerSecond, "1 B/s"),
            (TrackedUnit::Seconds, "1.500 s"),
            (TrackedUnit::Percent, "1.5%"),
        ];
        for (unit, text) in all {
            assert_eq!(shown(1.5, unit), text);
        }
    }
}
