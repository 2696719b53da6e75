//! What the other side said last: kept while a test is in flight, for whoever wants to see it should the test fail.

/// The beginning of the last answer, and whether it came to one.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LastWords {
    /// What came behind the last thing that we sent, or at all, as it came: at most [`LastWords::MOST`] bytes.
    pub said: Vec<u8>,
    /// The other side had not taken all of what was sent.
    pub sending: bool,
    /// What comes next is another answer.
    asked: bool,
}

impl LastWords {
    /// Bytes kept.
    pub const MOST: usize = 256;

    /// Something is sent.
    pub(super) fn ask(&mut self) {
        self.asked = true;
    }

    /// Something has come.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        if std::mem::take(&mut self.asked) {
            self.said.clear();
        }
        let room = LastWords::MOST.saturating_sub(self.said.len()).min(bytes.len());
        self.said.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }
}
