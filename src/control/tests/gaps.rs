//! White space between a word that changes how the next one is read and that next word. Watched on Monit 5.33 and 6.0.

use super::*;

/// What may stand between the word and what belongs to it, and whether it is read. `.` is a blank, `>` a tab, `/` the end of
/// a line, `\r` a carriage return.
fn reads(before: &str, after: &str, good: &[&str], bad: &[&str]) {
    for (gaps, wanted) in [(good, true), (bad, false)] {
        for gap in gaps {
            let written = gap.replace('.', " ").replace('>', "\t").replace('/', "\n");
            let text = format!("check file x with path /x\n{before}{written}{after}\n");
            let loaded = parse(&text);
            assert_eq!(loaded.config.is_some(), wanted, "{text:?}\n{}", rendered(&loaded.diagnostics));
        }
    }
}

#[test]
fn a_group_has_its_name_behind_a_blank_here_or_where_a_later_line_begins() {
    for name in ["www", "\"www\"", "'www'", "check"] {
        reads(
            " group",
            name,
            &[".", ">", "..", "./", ">/", ".>/", ".//", ".////"],
            &[
                "", "/", "//", "/.", "./.", "./>", "././", ".\r", ".\r/", "\r/", "./\r", ".#c/", "./#c/",
                ".,", "./,",
            ],
        );
    }
    let config = accepted("check file x with path /x\n group \n\nwww\n if changed size then alert\n");
    assert_eq!(&*config.groups[0].name, "www");
    assert_eq!(config.services[0].tests.last().map(|test| test.place.line), Some(5));
    let text = messages("check file x with path /x\n group \ncheck file y with path /y\n");
    assert!(
        text.contains("the name is missing behind 'group' on line 2: 'check' was taken for it"),
        "{text}"
    );
}

#[test]
fn other_words_have_other_gaps() {
    const ALL: [&str; 17] = [
        "", ".", "..", ">", "/", "./", "./.", "//", "././", "\r", ".\r", ".\r/", "\r/", ".,", "/#c/", ".#c/",
        ".is.",
    ];
    // No comment, comma or noise word, but any white space.
    const ANY_WHITE: &[&str] =
        &["", ".", "..", ">", "/", "./", "./.", "//", "././", "\r", ".\r", ".\r/", "\r/"];
    let words: [(&str, &str, &[&str]); 7] = [
        ("check file", "y path /y", ANY_WHITE),
        ("every", "\"1 * * * *\"", ANY_WHITE),
        ("not every", "\"1 * * * *\"", ANY_WHITE),
        ("not", "every \"1 * * * *\"", &[".", ".."]),
        ("depends on", "x2\ncheck file x2 path /x", &["", ".", "..", ">", ".,"]),
        ("depends", "x2\ncheck file x2 path /x", &[".", "..", ">", ".,"]),
        ("start program = ", "\"/bin/true a\"", &["", ".", "..", ">", "\r", ".\r"]),
    ];
    for (before, after, good) in words {
        let bad: Vec<&str> = ALL.into_iter().filter(|gap| !good.contains(gap)).collect();
        reads(before, after, good, &bad);
    }
}
