//! A bounded list of what is found after parsing, when only places are left of the text.

use super::diagnostic::{Diagnostic, Fault, Severity};
use crate::config::Place;
use std::path::Path;

/// Diagnostics about places in `files`.
pub(super) struct Findings<'a> {
    files: &'a [Box<Path>],
    list: Vec<Diagnostic>,
    left_out: usize,
}

/// More of them help nobody, and each reads a source line again.
const MOST: usize = 50;

impl<'a> Findings<'a> {
    /// None yet.
    pub(super) fn new(files: &'a [Box<Path>]) -> Findings<'a> {
        Findings { files, list: Vec::new(), left_out: 0 }
    }

    /// An error.
    pub(super) fn error(&mut self, place: Option<Place>, text: String, hint: Option<String>) {
        self.add(Severity::Error, place, text, hint);
    }

    /// A warning.
    pub(super) fn warning(&mut self, place: Option<Place>, text: String, hint: Option<String>) {
        self.add(Severity::Warning, place, text, hint);
    }

    /// Advice.
    pub(super) fn advice(&mut self, place: Option<Place>, text: String, hint: Option<String>) {
        self.add(Severity::Advice, place, text, hint);
    }

    fn add(&mut self, severity: Severity, place: Option<Place>, text: String, hint: Option<String>) {
        if self.list.len() >= MOST {
            self.left_out += 1;
            return;
        }
        let fault = Fault::Message(text);
        let mut found = match place.filter(|place| place.line > 0) {
            Some(place) => Diagnostic::cited(severity, fault, self.files, place),
            None => Diagnostic::global(severity, fault),
        };
        if let Some(hint) = hint {
            found = found.with_hint(hint);
        }
        self.list.push(found);
    }

    /// Was there an error?
    pub(super) fn has_errors(&self) -> bool {
        self.list.iter().any(|found| found.severity() == Severity::Error)
    }

    /// All of them, and how many were left out.
    pub(super) fn into_list(mut self) -> Vec<Diagnostic> {
        if self.left_out > 0 {
            let severity = self.list.iter().map(Diagnostic::severity).max().unwrap_or(Severity::Warning);
            let text = format!("{} more of these are not shown", self.left_out);
            self.list.push(Diagnostic::global(severity, Fault::Message(text)));
        }
        self.list
    }
}
