//! Text that fits through every mail server: encoded words in header lines (RFC 2047), quoted-printable in the body
//! (RFC 2045).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest line a message may have, without CR LF; RFC 5322, 2.1.1.
pub const LINE: usize = 998;
/// Bytes of text in one encoded word: 75 characters with its frame, RFC 2047, 2.
const WORD: usize = 45;
/// Longest header value that is sent as it is.
const PLAIN: usize = 900;

/// A header value that cannot start a second header line. ASCII stays as it is, everything else becomes encoded words.
pub fn header(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.is_ascii() && clean.len() <= PLAIN && !clean.contains("=?") {
        return clean;
    }
    let mut words = String::new();
    let mut rest = clean.as_str();
    while !rest.is_empty() {
        let mut end = WORD.min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (now, later) = rest.split_at(end);
        if !words.is_empty() {
            words.push_str("\r\n ");
        }
        words.push_str("=?utf-8?B?");
        words.push_str(&STANDARD.encode(now));
        words.push_str("?=");
        rest = later;
    }
    words
}

/// A display name before an address: in quotes, or as encoded words.
pub fn name(text: &str) -> String {
    let encoded = header(text);
    if encoded.starts_with("=?") {
        return encoded;
    }
    let mut quoted = String::from("\"");
    for c in encoded.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Can it be sent as it is through a server that takes bytes above 127, or only if there are none?
pub fn fits(body: &str, eight_bit: bool) -> bool {
    (eight_bit || body.is_ascii()) && body.split("\r\n").all(|line| line.len() <= LINE)
}

/// Quoted-printable, for text whose lines end in CR LF.
pub fn quoted_printable(body: &str) -> String {
    const WIDTH: usize = 76;
    let mut out = String::with_capacity(body.len() + body.len() / 8);
    for (index, line) in body.split("\r\n").enumerate() {
        if index > 0 {
            out.push_str("\r\n");
        }
        let bytes = line.as_bytes();
        let mut column = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let last = at + 1 == bytes.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
            let width = if plain { 1 } else { 3 };
            // Room for the `=` of a soft line break is kept in every line.
            if column + width > WIDTH - 1 {
                out.push_str("=\r\n");
                column = 0;
            }
            if plain {
                out.push(char::from(*byte));
            } else {
                out.push_str(&format!("={byte:02X}"));
            }
            column += width;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_stay_one_header() {
        assert_eq!(header("monit alert --  Does not exist f"), "monit alert --  Does not exist f");
        assert_eq!(header("a\r\nBcc: x@y\0"), "a  Bcc: x@y ");
        assert_eq!(header("größe"), "=?utf-8?B?Z3LDtsOfZQ==?=");
        assert_ne!(header("=?utf-8?Q?fake?="), "=?utf-8?Q?fake?=");
        let long = header(&"ü ".repeat(2000));
        assert!(long.split("\r\n").all(|line| line.len() <= 76));
        assert!(long.split("\r\n").skip(1).all(|line| line.starts_with(' ')));
        assert!(header(&"x".repeat(5000)).split("\r\n").all(|line| line.len() <= 76));
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(name("Mo Nit"), "\"Mo Nit\"");
        assert_eq!(name("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
        assert_eq!(name("Mö"), "=?utf-8?B?TcO2?=");
    }

    #[test]
    fn quoted_printable_as_in_the_rfc() {
        assert_eq!(quoted_printable("a=b\r\n\ttab ü \r\n.\r\n"), "a=3Db\r\n\ttab =C3=BC=20\r\n.\r\n");
        let long = quoted_printable(&"0123456789".repeat(30));
        assert!(long.split("\r\n").all(|line| line.len() <= 76));
        assert_eq!(long.replace("=\r\n", ""), "0123456789".repeat(30));
        assert!(quoted_printable(&"ü".repeat(100)).split("\r\n").all(|line| line.len() <= 76));
    }

    #[test]
    fn what_fits_goes_as_it_is() {
        assert!(fits("plain\r\n", false) && fits("ü", true) && !fits("ü", false));
        assert!(fits(&"x".repeat(998), true) && !fits(&"x".repeat(999), true));
        assert!(fits(&"x\r\n".repeat(999), true));
    }
}
