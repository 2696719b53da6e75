//! What the parser noticed and the rest of [`super::Config`] cannot show: statements that are allowed, do something, and hardly
//! do what was meant. Facts only; the wording is the linter's.

use super::{Place, Resource};

/// A fact with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// The words it is about.
    pub place: Place,
    /// What it is.
    pub kind: RemarkKind,
}

/// What was noticed.
#[derive(Debug, Clone, PartialEq)]
pub enum RemarkKind {
    /// `if cpu > 5% and memory > 5%`: only the last resource of a row is tested; one remark for each that is not.
    ResourceDropped {
        /// Not tested.
        dropped: Resource,
        /// Tested instead.
        kept: Resource,
    },
    /// A permission, uid, euid, gid or checksum test that threw away an earlier one of the same kind.
    TestReplaced {
        /// The keyword: `permission`, `uid`, `euid`, `gid`, `checksum`.
        what: &'static str,
        /// Where the earlier one stands.
        earlier: Place,
    },
    /// `exec "x" every 5 cycles`: an `every` on the line of an `exec`, which is the schedule of the whole service.
    EveryBehindExec,
    /// `exec "x" as user root`: words behind the closing quote of a command, which are further arguments.
    ArgumentsBehindQuote(Box<str>),
    /// A `set` statement indented deeper than the `check` before it; it is global and ends the service.
    SetInsideService {
        /// `set alert`, `set httpd` …
        what: &'static str,
        /// The service before it: an index into [`super::Config::services`].
        service: u32,
    },
    /// An `include` pattern without a match.
    IncludeMatchedNothing(Box<str>),
    /// A command whose closing quote is missing at the end of the file; the place is that of the opening one.
    MissingClosingQuote,
    /// A password or other secret; one remark for each file that is not the control file itself is enough.
    Secret(&'static str),
    /// A file of passwords (`allow md5 /path`).
    SecretFile(Box<std::path::Path>),
}
