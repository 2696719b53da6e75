//! Pages for people: useful without a script, with a style of their own and nothing from elsewhere.
//!
//! All links are relative, so that pages work below a proxy's path. State is never told by colour alone.

mod attention;
mod events;
mod filter;
mod frame;
mod graph;
mod icon;
mod kinds;
mod limit;
mod overview;
mod past;
mod range;
mod runtime;
mod service;
mod silences;
mod spark;
mod style;
mod tested;
mod verdict;

pub use events::{Choice, EventsPage};
pub use filter::{Filter, Types};
pub use frame::{Renewal, Viewer, escape};
pub use icon::{ICON, ICON_FAILED};
pub use overview::Overview;
pub use range::Range;
pub use runtime::runtime;
pub use service::{Asked, ServicePage};
pub use silences::TOMORROW;
pub use style::STYLE;

use super::Source;
use frame::{Top, begin, end};

/// Seconds between two looks at a page: a cycle, but neither so often that it disturbs nor so seldom that it is old.
pub fn refresh(source: &dyn Source) -> Option<u64> {
    let poll = source.monitor()?.config.settings.poll?;
    Some(poll.as_secs().clamp(5, 60))
}

/// Seconds between two looks at the log.
pub const LOG_REFRESH: u64 = 60;

/// The last lines of the log, or why there are none.
pub fn log(text: &str, renewal: Renewal) -> String {
    let mut out = String::new();
    begin(&mut out, &Top { title: "Log", here: "./_viewlog", renewal, query: "" });
    out.push_str("<h1>Log</h1><pre tabindex=\"0\" aria-label=\"Last lines of the log\"><code>");
    escape(&mut out, text);
    out.push_str("</code></pre>");
    end(&mut out);
    out
}

#[cfg(test)]
mod tests;
