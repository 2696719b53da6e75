//! The files a control file consists of: reading them, and who included whom.

use super::outside::{Outside, Text, Trouble};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// No control file is larger. A machine with 100 000 services needs a tenth of it.
pub(crate) const LARGEST: u64 = 64 * 1024 * 1024;

/// One file, in memory while it is parsed and while a token of it is looked at.
#[derive(Debug)]
pub(crate) struct Source {
    /// Index into [`crate::config::Config::files`].
    pub(crate) index: u16,
    pub(crate) path: PathBuf,
    pub(crate) bytes: Text,
    /// The file and line of the `include`; `None` for the control file.
    pub(crate) parent: Option<(Rc<Source>, u32)>,
    /// Device and inode, so that a loop is seen whatever the names.
    pub(crate) identity: (u64, u64),
    /// Owner and mode of what was read, asked of the open file: a name may stand for another one a moment later.
    pub(crate) owner_and_mode: Option<(u32, u32)>,
}

impl Source {
    /// A source that is no file.
    pub(crate) fn from_bytes(name: &Path, bytes: Vec<u8>) -> Source {
        let bytes = Text::from(bytes);
        Source { index: 0, path: name.into(), bytes, parent: None, identity: (0, 0), owner_and_mode: None }
    }

    /// Reads a file. The message says what was wrong, not with which file.
    pub(crate) fn read(
        path: &Path,
        index: u16,
        parent: Option<(Rc<Source>, u32)>,
        outside: &dyn Outside,
    ) -> Result<Source, Trouble> {
        let file = outside.read(path)?;
        let owner_and_mode = Some((file.owner, file.mode));
        Ok(Source {
            index,
            path: path.into(),
            bytes: file.text,
            parent,
            identity: file.identity,
            owner_and_mode,
        })
    }

    /// What is shown of the line around `offset`, and where in it `offset` is. Of an endless line it is only a part, so that
    /// thousands of findings in one line cost no more than in many.
    pub(crate) fn line_at(&self, offset: u32) -> (&[u8], usize) {
        const WIDEST: usize = 2048;
        let offset = (offset as usize).min(self.bytes.len());
        let first = offset.saturating_sub(WIDEST);
        let before = self.bytes.get(first..offset).unwrap_or_default();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(first, |at| first + at + 1);
        let rest = self.bytes.get(start..(offset + WIDEST).min(self.bytes.len())).unwrap_or_default();
        let behind = rest.get(offset - start..).unwrap_or_default();
        let end = behind.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| offset - start + at);
        let line = rest.get(..end).unwrap_or(rest);
        (line.strip_suffix(b"\r").unwrap_or(line), offset - start)
    }

    /// The offset at which the line of `offset` begins.
    pub(crate) fn line_start(&self, offset: u32) -> u32 {
        let before = self.bytes.get(..offset as usize).unwrap_or(&self.bytes);
        before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u32 + 1)
    }
}
