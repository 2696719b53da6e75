//! Whatever comes out of the pipe of the helper that reads the control file for a reload: it is bounded, and answers that do
//! not fit their questions end in a refusal, never in a panic or an endless loop.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::control::outside::{Incoming, Replay, Report};
use monit_rs::control::{Overrides, load};
use std::path::Path;
use std::rc::Rc;

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let mut incoming = Incoming::default();
    let mut tape = None;
    for part in data.chunks(usize::from(first) + 1) {
        match incoming.take(part) {
            Ok(None) => {}
            Ok(Some(Report::Answers(answers))) => {
                tape = Some(answers);
                break;
            }
            Ok(Some(Report::Broken { errors: lines, .. })) => {
                assert!(!lines.is_empty());
                return;
            }
            Err(_) => return,
        }
    }
    // What is no report may still be answers.
    let replay = Rc::new(Replay::new(tape.unwrap_or_else(|| data.to_vec())));
    let loaded = load(Path::new("/monitrc"), &Overrides::default(), replay);
    for found in &loaded.diagnostics {
        assert!(!found.first_line().is_empty());
    }
});
