//! The world as it is, asked by root: who runs the tests does not change what a control file means.

use super::super::outside::{Access, FileText, Live, Outside, Status, Trouble, Who};
use crate::config::ChecksumKind;
use crate::control::glob::Matches;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct AsRoot;

impl Outside for AsRoot {
    fn host_name(&self) -> String {
        Live.host_name()
    }

    fn own_user(&self) -> u32 {
        0
    }

    fn status(&self, path: &Path) -> Result<Status, Trouble> {
        let status = Live.status(path)?;
        // What is ours is his.
        let owner = if status.owner == Live.own_user() { 0 } else { status.owner };
        Ok(Status { owner, ..status })
    }

    fn read(&self, path: &Path) -> Result<FileText, Trouble> {
        let file = Live.read(path)?;
        let owner = if file.owner == Live.own_user() { 0 } else { file.owner };
        Ok(FileText { owner, ..file })
    }

    fn files(&self, pattern: &[u8], most: usize) -> Matches {
        Live.files(pattern, most)
    }

    fn may(&self, access: Access, path: &Path) -> Result<(), Trouble> {
        Live.may(access, path)
    }

    fn interpreter(&self, program: &Path) -> Result<Option<PathBuf>, Trouble> {
        Live.interpreter(program)
    }

    fn open(&self, path: &Path) -> Result<(), Trouble> {
        Live.open(path)
    }

    fn open_log(&self, path: &Path) -> Result<(), Trouble> {
        Live.open_log(path)
    }

    fn digest(&self, path: &Path, kind: ChecksumKind) -> Result<String, Trouble> {
        Live.digest(path, kind)
    }

    fn bad_pattern(&self, pattern: &[u8]) -> Option<String> {
        Live.bad_pattern(pattern)
    }

    fn bad_pattern_in(&self, path: &Path) -> Result<Option<String>, Trouble> {
        Live.bad_pattern_in(path)
    }

    fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        Live.addresses(host)
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
