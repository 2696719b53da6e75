//! What holds for every text.

use super::*;
use crate::control::statement::check::HEADS;
use crate::control::statement::{STATEMENTS, TESTS};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Pieces that mean something, and pieces that break things.
fn pieces() -> Vec<String> {
    let mut pieces: Vec<String> = STATEMENTS.iter().map(|s| s.example.to_string()).collect();
    pieces.extend(HEADS.iter().map(|head| head.example.to_string()));
    pieces.extend(
        TESTS.iter().flat_map(|forms| forms.iter()).map(|form| format!("if {} then alert", form.example)),
    );
    let marks = "\" ' ( ) { } [ ] : ; , @ ! != % # \\ / < > = =~ 5 1.5 99999999999 http:// http://a/ ::1 a@b from: message: \
                 hostgroups http\u{20}headers every depends include not start exec \"/ '/ \n \t \r \0 é";
    pieces.extend(marks.split(' ').map(str::to_string));
    pieces.push("http headers [".into());
    pieces.push("start program = \"".into());
    pieces
}

fn accepted_texts() -> Vec<String> {
    let mut texts: Vec<String> = STATEMENTS.iter().map(|s| s.example.to_string()).collect();
    texts.extend(HEADS.iter().map(|head| head.example.to_string()));
    texts
}

/// Words of a text in which blanks may be anything and case does not matter: no quotes, no modes.
fn is_plain(text: &str) -> bool {
    !text.contains(['"', '\'', '\n', '{', '$', '(']) && !text.contains("depends") && !text.contains("group")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let loaded = parse_str(NAME, &bytes, &Overrides::default());
        for found in &loaded.diagnostics {
            found.render(true);
        }
    }

    #[test]
    fn any_mixture_of_pieces_is_read_to_the_end(picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..30)) {
        let pieces = pieces();
        let text: Vec<&str> = picks.iter().map(|pick| pick.get(&pieces).as_str()).collect();
        let loaded = parse(&text.join(" "));
        prop_assert!(loaded.diagnostics.len() < 500);
        for found in &loaded.diagnostics {
            found.render(false);
        }
    }

    #[test]
    fn a_cut_off_text_is_read_to_the_end(pick in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let pieces = pieces();
        let piece = pick.get(&pieces).as_bytes();
        parse_str(NAME, &piece[..cut.index(piece.len() + 1)], &Overrides::default());
    }

    /// White space and case between the words of an accepted text do not matter. (What is in quotes is left alone, and
    /// names and paths keep their case, so only whether it is accepted can be compared.)
    #[test]
    fn spacing_and_case_do_not_matter(pick in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let texts: Vec<String> = accepted_texts().into_iter().filter(|text| is_plain(text)).collect();
        let text = pick.get(&texts);
        let mut bits = seed;
        let mut changed = String::new();
        let words: Vec<&str> = text.split_whitespace().collect();
        for (index, word) in words.iter().enumerate() {
            bits = bits.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            // `check TYPE` and `not every` are one word each.
            let joined = index > 0 && ["check", "not", "process"].contains(&words[index - 1]);
            changed += match bits % 4 {
                _ if joined => " ",
                0 => "\n",
                1 => " \t",
                2 => " , ",
                _ => " ",
            }
            .trim_start_matches(if index < 3 { ',' } else { '\0' });
            let keep = word.starts_with('/') || bits % 3 == 0;
            changed += &if keep { word.to_string() } else { word.to_uppercase() };
        }
        // A comma behind a name or number is white space, but not where a mode is on.
        let changed = changed.replace(" , ", if text.contains("every") || text.contains("check") { "  " } else { " , " });
        let loaded = parse(&changed);
        prop_assert!(loaded.config.is_some(), "{}\n{}", changed, rendered(&loaded.diagnostics));
    }
}

#[test]
fn ten_thousand_services_take_ten_times_as_long_as_a_thousand() {
    let text = |count: usize| -> String {
        (0..count)
            .map(|n| {
                format!(
                    "check process service{n} with pidfile /run/s{n}.pid\n start program = \"/bin/true {n}\" as uid root\n \
                     group g{}\n if cpu > 5% for 3 cycles then alert\n",
                    n % 50
                )
            })
            .collect()
    };
    let (small, large) = (text(1000), text(10_000));
    let time = |text: &str| {
        let start = Instant::now();
        accepted(text);
        start.elapsed()
    };
    time(&small);
    let (small, large) = (time(&small), time(&large));
    assert!(large < small * 40 + Duration::from_millis(200), "{small:?} for 1000, {large:?} for 10000");
}

#[test]
fn what_is_nested_or_repeated_without_end_is_bounded() {
    for piece in
        ["{", "\"", "'", "(", "[", "if ", "http headers [ a: b, ", "hostgroups [ a", "not ", "\\", "start \""]
    {
        let start = Instant::now();
        parse(&piece.repeat(50_000));
        assert!(start.elapsed() < Duration::from_secs(5), "{piece}");
    }
}
