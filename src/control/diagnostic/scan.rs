//! Goes through a statement word by word, and hides of the line that is shown what no word of the language explains.

use super::secret::{stands_alone, words_at};
use super::shape::{
    is_choice, is_dotted_name, is_harmless, is_host, is_name, is_network, is_path, is_sign, program, scheme,
};
use super::words::{self, Slot, Vocabulary};
use crate::control::odd::odd_length;
use std::ops::Range;

/// Misspelt words are looked for so far from the place of the finding, in bytes: no more of a long line is shown.
const AROUND: usize = 400;
/// Words of a line that may be misspelt.
const MOST_MISSPELT: usize = 60;

pub(super) struct Scan<'a> {
    text: &'a [u8],
    words: Vocabulary,
    line: Range<usize>,
    out: Vec<u8>,
    near: Range<usize>,
    misspelt: usize,
    /// The statement can hold no secret.
    is_open: bool,
    /// Something of this line was hidden.
    line_closed: bool,
    slot: Slot,
    /// A number may follow.
    counts: bool,
    /// Nothing of the statement stands before.
    first: bool,
    /// It is a `check`.
    checks: bool,
    /// Within the brackets of a list of headers.
    in_list: bool,
}

/// Stands for what is no text: nothing that is shown looks like this.
const NO_TEXT: &str = "\u{fffd}@:";

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || is_quote(byte)
}

impl<'a> Scan<'a> {
    /// Of `text` the `line` is shown, because of something at `at`.
    pub(super) fn new(text: &'a [u8], line: Range<usize>, at: usize) -> Scan<'a> {
        let out = text.get(line.clone()).unwrap_or_default().to_vec();
        let near = at.saturating_sub(AROUND)..at.saturating_add(AROUND);
        let (misspelt, slot) = (0, Slot::Any);
        Scan {
            text,
            words: Vocabulary::new(),
            line,
            out,
            near,
            misspelt,
            is_open: false,
            line_closed: false,
            slot,
            counts: false,
            first: true,
            checks: false,
            in_list: false,
        }
    }

    /// A statement begins here.
    pub(super) fn begin(&mut self, at: usize) {
        // What stands before it on its line may be what a broken one left.
        let asks = matches!(self.slot, Slot::Secret | Slot::Allowed | Slot::Url);
        self.is_open = !self.line_closed && !asks && words::is_open(words_at(self.text, at));
        (self.slot, self.counts, self.in_list) = (Slot::Any, false, false);
        // A `check` behind the ruins of a statement may be a word of a secret.
        self.first = !self.line_closed && !asks;
        self.checks = self.begins_check(at);
    }

    fn begins_check(&self, at: usize) -> bool {
        words_at(self.text, at).next().is_some_and(|word| word.eq_ignore_ascii_case("check"))
    }

    /// Here a statement goes on of which nothing is known.
    pub(super) fn go_on(&mut self, at: usize) {
        self.is_open = false;
        (self.first, self.checks) = (true, self.begins_check(at));
        let first = words_at(self.text, at).next().unwrap_or_default();
        self.slot = if self.words.known(first).is_some() { Slot::Any } else { Slot::Secret };
    }

    /// The line as it may be shown.
    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn hide(&mut self, from: usize, to: usize) {
        self.line_closed |= from < to;
        self.cover(from, to);
    }

    /// A star for each byte, except where a backslash was meant to keep a quote from ending the text.
    fn cover(&mut self, from: usize, to: usize) {
        let escapes = |at: usize| self.byte(at) == Some(b'\\') && self.byte(at + 1).is_some_and(is_quote);
        let (from, to) = (from.max(self.line.start), to.min(self.line.end));
        let hidden: Vec<usize> =
            (from..to).filter(|at| !(escapes(*at) || *at > from && escapes(*at - 1))).collect();
        for at in hidden {
            if let Some(byte) = self.out.get_mut(at - self.line.start) {
                *byte = b'*';
            }
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    /// Where what begins at `at` ends, at most at the end of the line that is shown.
    fn until(&self, at: usize, ends: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.get(at..self.line.end).unwrap_or_default();
        at + rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len())
    }

    /// Where a word that begins at `at` ends.
    fn word_end(&self, at: usize, ends: impl Fn(u8) -> bool) -> usize {
        let mut end = at;
        while let Some(byte) = self.byte(end).filter(|byte| end < self.line.end && !ends(*byte)) {
            if !byte.is_ascii_graphic() && odd_length(self.text, end) > 0 {
                break;
            }
            end += 1;
        }
        end
    }

    fn piece(&self, from: usize, to: usize) -> &'a str {
        std::str::from_utf8(self.text.get(from..to).unwrap_or_default()).unwrap_or(NO_TEXT)
    }

    /// Goes on from `at` to `to`.
    pub(super) fn run(&mut self, mut at: usize, to: usize) {
        while at < to {
            let Some(byte) = self.byte(at) else { return };
            let odd = if byte.is_ascii_graphic() { 0 } else { odd_length(self.text, at) };
            let blank_before = at == 0 || self.byte(at - 1).is_some_and(|byte| byte.is_ascii_whitespace());
            at = match byte {
                b'\n' => {
                    self.line_closed = false;
                    at + 1
                }
                _ if odd > 0 => at + odd,
                byte if byte.is_ascii_whitespace() || b",;()".contains(&byte) => at + 1,
                b'#' if blank_before => {
                    let end = self.until(at, |byte| byte == b'\n');
                    self.cover(at + 1, end);
                    end
                }
                _ if self.is_open => self.open(at),
                byte if is_quote(byte) => self.quoted(at, byte),
                _ => self.word(at),
            }
        }
    }

    /// A word of a statement that holds no secret, if it goes on like that.
    fn open(&mut self, at: usize) -> usize {
        let byte = self.byte(at).unwrap_or_default();
        if is_quote(byte) {
            self.first = false;
            return self.open_text(at + 1, byte);
        }
        let end = self.word_end(at, |byte| ends_word(byte) || b",;()".contains(&byte)).max(at + 1);
        let piece = self.piece(at, end);
        let start = at + (piece.len() - piece.trim_start_matches(|c: char| !c.is_alphanumeric()).len());
        let word = self.piece(start, end);
        let name = word.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or_default();
        let whole = word
            .get(name.len()..)
            .is_none_or(|behind| matches!(behind.chars().next(), None | Some('=' | ':' | '}')));
        let again = matches!(&*name.to_ascii_lowercase(), "set" | "check" | "if");
        let still = self.first || again && words::is_open(words_at(self.text, start));
        self.first = false;
        if whole && words::closes(name) && !still {
            self.is_open = false;
            (self.first, self.checks) = (again, self.begins_check(start));
            return start;
        }
        if let Some((scheme, behind)) = piece.split_once("://") {
            let login = behind.contains('@').then_some(0);
            let from = login.or_else(|| behind.find(['?', '#'])).unwrap_or(behind.len());
            self.hide(at + scheme.len() + 3 + from, end);
        } else if piece.split_once('@').is_some_and(|(login, _)| login.contains(':')) {
            self.hide(at, end);
        }
        end
    }

    /// A text in quotes where none may hold a secret: of what looks like a command no more than its program is shown. Goes on behind
    /// the first quote with what else it is.
    fn open_text(&mut self, start: usize, quote: u8) -> usize {
        let end = self.until(start, |byte| byte == quote);
        let text = self.piece(start, end);
        if !text.starts_with('/') || !text.contains(char::is_whitespace) {
            return start;
        }
        self.hide(start + program(text), end);
        end + 1
    }

    /// A text in quotes, or what is left of the line if no quote ends it.
    fn quoted(&mut self, at: usize, quote: u8) -> usize {
        let start = at + 1;
        let rest = self.text.get(start..self.line.end).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == quote) else {
            self.hide(start, self.line.end);
            return self.line.end;
        };
        let (end, slot) = (start + length, self.slot);
        let text = self.piece(start, end);
        (self.slot, self.counts, self.first) = (Slot::Any, false, false);
        let kept = match slot {
            _ if self.in_list => 0,
            Slot::Watched if is_path(text) => length,
            Slot::Program | Slot::Watched => program(text),
            Slot::Url => scheme(text),
            Slot::Path if is_path(text) => length,
            Slot::Host if is_host(text) => length,
            Slot::Name | Slot::Type if is_name(text) => length,
            Slot::Allowed if is_network(text) => length,
            Slot::Text if self.checks && is_harmless(text) => length,
            _ => 0,
        };
        self.hide(start + kept, end);
        if matches!(slot, Slot::Program | Slot::Watched) {
            self.show_signs(start + kept, end);
        }
        end + 1
    }

    /// Signs of a shell between the arguments of a program.
    fn show_signs(&mut self, from: usize, to: usize) {
        const SIGNS: &[&str] = &["|", ">", ">>", "<", "&&", "||", "&", ";", "2>&1", "2>"];
        let mut at = from;
        while at < to {
            let end = self.until(at, |byte| byte.is_ascii_whitespace()).min(to);
            if SIGNS.contains(&self.piece(at, end)) {
                self.show(at, end);
            }
            at = end + 1;
        }
    }

    fn show(&mut self, from: usize, to: usize) {
        let (from, to) = (from.max(self.line.start), to.min(self.line.end));
        for at in from..to {
            if let (Some(place), Some(byte)) = (self.out.get_mut(at - self.line.start), self.text.get(at)) {
                *place = *byte;
            }
        }
    }

    /// A word without quotes.
    fn word(&mut self, at: usize) -> usize {
        let end = self.word_end(at, ends_word).max(at + 1);
        let glued = at > 0 && self.byte(at - 1).is_some_and(is_quote);
        let piece = self.piece(at, end);
        let inner = piece.trim_start_matches(['(', '[', '{', ',', ';']);
        let from = at + (piece.len() - inner.len());
        let core = inner.trim_end_matches([')', ']', '}', ',', ';', '{']);
        let to = from + core.len();
        let first = std::mem::replace(&mut self.first, false);
        if self.in_list || self.slot == Slot::Secret && piece.starts_with('[') {
            self.in_list = !piece.contains(']');
            (self.slot, self.counts) = (Slot::Any, false);
            self.hide(from, end);
        } else if core.is_empty() {
            self.counts = false;
        } else if glued && !is_sign(core) {
            (self.slot, self.counts) = (Slot::Any, false);
            self.hide(at, end);
        } else {
            let kept = self.kept(core, first, from);
            // What a word is made of may be part of what is hidden.
            let hide_to = if kept == core.len() { to } else { end };
            self.hide(if kept == 0 { at } else { from + kept }, hide_to);
        }
        end
    }

    /// How much of a word is shown; and what it says of the next one.
    fn kept(&mut self, core: &str, first: bool, at: usize) -> usize {
        let slot = std::mem::replace(&mut self.slot, Slot::Any);
        let counts = std::mem::take(&mut self.counts);
        let known = self.words.known(core);
        let noise =
            matches!(known, Some("=" | "with" | "program" | "using" | "on" | "as" | "is")) || core == ":";
        match slot {
            Slot::Secret | Slot::Allowed | Slot::Url if matches!(core, "=" | ":" | "==") => {
                self.slot = slot;
                return core.len();
            }
            Slot::Secret | Slot::Url if core.eq_ignore_ascii_case("file") => {
                self.slot = Slot::Path;
                return core.len();
            }
            Slot::Allowed if ["cleartext", "md5", "crypt"].iter().any(|w| core.eq_ignore_ascii_case(w)) => {
                self.slot = Slot::Path;
                return core.len();
            }
            Slot::Allowed if is_network(core) || self.is_only_host(core, at) => {
                return core.len();
            }
            Slot::Url => return scheme(core),
            Slot::Secret | Slot::Allowed => return 0,
            Slot::Path | Slot::Watched | Slot::Program | Slot::Host | Slot::Name if noise => {
                self.slot = slot;
                return core.len();
            }
            Slot::Type if words::is_type(core) => {
                self.slot = Slot::Name;
                return core.len();
            }
            Slot::Path | Slot::Watched if is_path(core) => return core.len(),
            Slot::Watched if self.checks && known.is_none() && is_path(&format!("/{core}")) => {
                return core.len();
            }
            Slot::Program if core.starts_with('/') => return program(core),
            Slot::Host if known.is_none() && is_host(core) => return core.len(),
            Slot::Type if known.is_none() && is_choice(core) => {
                // No type: so it is the name, or was meant to be a type.
                self.slot = Slot::Name;
                return core.len();
            }
            Slot::Type | Slot::Name if known.is_none() && is_name(core) => {
                // Behind the name of a service a word of the language is due, and no secret.
                if self.checks && slot == Slot::Name {
                    self.slot = Slot::Choice;
                }
                return core.len();
            }
            Slot::Choice if known.is_none() && is_choice(core) => {
                self.slot = self.words.meant(core).map_or(Slot::Any, words::slot);
                self.counts = self.slot == Slot::Any;
                return core.len();
            }
            Slot::Text if self.checks && is_harmless(core) => return core.len(),
            _ => {}
        }
        if first && core.eq_ignore_ascii_case("check") {
            self.slot = Slot::Type;
            return core.len();
        }
        match self.plain(core, counts, at) {
            0 if first && is_choice(core) && stands_alone(self.text, at) => core.len(),
            kept => kept,
        }
    }

    /// Is it a name of a host, directly behind the word that lets it in? No colon follows, as behind the name of a user.
    fn is_only_host(&self, core: &str, at: usize) -> bool {
        let rest = self.text.get(at + core.len()..).unwrap_or_default().trim_ascii_start();
        let before = self.text.get(..at).unwrap_or_default().trim_ascii_end();
        let lets_in = before.get(before.len().saturating_sub(5)..);
        is_dotted_name(core)
            && lets_in.is_some_and(|word| word.eq_ignore_ascii_case(b"allow"))
            && !matches!(rest.first(), Some(b':' | b'='))
    }

    /// The same of a word that nothing is known of.
    fn plain(&mut self, core: &str, counts: bool, at: usize) -> usize {
        if let Some(word) = self.words.known(core) {
            self.slot = words::slot(word);
            self.counts = self.slot == Slot::Any || self.slot == Slot::Choice;
            return core.len();
        }
        if self.is_number(core) {
            return if counts { core.len() } else { 0 };
        }
        if is_sign(core) {
            self.counts = counts;
            return core.len();
        }
        let sign = core.find(['=', ':']);
        if let Some((name, rest)) = sign.and_then(|sign| core.split_at_checked(sign)) {
            if rest.starts_with("://") {
                return scheme(core);
            }
            let word = self.words.known(name).or_else(|| self.meant(name, at));
            let Some(word) = word.filter(|_| !name.is_empty()) else { return 0 };
            let value = rest.get(1..).unwrap_or_default();
            let slot = words::slot(word);
            if value.is_empty() {
                self.slot = slot;
                return core.len();
            }
            let number = matches!(slot, Slot::Any | Slot::Choice | Slot::Host) && self.is_number(value);
            return if number { core.len() } else { name.len() + 1 };
        }
        if let Some(word) = self.meant(core, at) {
            self.slot = words::slot(word);
            self.counts = self.slot == Slot::Any;
            return core.len();
        }
        if core.len() < 40 && self.words.are_glued(core) { core.len() } else { 0 }
    }

    /// `5`, `0.5`, `80%`, `5MB`.
    fn is_number(&self, text: &str) -> bool {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let digits = text.len() - unit.len();
        let begins = text.starts_with(|c: char| c.is_ascii_digit());
        begins
            && digits <= 10
            && (unit.is_empty() || unit == "%" || unit.len() < 8 && self.words.known(unit).is_some())
    }

    fn meant(&mut self, word: &str, at: usize) -> Option<&'static str> {
        if !self.near.contains(&at) || self.misspelt >= MOST_MISSPELT {
            return None;
        }
        self.misspelt += 1;
        self.words.meant(word)
    }
}
