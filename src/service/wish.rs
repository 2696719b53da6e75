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
}

impl UserAction {
    /// The action of that word, whatever its case.
    pub fn from_word(word: &str) -> Option<UserAction> {
        use UserAction as U;
        let all = [U::Start, U::Stop, U::Restart, U::Monitor, U::Unmonitor];
        all.into_iter().find(|action| action.word().eq_ignore_ascii_case(word))
    }

    /// The word.
    pub fn word(self) -> &'static str {
        Wish::from(self).name().word()
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

impl From<UserAction> for Wish {
    fn from(action: UserAction) -> Wish {
        match action {
            UserAction::Start => Wish::Start,
            UserAction::Stop => Wish::Stop,
            UserAction::Restart => Wish::Restart,
            UserAction::Monitor => Wish::Monitor,
            UserAction::Unmonitor => Wish::Unmonitor,
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
