//! Whether a control file may be used at all: what it is, whose it is, who else can read or change it. A control file holds
//! passwords and names the programs that root runs.

use crate::control::outside::{Kind, Outside, Trouble};
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a control file is not used. [`fmt::Display`] gives the line for stderr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It does not exist, or is a folder, fifo, device.
    NotAFile(PathBuf),
    /// It cannot be looked at.
    Unreachable(PathBuf, Trouble),
    /// It belongs to somebody else, the caller is `caller`.
    Owner {
        /// The file.
        path: PathBuf,
        /// The user it should belong to.
        caller: u32,
    },
    /// Group or others may do something with it.
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl Refusal {
    /// The file cannot even be read: nothing more can be said about it, and the line about parsing errors does not follow.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Refusal::NotAFile(_) | Refusal::Unreachable(..))
    }

    /// The command that puts it right, if one does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Refusal::NotAFile(_) | Refusal::Unreachable(..) => None,
            // Not to be given away: it holds passwords, and names what root runs.
            Refusal::Owner { caller, .. } if *caller != 0 => {
                Some("run monit as root, or as the owner of the file".to_owned())
            }
            Refusal::Owner { path, .. } => Some(format!("chown root {}", quoted(path))),
            Refusal::Mode { path, .. } => Some(format!("chmod 600 {}", quoted(path))),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotAFile(path) => write!(f, "The control file '{}' is not a file", path.display()),
            Refusal::Unreachable(path, why) => {
                write!(f, "Cannot examine the control file '{}' -- {why}", path.display())
            }
            Refusal::Owner { path, .. } => {
                write!(f, "The control file '{}' must be owned by you.", path.display())
            }
            Refusal::Mode { path, mode } => write!(
                f,
                "The control file '{}' permission {mode:04o} is wrong, maximum 0700 allowed",
                path.display()
            ),
        }
    }
}

/// May the caller use `path` as a control file? Links are followed. Sticky, setuid and setgid bits do not matter.
///
/// # Errors
/// The first reason against it.
pub fn access(path: &Path, outside: &dyn Outside) -> Result<(), Refusal> {
    let facts = outside.status(path).map_err(|trouble| match trouble.is_missing() {
        true => Refusal::NotAFile(path.to_owned()),
        false => Refusal::Unreachable(path.to_owned(), trouble),
    })?;
    if facts.kind != Kind::File {
        return Err(Refusal::NotAFile(path.to_owned()));
    }
    owned_and_private(path, facts.owner, facts.mode, outside)
}

/// The same of a file that is open.
pub(in crate::control) fn owned_and_private(
    path: &Path,
    owner: u32,
    mode: u32,
    outside: &dyn Outside,
) -> Result<(), Refusal> {
    let caller = outside.own_user();
    if owner != caller {
        return Err(Refusal::Owner { path: path.to_owned(), caller });
    }
    let mode = mode & 0o777;
    if mode & 0o077 != 0 {
        return Err(Refusal::Mode { path: path.to_owned(), mode });
    }
    Ok(())
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
