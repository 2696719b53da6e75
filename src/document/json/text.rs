//! Texts, and fields of them.

use std::fmt::Write;

/// Appends a text in quotes.
pub fn quoted(out: &mut String, text: &str) {
    out.push('"');
    escape(out, text);
    out.push('"');
}

/// Whether a byte stands for itself, for each of them: a table, since a document has a million.
static PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b' ';
    while byte < 0x7f {
        table[byte as usize] = !matches!(byte, b'"' | b'\\' | b'<');
        byte += 1;
    }
    table
};

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| PLAIN.get(usize::from(byte)).is_some_and(|plain| *plain))
}

/// Escapes what has been appended behind this place, in a text that goes between quotes.
pub fn escape_behind(out: &mut String, place: usize) {
    if !out.get(place..).is_some_and(is_plain) {
        let text = out.split_off(place);
        escape(out, &text);
    }
}

/// Appends what stands between the quotes.
pub fn escape(out: &mut String, text: &str) {
    // Nearly every text can be taken over as it is.
    if is_plain(text) {
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
