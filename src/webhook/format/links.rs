//! Links that apps for people make of plain text: the name of a process, a line of a log, or what a server says may be written by
//! anybody, and nobody is to follow it by a click on an alert. There is no sign in these formats that says so; a blank without
//! width breaks what looks like a link and is not seen. What an app makes of a bare host name (`example.org`) is its own affair.

use crate::webhook::message::{Message, cut};
use std::borrow::Cow;

/// Without width.
const BLANK: char = '\u{200b}';

/// The text without links, and without mentions of people.
pub fn broken(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    for (at, letter) in text.char_indices() {
        let (before, behind) = text.split_at(at);
        let next = behind.chars().nth(1);
        let breaks = match letter {
            // http://, and every other scheme.
            '/' => before.ends_with(':') && next == Some('/'),
            '.' => before.len().checked_sub(3).is_some_and(|www| {
                before.as_bytes().get(www..).is_some_and(|word| word.eq_ignore_ascii_case(b"www"))
            }),
            // mailto:joe, tel:1, and a definition of a link of Markdown.
            ':' => {
                let scheme = |name: &&[u8]| {
                    let begin = at.checked_sub(name.len()).and_then(|begin| before.as_bytes().get(begin..));
                    begin.is_some_and(|word| word.eq_ignore_ascii_case(name))
                };
                [&b"mailto"[..], b"tel", b"]"].iter().any(scheme)
            }
            // [text](target), [text][name]
            '(' | '[' => before.ends_with(']'),
            // @joe, joe@example.org
            _ => before.ends_with('@') && letter.is_alphanumeric(),
        };
        if breaks {
            out.push_str(text.get(kept..at).unwrap_or_default());
            out.push(BLANK);
            kept = at;
        }
    }
    if kept == 0 {
        return text.into();
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    out.into()
}

/// What a message says behind its title, without links: the story, cut to so many bytes with the blanks that break them, and
/// the details.
pub fn said(message: &Message<'_>, longest: usize) -> String {
    let story = message.story(longest);
    format!("{}\n{}", cut(&broken(&story), longest), broken(&message.details()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_link_is_none() {
        for (text, shown) in [
            ("web is down: 3 / 4", "web is down: 3 / 4"),
            ("at http://a.b/c", "at http:~//a.b/c"),
            ("HTTPS://a ftp://b x:///y", "HTTPS:~//a ftp:~//b x:~///y"),
            ("://", ":~//"),
            ("www.a.b WwW.c", "www~.a.b WwW~.c"),
            ("www", "www"),
            ("mailto:a Tel:1 b:2", "mailto~:a Tel~:1 b:2"),
            ("joe@a.b @all @ x", "joe@~a.b @~all @ x"),
            ("[a](//b) [a][b]\n[b]: //c [d] (e)", "[a]~(//b) [a]~[b]\n[b]~: //c [d] (e)"),
            ("ä://ö @ü", "ä:~//ö @~ü"),
        ] {
            assert_eq!(broken(text), shown.replace('~', "\u{200b}"));
        }
    }
}
