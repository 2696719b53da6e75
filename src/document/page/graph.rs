//! The course of a reading as an inline picture (SVG), with its numbers in words beside it.
//!
//! The rows are read from a file, some at a time; of a day and a month several make one point of the line. Nothing of the
//! picture needs a style of its own: pages allow none but ours.

use super::super::{Piece, Source};
use super::frame::escape;
use super::hours::{Point, Times, table};
use super::limit::{FAR, limits};
use super::range::Range;
use super::scale::{nice, round, shown, whole};
use super::strip::Strip;
use crate::config::{Every, Service};
use crate::history::tracked::Tracked;
use crate::history::{History, Ring};
use std::fmt::Write;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The height of a picture in its own units.
const HEIGHT: f32 = 120.0;
/// How wide it would be, were they as wide as high.
const WIDTH: f32 = 600.0;

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
        let whole = whole(series.unit);
        let near = || shape.limits.iter().filter(|limit| **limit <= whole.max(self.highest * FAR));
        let highest = near().fold(self.highest, |highest, limit| highest.max(*limit));
        let top = nice(highest.max(whole), series.unit);
        let said: Vec<String> = shape.limits.iter().map(|limit| round(shown(*limit, series.unit))).collect();
        let said = if said.is_empty() { String::new() } else { format!(", limit {}", said.join(" and ")) };
        let gap = (shape.gap / self.range.per_point()).max(1) as usize;
        let holes = self.holes(gap);
        let (times, width) = (self.times(now), self.width());
        let no_data = times.no_data(&holes);
        let [lowest, highest, last] =
            [self.lowest, self.highest, last].map(|value| shown(value, series.unit));
        let _ = write!(
            out,
            " <strong>{last}</strong> <small>lowest {lowest}, highest {highest}{said}</small>{}</figcaption>\
             <div class=\"plot\"><small>{}</small><small>0</small>\
             <svg role=\"img\" aria-labelledby=\"g{id}t g{id}d\" viewBox=\"0 0 {width} {HEIGHT}\" \
             preserveAspectRatio=\"none\"><title id=\"g{id}t\">",
            no_data.as_ref().map_or(String::new(), |words| format!("<small>{words}</small>")),
            round(shown(top, series.unit))
        );
        escape(out, &series.label);
        let no_data = no_data.map_or(String::new(), |words| format!("; {words}"));
        let _ = write!(
            out,
            ", last {}</title><desc id=\"g{id}d\">Lowest {lowest}, highest {highest}, last {last}{said}{no_data}.</desc>",
            self.range.word()
        );
        self.lines(out, id, (gap, &holes), top);
        for limit in near() {
            let y = HEIGHT - limit / top * HEIGHT;
            let _ = write!(
                out,
                "<path class=\"limit\" vector-effect=\"non-scaling-stroke\" d=\"M0 {y:.0}H{width}\"/>"
            );
        }
        out.push_str("</svg></div>");
        times.labels(out, self.points.len());
        table(out, &times, &self.points, series.unit);
        out.push_str("</figure>");
    }

    /// When its points were.
    fn times(&self, now: SystemTime) -> Times {
        let (range, row) = (self.range, self.range.ring().seconds());
        let (begin, point) = (u64::from(self.from) * row, u64::from(range.per_point()) * row);
        Times { range, begin, point, now }
    }

    /// Its own units from the left to the right: one for each point.
    fn width(&self) -> usize {
        self.points.len().saturating_sub(1).max(1)
    }

    /// The points that are known.
    fn known(&self) -> impl Iterator<Item = usize> + '_ {
        let known = self.points.iter().enumerate().filter(|(_, point)| point.count > 0);
        known.map(|(at, _)| at)
    }

    /// From which point to which nothing was measured for more than `gap` of them.
    fn holes(&self, gap: usize) -> Vec<(usize, usize)> {
        let (mut holes, mut end) = (Vec::new(), 0);
        for at in self.known().chain(self.points.len().checked_sub(1)) {
            if at - end > gap {
                holes.push((end, at));
            }
            end = at;
        }
        holes
    }

    /// The line, within the area of what is the highest and the lowest of each point. Both are broken at the holes.
    fn lines(&self, out: &mut String, id: usize, (gap, holes): (usize, &[(usize, usize)]), top: f32) {
        let y = |value: f32| (HEIGHT - value / top * HEIGHT).round() as i32;
        let known: Vec<usize> = self.known().collect();
        let (mut line, mut area) = (String::new(), String::new());
        for run in known.chunk_by(|before, at| at - before <= gap) {
            let points = || run.iter().filter_map(|at| Some((*at as i32, self.points.get(*at)?)));
            trace(&mut line, points().map(|(x, point)| (x, y(point.mean()))));
            // One alone is a dot.
            line.push_str(if run.len() == 1 { "h.1" } else { "" });
            let lowest = points().rev().map(|(x, point)| (x, y(point.lowest)));
            trace(&mut area, points().map(|(x, point)| (x, y(point.highest))).chain(lowest));
            area.push('z');
        }
        if !holes.is_empty() {
            // As wide as high, whatever a point is.
            let wide = self.width() as f32 / WIDTH;
            let _ = write!(
                out,
                "<pattern id=\"g{id}h\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" \
                 patternTransform=\"scale({wide:.3} 1)\"><path class=\"hatch\" d=\"M-2 2l4-4M0 8l8-8M6 10l4-4\"/></pattern>\
                 <path fill=\"url(#g{id}h)\" d=\""
            );
            for (from, to) in holes {
                let _ = write!(out, "M{from} 0H{to}V{HEIGHT}H{from}z");
            }
            out.push_str("\"/>");
        }
        if self.range.per_point() > 1 {
            let _ = write!(out, "<path class=\"area\" d=\"{area}\"/>");
        }
        let _ = write!(out, "<path class=\"line\" vector-effect=\"non-scaling-stroke\" d=\"{line}\"/>");
    }
}

/// Appends the way through these points. Steps are shorter than places, and a level way is one step.
fn trace(out: &mut String, points: impl Iterator<Item = (i32, i32)>) {
    let (mut last, mut level) = (None, 0);
    let flush = |out: &mut String, level: &mut i32| {
        if *level != 0 {
            let _ = write!(out, "h{level}");
        }
        *level = 0;
    };
    for (x, y) in points {
        match last.replace((x, y)) {
            None => {
                let _ = write!(out, "M{x} {y}");
            }
            Some((from, at)) if at == y => level += x - from,
            Some((from, at)) => {
                flush(out, &mut level);
                let space = if y > at { " " } else { "" };
                let _ = write!(out, "l{}{space}{}", x - from, y - at);
            }
        }
    }
    flush(out, &mut level);
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
    /// When its points were, and of which any series has a reading; once there was one.
    measured: Option<(Times, Vec<bool>)>,
}

impl Graphs {
    pub(super) fn new(range: Range) -> Graphs {
        Graphs { range, which: 0, graph: None, measured: None }
    }

    /// How the service was, as far as this tells; `None`: there is no graph.
    pub(super) fn strip(&self, since: Option<SystemTime>) -> Option<Strip> {
        self.measured.as_ref().map(|(times, measured)| Strip::new(*times, measured, since))
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
                    let nothing = || (graph.times(source.now()), vec![false; graph.points.len()]);
                    let (_, measured) = self.measured.get_or_insert_with(nothing);
                    for (one, point) in measured.iter_mut().zip(&graph.points) {
                        *one |= point.count > 0;
                    }
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
    use crate::history::tracked::TrackedUnit;

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
            "<small>100%</small><small>0</small>",
            "<title id=\"g3t\">cpu &lt;b&gt;, last hour</title>",
            "<desc id=\"g3d\">Lowest 1.0%, highest 4.0%, last 1.0%; no data ",
            "d=\"M0 118l1-3M60 119h.1\"",
            "<path fill=\"url(#g3h)\" d=\"M1 0H60V120H1zM60 0H119V120H60z\"/>",
            "highest 4.0%</small><small>no data ",
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
        assert!(out.contains("class=\"line\"") && out.contains("d=\"M0 72h239\""), "{out}");
        assert!(out.contains("class=\"area\" d=\"M0 24h239l0 84h-239z\""), "{out}");
        assert!(!out.contains("no data"), "{out}");
    }

    #[test]
    fn a_way_is_written_in_few_bytes() {
        let mut out = String::new();
        trace(&mut out, [(0, 5), (1, 5), (3, 5), (4, 9), (5, 2), (5, 2), (4, 2)].into_iter());
        assert_eq!(out, "M0 5h3l1 4l1-7h-1");
        // A day in which nothing stays as it is.
        let mut graph = Graph::new(Range::Day, 7_200);
        for (at, point) in graph.points.iter_mut().enumerate() {
            [at % 7, at % 13, at % 90].iter().for_each(|value| point.add(*value as f32));
        }
        (graph.lowest, graph.highest, graph.last) = (0.0, 89.0, Some(1.0));
        let mut out = String::new();
        graph.draw(&mut out, &series(TrackedUnit::Percent), 0, GAP, now());
        assert!(out.len() < 6_500, "{}", out.len());
    }

    #[test]
    fn a_limit_is_a_line_unless_it_is_far_away() {
        let drawn = |value: f32, limits: &[f32]| {
            let mut graph = Graph::new(Range::Hour, 7_200);
            graph.points[0].add(value);
            (graph.lowest, graph.highest, graph.last) = (value, value, Some(value));
            let mut out = String::new();
            graph.draw(&mut out, &series(TrackedUnit::Percent), 0, Shape { gap: 2, limits }, now());
            out
        };
        let near = drawn(40.0, &[80.0]);
        for part in
            ["highest 40.0%, limit 80%</small>", "last 40.0%, limit 80%; no data ", "<small>100%</small>"]
        {
            assert!(near.contains(part), "{part} in {near}");
        }
        assert!(
            near.contains("<path class=\"limit\" vector-effect=\"non-scaling-stroke\" d=\"M0 24H119\"/>"),
            "{near}"
        );
        let far = drawn(40.0, &[130.0]);
        assert!(far.contains(", limit 130%</small>") && !far.contains("class=\"limit\""), "{far}");
        assert!(far.contains("<small>100%</small>"), "a share has a whole: {far}");
        let low = drawn(2.0, &[80.0]);
        assert!(
            low.contains("class=\"limit\" vector-effect=\"non-scaling-stroke\" d=\"M0 24H119\""),
            "{low}"
        );
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
}
