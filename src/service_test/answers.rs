//! The last results of connection and ping tests, as small as they can be kept: there are thousands of them in large
//! control files.

use std::time::Duration;

/// The last result of a connection or ping test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Index into the service's tests.
    pub test: u16,
    /// Microseconds; [`Answer::NONE`]: there was no answer.
    time: u32,
}

impl Answer {
    const NONE: u32 = u32::MAX;

    /// Of this test; `response`: until the answer was complete, `None` if there was none. More than an hour counts as an hour
    /// and eleven minutes.
    pub fn new(test: u16, response: Option<Duration>) -> Answer {
        let most = Answer::NONE - 1;
        let time = response.map(|time| u32::try_from(time.as_micros()).unwrap_or(most).min(most));
        Answer { test, time: time.unwrap_or(Answer::NONE) }
    }

    /// Seconds until the answer was complete; `None` if there was none.
    pub fn seconds(self) -> Option<f64> {
        (self.time != Answer::NONE).then(|| f64::from(self.time) / 1e6)
    }
}

/// The last results of a service's tests. One, which is what most services have, takes no memory of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers(Kept);

#[derive(Debug, Clone, Default, PartialEq)]
enum Kept {
    #[default]
    None,
    One(Answer),
    // The second allocation is the price of the few that have many.
    #[allow(clippy::box_collection)]
    Many(Box<Vec<Answer>>),
}

impl Answers {
    /// Nothing yet, with room for so many: what is kept for long is not to lie between what a check needs for a moment.
    pub(super) fn with_room(count: usize) -> Answers {
        Answers(if count > 1 { Kept::Many(Box::new(Vec::with_capacity(count))) } else { Kept::None })
    }

    fn all(&self) -> &[Answer] {
        match &self.0 {
            Kept::None => &[],
            Kept::One(answer) => std::slice::from_ref(answer),
            Kept::Many(answers) => answers,
        }
    }

    /// That of the test with this index; `None`: it has not been asked yet.
    pub fn of(&self, test: usize) -> Option<Answer> {
        self.all().iter().copied().find(|answer| usize::from(answer.test) == test)
    }

    /// Keeps the result of a test, in the place of its last one.
    pub fn keep(&mut self, answer: Answer) {
        match &mut self.0 {
            Kept::One(one) if one.test == answer.test => *one = answer,
            Kept::None => self.0 = Kept::One(answer),
            Kept::One(one) => self.0 = Kept::Many(Box::new(vec![*one, answer])),
            Kept::Many(answers) => match answers.iter_mut().find(|kept| kept.test == answer.test) {
                Some(kept) => *kept = answer,
                None => answers.push(answer),
            },
        }
    }

    /// The tests have new numbers; what belongs to one that is gone is dropped.
    pub(super) fn renumber(&mut self, number: impl Fn(u16) -> Option<u16>) {
        let old = std::mem::take(self);
        for answer in old.all() {
            if let Some(test) = number(answer.test) {
                self.keep(Answer { test, ..*answer });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(milliseconds: u64) -> Option<Duration> {
        Some(Duration::from_millis(milliseconds))
    }

    #[test]
    fn an_answer_is_small_and_as_exact_as_it_is_shown() {
        assert!(size_of::<Answer>() <= 8 && size_of::<Answers>() <= 16);
        assert_eq!(Answer::new(0, after(12_345)).seconds(), Some(12.345));
        assert_eq!(Answer::new(0, Some(Duration::from_nanos(1_999))).seconds(), Some(0.000_001));
        assert_eq!(Answer::new(0, None).seconds(), None);
        assert!(Answer::new(0, Some(Duration::MAX)).seconds().is_some_and(|seconds| seconds > 4_000.0));
    }

    #[test]
    fn the_last_answer_of_each_test_is_kept() {
        let mut answers = Answers::default();
        assert_eq!(answers.of(0), None);
        for (test, response) in [(3, after(1)), (3, None), (5, after(2)), (9, after(3)), (5, after(4))] {
            answers.keep(Answer::new(test, response));
        }
        let seconds = |answers: &Answers, test| answers.of(test).map(Answer::seconds);
        assert_eq!(seconds(&answers, 3), Some(None));
        assert_eq!(seconds(&answers, 5), Some(Some(0.004)));
        assert_eq!(seconds(&answers, 9), Some(Some(0.003)));
        answers.renumber(|test| test.checked_sub(5));
        assert_eq!(seconds(&answers, 0), Some(Some(0.004)));
        assert_eq!(seconds(&answers, 4), Some(Some(0.003)));
        assert_eq!(answers.of(3), None);
    }
}
