//! What the control file's reader has to say: errors, warnings and, for the linter, advice.
//!
//! The first line of a diagnostic has the shape that tools know: `FILE:LINE: text 'TOKEN'`.

use crate::config::{Config, Place};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Only `monit lint` says it.
    Advice,
    /// Said on stderr; the file is accepted.
    Warning,
    /// The file is rejected.
    Error,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// Where; `None` for what concerns the file as a whole.
    pub place: Option<Place>,
    /// A sentence without a closing dot.
    pub text: String,
    /// The source text it is about, shown behind the sentence in quotes.
    pub token: Option<String>,
    /// How to put it right.
    pub hint: Option<String>,
    /// An error that ends the program at once, without the closing line of a rejected file.
    pub fatal: bool,
}

impl Diagnostic {
    fn new(severity: Severity, place: Option<Place>, text: impl Into<String>) -> Diagnostic {
        Diagnostic { severity, place, text: text.into(), token: None, hint: None, fatal: false }
    }

    /// An error.
    pub fn error(place: Option<Place>, text: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, place, text)
    }

    /// A warning.
    pub fn warning(place: Option<Place>, text: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, place, text)
    }

    /// Advice.
    pub fn advice(place: Option<Place>, text: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Advice, place, text)
    }

    /// With the source text it is about.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Diagnostic {
        self.token = Some(token.into());
        self
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    /// Ending the program at once.
    #[must_use]
    pub fn fatal(mut self) -> Diagnostic {
        self.fatal = true;
        self
    }

    /// The first line: `FILE:LINE: text 'TOKEN'`.
    pub fn headline(&self, config: &Config) -> String {
        let mut line = match self.place {
            Some(place) if place.line > 0 => format!("{}: {}", config.cite(place), self.text),
            _ => self.text.clone(),
        };
        if let Some(token) = &self.token {
            line.push_str(&format!(" '{token}'"));
        }
        line
    }
}
