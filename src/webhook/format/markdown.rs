//! What of a text would mean something where texts are Markdown: the name of a process, a line of a log, or what a server says may be
//! written by anybody, and must be neither a link nor a heading. <https://spec.commonmark.org/0.31.2/#backslash-escapes>

use crate::webhook::message::cut;

/// The text with a backslash before whatever would mean something, cut to so many bytes.
pub fn plain(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut begins_line = true;
    for letter in text.chars() {
        let at_the_beginning = begins_line && "#-+".contains(letter);
        if "\\`*_~[]<>|".contains(letter) || at_the_beginning {
            out.push('\\');
        }
        out.push(letter);
        begins_line = letter == '\n' || begins_line && letter.is_whitespace();
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
            ("[a](http://b.c)", "\\[a\\](http://b.c)"),
            ("my_service *up*\n  # 1 - 2\n- x", "my\\_service \\*up\\*\n  \\# 1 - 2\n\\- x"),
            ("<@1> `rm` ~a~ |b| \\", "\\<@1\\> \\`rm\\` \\~a\\~ \\|b\\| \\\\"),
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
