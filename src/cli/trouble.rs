//! Why a command line is not carried out, in the words clients know.

use super::argv::Problem;
use crate::sys::error_text;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why nothing was done.
#[derive(Debug)]
pub enum Trouble {
    /// The command line cannot be meant.
    Arguments(Problem),
    /// argh's words about options that [`super::argv`] has let through.
    Options(String),
    /// No action has this name.
    NoAction(String),
    /// There is no control file at any of these places.
    NoControlFile(Vec<PathBuf>),
    /// The folder that a path starts from is not known.
    NoFolder(PathBuf, io::Error),
    /// The control file that was named is not in this folder.
    NotHere(PathBuf, PathBuf),
    /// What is to be hashed cannot be read.
    Unread(String, io::Error),
    /// No daemon runs.
    NotRunning,
    /// A daemon holds the lock of this pid file, and nobody says which process it is.
    Nameless(PathBuf),
    /// The process, named in the pid file, is a Monit of another make.
    OtherMonit(i32, PathBuf),
    /// The daemon of this number cannot be signalled.
    Unsignalled(i32, io::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Arguments(problem) => problem.fmt(f),
            Trouble::Options(words) => f.write_str(words),
            Trouble::NoAction(word) => {
                write!(f, "Invalid argument -- {word}  (-h will show valid arguments)")
            }
            Trouble::NoControlFile(places) => {
                let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
                write!(f, "Cannot find the Monit control file at {}", places.join(", "))
            }
            Trouble::NoFolder(path, error) => {
                write!(f, "Cannot find the folder of '{}': {}", path.display(), error_text(error))
            }
            Trouble::NotHere(path, folder) => {
                write!(f, "The control file '{}' does not exist at {}", path.display(), folder.display())
            }
            Trouble::Unread(name, error) => write!(f, "{name}: {}", error_text(error)),
            Trouble::NotRunning => f.write_str("Monit: the monit daemon is not running"),
            Trouble::Nameless(pidfile) => write!(
                f,
                "A monit daemon holds the lock of pidfile '{}', but nothing proves which process it is, so none is \
                 signalled",
                pidfile.display()
            ),
            // Its number stands in a file, and nothing proves that it is still its own.
            Trouble::OtherMonit(pid, pidfile) => write!(
                f,
                "The process {pid}, named in the pidfile '{}', is another monit, which knows neither our lock nor our \
                 control socket: it is not signalled, as nothing proves that it is the daemon of this file. Use its own \
                 command",
                pidfile.display()
            ),
            Trouble::Unsignalled(pid, error) => {
                write!(f, "Cannot signal the monit daemon with pid {pid} -- {}", error_text(error))
            }
        }
    }
}
