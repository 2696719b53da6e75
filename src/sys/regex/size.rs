//! How large the C library would make a pattern. It writes repetitions out (`((a{1,255}){1,255}){1,255}` has 23 GB) and
//! calls itself for each parenthesis (15 000 of them overflow the stack, which ends the process). Measured with glibc:
//! memory grows with the atoms, and with the square of the choices. What is wrong in other ways is for the library to say.

/// Longest pattern, in bytes.
const LENGTH: usize = 32 * 1024;
/// Deepest nesting of parentheses.
const DEPTH: usize = 500;
/// Repetition signs on one atom; the time for them grows with the third power.
const STACKED: u32 = 100;
/// Atoms when all repetitions are written out. About 10 MB.
const ATOMS: u64 = 32_768;
/// Places where the match can go on in two ways, repetitions written out: 2500 take about 50 MB while compiling.
const CHOICES: u64 = 2500;

/// What a part of a pattern comes to.
#[derive(Clone, Copy, Default)]
struct Size {
    atoms: u64,
    choices: u64,
}

impl Size {
    fn add(&mut self, other: Size) {
        self.atoms = self.atoms.saturating_add(other.atoms);
        self.choices = self.choices.saturating_add(other.choices);
    }

    /// Repeated up to `most` times, of which `optional` need not be.
    fn repeated(self, most: u64, optional: u64) -> Size {
        Size {
            atoms: self.atoms.saturating_mul(most.max(1)),
            choices: self.choices.saturating_mul(most.max(1)).saturating_add(optional),
        }
    }
}

/// May the library be given this pattern?
pub(super) fn is_bearable(pattern: &[u8]) -> bool {
    if pattern.len() > LENGTH {
        return false;
    }
    // One entry for each open parenthesis: what stands before it.
    let mut outer: Vec<Size> = Vec::new();
    let mut before = Size::default();
    let mut last = Size::default();
    let mut stacked = 0;
    let mut rest = pattern;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let repetition = match byte {
            b'*' | b'?' => Some((1, 1)),
            // Written out as the atom and a starred copy of it.
            b'+' => Some((2, 1)),
            b'{' => interval(&mut rest),
            _ => None,
        };
        if let Some((most, optional)) = repetition {
            last = last.repeated(most, optional);
            stacked += 1;
        } else {
            stacked = 0;
            let atom = Size { atoms: 1, choices: u64::from(byte == b'|') };
            match byte {
                b'(' => {
                    before.add(last);
                    outer.push(std::mem::take(&mut before));
                    last = atom;
                }
                b')' => {
                    before.add(last);
                    before.add(atom);
                    last = std::mem::replace(&mut before, outer.pop().unwrap_or_default());
                }
                _ => {
                    before.add(std::mem::replace(&mut last, atom));
                    match byte {
                        b'\\' => rest = rest.get(1..).unwrap_or_default(),
                        b'[' => rest = behind_bracket(rest),
                        _ => {}
                    }
                }
            }
        }
        let fits = last.atoms <= ATOMS && last.choices <= CHOICES && stacked <= STACKED;
        if !fits || outer.len() > DEPTH {
            return false;
        }
    }
    before.add(last);
    outer.into_iter().for_each(|size| before.add(size));
    before.atoms <= ATOMS && before.choices <= CHOICES
}

/// The interval behind a `{`, as its upper bound and how many of these repetitions may be left out; `None` and nothing
/// taken if it is none.
fn interval(rest: &mut &[u8]) -> Option<(u64, u64)> {
    let end = rest.iter().position(|byte| *byte == b'}')?;
    let text = std::str::from_utf8(rest.get(..end)?).ok()?;
    let (least, most) = text.split_once(',').unwrap_or((text, text));
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u64>().ok() };
    let (least, most) = (number(least)?, number(most)?);
    *rest = rest.get(end + 1..)?;
    // `{m,}`: m of them and a starred one.
    let most = if most < least { least.saturating_add(1) } else { most };
    Some((most, (most - least).max(1)))
}

/// What follows a bracket expression; `]` is an ordinary member at its beginning, and inside `[:alpha:]`.
fn behind_bracket(rest: &[u8]) -> &[u8] {
    let mut at = usize::from(rest.first() == Some(&b'^'));
    at += usize::from(rest.get(at) == Some(&b']'));
    while let Some(byte) = rest.get(at) {
        match (byte, rest.get(at + 1)) {
            (b']', _) => return rest.get(at + 1..).unwrap_or_default(),
            (b'[', Some(kind @ (b':' | b'.' | b'='))) => {
                let inside = rest.get(at + 2..).unwrap_or_default();
                let end = inside.windows(2).position(|pair| pair == [*kind, b']']);
                at += end.map_or(2, |end| end + 4);
            }
            _ => at += 1,
        }
    }
    // Never closed: the library says so.
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_bearable() {
        let words = format!("({}last)", "some longer word|".repeat(1000));
        let address =
            "([0-9]{1,3}\\.){3}[0-9]{1,3} - [^ ]{1,255} \\[[^]]*\\] \"(GET|POST) [[:print:]]{1,255}\"";
        for pattern in [
            address,
            "",
            "a{5000}",
            "(a{1,10}){1,10}",
            "a{x}{",
            "{",
            "]{1,3}",
            "[",
            "[[:alpha",
            ")))",
            "\\",
            &words,
        ] {
            assert!(is_bearable(pattern.as_bytes()), "{pattern}");
        }
        assert!(is_bearable("(".repeat(DEPTH).as_bytes()));
        assert!(is_bearable("[(]{3}".repeat(2000).as_bytes()), "no parenthesis is open");
        assert!(is_bearable("\\(".repeat(2000).as_bytes()));
    }

    #[test]
    fn what_ends_the_process_or_the_machine_is_not() {
        let nested = format!("{}a{}", "(".repeat(15_000), ")".repeat(15_000));
        let doubled = format!("{}a{}", "(".repeat(40), "+)".repeat(40));
        for pattern in [
            "((a{1,255}){1,255}){1,255}",
            "a{255}{255}{255}",
            "a{1,20000}",
            "(a*){3000,}",
            "a{99999999999999999999}{99999999999999999999}{1,18446744073709551615}",
            &nested,
            &doubled,
            &format!("a{}", "*".repeat(5000)),
            &"abc|".repeat(8000),
            &"a?".repeat(8000),
            &"a".repeat(LENGTH + 1),
        ] {
            let start = pattern.get(..40).unwrap_or(pattern);
            assert!(!is_bearable(pattern.as_bytes()), "{start}");
        }
    }
}
