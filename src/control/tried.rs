//! What was looked for where an error is, and how the error lists it.

use super::keyword::Keyword;
use super::wanted::Wanted;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tried {
    Keyword(Keyword),
    /// A kind of value.
    Value(Wanted),
    /// A word that is special only here.
    Word(&'static str),
}

impl Tried {
    /// The words that would have been right.
    pub(super) fn spellings(&self) -> Vec<&'static str> {
        match self {
            Tried::Keyword(keyword) => keyword.spellings().collect(),
            Tried::Word(word) => vec![*word],
            Tried::Value(_) => Vec::new(),
        }
    }
}

/// What was looked for, as an error lists it: each once, the types of `check` together.
pub(super) fn shown(tried: &[Tried]) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for item in tried {
        let item = match item {
            Tried::Keyword(keyword) if keyword.is_check() => "'check …'".to_string(),
            Tried::Keyword(keyword) => format!("'{}'", keyword.name()),
            Tried::Word(word) => format!("'{word}'"),
            Tried::Value(what) => what.to_string(),
        };
        if !list.contains(&item) {
            list.push(item);
        }
    }
    list
}
