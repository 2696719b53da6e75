//! What tells our own forms from those of others.

use std::fmt;

/// 32 hexadecimal digits nobody can guess: the value of the `securitytoken` cookie and form field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 16]);

impl Token {
    /// A fresh one; `None` where the kernel gives no random numbers.
    pub fn random() -> Option<Token> {
        let mut bytes = [0; 16];
        crate::sys::random::fill(&mut bytes).ok()?;
        Some(Token(bytes))
    }

    /// The one that is written so, as a browser has it from an earlier page: its other pages stay of use.
    pub fn read(text: &str) -> Option<Token> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Token(bytes))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
