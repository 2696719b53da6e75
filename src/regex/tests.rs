use super::tree::Node;
use super::*;
use crate::sys::regcomp;
use std::time::{Duration, Instant};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern.as_bytes(), Flags::default()).unwrap()
}

/// Small numbers by xorshift: the same in every run, another seed for another run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const ATOMS: &[&str] = &[
    "a",
    "b",
    "c",
    "A",
    "B",
    "_",
    "-",
    " ",
    ".",
    ".",
    "[ab]",
    "[^a]",
    "[a-c]",
    "[^a-b]",
    "[[:alpha:]]",
    "[[:upper:]_]",
    "[[:space:][:digit:]]",
    "[^[:alnum:]]",
    "[[=a=]]",
    "[[.-.]-c]",
    "[]a]",
    "[^]a]",
    "[a-]",
    "[-a]",
    "[[.b.]-c]",
    "\\w",
    "\\W",
    "\\s",
    "\\S",
    "\\.",
    "\\a",
    "\\-",
    "\\{",
    "1",
    "}",
    ")",
    "ab",
    "abc",
    "\n",
    "[\\n]",
    "[[:lower:]]",
    "[[:punct:]]",
    "[A-Z]",
    "\\[",
    "\u{e4}",
    "[^ ]",
    "[\u{1}-z]",
];
const PLACES: &[&str] = &["^", "$", "\\b", "\\B", "\\<", "\\>", "\\`", "\\'"];
const SIGNS: &[&str] =
    &["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{,2}", "{2,}", "{0}", "{0,1}", "{1}", "{,}"];
const BROKEN: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{x}",
    "{1",
    "{2,1}",
    "{1,2,3}",
    "{32768}",
    "{99999999999}",
    "*",
    "+",
    "?",
    "|",
    "\\",
    "[b-a]",
    "[[:foo:]]",
    "[[.ab.]]",
    "[[=ab=]]",
    "[a-[:digit:]]",
    "[[:alpha:]-z]",
    "[a",
    "[[:a",
    "[^",
    "[a-",
    "[--a]",
    "[a--]",
    "[a---]",
    "[---]",
    "[%--]",
    "[a-c-e]",
    "[]",
    "[^]",
    "[[.",
    "[[..]]",
    "[[==]]",
    "[[::]]",
    "\\1",
    "\\9",
    "^*",
    "a|*b",
    "(*a)",
    "(|a)",
    "()",
    "()*",
    "(^)*",
    "($)+",
    "[[:ALPHA:]]",
    "[[.a",
    "[a-[.z.]]",
    "[[=a=]-z]",
    "{1\\,2}",
    "{\\1}",
    "\\)",
    "[[:space:]",
    "[[.].]]",
    "[[=]=]]",
    "[[.-.]-a]",
    "[_-a]",
    "[Z-a]",
    "\\Z",
    "{,",
    "{,x}",
    "{1,",
    "{1,x",
    "{01}",
];

fn random_pattern(dice: &mut Dice, depth: usize) -> String {
    let mut out = String::new();
    for _ in 0..=dice.below(4) {
        match dice.below(14) {
            0 | 1 if depth > 0 => {
                out.push('(');
                out.push_str(&random_pattern(dice, depth - 1));
                out.push(')');
            }
            2 => out.push_str(dice.pick(PLACES)),
            3 => out.push('|'),
            4 if dice.below(12) == 0 => out.push_str(dice.pick(BROKEN)),
            _ => out.push_str(dice.pick(ATOMS)),
        }
        if dice.below(3) == 0 && !out.ends_with(['|', '(', '^', '$']) {
            out.push_str(dice.pick(SIGNS));
            if dice.below(6) == 0 {
                out.push_str(dice.pick(SIGNS));
            }
        }
    }
    out
}

fn random_text(dice: &mut Dice) -> Vec<u8> {
    const BYTES: &[u8] = b"aaaabbbbccABC_-. 1[}){\n\0\xc3\xa4]\\Zz";
    (0..dice.below(9)).map(|_| BYTES[dice.below(BYTES.len())]).collect()
}

/// The C library (glibc 2.36) forgets some conditions in the copies it makes of a repeated group: it finds `(\<a){2}` in
/// `aa`, where no second word begins. There, and nowhere else, we differ.
fn repeats_a_condition(node: &Node, repeated: bool) -> bool {
    match node {
        Node::Byte(_) | Node::Set(_) => false,
        Node::Assert(_) => repeated,
        Node::Concat(nodes) | Node::Either(nodes) => {
            nodes.iter().any(|node| repeats_a_condition(node, repeated))
        }
        Node::Repeat(node, ..) => repeats_a_condition(node, true),
    }
}

/// Both readings of one pattern, and what they find in some texts.
fn compare(pattern: &str, dice: &mut Dice, differences: &mut Vec<String>) -> usize {
    let ignore_case = dice.below(3) == 0;
    let flags = Flags { ignore_case };
    let theirs = regcomp::Pattern::new(pattern.as_bytes(), ignore_case);
    let ours = Regex::new(pattern.as_bytes(), flags);
    let (theirs, ours) = match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => (theirs, ours),
        (Err(theirs), Err(ours)) if theirs.to_string() == ours.to_string() => return 1,
        (theirs, ours) => {
            let (theirs, ours) = (theirs.err(), ours.err());
            differences.push(format!("{pattern:?} {ignore_case}: C library {theirs:?}, here {ours:?}"));
            return 1;
        }
    };
    if ours.is_hard() || repeats_a_condition(&parse(pattern.as_bytes(), flags).unwrap().node, false) {
        return 0;
    }
    let whole = Regex::whole(pattern.as_bytes(), flags).unwrap();
    for _ in 0..4 {
        let text = random_text(dice);
        let both =
            [(theirs.is_match(&text), ours.is_match(&text)), (theirs.is_whole(&text), whole.is_match(&text))];
        if both.iter().any(|(theirs, ours)| theirs != ours) {
            let text = String::from_utf8_lossy(&text).into_owned();
            differences.push(format!("{pattern:?} {ignore_case} on {text:?}: (C library, here) {both:?}"));
        }
        // In small parts it is the same.
        let mut found = None;
        while found.is_none() {
            found = ours.search(&text, &mut Fuel(1 + dice.below(40) as u64));
        }
        assert_eq!(found, Some(both[0].1), "{pattern:?}");
    }
    4
}

/// `MONIT_REGEX_PAIRS` sets how many pairs of pattern and text are tried, `MONIT_REGEX_SEED` which.
#[test]
#[cfg(target_env = "gnu")]
fn reads_and_matches_as_the_c_library_does() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let pairs = number("MONIT_REGEX_PAIRS").unwrap_or(8_000) as usize;
    let mut dice = Dice(number("MONIT_REGEX_SEED").unwrap_or(0x9E37_79B9_7F4A_7C15) | 1);
    let mut differences = Vec::new();
    for pattern in BROKEN.iter().chain(ATOMS) {
        compare(pattern, &mut dice, &mut differences);
        compare(&format!("a{pattern}"), &mut dice, &mut differences);
        compare(&format!("(a{pattern}b)"), &mut dice, &mut differences);
    }
    let mut tried = 0;
    while tried < pairs {
        let pattern = random_pattern(&mut dice, 3);
        tried += compare(&pattern, &mut dice, &mut differences);
    }
    assert!(differences.is_empty(), "{} of {tried}:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn is_posix_extended() {
    assert!(regex("a{2,3}$").is_match(b"xaaa"));
    assert!(!regex("^a{2,3}$").is_match(b"aaaa"));
    assert!(regex("[[:digit:]]+ (ok|fine)").is_match(b"it is 42 fine"));
    assert!(regex("[]a]").is_match(b"]"));
    assert!(!regex("\\d").is_match(b"7"), "there is no \\d");
    assert!(!regex("(\\<a){2}").is_match(b"aa"), "no second word begins");
    assert!(!regex("^b").is_match(b"a\nb"), "a text is one line");
}

#[test]
fn case_matters_unless_told() {
    assert!(!regex("apache").is_match(b"Apache"));
    assert!(Regex::new(b"apache", Flags { ignore_case: true }).unwrap().is_match(b"xAPACHE"));
}

#[test]
fn a_nul_byte_hides_nothing() {
    assert!(regex("error").is_match(b"fine\0\0error here"));
    assert!(!regex("fine.").is_match(b"fine\0"), "the one byte that a point does not stand for");
    assert!(!regex("x").is_match(b""));
    assert!(regex("^$").is_match(b""));
}

#[test]
fn whole_texts() {
    let whole = |pattern: &str, text: &str| {
        Regex::whole(pattern.as_bytes(), Flags::default()).unwrap().is_match(text.as_bytes())
    };
    assert!(whole("web.*", "web1"));
    assert!(!whole("web", "web1"));
    assert!(!whole("eb1", "web1"));
    assert!(whole("a|ab", "ab"), "any alternative will do");
    assert!(!whole("web", "web\0web"));
}

#[test]
fn released_patterns_match_again() {
    let pattern = regex("^(ERROR|FATAL): [a-z]+$");
    for _ in 0..3 {
        assert!(pattern.is_match(b"ERROR: disk"));
        pattern.release();
        assert!(pattern.automaton.borrow().is_none());
    }
    assert_eq!(pattern.pattern(), b"^(ERROR|FATAL): [a-z]+$");
}

/// What the C library needs seconds to hours for.
#[test]
fn no_text_takes_long() {
    let begun = Instant::now();
    let texts = ["java".repeat(60_000), "GET".repeat(80_000), "a".repeat(200_000), "ab".repeat(100_000)];
    for pattern in [
        "java.*tomcat",
        "GET.*\\.php.*500$",
        "(a*)*b$",
        "(a|b|ab)*c",
        "(a|b)*a(a|b){12}$",
        "(.*)(.*)(.*)(.*)x",
    ] {
        let pattern = regex(pattern);
        texts.iter().for_each(|text| drop(pattern.is_match_here(text.as_bytes())));
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
}

/// What this thread has worked so far, however busy the machine is, if the kernel says it. proc(5).
fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let number = text.split(' ').next().and_then(|number| number.parse().ok());
    Some(Duration::from_nanos(number.expect("nanoseconds")))
}

/// The parts of a long search are short, whatever the pattern, and what is held stays small.
#[test]
fn long_work_is_done_in_parts() {
    let text = b"xyzzy ".repeat(3_000);
    if worked().is_none() {
        crate::sys::skip("how long a part of a search takes", "this kernel has no schedstat");
    }
    for pattern in
        ["(((((((((.?)?)?)?)?)?)?)?)?){256}q", "(x|y|z| ){1,200}{1,10}#", ".{20000}q", "(a|.)*y(.|b){14}q"]
    {
        let pattern = regex(pattern);
        assert!(!pattern.is_hard());
        let (mut parts, mut found) = (0, None);
        while found.is_none() && parts < 200 {
            let before = worked();
            let mut fuel = Fuel(1_000_000);
            found = pattern.search(&text, &mut fuel);
            parts += 1;
            // On any machine; 50 times of what it should be.
            let part = worked().zip(before).map_or(Duration::ZERO, |(after, before)| after - before);
            assert!(part < Duration::from_secs(1), "{pattern:?}: {part:?}");
            assert!(pattern.automaton.borrow().as_ref().is_none_or(|automaton| automaton.held() < 1 << 20));
        }
        assert!(!found.unwrap_or(false));
    }
}

#[test]
fn hard_patterns_are_left_to_the_c_library() {
    let back = regex("^(a+)b\\1$");
    assert!(back.is_hard() && !back.is_match(b"aabaa"));
    assert_eq!(back.is_match_here(b"aabaa"), Ok(true));
    assert_eq!(back.is_match_here(b"aaba"), Ok(false));
    let nested = format!("{}a{}", "(".repeat(15_000), ")".repeat(15_000));
    let doubled = format!("{}a{}", "(".repeat(40), "+){9}".repeat(40));
    let deep = format!("{}a{}", "(".repeat(300), "b|)+".repeat(300));
    for pattern in ["((a{1,255}){1,255}){1,255}", "a{255}{255}{255}", "a{1,32000}", &doubled, &deep] {
        assert!(regex(pattern).is_hard(), "{pattern}");
    }
    let stars = format!("^a{}$", "*".repeat(5000));
    for pattern in ["a{5000}", "(){32767}{32767}{32767}c", &nested, &stars, &"abc|c".repeat(4000)] {
        let regex = regex(pattern);
        assert!(!regex.is_hard() && !regex.is_match(b"b"), "{} steps: {pattern}", regex.steps());
    }
}
