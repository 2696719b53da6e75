//! Where a statement stands.

/// A line of a control file, small enough to be kept with every test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index into [`crate::config::Config::files`].
    pub file: u16,
    /// Line, from 1; 0 for what nobody wrote (implicit tests, defaults).
    pub line: u32,
}
