//! What the parser and the hints know of the statements, which stand above them: it is handed in.

use super::keyword::Keyword;
use crate::config::EventKind;

/// The words of the language that are told apart where something else was expected.
pub(crate) struct Language {
    /// Can it begin a statement of a service?
    pub(super) in_service: fn(Keyword) -> bool,
    /// The actions.
    pub(super) actions: &'static [Keyword],
    /// The events of an alert.
    pub(super) events: &'static [(Keyword, EventKind)],
}
