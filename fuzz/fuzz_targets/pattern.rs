//! Any pattern, any text: reading and matching never panic, use the fuel they are given, and find the same however small
//! the parts are. Which patterns are right is held against the C library, as long as that survives them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::regex::{Flags, Fuel, Hit, Patterns, Regex};
use monit_rs::sys::regcomp;

fn in_parts(regex: &Regex, text: &[u8], fuel: u64) -> bool {
    for _ in 0..10_000_000 {
        if let Some(found) = regex.search(text, &mut Fuel(fuel)) {
            return found;
        }
    }
    panic!("a search that does not end");
}

fuzz_target!(|input: (bool, u8, &[u8], &[u8])| {
    let (ignore_case, fuel, pattern, text) = input;
    let ours = Regex::new(pattern, Flags { ignore_case });
    let bearable = pattern.len() < 64 && ours.as_ref().is_ok_and(|regex| regex.steps() < 300);
    if ours.is_err() || bearable {
        let theirs = regcomp::Pattern::new(pattern, ignore_case).err();
        assert_eq!(ours.as_ref().err().map(ToString::to_string), theirs.map(|wrong| wrong.to_string()));
    }
    let (mut list, _) = Patterns::lines(pattern, Hit::Found);
    let _ = list.search(text, &mut Fuel(u64::MAX));
    let Ok(regex) = ours else { return };
    if regex.is_hard() || regex.steps() > 3_000 {
        return;
    }
    let found = regex.is_match(text);
    assert_eq!(in_parts(&regex, text, 1 + u64::from(fuel)), found);
    let whole = Regex::whole(pattern, Flags { ignore_case }).is_ok_and(|whole| whole.is_match(text));
    assert!(found || !whole, "what is all of it is in it");
});
