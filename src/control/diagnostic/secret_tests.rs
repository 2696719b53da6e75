//! What is shown of a line, and what not.

use super::*;

/// The last line of a text whose first statement is being read.
fn last_line(text: &str) -> String {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let shown = hidden(text.as_bytes(), start..text.len(), start, Known::Begun(0, 0));
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn a_statement_that_may_hold_a_secret_shows_words_of_the_language() {
    for (text, shown) in [
        ("set httpd port 2812 allow ann:pw raed-only", "set httpd port 2812 allow ****** raed-only"),
        ("set httpd port 2812 allow abc:deadbeef00 }", "set httpd port 2812 allow ************** }"),
        ("set httpd port 2812 allow 10.0.0.0/8 allow ::1", "set httpd port 2812 allow 10.0.0.0/8 allow ::1"),
        ("set mailserver h password\n# x\npw junk@", "** *****"),
        (
            "set mailserver h port 25 usrename u pasword 5 timeout 5",
            "set mailserver h port 25 usrename * pasword * timeout 5",
        ),
        ("set mailserver h password \"p w", "set mailserver h password \"***"),
        (
            "set alert webhok w url https://h/pw fromat json",
            "set alert webhok w url https://**** fromat json",
        ),
        ("set mmonit u:pw@h timeuot 3 # pw", "set mmonit ****** timeuot 3 #***"),
        ("check heartbeat b within 2 hours key \"pw\"", "check heartbeat b within 2 hours key \"**\""),
        (
            "start program = \"/bin/x --password pw\" sesame",
            "start program = \"/bin/x**************\" ******",
        ),
        (
            "if failed port 80 protocol http headers [A: b pw] then alert",
            "if failed port 80 protocol http headers [** * *** then alert",
        ),
        ("nonsense sesame", "nonsense ******"),
        ("set httpd port 2812 allow admin : 4815", "set httpd port 2812 allow ***** : ****"),
        ("set httpd port 2812 allow my.example.org", "set httpd port 2812 allow my.example.org"),
        ("set httpd port 2812 allow ann.lee:my.pw", "set httpd port 2812 allow *************"),
        ("set httpd port 2812 allow ann.lee : my.pw", "set httpd port 2812 allow ******* : *****"),
        ("set httpd port 2812 allow ann : my.pass", "set httpd port 2812 allow *** : *******"),
        ("set httpd port 2812 allow = my.pass", "set httpd port 2812 allow = *******"),
        ("set httpd port 2812 allow ann my.pass", "set httpd port 2812 allow *** *******"),
        ("set httpd port 2812 allow s3cret", "set httpd port 2812 allow ******"),
        (
            "set httpd port 2812 allow 10/8 allow 192.168/16",
            "set httpd port 2812 allow 10/8 allow 192.168/16",
        ),
        ("check process x y z", "check process x y *"),
        ("check host x password hunter", "check host x password ******"),
        ("set httpd port 2812 allow locahost", "set httpd port 2812 allow locahost"),
        ("if cpu > 50% then exce \"/bin/mail -p pw\"", "if cpu > 50% then exce \"/bin/mail******\""),
        ("if cpu > 50% then run \"/bin/mail -p pw\"", "if cpu > 50% then *** \"***************\""),
        ("every 2 cycles \"/bin/mail -p pw\"", "every 2 cycles \"/bin/mail******\""),
    ] {
        assert_eq!(last_line(text), shown, "{text}");
    }
}

#[test]
fn other_statements_are_shown() {
    for text in [
        "set daemon five with start delay 3",
        "set alert a@b.c with remindre on 5 cycles",
        "check process x with pidfile /run/x.pid",
        "check process x matching \"a b\"",
        "if content = \"x y\" than alert",
        "if failed checksum expect \"abc\"",
        "depends on a b c",
    ] {
        assert_eq!(last_line(text), text);
    }
    assert_eq!(last_line("if changed size then exec \"/x pw\""), "if changed size then exec \"/x***\"");
    assert_eq!(last_line("set log /x password pw"), "set log /x password **");
    assert_eq!(last_line("set log /x http://u:pw@h"), "set log /x http://******");
}

#[test]
fn a_word_that_is_no_statement_is_shown_where_nothing_asks_for_a_secret() {
    for (before, alone) in [
        ("", true),
        ("set daemon 5\n# a\n\n", true),
        ("allow localhost\n", true),
        ("set daemon 5 ", false),
        ("allow\n# a\n", false),
        ("allow admin:\n", false),
        ("allow admin\n", false),
        ("allow admin # note\n", false),
        ("allow admin:ab\n", false),
        ("protocol mysql pass\n", false),
        ("protocol mysql Password =\n", false),
    ] {
        let text = format!("{before}word");
        assert_eq!(stands_alone(text.as_bytes(), before.len()), alone, "{before:?}");
    }
}
