//! Texts, and fields of them.

use std::fmt::Write;

/// Appends a text in quotes.
pub fn quoted(out: &mut String, text: &str) {
    out.push('"');
    escape(out, text);
    out.push('"');
}

/// Appends what stands between the quotes.
pub fn escape(out: &mut String, text: &str) {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\' | b'<');
    // Nearly every text can be taken over as it is.
    if text.bytes().all(plain) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find(must_be_escaped) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Also what a page in a script would stumble over.
fn must_be_escaped(character: char) -> bool {
    match character {
        '"' | '\\' | '<' => true,
        ' '..='~' => false,
        c => c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
    }
}

pub fn field(out: &mut String, name: &str, text: &str) {
    label(out, name);
    quoted(out, text);
    out.push(',');
}

/// The name of a field, one of ours.
fn label(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

pub fn list<'a>(out: &mut String, name: &str, texts: impl Iterator<Item = &'a str>) {
    label(out, name);
    out.push('[');
    for (at, text) in texts.enumerate() {
        if at > 0 {
            out.push(',');
        }
        quoted(out, text);
    }
    out.push_str("],");
}
