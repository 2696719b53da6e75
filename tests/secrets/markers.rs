//! Secrets that are unlike anything else, and where one is found again: as it is, and in every form it takes on its way.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// All secrets of a test.
#[derive(Default)]
pub struct Secrets {
    /// What each is, and what it looks like.
    forms: Vec<(String, Vec<u8>)>,
}

/// A text was found where it must not be.
pub struct Found {
    pub what: String,
    pub place: String,
    pub near: String,
}

impl Secrets {
    /// A new one, of letters that no URL and no quote changes.
    pub fn make(&mut self, what: &str) -> String {
        let number = RandomState::new().hash_one(what);
        let value = format!("z{number:016x}Q");
        self.add(what, &value);
        value
    }

    /// One more text that is secret: also where it is encoded, wherever in an encoded text it begins.
    pub fn add(&mut self, what: &str, value: &str) {
        self.forms.push((what.to_owned(), value.as_bytes().to_vec()));
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(value.as_bytes());
            let text = STANDARD.encode(&bytes).into_bytes();
            // Only what depends on nothing before it and behind it.
            let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
            self.forms.push((format!("{what} in base64"), text[first..last].to_vec()));
        }
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.forms.push((format!("{what} in hex"), hex.into_bytes()));
    }

    /// Every secret that occurs in `text`.
    pub fn within(&self, place: &str, text: &[u8]) -> Vec<Found> {
        const HEAD: usize = 6;
        // By their first bytes, so that a text is gone through once.
        let mut heads: HashMap<&[u8], Vec<&(String, Vec<u8>)>> = HashMap::new();
        self.forms.iter().for_each(|form| heads.entry(&form.1[..HEAD]).or_default().push(form));
        let mut found = Vec::new();
        for (at, head) in text.windows(HEAD).enumerate() {
            for (what, form) in heads.get(head).into_iter().flatten() {
                if text[at..].starts_with(form) {
                    let near = &text[at.saturating_sub(90)..text.len().min(at + 90)];
                    let near = String::from_utf8_lossy(near).replace(['\n', '\0'], " ");
                    found.push(Found { what: what.clone(), place: place.to_owned(), near });
                }
            }
        }
        found
    }
}

#[test]
fn a_secret_is_found_in_each_of_its_forms() {
    let mut secrets = Secrets::default();
    let value = secrets.make("password");
    let login = STANDARD.encode(format!("user:{value}"));
    let plain = STANDARD.encode(format!("\0me\0{value}"));
    for text in [&value, &login, &plain, &format!("x{value}y")] {
        assert!(!secrets.within("here", text.as_bytes()).is_empty(), "{text}");
    }
    assert!(secrets.within("here", b"nothing to see").is_empty());
}
