//! Pages for people: useful without a script, with a style of their own and nothing from elsewhere.
//!
//! All links are relative, so that pages work below a proxy's path. State is never told by colour alone.

mod attention;
mod events;
mod filter;
mod frame;
mod graph;
mod hours;
mod icon;
mod kinds;
mod limit;
mod log;
mod overview;
mod past;
mod range;
mod runtime;
mod scale;
mod service;
mod silences;
mod spark;
mod strip;
mod style;
mod tested;
mod verdict;

pub use events::{Choice, EventsPage};
pub use filter::{Filter, Types};
pub use frame::{Renewal, Viewer, escape};
pub use icon::{ICON, ICON_FAILED};
pub use log::log;
pub use overview::Overview;
pub use range::Range;
pub use runtime::runtime;
pub use service::{Asked, ServicePage};
pub use silences::TOMORROW;
pub use style::STYLE;

use super::Source;

/// Seconds between two looks at a page: a cycle, but neither so often that it disturbs nor so seldom that it is old.
pub fn refresh(source: &dyn Source) -> Option<u64> {
    let poll = source.monitor()?.config.settings.poll?;
    Some(poll.as_secs().clamp(10, 60))
}

#[cfg(test)]
mod tests;
