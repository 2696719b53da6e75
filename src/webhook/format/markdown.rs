//! What of a text would mean something where texts are Markdown: the name of a process, a line of a log, or what a server says may be
//! written by anybody, and must be neither a link nor a heading nor a list. <https://spec.commonmark.org/0.31.2/#backslash-escapes>

use super::links::broken;
use crate::webhook::message::cut;

/// How far a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Nothing but blanks so far.
    Begins,
    /// A number, which may be that of a list.
    Counts,
    /// It goes on.
    Goes,
}

/// The text with a backslash before whatever would mean something and without [links](broken), cut to so many bytes.
pub fn plain(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut line = Line::Begins;
    for letter in broken(text).chars() {
        let means = match line {
            Line::Begins => "#-+=".contains(letter),
            Line::Counts => ".)".contains(letter),
            Line::Goes => false,
        };
        if means || "\\`*_~[]<>|".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
        line = match line {
            _ if letter == '\n' => Line::Begins,
            Line::Begins if letter.is_whitespace() => Line::Begins,
            Line::Begins | Line::Counts if letter.is_ascii_digit() => Line::Counts,
            _ => Line::Goes,
        };
    }
    // A backslash that lost what it stood before would take the next one.
    let begin = cut(&out, longest);
    let lone =
        begin.len() < out.len() && begin.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    let end = begin.len() - usize::from(lone);
    out.truncate(end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything() {
        for (text, shown) in [
            ("web is down", "web is down"),
            ("[a](http://b.c)", "\\[a\\]\u{200b}(http:\u{200b}//b.c)"),
            ("1. x\n 22) y\n3 4.\n5.6\na 7.", "1\\. x\n 22\\) y\n3 4.\n5\\.6\na 7."),
            ("x\n===\na = b", "x\n\\===\na = b"),
            ("my_service *up*\n  # 1 - 2\n- x", "my\\_service \\*up\\*\n  \\# 1 - 2\n\\- x"),
            ("<@1> `rm` ~a~ |b| \\", "\\<@\u{200b}1\\> \\`rm\\` \\~a\\~ \\|b\\| \\\\"),
        ] {
            assert_eq!(plain(text, 99), shown);
        }
    }

    #[test]
    fn what_is_cut_ends_whole() {
        assert_eq!(plain("ab[c]", 3), "ab");
        assert_eq!(plain("ab[c]", 4), "ab\\[");
        assert_eq!(plain("\\\\\\", 4), "\\\\\\\\");
        assert_eq!(plain("\\\\\\", 3), "\\\\");
        assert_eq!(plain("äö", 3), "ä");
    }
}
