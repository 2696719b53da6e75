//! The word before the one that cannot stand here is the wrong one: it was taken for a value.

use super::{Explanation, Situation, hint};
use crate::control::keyword::Keyword as K;
use crate::control::spelling::{closest, is_near};
use crate::control::token::{Kind, Span};

/// `set mailserver mail.example.com prot 25`: what stands before the number is nearly a word that wants one.
pub(super) fn misspelt(situation: &Situation) -> Option<Explanation> {
    let previous = word_before(situation)?;
    let (tried, before) = (situation.tried.iter(), situation.tried_before.iter());
    let words = before.chain(tried).flat_map(|tried| tried.spellings());
    let meant = closest(&situation.previous_text(), words.filter(|word| *word != "check"))?;
    told(format!("did you mean '{meant}'?"), previous)
}

/// `depends n db`: a word that says nothing is misspelt, and so it is the name.
pub(super) fn noise(situation: &Situation) -> Option<Explanation> {
    let previous = word_before(situation)?;
    let (lead, keyword) = situation.so_far.statement.as_ref()?;
    let bytes = &previous.source.bytes;
    let between = bytes.get(lead.end as usize..previous.start as usize)?;
    if lead.source.index != previous.source.index || !between.trim_ascii().is_empty() {
        return None;
    }
    let word = situation.previous_text();
    let noise: &[&str] = if *keyword == Some(K::Depends) { &["on", "with"] } else { &["with"] };
    let meant = noise.iter().find(|noise| is_near(&word, noise))?;
    told(format!("did you mean '{meant}'?"), previous)
}

/// `check process x y`.
pub(super) fn process(situation: &Situation) -> Option<Explanation> {
    let (_, keyword) = situation.so_far.statement.as_ref()?;
    let value = matches!(situation.token.kind, Kind::String | Kind::Path | Kind::Number);
    if *keyword != Some(K::CheckProcess) || !value || !situation.tried(K::PidFile) {
        return None;
    }
    hint("how is the process found? write 'with pidfile PATH' or 'matching \"PATTERN\"' behind its name")
}

/// The word before a value, if it is a plain one and none of the language.
fn word_before<'a>(situation: &Situation<'a>) -> Option<&'a Span> {
    let value =
        matches!(situation.token.kind, Kind::Number | Kind::Real | Kind::String | Kind::Path | Kind::Url);
    let previous = situation.previous.filter(|_| value && !situation.on_later_line())?;
    let word = situation.previous_text();
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    (plain && !K::words().any(|known| known.eq_ignore_ascii_case(&word))).then_some(previous)
}

fn told(text: String, span: &Span) -> Option<Explanation> {
    Some(Explanation { hint: Some(text), span: Some(span.clone()) })
}
