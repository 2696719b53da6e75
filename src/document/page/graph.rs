//! The course of a reading as an inline picture (SVG), with its numbers in words beside it.
//!
//! The rows are read from a file, some at a time; of a day and a month several make one point of the line. Nothing of the
//! picture needs a style of its own: pages allow none but ours.

use super::super::moment::short;
use super::super::{Piece, Source};
use super::frame::escape;
use super::limit::{FAR, limits};
use super::range::Range;
use crate::config::{Every, Service, format};
use crate::history::tracked::{Tracked, TrackedUnit};
use crate::history::{History, Ring};
use std::fmt::Write;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    range: Range,
    from: u32,
    to: u32,
    next: u32,
    tries: u32,
    points: Vec<Point>,
    lowest: f32,
    highest: f32,
    last: Option<f32>,
}

/// What else a picture is made from.
#[derive(Debug, Clone, Copy, Default)]
struct Shape<'a> {
    /// Rows that may be without a sample.
    gap: u32,
    /// What its service's tests allow.
    limits: &'a [f32],
}

/// What is in one point of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    sum: f32,
    count: u16,
    lowest: f32,
    highest: f32,
}

impl Point {
    const NONE: Point = Point { sum: 0.0, count: 0, lowest: f32::INFINITY, highest: f32::NEG_INFINITY };

    fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1;
        (self.lowest, self.highest) = (self.lowest.min(value), self.highest.max(value));
    }

    fn mean(&self) -> f32 {
        self.sum / f32::from(self.count.max(1))
    }
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
    pub(super) fn new(range: Range, now: u64) -> Graph {
        let to = range.ring().number(now).saturating_add(1);
        let from = to.saturating_sub(range.rows());
        let points = vec![Point::NONE; (range.rows() / range.per_point()) as usize];
        let (lowest, highest) = (f32::INFINITY, f32::NEG_INFINITY);
        Graph { range, from, to, next: from, tries: 0, points, lowest, highest, last: None }
    }

    /// Reads the next rows of the `which`th series of a service.
    pub(super) fn read(&mut self, history: &History, service: u32, which: usize) -> Drawn {
        if self.next >= self.to {
            return Drawn::Done;
        }
        let rows = (self.range.ring(), self.next, self.to);
        let Graph { range, from, points, lowest, highest, last, .. } = self;
        let read = history.read(service, which, rows, false, &mut |number, value| {
            let point = points.get_mut(((number - *from) / range.per_point()) as usize);
            if let Some(point) = point {
                point.add(value);
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
    fn draw(&self, out: &mut String, series: &Tracked, id: usize, shape: Shape<'_>, now: SystemTime) {
        out.push_str("<figure><figcaption>");
        escape(out, &series.label);
        let Some(last) = self.last else {
            return out.push_str(" <small>nothing measured in this time</small></figcaption></figure>");
        };
        // What was measured is to be seen, whatever is allowed.
        let near = || shape.limits.iter().filter(|limit| **limit <= self.highest * FAR);
        let top = nice(near().fold(self.highest, |highest, limit| highest.max(*limit)), series.unit);
        let said: Vec<String> = shape.limits.iter().map(|limit| round(shown(*limit, series.unit))).collect();
        let said = if said.is_empty() { String::new() } else { format!(", limit {}", said.join(" and ")) };
        let [lowest, highest, last] =
            [self.lowest, self.highest, last].map(|value| shown(value, series.unit));
        let _ = write!(
            out,
            " <strong>{last}</strong> <small>lowest {lowest}, highest {highest}{said}</small></figcaption>\
             <div class=\"plot\"><small>{}</small><small>0</small>\
             <svg role=\"img\" aria-labelledby=\"g{id}t g{id}d\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             preserveAspectRatio=\"none\"><title id=\"g{id}t\">",
            round(shown(top, series.unit))
        );
        escape(out, &series.label);
        let _ = write!(
            out,
            ", last {}</title><desc id=\"g{id}d\">Lowest {lowest}, highest {highest}, last {last}{said}.</desc>",
            self.range.word()
        );
        let begun = Duration::from_secs(u64::from(self.range.rows()) * self.range.ring().seconds());
        let begun = short(now.checked_sub(begun).unwrap_or(UNIX_EPOCH), now);
        let no_data = if self.lines(out, shape.gap, top) { "<span>grey: no data</span>" } else { "" };
        for limit in near() {
            let y = HEIGHT - limit / top * HEIGHT;
            let _ = write!(
                out,
                "<path class=\"limit\" vector-effect=\"non-scaling-stroke\" d=\"M0 {y:.1}H{WIDTH}\"/>"
            );
        }
        let end = short(now, now);
        let _ = write!(
            out,
            "</svg></div><p class=\"span\"><time>{begun}</time>{no_data}<time>{end}</time></p></figure>"
        );
    }

    /// The line, within the area of what is the highest and the lowest of each point. Both are broken where nothing was
    /// measured for more than `gap` rows. `true`: they are.
    fn lines(&self, out: &mut String, gap: u32, top: f32) -> bool {
        let gap = (gap / self.range.per_point()).max(1) as usize;
        let step = WIDTH / (self.points.len().max(2) - 1) as f32;
        let y = |value: f32| HEIGHT - value / top * HEIGHT;
        let known: Vec<usize> = (0..self.points.len())
            .filter(|at| self.points.get(*at).is_some_and(|point| point.count > 0))
            .collect();
        let runs: Vec<&[usize]> = known.chunk_by(|before, at| at - before <= gap).collect();
        let (mut line, mut area, mut gaps, mut end) = (String::new(), String::new(), String::new(), 0);
        for run in &runs {
            let points = || run.iter().filter_map(|at| Some((*at as f32 * step, self.points.get(*at)?)));
            for (at, (x, point)) in points().enumerate() {
                let letter = if at == 0 { 'M' } else { 'L' };
                let _ = write!(line, "{letter}{x:.1} {:.1}", y(point.mean()));
                // One alone is a dot.
                line.push_str(if at == 0 { "h.1" } else { "" });
                let _ = write!(area, "{letter}{x:.1} {:.1}", y(point.highest));
            }
            for (x, point) in points().rev() {
                let _ = write!(area, "L{x:.1} {:.1}", y(point.lowest));
            }
            area.push('z');
            let (first, last) = (run.first().copied().unwrap_or(end), run.last().copied().unwrap_or(end));
            hole(&mut gaps, end as f32 * step, first as f32 * step, first.saturating_sub(end) > gap);
            end = last;
        }
        hole(&mut gaps, end as f32 * step, WIDTH, self.points.len().saturating_sub(end + 1) > gap);
        if !gaps.is_empty() {
            let _ = write!(out, "<path class=\"gap\" d=\"{gaps}\"/>");
        }
        if self.range.per_point() > 1 {
            let _ = write!(out, "<path class=\"area\" d=\"{area}\"/>");
        }
        let _ = write!(out, "<path class=\"line\" vector-effect=\"non-scaling-stroke\" d=\"{line}\"/>");
        !gaps.is_empty()
    }
}

/// A time without data, if it is one.
fn hole(out: &mut String, from: f32, to: f32, is_one: bool) {
    if is_one {
        let _ = write!(out, "M{from:.1} 0H{to:.1}V{HEIGHT}H{from:.1}z");
    }
}

/// The end of a scale: the next 1, 2 or 5.
pub(super) fn nice(highest: f32, unit: TrackedUnit) -> f32 {
    if highest <= 0.0 {
        return 1.0;
    }
    let base: f32 = match unit {
        TrackedUnit::Bytes | TrackedUnit::BytesPerSecond => power_up_to(1024.0, highest.max(1.0)),
        TrackedUnit::Count | TrackedUnit::Seconds | TrackedUnit::Percent => 1.0,
    };
    let ten = power_up_to(10.0, highest / base);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * ten * base);
    steps.into_iter().find(|step| *step >= highest * 0.9999).unwrap_or(highest)
}

/// The largest whole power of a base that is not above a value. Counted, not by logarithm: libm alone costs two pages.
fn power_up_to(base: f32, value: f32) -> f32 {
    /// No number has more of ten.
    const MOST: usize = 45;
    let mut power = 1.0;
    for _ in 0..MOST {
        if power * base <= value {
            power *= base;
        } else if power > value {
            power /= base;
        }
    }
    power
}

/// Without zeros that say nothing.
fn round(text: String) -> String {
    ["000", "00", "0"].iter().fold(text, |text, zeros| {
        text.replace(&format!(".{zeros} "), " ").replace(&format!(".{zeros}%"), "%")
    })
}

/// A value with its unit.
fn shown(value: f32, unit: TrackedUnit) -> String {
    let value = f64::from(value);
    match unit {
        TrackedUnit::Count => format!("{}", (value * 100.0).round() / 100.0),
        TrackedUnit::Bytes => format::bytes(value),
        TrackedUnit::BytesPerSecond => format!("{}/s", format::bytes(value)),
        TrackedUnit::Seconds if value < 0.01 => format!("{:.1} ms", value * 1000.0),
        TrackedUnit::Seconds if value < 1.0 => format!("{:.0} ms", value * 1000.0),
        TrackedUnit::Seconds => format!("{value:.2} s"),
        TrackedUnit::Percent => format::percent(value),
    }
}

/// Rows that may be without a sample although the service is looked at as it should.
pub(super) fn gap(ring: Ring, service: &Service, poll: Duration) -> u32 {
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
    range: Range,
    which: usize,
    graph: Option<Graph>,
}

impl Graphs {
    pub(super) fn new(range: Range) -> Graphs {
        Graphs { range, which: 0, graph: None }
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
        let monitor = source.monitor();
        let poll = monitor.and_then(|monitor| monitor.config.settings.poll).unwrap_or_default();
        let memory = monitor.map_or(0, |monitor| monitor.platform.memory);
        while let Some(one) = series.get(self.which) {
            let now = source.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let graph = self.graph.get_or_insert_with(|| Graph::new(self.range, now));
            let progress = graph.read(history, index, self.which);
            match progress {
                Drawn::More => {}
                Drawn::Done | Drawn::Nothing => {
                    let limits = limits(service, self.which, &one.key, memory);
                    let shape = Shape { gap: gap(self.range.ring(), service, poll), limits: &limits };
                    graph.draw(piece.out, one, self.which, shape, source.now());
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

    const GAP: Shape<'_> = Shape { gap: 2, limits: &[] };

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_737_600)
    }

    #[test]
    fn a_picture_says_its_numbers_in_words() {
        let mut graph = Graph::new(Range::Hour, 7_200);
        for (at, value) in [(0, 2.0), (1, 4.0), (1, 4.0), (60, 1.0)] {
            graph.points[at].add(value);
        }
        (graph.lowest, graph.highest, graph.last) = (1.0, 4.0, Some(1.0));
        let mut out = String::new();
        graph.draw(&mut out, &series(TrackedUnit::Percent), 3, GAP, now());
        for part in [
            "<figcaption>cpu &lt;b&gt; <strong>1.0%</strong> <small>lowest 1.0%, highest 4.0%</small>",
            "<small>5%</small><small>0</small>",
            "<title id=\"g3t\">cpu &lt;b&gt;, last hour</title>",
            "<desc id=\"g3d\">Lowest 1.0%, highest 4.0%, last 1.0%.</desc>",
            "d=\"M0.0 72.0h.1L5.0 24.0M302.5 96.0h.1\"",
            "<path class=\"gap\" d=\"M5.0 0H302.5V120H5.0zM302.5 0H600.0V120H302.5z\"/>",
            "<span>grey: no data</span>",
        ] {
            assert!(out.contains(part), "{part} in {out}");
        }
        assert!(!out.contains("class=\"area\""), "a point of an hour is one reading");
        assert!(!out.contains("style="));
    }

    #[test]
    fn without_a_sample_there_is_no_picture() {
        let mut out = String::new();
        Graph::new(Range::Day, 7_200).draw(&mut out, &series(TrackedUnit::Count), 0, GAP, now());
        let words = "<figure><figcaption>cpu &lt;b&gt; <small>nothing measured in this time</small>";
        assert_eq!(out, format!("{words}</figcaption></figure>"));
    }

    #[test]
    fn a_day_shows_its_peaks_around_the_mean() {
        let mut graph = Graph::new(Range::Day, 7_200);
        graph.points.iter_mut().for_each(|point| [1.0, 3.0, 8.0].iter().for_each(|value| point.add(*value)));
        (graph.lowest, graph.highest, graph.last) = (1.0, 8.0, Some(8.0));
        let mut out = String::new();
        graph.draw(&mut out, &series(TrackedUnit::Count), 0, GAP, now());
        assert!(out.contains("class=\"line\"") && out.contains("d=\"M0.0 72.0h.1L"), "{out}");
        assert!(out.contains("class=\"area\" d=\"M0.0 24.0L") && out.contains("L0.0 108.0z\""), "{out}");
        assert!(!out.contains("no data"), "{out}");
    }

    #[test]
    fn a_limit_is_a_line_unless_it_is_far_away() {
        let mut graph = Graph::new(Range::Hour, 7_200);
        graph.points[0].add(40.0);
        (graph.lowest, graph.highest, graph.last) = (40.0, 40.0, Some(40.0));
        let drawn = |limits: &[f32]| {
            let mut out = String::new();
            graph.draw(&mut out, &series(TrackedUnit::Percent), 0, Shape { gap: 2, limits }, now());
            out
        };
        let near = drawn(&[80.0]);
        for part in
            ["highest 40.0%, limit 80%</small>", "last 40.0%, limit 80%.</desc>", "<small>100%</small>"]
        {
            assert!(near.contains(part), "{part} in {near}");
        }
        assert!(
            near.contains("<path class=\"limit\" vector-effect=\"non-scaling-stroke\" d=\"M0 24.0H600\"/>"),
            "{near}"
        );
        let far = drawn(&[130.0]);
        assert!(far.contains(", limit 130%</small>") && !far.contains("class=\"limit\""), "{far}");
        assert!(far.contains("<small>50%</small>"), "{far}");
    }

    #[test]
    fn a_scale_ends_with_a_round_number() {
        for (highest, unit, end) in [
            (0.0, TrackedUnit::Percent, 1.0),
            (0.3, TrackedUnit::Percent, 0.5),
            (100.0, TrackedUnit::Percent, 100.0),
            (3.98, TrackedUnit::Seconds, 5.0),
            (1500.0, TrackedUnit::Bytes, 2048.0),
            (900.0 * 1024.0, TrackedUnit::Bytes, 1000.0 * 1024.0),
        ] {
            let nice = nice(highest, unit);
            assert!((nice - end).abs() < 0.001 * end, "{highest}: {nice}");
        }
        assert_eq!(round("500.000 ms".to_owned()), "500 ms");
        assert_eq!(round("50.0%".to_owned()), "50%");
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
            (TrackedUnit::Seconds, "1.50 s"),
            (TrackedUnit::Percent, "1.5%"),
        ];
        for (unit, text) in all {
            assert_eq!(shown(1.5, unit), text);
        }
    }
}
