//! How far back a graph goes, and which rows of the history make it.

use crate::history::Ring;

/// A range of time up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Range {
    Hour,
    Day,
    /// The last quarter of what is kept of a month.
    Week,
    Month,
}

impl Range {
    /// All, the shortest first.
    pub(super) const ALL: [Range; 4] = [Range::Hour, Range::Day, Range::Week, Range::Month];

    /// Its word in addresses.
    pub(super) fn word(self) -> &'static str {
        match self {
            Range::Hour => "hour",
            Range::Day => "day",
            Range::Week => "week",
            Range::Month => "month",
        }
    }

    /// That of a word.
    pub fn from_word(word: &str) -> Option<Range> {
        Range::ALL.into_iter().find(|range| range.word().eq_ignore_ascii_case(word))
    }

    /// Where its rows are.
    pub(super) fn ring(self) -> Ring {
        match self {
            Range::Hour => Ring::Hour,
            Range::Day => Ring::Day,
            Range::Week | Range::Month => Ring::Month,
        }
    }

    /// How many they are.
    pub(super) fn rows(self) -> u32 {
        match self {
            Range::Week => 7 * 24,
            whole => whole.ring().rows(),
        }
    }

    /// How many of them make one point.
    pub(super) fn per_point(self) -> u32 {
        match self {
            Range::Hour | Range::Week => 1,
            Range::Day => 6,
            Range::Month => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_made_of_rows_that_are_kept() {
        for range in Range::ALL {
            assert_eq!(Range::from_word(range.word()), Some(range));
            assert!(range.rows() <= range.ring().rows() && range.rows() % range.per_point() == 0);
        }
        let days = |range: Range| u64::from(range.rows()) * range.ring().seconds() / 86_400;
        assert_eq!([Range::Day, Range::Week, Range::Month].map(days), [1, 7, 30]);
    }
}
