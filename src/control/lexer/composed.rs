//! Keywords made of several words. Each form has its own rule for the white space in it, and none needs a boundary
//! behind it; that is how existing files are read.

use super::{Keyword, is_blank, run};

/// What is to be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Noise,
    Keyword,
    /// A service name follows.
    Check,
    /// The opening quote of a command is part of it.
    Command,
    Group,
    Depends,
    Every,
    Hostgroups,
    HttpHeaders,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) length: usize,
    pub(super) keyword: Keyword,
    pub(super) what: What,
}

/// Longer names before shorter ones they begin with.
const TYPES: &[(&str, Keyword)] = &[
    ("filesystem", Keyword::CheckFilesystem),
    ("file", Keyword::CheckFile),
    ("device", Keyword::CheckFilesystem),
    ("directory", Keyword::CheckDirectory),
    ("fifo", Keyword::CheckFifo),
    ("host", Keyword::CheckHost),
    ("network", Keyword::CheckNetwork),
    ("system", Keyword::CheckSystem),
    ("program", Keyword::CheckProgram),
    ("heartbeat", Keyword::CheckHeartbeat),
];

const CPU: &[(&str, Keyword)] = &[
    ("", Keyword::CpuUser),
    ("us", Keyword::CpuUser),
    ("usr", Keyword::CpuUser),
    ("user", Keyword::CpuUser),
    ("sy", Keyword::CpuSystem),
    ("sys", Keyword::CpuSystem),
    ("system", Keyword::CpuSystem),
    ("wa", Keyword::CpuWait),
    ("wait", Keyword::CpuWait),
    ("nice", Keyword::CpuNice),
    ("hardirq", Keyword::CpuHardIrq),
    ("softirq", Keyword::CpuSoftIrq),
    ("steal", Keyword::CpuSteal),
    ("guest", Keyword::CpuGuest),
    ("guestnice", Keyword::CpuGuestNice),
];

/// A place in the text that only moves on when what is asked for is there.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// `word` stands here, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        let here = self.rest().get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()));
        self.at += if here { word.len() } else { 0 };
        here
    }

    /// Skips a run of `wanted`; says whether there was any.
    fn space(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let length = run(self.rest(), wanted);
        self.at += length;
        length > 0
    }

    fn byte(&mut self, byte: u8) -> bool {
        let here = self.rest().first() == Some(&byte);
        self.at += usize::from(here);
        here
    }

    fn found(&self, keyword: Keyword, what: What) -> Option<Found> {
        Some(Found { length: self.at, keyword, what })
    }
}

/// The composed keyword at the start of `text`, whose first word is `word` bytes long, if it is longer than that word.
pub(super) fn find(text: &[u8], word: usize, program_due: bool) -> Option<Found> {
    let first = text.first()?.to_ascii_lowercase();
    let mut at = Cursor { text, at: 0 };
    let found = match first {
        b'c' if at.word("check") => check(at),
        b'c' if at.word("cpu") => cpu(at),
        b'c' if at.word("change") => time(at, Keyword::CTime),
        b'l' if at.word("loadavg") => load(at),
        b's' if at.word("start") => command(at, Keyword::Start),
        b's' if at.word("stop") => command(at, Keyword::Stop),
        b's' if at.word("service") => (at.byte(b' ') && at.word("time"))
            .then(|| at.found(Keyword::ServiceTime, What::Keyword))
            .flatten(),
        b's' if at.word("ssl") => ssl(at),
        b'r' if at.word("restart") => command(at, Keyword::Restart),
        b'e' if at.word("execute") || at.word("exec") => {
            at.space(is_space);
            at.byte(b'"').then(|| at.found(Keyword::Exec, What::Command)).flatten()
        }
        b'e' if at.word("enable") => (at.space(|b| b == b' ') && at.word("ssl"))
            .then(|| at.found(Keyword::Ssl, What::Keyword))
            .flatten(),
        b'p' if program_due && at.word("path") => {
            at.space(is_space);
            at.byte(b'"').then(|| at.found(Keyword::Path, What::Command)).flatten()
        }
        b'd' if at.word("disable") => {
            (at.space(is_blank) && at.word("ssl")).then(|| at.found(Keyword::Noise, What::Noise)).flatten()
        }
        b'd' if at.word("depends") || at.word("depend") => depends(at),
        b'g' if at.word("group") => {
            at.space(is_blank).then(|| at.found(Keyword::Group, What::Group)).flatten()
        }
        b'n' if at.word("not") => (at.space(|b| b == b' ') && at.word("every"))
            .then(|| at.found(Keyword::NotEvery, What::Every))
            .flatten(),
        b'h' if at.word("hostgroups") => {
            at.space(is_space).then(|| at.found(Keyword::Hostgroups, What::Hostgroups)).flatten()
        }
        b'h' if at.word("http headers") => {
            at.space(is_space).then(|| at.found(Keyword::HttpHeaders, What::HttpHeaders)).flatten()
        }
        b'a' if at.word("access") => time(at, Keyword::ATime),
        b'm' if at.word("modification") || at.word("modify") => time(at, Keyword::MTime),
        b't' if at.word("total") => total(at),
        _ => None,
    };
    found.filter(|found| found.length > word)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// `check TYPE`; without a type it is a process.
fn check(mut at: Cursor) -> Option<Found> {
    if !at.space(is_blank) {
        return None;
    }
    for (name, keyword) in TYPES {
        if at.word(name) {
            return at.found(*keyword, What::Check);
        }
    }
    let mut process = at;
    if process.word("process") && process.space(is_blank) {
        return process.found(Keyword::CheckProcess, What::Check);
    }
    at.found(Keyword::CheckProcess, What::Check)
}

/// `start program = "`, the words between being optional.
fn command(mut at: Cursor, keyword: Keyword) -> Option<Found> {
    at.space(is_space);
    at.word("program");
    at.space(is_space);
    at.byte(b'=');
    at.space(is_space);
    at.byte(b'"').then(|| at.found(keyword, What::Command)).flatten()
}

fn depends(mut at: Cursor) -> Option<Found> {
    if !at.space(is_blank) {
        return None;
    }
    if at.word("on") {
        at.space(is_blank);
    }
    at.found(Keyword::Depends, What::Depends)
}

fn ssl(mut at: Cursor) -> Option<Found> {
    if !at.space(is_blank) {
        return None;
    }
    if at.word("disable") {
        return at.found(Keyword::Noise, What::Noise);
    }
    at.word("enable").then(|| at.found(Keyword::Ssl, What::Keyword)).flatten()
}

fn time(mut at: Cursor, keyword: Keyword) -> Option<Found> {
    if !at.byte(b' ') || !(at.word("timestamp") || at.word("time")) {
        return None;
    }
    at.found(keyword, What::Keyword)
}

fn total(mut at: Cursor) -> Option<Found> {
    if !at.byte(b' ') {
        return None;
    }
    let keyword = if at.word("memory") || at.word("mem") {
        Keyword::TotalMemory
    } else if at.word("cpu") {
        Keyword::TotalCpu
    } else {
        return None;
    };
    at.found(keyword, What::Keyword)
}

/// `cpu usage (user)`.
fn cpu(mut at: Cursor) -> Option<Found> {
    at.space(|b| b == b' ');
    at.word("usage");
    at.space(|b| b == b' ');
    let inner = parenthesis(&mut at)?;
    let (_, keyword) = CPU.iter().find(|(name, _)| inner.eq_ignore_ascii_case(name.as_bytes()))?;
    at.found(*keyword, What::Keyword)
}

/// `loadavg (5min)`.
fn load(mut at: Cursor) -> Option<Found> {
    at.space(|b| b == b' ');
    let inner = parenthesis(&mut at)?.to_ascii_lowercase();
    let digits = run(&inner, |b| b.is_ascii_digit());
    let (number, unit) = inner.split_at(digits);
    let unit = unit.get(run(unit, |b| b == b' ')..).unwrap_or_default();
    if !matches!(unit, b"" | b"m" | b"min") {
        return None;
    }
    let keyword = match number {
        b"1" => Keyword::Load1,
        b"5" => Keyword::Load5,
        b"15" => Keyword::Load15,
        b"" if unit.is_empty() => Keyword::Load1,
        _ => return None,
    };
    at.found(keyword, What::Keyword)
}

/// What stands between parentheses, without the blanks around it.
fn parenthesis<'a>(at: &mut Cursor<'a>) -> Option<&'a [u8]> {
    if !at.byte(b'(') {
        return None;
    }
    let text = at.text.get(at.at..)?;
    // The longest word allowed here has nine letters.
    let close = text.iter().take(256).position(|byte| *byte == b')')?;
    at.at += close + 1;
    let inner = text.get(..close)?;
    let inner = inner.get(run(inner, |b| b == b' ')..)?;
    let end = inner.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    inner.get(..end)
}
