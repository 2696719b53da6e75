//! What is wrong with a control file, where, and what would be right.

use crate::config::Place;
use std::fmt;
use std::path::Path;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works as written; it is probably not what was meant. Only `monit lint` shows it.
    Advice,
    /// The file loads.
    Warning,
    /// The file does not load.
    Error,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A sentence made elsewhere.
    Message(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Message(text) => f.write_str(text),
        }
    }
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    severity: Severity,
    /// The facts.
    pub fault: Fault,
    /// Where; line 0 when it belongs to no line.
    pub place: Place,
    /// The file as it is shown; empty when there is no place.
    file: Box<str>,
    hint: Option<Box<str>>,
}

impl Diagnostic {
    /// A fault of the file as a whole.
    pub fn global(severity: Severity, fault: Fault) -> Diagnostic {
        Diagnostic { severity, fault, place: Place::default(), file: Box::default(), hint: None }
    }

    /// A fault of something that was read before: a service, a dependency.
    pub fn cited(severity: Severity, fault: Fault, files: &[Box<Path>], place: Place) -> Diagnostic {
        let mut found = Diagnostic::global(severity, fault);
        if let Some(path) = files.get(usize::from(place.file)).filter(|_| place.line > 0) {
            found.place = place;
            found.file = path.to_string_lossy().into();
        }
        found
    }

    /// Adds what to do about it; the last one given counts.
    pub fn with_hint(mut self, hint: impl Into<Box<str>>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// One line in the shape scripts know: `FILE:LINE: text`.
    pub fn first_line(&self) -> String {
        match self.place.line {
            0 => self.fault.to_string(),
            line => format!("{}:{line}: {}", self.file, self.fault),
        }
    }
}
