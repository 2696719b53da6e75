//! Elements and their texts, such that every document can be parsed whatever names and outputs are like.

use super::super::digits;
use std::fmt::{Arguments, Write};

/// What stands in an element. A document of a thousand services has thirty thousand of these: numbers are written
/// straight into it, since the ways of `format!` cost several times as much.
pub(super) trait Content {
    /// Appends it.
    fn append(self, out: &mut String);
}

impl Content for &str {
    fn append(self, out: &mut String) {
        out.push_str(self);
    }
}

impl Content for Arguments<'_> {
    fn append(self, out: &mut String) {
        let _ = out.write_fmt(self);
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Content for $kind {
            fn append(self, out: &mut String) {
                digits::signed(out, i64::from(self));
            }
        }
    )*};
}
numbers!(u8, i8, i16, u16, i32, u32, i64);

impl Content for u64 {
    fn append(self, out: &mut String) {
        digits::decimal(out, self);
    }
}

/// A number, or a word of ours, in an element of that name. Its marks are made when this is compiled.
macro_rules! value {
    ($tags:expr, $name:literal, $value:expr $(,)?) => {
        $tags.between(concat!("<", $name, ">"), $value, concat!("</", $name, ">"))
    };
}
pub(super) use value;

/// A number of base eight, as permissions are.
pub(super) struct Octal(pub u16);

impl Content for Octal {
    fn append(self, out: &mut String) {
        digits::octal(out, self.0);
    }
}

/// Appends elements.
pub(super) struct Tags<'a>(pub &'a mut String);

impl Tags<'_> {
    pub(super) fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    /// `<element name="…">`
    pub(super) fn open_named(&mut self, element: &str, name: &str) {
        let _ = write!(self.0, "<{element} name=\"");
        escape(self.0, name);
        self.0.push_str("\">");
    }

    pub(super) fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element of elements.
    pub(super) fn within(&mut self, name: &str, content: impl FnOnce(&mut Tags<'_>)) {
        self.open(name);
        content(self);
        self.close(name);
    }

    /// What stands between two marks.
    pub(super) fn between(&mut self, open: &str, value: impl Content, close: &str) {
        self.0.push_str(open);
        value.append(self.0);
        self.0.push_str(close);
    }

    /// A number, or a word of ours; [`value!`] where the name is known.
    pub(super) fn value(&mut self, name: &str, value: impl Content) {
        self.open(name);
        value.append(self.0);
        self.close(name);
    }

    /// A text whose markup is written as entities.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.open(name);
        escape(self.0, text);
        self.close(name);
    }

    /// A text as it is.
    pub(super) fn cdata(&mut self, name: &str, text: &str) {
        self.open(name);
        self.0.push_str("<![CDATA[");
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("]]>") {
            push(self.0, before);
            // The end mark is parted between two sections.
            self.0.push_str("]]]]><![CDATA[>");
            rest = behind;
        }
        push(self.0, rest);
        self.0.push_str("]]>");
        self.close(name);
    }
}

/// XML 1.0, production 2: characters that no document may hold, not even as a reference.
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

fn push(out: &mut String, text: &str) {
    // Nearly every text can be taken over as it is.
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return out.push_str(text);
    }
    out.extend(text.chars().map(|c| if is_forbidden(c) { '?' } else { c }));
}

/// Appends `text` for an element or an attribute in double quotes. A parser would make blanks of the line breaks in an
/// attribute, so they are references.
pub(super) fn escape(out: &mut String, text: &str) {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && !matches!(byte, b'&' | b'<' | b'>' | b'"');
    if text.bytes().all(plain) {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            character if is_forbidden(character) => out.push('?'),
            character => out.push(character),
        }
    }
}
