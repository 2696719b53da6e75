//! Texts in HTML and XML.

/// Appends a text with what means markup in both replaced by its reference; what else is to become of a character says
/// `other`.
pub fn escape(out: &mut String, text: &str, other: impl Fn(&mut String, char)) {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    // Nearly every text can be taken over as it is.
    if text.bytes().all(plain) {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            character => other(out, character),
        }
    }
}
