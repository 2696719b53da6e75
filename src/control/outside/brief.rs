//! For a command that only talks to a running daemon: the little it wants of the control file hangs on nothing slow.

use super::{Access, FileText, Live, Matches, Outside, Status, Trouble, Who};
use crate::config::ChecksumKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The reason in an answer that was not looked for; it ends in a warning that such a command does not show.
const LEFT_OUT: &str = "not looked at";

/// Reads the control file and who its users are. Hashes no file, resolves no name, and neither opens nor judges the
/// programs, logs and patterns that are the daemon's business.
#[derive(Debug, Clone, Copy, Default)]
pub struct Brief;

impl Outside for Brief {
    fn host_name(&self) -> String {
        Live.host_name()
    }

    fn own_user(&self) -> u32 {
        Live.own_user()
    }

    fn status(&self, path: &Path) -> Result<Status, Trouble> {
        Live.status(path)
    }

    fn read(&self, path: &Path) -> Result<FileText, String> {
        Live.read(path)
    }

    fn files(&self, pattern: &[u8], most: usize) -> Matches {
        Live.files(pattern, most)
    }

    fn may(&self, _: Access, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn open(&self, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn open_log(&self, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn digest(&self, _: &Path, _: ChecksumKind) -> Result<String, String> {
        Err(LEFT_OUT.into())
    }

    fn bad_pattern(&self, pattern: &[u8]) -> Option<String> {
        Live.bad_pattern(pattern)
    }

    fn bad_pattern_in(&self, _: &Path) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn addresses(&self, _: &str) -> Result<Vec<SocketAddr>, String> {
        Err(LEFT_OUT.into())
    }

    fn user(&self, who: Who<'_>) -> Option<u32> {
        Live.user(who)
    }

    fn group(&self, who: Who<'_>) -> Option<u32> {
        Live.group(who)
    }

    fn home(&self, user: u32) -> Option<PathBuf> {
        Live.home(user)
    }
}
