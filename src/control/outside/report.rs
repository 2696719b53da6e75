//! What the helper that reads a control file tells the daemon: a byte that says what follows, its length, and the answers
//! to replay or the lines to log.

use super::MOST;
use super::wire::{Reader, Wire};

/// What became of a control file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// It can be used; for [`super::Replay`].
    Answers(Vec<u8>),
    /// It cannot; what is to be logged about it.
    Broken {
        /// Why; at least one line.
        errors: Vec<String>,
        /// What else is odd.
        warnings: Vec<String>,
    },
}

const ANSWERS: u8 = b'A';
const BROKEN: u8 = b'B';
/// One byte, and the length in four.
const HEADER: usize = 5;

impl Report {
    /// As it travels: what goes first, and what goes behind it.
    pub fn bytes(self) -> ([u8; HEADER], Vec<u8>) {
        let (kind, body) = match self {
            Report::Answers(tape) => (ANSWERS, tape),
            Report::Broken { errors, warnings } => {
                let mut body = Vec::new();
                errors.put(&mut body);
                warnings.put(&mut body);
                (BROKEN, body)
            }
        };
        let [a, b, c, d] = (body.len() as u32).to_le_bytes();
        ([kind, a, b, c, d], body)
    }
}

/// Bytes that are not a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

/// A report that is on its way.
#[derive(Debug, Default)]
pub struct Incoming {
    header: Vec<u8>,
    body: Vec<u8>,
    length: Option<usize>,
}

impl Incoming {
    /// Takes in what has arrived. Gives the report when it is complete; what follows it is not looked at.
    ///
    /// # Errors
    /// It is no report, or one that is longer than [`MOST`].
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<Option<Report>, Unusable> {
        let length = loop {
            if let Some(length) = self.length {
                break length;
            }
            if let [kind, length @ ..] = &*self.header {
                if !matches!(*kind, ANSWERS | BROKEN) {
                    return Err(Unusable);
                }
                if let Ok(length) = <[u8; 4]>::try_from(length) {
                    let length = u32::from_le_bytes(length) as usize;
                    if length > MOST {
                        return Err(Unusable);
                    }
                    // In one piece: growing would hold it twice for a moment.
                    self.body.reserve_exact(length);
                    self.length = Some(length);
                    continue;
                }
            }
            let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
            self.header.push(*first);
            bytes = rest;
        };
        let missing = length.saturating_sub(self.body.len());
        self.body.extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
        if self.body.len() < length {
            return Ok(None);
        }
        let body = std::mem::take(&mut self.body);
        if self.header.first() == Some(&ANSWERS) {
            return Ok(Some(Report::Answers(body)));
        }
        let mut reader = Reader::new(body);
        let (errors, warnings) = (Vec::<String>::take(&mut reader), Vec::<String>::take(&mut reader));
        match (errors, warnings) {
            (Some(errors), Some(warnings)) if !errors.is_empty() && reader.is_at_end() => {
                Ok(Some(Report::Broken { errors, warnings }))
            }
            _ => Err(Unusable),
        }
    }
}
