//! A list that is nearly always empty, and one that has nearly always one member at most.

use std::ops::{Deref, DerefMut};

/// A list as big as a pointer while nothing is in it. Each service has half a dozen of those.
// The second allocation is the price of the few that are not empty.
#[allow(clippy::box_collection)]
#[derive(Clone, PartialEq)]
pub struct Few<T>(Option<Box<Vec<T>>>);

impl<T> Few<T> {
    /// Adds to the end.
    pub fn push(&mut self, item: T) {
        let list = self.0.get_or_insert_default();
        // Mostly one: no room for four.
        if list.is_empty() {
            list.reserve_exact(1);
        }
        list.push(item);
    }

    /// Nothing is in it any more.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Takes no more memory than needed.
    pub fn shrink_to_fit(&mut self) {
        match &mut self.0 {
            Some(list) if !list.is_empty() => list.shrink_to_fit(),
            list => *list = None,
        }
    }

    /// Keeps those for which `keep` says so.
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut T) -> bool) {
        if let Some(list) = &mut self.0 {
            list.retain_mut(keep);
            self.shrink_to_fit();
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few(None)
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.deref().fmt(f)
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_deref_mut().map_or(&mut [], Vec::as_mut_slice)
    }
}

impl<T> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(list: Vec<T>) -> Few<T> {
        Few((!list.is_empty()).then(|| Box::new(list)))
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.map_or_else(Vec::new, |list| *list).into_iter()
    }
}

/// A list that takes no memory of its own while one is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Single<T> {
    first: Option<T>,
    more: Few<T>,
}

impl<T> Default for Single<T> {
    fn default() -> Single<T> {
        Single { first: None, more: Few::default() }
    }
}

impl<T> Single<T> {
    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.first.iter().chain(self.more.iter())
    }

    /// The first of them.
    pub fn first(&self) -> Option<&T> {
        self.first.as_ref()
    }
}

impl<T> FromIterator<T> for Single<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Single<T> {
        let mut items = items.into_iter();
        let mut list = Single { first: items.next(), more: Few::default() };
        if list.first.is_some() {
            list.more.extend(items);
        }
        list
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_as_big_as_a_pointer_and_equal_to_any_other() {
        assert_eq!(size_of::<Few<[u64; 9]>>(), size_of::<usize>());
        let mut list = Few::default();
        assert!(list.is_empty());
        list.push(1);
        list.push(2);
        assert_eq!(&list[..], [1, 2]);
        list.retain_mut(|item| {
            *item += 10;
            *item > 100
        });
        assert_eq!(list, Few::from(Vec::new()), "what was emptied is like what was never filled");
        assert_eq!(list, Few::default());
    }
}
