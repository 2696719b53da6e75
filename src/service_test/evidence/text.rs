//! What others wrote, made fit for a message: short, in whole characters, without anything that moves a cursor or turns a line.

use std::borrow::Cow;

/// What stands for the rest of a text.
const REST: &str = "...";

/// Is it more than a letter to look at: a control character, or one that breaks, turns or hides a line?
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// One line of text: bytes that are no UTF-8 and hostile characters become `?`, tabs blanks. A mail stays as plain as
/// what was written.
pub fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let clean = text.chars().map(|c| match c {
        '\t' => ' ',
        '\u{fffd}' => '?',
        c if is_hostile(c) => '?',
        c => c,
    });
    clean.collect::<String>().trim().to_owned()
}

/// The beginning of a text in at most so many bytes, `...` included where something is missing. Less than 3 bytes: nothing.
pub fn clip(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let Some(mut end) = most.checked_sub(REST.len()) else { return "".into() };
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{REST}", text.get(..end).unwrap_or_default()).into()
}

/// The lines at the end of what was written, none of them blank, within the last `most` bytes. The first one may be the rest
/// of a line.
pub fn last_lines(bytes: &[u8], most: usize) -> Vec<String> {
    let bytes = bytes.trim_ascii_end();
    let from = bytes.len().saturating_sub(most);
    let (before, mut end) = bytes.split_at(from);
    // Not in the midst of a character.
    while let [0x80..=0xbf, rest @ ..] = end {
        if before.is_empty() || bytes.len() - rest.len() > from + 3 {
            break;
        }
        end = rest;
    }
    let mut lines: Vec<String> =
        end.split(|byte| matches!(byte, b'\n' | b'\r')).map(plain).filter(|line| !line.is_empty()).collect();
    let whole = before.is_empty() || before.ends_with(b"\n");
    if let (false, Some(first)) = (whole, lines.first_mut()) {
        first.insert_str(0, REST);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_hostile_is_left() {
        assert_eq!(plain(b"a\tb\x1b[2J\0c\xff\r"), "a b?[2J?c??");
        assert_eq!(plain("  x\u{202e}y\u{85}z\u{2028} ".as_bytes()), "x?y?z?");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(clip("größe", 20), "größe");
        assert_eq!(clip("größe", 6), "gr...");
        assert_eq!(clip("größe", 7), "größe");
        assert_eq!(clip("größer", 7), "grö...");
        assert_eq!(clip("größe", 2), "");
    }

    #[test]
    fn the_last_lines_are_those_of_the_end() {
        assert_eq!(last_lines(b"one\n\ntwo\r\nthree\n\n", 100), ["one", "two", "three"]);
        assert_eq!(last_lines(b"one\ntwo\nthree", 9), ["two", "three"]);
        assert_eq!(last_lines(b"one\ntwo\nthree", 8), ["...wo", "three"]);
        assert_eq!(last_lines("aöb".as_bytes(), 2), ["...b"]);
        assert_eq!(last_lines(b"\x80\x80", 100), ["??"]);
        assert!(last_lines(b" \n ", 100).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_clipped_is_a_beginning_within_its_limit(text in any::<String>(), most in 0usize..64) {
            let clipped = clip(&text, most);
            prop_assert!(clipped.len() <= most);
            match clipped.strip_suffix(REST).filter(|_| text.len() > most) {
                Some(start) => {
                    prop_assert!(text.starts_with(start));
                    // No character more would have had its place.
                    let next = text[start.len()..].chars().next().map_or(0, char::len_utf8);
                    prop_assert!(start.len() + next + REST.len() > most);
                }
                None => prop_assert!(clipped == text || (most < REST.len() && clipped.is_empty())),
            }
        }

        #[test]
        fn whatever_was_written_lines_are_short_and_harmless(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            most in 0usize..200,
        ) {
            let lines = last_lines(&bytes, most);
            for line in &lines {
                prop_assert!(!line.chars().any(is_hostile));
                prop_assert!(!line.is_empty());
            }
            let length: usize = lines.iter().map(String::len).sum();
            prop_assert!(length <= most + REST.len());
        }
    }
}
