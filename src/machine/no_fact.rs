//! Why something is not known of the machine: it is not there, it could not be read, or nobody answers. What follows from
//! that is decided where it was asked for; but only what is absent is ever taken for missing.

use super::read::error_text;
use std::io;

/// Why a value is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFact {
    /// There is none: no such process or file, or this kernel does not tell.
    Absent,
    /// It could not be read, for this reason: nothing is known.
    Unreadable(Box<str>),
}

/// A value of this machine, or why there is none.
pub type Fact<T> = Result<T, NoFact>;

impl From<io::Error> for NoFact {
    fn from(error: io::Error) -> NoFact {
        match means_absent(&error) {
            true => NoFact::Absent,
            false => NoFact::Unreadable(error_text(&error).into()),
        }
    }
}

impl NoFact {
    /// What was read is not what the kernel writes there.
    pub(super) fn nonsense() -> NoFact {
        NoFact::Unreadable("unexpected content".into())
    }

    /// What every kernel has cannot be absent.
    pub(super) fn needed(self) -> NoFact {
        match self {
            NoFact::Absent => NoFact::Unreadable("no such file or directory".into()),
            unreadable => unreadable,
        }
    }
}

/// Does the error say that there is no such file or process? No other error does: a shortage of descriptors or memory, a
/// missing right, a disk that is broken and a loop of links all say nothing of what was asked for.
pub fn means_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        || matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EOPNOTSUPP))
}

/// Is it we who are short of something (descriptors, memory), whatever was asked for?
pub fn is_shortage(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS))
}

/// Does the error say nothing of the object asked for, only that its filesystem is not answering?
pub fn is_silence(error: &io::Error) -> bool {
    use io::ErrorKind as E;
    matches!(
        error.kind(),
        E::TimedOut
            | E::NotConnected
            | E::ConnectionAborted
            | E::HostUnreachable
            | E::NetworkUnreachable
            | E::StaleNetworkFileHandle
    )
}
