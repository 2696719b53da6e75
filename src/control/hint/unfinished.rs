//! Statements that end too early: at a later line that begins another one, or at the end of the file.

use super::{Explanation, Situation, hint};
use crate::control::diagnostic::listed;
use crate::control::keyword::Keyword as K;
use crate::control::token::{Kind, Span};
use crate::control::tried::{Tried, shown};
use crate::control::wanted::Wanted;

/// `group` with a blank behind it and nothing else: the first word of a later line is the name.
pub(super) fn name_on_later_line(situation: &Situation) -> Option<Explanation> {
    let (lead, keyword) = situation.so_far.statement.as_ref()?;
    let name = situation.previous?;
    if *keyword != Some(K::Group) || name.line == lead.line || situation.token.first_on_line {
        return None;
    }
    hint(format!(
        "the name is missing behind 'group' on line {}: '{}' was taken for it",
        lead.line,
        situation.previous_text()
    ))
}

/// A value was due, and the line ends: that line is to blame, not the next.
pub(super) fn value_missing(situation: &Situation) -> Option<Explanation> {
    if !ends_early(situation) {
        return None;
    }
    let what = situation.wanted_value()?;
    let previous = situation.previous?;
    if what == Wanted::Url && situation.token.kind == Kind::End {
        let behind = situation.token.span.source.bytes.get(previous.end as usize..).unwrap_or_default();
        if !behind.trim_ascii().is_empty() {
            return hint("white space must follow a URL: end the file with a newline");
        }
    }
    let text = format!("{what} is missing behind '{}'", situation.previous_text());
    Some(Explanation { hint: Some(text), span: Some(end_of(previous)) })
}

/// `stop program =` and nothing behind it.
pub(super) fn program_missing(situation: &Situation) -> Option<Explanation> {
    if !situation.token.is(K::Equal) || !situation.tried.contains(&Tried::Value(Wanted::Program)) {
        return None;
    }
    let span = &situation.token.span;
    let behind = span.source.bytes.get(span.end as usize..).unwrap_or_default();
    let line = behind.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    if !line.is_empty() && line.first() != Some(&b'#') {
        return None;
    }
    let (lead, _) = situation.so_far.statement.as_ref()?;
    let what = situation.text_of(lead);
    hint(format!("'{what}' on line {} is not finished: its program is missing behind '='", lead.line))
}

/// The statement before is not finished where the next one begins.
pub(super) fn statement_unfinished(situation: &Situation) -> Option<Explanation> {
    /// A longer list is no help.
    const MOST: usize = 5;
    // Where another statement could begin, the one before is complete.
    if !ends_early(situation) || situation.tried(K::Set) {
        return None;
    }
    let (lead, _) = situation.so_far.statement.as_ref()?;
    let previous = situation.previous?;
    let set = is_behind_set(lead);
    let name = if set { format!("set {}", situation.text_of(lead)) } else { situation.text_of(lead) };
    let choices = shown(situation.tried);
    let missing = if situation.tried(K::Then) {
        "'then' and an action are missing".to_string()
    } else if situation.tried(K::Unmonitor) {
        "the action is missing".to_string()
    } else if choices.is_empty() || choices.len() > MOST {
        "the rest is missing".to_string()
    } else {
        format!("{} is missing", listed(&choices, "or"))
    };
    let text = format!("'{}' on line {} is not finished: {missing}", name.trim(), lead.line);
    Some(Explanation { hint: Some(text), span: Some(end_of(previous)) })
}

/// The next token stands on a later line and begins a statement, or there is none.
fn ends_early(situation: &Situation) -> bool {
    match situation.token.kind {
        Kind::End => true,
        // A keyword on the next line may be the value, without its quotes.
        _ => {
            situation.on_later_line()
                && situation.token.keyword().is_some_and(|keyword| situation.starts_statement(keyword))
        }
    }
}

/// An empty place right behind the span, on the line where it ends.
fn end_of(span: &Span) -> Span {
    span.behind()
}

fn is_behind_set(lead: &Span) -> bool {
    let before = lead.source.bytes.get(..lead.start as usize).unwrap_or_default().trim_ascii_end();
    before.get(before.len().saturating_sub(3)..).is_some_and(|word| word.eq_ignore_ascii_case(b"set"))
}
