//! What a server's answer to EHLO offers (RFC 5321, 4.1.1.1; one RFC for each extension).

use super::auth::Offered;

/// The extensions we can use.
#[derive(Debug, Default, Clone, Copy)]
#[allow(missing_docs)]
pub struct Extensions {
    pub starttls: bool,
    pub eight_bit: bool,
    pub utf8: bool,
    pub size: Option<u64>,
    pub auth: Offered,
}

impl Extensions {
    /// Takes note of one line of the answer.
    pub fn add(&mut self, line: &[u8]) {
        let Ok(text) = std::str::from_utf8(line) else { return };
        let text = text.trim();
        let (keyword, rest) = text.split_once([' ', '=']).unwrap_or((text, ""));
        if keyword.eq_ignore_ascii_case("STARTTLS") {
            self.starttls = true;
        } else if keyword.eq_ignore_ascii_case("8BITMIME") {
            self.eight_bit = true;
        } else if keyword.eq_ignore_ascii_case("SMTPUTF8") {
            self.utf8 = true;
        } else if keyword.eq_ignore_ascii_case("SIZE") {
            self.size = rest.trim().parse().ok().filter(|size| *size > 0);
        } else if keyword.eq_ignore_ascii_case("AUTH") {
            self.auth.add(rest);
        }
    }
}
