//! The numbers of several families, so that each service is asked once for all of them and not once for each.

use super::family::Family;
use crate::document::item::Sample;
use crate::service_test::Reading;

/// Bytes of numbers that one document holds at most.
const ROOM: usize = 32 * 1024;
/// More families than services of a type usually have.
const MOST: usize = 32;
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
    /// An empty one for so many families, or as many as there is room for with so many services. Without columns where it is
    /// not worth while.
    pub(super) fn new(families: usize, services: usize) -> Table {
        let columns = (ROOM / size_of::<u64>() / services.max(1)).min(MOST).min(families);
        let columns = if columns > 1 { columns } else { 0 };
        Table { columns, numbers: Vec::with_capacity(columns * services) }
    }

    /// One for families that are not yet known.
    pub(super) fn for_any(services: usize) -> Table {
        Table::new(MOST, services)
    }

    /// How many families it has.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of memory it takes.
    pub(super) fn held(&self) -> usize {
        self.numbers.capacity() * size_of::<u64>()
    }

    /// Adds a row, which has no numbers yet.
    pub(super) fn add_row(&mut self) -> &mut [u64] {
        let from = self.numbers.len();
        self.numbers.resize(from + self.columns, NONE);
        self.numbers.get_mut(from..).unwrap_or_default()
    }

    /// The number of a service in a column, if it has one.
    pub(super) fn number(&self, row: usize, column: usize) -> Option<f64> {
        let bits = self.numbers.get(row * self.columns + column)?;
        Some(f64::from_bits(*bits)).filter(|number| number.is_finite())
    }
}

/// The place of the family that a sample belongs to; `next`: where it is mostly, since services of a type have mostly the same
/// families in the same order.
pub(super) fn place(families: &[Family], next: usize, reading: &Reading, sample: &Sample) -> Option<usize> {
    let is = |family: &Family| family.is_of(reading, sample);
    match families.get(next) {
        Some(family) if is(family) => Some(next),
        _ => families.iter().position(is),
    }
}
