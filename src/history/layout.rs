//! Where everything is in the file of readings: pure arithmetic.
//!
//! ```text
//! head      64 bytes: what this is, how many columns, a sum over both
//! columns   16 bytes each: key of the series, the minute in which it came
//! rows      of the hour, the day, the month; each 4 bytes for its time and 2 for each column
//! ```
//!
//! A row is one moment with the samples of all series, so that writing it touches one or two pages of the disk however
//! many services there are. A row says for which time it is; what was not written for the time asked for is no data.
//! So a clock may jump as it likes: rows that it skips are out of date, and none is ever outside of its ring.

use crate::digest::fnv1a;
use std::time::SystemTime;

/// As many series as are kept at most.
pub const MOST: u16 = 4096;
/// Columns are added so many at a time.
const STEP: u16 = 64;
/// Bytes of the head.
pub(super) const HEAD: usize = 64;
/// Bytes of a column's description.
pub(super) const COLUMN: usize = 16;
/// Bytes before the samples of a row.
pub(super) const STAMP: usize = 4;

const MAGIC: &[u8; 20] = b"monit-rs readings 1\n";

/// Which span, and how fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// An hour by half-minutes.
    Hour,
    /// A day by minutes.
    Day,
    /// A month of 30 days by hours.
    Month,
}

impl Ring {
    /// All, in the order of the file.
    pub const ALL: [Ring; 3] = [Ring::Hour, Ring::Day, Ring::Month];

    /// How many rows it has.
    pub const fn rows(self) -> u32 {
        match self {
            Ring::Hour => 120,
            Ring::Day => 1440,
            Ring::Month => 720,
        }
    }

    /// Seconds from one to the next.
    pub const fn seconds(self) -> u64 {
        match self {
            Ring::Hour => 30,
            Ring::Day => 60,
            Ring::Month => 3600,
        }
    }

    /// Its word in links and documents.
    pub const fn word(self) -> &'static str {
        match self {
            Ring::Hour => "hour",
            Ring::Day => "day",
            Ring::Month => "month",
        }
    }

    /// That of a word.
    pub fn from_word(word: &str) -> Option<Ring> {
        Ring::ALL.into_iter().find(|ring| ring.word().eq_ignore_ascii_case(word))
    }

    /// The number of the row for a time, counted from 1970. Numbers of 32 bits last as long as seconds do here.
    pub fn number(self, unix: u64) -> u32 {
        u32::try_from(unix / self.seconds()).unwrap_or(u32::MAX)
    }

    /// Rows before it in the file.
    fn before(self) -> u32 {
        Ring::ALL.iter().take_while(|ring| **ring != self).map(|ring| ring.rows()).sum()
    }
}

/// Seconds since 1970; before that it is 0.
pub fn unix(wall: SystemTime) -> u64 {
    wall.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A file with so many columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    columns: u16,
}

impl Layout {
    /// One with room for so many series and some more.
    pub fn for_series(series: usize) -> Layout {
        let wanted = series + series / 4;
        let columns = u16::try_from(wanted).unwrap_or(MOST).clamp(1, MOST).next_multiple_of(STEP);
        Layout { columns: columns.min(MOST) }
    }

    /// How many columns.
    pub fn columns(self) -> u16 {
        self.columns
    }

    /// Bytes of a row.
    pub fn row(self) -> usize {
        STAMP + 2 * usize::from(self.columns)
    }

    /// Bytes of the whole file.
    pub fn length(self) -> u64 {
        self.rows() + self.row() as u64 * Ring::ALL.iter().map(|ring| u64::from(ring.rows())).sum::<u64>()
    }

    /// Where the rows begin: on a page of their own.
    fn rows(self) -> u64 {
        ((HEAD + COLUMN * usize::from(self.columns)) as u64).next_multiple_of(4096)
    }

    /// Where the row of that number is.
    pub fn offset(self, ring: Ring, number: u32) -> u64 {
        self.rows() + self.row() as u64 * u64::from(ring.before() + number % ring.rows())
    }

    /// Rows that follow in the file from that number on, up to the end of the ring.
    pub fn follow(self, ring: Ring, number: u32) -> u32 {
        ring.rows() - number % ring.rows()
    }

    /// Where the sample of a column is in its row.
    pub fn sample(self, column: u16) -> usize {
        STAMP + 2 * usize::from(column)
    }

    /// The head of the file.
    pub fn head(self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let columns = self.columns.to_le_bytes();
        head.iter_mut().zip(MAGIC.iter().chain(&columns)).for_each(|(to, from)| *to = *from);
        let sum = fnv1a(head.get(..HEAD - 8).unwrap_or_default()).to_le_bytes();
        head.iter_mut().skip(HEAD - 8).zip(sum).for_each(|(to, from)| *to = from);
        head
    }

    /// That of a head; `None`: it is another file.
    pub fn of_head(head: &[u8]) -> Option<Layout> {
        let [low, high] = head.get(MAGIC.len()..MAGIC.len() + 2)?.try_into().ok()?;
        let layout = Layout { columns: u16::from_le_bytes([low, high]) };
        let possible = layout.columns > 0 && layout.columns <= MOST && layout.columns % STEP == 0;
        (possible && layout.head() == head).then_some(layout)
    }
}

/// What a row for that number begins with. An empty row is for no time.
pub(super) fn stamp(number: u32) -> [u8; STAMP] {
    number.wrapping_add(1).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn there_is_room_for_more_series_than_there_are() {
        for (series, columns) in
            [(0, 64), (1, 64), (51, 64), (52, 128), (200, 256), (4000, 4096), (99_999, 4096)]
        {
            assert_eq!(Layout::for_series(series).columns(), columns, "{series}");
        }
    }

    #[test]
    fn fifty_services_take_less_than_a_megabyte() {
        assert!(Layout::for_series(150).length() < 1 << 20);
    }

    #[test]
    fn a_head_is_read_again_and_no_other() {
        let layout = Layout::for_series(300);
        let head = layout.head();
        assert_eq!(Layout::of_head(&head), Some(layout));
        for at in 0..HEAD {
            let mut wrong = head;
            wrong[at] ^= 1;
            assert_eq!(Layout::of_head(&wrong), None, "byte {at}");
        }
        assert_eq!(Layout::of_head(b"short"), None);
    }

    proptest! {
        #[test]
        fn no_row_is_outside_of_its_ring(series in 0usize..6000, number: u32) {
            let layout = Layout::for_series(series);
            let mut begin = layout.rows();
            for ring in Ring::ALL {
                let end = begin + layout.row() as u64 * u64::from(ring.rows());
                let at = layout.offset(ring, number);
                prop_assert!(at >= begin && at + layout.row() as u64 <= end);
                let last = layout.offset(ring, number) + layout.row() as u64 * u64::from(layout.follow(ring, number));
                prop_assert_eq!(last, end);
                begin = end;
            }
            prop_assert_eq!(begin, layout.length());
        }
    }
}
