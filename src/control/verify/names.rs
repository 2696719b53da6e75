//! Services by name, and the name that was perhaps meant.

use crate::config::Service;
use std::collections::HashMap;

/// An index of service names, which compare without case.
pub struct Names {
    by_name: HashMap<Box<str>, u32>,
}

impl Names {
    /// The names of `services`.
    pub fn of(services: &[Service]) -> Names {
        let mut names = Names { by_name: HashMap::with_capacity(services.len() + 1) };
        for (index, service) in (0u32..).zip(services) {
            names.by_name.entry(key(&service.name)).or_insert(index);
        }
        names
    }

    /// The index of the service of that name.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.by_name.get(&key(name)).copied()
    }

    /// Adds one.
    pub fn insert(&mut self, name: &str, index: u32) {
        self.by_name.insert(key(name), index);
    }

    /// The index of the service whose name is most like `name`, but for the one that asks, if one is like it at all: at most one edit for every three letters,
    /// three edits in all.
    pub fn closest(&self, name: &str, asking: &str) -> Option<u32> {
        let asking = key(asking);
        let name: Vec<char> = key(name).chars().collect();
        let limit = (name.len() / 3).clamp(1, 3);
        self.by_name
            .iter()
            .filter(|(other, _)| **other != asking)
            .filter(|(other, _)| other.len().abs_diff(name.len()) <= 4 * limit)
            .filter_map(|(other, &index)| Some((distance(&name, other, limit)?, index)))
            .min()
            .map(|(_, index)| index)
    }
}

fn key(name: &str) -> Box<str> {
    name.to_ascii_lowercase().into_boxed_str()
}

/// The number of letters to insert, delete, replace or swap with their neighbour, if it is at most `limit`
/// (optimal string alignment).
fn distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &ca) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push(i + 1);
        for (j, &cb) in b.iter().enumerate() {
            let cost = usize::from(ca != cb);
            let at = |row: &[usize], n: usize| row.get(n).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&last, j) + cost).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(&cb) && b.get(j - 1) == Some(&ca) {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|&n| n <= limit)
}
