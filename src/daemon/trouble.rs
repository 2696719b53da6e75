//! What keeps a daemon from starting and a run that ends by itself from doing its work, in the words clients know.

use crate::sys::daemonise::Unready;
use crate::sys::error_text;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why it cannot run.
#[derive(Debug)]
pub enum Trouble {
    /// A daemon holds the lock of this pid file.
    AlreadyRunning,
    /// The process, named in the pid file, is a Monit of another make.
    OtherMonit(i32, PathBuf),
    /// The lock of the pid file cannot be taken.
    Lock(PathBuf, io::Error),
    /// The pid file cannot be written.
    Pidfile(PathBuf, io::Error),
    /// The log file cannot be opened.
    Log(PathBuf, io::Error),
    /// Where the state file is to be there is something else.
    StateNotFile(PathBuf),
    /// The state file cannot be written.
    State(PathBuf, io::Error),
    /// The id file cannot be read.
    IdUnread(PathBuf, io::Error),
    /// The id file cannot be written.
    IdUnwritten(PathBuf, io::Error),
    /// There is no randomness for an id.
    NoId(io::Error),
    /// The process cannot leave for the background.
    Background(io::Error),
    /// The daemon in the background is not up.
    Unready(Unready),
    /// Signals cannot be received.
    Signals(io::Error),
    /// A heartbeat is for a daemon, and there is none.
    NoBeat,
    /// The control file has no such group.
    NoGroup(String),
    /// No service has this name or fits this pattern.
    NoService(String),
    /// Something of the demo cannot be made.
    Demo(String, io::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::AlreadyRunning => f.write_str("Monit: the monit daemon is already running"),
            Trouble::OtherMonit(pid, path) => write!(
                f,
                "The process {pid}, named in the pidfile '{}', is another monit; stop it first",
                path.display()
            ),
            Trouble::Lock(path, error) => write!(
                f,
                "Error opening pidfile '{}' for writing -- {}\nMonit daemon died",
                path.display(),
                error_text(error)
            ),
            Trouble::Pidfile(path, error) => {
                write!(f, "Error opening pidfile '{}' for writing -- {}", path.display(), error_text(error))
            }
            Trouble::Log(path, error) => write!(
                f,
                "Error opening the log file '{}' for writing -- {}",
                path.display(),
                error_text(error)
            ),
            Trouble::StateNotFile(path) => {
                write!(f, "State file '{}': cannot open for write -- not a regular file", path.display())
            }
            Trouble::State(path, error) => {
                write!(f, "State file '{}': cannot open for write -- {}", path.display(), error_text(error))
            }
            Trouble::IdUnread(path, error) => {
                write!(f, "Error reading the idfile '{}' -- {}", path.display(), error_text(error))
            }
            Trouble::IdUnwritten(path, error) => {
                write!(
                    f,
                    "Error opening the idfile '{}' for writing -- {}",
                    path.display(),
                    error_text(error)
                )
            }
            Trouble::NoId(error) => write!(f, "Cannot make a Monit id -- {}", error_text(error)),
            Trouble::Background(error) => write!(f, "Cannot run in the background -- {}", error_text(error)),
            Trouble::Unready(unready) => unready.fmt(f),
            Trouble::Signals(error) => write!(f, "Cannot catch signals -- {}", error_text(error)),
            Trouble::NoBeat => f.write_str("No daemon is running: the heartbeat is not recorded"),
            Trouble::NoGroup(name) => write!(f, "Group '{name}' not found"),
            Trouble::NoService(pattern) => write!(f, "Service '{pattern}' -- doesn't exist"),
            Trouble::Demo(what, error) => write!(f, "Cannot make {what}: {}", error_text(error)),
        }
    }
}
