//! A set of small numbers: one bit for each, with a cheap way to the next one.

/// A set of small numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Box<[u64]>);

impl Marks {
    /// Room for `count` numbers from 0; none is in it.
    pub(super) fn new(count: usize) -> Marks {
        Marks(vec![0; count.div_ceil(64)].into_boxed_slice())
    }

    pub(super) fn set(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Adds it; `true` if it was not there. A number nobody has is never new.
    pub(super) fn add(&mut self, number: u32) -> bool {
        let is_new = (number as usize / 64) < self.0.len() && !self.has(number);
        self.set(number);
        is_new
    }

    pub(super) fn clear(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// The smallest number in it that is not below `from`.
    pub(super) fn next(&self, from: u32) -> Option<u32> {
        let mut at = from as usize / 64;
        let mut found = self.0.get(at)? & (u64::MAX << (from % 64));
        while found == 0 {
            at += 1;
            found = *self.0.get(at)?;
        }
        u32::try_from(at * 64).ok()?.checked_add(found.trailing_zeros())
    }

    /// The next number of a round that begins at `first` and ends below it. `at`: where the round has come to; `None`, to begin it.
    pub(super) fn next_of_round(&self, first: u32, at: Option<u32>) -> Option<u32> {
        match at {
            Some(at) if at < first => self.next(at + 1).filter(|next| *next < first),
            at => {
                self.next(at.map_or(first, |at| at + 1)).or_else(|| self.next(0).filter(|next| *next < first))
            }
        }
    }

    /// All numbers in it, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let found = self.next(from?)?;
            from = found.checked_add(1);
            Some(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_meets_every_mark_once_wherever_it_begins() {
        let mut marks = Marks::new(201);
        [0, 5, 64, 200].into_iter().for_each(|number| marks.set(number));
        for (first, expected) in
            [(0, [0, 5, 64, 200]), (1, [5, 64, 200, 0]), (64, [64, 200, 0, 5]), (201, [0, 5, 64, 200])]
        {
            let mut met = Vec::new();
            let mut next = marks.next_of_round(first, None);
            while let Some(number) = next {
                met.push(number);
                next = marks.next_of_round(first, next);
            }
            assert_eq!(met, expected, "from {first}");
        }
    }

    #[test]
    fn marks_are_found_in_order_and_none_is_missed() {
        let numbers = [0, 1, 63, 64, 127, 128, 200];
        let mut marks = Marks::new(201);
        assert_eq!(marks.next(0), None);
        numbers.iter().rev().for_each(|number| marks.set(*number));
        assert_eq!(marks.iter().collect::<Vec<_>>(), numbers);
        assert_eq!(marks.next(129), Some(200));
        assert_eq!(marks.next(201), None);
        marks.clear(63);
        marks.clear(200);
        assert_eq!(marks.iter().collect::<Vec<_>>(), [0, 1, 64, 127, 128]);
        // Numbers nobody has are nobody's.
        marks.set(5000);
        assert!(!marks.add(5000));
        assert!(marks.add(2) && !marks.add(2));
        marks.clear(2);
        assert_eq!(marks.next(129), None);
    }
}
