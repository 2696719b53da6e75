//! The series in memory: for each reading whose course is kept, what was measured in this minute.

use super::sample;
use super::tracked::track;
use crate::config::Service;
use crate::service_test::Memory;

/// A series that has no column.
pub(super) const NOWHERE: u16 = u16::MAX;

/// One series: a sum for each half of the minute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    sums: [f32; 2],
    counts: [u16; 2],
    /// Its place in a row.
    pub(super) column: u16,
    /// The minute in which it came there.
    pub(super) since: u32,
}

impl Slot {
    pub(super) fn at(column: u16, since: u32) -> Slot {
        Slot { sums: [0.0; 2], counts: [0; 2], column, since }
    }

    fn add(&mut self, half: usize, value: f64) {
        if let (Some(sum), Some(count)) = (self.sums.get_mut(half), self.counts.get_mut(half)) {
            // A service that is looked at thousands of times in a minute: the first ones stand for all.
            if *count < u16::MAX {
                *sum += value as f32;
                *count += 1;
            }
        }
    }
}

/// All series, service by service.
#[derive(Debug, Default)]
pub(super) struct Series {
    slots: Vec<Slot>,
    /// The first one of each service, and one more for the end.
    firsts: Vec<u32>,
}

/// The samples of a minute, one of each column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Minute {
    /// Those of its first half, then those of its second.
    pub(super) halves: Vec<u16>,
    pub(super) whole: Vec<u16>,
}

impl Series {
    pub(super) fn new(slots: Vec<Slot>, firsts: Vec<u32>) -> Series {
        Series { slots, firsts }
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Those of a service.
    pub(super) fn of(&self, service: u32) -> &[Slot] {
        let at = service as usize;
        let range = || Some(*self.firsts.get(at)? as usize..*self.firsts.get(at + 1)? as usize);
        range().and_then(|range| self.slots.get(range)).unwrap_or_default()
    }

    /// A check of a service has ended.
    pub(super) fn add(&mut self, index: u32, service: &Service, memory: &Memory, half: usize) {
        let first = self.firsts.get(index as usize).map_or(usize::MAX, |first| *first as usize);
        let end = self.firsts.get(index as usize + 1).map_or(0, |end| *end as usize);
        let Some(slots) = self.slots.get_mut(first..end) else { return };
        let mut slots = slots.iter_mut();
        track(service, memory, &mut |value| {
            if let (Some(slot), Some(value)) = (slots.next(), value) {
                slot.add(half, value);
            }
        });
    }

    /// The minute is over: its samples for so many columns; `None`: nothing was measured.
    pub(super) fn take(&mut self, columns: u16) -> Option<Minute> {
        if self.slots.iter().all(|slot| slot.counts == [0; 2]) {
            return None;
        }
        let columns = usize::from(columns);
        let mut minute = Minute { halves: vec![0; 2 * columns], whole: vec![0; columns] };
        for slot in &mut self.slots {
            let column = usize::from(slot.column);
            let ([first, second], [ones, twos]) = (slot.sums, slot.counts);
            let average = |sum: f32, count: u32| match count {
                0 => 0,
                count => sample::encode(sum / count as f32),
            };
            let put =
                |row: &mut [u16], at: usize, code| row.get_mut(at).into_iter().for_each(|to| *to = code);
            if column < columns {
                put(&mut minute.halves, column, average(first, ones.into()));
                put(&mut minute.halves, columns + column, average(second, twos.into()));
                let both = u32::from(ones) + u32::from(twos);
                put(&mut minute.whole, column, average(first + second, both));
            }
            *slot = Slot::at(slot.column, slot.since);
        }
        Some(minute)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;
    use super::*;
    use crate::config::Subject;

    #[test]
    fn a_series_takes_no_more_than_24_bytes() {
        assert!(size_of::<Slot>() <= 24, "{}", size_of::<Slot>());
    }

    #[test]
    fn halves_and_the_minute_are_averages_of_what_was_measured() {
        let service = Service::new("host", Subject::System);
        let slots = [2, 0, NOWHERE, 1].map(|column| Slot::at(column, 7));
        let mut series = Series::new(slots.into(), vec![0, 4]);
        for (half, value) in [(0, 1.0), (0, 2.0), (1, 6.0)] {
            series.add(0, &service, &load(value), half);
        }
        series.add(1, &service, &load(9.0), 0);
        let minute = series.take(3).unwrap();
        let code = sample::encode;
        assert_eq!(minute.halves, [0, 0, code(1.5), 0, 0, code(6.0)]);
        assert_eq!(minute.whole, [0, 0, code(3.0)]);
        assert_eq!(series.take(3), None, "a new minute begins with nothing");
        assert_eq!(series.of(0).len(), 4);
        assert_eq!(series.of(0)[0].since, 7);
        assert!(series.of(1).is_empty() && series.of(u32::MAX).is_empty());
    }
}
