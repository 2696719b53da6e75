//! The automaton of one or several patterns: a list of steps, all repetitions written out (Thompson's construction).

use super::set::{ByteSet, is_word};
use super::tree::{Assert, Node, Tree};

/// Steps that a program has at most. With what is needed to run it, that is half a megabyte.
const MOST_STEPS: u64 = 30_000;
/// So many sets are looked through for one that is there already.
const DISTINCT: usize = 64;

/// One step. What is not a jump goes on with the step behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruction {
    /// Takes this byte.
    Byte(u8),
    /// Takes a byte of this set.
    Set(u16),
    /// Goes on if the condition holds here.
    Assert(Assert),
    /// Goes on behind it and there.
    Split(u16),
    /// Goes on there.
    Jump(u16),
    /// Everything was found.
    Match,
}

/// A runnable pattern.
#[derive(Debug)]
pub struct Program {
    steps: Vec<Instruction>,
    sets: Vec<ByteSet>,
    /// Which bytes are all the same to the pattern: the class of each.
    classes: Box<[u8; 256]>,
    /// A byte of each class.
    examples: Vec<u8>,
    /// It can begin only where the text does.
    anchored: bool,
    /// It asks for words.
    words: bool,
    /// It asks for line breaks.
    lines: bool,
}

/// Can there be a program for this pattern alone?
pub fn is_possible(tree: &Tree) -> bool {
    !tree.back_reference && tree.depth > 0 && tree.steps < MOST_STEPS - 2
}

impl Program {
    /// The program that finds one of the patterns. `None`: it would be too large, or one has a back reference.
    pub fn new(trees: Vec<Tree>, ignore_case: bool) -> Option<Program> {
        let steps = trees.iter().fold(1u64, |sum, tree| sum.saturating_add(tree.steps).saturating_add(2));
        if steps > MOST_STEPS || !trees.iter().all(is_possible) {
            return None;
        }
        let mut writer = Writer { steps: Vec::with_capacity(steps as usize), sets: Vec::new() };
        // Where every search begins; nothing else leads there.
        writer.push(Instruction::Jump(1));
        let mut sets: Vec<ByteSet> = Vec::new();
        let mut anchored = true;
        let mut ends = Vec::new();
        let count = trees.len();
        for (at, tree) in trees.into_iter().enumerate() {
            let split = (at + 1 < count).then(|| writer.push(Instruction::Split(0)));
            writer.sets.clear();
            for set in &tree.sets {
                let known = sets.iter().take(DISTINCT).position(|known| known == set);
                let number = known.unwrap_or_else(|| {
                    sets.push(*set);
                    sets.len() - 1
                });
                writer.sets.push(u16::try_from(number).ok()?);
            }
            anchored &= begins(&tree.node);
            writer.node(&tree.node);
            if let Some(split) = split {
                ends.push(writer.push(Instruction::Jump(0)));
                writer.set_target(split);
            }
        }
        ends.into_iter().for_each(|end| writer.set_target(end));
        writer.push(Instruction::Match);
        let mut steps = writer.steps;
        steps.shrink_to_fit();
        let asks = |wanted: &[Assert]| {
            steps.iter().any(|step| matches!(step, Instruction::Assert(assert) if wanted.contains(assert)))
        };
        let words = asks(&[Assert::WordBegin, Assert::WordEnd, Assert::Boundary, Assert::NoBoundary]);
        let lines = asks(&[Assert::LineBegin, Assert::LineEnd]);
        let (classes, examples) = classes(&steps, &sets, words, lines, ignore_case);
        Some(Program { steps, sets, classes, examples, anchored, words, lines })
    }

    /// The step with that number.
    pub fn step(&self, at: u16) -> Instruction {
        self.steps.get(usize::from(at)).copied().unwrap_or(Instruction::Match)
    }

    /// The step behind that one, jumps followed: states that are the same should look the same.
    pub fn behind(&self, at: u16) -> u16 {
        let mut at = at.saturating_add(1);
        while let Instruction::Jump(there) = self.step(at) {
            at = there;
        }
        at
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Is the byte in that set?
    pub fn set_contains(&self, set: u16, byte: u8) -> bool {
        self.sets.get(usize::from(set)).is_some_and(|set| set.contains(byte))
    }

    /// The class of each byte.
    pub fn classes(&self) -> &[u8; 256] {
        &self.classes
    }

    /// A byte of each class, as the steps see it.
    pub fn examples(&self) -> &[u8] {
        &self.examples
    }

    /// Can it begin only where the text does?
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// Does it matter whether the byte before is part of a word?
    pub fn asks_for_words(&self) -> bool {
        self.words
    }

    /// Does it matter whether the byte before is a line break?
    pub fn asks_for_lines(&self) -> bool {
        self.lines
    }

    /// How many things tell bytes apart: finding the classes takes as long.
    pub fn distinctions(&self) -> u64 {
        (self.sets.len() + self.examples.len()) as u64
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.steps.capacity() * size_of::<Instruction>() + self.sets.capacity() * size_of::<ByteSet>() + 512
    }
}

/// Must the node begin where the text begins?
fn begins(node: &Node) -> bool {
    match node {
        Node::Assert(Assert::Begin | Assert::LineBegin) => true,
        Node::Concat(nodes) => nodes.first().is_some_and(begins),
        Node::Either(nodes) => nodes.iter().all(begins),
        Node::Repeat(node, least, _) => *least > 0 && begins(node),
        Node::Byte(_) | Node::Set(_) | Node::Assert(_) => false,
    }
}

struct Writer {
    steps: Vec<Instruction>,
    /// The numbers that the sets of the tree have here.
    sets: Vec<u16>,
}

impl Writer {
    /// The number of the next step. There are at most [`MOST_STEPS`].
    fn here(&self) -> u16 {
        u16::try_from(self.steps.len()).unwrap_or(u16::MAX)
    }

    fn push(&mut self, step: Instruction) -> u16 {
        let at = self.here();
        self.steps.push(step);
        at
    }

    /// The jump at that place leads here.
    fn set_target(&mut self, at: u16) {
        let here = self.here();
        if let Some(Instruction::Split(target) | Instruction::Jump(target)) =
            self.steps.get_mut(usize::from(at))
        {
            *target = here;
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Byte(byte) => drop(self.push(Instruction::Byte(*byte))),
            Node::Set(set) => {
                let number = self.sets.get(usize::from(*set)).copied().unwrap_or(0);
                self.push(Instruction::Set(number));
            }
            Node::Assert(assert) => drop(self.push(Instruction::Assert(*assert))),
            Node::Concat(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Either(nodes) => {
                let mut ends = Vec::new();
                for (at, node) in nodes.iter().enumerate() {
                    if at + 1 == nodes.len() {
                        self.node(node);
                        break;
                    }
                    let split = self.push(Instruction::Split(0));
                    self.node(node);
                    ends.push(self.push(Instruction::Jump(0)));
                    self.set_target(split);
                }
                ends.into_iter().for_each(|end| self.set_target(end));
            }
            Node::Repeat(node, least, most) => self.repeat(node, *least, *most),
        }
    }

    fn repeat(&mut self, node: &Node, least: u16, most: Option<u16>) {
        let mut last = self.here();
        for _ in 0..least {
            last = self.here();
            self.node(node);
        }
        match most {
            None if least > 0 => drop(self.push(Instruction::Split(last))),
            None => {
                let again = self.push(Instruction::Split(0));
                self.node(node);
                self.push(Instruction::Jump(again));
                self.set_target(again);
            }
            Some(most) => {
                let mut splits = Vec::new();
                for _ in least..most {
                    splits.push(self.push(Instruction::Split(0)));
                    self.node(node);
                }
                splits.into_iter().for_each(|split| self.set_target(split));
            }
        }
    }
}

/// Puts bytes into one class that no step and no condition tells apart.
fn classes(
    steps: &[Instruction],
    sets: &[ByteSet],
    words: bool,
    lines: bool,
    ignore_case: bool,
) -> (Box<[u8; 256]>, Vec<u8>) {
    let mut classes = [0u8; 256];
    let mut count = 1u16;
    let mut part = |test: &dyn Fn(u8) -> bool| {
        // Each class of which some bytes are in the set and some are not becomes two.
        let mut halves: [Option<u8>; 256] = [None; 256];
        let mut outside = [false; 256];
        for (byte, class) in (0..=u8::MAX).zip(&classes) {
            if let Some(outside) = outside.get_mut(usize::from(*class)).filter(|_| !test(byte)) {
                *outside = true;
            }
        }
        for (byte, class) in (0..=u8::MAX).zip(&mut classes) {
            let old = usize::from(*class);
            if !test(byte) || !outside.get(old).copied().unwrap_or(false) {
                continue;
            }
            let half = halves.get_mut(old).map(|half| {
                *half.get_or_insert_with(|| {
                    count += 1;
                    // 256 bytes have at most 256 classes.
                    u8::try_from(count - 1).unwrap_or(u8::MAX)
                })
            });
            *class = half.unwrap_or(*class);
        }
    };
    let mut single = [false; 256];
    single[usize::from(b'\n')] = lines;
    for step in steps {
        if let Instruction::Byte(byte) = step {
            if let Some(seen) = single.get_mut(usize::from(*byte)) {
                *seen = true;
            }
        }
    }
    sets.iter().for_each(|set| part(&|byte| set.contains(byte)));
    if words {
        part(&is_word);
    }
    (0..=u8::MAX).zip(single).filter(|(_, seen)| *seen).for_each(|(this, _)| part(&|byte| byte == this));
    let mut examples = vec![0u8; usize::from(count)];
    for (byte, class) in (0..=u8::MAX).zip(&classes) {
        if let Some(example) = examples.get_mut(usize::from(*class)) {
            *example = byte;
        }
    }
    if ignore_case {
        // Texts are read as capitals.
        let capitals = classes;
        for (byte, class) in (0..=u8::MAX).zip(&mut classes) {
            let capital = usize::from(byte.to_ascii_uppercase());
            *class = capitals.get(capital).copied().unwrap_or(0);
        }
    }
    (Box::new(classes), examples)
}
