//! Errors are values: no `Result` in the sources of the product has an error that is text, whatever the text is called.
#![allow(clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_error_is_text() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(files.len() > 100, "only {} files found below {}", files.len(), src.display());
    let sources: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file");
            (path, product(&text))
        })
        .collect();
    let names: BTreeSet<String> = sources.iter().flat_map(|(_, text)| names_of_text(text)).collect();
    let mut wrong = Vec::new();
    for (path, text) in &sources {
        for (line, error) in text_errors(text, &names) {
            wrong.push(format!("{}:{line}: {error}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "errors that are text:\n{}", wrong.join("\n"));
}

/// The files of the product: tests say what they like.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with("tests") || name == "test" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A source without its comments and what is only there for tests; lines keep their numbers.
fn product(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text[..end].lines().map(code).collect::<Vec<_>>().join("\n")
}

/// `type Reason = String;`
fn names_of_text(text: &str) -> Vec<String> {
    let alias = |line: &str| {
        let (name, kind) = line.split_once("type ")?.1.split_once('=')?;
        let kind = kind.trim().trim_end_matches(';');
        is_text(kind, &BTreeSet::new()).then(|| name.trim().to_owned())
    };
    text.lines().filter_map(alias).collect()
}

/// The last argument of each `Result<…>` that is text, with its line.
fn text_errors(text: &str, names: &BTreeSet<String>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, opening) in text.match_indices("Result<") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let arguments = arguments(&text[at + opening.len()..]);
        // `io::Result<String>` names no error.
        if let [_, .., error] = arguments.as_slice() {
            if is_text(error, names) {
                found.push((text[..at].lines().count().max(1), format!("Result<…, {error}>")));
            }
        }
    }
    found
}

/// What stands between commas up to the bracket that closes.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut before) = (0, ' ');
    let mut all = vec![String::new()];
    for c in text.chars() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' if depth == 0 => break,
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
        before = c;
        match all.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => all.push(String::new()),
        }
    }
    all.retain(|argument| !argument.trim().is_empty());
    all.iter().map(|argument| argument.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn is_text(kind: &str, names: &BTreeSet<String>) -> bool {
    let mut kind = kind.trim();
    for wrapping in ["Option<", "Box<", "Rc<", "Arc<", "Vec<"] {
        kind = kind.strip_prefix(wrapping).and_then(|inner| inner.strip_suffix('>')).unwrap_or(kind);
    }
    if let Some(borrowed) = kind.strip_prefix('&') {
        kind = borrowed
            .split_once(' ')
            .filter(|_| borrowed.starts_with('\''))
            .map_or(borrowed, |(_, kind)| kind);
    }
    let name = kind.rsplit("::").next().unwrap_or(kind);
    let unnamed = kind.starts_with("dyn ") || kind.starts_with("impl ") || kind.starts_with("Cow<");
    unnamed || matches!(name, "String" | "str") || names.contains(name)
}

#[test]
fn text_is_found_whatever_it_is_called() {
    let errors = |text: &str| text_errors(text, &BTreeSet::from(["Reason".to_owned()])).len();
    for text in [
        "fn a() -> Result<(), String> {",
        "fn a(\n    x: u8,\n) -> Result<\n    Vec<(u8, u8)>,\n    &'static str,\n> {",
        "listen: Option<Result<Vec<u8>, Box<str>>>,",
        "type A<T> = Result<T, Option<String>>;",
        "fn a() -> Result<u8, Box<dyn Error>> {",
        "fn a() -> Result<u8, impl Display> {",
        "fn a() -> Result<fn(u8) -> u8, &str> {",
        "fn a() -> Result<u8, Reason> {",
    ] {
        assert_eq!(errors(text), 1, "{text}");
    }
    for text in [
        "fn a() -> Result<String, Trouble> {",
        "fn a() -> io::Result<(String, String)> {",
        "fn a() -> io::Result<String> {",
        "fn a() -> Result<Result<u8, u8>, NoFact> {",
    ] {
        assert_eq!(errors(text), 0, "{text}");
    }
    assert_eq!(names_of_text("pub type Reason = Box<str>;\ntype Fact<T> = Result<T, NoFact>;"), ["Reason"]);
    assert!(
        !product("a // Result<u8, String>\n#[cfg(test)]\nmod tests {\nResult<u8, String>").contains("String")
    );
}
