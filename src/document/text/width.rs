//! How many columns a character takes on a terminal, so that names in any script line up.

/// Ranges of characters that take no column: combining marks and format characters (Unicode 16, general categories Mn,
/// Me and Cf, the common blocks).
const NONE: &[(u32, u32)] = &[
    (0x0300, 0x036f),
    (0x0483, 0x0489),
    (0x0591, 0x05bd),
    (0x0610, 0x061a),
    (0x064b, 0x065f),
    (0x06d6, 0x06dc),
    (0x0900, 0x0902),
    (0x093a, 0x093a),
    (0x0941, 0x0948),
    (0x0e31, 0x0e31),
    (0x0e34, 0x0e3a),
    (0x0e47, 0x0e4e),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200b, 0x200f),
    (0x202a, 0x202e),
    (0x2060, 0x2064),
    (0x20d0, 0x20f0),
    (0xfe00, 0xfe0f),
    (0xfe20, 0xfe2f),
    (0xfeff, 0xfeff),
];

/// Ranges that take two columns (Unicode 16, East Asian Width W and F).
const WIDE: &[(u32, u32)] = &[
    (0x1100, 0x115f),
    (0x231a, 0x231b),
    (0x2329, 0x232a),
    (0x23e9, 0x23ec),
    (0x2614, 0x2615),
    (0x26a1, 0x26a1),
    (0x2705, 0x2705),
    (0x274c, 0x274c),
    (0x2757, 0x2757),
    (0x2e80, 0x303e),
    (0x3041, 0x33ff),
    (0x3400, 0x4dbf),
    (0x4e00, 0x9fff),
    (0xa000, 0xa4cf),
    (0xa960, 0xa97f),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe30, 0xfe6f),
    (0xff00, 0xff60),
    (0xffe0, 0xffe6),
    (0x1f300, 0x1f64f),
    (0x1f680, 0x1f6ff),
    (0x1f900, 0x1f9ff),
    (0x20000, 0x3fffd),
];

fn within(ranges: &[(u32, u32)], code: u32) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

fn of_char(c: char) -> usize {
    let code = u32::from(c);
    match code {
        0..0x300 => 1,
        _ if within(NONE, code) => 0,
        _ if within(WIDE, code) => 2,
        _ => 1,
    }
}

/// The columns that `text` takes.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(of_char).sum()
}

/// Appends `text` in exactly `width` columns: padded with blanks, or cut and ended by `...`.
pub fn fit(out: &mut String, text: &str, width: usize) {
    let mut left = width;
    let whole = columns(text);
    if whole <= width {
        out.push_str(text);
        left -= whole;
    } else {
        let room = width.saturating_sub(3);
        let mut used = 0;
        for c in text.chars() {
            if used + of_char(c) > room {
                break;
            }
            used += of_char(c);
            out.push(c);
        }
        let dots = width.min(3);
        out.extend(std::iter::repeat_n('.', dots));
        left -= used + dots;
    }
    repeat(out, BLANKS, left);
}

const BLANKS: &str = "                                ";

/// Appends so many of the characters of a text that is made of one.
pub(super) fn repeat(out: &mut String, of: &str, mut count: usize) {
    let (all, each) = (of.chars().count(), of.chars().next().map_or(1, char::len_utf8));
    while count > 0 && all > 0 {
        let some = count.min(all);
        out.push_str(of.get(..some * each).unwrap_or_default());
        count -= some;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(text: &str, width: usize) -> String {
        let mut out = String::new();
        fit(&mut out, text, width);
        out
    }

    #[test]
    fn columns_are_those_of_the_terminal() {
        assert_eq!(columns("plain"), 5);
        assert_eq!(columns("ünïcode-näme"), 12);
        assert_eq!(columns("u\u{308}"), 1);
        assert_eq!(columns("漢字"), 4);
    }

    #[test]
    fn text_is_padded_or_cut_to_the_column() {
        assert_eq!(fitted("abc", 5), "abc  ");
        assert_eq!(fitted("abcdef", 6), "abcdef");
        assert_eq!(fitted("abcdefg", 6), "abc...");
        assert_eq!(fitted("漢字漢字", 6), "漢... ");
        assert_eq!(fitted("äöüäöüä", 6), "äöü...");
        for width in 0..8 {
            for text in ["", "abc", "漢字漢字", "a_very_long_name"] {
                assert_eq!(columns(&fitted(text, width)), width, "{text:?} in {width}");
            }
        }
    }
}
