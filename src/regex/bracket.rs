//! Reads bracket expressions: `[a-z]`, `[^[:space:]]`, `[[.-.]]`, `[[=a=]]`, in the C locale.

use super::Flags;
use super::set::{ByteSet, class};
use super::wrong::Wrong;

/// Longest name between `[:` and `:]`.
const LONGEST_NAME: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// A `-` between two members.
    Range,
    Close,
    /// `[.`, `[=` or `[:`, by its second byte.
    Open(u8),
    End,
}

/// A member of the list.
enum Element {
    Byte(u8),
    /// `[.x.]`
    Symbol(Vec<u8>),
    /// `[=x=]`
    Equivalent(Vec<u8>),
    /// `[:x:]`
    Class(Vec<u8>),
}

struct Reader<'a> {
    rest: &'a [u8],
    flags: Flags,
}

/// Reads what follows `[`, and takes it from `rest`.
pub fn bracket(rest: &mut &[u8], flags: Flags) -> Result<ByteSet, Wrong> {
    let mut reader = Reader { rest, flags };
    let set = reader.list()?;
    *rest = reader.rest;
    Ok(set)
}

impl Reader<'_> {
    fn at(&self, index: usize) -> Option<u8> {
        let byte = *self.rest.get(index)?;
        Some(if self.flags.ignore_case { byte.to_ascii_uppercase() } else { byte })
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// The next token and how many bytes it takes.
    fn peek(&mut self) -> (Token, usize) {
        match self.at(0) {
            None => (Token::End, 0),
            Some(b'[') => match self.at(1) {
                Some(kind @ (b'.' | b'=' | b':')) => (Token::Open(kind), 2),
                _ => (Token::Byte(b'['), 1),
            },
            Some(b']') => (Token::Close, 1),
            Some(b'-') => (Token::Range, 1),
            Some(byte) => (Token::Byte(byte), 1),
        }
    }

    fn list(&mut self) -> Result<ByteSet, Wrong> {
        let mut set = ByteSet::default();
        let negated = self.at(0) == Some(b'^');
        if negated {
            self.skip(1);
        }
        let (mut token, mut length) = self.peek();
        match token {
            Token::End => return Err(Wrong::Pattern),
            // At the beginning it is a member.
            Token::Close => token = Token::Byte(b']'),
            _ => {}
        }
        let mut first = true;
        loop {
            let from = self.element(token, length, first)?;
            first = false;
            (token, length) = self.peek();
            let mut range = false;
            if matches!(from, Element::Byte(_) | Element::Symbol(_)) && token == Token::Range {
                let before = self.rest;
                self.skip(length);
                match self.peek() {
                    (Token::End, _) => return Err(Wrong::Bracket),
                    // The last one stands for itself.
                    (Token::Close, _) => {
                        self.rest = before;
                        (token, length) = (Token::Byte(b'-'), 1);
                    }
                    next => {
                        range = true;
                        (token, length) = next;
                    }
                }
            }
            if token == Token::End && !matches!(from, Element::Equivalent(_) | Element::Class(_)) {
                return Err(Wrong::Bracket);
            }
            if range {
                let to = self.element(token, length, true)?;
                (token, length) = self.peek();
                let (from, to) = (end_of_range(from)?, end_of_range(to)?);
                if from > to {
                    return Err(Wrong::Range);
                }
                (from..=to).for_each(|byte| set.insert(byte));
            } else {
                self.add(&mut set, from)?;
            }
            match token {
                Token::End => return Err(Wrong::Bracket),
                Token::Close => break,
                _ => {}
            }
        }
        self.skip(length);
        Ok(if negated { set.complement() } else { set })
    }

    /// A member that begins with this token. `hyphen`: a `-` may be one.
    fn element(&mut self, token: Token, length: usize, hyphen: bool) -> Result<Element, Wrong> {
        self.skip(length);
        Ok(match token {
            Token::Open(kind) => self.name(kind)?,
            Token::Range => {
                if !hyphen && self.peek().0 != Token::Close {
                    return Err(Wrong::Range);
                }
                Element::Byte(b'-')
            }
            Token::Byte(byte) => Element::Byte(byte),
            Token::Close => Element::Byte(b']'),
            Token::End => return Err(Wrong::Bracket),
        })
    }

    /// What stands between `[:` and `:]`.
    fn name(&mut self, kind: u8) -> Result<Element, Wrong> {
        let mut name = Vec::new();
        loop {
            // Names of classes are never read as capitals.
            let byte = if kind == b':' { self.rest.first().copied() } else { self.at(0) };
            let Some(byte) = byte.filter(|_| name.len() < LONGEST_NAME) else { return Err(Wrong::Bracket) };
            self.skip(1);
            match self.rest.first() {
                None => return Err(Wrong::Bracket),
                Some(b']') if byte == kind => break,
                Some(_) => name.push(byte),
            }
        }
        self.skip(1);
        Ok(match kind {
            b'.' => Element::Symbol(name),
            b'=' => Element::Equivalent(name),
            _ => Element::Class(name),
        })
    }

    fn add(&self, set: &mut ByteSet, element: Element) -> Result<(), Wrong> {
        match element {
            Element::Byte(byte) => set.insert(byte),
            Element::Symbol(name) | Element::Equivalent(name) => set.insert(single(&name)?),
            Element::Class(name) => {
                let name = match &name[..] {
                    b"upper" | b"lower" if self.flags.ignore_case => b"alpha",
                    name => name,
                };
                set.add(class(name).ok_or(Wrong::ClassName)?);
            }
        }
        Ok(())
    }
}

/// The C locale has collating elements of one byte only.
fn single(name: &[u8]) -> Result<u8, Wrong> {
    match name {
        [byte] => Ok(*byte),
        _ => Err(Wrong::Collation),
    }
}

fn end_of_range(element: Element) -> Result<u8, Wrong> {
    match element {
        Element::Byte(byte) => Ok(byte),
        Element::Symbol(name) => single(&name),
        Element::Equivalent(_) | Element::Class(_) => Err(Wrong::Range),
    }
}
