//! Marks that were never meant for a control file, and characters that cannot be seen.

use super::{Explanation, Situation, hint};
use crate::control::diagnostic::Fault;
use crate::control::odd::{CURLY, INVISIBLE};
use crate::control::token::Span;
use std::rc::Rc;

/// What to do about faults that need no surroundings to be understood.
pub(in crate::control) fn for_text(fault: &Fault) -> Option<String> {
    Some(match fault {
        Fault::UnbalancedQuotes => "no closing quote follows; \" ends at the next \" and ' at the next '".into(),
        Fault::InvalidEvery => {
            "write 'every N cycles' or a schedule in quotes: every \"*/5 * * * *\" (minute, hour, day of month, month, day of week)"
                .into()
        }
        Fault::InvalidCron => {
            "five fields (minute, hour, day of month, month, day of week), each '*', N, A-B, with /STEP behind '*' or A-B"
                .into()
        }
        Fault::Schedule(trouble) => return trouble.hint(),
        Fault::AlwaysQuiet => "for example the night: quiet \"* 22-23,0-6 * * *\"".into(),
        Fault::UrlAtEnd => "end the file with a newline".into(),
        Fault::InvalidUrl => {
            "a URL is http[s]://[user:password@]host[:port][/path][?query], ended by a blank".into()
        }
        Fault::UnbalancedEscape => "\\0 needs xHH behind it, two hex digits; write \\\\0 for a backslash and a 0".into(),
        Fault::NameWithSlash => "leave out the slash".into(),
        Fault::ZeroTimeout => "write 1 second or more".into(),
        Fault::UnknownFacility => "log_user, log_daemon or log_local0 to log_local7".into(),
        Fault::RateOrder => "write the smaller number first: '3 times within 5 cycles'".into(),
        Fault::MissingAddress => "write 'from: monit@example.com' or 'from: Name <monit@example.com>'".into(),
        Fault::NotJsonPointer => "a pointer is empty or begins with '/': \"/status\", \"/disks/0/free\"".into(),
        Fault::NotDnsName => "labels of 1 to 63 bytes between dots, 253 bytes in all".into(),
        Fault::NotNumericAddress => "write the address in digits, a name is not looked up here".into(),
        Fault::OnlyLastCounts { .. } => "write one 'if' for each test".into(),
        Fault::EveryCycles { cycles, period: None } => {
            format!("write every M seconds, {cycles} times the length of a cycle, or a schedule: every \"*/5 * * * *\"")
        }
        Fault::EveryCycles { period: Some(period), .. } => every(period.as_secs()),
        Fault::ShellSyntax => "let a shell read it: \"/bin/sh -c '…'\"".into(),
        Fault::PatternAsArgument => "let a shell fill it in: \"/bin/sh -c '…'\"".into(),
        Fault::PatternInPath => "name one file; for any number of them watch their directory, or use 'check program'".into(),
        Fault::EscapedQuote => OTHER_QUOTES.into(),
        Fault::IncludeFolder => "for all files in it add: /*".into(),
        Fault::EverySetsService => {
            "to run the program again write 'repeat every N cycles'; to set the schedule begin a new line".into()
        }
        Fault::UserAsArgument => "to run it as another user write: as uid NAME and gid NAME".into(),
        Fault::AlertIsGlobal => "for this service only, leave out 'set'".into(),
        Fault::QuoteSwallows => "is a closing quote missing?".into(),
        Fault::LoginAsServer => "write: username \"…\" password \"…\"".into(),
        Fault::NothingToAllow => "write: allow user:\"password\"".into(),
        Fault::PemMode { .. } => "chmod 600 the file".into(),
        Fault::RadiusNeedsUdp => "write: port 1812 type udp protocol radius".into(),
        _ => return None,
    })
}

/// A period, and the schedule that comes to the same if there is one.
fn every(seconds: u64) -> String {
    let minutes = seconds / 60;
    let schedule = if seconds % 60 != 0 || minutes == 0 {
        None
    } else if minutes < 60 && 60 % minutes == 0 {
        Some(if minutes == 1 { "* * * * *".to_string() } else { format!("*/{minutes} * * * *") })
    } else if minutes % 60 == 0 && minutes / 60 < 24 && 24 % (minutes / 60) == 0 {
        let hours = minutes / 60;
        Some(if hours == 1 { "0 * * * *".to_string() } else { format!("0 */{hours} * * *") })
    } else {
        None
    };
    match schedule {
        Some(schedule) => {
            format!("with this length of a cycle: every {seconds} seconds, or every \"{schedule}\"")
        }
        None => format!("with this length of a cycle: every {seconds} seconds"),
    }
}

/// `<<<<<<< HEAD`.
pub(super) fn merge_marker(situation: &Situation) -> Option<Explanation> {
    let raw = situation.raw();
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().find(|mark| raw.starts_with(**mark))?;
    hint("a merge conflict was left in the file")
}

/// `{{ port }}`, `<%= port %>`, `@PORT@`, `$PORT`: text that some program should have replaced.
pub(super) fn template(situation: &Situation) -> Option<Explanation> {
    let span = &situation.token.span;
    if let Some(mark) = unfilled(&String::from_utf8_lossy(span.source.line_at(span.start).0)) {
        let (before, rest) = situation.line_of(span);
        let is_shown = (before + &rest).contains(&mark);
        return hint(if is_shown { not_filled_in(&mark) } else { NOT_FILLED_IN.into() });
    }
    let raw = String::from_utf8_lossy(span.raw());
    let name = raw.strip_prefix('$')?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    if situation.is_hidden() {
        return hint("a control file has no variables, '$' and a name stand for themselves");
    }
    hint(format!("a control file has no variables, '${name}' stands for itself"))
}

/// Where the mark may not be shown.
pub(in crate::control) const NOT_FILLED_IN: &str =
    "there seems to be a place of a template on this line that nobody filled in";

/// What to say about a mark of [`unfilled`].
pub(in crate::control) fn not_filled_in(mark: &str) -> String {
    format!("'{mark}' looks like a place in a template that nobody filled in")
}

/// The first mark in a line that some program, or the reader of a manual, should have replaced by something.
pub(in crate::control) fn unfilled(line: &str) -> Option<String> {
    // Comments may show what they like.
    let line = if line.trim_start().starts_with('#') { return None } else { line };
    // A shell's `${X}` in quotes is fine.
    let in_quotes = |at: usize| line.get(..at).is_some_and(|text| text.matches(['"', '\'']).count() % 2 == 1);
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<%", "%>"), ("${", "}"), ("[%", "%]")] {
        if let Some(start) = line.find(open).filter(|start| open != "${" || !in_quotes(*start)) {
            let behind = line.get(start + open.len()..).unwrap_or_default();
            let end = behind.find(close).map_or(line.len(), |end| start + open.len() + end + close.len());
            return Some(line.get(start..end).unwrap_or(open).trim_end().to_string());
        }
        if line.contains(close) && close.len() > 1 {
            return Some(close.to_string());
        }
    }
    if let Some((_, behind)) = line.split_once("://$") {
        let name = behind.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        return Some(format!("${name}"));
    }
    let capitals = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    // A domain begins in capitals rarely enough, but an address has no second @.
    for mark in ["@@", "%%", "__", "@", "%"] {
        if let Some(name) = line.split(mark).skip(1).step_by(2).find(|part| capitals(part)) {
            let whole = format!("{mark}{name}{mark}");
            if line.contains(&whole) {
                return Some(whole);
            }
        }
    }
    // `<your-email>`, but not the address in `Name <a@b.c>` nor a comparison.
    let mut rest = line;
    while let Some((_, behind)) = rest.split_once('<') {
        let inner = behind.split_once('>').map(|(inner, _)| inner).unwrap_or_default();
        let word = |c: char| c.is_ascii_alphanumeric() || "-_ ".contains(c);
        if inner.starts_with(|c: char| c.is_ascii_alphabetic())
            && inner.len() > 2
            && inner.chars().all(word)
            && !inner.ends_with(' ')
        {
            return Some(format!("<{inner}>"));
        }
        rest = behind;
    }
    None
}

/// `"say \"yes\""`: a backslash does not keep a quote from ending the text.
pub(super) fn escaped_quote(situation: &Situation) -> Option<Explanation> {
    let span = &situation.token.span;
    let start = span.source.line_start(span.start) as usize;
    let line = span.source.bytes.get(start..span.end as usize).unwrap_or_default();
    escaped_quote_in(&String::from_utf8_lossy(line)).and_then(hint)
}

/// What to do about a quote behind a backslash in a line, if there is one.
pub(in crate::control) fn escaped_quote_in(line: &str) -> Option<&'static str> {
    let marked =
        |quote: &str| line.find(quote).is_some_and(|at| !line.get(..at).unwrap_or_default().ends_with('\\'));
    (marked("\\\"") || marked("\\'")).then_some(OTHER_QUOTES)
}

const OTHER_QUOTES: &str =
    "a backslash does not escape a quote: write ' inside \", or \" inside ' where no command is quoted";

/// Looks at the token and at the one before it, which may have swallowed the character.
pub(super) fn invisible_character(situation: &Situation) -> Option<Explanation> {
    for span in [Some(&situation.token.span), situation.previous].into_iter().flatten() {
        let raw = span.raw();
        let Ok(text) = std::str::from_utf8(raw) else { continue };
        let found = text.char_indices().find_map(|(offset, letter)| {
            let invisible =
                INVISIBLE.iter().find(|(invisible, _)| *invisible == letter).map(|(_, what)| *what);
            (invisible.is_some() || CURLY.contains(&letter)).then_some((offset, letter, invisible))
        });
        let Some((offset, letter, invisible)) = found else { continue };
        let start = span.start + offset as u32;
        let end = start + letter.len_utf8() as u32;
        let here = Span { source: Rc::clone(&span.source), start, end, line: span.line };
        let column = column(&here);
        let text = match invisible {
            Some(what) => format!("column {column} holds {what}, which is no blank here; delete it"),
            None => format!("column {column} holds the curly quote {letter}; use \" or '"),
        };
        return Some(Explanation { hint: Some(text), span: Some(here) });
    }
    None
}

/// From 1, in characters.
fn column(span: &Span) -> usize {
    let start = span.source.line_start(span.start) as usize;
    let before = span.source.bytes.get(start..span.start as usize).unwrap_or_default();
    String::from_utf8_lossy(before).chars().count() + 1
}
