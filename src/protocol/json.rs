//! One value out of a JSON text (RFC 8259), found by a pointer (RFC 6901). Nothing is built: the text is passed over once, and
//! where the pointer leads is read. What stands behind the end of the text, and how deep it nests, is bounded.

use super::excerpt;

/// How deep arrays and objects may nest.
const DEPTH: u32 = 64;
/// Most of a value that a message shows.
const SHOWN: usize = 80;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A string, its escapes resolved.
    Text(String),
    /// A number, `true`, `false` or `null`, as it is written.
    Word(String),
    /// An array or an object.
    Compound,
}

/// It is not JSON, or nests too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson;

impl Found {
    /// Is it what the control file says? Numbers compare by value.
    pub fn is(&self, wanted: &str) -> bool {
        match self {
            Found::Text(text) => text == wanted,
            Found::Word(word) => {
                // Of whole numbers a double would take neighbours for the same.
                let whole = |text: &str| text.parse::<i128>().ok();
                let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
                let same = match whole(word).zip(whole(wanted)) {
                    Some((one, other)) => one == other,
                    None => number(word).zip(number(wanted)).is_some_and(|(one, other)| one == other),
                };
                word == wanted || same
            }
            Found::Compound => false,
        }
    }

    /// Fit for a message.
    pub fn shown(&self) -> Box<str> {
        match self {
            Found::Text(text) | Found::Word(text) => excerpt(text.as_bytes(), SHOWN),
            Found::Compound => "an array or object".into(),
        }
    }
}

/// What stands where `pointer` leads; `None`: there is no such place. Of two members of the same name the last one counts.
pub fn find(text: &[u8], pointer: &str) -> Result<Option<Found>, NotJson> {
    let steps: Vec<Vec<u8>> = pointer.split('/').skip(1).map(unescaped).collect();
    let mut reader = Reader { rest: text, found: None };
    reader.value(Some(&steps), DEPTH)?;
    reader.blank();
    if reader.rest.is_empty() { Ok(reader.found) } else { Err(NotJson) }
}

/// A step of a pointer: `~1` is `/`, `~0` is `~`.
fn unescaped(step: &str) -> Vec<u8> {
    step.replace("~1", "/").replace("~0", "~").into_bytes()
}

struct Reader<'a> {
    rest: &'a [u8],
    found: Option<Found>,
}

/// What of the pointer is left for a value below; `None`: it is not on the way.
type Way<'w> = Option<&'w [Vec<u8>]>;

impl<'a> Reader<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Takes this byte, behind blanks, if it stands here.
    fn accept(&mut self, byte: u8) -> bool {
        self.blank();
        let here = self.rest.first() == Some(&byte);
        if here {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        here
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.accept(byte) { Ok(()) } else { Err(NotJson) }
    }

    fn value(&mut self, way: Way<'_>, depth: u32) -> Result<(), NotJson> {
        let depth = depth.checked_sub(1).ok_or(NotJson)?;
        self.blank();
        let is_here = way.is_some_and(<[_]>::is_empty);
        let found = match self.rest.first().ok_or(NotJson)? {
            b'{' => self.object(way, depth)?,
            b'[' => self.array(way, depth)?,
            b'"' => {
                let raw = self.string()?;
                if is_here { Found::Text(resolved(raw)?) } else { Found::Compound }
            }
            _ => {
                let word = self.word()?;
                if is_here { Found::Word(word.into()) } else { Found::Compound }
            }
        };
        if is_here {
            self.found = Some(found);
        }
        Ok(())
    }

    fn object(&mut self, way: Way<'_>, depth: u32) -> Result<Found, NotJson> {
        self.expect(b'{')?;
        if self.accept(b'}') {
            return Ok(Found::Compound);
        }
        loop {
            self.blank();
            let raw = self.string()?;
            let below = match way.and_then(<[_]>::split_first) {
                Some((step, rest)) if resolved(raw)?.as_bytes() == *step => {
                    self.found = None;
                    Some(rest)
                }
                _ => None,
            };
            self.expect(b':')?;
            self.value(below, depth)?;
            if !self.accept(b',') {
                return self.expect(b'}').map(|()| Found::Compound);
            }
        }
    }

    fn array(&mut self, way: Way<'_>, depth: u32) -> Result<Found, NotJson> {
        self.expect(b'[')?;
        if self.accept(b']') {
            return Ok(Found::Compound);
        }
        let way = way.and_then(<[_]>::split_first);
        let wanted = way.and_then(|(step, _)| index(step));
        for at in 0u64.. {
            let below = way.filter(|_| wanted == Some(at)).map(|(_, rest)| rest);
            self.value(below, depth)?;
            if !self.accept(b',') {
                break;
            }
        }
        self.expect(b']').map(|()| Found::Compound)
    }

    /// The bytes between the quotes.
    fn string(&mut self) -> Result<&'a [u8], NotJson> {
        let text = self.rest.strip_prefix(b"\"").ok_or(NotJson)?;
        let mut at = 0;
        loop {
            match text.get(at).ok_or(NotJson)? {
                b'"' => break,
                b'\\' => at += 2,
                0..=0x1f => return Err(NotJson),
                _ => at += 1,
            }
        }
        self.rest = text.get(at + 1..).unwrap_or_default();
        text.get(..at).ok_or(NotJson)
    }

    fn word(&mut self) -> Result<&'a str, NotJson> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let end = self.rest.iter().position(|byte| !is_part(byte)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if !is_number(word) && !matches!(word, b"true" | b"false" | b"null") {
            return Err(NotJson);
        }
        std::str::from_utf8(word).map_err(|_| NotJson)
    }
}

/// RFC 8259, section 6. Of millions of numbers only the one that is compared is worth its value.
fn is_number(word: &[u8]) -> bool {
    let whole = word.strip_prefix(b"-").unwrap_or(word);
    let (whole, exponent) = match whole.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (whole.get(..at).unwrap_or_default(), whole.get(at + 1..)),
        None => (whole, None),
    };
    let (whole, fraction) = match whole.iter().position(|byte| *byte == b'.') {
        Some(at) => (whole.get(..at).unwrap_or_default(), whole.get(at + 1..)),
        None => (whole, None),
    };
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let unsigned = |text: &[u8]| digits(text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text));
    digits(whole)
        && (whole == b"0" || !whole.starts_with(b"0"))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(unsigned)
}

/// A step as the index of an array: digits, no zero in front.
fn index(step: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(step).ok()?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if digits { text.parse().ok() } else { None }
}

/// A string without its escapes. Half of a surrogate pair, and bytes that are no UTF-8, become the replacement character.
fn resolved(raw: &[u8]) -> Result<String, NotJson> {
    if !raw.contains(&b'\\') {
        return Ok(String::from_utf8_lossy(raw).into_owned());
    }
    let mut units: Vec<u16> = Vec::new();
    let text = String::from_utf8_lossy(raw);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        units.push(match chars.next().ok_or(NotJson)? {
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'u' => {
                let digits = chars.as_str().get(..4).ok_or(NotJson)?;
                chars = chars.as_str().get(4..).unwrap_or_default().chars();
                if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(NotJson);
                }
                u16::from_str_radix(digits, 16).map_err(|_| NotJson)?
            }
            c @ ('"' | '\\' | '/') => u16::try_from(u32::from(c)).map_err(|_| NotJson)?,
            _ => return Err(NotJson),
        });
    }
    Ok(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" {"status": "o\u006b\n", "queue": [1, {"depth": 3.50}, []], "up": true, "a/b": {"~": null},
        "": {"": "deep"}, "twice": 1, "twice": "last", "\ud83d\ude00": -1e3, "odd": "\ud83d" } "#;

    fn at(pointer: &str) -> Option<Found> {
        find(TEXT.as_bytes(), pointer).unwrap()
    }

    #[test]
    fn pointers_lead_to_values() {
        let text = |text: &str| Some(Found::Text(text.into()));
        let word = |text: &str| Some(Found::Word(text.into()));
        for (pointer, found) in [
            ("", Some(Found::Compound)),
            ("/status", text("ok\n")),
            ("/queue", Some(Found::Compound)),
            ("/queue/0", word("1")),
            ("/queue/00", None),
            ("/queue/1/depth", word("3.50")),
            ("/queue/2/0", None),
            ("/queue/3", None),
            ("/queue/-", None),
            ("/up", word("true")),
            ("/up/0", None),
            ("/a~1b/~0", word("null")),
            ("//", text("deep")),
            ("/twice", text("last")),
            ("/\u{1f600}", word("-1e3")),
            ("/odd", text("\u{fffd}")),
            ("/none", None),
        ] {
            assert_eq!(at(pointer), found, "{pointer:?}");
        }
        assert_eq!(find(b"\"x\"", "").unwrap(), text("x"));
        for number in ["0", "-0", "10", "0.50", "-1E-7", "1e+300"] {
            assert_eq!(find(number.as_bytes(), "").unwrap(), word(number), "{number}");
        }
    }

    #[test]
    fn values_compare() {
        assert!(at("/queue/1/depth").unwrap().is("3.5"));
        assert!(at("/up").unwrap().is("true"));
        assert!(!at("/up").unwrap().is("1"));
        assert!(at("/twice").unwrap().is("last"));
        assert!(!Found::Compound.is("an array or object"));
        let word = |text: &str| Found::Word(text.into());
        assert!(word("9007199254740993").is("9007199254740993"));
        assert!(!word("9007199254740993").is("9007199254740992"), "a double has no room for both");
        assert!(word("100000").is("1e5"));
        assert!(!word("1e999").is("inf") && !word("1e999").is("1e998"));
    }

    #[test]
    fn what_is_no_json_is_told() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "nul",
            "01x",
            "1 2",
            "\"a",
            "\"\\",
            "\"a\nb\"",
            "+1",
            ".5",
            "1.",
            "01",
            "-01",
            "-.5",
            "1.e5",
            "1e",
            "1e+",
            "1e1.5",
            "--1",
            "-",
            "NaN",
            "inf",
            "[1",
            "}",
            "\u{feff}1",
            "<html>",
        ] {
            assert_eq!(find(text.as_bytes(), "/x"), Err(NotJson), "{text:?}");
        }
        assert_eq!(find(br#""\q""#, ""), Err(NotJson));
        assert_eq!(find(br#""\u+123""#, ""), Err(NotJson));
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(find(nested(64).as_bytes(), "/0").is_ok());
        assert_eq!(find(nested(65).as_bytes(), "/0"), Err(NotJson));
        assert_eq!(find("[".repeat(1_000_000).as_bytes(), "/0"), Err(NotJson));
    }

    #[test]
    fn cut_off_anywhere_it_is_none() {
        let text = TEXT.trim_end();
        for end in 0..text.len() {
            assert_eq!(find(&text.as_bytes()[..end], "/up"), Err(NotJson), "{end}");
        }
    }
}
