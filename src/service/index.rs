//! Which service is meant, and which job.

/// A service, by its place in [`crate::config::Config::services`]. It means the same one until a control file is taken
/// up anew ([`super::Services::generation`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceIndex(pub u32);

impl ServiceIndex {
    /// As the place in a list.
    pub(super) fn at(self) -> usize {
        self.0 as usize
    }

    /// Of a list of services that is so long, each in turn.
    pub(super) fn all(count: usize) -> impl Iterator<Item = ServiceIndex> {
        (0..u32::try_from(count).unwrap_or(u32::MAX)).map(ServiceIndex)
    }
}

/// Names a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JobId(pub(super) u32);
