//! `include`: recognised between any two tokens, read in place, wildcard matches in reverse order.

use super::{Fault, Frame, Kind, Lexer, Mode, Severity, Span, Token, Value, run};
use crate::control::outside::{self, Matches};
use crate::control::source::Source;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Files pending at a time: nesting plus the matches of one wildcard.
const MOST_PENDING: usize = 1024;
/// Files in all; [`crate::config::Place::file`] counts them.
const MOST_FILES: usize = u16::MAX as usize;

/// What is read when the current file ends.
pub(super) enum Waiting {
    /// The file that includes.
    Frame(Frame),
    /// A file to be included, and the place of the `include`.
    File(PathBuf, Span),
}

fn is_pattern(name: &[u8]) -> bool {
    name.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

impl Lexer<'_> {
    /// What stands behind `include`.
    pub(super) fn include(&mut self) -> Option<Token> {
        let white = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c);
        let blanks = run(self.rest(), white);
        self.skip(blanks);
        self.mode = Mode::Normal;
        let rest = self.rest();
        let first = rest.first().copied()?;
        // The longer of the two readings counts: `"a"b` is a name with quotes in it.
        let bare = run(rest, |b| !white(b));
        let inner = rest.get(1..).unwrap_or_default();
        let quoted = match first {
            b'"' | b'\'' => inner.iter().position(|byte| *byte == first || *byte == b'\n'),
            _ => None,
        };
        let (length, name) = match quoted.filter(|length| inner.get(*length) == Some(&first)) {
            Some(length) if length + 2 >= bare => (length + 2, inner.get(..length)),
            _ => (bare, rest.get(..bare)),
        };
        let name = name.unwrap_or_default().to_vec();
        let span = self.span(length);
        self.skip(length);
        self.push(&name, &span);
        None
    }

    /// Puts the files that `pattern` stands for before what is left of this one.
    fn push(&mut self, pattern: &[u8], span: &Span) {
        let files = match self.outside.files(pattern, MOST_PENDING) {
            Matches::Files(files) => files,
            Matches::None => {
                let fault = Fault::IncludeMatchesNothing;
                return self.report(Severity::Advice, fault, span.clone());
            }
            Matches::Missing => return self.report(Severity::Warning, Fault::IncludeMissing, span.clone()),
            Matches::TooMany => return self.too_many(span),
        };
        if files.is_empty() {
            let path = Path::new(OsStr::from_bytes(pattern));
            let folder = !is_pattern(pattern)
                && self.outside.status(path).is_ok_and(|status| status.kind == outside::Kind::Folder);
            let fault = if folder { Fault::IncludeFolder } else { Fault::IncludeMatchesNothing };
            return self.report(Severity::Advice, fault, span.clone());
        }
        if self.waiting.len() + files.len() >= MOST_PENDING || self.files.len() + files.len() > MOST_FILES {
            return self.too_many(span);
        }
        let next = Frame { source: Rc::clone(&self.frame.source), at: self.frame.at, line: self.frame.line };
        self.waiting.push(Waiting::Frame(next));
        self.waiting.extend(files.into_iter().map(|path| Waiting::File(path, span.clone())));
        // Nothing of this file may be read before them.
        self.frame.at = self.frame.source.bytes.len();
    }

    fn too_many(&mut self, span: &Span) {
        self.report(Severity::Error, Fault::TooManyIncludes { most: MOST_PENDING }, span.clone());
    }

    /// Goes on with what waits; a token only when nothing does.
    pub(super) fn end_of_file(&mut self) -> Option<Token> {
        match self.waiting.pop() {
            None => {
                Some(Token { kind: Kind::End, span: self.span(0), value: Value::None, first_on_line: true })
            }
            Some(Waiting::Frame(frame)) => {
                self.frame = frame;
                None
            }
            Some(Waiting::File(path, span)) => {
                self.open(path, &span);
                None
            }
        }
    }

    fn open(&mut self, path: PathBuf, span: &Span) {
        let index = self.files.len() as u16;
        let parent = Some((Rc::clone(&span.source), span.line));
        let source = match Source::read(&path, index, parent, &*self.outside) {
            Ok(source) => source,
            Err(reason) => {
                let fault = Fault::IncludeFailed { path: path.display().to_string(), reason };
                return self.report(Severity::Error, fault, span.clone());
            }
        };
        let mut outer = Some(&span.source);
        while let Some(open) = outer {
            if open.identity == source.identity {
                let fault = Fault::IncludeLoop { path: path.display().to_string() };
                return self.report(Severity::Warning, fault, span.clone());
            }
            outer = open.parent.as_ref().map(|(source, _)| source);
        }
        self.files.push(path.into());
        self.frame = Frame { source: Rc::new(source), at: 0, line: 1 };
    }
}
