//! Silences: of which services alerts are held back, since when, until when and why.
//!
//! A silence of a user lasts as long as was said, whatever becomes of the wall clock; only when the machine is started anew
//! the time of day says what is left of it. One of `set maintenance` speaks of the time of day and ends when either clock
//! says so. What becomes of alerts meanwhile is in [`super::withheld`].

use super::index::ServiceIndex;
use super::marks::Marks;
use crate::config::{Config, Covered, Maintenance};
use crate::reactor::Now;
use crate::regex::{Flags, Regex};
use std::time::{Duration, Instant, SystemTime};

/// Longest reason kept, in characters.
pub const REASON: usize = 250;

/// A wall clock that was set by less than this changes nothing of what is shown.
const SET: Duration = Duration::from_secs(2);

/// What somebody wants to be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whom it is about.
    pub on: Covered,
    /// For how long, from one second to [`Maintenance::LONGEST`].
    pub time: Duration,
    /// Why; may be empty. At most [`REASON`] characters.
    pub reason: Box<str>,
    /// Which user of the interface wants it; empty where nobody gave a name.
    pub by: Box<str>,
    /// Actions of tests are held back, too.
    pub hold_actions: bool,
}

/// A silence that lasts.
#[derive(Debug, Clone)]
pub struct Silence {
    /// Its number; none that comes later has it.
    pub id: u32,
    /// Whom it is about.
    pub on: Covered,
    /// Why; may be empty.
    pub reason: Box<str>,
    /// Which user of the interface began it; empty where nobody gave a name.
    pub by: Box<str>,
    /// Actions of tests are held back, too.
    pub hold_actions: bool,
    /// When it began.
    pub begun: SystemTime,
    /// When it ends, by the clock as it is.
    pub until: SystemTime,
    /// Alerts held back so far.
    pub held: u32,
    /// The key of its statement, if it is one of `set maintenance`.
    pub(super) statement: Option<u64>,
    pub(super) ends: Instant,
    pub(super) members: Marks,
}

impl Silence {
    /// Is it about this service?
    pub fn covers(&self, index: ServiceIndex) -> bool {
        self.members.has(index.0)
    }

    /// Is it one of `set maintenance`?
    pub fn is_maintenance(&self) -> bool {
        self.statement.is_some()
    }

    /// How many services it is about.
    pub fn count(&self) -> usize {
        self.members.iter().count()
    }

    fn is_over(&self, now: Now) -> bool {
        now.mono >= self.ends || self.is_maintenance() && now.wall >= self.until
    }

    /// Follows a wall clock that was set. `true`: what is shown is another time.
    fn follow(&mut self, now: Now) -> bool {
        let Some(until) = now.wall.checked_add(self.ends.saturating_duration_since(now.mono)) else {
            return false;
        };
        let apart = until.duration_since(self.until).unwrap_or_else(|earlier| earlier.duration());
        // The end of a maintenance is a time of day: it only comes earlier.
        if apart < SET || self.is_maintenance() && until > self.until {
            return false;
        }
        self.until = until;
        true
    }
}

/// All that last.
#[derive(Debug, Default)]
pub(super) struct Silences {
    pub(super) list: Vec<Silence>,
    /// The last number given.
    pub(super) last: u32,
    /// Something may have to be told that was held back before.
    pub(super) look: bool,
    /// From which service on that is still to be looked for, and when.
    pub(super) rest: Option<(u32, Instant)>,
    /// They are those of an earlier run, whose control file may have been another one.
    pub(super) taken_up: bool,
}

impl Silences {
    /// Is the service silent?
    pub(super) fn covers(&self, index: ServiceIndex) -> bool {
        self.list.iter().any(|silence| silence.covers(index))
    }

    /// Are its actions held back, too?
    pub(super) fn holds_actions(&self, index: ServiceIndex) -> bool {
        self.list.iter().any(|silence| silence.hold_actions && silence.covers(index))
    }

    /// Of those that are about it the one that ends last.
    pub(super) fn of(&self, index: ServiceIndex) -> Option<&Silence> {
        if self.list.is_empty() {
            return None;
        }
        self.list.iter().filter(|silence| silence.covers(index)).max_by_key(|silence| silence.ends)
    }

    /// May a user begin another one?
    pub(super) fn has_room(&self, coming: usize) -> bool {
        let of_users = self.list.iter().filter(|silence| !silence.is_maintenance()).count();
        of_users + coming < Maintenance::MOST
    }

    /// One more. `statement`: that of its `set maintenance`.
    pub(super) fn begin(
        &mut self,
        order: Order,
        members: Marks,
        statement: Option<u64>,
        now: Now,
    ) -> &Silence {
        self.last = self.last.wrapping_add(1).max(1);
        let time = order.time.min(Duration::from_secs(Maintenance::LONGEST.into()));
        let silence = Silence {
            id: self.last,
            on: order.on,
            reason: order.reason,
            by: order.by,
            hold_actions: order.hold_actions,
            begun: now.wall,
            until: now.wall.checked_add(time).unwrap_or(now.wall),
            held: 0,
            statement,
            ends: now.mono + time,
            members,
        };
        let at = self.list.len();
        self.list.push(silence);
        &self.list[at]
    }

    /// Takes out those that are over. The second is `true` if the others are to be saved.
    pub(super) fn end(&mut self, now: Now) -> (Vec<Silence>, bool) {
        let mut followed = false;
        for silence in &mut self.list {
            followed |= !silence.is_over(now) && silence.follow(now);
        }
        (self.take(|silence| silence.is_over(now)), followed)
    }

    /// Takes these out.
    pub(super) fn take(&mut self, which: impl Fn(&Silence) -> bool) -> Vec<Silence> {
        let (out, rest) = std::mem::take(&mut self.list).into_iter().partition(|silence| which(silence));
        self.list = rest;
        self.look |= !Vec::is_empty(&out);
        out
    }

    /// An alert of this service was held back.
    pub(super) fn held_back(&mut self, index: ServiceIndex) {
        for silence in self.list.iter_mut().filter(|silence| silence.covers(index)) {
            silence.held = silence.held.saturating_add(1);
        }
    }

    /// One of this statement that lasts goes on for so long at least. `false`: there is none.
    pub(super) fn prolong(&mut self, statement: u64, left: Duration, now: Now) -> bool {
        let lasts = |silence: &&mut Silence| silence.statement == Some(statement);
        let Some(silence) = self.list.iter_mut().find(lasts) else { return false };
        silence.ends = silence.ends.max(now.mono + left);
        silence.until = now.wall.checked_add(left).unwrap_or(now.wall).max(silence.until);
        true
    }

    /// Is nothing silent?
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first end of one, or when what is not told yet is to be told. That a wall clock was set is seen in the turn in which it is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let ends = self.list.iter().map(|silence| silence.ends);
        ends.chain(self.rest.map(|(_, at)| at)).min()
    }
}

/// The services that are meant. Of those for which `known` has an answer that one counts, for their names are the same.
pub(super) fn members(on: &Covered, config: &Config, known: impl Fn(u32) -> Option<bool>) -> Marks {
    let mut marks = Marks::new(config.services.len());
    let (text, is_pattern) = match on {
        Covered::Group(name) => {
            let group = config.group(name);
            group.into_iter().flat_map(|group| &group.members).for_each(|index| marks.set(*index));
            return marks;
        }
        Covered::Name(name) => (name, false),
        Covered::Pattern(pattern) => (pattern, true),
    };
    let named = config.services.iter().position(|service| service.name.eq_ignore_ascii_case(text));
    if let Some(index) = named.and_then(|at| u32::try_from(at).ok()) {
        marks.set(index);
    }
    if named.is_some() || !is_pattern {
        return marks;
    }
    // Made when it is needed, which is seldom at a reload.
    let mut regex = None;
    for (index, service) in (0u32..).zip(&config.services) {
        let mut matches = || {
            let whole = || Regex::whole(text.as_bytes(), Flags { ignore_case: true }).ok();
            regex
                .get_or_insert_with(whole)
                .as_ref()
                .is_some_and(|regex| regex.is_match(service.name.as_bytes()))
        };
        if known(index).unwrap_or_else(&mut matches) {
            marks.set(index);
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::super::fake::file;
    use super::*;
    use crate::config::Action;

    #[test]
    fn a_name_is_no_pattern_when_its_service_is_gone() {
        let config = Config { services: vec![file("hX2", Action::Alert)], ..Config::default() };
        let count = |on: Covered| members(&on, &config, |_| None).iter().count();
        assert_eq!(count(Covered::Name("h.2".into())), 0);
        assert_eq!(count(Covered::Name("HX2".into())), 1);
        assert_eq!(count(Covered::Pattern("h.2".into())), 1);
    }
}
