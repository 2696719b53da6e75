//! The control file: text to [`crate::config`]. Lexer, recursive-descent parser, diagnostics.
//!
//! Sees no run-time state and starts nothing. What a statement looks like is in `statement/`, one file each; the
//! grammar for people is `doc/GRAMMAR.md`.

pub mod diagnostic;
pub mod dump;
mod findings;
mod foreign;
mod glob;
mod hint;
mod keyword;
mod language;
mod lexer;
pub mod lint;
mod odd;
pub mod outside;
mod overrides;
mod parser;
pub mod remark;
mod so_far;
mod source;
mod spelling;
pub mod statement;
mod token;
mod tried;
mod types;
mod unavailable;
pub mod verify;
mod wanted;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, Severity};
pub use overrides::Overrides;

use crate::config::{Config, Settings};
use diagnostic::Fault;
use outside::{Live, Outside};
use parser::Parser;
use source::Source;
use std::path::Path;
use std::rc::Rc;

/// What became of a control file.
#[derive(Debug)]
pub struct ParsedFile {
    /// The configuration; `None` if there was any error.
    pub config: Option<Config>,
    /// Everything found, in the order of the text as far as it has one.
    pub diagnostics: Vec<Diagnostic>,
    /// What a verbose run tells beside it.
    pub remarks: Vec<remark::Remark>,
    /// The error is one of those behind which the closing line about parsing errors does not follow.
    pub ends_at_once: bool,
    /// What was read belongs to somebody else, or others may read or write it.
    pub refusal: Option<verify::Refusal>,
    /// Of a file with errors: its settings, as far as they were understood.
    pub remains: Option<Box<Settings>>,
}

impl ParsedFile {
    /// The findings of that severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |diagnostic| diagnostic.severity() == severity)
    }
}

/// Reads the control file at `path` with all it includes, and checks it.
///
/// With [`Live`] reads the files it names (keys, password files, patterns, files to be hashed) and creates the log file if
/// it has to, as the language asks for; changes nothing else.
pub fn load<'a>(path: &Path, overrides: &Overrides, outside: Rc<dyn Outside + 'a>) -> ParsedFile {
    let mut loading = FileParser::begin(path, overrides, outside);
    loop {
        if let Some(loaded) = loading.go_on(usize::MAX) {
            return loaded;
        }
    }
}

/// A control file that is read piece by piece, for those who have something else to do meanwhile.
pub struct FileParser<'a>(Parse<'a>);

enum Parse<'a> {
    Parsing(Box<Parser<'a>>, Option<verify::Refusal>),
    /// Nothing left to do but to say so; `None`: said.
    Over(Option<Box<ParsedFile>>),
}

impl<'a> FileParser<'a> {
    /// Begins to read the control file at `path`.
    pub fn begin(path: &Path, overrides: &Overrides, outside: Rc<dyn Outside + 'a>) -> FileParser<'a> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        match Source::read(&path, 0, None, &*outside) {
            Ok(source) => {
                let refusal = source
                    .owner_and_mode
                    .and_then(|(owner, mode)| verify::owned_and_private(&path, owner, mode, &*outside).err());
                FileParser::of(source, overrides, outside, refusal)
            }
            Err(reason) => {
                let fault = Fault::Unreadable { path: path.display().to_string(), reason };
                FileParser(Parse::Over(Some(Box::new(ParsedFile {
                    config: None,
                    diagnostics: vec![Diagnostic::global(Severity::Error, fault)],
                    remarks: Vec::new(),
                    ends_at_once: false,
                    refusal: None,
                    remains: None,
                }))))
            }
        }
    }

    fn of(
        source: Source,
        overrides: &Overrides,
        outside: Rc<dyn Outside + 'a>,
        refusal: Option<verify::Refusal>,
    ) -> FileParser<'a> {
        FileParser(Parse::Parsing(
            Box::new(Parser::new(source, overrides.clone(), outside, &statement::LANGUAGE)),
            refusal,
        ))
    }

    /// Reads so many statements more, or finishes the work when there are no more. Gives what became of it once.
    pub fn go_on(&mut self, statements: usize) -> Option<ParsedFile> {
        if let Parse::Parsing(parser, _) = &mut self.0 {
            if !statement::parse_some(parser, statements) {
                return None;
            }
        }
        match std::mem::replace(&mut self.0, Parse::Over(None)) {
            Parse::Parsing(parser, refusal) => Some(ParsedFile { refusal, ..check(*parser) }),
            Parse::Over(loaded) => loaded.map(|loaded| *loaded),
        }
    }
}

/// The same for text that is in no file. `name` stands for the file in messages.
pub fn parse_str(name: &str, bytes: &[u8], overrides: &Overrides) -> ParsedFile {
    parse_text(name, bytes, overrides, Rc::new(Live))
}

fn parse_text(name: &str, bytes: &[u8], overrides: &Overrides, outside: Rc<dyn Outside>) -> ParsedFile {
    let source = Source::from_bytes(Path::new(name), bytes.to_vec());
    let mut loading = FileParser::of(source, overrides, outside, None);
    loop {
        if let Some(loaded) = loading.go_on(usize::MAX) {
            return loaded;
        }
    }
}

/// What can only be said about the whole.
fn check(mut parser: Parser) -> ParsedFile {
    let (overrides, outside) = (parser.overrides.clone(), Rc::clone(&parser.outside));
    let remarks = std::mem::take(&mut parser.remarks);
    statement::finish_service(&mut parser);
    let (mut config, mut diagnostics) = parser.finish();
    let failed = |list: &[Diagnostic]| list.iter().any(|d| d.severity() == Severity::Error);
    if failed(&diagnostics) {
        return broken(config, diagnostics, remarks, false);
    }
    let host_name = outside.host_name();
    let invocation =
        verify::Invocation { poll: overrides.poll.is_some(), init: overrides.init, host_name: &host_name };
    let outcome = verify::finish(&mut config, &invocation);
    diagnostics.extend(outcome.diagnostics);
    config.settings.init |= overrides.init;
    if let Some(poll) = overrides.poll {
        config.settings.poll = Some(poll);
    }
    if failed(&diagnostics) {
        return broken(config, diagnostics, remarks, outcome.ends_at_once);
    }
    config.unavailable = unavailable::list(&config);
    ParsedFile {
        config: Some(config),
        diagnostics,
        remarks,
        ends_at_once: false,
        refusal: None,
        remains: None,
    }
}

fn broken(
    config: Config,
    diagnostics: Vec<Diagnostic>,
    remarks: Vec<remark::Remark>,
    ends_at_once: bool,
) -> ParsedFile {
    let remains = Some(config.settings);
    ParsedFile { config: None, diagnostics, remarks, ends_at_once, refusal: None, remains }
}
