//! `ciphers: "…"`: a list as OpenSSL reads it, over the ciphers there are here.
//!
//! Those of TLS 1.3 are only chosen from if the list names one of them, as OpenSSL has another list for those. Words that
//! stand for nothing we have choose nothing.

use rustls::SupportedCipherSuite;
use rustls::crypto::ring::cipher_suite as all;

/// A cipher of TLS 1.2: its name, and the words of OpenSSL's lists that stand for it and others.
type Known = (SupportedCipherSuite, &'static str, &'static [&'static str]);

const MODERN: [Known; 6] = [
    (
        all::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        &[ECDSA, A_ECDSA, AES, AESGCM, "AES256"],
    ),
    (
        all::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        "ECDHE-RSA-AES256-GCM-SHA384",
        &[A_RSA, AES, AESGCM, "AES256"],
    ),
    (
        all::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        &[ECDSA, A_ECDSA, "CHACHA20"],
    ),
    (all::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305", &[A_RSA, "CHACHA20"]),
    (
        all::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        &[ECDSA, A_ECDSA, AES, AESGCM, "AES128"],
    ),
    (
        all::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        "ECDHE-RSA-AES128-GCM-SHA256",
        &[A_RSA, AES, AESGCM, "AES128"],
    ),
];
const ECDSA: &str = "ECDSA";
const A_ECDSA: &str = "aECDSA";
const A_RSA: &str = "aRSA";
const AES: &str = "AES";
const AESGCM: &str = "AESGCM";
/// What stands for every cipher of TLS 1.2 we have.
const EVERY: [&str; 8] = ["ALL", "DEFAULT", "HIGH", "TLSv1.2", "ECDHE", "EECDH", "kECDHE", "kEECDH"];

const NEWEST: [(SupportedCipherSuite, &str); 3] = [
    (all::TLS13_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384"),
    (all::TLS13_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256"),
    (all::TLS13_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256"),
];

/// The ciphers that a list leaves.
pub fn chosen(list: &str) -> Vec<SupportedCipherSuite> {
    let (mut modern, mut killed) = ([false; MODERN.len()], [false; MODERN.len()]);
    let mut newest = [false; NEWEST.len()];
    for item in list.split([':', ',', ' ', ';']).filter(|item| !item.is_empty()) {
        let (sign, words) = match item.as_bytes().first() {
            // An order of preference is the client's to have.
            Some(b'+') => continue,
            Some(sign @ (b'!' | b'-')) => (*sign, item.get(1..).unwrap_or_default()),
            _ => (b' ', item),
        };
        for ((known, taken), dead) in MODERN.iter().zip(&mut modern).zip(&mut killed) {
            if words.split('+').all(|word| stands_for(word, known)) {
                *taken = sign == b' ' && !*dead;
                *dead |= sign == b'!';
            }
        }
        for ((_, name), taken) in NEWEST.iter().zip(&mut newest) {
            if words == *name {
                *taken = sign == b' ';
            }
        }
    }
    let free = !newest.contains(&true);
    let newest = NEWEST.iter().zip(newest).filter(|(_, taken)| free || *taken).map(|((suite, _), _)| *suite);
    newest
        .chain(MODERN.iter().zip(modern).filter(|(_, taken)| *taken).map(|((suite, ..), _)| *suite))
        .collect()
}

fn stands_for(word: &str, (_, name, words): &Known) -> bool {
    word == *name || words.contains(&word) || EVERY.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Vec<&'static str> {
        let chosen = chosen(list);
        let modern = MODERN.iter().filter(|(suite, ..)| chosen.contains(suite)).map(|(_, name, _)| *name);
        modern
            .chain(NEWEST.iter().filter(|(suite, _)| chosen.contains(suite)).map(|(_, name)| *name))
            .collect()
    }

    const ALL_NEWEST: [&str; 3] = [NEWEST[0].1, NEWEST[1].1, NEWEST[2].1];

    #[test]
    fn a_list_chooses_as_that_of_openssl() {
        let with_newest = |modern: &[&'static str]| [modern, &ALL_NEWEST].concat();
        assert_eq!(names("HIGH:!aNULL:!MD5").len(), 9);
        assert_eq!(names("DEFAULT").len(), 9);
        assert_eq!(
            names("ECDHE-RSA-AES128-GCM-SHA256:RC4-SHA"),
            with_newest(&["ECDHE-RSA-AES128-GCM-SHA256"])
        );
        assert_eq!(
            names("EECDH+ECDSA+AESGCM"),
            with_newest(&["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"])
        );
        assert_eq!(
            names("ALL:!AES128:-CHACHA20:AES:@STRENGTH"),
            with_newest(&["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"])
        );
        assert_eq!(names("RC4-SHA:3DES"), ALL_NEWEST);
        assert_eq!(names("TLS_AES_128_GCM_SHA256"), ["TLS_AES_128_GCM_SHA256"]);
    }
}
