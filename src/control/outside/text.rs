//! Bytes of a file: its own, or a part of a recording, which is not copied.

use std::fmt;
use std::ops::{Deref, Range};
use std::rc::Rc;

/// The content of a file.
#[derive(Clone)]
pub struct Text {
    all: Rc<Vec<u8>>,
    /// Always inside `all`.
    part: Range<usize>,
}

impl Text {
    /// A part of `all`; `None` if it is not in there.
    pub(super) fn part(all: &Rc<Vec<u8>>, part: Range<usize>) -> Option<Text> {
        all.get(part.clone())?;
        Some(Text { all: Rc::clone(all), part })
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Text {
        let part = 0..bytes.len();
        Text { all: Rc::new(bytes), part }
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.all.get(self.part.clone()).unwrap_or_default()
    }
}

/// Files hold passwords: only how much there is.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.len())
    }
}
