//! JSON for tests: a parser that takes what RFC 8259 allows and nothing else, and a validator for the words of JSON Schema
//! that `doc/api.schema.json` uses. A word it does not know is a failure: a schema that is not looked at proves nothing.

#![allow(dead_code, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::iter::Peekable;
use std::path::Path;
use std::str::Chars;

#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub fn parse(text: &str) -> Json {
        let mut chars = text.chars().peekable();
        let value = value(&mut chars).unwrap_or_else(|| panic!("no JSON: {text}"));
        space(&mut chars);
        assert_eq!(chars.next(), None, "something behind the JSON: {text}");
        value
    }

    /// The value behind these names and numbers.
    pub fn at(&self, path: &[&str]) -> &Json {
        path.iter().fold(self, |value, name| match value {
            Json::Object(fields) => fields.get(*name).unwrap_or_else(|| panic!("no {name} in {value:?}")),
            Json::List(items) => &items[name.parse::<usize>().expect("a number")],
            _ => panic!("nothing is in {value:?}"),
        })
    }

    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    pub fn number(&self) -> f64 {
        match self {
            Json::Number(number) => *number,
            other => panic!("{other:?} is no number"),
        }
    }

    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            other => panic!("{other:?} is no list"),
        }
    }
}

fn space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| " \t\r\n".contains(*c)).is_some() {}
}

fn value(chars: &mut Peekable<Chars<'_>>) -> Option<Json> {
    space(chars);
    match chars.peek()? {
        '{' => {
            let mut fields = BTreeMap::new();
            several(chars, '}', &mut |chars| {
                space(chars);
                let name = quoted(chars)?;
                space(chars);
                chars.next_if_eq(&':')?;
                // A name that is there twice is one too many.
                fields.insert(name, value(chars)?).is_none().then_some(())
            })?;
            Some(Json::Object(fields))
        }
        '[' => {
            let mut items = Vec::new();
            several(chars, ']', &mut |chars| {
                items.push(value(chars)?);
                Some(())
            })?;
            Some(Json::List(items))
        }
        '"' => Some(Json::Text(quoted(chars)?)),
        't' => word(chars, "true", Json::Bool(true)),
        'f' => word(chars, "false", Json::Bool(false)),
        'n' => word(chars, "null", Json::Null),
        _ => number(chars),
    }
}

fn several(
    chars: &mut Peekable<Chars<'_>>,
    close: char,
    one: &mut dyn FnMut(&mut Peekable<Chars<'_>>) -> Option<()>,
) -> Option<()> {
    chars.next();
    space(chars);
    if chars.next_if_eq(&close).is_some() {
        return Some(());
    }
    loop {
        one(chars)?;
        space(chars);
        match chars.next()? {
            ',' => {}
            c if c == close => return Some(()),
            _ => return None,
        }
    }
}

fn word(chars: &mut Peekable<Chars<'_>>, word: &str, value: Json) -> Option<Json> {
    word.chars().all(|c| chars.next() == Some(c)).then_some(value)
}

fn number(chars: &mut Peekable<Chars<'_>>) -> Option<Json> {
    let mut text = String::new();
    while let Some(c) = chars.next_if(|c| "+-.eE0123456789".contains(*c)) {
        text.push(c);
    }
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && !digits.ends_with('.')
        && !(digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit());
    plain.then(|| text.parse().ok().map(Json::Number))?
}

fn quoted(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    chars.next_if_eq(&'"')?;
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => text.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                c @ ('"' | '\\' | '/') => c,
                _ => return None,
            }),
            c if c < ' ' => return None,
            c => text.push(c),
        }
    }
}

/// What of `value` is not as `schema` says; empty: it is right. `root`: the whole schema, for references.
pub fn violations(root: &Json, schema: &Json, value: &Json, place: &str) -> Vec<String> {
    let Json::Object(words) = schema else { panic!("{place}: no schema: {schema:?}") };
    let mut found = Vec::new();
    for (word, rule) in words {
        let ok = match (word.as_str(), value) {
            ("$schema" | "title" | "$defs", _) => true,
            ("$ref", _) => {
                let path: Vec<&str> = rule.text().trim_start_matches("#/").split('/').collect();
                found.extend(violations(root, root.at(&path), value, place));
                true
            }
            ("allOf", _) => {
                rule.list().iter().for_each(|one| found.extend(violations(root, one, value, place)));
                true
            }
            ("anyOf", _) => rule.list().iter().any(|one| violations(root, one, value, place).is_empty()),
            ("type", _) => match rule {
                Json::List(types) => types.iter().any(|kind| is(kind.text(), value)),
                kind => is(kind.text(), value),
            },
            ("enum", _) => rule.list().contains(value),
            ("minimum", Json::Number(number)) => *number >= rule.number(),
            ("minLength", Json::Text(text)) => text.chars().count() as f64 >= rule.number(),
            ("required", Json::Object(fields)) => {
                rule.list().iter().all(|name| fields.contains_key(name.text()))
            }
            ("properties", Json::Object(fields)) => {
                let Json::Object(known) = rule else { panic!("{place}: properties") };
                for (name, schema) in known {
                    if let Some(value) = fields.get(name) {
                        found.extend(violations(root, schema, value, &format!("{place}.{name}")));
                    }
                }
                true
            }
            ("additionalProperties", Json::Object(fields)) => {
                for (name, value) in fields {
                    found.extend(violations(root, rule, value, &format!("{place}.{name}")));
                }
                true
            }
            ("items", Json::List(items)) => {
                for (at, item) in items.iter().enumerate() {
                    found.extend(violations(root, rule, item, &format!("{place}[{at}]")));
                }
                true
            }
            ("minimum" | "minLength" | "required" | "properties" | "additionalProperties" | "items", _) => {
                true
            }
            _ => panic!("{place}: the schema has a word that is not looked at: {word}"),
        };
        if !ok {
            found.push(format!("{place}: {word} {rule:?} against {value:?}"));
        }
    }
    found
}

fn is(kind: &str, value: &Json) -> bool {
    match (kind, value) {
        ("null", Json::Null)
        | ("boolean", Json::Bool(_))
        | ("number", Json::Number(_))
        | ("string", Json::Text(_))
        | ("array", Json::List(_))
        | ("object", Json::Object(_)) => true,
        ("integer", Json::Number(number)) => number.fract() == 0.0,
        _ => false,
    }
}

/// A document that is as `doc/api.schema.json` describes it under this name.
pub fn described(document: &str, definition: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/api.schema.json");
    let schema = Json::parse(&fs::read_to_string(path).expect("doc/api.schema.json"));
    let document = Json::parse(document);
    let found = violations(&schema, schema.at(&["$defs", definition]), &document, definition);
    assert!(found.is_empty(), "{}\nin {document:?}", found.join("\n"));
    document
}
