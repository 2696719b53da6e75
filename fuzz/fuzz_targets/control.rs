//! Any bytes as a control file: no panic, no endless loop, and every finding can be shown.
//!
//! `cargo +nightly fuzz run control fuzz/seeds/control` from the folder of the repository.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::control::{Overrides, parse_str};

fuzz_target!(|bytes: &[u8]| {
    // Statements that reach outside the text: other files, the log, host names. They would make runs depend on the machine.
    let lower = bytes.to_ascii_lowercase();
    let has = |word: &[u8]| lower.windows(word.len()).any(|window| window == word);
    if has(b"include") || has(b"log") || has(b"allow") {
        return;
    }
    let loaded = parse_str("monitrc", bytes, &Overrides::default());
    for found in &loaded.diagnostics {
        assert!(!found.first_line().is_empty());
        found.render(true);
    }
});
