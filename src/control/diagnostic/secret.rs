//! What a finding does not show: whatever may be a secret. Of a statement that can hold one, and of what is no statement, only
//! words of the language are shown, numbers behind them, and names and paths where the word before asks for one; all else
//! becomes stars, comments too. So nobody has to find the secret, however wrong the statement is.

use super::scan::Scan;
use super::shape::is_network;
use super::words;
use crate::control::odd::odd_length;
use crate::control::token::{Begun, Span};
use std::ops::Range;

/// Bytes before a line of its statement that are read.
const FARTHEST: usize = 2048;
/// Of a longer line no more than the neighbourhood of the finding is read, so many bytes before and behind it.
const AROUND: usize = 500;

/// What is known of the statement that a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The offset of the statement that the line begins with, and of the one that is being read.
    Begun(usize, usize),
    /// No more than the line.
    Line,
    /// Not even where a text in quotes begins and ends.
    Nothing,
}

/// The line at `line` of a text with a star for each letter that is not shown. The finding is at the offset `at`.
pub(super) fn hidden(text: &[u8], line: Range<usize>, at: usize, known: Known) -> Vec<u8> {
    if line.len() > 2 * AROUND {
        let around = at.saturating_sub(AROUND).max(line.start)..line.end.min(at + AROUND);
        let mut out = vec![b'*'; line.len()];
        let near =
            hidden(text, around.clone(), at, if known == Known::Line { Known::Nothing } else { known });
        if let Some(place) = out.get_mut(around.start - line.start..around.end - line.start) {
            place.copy_from_slice(&near);
        }
        return out;
    }
    let mut scan = Scan::new(text, line.clone(), at);
    match known {
        Known::Begun(first, own)
            if first <= line.end && own <= line.end && line.start <= first + FARTHEST =>
        {
            scan.begin(first);
            scan.run(first, own);
            scan.begin(own);
            scan.run(own, line.end);
        }
        Known::Line if words::is_open(words_at(text, line.start)) => {
            scan.begin(line.start);
            scan.run(line.start, line.end);
        }
        _ => {
            scan.go_on(line.start);
            scan.run(line.start, line.end);
        }
    }
    scan.finish()
}

/// The line of a token, and where in it the token is.
pub(super) fn line(span: &Span, begun: &Begun, known: Option<Known>) -> (Vec<u8>, usize) {
    let (line, offset) = span.source.line_at(span.start);
    let (at, start) = (span.start as usize, (span.start as usize).saturating_sub(offset));
    let range = start..start + line.len();
    let here = begun.file == span.source.index;
    let known = known.unwrap_or(match here {
        true => Known::Begun(begun.on_line as usize, begun.own as usize),
        false => Known::Line,
    });
    let mut shown = hidden(&span.source.bytes, range.clone(), at, known);
    if begun.is_ahead {
        // The statement may be over before the token.
        let alone = hidden(&span.source.bytes, range, at, Known::Line);
        let both = shown.iter_mut().zip(alone);
        both.filter(|(_, other)| *other == b'*').for_each(|(byte, _)| *byte = b'*');
    }
    (shown, offset)
}

/// The line of a token as it may be shown, and where in it the token is.
pub(in crate::control) fn shown_line(span: &Span, begun: &Begun) -> (Vec<u8>, usize) {
    line(span, begun, None)
}

/// The text of a token as it may be shown; of several lines the first.
pub(in crate::control) fn shown(span: &Span, begun: &Begun) -> Vec<u8> {
    let (line, offset) = line(span, begun, None);
    part(&line, offset, span.raw())
}

/// Of a line that is shown what stands for a token.
pub(super) fn part(line: &[u8], offset: usize, raw: &[u8]) -> Vec<u8> {
    let first = raw.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let end = line.len().min(offset + first.len());
    line.get(offset..end).unwrap_or_default().to_vec()
}

/// Can the word at `at` be no more than a misspelt statement? It is the first on its line, and the line before asks for no secret.
pub(super) fn stands_alone(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(FARTHEST)..at).unwrap_or_default();
    let mut lines = before.rsplit(|byte| *byte == b'\n');
    if lines.next().is_none_or(|line| !line.trim_ascii().is_empty()) {
        return false;
    }
    let last_two =
        |line| words_at(line, 0).fold(None, |last, word| Some((last.map_or("", |(_, last)| last), word)));
    match lines.find_map(last_two) {
        // Who is let in: the password may be what follows.
        Some((before, word)) if before.eq_ignore_ascii_case("allow") => is_network(word),
        Some((_, word)) => !words::asks_for_more(word),
        None => at <= FARTHEST,
    }
}

/// The first words of a statement.
pub(super) fn words_at(text: &[u8], at: usize) -> impl Iterator<Item = &str> {
    const FAR: usize = 512;
    let text = text.get(at..text.len().min(at + FAR)).unwrap_or_default();
    let comment = |line: &&[u8]| line.trim_ascii_start().first() != Some(&b'#');
    text.split(|byte| *byte == b'\n')
        .filter(comment)
        .map(|line| {
            let comment = line.windows(2).position(|two| two[0].is_ascii_whitespace() && two[1] == b'#');
            line.get(..comment.unwrap_or(line.len())).unwrap_or_default()
        })
        .flat_map(|line| line.split(|byte| byte.is_ascii_whitespace() || *byte == b','))
        .map(|word| word.get(odd_length(word, 0)..).unwrap_or_default())
        .filter(|word| !word.is_empty())
        .map(|word| std::str::from_utf8(word).unwrap_or("?"))
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
