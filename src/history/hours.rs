//! The rows of the month: an hour is over, and its row is the average of its minutes as they are in the file. So an hour in
//! which the monitor was started anew is whole, and none costs memory while it lasts.

use super::layout::Ring;
use super::reading_file::ReadingFile;
use super::sample;
use super::series::{NOWHERE, Slot};
use std::io;

/// Minutes of an hour.
const MINUTES: u32 = 60;

/// Hours whose rows are to be written, one after the other.
#[derive(Debug)]
pub(super) struct Hours {
    /// Since 1970; the one being summed up.
    hour: u32,
    /// The first one that is not due.
    end: u32,
    /// The next of its minutes.
    minute: u32,
    /// For each column.
    sums: Vec<(f32, u16)>,
}

impl Hours {
    /// These, as far as they are missing.
    pub(super) fn new(hour: u32, end: u32) -> Hours {
        Hours { hour, end, minute: 0, sums: Vec::new() }
    }

    /// One more.
    pub(super) fn add(&mut self, hour: u32) {
        self.end = self.end.max(hour.saturating_add(1));
    }

    /// Goes on, by some rows of one hour. `true`: all are written.
    pub(super) fn step(&mut self, file: &ReadingFile, slots: &[Slot]) -> io::Result<bool> {
        if self.hour >= self.end {
            return Ok(true);
        }
        if self.minute == 0 && file.has(Ring::Month, self.hour) {
            self.hour += 1;
            return Ok(self.hour >= self.end);
        }
        self.sums.resize(file.layout().columns().into(), (0.0, 0));
        let first = self.hour.saturating_mul(MINUTES);
        let (from, to) = (first.saturating_add(self.minute), first.saturating_add(MINUTES));
        let sums = &mut self.sums;
        let next = file.read(Ring::Day, from, to, true, &mut |minute, row| {
            let own = |slot: &&Slot| slot.column != NOWHERE && slot.since <= minute;
            for slot in slots.iter().filter(own) {
                let sum = sums.get_mut(usize::from(slot.column));
                if let (Some((sum, count)), Some(value)) = (sum, row.sample(slot.column)) {
                    *sum += value;
                    *count += 1;
                }
            }
        })?;
        self.minute = next.saturating_sub(first);
        if self.minute < MINUTES {
            return Ok(false);
        }
        let average = |(sum, count): (f32, u16)| match count {
            0 => 0,
            count => sample::encode(sum / f32::from(count)),
        };
        let samples: Vec<u16> = std::mem::take(&mut self.sums).into_iter().map(average).collect();
        let hour = self.hour;
        (self.hour, self.minute) = (hour + 1, 0);
        if samples.iter().any(|sample| *sample != 0) {
            file.write(Ring::Month, hour, &samples)?;
        }
        Ok(self.hour >= self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Scratch;

    #[test]
    fn an_hour_is_the_average_of_its_minutes() {
        let folder = Scratch::new();
        let (file, _) = ReadingFile::open(&folder.join("readings"), 3).unwrap();
        let slots = [Slot::at(0, 0), Slot::at(5, 630), Slot::at(NOWHERE, 0)];
        for (minute, value) in [(599, 100.0), (600, 1.0), (629, 3.0), (630, 5.0), (659, 7.0), (660, 100.0)] {
            let mut samples = vec![0; 64];
            (samples[0], samples[5]) = (sample::encode(value), sample::encode(value));
            file.write(Ring::Day, minute, &samples).unwrap();
        }
        let mut hours = Hours::new(9, 9);
        hours.add(10);
        while !hours.step(&file, &slots).unwrap() {}
        let mut seen = Vec::new();
        file.read(Ring::Month, 9, 12, true, &mut |hour, row| seen.push((hour, row.sample(0), row.sample(5))))
            .unwrap();
        // The second one came to its column in the middle of the hour.
        let close = |value: f32| sample::decode(sample::encode(value));
        assert_eq!(seen, [(9, close(100.0), None), (10, close(4.0), close(6.0))]);
        assert!(!file.has(Ring::Month, 11));
    }
}
