//! File name patterns of `include`: `*`, `?`, `[…]` in any part of a path, as glob(7) has them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a pattern was found to mean.
#[derive(Debug, PartialEq)]
pub enum Matches {
    /// No wildcard, or wildcards that matched: in alphabetical order of their bytes.
    Files(Vec<PathBuf>),
    /// Nothing matched, but the folder that holds the first wildcard is there.
    None,
    /// The plain file or the folder is missing.
    Missing,
    /// More matches than `limit`.
    TooMany,
}

/// Looks up `pattern`; at most `limit` matches.
pub(crate) fn glob(pattern: &[u8], limit: usize) -> Matches {
    if !has_wildcard(pattern) {
        let path = PathBuf::from(OsStr::from_bytes(&unescape(pattern)));
        return if path.symlink_metadata().is_ok() { Matches::Files(vec![path]) } else { Matches::Missing };
    }
    let absolute = pattern.first() == Some(&b'/');
    let parts: Vec<&[u8]> = pattern.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect();
    let first_wild = parts.iter().position(|part| has_wildcard(part)).unwrap_or_default();
    let mut found = vec![if absolute { PathBuf::from("/") } else { PathBuf::new() }];
    for (number, part) in parts.iter().enumerate() {
        let mut next = Vec::new();
        for folder in &found {
            if !has_wildcard(part) {
                let path = folder.join(OsStr::from_bytes(&unescape(part)));
                if path.symlink_metadata().is_ok() {
                    next.push(path);
                }
                continue;
            }
            let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
            let entries = match std::fs::read_dir(here) {
                Ok(entries) => entries,
                Err(_) if number == first_wild => return Matches::Missing,
                Err(_) => continue,
            };
            for entry in entries.flatten() {
                if matches(part, entry.file_name().as_bytes()) {
                    next.push(folder.join(entry.file_name()));
                    if next.len() > limit {
                        return Matches::TooMany;
                    }
                }
            }
        }
        if next.is_empty() {
            return if number < first_wild { Matches::Missing } else { Matches::None };
        }
        found = next;
    }
    found.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Matches::Files(found)
}

fn has_wildcard(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// glob(7): a backslash takes the next character literally.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    out
}

/// Does the file name match? A leading dot must be matched by a dot. Takes time `pattern × name`, whatever is in them:
/// only the last `*` is ever taken back.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            back = Some((p, n));
        } else if let Some(length) = name.get(n).and_then(|byte| one(pattern.get(p..)?, *byte)) {
            p += length;
            n += 1;
        } else if let Some((star, at)) = back {
            p = star;
            n = at + 1;
            back = Some((star, n));
        } else {
            return false;
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

/// If the first item of `pattern` (no `*`) matches `byte`, its length.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern.first()? {
        b'?' => Some(1),
        b'[' => match class(pattern, byte) {
            Some((length, hit)) => hit.then_some(length),
            None => (byte == b'[').then_some(1),
        },
        b'\\' if pattern.len() > 1 => (pattern.get(1) == Some(&byte)).then_some(2),
        literal => (*literal == byte).then_some(1),
    }
}

/// `[a-z]`, `[!a-z]`: its length and whether `byte` is in it; `None` if it is not closed.
fn class(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let mut at = 1;
    let negated = matches!(pattern.get(at)?, b'!' | b'^');
    at += usize::from(negated);
    let mut hit = false;
    let first = at;
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((at + 1, hit != negated));
        }
        if pattern.get(at + 1) == Some(&b'-') && pattern.get(at + 2).is_some_and(|high| *high != b']') {
            let high = *pattern.get(at + 2)?;
            hit |= (low..=high).contains(&byte);
            at += 3;
        } else {
            hit |= low == byte;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_a_shell() {
        for (pattern, name, want) in [
            ("*", "a.conf", true),
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf~", false),
            ("*", ".hidden", false),
            (".*", ".hidden", true),
            ("?b", "ab", true),
            ("?b", "b", false),
            ("[a-c]*", "bx", true),
            ("[!a-c]*", "bx", false),
            ("[]x]", "]", true),
            ("[x", "[x", true),
            ("a\\*", "a*", true),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxbxx", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
    }

    #[test]
    fn a_missing_folder_is_not_an_empty_one() {
        let folder = std::env::temp_dir().join(format!("monit-glob-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["b.conf", "a.conf", "c.txt"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let at = |tail: &str| glob(format!("{}/{tail}", folder.display()).as_bytes(), 10);
        assert_eq!(at("*.conf"), Matches::Files(vec![folder.join("a.conf"), folder.join("b.conf")]));
        assert_eq!(at("*.none"), Matches::None);
        assert_eq!(at("none/*"), Matches::Missing);
        assert_eq!(at("none"), Matches::Missing);
        assert_eq!(glob(format!("{}/*", folder.display()).as_bytes(), 2), Matches::TooMany);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
