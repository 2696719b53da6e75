//! Reads patterns: POSIX extended regular expressions as the C library's `regcomp(REG_EXTENDED)` reads them in the C
//! locale, extensions, oddities and errors included (`tests.rs` holds both against each other).
//!
//! What takes more than a few bytes of memory per byte of pattern is left to [`super::program`].

use super::Flags;
use super::bracket::bracket;
use super::set::{ByteSet, is_space, is_word};
use super::tree::{Assert, Node, Tree};
use super::wrong::Wrong;

/// Deepest nesting of which the tree is kept: it is worked on by functions that call themselves.
pub const DEPTH: usize = 200;
/// The highest number in an interval, `RE_DUP_MAX`.
const MOST: u32 = 32_767;

/// What one or two bytes of a pattern stand for.
#[derive(Debug, Clone, Copy)]
enum Token {
    Byte(u8),
    Set(fn(u8) -> bool),
    Assert(Assert),
    BackReference(u8),
    Open,
    Close,
    Or,
    Bracket,
    Repeat(u16, Option<u16>),
    OpenInterval,
    CloseInterval,
    Backslash,
    End,
}

/// Part of the pattern and what it comes to.
#[derive(Debug, Clone)]
struct Part {
    node: Node,
    steps: u64,
    depth: usize,
}

/// What stands between two parentheses, as far as it is read.
#[derive(Debug, Default)]
struct Group {
    alternatives: Vec<Part>,
    items: Vec<Part>,
    /// The number of the group for back references.
    number: u32,
}

struct Parser<'a> {
    rest: &'a [u8],
    flags: Flags,
    token: Token,
    sets: Vec<ByteSet>,
    /// Groups that have ended, one bit each.
    ended: u16,
    groups: u32,
    back_reference: bool,
}

/// Reads a pattern.
pub fn parse(pattern: &[u8], flags: Flags) -> Result<Tree, Wrong> {
    if pattern.contains(&0) {
        return Err(Wrong::Nul);
    }
    let mut parser = Parser {
        rest: pattern,
        flags,
        token: Token::End,
        sets: Vec::new(),
        ended: 0,
        groups: 0,
        back_reference: false,
    };
    parser.advance();
    let part = parser.pattern()?;
    Ok(Tree {
        node: part.node,
        sets: parser.sets,
        steps: part.steps,
        depth: if part.depth > DEPTH { 0 } else { part.depth },
        back_reference: parser.back_reference,
    })
}

fn part(node: Node) -> Part {
    Part { node, steps: 1, depth: 1 }
}

/// Parts that belong together: one alone stays what it is.
fn joined(mut parts: Vec<Part>, join: fn(Vec<Node>) -> Node, between: u64) -> Part {
    if parts.len() == 1 {
        if let Some(only) = parts.pop() {
            return only;
        }
    }
    let joints = between.saturating_mul((parts.len() as u64).saturating_sub(1));
    let steps = parts.iter().fold(joints, |sum, part| sum.saturating_add(part.steps));
    let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0) + 1;
    if depth > DEPTH {
        return Part { node: Node::empty(), steps, depth };
    }
    Part { node: join(parts.into_iter().map(|part| part.node).collect()), steps, depth }
}

impl Group {
    fn end_alternative(&mut self) {
        let mut items = std::mem::take(&mut self.items);
        items.retain(|item| item.steps > 0);
        self.alternatives.push(joined(items, Node::Concat, 0));
    }

    fn whole(mut self) -> Part {
        self.end_alternative();
        // One step goes two ways, one jumps over what follows.
        joined(self.alternatives, Node::Either, 2)
    }
}

/// The part so many times.
fn repeated(mut inner: Part, least: u16, most: Option<u16>) -> Part {
    if most == Some(0) || inner.steps == 0 {
        return Part { node: Node::empty(), steps: 0, depth: 1 };
    }
    let simple = |least: u16, most: Option<u16>| least <= 1 && most.is_none_or(|most| most == 1);
    if let Node::Repeat(_, inner_least, inner_most) = &mut inner.node {
        // `a**`, `(a?)+`: one repetition says the same.
        if simple(*inner_least, *inner_most) && simple(least, most) {
            let both = *inner_least * least;
            let many = most.is_none() || inner_most.is_none();
            (*inner_least, *inner_most) = (both, (!many).then_some(1));
            inner.steps = inner.steps.saturating_add(1);
            return inner;
        }
    }
    let copies = u64::from(most.unwrap_or(least).max(1));
    let choices = most.map_or(2, |most| u64::from(most - least));
    let steps = inner.steps.saturating_mul(copies).saturating_add(choices);
    let depth = inner.depth + 1;
    if depth > DEPTH {
        return Part { node: Node::empty(), steps, depth };
    }
    Part { node: Node::Repeat(Box::new(inner.node), least, most), steps, depth }
}

impl Parser<'_> {
    fn take(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// Without regard to case, patterns and texts are read as capitals.
    fn folded(&self, byte: u8) -> u8 {
        if self.flags.ignore_case { byte.to_ascii_uppercase() } else { byte }
    }

    fn advance(&mut self) {
        self.token = match self.take() {
            None => Token::End,
            Some(b'\\') => match self.take() {
                None => Token::Backslash,
                Some(byte) => escaped(byte),
            },
            Some(byte) => match byte {
                b'|' => Token::Or,
                b'*' => Token::Repeat(0, None),
                b'+' => Token::Repeat(1, None),
                b'?' => Token::Repeat(0, Some(1)),
                b'{' => Token::OpenInterval,
                b'}' => Token::CloseInterval,
                b'(' => Token::Open,
                b')' => Token::Close,
                b'[' => Token::Bracket,
                // A NUL byte is the one that a point does not stand for.
                b'.' => Token::Set(|byte| byte != 0),
                b'^' => Token::Assert(Assert::LineBegin),
                b'$' => Token::Assert(Assert::LineEnd),
                _ => Token::Byte(self.folded(byte)),
            },
        };
    }

    /// All of it. What is open is on a stack of its own: no pattern overflows ours.
    fn pattern(&mut self) -> Result<Part, Wrong> {
        let mut outer: Vec<Group> = Vec::new();
        let mut group = Group::default();
        loop {
            let item = match self.token {
                Token::End if outer.is_empty() => return Ok(group.whole()),
                Token::End => return Err(Wrong::Parenthesis),
                Token::Or => {
                    group.end_alternative();
                    self.advance();
                    continue;
                }
                Token::Open => {
                    let number = self.groups;
                    self.groups += 1;
                    outer.push(std::mem::replace(&mut group, Group { number, ..Group::default() }));
                    self.advance();
                    continue;
                }
                Token::Close => match outer.pop() {
                    Some(before) => {
                        let inner = std::mem::replace(&mut group, before);
                        if let Some(bit) = 1u16.checked_shl(inner.number).filter(|_| inner.number < 9) {
                            self.ended |= bit;
                        }
                        inner.whole()
                    }
                    // One that closes nothing stands for itself.
                    None => part(Node::Byte(b')')),
                },
                Token::CloseInterval => part(Node::Byte(b'}')),
                Token::Byte(byte) => part(Node::Byte(byte)),
                Token::Set(test) => part(self.set(ByteSet::of(test))),
                Token::Bracket => {
                    let set = bracket(&mut self.rest, self.flags)?;
                    part(self.set(set))
                }
                Token::BackReference(number) => {
                    if self.ended >> number & 1 == 0 {
                        return Err(Wrong::BackReference);
                    }
                    self.back_reference = true;
                    part(Node::empty())
                }
                Token::Assert(assert) => {
                    // `^*` repeats nothing.
                    group.items.push(part(Node::Assert(assert)));
                    self.advance();
                    continue;
                }
                Token::Repeat(..) | Token::OpenInterval => return Err(Wrong::Repetition),
                Token::Backslash => return Err(Wrong::Escape),
            };
            self.advance();
            let item = self.repetitions(item)?;
            group.items.push(item);
        }
    }

    /// The repetition signs behind an item.
    fn repetitions(&mut self, mut item: Part) -> Result<Part, Wrong> {
        loop {
            let (least, most) = match self.token {
                Token::Repeat(least, most) => (least, most),
                Token::OpenInterval => self.interval()?,
                _ => return Ok(item),
            };
            self.advance();
            item = repeated(item, least, most);
        }
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; the token is the closing brace then.
    fn interval(&mut self) -> Result<(u16, Option<u16>), Wrong> {
        let least = match self.number() {
            Number::Of(least) => least,
            Number::Nothing if matches!(self.token, Token::Byte(b',')) => 0,
            Number::Nothing => return Err(Wrong::Interval),
            Number::Nonsense => return Err(self.no_interval()),
        };
        let most = match self.token {
            Token::CloseInterval => Some(least),
            _ => match self.number() {
                Number::Of(most) => Some(most),
                Number::Nothing => None,
                Number::Nonsense => return Err(self.no_interval()),
            },
        };
        if !matches!(self.token, Token::CloseInterval) || most.is_some_and(|most| least > most) {
            return Err(Wrong::Interval);
        }
        if most.unwrap_or(least) > MOST {
            return Err(Wrong::TooBig);
        }
        let narrow = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        Ok((narrow(least), most.map(narrow)))
    }

    fn no_interval(&self) -> Wrong {
        if matches!(self.token, Token::End) { Wrong::Brace } else { Wrong::Interval }
    }

    /// The digits up to a comma or a closing brace.
    fn number(&mut self) -> Number {
        let mut number = Number::Nothing;
        loop {
            self.advance();
            number = match (self.token, number) {
                (Token::End, _) => return Number::Nonsense,
                (Token::CloseInterval | Token::Byte(b','), _) => return number,
                (Token::Byte(digit @ b'0'..=b'9'), Number::Nothing) => Number::Of(u32::from(digit - b'0')),
                (Token::Byte(digit @ b'0'..=b'9'), Number::Of(before)) => {
                    Number::Of((before * 10 + u32::from(digit - b'0')).min(MOST + 1))
                }
                _ => Number::Nonsense,
            };
        }
    }

    /// A node for a set; equal ones are kept once. With more than can be numbered the pattern is too large anyway.
    fn set(&mut self, set: ByteSet) -> Node {
        let known = self.sets.iter().rev().take(64).position(|known| *known == set);
        let at = match known {
            Some(back) => self.sets.len() - 1 - back,
            None => {
                self.sets.push(set);
                self.sets.len() - 1
            }
        };
        Node::Set(u16::try_from(at).unwrap_or(u16::MAX))
    }
}

#[derive(Debug, Clone, Copy)]
enum Number {
    Nothing,
    Nonsense,
    Of(u32),
}

/// What stands behind a backslash.
fn escaped(byte: u8) -> Token {
    match byte {
        b'1'..=b'9' => Token::BackReference(byte - b'1'),
        b'<' => Token::Assert(Assert::WordBegin),
        b'>' => Token::Assert(Assert::WordEnd),
        b'b' => Token::Assert(Assert::Boundary),
        b'B' => Token::Assert(Assert::NoBoundary),
        b'`' => Token::Assert(Assert::Begin),
        b'\'' => Token::Assert(Assert::End),
        b'w' => Token::Set(is_word),
        b'W' => Token::Set(|byte| !is_word(byte)),
        b's' => Token::Set(is_space),
        b'S' => Token::Set(|byte| !is_space(byte)),
        _ => Token::Byte(byte),
    }
}
