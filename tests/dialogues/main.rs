//! The dialogues of connection tests against written transcripts: what the control file says goes in at one end, what the
//! server says at the other, cut at every byte. No socket.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod every_protocol;
mod generic;
mod hostile;
mod http;
mod lines;
mod mail;
mod small;
mod stage;
mod web;

use monit_rs::protocol::registry::DIALOGUES;
use std::fs;
use std::path::Path;

/// Spoken where no `protocol` stands: `generic.rs` plays one, `tests/connection_tests.rs` the other.
const WITHOUT_A_WORD: &[&str] = &["default", "generic"];

/// A protocol that nobody has played is a guess. Those that are played beside their code name themselves there.
#[test]
fn every_protocol_is_played() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut played = texts(&root.join("tests/dialogues"));
    played.extend(texts(&root.join("src/protocol")).into_iter().filter(|text| text.contains("#[cfg(test)]")));
    let mut missing = Vec::new();
    for dialogue in DIALOGUES
        .iter()
        .filter(|dialogue| !dialogue.keywords.iter().all(|word| WITHOUT_A_WORD.contains(word)))
    {
        let names = |text: &String| {
            dialogue
                .keywords
                .iter()
                .any(|word| text.contains(&format!("\"{word}")) || text.contains(&format!("protocol {word}")))
        };
        if !played.iter().any(names) {
            missing.push(dialogue.keywords.join(", "));
        }
    }
    assert!(missing.is_empty(), "played neither here nor in src/protocol: {}", missing.join("; "));
}

/// All sources below a folder.
fn texts(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => texts.extend(self::texts(&path)),
            false => texts.push(fs::read_to_string(&path).expect("a source")),
        }
    }
    texts
}
