//! What collectors are sent: the document of all services, made a piece at a time into memory that is no part of ours, and
//! what follows it in one message.

use crate::document::xml::{Registration, Xml};
use crate::document::{Piece, Source};
use crate::gzip::{Gzip, Sum};
use crate::protocol::http::post::Body;
use crate::sys::{error_text, file};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::rc::Rc;
use std::time::Instant;

/// Microseconds, roughly, that making a document takes in one turn, and bytes of text that are packed in it.
const BUDGET: u32 = 500;
const ROOM: usize = 24 * 1024;
/// Bytes of a document that are read back at once.
const PIECE: usize = 32 * 1024;
/// Largest document there can be: more than a hundred thousand services.
const LARGEST: u64 = 512 * 1024 * 1024;

/// What makes one document another than the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What M/Monit is told about us.
    pub registration: Registration,
    /// Packed.
    pub gzip: bool,
}

/// Why there is no document.
#[derive(Debug)]
pub enum Failure {
    /// It cannot be stored.
    Store(io::Error),
    /// It has more than [`LARGEST`] bytes.
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Store(error) => write!(f, "no memory for the message: {}", error_text(error)),
            Failure::TooLarge => write!(f, "the message has more than {LARGEST} bytes"),
        }
    }
}

/// A document on its way.
#[derive(Debug)]
pub struct Making {
    /// Which one.
    pub form: Form,
    xml: Xml,
    file: File,
    length: u64,
    gzip: Option<Gzip>,
    /// Texts of a turn, and what they are packed into.
    text: String,
    packed: Vec<u8>,
    began: Instant,
    newest: u64,
}

/// A document that is whole but for its end.
#[derive(Debug)]
pub struct Document {
    /// Which one.
    pub form: Form,
    /// When it was begun.
    pub began: Instant,
    /// The youngest event that was there by then.
    pub newest: u64,
    /// When it was whole.
    pub done: Instant,
    file: File,
    length: u64,
    sum: Option<Sum>,
}

impl Making {
    /// Begins. `newest`: the youngest event there is.
    ///
    /// # Errors
    /// There is no memory to store it in.
    pub fn begin(form: Form, source: &dyn Source, newest: u64, now: Instant) -> Result<Making, Failure> {
        let file = file::in_memory(c"monit-message").map_err(Failure::Store)?;
        let mut packed = Vec::new();
        Ok(Making {
            xml: Xml::for_collector(source.count(), form.registration.clone()),
            gzip: form.gzip.then(|| Gzip::begin(&mut packed)),
            form,
            file,
            length: 0,
            text: String::new(),
            packed,
            began: now,
            newest,
        })
    }

    /// Goes on for the time of a turn. `true`: it is whole.
    ///
    /// # Errors
    /// It cannot be stored, or is larger than any can be.
    pub fn step(&mut self, source: &dyn Source) -> Result<bool, Failure> {
        let mut budget = BUDGET;
        let whole =
            self.xml.step(source, &mut Piece { out: &mut self.text, budget: &mut budget, room: ROOM });
        match &mut self.gzip {
            Some(gzip) => {
                gzip.add(self.text.as_bytes(), &mut self.packed);
                self.store(true)?;
            }
            None => self.store(false)?,
        }
        self.text.clear();
        Ok(whole)
    }

    fn store(&mut self, packed: bool) -> Result<(), Failure> {
        let bytes = if packed { &*self.packed } else { self.text.as_bytes() };
        self.length += bytes.len() as u64;
        if self.length > LARGEST {
            return Err(Failure::TooLarge);
        }
        self.file.write_all(bytes).map_err(Failure::Store)?;
        self.packed.clear();
        Ok(())
    }

    /// Takes it when it is whole.
    ///
    /// # Errors
    /// Its last bytes cannot be stored.
    pub fn finish(mut self, now: Instant) -> Result<Document, Failure> {
        let sum = self.gzip.take().map(|gzip| gzip.part(&mut self.packed));
        self.store(true)?;
        let Making { form, file, length, began, newest, .. } = self;
        Ok(Document { form, began, newest, done: now, file, length, sum })
    }
}

/// A message: a document and its end.
#[derive(Debug)]
pub struct Message {
    document: Rc<Document>,
    at: u64,
    end: Vec<u8>,
}

impl Message {
    /// One that ends so.
    pub fn new(document: Rc<Document>, end: &str) -> Message {
        let end = match document.sum {
            Some(sum) => sum.end(end.as_bytes()),
            None => end.into(),
        };
        Message { document, at: 0, end }
    }

    /// Bytes in all.
    pub fn length(&self) -> u64 {
        self.document.length + self.end.len() as u64
    }
}

impl Body for Message {
    fn piece(&mut self) -> Option<Vec<u8>> {
        let left = self.document.length - self.at;
        if left == 0 {
            let end = std::mem::take(&mut self.end);
            return (!end.is_empty()).then_some(end);
        }
        let mut piece = vec![0; usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
        // It is memory of ours that nobody else knows. Were it gone, the receiver would wait in vain for the rest, and be
        // tried again.
        self.document.file.read_exact_at(&mut piece, self.at).ok()?;
        self.at += piece.len() as u64;
        Some(piece)
    }
}
