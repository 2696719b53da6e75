//! Parameters as browsers and command line clients send them: `application/x-www-form-urlencoded`
//! (URL Standard, section 5.1), in a query string or a body.
//!
//! Empty parameters and parameters without a value are fine anywhere. What the names mean is for the routes.

/// Decoded parameters in the order they came, repetitions kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(Box<str>, Box<str>)>);

impl Form {
    /// Takes `text` apart. Never fails: a `%` that is not followed by two digits stands for itself, and bytes that
    /// are not UTF-8 become U+FFFD.
    pub fn parse(text: &[u8]) -> Form {
        let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &b""[..]),
            };
            (decode(name).into(), decode(value).into())
        });
        Form(pairs.collect())
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// All values of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| &**key == name).map(|(_, value)| &**value)
    }
}

/// Undoes percent encoding; `+` is a blank, in paths too (a habit of this interface).
pub fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_parts_hide_nothing() {
        let form = Form::parse(b"&a&b=&&c=1=2&service=x&service=y&");
        assert_eq!(form.get("a"), Some(""));
        assert_eq!(form.get("b"), Some(""));
        assert_eq!(form.get("c"), Some("1=2"));
        assert_eq!(form.all("service").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(form.get("d"), None);
    }

    #[test]
    fn decodes_what_is_well_formed_and_keeps_the_rest() {
        assert_eq!(decode(b"a%20b+c%2Bd"), "a b c+d");
        assert_eq!(decode(b"100%"), "100%");
        assert_eq!(decode(b"%zz%4"), "%zz%4");
        assert_eq!(decode(b"%C3%BC"), "\u{fc}");
        assert_eq!(decode(b"%ff"), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_text_survives_encoding(value in any::<String>()) {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let form = Form::parse(format!("first&name={encoded}&last").as_bytes());
            prop_assert_eq!(form.get("name"), Some(value.as_str()));
        }
    }
}
