//! What somebody wants done to services: users through the clients, tests through their actions.

use super::index::ServiceIndex;
use crate::event::ActionName;

/// What a user can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UserAction {
    Start,
    Stop,
    Restart,
    Monitor,
    Unmonitor,
    /// The job of a heartbeat service reports.
    Beat,
}

impl UserAction {
    /// The action of that word, whatever its case.
    pub fn from_word(word: &str) -> Option<UserAction> {
        use UserAction as U;
        let all = [U::Start, U::Stop, U::Restart, U::Monitor, U::Unmonitor, U::Beat];
        all.into_iter().find(|action| action.word().eq_ignore_ascii_case(word))
    }

    /// The word.
    pub fn word(self) -> &'static str {
        Wish::of(self).map_or("beat", |wish| wish.name().word())
    }
}

/// What is to be done. Of several at once the last in this order prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    Monitor,
    Start,
    Restart,
    Unmonitor,
    Stop,
}

impl Wish {
    pub(super) fn name(self) -> ActionName {
        match self {
            Wish::Monitor => ActionName::Monitor,
            Wish::Start => ActionName::Start,
            Wish::Restart => ActionName::Restart,
            Wish::Unmonitor => ActionName::Unmonitor,
            Wish::Stop => ActionName::Stop,
        }
    }
}

impl Wish {
    /// What an action asks a job for; `None`: it is done at once.
    pub(super) fn of(action: UserAction) -> Option<Wish> {
        match action {
            UserAction::Start => Some(Wish::Start),
            UserAction::Stop => Some(Wish::Stop),
            UserAction::Restart => Some(Wish::Restart),
            UserAction::Monitor => Some(Wish::Monitor),
            UserAction::Unmonitor => Some(Wish::Unmonitor),
            UserAction::Beat => None,
        }
    }
}

/// A request in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) wish: Wish,
    /// The services it names; they stand or fall together with what depends on them.
    pub(super) roots: Vec<ServiceIndex>,
    pub(super) by_user: bool,
}
