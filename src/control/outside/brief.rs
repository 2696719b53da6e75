//! For a command that only talks to a running daemon: the little it wants of the control file hangs on nothing slow.

use super::{Access, FileText, Live, Matches, Outside, Status, Trouble, Who};
use crate::config::ChecksumKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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

    fn read(&self, path: &Path) -> Result<FileText, Trouble> {
        Live.read(path)
    }

    fn files(&self, pattern: &[u8], most: usize) -> Matches {
        Live.files(pattern, most)
    }

    fn may(&self, _: Access, _: &Path) -> Result<(), Trouble> {
        Ok(())
    }

    fn interpreter(&self, _: &Path) -> Result<Option<PathBuf>, Trouble> {
        Ok(None)
    }

    fn open(&self, _: &Path) -> Result<(), Trouble> {
        Ok(())
    }

    fn open_log(&self, _: &Path) -> Result<(), Trouble> {
        Ok(())
    }

    fn digest(&self, _: &Path, _: ChecksumKind) -> Result<String, Trouble> {
        Err(Trouble::LeftOut)
    }

    fn bad_pattern(&self, pattern: &[u8]) -> Option<String> {
        Live.bad_pattern(pattern)
    }

    fn bad_pattern_in(&self, _: &Path) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    fn addresses(&self, _: &str) -> Result<Vec<SocketAddr>, Trouble> {
        Err(Trouble::LeftOut)
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
