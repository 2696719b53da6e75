//! What a test type takes. The compiler asks for its kind of event and its line of `-tv`; here the rest is asked for: a
//! statement that makes it, a measure that judges it, a test that holds it to its words.
#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;

/// Test types without a case of their own in `service_test/tests`: they share the words and the measure of another.
const COVERED_BY_ANOTHER: &[(&str, &str)] = &[("Euid", "Uid"), ("LinkUp", "LinkDown")];

#[test]
fn every_test_type_is_parsed_shown_judged_and_tested() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let types = variants(&fs::read_to_string(src.join("config/service_test.rs")).expect("the test types"));
    assert!(types.len() > 40, "{types:?}");
    let places = [
        ("a statement in control/statement", text_below(&src.join("control/statement"))),
        (
            "a line in control/dump/test.rs",
            fs::read_to_string(src.join("control/dump/test.rs")).expect("the listing"),
        ),
        (
            "words in config/test_words.rs",
            fs::read_to_string(src.join("config/test_words.rs")).expect("the words"),
        ),
        // To be shown is not to be judged: what is in `reading` does not count.
        ("a verdict in service_test", text_of(&src.join("service_test"))),
        ("a case in service_test/tests", text_below(&src.join("service_test/tests"))),
    ];
    let mut missing = Vec::new();
    for name in &types {
        for (what, text) in &places {
            let tested = what.ends_with("tests");
            let other = COVERED_BY_ANOTHER.iter().find(|(covered, _)| tested && covered == name);
            let wanted = other.map_or(name.as_str(), |(_, by)| by);
            if !names(text, wanted) {
                missing.push(format!("{name} has no {}", what.trim_start_matches("a ")));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The variants of `enum Condition`.
fn variants(text: &str) -> Vec<String> {
    let (_, rest) = text.split_once("pub enum Condition {\n").expect("the enum");
    let (body, _) = rest.split_once("\n}\n").expect("its end");
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let lines = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    lines
        .map(|line| line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned())
        .collect()
}

/// Whether a text has `Condition::NAME`, or `C::NAME` for short.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(&format!("::{name}")).any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        let whole = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let owner = before.rsplit(|c: char| !c.is_alphanumeric()).next();
        whole && matches!(owner, Some("Condition" | "C"))
    })
}

/// The sources of one folder.
fn text_of(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(entry.path()).expect("a source file");
        }
    }
    text
}

/// The sources of a folder and of those in it.
fn text_below(folder: &Path) -> String {
    let mut text = text_of(folder);
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            text += &text_below(&entry.path());
        }
    }
    text
}

#[test]
fn names_are_found_whole() {
    assert!(names("let Condition::Size(a) = b", "Size") && names("C::Size(..) =>", "Size"));
    assert!(!names("C::SizeChanged", "Size") && !names("EventKind::Size", "Size"));
    assert_eq!(
        variants("pub enum Condition {\n    /// One.\n    One(u8),\n    Two {\n        a: u8,\n    },\n}\n"),
        ["One", "Two"]
    );
}
