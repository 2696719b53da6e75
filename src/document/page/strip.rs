//! How a service was, as a strip below its graphs: failed as high as it is, OK half, and nothing where that is not known.
//!
//! When it failed is in the events; that it was looked at shows in its readings.

use super::hours::Times;
use crate::config::EventKind;
use crate::document::Source;
use crate::event::State;
use crate::history::Record;
use crate::history::event_file::PLACES;
use std::fmt::Write;
use std::time::SystemTime;

/// Events looked at in one piece.
const LOOKED_AT: u16 = 64;
/// The height of the strip in its own units.
const HEIGHT: u32 = 20;

/// What is known of the time of one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Was {
    Unknown,
    Ok,
    Failed,
}

/// The strip on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Strip {
    times: Times,
    points: Vec<Was>,
    next: u16,
    /// Which test was well again since when, the oldest that was met.
    recovered: Vec<(EventKind, u64, SystemTime)>,
}

impl Strip {
    /// That of a time in which the points that are true have readings. `since`: when it failed that is still failed.
    pub(super) fn new(times: Times, measured: &[bool], since: Option<SystemTime>) -> Strip {
        let points = measured.iter().map(|measured| if *measured { Was::Ok } else { Was::Unknown }).collect();
        let mut strip = Strip { times, points, next: 0, recovered: Vec::new() };
        if let Some(since) = since {
            strip.mark(since, times.now, Was::Failed);
        }
        strip
    }

    /// Goes on through the events, the newest first. `true`: that were all.
    pub(super) fn step(&mut self, source: &dyn Source, name: &str, down: bool) -> bool {
        let Some(file) = source.history().and_then(|history| history.events()) else { return true };
        let end = (self.next + LOOKED_AT).min(PLACES);
        for record in (self.next..end).filter_map(|back| file.back(back)) {
            if record.service.eq_ignore_ascii_case(name) {
                self.take(&record, down);
            }
        }
        self.next = end;
        end >= file.count()
    }

    fn take(&mut self, record: &Record, down: bool) {
        let known =
            self.recovered.iter().position(|(kind, test, _)| (*kind, *test) == (record.kind, record.test));
        let end = known.and_then(|at| self.recovered.get_mut(at));
        match (record.state, end) {
            (State::Succeeded, Some((.., at))) => *at = record.time,
            (State::Succeeded, None) => self.recovered.push((record.kind, record.test, record.time)),
            (State::Failed, Some((.., at))) => {
                let at = *at;
                self.mark(record.time, at, Was::Failed);
            }
            (State::Failed, None) if down => self.mark(record.time, self.times.now, Was::Failed),
            // It is well, and nobody has said when it became so.
            (State::Failed, None) => self.mark(record.time, self.times.now, Was::Unknown),
            (State::Changed | State::NotChanged, _) => {}
        }
    }

    fn mark(&mut self, from: SystemTime, to: SystemTime, was: Was) {
        let range = self.times.places(from, to, self.points.len());
        for point in self.points.get_mut(range).into_iter().flatten() {
            // What is known to have failed stays so.
            *point = if *point == Was::Failed { Was::Failed } else { was };
        }
    }

    /// The strip.
    pub(super) fn show(&self, out: &mut String) {
        let width = self.points.len().saturating_sub(1).max(1);
        let (mut paths, mut failed, mut at) = ([String::new(), String::new()], Vec::new(), 0);
        for run in self.points.chunk_by(|one, next| one == next) {
            let (from, to) = (at, (at + run.len()).min(width));
            at += run.len();
            let (path, top) = match run.first() {
                Some(Was::Ok) => (&mut paths[0], HEIGHT / 2),
                Some(Was::Failed) => {
                    failed.push((from, to));
                    (&mut paths[1], 0)
                }
                _ => continue,
            };
            let _ = write!(path, "M{from} {top}H{to}V{HEIGHT}H{from}z");
        }
        let words = self.times.named("failed", &failed).unwrap_or_else(|| "nothing failed".to_owned());
        let [ok, bad] = paths;
        let _ = write!(
            out,
            "<figure><figcaption>state <small>{words}</small></figcaption>\
             <svg class=\"strip\" role=\"img\" aria-labelledby=\"st sd\" viewBox=\"0 0 {width} {HEIGHT}\" \
             preserveAspectRatio=\"none\"><title id=\"st\">state, last {}</title><desc id=\"sd\">{words}</desc>\
             <path class=\"ok\" d=\"{ok}\"/><path class=\"bad\" d=\"{bad}\"/></svg>",
            self.times.range.word()
        );
        self.times.labels(out, self.points.len());
        out.push_str("</figure>");
    }
}

#[cfg(test)]
mod tests {
    use super::super::range::Range;
    use super::*;
    use crate::document::kept::Kept;
    use crate::sys::Scratch;
    use std::time::{Duration, UNIX_EPOCH};

    const BEGIN: u64 = 1_795_737_600;

    fn minute(minute: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(BEGIN + 60 * minute)
    }

    fn shown(kept: &Kept, down: bool, since: Option<SystemTime>) -> String {
        let times = Times { range: Range::Hour, begin: BEGIN, point: 30, now: minute(60) };
        // Nothing is known of the first ten minutes.
        let measured: Vec<bool> = (0..120).map(|at| at >= 20).collect();
        let mut strip = Strip::new(times, &measured, since);
        while !strip.step(kept, "web", down) {}
        let mut out = String::new();
        strip.show(&mut out);
        out
    }

    #[test]
    fn what_failed_is_high_and_what_is_not_known_is_nothing() {
        let folder = Scratch::new();
        let mut kept = Kept::new(&folder);
        let nothing = shown(&kept, false, None);
        assert!(
            nothing.contains("class=\"ok\" d=\"M20 10H119V20H20z\"") && nothing.contains("nothing failed")
        );
        kept.happen(minute(20), "web", State::Failed, "");
        kept.happen(minute(21), "db", State::Failed, "");
        kept.happen(minute(25), "web", State::Succeeded, "");
        let once = shown(&kept, false, None);
        assert!(once.contains("class=\"bad\" d=\"M40 0H51V20H40z\""), "{once}");
        assert!(once.contains("class=\"ok\" d=\"M20 10H40V20H20zM51 10H119V20H51z\""), "{once}");
        kept.happen(minute(50), "web", State::Failed, "");
        let down = shown(&kept, true, None);
        assert!(down.contains("V20H40zM100 0H119V20H100z\""), "{down}");
        // It is well, but nobody has said since when.
        let well = shown(&kept, false, None);
        assert!(well.contains("M51 10H100V20H51z\"/>") && well.contains("H51V20H40z\"/>"), "{well}");
        assert!(
            shown(&Kept::default(), true, Some(minute(0))).contains("class=\"bad\" d=\"M0 0H119V20H0z\"")
        );
    }
}
