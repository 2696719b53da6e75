//! JSON being written: objects and lists without a tree in between.

use crate::document::json::quoted;

/// An object on its way.
#[derive(Debug)]
pub struct Object(String);

impl Object {
    /// `{}`.
    pub fn new() -> Object {
        Object(String::from("{"))
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quoted(&mut self.0, name);
        self.0.push(':');
    }

    /// A member that is a text.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Object {
        self.name(name);
        quoted(&mut self.0, value);
        self
    }

    /// The same; without a text there is no member.
    #[must_use]
    pub fn text_if_any(self, name: &str, value: &str) -> Object {
        if value.is_empty() { self } else { self.text(name, value) }
    }

    /// A member that is a number, a truth value, an object or a list, as JSON has it.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl std::fmt::Display) -> Object {
        self.name(name);
        self.0.push_str(&value.to_string());
        self
    }

    /// The whole.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A list of values that are JSON.
pub fn list(values: &[String]) -> String {
    format!("[{}]", values.join(","))
}

/// A text as it stands between quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quoted(&mut out, text);
    out.pop();
    out.remove(0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_lists() {
        let inner = Object::new().value("n", 1).end();
        let text = Object::new().text("a\"", "b\n").value("list", list(&[inner.clone(), inner])).end();
        assert_eq!(text, r#"{"a\"":"b\n","list":[{"n":1},{"n":1}]}"#);
        assert_eq!(Object::new().end(), "{}");
        assert_eq!(escaped("\"x\"\\"), r#"\"x\"\\"#);
    }
}
