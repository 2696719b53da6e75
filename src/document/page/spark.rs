//! The course of a reading over the last hour, as a small line beside the number. It says nothing that the number and the page of the
//! service do not, so it is not there for who does not see it.

use super::graph::gap;
use super::scale::nice;
use crate::document::Source;
use crate::history::Ring;
use crate::history::tracked::{TrackedUnit, of_key};
use std::fmt::Write;
use std::ops::Range;
use std::time::UNIX_EPOCH;

/// Points of a line, and how many rows make one.
const POINTS: u32 = 40;
const PER_POINT: u32 = 3;
/// The picture in its own units; a point is one wide.
const HEIGHT: f32 = 20.0;

/// Series whose courses are read together: a row of the file has the samples of all services.
const TOGETHER: usize = 64;
/// Among so many services at most.
const AMONG: u32 = 1024;

/// What reading some rows costs, and what one series of them does, roughly in microseconds.
const COST: u32 = 10;
const COST_OF_ONE: u32 = 1;

/// The courses of the next services, drawn before their rows are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sparks {
    /// Of which services.
    services: Range<u32>,
    lines: Vec<(u32, &'static str, Box<str>)>,
}

impl Sparks {
    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        let lines = self.lines.iter().map(|(.., line)| line.len()).sum::<usize>();
        lines + self.lines.capacity() * size_of::<(u32, &str, Box<str>)>()
    }

    /// Appends that of a reading, if it is known without waiting for a disk. `keys`: those that rows like this one draw. Gives
    /// what reading has cost.
    pub(super) fn draw(
        &mut self,
        out: &mut String,
        source: &dyn Source,
        (index, key): (u32, &str),
        keys: &[&'static str],
    ) -> u32 {
        let mut cost = 0;
        if !self.services.contains(&index) {
            cost = self.read(source, index, keys);
        }
        if let Some((.., line)) = self.lines.iter().find(|(of, which, _)| *of == index && *which == key) {
            let _ = write!(
                out,
                " <svg class=\"spark\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
                 <path vector-effect=\"non-scaling-stroke\" d=\"{line}\"/></svg>",
                POINTS - 1
            );
        }
        cost
    }

    /// Reads those of this service and the ones behind it that have such readings.
    fn read(&mut self, source: &dyn Source, first: u32, keys: &[&'static str]) -> u32 {
        let (mut courses, mut end) = (Vec::new(), first);
        while end - first < AMONG && courses.len() < TOGETHER {
            let Some(service) = source.service(end) else { break };
            let tracked = keys.iter().filter_map(|key| Some((*key, of_key(service, key)?)));
            courses.extend(tracked.map(|(key, (which, unit))| Course::new((end, key), which, unit)));
            end += 1;
        }
        self.services = first..end.max(first + 1);
        let cost = read(source, &mut courses);
        let poll = source.monitor().and_then(|monitor| monitor.config.settings.poll).unwrap_or_default();
        let lines = courses.iter().filter_map(|course| {
            let gap = gap(Ring::Hour, source.service(course.service)?, poll);
            let line = course.line((gap / PER_POINT).max(1) as usize);
            (!line.is_empty()).then(|| (course.service, course.key, line.into()))
        });
        self.lines = lines.collect();
        cost
    }
}

/// The last hour of a series.
struct Course {
    service: u32,
    key: &'static str,
    which: usize,
    unit: TrackedUnit,
    highest: f32,
    /// Of each point the sum of its rows, and of how many.
    points: [(f32, u16); POINTS as usize],
}

impl Course {
    fn new((service, key): (u32, &'static str), which: usize, unit: TrackedUnit) -> Course {
        Course { service, key, which, unit, highest: 0.0, points: [(0.0, 0); POINTS as usize] }
    }

    fn add(&mut self, row: u32, value: f32) {
        if let Some((sum, count)) = self.points.get_mut((row / PER_POINT) as usize) {
            (*sum, *count) = (*sum + value, *count + 1);
        }
        self.highest = self.highest.max(value);
    }

    fn line(&self, gap: usize) -> String {
        let means: Vec<Option<f32>> =
            self.points.iter().map(|(sum, count)| (*count > 0).then(|| sum / f32::from(*count))).collect();
        line(&means, nice(self.highest, self.unit), gap)
    }
}

/// Reads their last hour; none is left where that would wait for a disk: half a course looks like one that has ended. Gives
/// what it has cost.
fn read(source: &dyn Source, courses: &mut Vec<Course>) -> u32 {
    let Some(history) = source.history() else { return 0 };
    let ring = Ring::Hour;
    let now = source.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let to = ring.number(now).saturating_add(1);
    let from = to.saturating_sub(POINTS * PER_POINT);
    let series: Vec<(u32, usize)> = courses.iter().map(|course| (course.service, course.which)).collect();
    let (mut next, mut cost) = (from, u32::try_from(series.len()).unwrap_or(u32::MAX) * COST_OF_ONE);
    while next < to {
        let read = history.read_together(&series, (ring, next, to), false, &mut |at, number, value| {
            if let Some(course) = courses.get_mut(at) {
                course.add(number - from, value);
            }
        });
        cost += COST;
        match read {
            Some(Ok(further)) if further > next => next = further,
            _ => {
                courses.clear();
                break;
            }
        }
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
    use crate::config::{Config, Service, Subject};
    use crate::document::{Entry, Monitor};
    use crate::history::History;
    use crate::service_test::{Measured, Memory, Presence, SystemReading};
    use crate::sys::Scratch;
    use std::time::{Duration, SystemTime};

    struct Systems(Config, History, SystemTime);

    impl Source for Systems {
        fn count(&self) -> u32 {
            self.0.services.len() as u32
        }
        fn uptime(&self) -> Duration {
            Duration::ZERO
        }
        fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
            None
        }
        fn service(&self, index: u32) -> Option<&Service> {
            self.0.services.get(index as usize)
        }
        fn monitor(&self) -> Option<Monitor<'_>> {
            None
        }
        fn history(&self) -> Option<&History> {
            Some(&self.1)
        }
        fn now(&self) -> SystemTime {
            self.2
        }
    }

    // What a reading keeps to itself keeps others from making one in one piece.
    #[allow(clippy::field_reassign_with_default)]
    fn load(load: f64) -> Memory {
        let mut reading = SystemReading::default();
        reading.load = Some([load, 0.0, 0.0]);
        let mut memory = Memory::default();
        (memory.presence, memory.measured) = (Presence::Present, Measured::System(Box::new(reading)));
        memory
    }

    #[test]
    fn the_rows_of_many_services_are_read_together() {
        let folder = Scratch::new();
        let services: Vec<Service> =
            (0..100).map(|at| Service::new(&format!("s{at}"), Subject::System)).collect();
        let config = Config { services, ..Config::default() };
        let mut now = UNIX_EPOCH + Duration::from_secs(1_795_737_600);
        let mut history = History::open(&folder.join("state"), now);
        // The one in the middle is measured once: one point is no course.
        for round in 0..60 {
            history.on_tick(&config, now);
            while history.is_busy() {
                history.on_tick(&config, now);
            }
            for (at, service) in config.services.iter().enumerate() {
                if at != 50 || round == 30 {
                    history.measured(at as u32, service, &load(if at % 2 == 0 { 1.0 } else { round.into() }));
                }
            }
            now += Duration::from_secs(30);
        }
        let (source, mut sparks) = (Systems(config, history, now), Sparks::default());
        let mut read = Vec::new();
        for index in 0..100 {
            let mut out = String::new();
            let cost = sparks.draw(&mut out, &source, (index, "load"), &["load"]);
            read.extend((cost > 0).then_some(index));
            assert_eq!(out.is_empty(), index == 50, "{index}: {out}");
            if index != 50 {
                let level = out.split("d=\"").nth(1).is_some_and(|line| line.matches('L').count() == 1);
                assert_eq!(level, index % 2 == 0, "{index}: {out}");
            }
            assert!(sparks.held() > 0 && sparks.held() < 20_000, "{}", sparks.held());
        }
        assert_eq!(read, [0, 64]);
    }

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
