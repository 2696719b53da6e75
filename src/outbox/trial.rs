//! Test messages: events for one recipient each, of which somebody wants to know what became of them. They wait in memory
//! only, for who asks does not outlive the daemon.

use super::destination::Destination;

/// What has become of a test message so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Nothing yet.
    Nothing,
    /// It was taken.
    Delivered,
    /// It will never be taken; in the words of who refused it.
    Refused(String),
    /// The last attempt failed, with these words; there will be another.
    Delayed(String),
}

/// A test message.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) key: u64,
    pub(super) destination: Destination,
    /// The address.
    pub(super) to: Box<str>,
    pub(super) came: Came,
    /// What was said of an earlier attempt.
    pub(super) before: Option<String>,
}

/// Those of which somebody may still want to know.
#[derive(Debug, Default)]
pub(super) struct Trials(Vec<Trial>);

impl Trials {
    /// The address that a message is for, if it is one of these.
    pub(super) fn to(&self, key: u64) -> Option<&str> {
        self.0.iter().find(|trial| trial.key == key).map(|trial| &*trial.to)
    }

    /// One to this address that still waits.
    pub(super) fn waiting(&self, to: &str) -> Option<u64> {
        let waits = |trial: &&Trial| {
            trial.to.eq_ignore_ascii_case(to) && matches!(trial.came, Came::Nothing | Came::Delayed(_))
        };
        self.0.iter().find(waits).map(|trial| trial.key)
    }

    /// The first that this destination has to send and that still waits.
    pub(super) fn next(&self, destination: Destination, waits: impl Fn(u64) -> bool) -> Option<u64> {
        let mine = self.0.iter().filter(|trial| trial.destination == destination);
        mine.map(|trial| trial.key).find(|key| waits(*key))
    }

    pub(super) fn add(&mut self, trial: Trial) {
        self.0.push(trial);
    }

    /// What has become of it.
    pub(super) fn came(&self, key: u64) -> Option<&Came> {
        self.0.iter().find(|trial| trial.key == key).map(|trial| &trial.came)
    }

    pub(super) fn report(&mut self, key: u64, came: Came) {
        self.0.iter_mut().filter(|trial| trial.key == key).for_each(|trial| trial.came = came.clone());
    }

    /// What a destination could not take now.
    pub(super) fn delay(&mut self, destination: Destination, words: &str) {
        let mine = |trial: &&mut Trial| {
            trial.destination == destination && matches!(trial.came, Came::Nothing | Came::Delayed(_))
        };
        self.0.iter_mut().filter(mine).for_each(|trial| trial.came = Came::Delayed(words.to_owned()));
    }

    /// It has left the outbox: nobody wants it any more, if nothing else is known.
    pub(super) fn left(&mut self, key: u64) {
        let open =
            |trial: &&mut Trial| trial.key == key && matches!(trial.came, Came::Nothing | Came::Delayed(_));
        for trial in self.0.iter_mut().filter(open) {
            trial.came = Came::Refused("it was dropped".to_owned());
        }
    }

    /// One that waits is to be tried once more; what was said of it before is kept.
    pub(super) fn renew(&mut self, key: u64) {
        for trial in self.0.iter_mut().filter(|trial| trial.key == key) {
            if let Came::Delayed(words) = std::mem::replace(&mut trial.came, Came::Nothing) {
                trial.before = Some(words);
            }
        }
    }

    /// What was said of it before it was renewed.
    pub(super) fn before(&self, key: u64) -> Option<&str> {
        self.0.iter().find(|trial| trial.key == key)?.before.as_deref()
    }

    /// Nobody asks any more for what does not wait.
    pub(super) fn forget_done(&mut self) {
        self.0.retain(|trial| matches!(trial.came, Came::Nothing | Came::Delayed(_)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials() -> Trials {
        let mut trials = Trials::default();
        for (key, to, place) in [(1, "a@b", 0), (2, "@ops", 1), (3, "c@d", 0)] {
            let destination = Destination(place);
            trials.add(Trial { key, destination, to: to.into(), came: Came::Nothing, before: None });
        }
        trials
    }

    #[test]
    fn the_first_final_word_counts() {
        let mut trials = trials();
        trials.report(1, Came::Delivered);
        trials.delay(Destination(0), "busy");
        trials.left(1);
        trials.left(2);
        assert_eq!(trials.came(1), Some(&Came::Delivered));
        assert_eq!(trials.came(2), Some(&Came::Refused("it was dropped".into())));
        assert_eq!(trials.came(3), Some(&Came::Delayed("busy".into())));
        assert_eq!((trials.waiting("A@B"), trials.waiting("C@D")), (None, Some(3)));
    }

    #[test]
    fn what_waits_is_kept_and_asked_for_once_more() {
        let mut trials = trials();
        trials.report(1, Came::Delivered);
        trials.delay(Destination(1), "busy");
        trials.forget_done();
        assert_eq!((trials.came(1), trials.to(2)), (None, Some("@ops")));
        trials.renew(2);
        assert_eq!((trials.came(2), trials.before(2)), (Some(&Came::Nothing), Some("busy")));
    }
}
