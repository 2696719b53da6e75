//! Elements and their texts, such that every document can be parsed whatever names and outputs are like.

use crate::config::digits;
use crate::document::markup;
use std::fmt::Write;

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

/// Elements, one behind the other: `"name": content` has a number or a word of ours, `"name" { … }` has elements. All marks
/// between two contents are put together when this is compiled, and are one copy.
macro_rules! elements {
    (@ $tags:expr, [$($mark:tt)*];) => {
        $tags.put(concat!($($mark),*))
    };
    (@ $tags:expr, [$($mark:tt)*]; @end $name:literal $($rest:tt)*) => {
        elements!(@ $tags, [$($mark)* "</" $name ">"]; $($rest)*)
    };
    (@ $tags:expr, [$($mark:tt)*]; $name:literal { $($inner:tt)* } $($rest:tt)*) => {
        elements!(@ $tags, [$($mark)* "<" $name ">"]; $($inner)* @end $name $($rest)*)
    };
    (@ $tags:expr, [$($mark:tt)*]; $name:literal: $content:expr, $($rest:tt)*) => {{
        $tags.put(concat!($($mark,)* "<", $name, ">"));
        $tags.content($content);
        elements!(@ $tags, ["</" $name ">"]; $($rest)*)
    }};
    ($tags:expr; $($rest:tt)*) => {
        elements!(@ $tags, []; $($rest)*)
    };
}
pub(super) use elements;

/// A number of base eight, as permissions are.
pub(super) struct Octal(pub u16);

impl Content for Octal {
    fn append(self, out: &mut String) {
        digits::octal(out, self.0);
    }
}

/// A number with so many decimals.
pub(super) struct Fixed(pub f64, pub usize);

impl Content for Fixed {
    fn append(self, out: &mut String) {
        digits::fixed(out, self.0, self.1);
    }
}

/// A text as it is.
pub(super) struct Section<'a>(pub &'a str);

impl Content for Section<'_> {
    fn append(self, out: &mut String) {
        out.push_str("<![CDATA[");
        section(out, self.0);
        out.push_str("]]>");
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

    /// Marks of ours.
    pub(super) fn put(&mut self, marks: &str) {
        self.0.push_str(marks);
    }

    /// What stands between two marks: a number, or a word of ours.
    pub(super) fn content(&mut self, content: impl Content) {
        content.append(self.0);
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
        self.content(Section(text));
        self.close(name);
    }
}

/// What stands in a section.
fn section(out: &mut String, text: &str) {
    // Nearly every text can be taken over as it is.
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b']') {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("]]>") {
        push(out, before);
        // The end mark is parted between two sections.
        out.push_str("]]]]><![CDATA[>");
        rest = behind;
    }
    push(out, rest);
}

/// XML 1.0, production 2: characters that no document may hold, not even as a reference.
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

fn push(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if is_forbidden(c) { '?' } else { c }));
}

/// Appends `text` for an element or an attribute in double quotes. A parser would make blanks of the line breaks in an
/// attribute, so they are references.
pub(super) fn escape(out: &mut String, text: &str) {
    markup::escape(out, text, |out, character| match character {
        '\n' | '\r' | '\t' => {
            let _ = write!(out, "&#{};", u32::from(character));
        }
        character if is_forbidden(character) => out.push('?'),
        character => out.push(character),
    });
}
