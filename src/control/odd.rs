//! Characters that look like a blank or a quote and are none: what word processors and web pages leave in a file.

/// Characters that look like a blank or like nothing at all.
pub(super) const INVISIBLE: &[(char, &str)] = &[
    ('\u{a0}', "a no-break space (U+00A0)"),
    ('\u{ad}', "a soft hyphen (U+00AD)"),
    ('\u{2002}', "an en space (U+2002)"),
    ('\u{2003}', "an em space (U+2003)"),
    ('\u{2007}', "a figure space (U+2007)"),
    ('\u{2009}', "a thin space (U+2009)"),
    ('\u{200b}', "a zero-width space (U+200B)"),
    ('\u{200c}', "a zero-width non-joiner (U+200C)"),
    ('\u{200d}', "a zero-width joiner (U+200D)"),
    ('\u{2028}', "a line separator (U+2028)"),
    ('\u{202f}', "a narrow no-break space (U+202F)"),
    ('\u{2060}', "a word joiner (U+2060)"),
    ('\u{3000}', "an ideographic space (U+3000)"),
    ('\u{feff}', "a byte order mark (U+FEFF)"),
    ('\u{c}', "a form feed (U+000C)"),
    ('\u{b}', "a vertical tab (U+000B)"),
    ('\u{1a}', "a control character (U+001A)"),
    ('\0', "a NUL byte"),
];

pub(super) const CURLY: &[char] =
    &['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{ab}', '\u{bb}'];

/// The length of a character at `at` that looks like a blank or a quote and is none; 0 without one.
pub(super) fn odd_length(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..text.len().min(at + 4)).unwrap_or_default();
    let letter = match std::str::from_utf8(rest) {
        Ok(rest) => rest.chars().next(),
        Err(wrong) => {
            rest.get(..wrong.valid_up_to()).map(String::from_utf8_lossy).and_then(|s| s.chars().next())
        }
    };
    let is_odd =
        |letter: &char| INVISIBLE.iter().any(|(invisible, _)| invisible == letter) || CURLY.contains(letter);
    letter.filter(is_odd).map_or(0, char::len_utf8)
}
