//! A list that nearly always has one thing in it, which lies in the list itself: thousands of services have two of those
//! each, and every one apart from its service is a wait for memory in each check.

use std::ops::{Deref, DerefMut};

/// A list that mostly has one element.
#[derive(Debug)]
pub(super) enum Short<T> {
    One(T),
    /// None, or several.
    Other(Vec<T>),
}

impl<T> Short<T> {
    /// Adds to the end, with no room for more.
    pub(super) fn push(&mut self, item: T) {
        *self = match std::mem::take(self) {
            Short::Other(list) if list.is_empty() => Short::One(item),
            Short::Other(mut list) => {
                list.reserve_exact(1);
                list.push(item);
                Short::Other(list)
            }
            Short::One(first) => Short::Other(vec![first, item]),
        };
    }
}

impl<T> Default for Short<T> {
    fn default() -> Short<T> {
        Short::Other(Vec::new())
    }
}

impl<T> Deref for Short<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Short::One(item) => std::slice::from_ref(item),
            Short::Other(list) => list,
        }
    }
}

impl<T> DerefMut for Short<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Short::One(item) => std::slice::from_mut(item),
            Short::Other(list) => list,
        }
    }
}

impl<T> FromIterator<T> for Short<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Short<T> {
        let mut items = items.into_iter();
        let mut list = Short::default();
        if let Some(first) = items.next() {
            match items.next() {
                None => list = Short::One(first),
                Some(second) => {
                    let mut all = vec![first, second];
                    all.extend(items);
                    all.shrink_to_fit();
                    list = Short::Other(all);
                }
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_like_any_other() {
        let mut pushed = Short::default();
        for count in 0..5 {
            let wanted: Vec<u32> = (0..count).collect();
            assert_eq!(*pushed, *wanted);
            let collected: Short<u32> = wanted.iter().copied().collect();
            assert_eq!(*collected, *wanted);
            assert_eq!(matches!(pushed, Short::One(_)), count == 1);
            assert_eq!(matches!(collected, Short::One(_)), count == 1);
            pushed.push(count);
        }
        pushed.iter_mut().for_each(|number| *number += 1);
        assert_eq!(*pushed, [1, 2, 3, 4, 5]);
    }
}
