//! The numbers of several families, so that each service is asked once for all of them and not once for each.

use super::family::Family;
use crate::document::Source;
use crate::document::item::samples;

/// Bytes of numbers that one document holds at most.
const ROOM: usize = 32 * 1024;
/// A service has none.
const NONE: u64 = f64::NAN.to_bits();

/// A row for each service of a type, a column for each of some families that stand one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    columns: usize,
    /// As bits.
    numbers: Vec<u64>,
}

impl Table {
    /// An empty one for the first of `families`, as many as there is room for with so many services. Without columns where
    /// it is not worth while, or where the first family may have several numbers of a service.
    pub(super) fn new(families: &[Family], services: usize) -> Table {
        let most = ROOM / size_of::<u64>() / services.max(1);
        let columns = families.iter().take(most).take_while(|family| family.is_single()).count();
        let columns = if columns > 1 { columns } else { 0 };
        Table { columns, numbers: Vec::with_capacity(columns * services) }
    }

    /// How many families it has.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of memory it takes.
    pub(super) fn held(&self) -> usize {
        self.numbers.capacity() * size_of::<u64>()
    }

    /// Adds a row: what there is of a service; `families`: those of the columns.
    pub(super) fn add(&mut self, families: &[Family], index: u32, source: &dyn Source) {
        let from = self.numbers.len();
        self.numbers.resize(from + self.columns, NONE);
        let row = self.numbers.get_mut(from..).unwrap_or_default();
        let columns = families.get(..self.columns).unwrap_or_default();
        // Services of a type have mostly the same families in the same order.
        let mut next = 0;
        source.readings(index, None, &mut |reading, _| {
            samples(&reading.value, &mut |sample| {
                let (before, behind) = columns.split_at(next);
                let ahead = behind.iter().position(|family| family.is_of(reading, &sample));
                let found = ahead.map(|at| next + at);
                let found = found.or_else(|| before.iter().position(|family| family.is_of(reading, &sample)));
                if let Some((at, slot)) = found.and_then(|at| Some((at, row.get_mut(at)?))) {
                    *slot = sample.value.to_bits();
                    next = at + 1;
                }
            });
        });
    }

    /// The number of a service in a column, if it has one.
    pub(super) fn number(&self, row: usize, column: usize) -> Option<f64> {
        let bits = self.numbers.get(row * self.columns + column)?;
        Some(f64::from_bits(*bits)).filter(|number| number.is_finite())
    }
}
