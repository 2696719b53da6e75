//! getopt_long's forms to canonical arguments.
//!
//! Splits clusters (`-tc FILE`), detaches values (`-d120`, `--conf=FILE`), completes unambiguous prefixes (`--log`) and
//! takes options anywhere among the words, `--` ending them. What comes out is what [`super::options`] gives to argh:
//! `--long` or `--long value`, each at most once (except `--verbose`), and the words.

use std::ffi::OsString;
use std::fmt;

/// One option. The order is that of the help text.
struct Spec {
    short: char,
    long: &'static str,
    takes_value: bool,
    /// Abbreviations may not reach it, so that it takes none away from the others.
    exact: bool,
}

const fn spec(short: char, long: &'static str, takes_value: bool) -> Spec {
    Spec { short, long, takes_value, exact: false }
}

const TABLE: &[Spec] = &[
    spec('c', "conf", true),
    spec('d', "daemon", true),
    spec('g', "group", true),
    spec('l', "logfile", true),
    spec('p', "pidfile", true),
    spec('s', "statefile", true),
    spec('I', "interactive", false),
    spec('i', "id", false),
    spec('r', "resetid", false),
    spec('t', "test", false),
    spec('v', "verbose", false),
    spec('B', "batch", false),
    spec('H', "hash", false),
    spec('V', "version", false),
    spec('h', "help", false),
    Spec { short: '\0', long: "demo", takes_value: false, exact: true },
    Spec { short: '\0', long: "json", takes_value: false, exact: true },
    Spec { short: '\0', long: "list", takes_value: false, exact: true },
];

/// What the command line says, canonically.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `--long`, and behind it the value where one belongs to it.
    pub options: Vec<String>,
    /// Everything that is no option.
    pub words: Vec<String>,
    /// Options with a value that were given more than once; the last one won.
    pub repeated: Vec<char>,
    /// `-H`: the file, if one was given.
    pub hash_files: Vec<OsString>,
}

/// A command line that cannot be meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// `-z`.
    UnknownShort(char),
    /// `--nosuch`.
    UnknownLong(String),
    /// A prefix of several; the candidates.
    Ambiguous(String, Vec<&'static str>),
    /// `--test=1`.
    NeedlessValue(&'static str),
    /// The value is missing.
    MissingValue(char),
    /// `-d abc`.
    NotANumber,
    /// Not UTF-8.
    NotText(OsString),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HINT: &str = " (-h will show valid options)";
        match self {
            Problem::UnknownShort(c) => write!(f, "Invalid option -- {c} {HINT}"),
            Problem::UnknownLong(name) => write!(f, "Invalid option -- {name} {HINT}"),
            Problem::Ambiguous(name, candidates) => {
                write!(f, "Invalid option -- {name} {HINT}: it could be --{}", candidates.join(" or --"))
            }
            Problem::NeedlessValue(name) => write!(f, "Invalid option -- {name} {HINT}: it takes no value"),
            Problem::MissingValue(c) => write!(f, "Option -- {c} requires an argument"),
            Problem::NotANumber => f.write_str("Option -d requires a natural number"),
            Problem::NotText(word) => write!(f, "Argument '{}' is not valid UTF-8", word.to_string_lossy()),
        }
    }
}

/// Reads the arguments behind the program's name.
///
/// Stops at the first of `-V`, `-h` and `-H`: what follows is not looked at (behind `-H` the next word is the file).
pub fn normalise(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Problem> {
    let mut reader = Reader { input: arguments.into_iter(), out: Arguments::default() };
    while let Some(raw) = reader.input.next() {
        let word = text(raw)?;
        if word == "--" {
            for rest in reader.input.by_ref() {
                reader.out.words.push(text(rest)?);
            }
            break;
        }
        let stop = if let Some(long) = word.strip_prefix("--") {
            reader.long(long)?
        } else if word.len() > 1 && word.starts_with('-') {
            reader.cluster(&word[1..])?
        } else {
            reader.out.words.push(word);
            false
        };
        if stop {
            break;
        }
    }
    Ok(reader.out)
}

fn text(word: OsString) -> Result<String, Problem> {
    word.into_string().map_err(Problem::NotText)
}

struct Reader<I> {
    input: I,
    out: Arguments,
}

impl<I: Iterator<Item = OsString>> Reader<I> {
    /// `--name`, `--name=value`. True: read no further.
    fn long(&mut self, word: &str) -> Result<bool, Problem> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let spec = complete(name)?;
        if spec.long == "hash" {
            // The reference drops the file of --hash=FILE; nobody can mean that.
            return self.hash(value);
        }
        if value.is_some() && !spec.takes_value {
            return Err(Problem::NeedlessValue(spec.long));
        }
        self.option(spec, value)
    }

    /// `-abc`: switches, the last one perhaps with its value attached.
    fn cluster(&mut self, letters: &str) -> Result<bool, Problem> {
        for (at, letter) in letters.char_indices() {
            let rest = &letters[at + letter.len_utf8()..];
            let spec = TABLE
                .iter()
                .find(|s| s.short == letter && letter != '\0')
                .ok_or(Problem::UnknownShort(letter))?;
            let attached = (!rest.is_empty()).then_some(rest);
            if spec.short == 'H' {
                return self.hash(attached);
            }
            if spec.takes_value {
                return self.option(spec, attached);
            }
            if self.option(spec, None)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn option(&mut self, spec: &'static Spec, value: Option<&str>) -> Result<bool, Problem> {
        // argh keeps --help for itself.
        let flag = if spec.short == 'h' { "--usage".to_owned() } else { format!("--{}", spec.long) };
        if !spec.takes_value {
            // Of -i and -r the last one wins; a switch twice is as good as once, except -v.
            match spec.short {
                'i' => self.out.options.retain(|o| o != "--resetid"),
                'r' => self.out.options.retain(|o| o != "--id"),
                _ => {}
            }
            if spec.short == 'v' || !self.out.options.contains(&flag) {
                self.out.options.push(flag);
            }
            return Ok(matches!(spec.short, 'V' | 'h'));
        }
        let value = match value {
            Some(value) => value.to_owned(),
            None => text(self.input.next().ok_or(Problem::MissingValue(spec.short))?)?,
        };
        if spec.short == 'd' && !natural(&value) {
            return Err(Problem::NotANumber);
        }
        // Values stand right behind their flag, so flags are at known places: look at those only.
        if let Some(at) = self.place_of(&flag) {
            self.out.options.drain(at..at + 2);
            if !self.out.repeated.contains(&spec.short) {
                self.out.repeated.push(spec.short);
            }
        }
        self.out.options.push(flag);
        self.out.options.push(value);
        Ok(false)
    }

    fn place_of(&self, flag: &str) -> Option<usize> {
        let mut at = 0;
        while let Some(option) = self.out.options.get(at) {
            if option == flag {
                return Some(at);
            }
            let takes_value =
                TABLE.iter().any(|s| s.takes_value && option.strip_prefix("--") == Some(s.long));
            at += if takes_value { 2 } else { 1 };
        }
        None
    }

    fn hash(&mut self, value: Option<&str>) -> Result<bool, Problem> {
        self.out.options.push("--hash".to_owned());
        self.out.hash_files = value.map(OsString::from).into_iter().chain(&mut self.input).collect();
        Ok(true)
    }
}

fn complete(name: &str) -> Result<&'static Spec, Problem> {
    if let Some(spec) = TABLE.iter().find(|s| s.long == name) {
        return Ok(spec);
    }
    let candidates: Vec<&'static Spec> =
        TABLE.iter().filter(|s| !s.exact && !name.is_empty() && s.long.starts_with(name)).collect();
    match candidates.as_slice() {
        [spec] => Ok(spec),
        [] => Err(Problem::UnknownLong(name.to_owned())),
        several => Err(Problem::Ambiguous(name.to_owned(), several.iter().map(|s| s.long).collect())),
    }
}

/// Digits alone, above zero, and small enough to be a number of seconds that a clock can carry.
fn natural(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit()) && value.parse::<i32>().is_ok_and(|n| n > 0)
}

#[cfg(test)]
#[path = "argv_tests.rs"]
mod tests;
