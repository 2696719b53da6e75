//! What is wrong with a control file, where, and what would be right.
//!
//! A [`Fault`] is a set of facts; all its wording is in one `Display` (`diagnostic/wording.rs`). A [`Diagnostic`] is a fault at a place, with the
//! source line it needs for drawing, so that it outlives the text.

mod fault;
mod scan;
mod schedule;
mod secret;
mod shape;
mod wording;
mod words;

use super::hint::unfilled;
use super::outside::{Live, Outside};
use super::token::{Begun, Span};
use crate::config::Place;
use secret::Known;
use std::borrow::Cow;
use std::path::Path;

pub(crate) use fault::listed;
pub use fault::{Fault, ProgramTrouble};
pub use schedule::{ScheduleField, ScheduleTrouble};
pub(super) use secret::{shown as without_secrets, shown_line as line_without_secrets};
pub(super) use shape::whole_network;

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
    /// The source text the fault is about, if the first line quotes it.
    token: Option<Box<str>>,
    citation: Option<Citation>,
    /// Where the line to cite is still to be read from.
    uncited: Option<Box<Path>>,
    hint: Option<Box<str>>,
    /// What is not shown has a place of a template that nobody filled in.
    hides_mark: bool,
    /// The `include` statements that lead here, innermost first.
    chain: Vec<(Box<str>, u32)>,
}

/// A source line and what is underlined in it, in characters.
#[derive(Debug, Clone)]
struct Citation {
    line: Box<str>,
    start: usize,
    width: usize,
}

/// Characters of a source line that are shown.
const WIDEST: usize = 160;
/// Characters of a token that are shown.
const LONGEST_TOKEN: usize = 120;

impl Diagnostic {
    /// A fault at a stretch of source text. What may be shown of it says where its statement begins.
    pub(crate) fn at(severity: Severity, fault: Fault, span: &Span, begun: &Begun) -> Diagnostic {
        let known = fault.is_about_quotes().then_some(Known::Nothing);
        let (line, offset) = secret::line(span, begun, known);
        let part = secret::part(&line, offset, span.raw());
        let token = fault.quotes_token().then(|| shown(&part, LONGEST_TOKEN).into());
        let mut chain = Vec::new();
        let mut source = &span.source;
        while let Some((parent, line)) = &source.parent {
            chain.push((path_text(&parent.path), *line));
            source = parent;
        }
        Diagnostic {
            severity,
            hides_mark: hides_mark(&fault, span, &line),
            fault,
            place: span.place(),
            file: path_text(&span.source.path),
            token,
            uncited: None,
            citation: Some(Citation::new(&line, offset, &part)),
            hint: None,
            chain,
        }
    }

    /// A fault of the file as a whole.
    pub fn global(severity: Severity, fault: Fault) -> Diagnostic {
        Diagnostic {
            severity,
            fault,
            place: Place::default(),
            file: Box::default(),
            token: None,
            citation: None,
            uncited: None,
            hint: None,
            hides_mark: false,
            chain: Vec::new(),
        }
    }

    /// A fault of something that was read before: a service, a dependency. [`Diagnostic::render`] reads the source line
    /// again to show it; a file that is gone or has changed costs no more than that line.
    pub fn cited(severity: Severity, fault: Fault, files: &[Box<Path>], place: Place) -> Diagnostic {
        let mut found = Diagnostic::global(severity, fault);
        let Some(path) = files.get(usize::from(place.file)).filter(|_| place.line > 0) else { return found };
        found.place = place;
        found.file = path_text(path);
        found.uncited = Some(path.clone());
        found
    }

    /// Adds what to do about it; the last one given counts.
    pub fn with_hint(mut self, hint: impl Into<Box<str>>) -> Diagnostic {
        self.hint = Some(printable(hint.into().as_bytes()).into());
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The source line that is shown, as far as it is known without reading a file.
    pub(super) fn line(&self) -> Option<&str> {
        self.citation.as_ref().map(|citation| &*citation.line)
    }

    /// Has what is not shown a place of a template that nobody filled in?
    pub(super) fn hides_mark(&self) -> bool {
        self.hides_mark
    }

    /// The source text that is to blame.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// One line in the shape scripts know: `FILE:LINE: text 'TOKEN'`.
    pub fn first_line(&self) -> String {
        let mut out = String::new();
        if self.place.line > 0 {
            out = format!("{}:{}: ", self.file, self.place.line);
        } else if !self.file.is_empty() {
            out = format!("{}: ", self.file);
        }
        // Some faults are told in two lines, and some quote names that may hold anything.
        let lines: Vec<String> =
            self.fault.to_string().split('\n').map(|line| printable(line.as_bytes())).collect();
        out += &lines.join("\n");
        if let Some(token) = &self.token {
            out += &format!(" '{token}'");
        }
        out
    }

    /// The first line, then the source line with the place underlined, what was expected, the hint and the includes
    /// that lead here. Lines are separated by newlines, without one at the end.
    pub fn render(&self, color: bool) -> String {
        let paint = |code: &str, text: &str| match color {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_string(),
        };
        let tint = match self.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Advice => "1;36",
        };
        let mut out = paint("1", &self.first_line());
        let number = self.place.line.to_string();
        let margin = " ".repeat(number.len());
        let read_again = || Citation::read(self.uncited.as_deref()?, self.place.line);
        if let Some(citation) = self.citation.clone().or_else(read_again) {
            let underline = "^".repeat(citation.width.max(1));
            let before = " ".repeat(citation.start);
            out += &format!("\n  {} {}", paint("2", &format!("{number} |")), citation.line);
            out += &format!("\n  {} {before}{}", paint("2", &format!("{margin} |")), paint(tint, &underline));
        }
        let mut note = |label: &str, text: &str| {
            out += &format!("\n  {margin} {} {text}", paint("2", &format!("= {label}:")));
        };
        if let Some(expected) = self.fault.expected() {
            note("expected", &expected);
        }
        if let Some(hint) = &self.hint {
            note("hint", hint);
        }
        for (file, line) in &self.chain {
            note("included from", &format!("{file}:{line}"));
        }
        out
    }
}

impl Citation {
    /// The whole line of that number, from 1, in the file as it is now.
    fn read(path: &Path, number: u32) -> Option<Citation> {
        let file = Live.read(path).ok()?;
        let mut lines = file.text.split(|byte| *byte == b'\n');
        let start: usize =
            lines.by_ref().take((number as usize).checked_sub(1)?).map(|line| line.len() + 1).sum();
        let line = lines.next()?;
        let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let end = start + line.strip_suffix(b"\r").unwrap_or(line).len();
        let shown = secret::hidden(&file.text, start..end, start + indent, Known::Line);
        Some(Citation::new(&shown, indent, shown.trim_ascii()))
    }

    /// `offset` in bytes into `line`; `marked` begins there.
    fn new(line: &[u8], offset: usize, marked: &[u8]) -> Citation {
        let before = printable(line.get(..offset).unwrap_or(line)).chars().count();
        let marked = printable(marked.get(..WIDEST * 4).unwrap_or(marked)).chars().count();
        let all: Vec<char> = printable(line).chars().collect();
        // Of a long line only the part around the place is shown.
        let skip = if all.len() > WIDEST { before.saturating_sub(WIDEST / 2) } else { 0 };
        let line: String = all.iter().skip(skip).take(WIDEST).collect();
        let start = before - skip.min(before);
        Citation { line: line.trim_end().into(), start, width: marked.clamp(1, WIDEST) }
    }
}

fn hides_mark(fault: &Fault, span: &Span, shown: &[u8]) -> bool {
    let line = span.source.line_at(span.start).0;
    let text = if fault.is_about_text() { line } else { span.raw() };
    line != shown && unfilled(&String::from_utf8_lossy(text)).is_some()
}

fn path_text(path: &Path) -> Box<str> {
    printable(path.as_os_str().as_encoded_bytes()).into()
}

/// Text that cannot disturb a terminal: control characters become visible, tabs four blanks.
fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for letter in String::from_utf8_lossy(bytes).chars() {
        match letter {
            '\t' => out.push_str("    "),
            '\n' | '\r' => out.push(' '),
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

fn shown(bytes: &[u8], longest: usize) -> String {
    let head = bytes.get(..longest * 4).unwrap_or(bytes);
    let text: Cow<str> = printable(head).into();
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
