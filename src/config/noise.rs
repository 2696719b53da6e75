//! `set alert … group within`, `limit` and `quiet` (our extension): how many messages a recipient gets at most.

use super::place::Place;
use super::schedule::Cron;
use std::time::Duration;

/// What one statement says, for one recipient or for all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Noise {
    /// Where it stands.
    pub place: Place,
    /// The mail address or `@NAME` of a webhook; `None`: whoever has no word of its own on it.
    pub address: Option<Box<str>>,
    /// `group within N seconds`.
    pub group: Option<Duration>,
    /// `limit N per hour`; at least 1.
    pub limit: Option<u32>,
    /// `quiet "CRON"`: the minutes in which messages are held back.
    pub quiet: Option<Cron>,
}

impl Noise {
    /// The longest time within which events are one message, in seconds.
    pub const LONGEST: u32 = 3600;
    /// The largest number of messages in an hour.
    pub const MOST: u32 = 10_000;
}

/// What holds for one recipient.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NoiseRule<'a> {
    /// So old may the oldest event be that waits for others; `None`: each is a message of its own.
    pub group: Option<Duration>,
    /// Messages in an hour.
    pub limit: Option<u32>,
    /// When messages are held back.
    pub quiet: Option<&'a Cron>,
}

impl<'a> NoiseRule<'a> {
    /// What is said of this address: what is said of the recipient comes before what is said of all, option by option.
    pub fn said_of(address: &str, said: &'a [Noise]) -> NoiseRule<'a> {
        let own =
            |noise: &&Noise| noise.address.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(address));
        let lines = || said.iter().filter(own).chain(said.iter().filter(|noise| noise.address.is_none()));
        NoiseRule {
            group: lines().find_map(|noise| noise.group),
            limit: lines().find_map(|noise| noise.limit),
            quiet: lines().find_map(|noise| noise.quiet.as_ref()),
        }
    }

    /// Is anything said?
    pub fn is_something(&self) -> bool {
        *self != NoiseRule::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_one_comes_before_what_is_said_of_all() {
        let ten = Some(Duration::from_secs(10));
        let all = Noise { group: ten, limit: Some(20), ..Noise::default() };
        let own = Noise { address: Some("Boss@x".into()), limit: Some(2), ..Noise::default() };
        let said = [own, all];
        let rule = |limit| NoiseRule { group: ten, limit: Some(limit), quiet: None };
        assert_eq!(NoiseRule::said_of("boss@X", &said), rule(2));
        assert_eq!(NoiseRule::said_of("a@x", &said), rule(20));
        assert!(!NoiseRule::said_of("a@x", &said[..1]).is_something());
    }
}
