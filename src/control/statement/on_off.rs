//! `on` or `off` of our own statements. `on`, `of` and others are noise words, which are no tokens: what is written
//! there is looked at, or `of` would be nothing, which is not `off`.

use crate::control::diagnostic::Fault;
use crate::control::parser::{Failed, Parsed, Parser, Tried};
use crate::control::token::Span;
use crate::control::tried::shown;
use std::rc::Rc;

/// Which of the two was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnOff {
    On,
    Off,
}

/// Exactly one of the two words. Behind it stands nothing more of the statement, or `option`, for which noise words
/// may stand as anywhere, but for a second `on` and for `of`.
pub(super) fn parse(parser: &mut Parser, option: Option<Tried>) -> Parsed<OnOff> {
    const CHOICE: [Tried; 2] = [Tried::Word("on"), Tried::Word("off")];
    let mut noise = passed_over(parser).into_iter().peekable();
    let on = noise.next_if(|word| is(word, "on")).is_some();
    if let Some(wrong) = noise.peek().filter(|_| !on) {
        return Err(not_here(parser, &CHOICE, wrong));
    }
    if !on {
        parser.would_accept(Tried::Word("on"));
        if !parser.accept_word("off") {
            return Err(parser.unexpected());
        }
        noise = passed_over(parser).into_iter().peekable();
    }
    let option_follows = match option {
        Some(Tried::Keyword(keyword)) => parser.peek().is(keyword),
        Some(Tried::Word(word)) => parser.peek().is_word(word),
        _ => false,
    };
    if let Some(wrong) = noise.find(|word| !option_follows || is(word, "on") || is(word, "of")) {
        return Err(not_here(parser, option.as_slice(), &wrong));
    }
    if parser.peek().is_word("off") {
        let wrong = parser.peek().span.clone();
        return Err(not_here(parser, option.as_slice(), &wrong));
    }
    Ok(if on { OnOff::On } else { OnOff::Off })
}

fn is(word: &Span, text: &str) -> bool {
    word.raw().eq_ignore_ascii_case(text.as_bytes())
}

fn not_here(parser: &mut Parser, expected: &[Tried], wrong: &Span) -> Failed {
    let fault = Fault::Syntax { expected: shown(expected) };
    let is_due = expected.contains(&Tried::Word("off"));
    let hint = match ["on", "off", "of"].map(|word| is(wrong, word)) {
        [_, _, true] if is_due => Some("did you mean 'off'?"),
        [false, false, false] => None,
        _ if is_due => None,
        _ => Some("'on' or 'off' stands there already, and only one of them may"),
    };
    match hint {
        Some(hint) => parser.error_with_hint(fault, wrong, hint.to_owned()),
        None => parser.error(fault, wrong),
    }
    Failed
}

/// The noise words between the last token and the next one.
fn passed_over(parser: &mut Parser) -> Vec<Span> {
    let next = parser.peek().span.clone();
    let Some(mut at) = parser.previous().map(Span::behind) else { return Vec::new() };
    let same = Rc::ptr_eq(&at.source, &next.source);
    let end = if same { next.start as usize } else { at.source.bytes.len() };
    let source = Rc::clone(&at.source);
    let mut words = Vec::new();
    let mut rest = source.bytes.get(at.start as usize..end).unwrap_or_default();
    while let Some(first) = rest.first() {
        let run = |is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
        let length = match first {
            b'#' => run(|byte| *byte != b'\n'),
            byte if byte.is_ascii_alphabetic() => run(u8::is_ascii_alphabetic),
            _ => 1,
        };
        let (word, others) = rest.split_at(length);
        at.end = at.start + length as u32;
        // Behind it comes another file.
        if word.eq_ignore_ascii_case(b"include") {
            break;
        }
        if first.is_ascii_alphabetic() {
            words.push(at.clone());
        }
        at = at.behind();
        rest = others;
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::config::{Evidence, ExitWatch, History};
    use crate::control::{Overrides, ParsedFile, parse_str};
    use std::path::Path;
    use std::time::Duration;

    fn parse(text: &str) -> ParsedFile {
        parse_str("monitrc", text.as_bytes(), &Overrides::default())
    }

    const SERVICE: &str = "check process x with pidfile /x\n ";

    #[test]
    fn on_is_on_and_off_is_off() {
        for (word, on) in [("on", true), ("ON # of course", true), ("off", false), ("off # on", false)] {
            let text = format!(
                "set evidence {word}\nset history {word}\nset exitwatch {word}\n{SERVICE}exitwatch {word}\n depends on y\ncheck file y path /y"
            );
            let config = parse(&text).config.expect(word);
            let watch = Some(ExitWatch { on, delay: Duration::from_secs(2) });
            assert_eq!(config.settings.evidence, if on { Evidence::On } else { Evidence::Off }, "{word}");
            assert_eq!(config.settings.history, Some(History { on, file: None }), "{word}");
            assert_eq!((config.settings.exitwatch, config.services[0].exitwatch), (watch, watch), "{word}");
        }
    }

    #[test]
    fn what_may_follow_follows() {
        let text = "set exitwatch on with delay 5 seconds set history off in file /var/h set daemon 5";
        let settings = parse(text).config.expect(text).settings;
        assert_eq!(settings.exitwatch, Some(ExitWatch { on: true, delay: Duration::from_secs(5) }));
        assert_eq!(settings.history, Some(History { on: false, file: Some(Path::new("/var/h").into()) }));
    }

    #[test]
    fn everything_else_is_refused() {
        let wrong = [
            "",
            " of",
            " on off",
            " off on",
            " on on",
            " off off",
            " of off",
            " on of",
            " off of",
            " is on",
            " on is",
            " or",
            " yes",
            " \"on\"",
            " \"off\"",
            "\ncheck file y path /y",
        ];
        let with_option =
            [" delay 2 s", " of delay 2 s", " on of delay 2 s", " off on delay 2 s", " on on delay 2 s"];
        for lead in ["set evidence", "set history", "set exitwatch", &format!("{SERVICE}exitwatch")] {
            let more: &[&str] = if lead.ends_with("exitwatch") { &with_option } else { &[] };
            for text in wrong.iter().chain(more) {
                let loaded = parse(&format!("{lead}{text}"));
                let errors: Vec<String> = loaded.diagnostics.iter().map(|one| one.first_line()).collect();
                assert!(loaded.config.is_none(), "{lead}{text}");
                assert_eq!(errors.len(), 1, "{lead}{text}: {errors:?}");
                assert!(errors[0].contains("syntax error"), "{lead}{text}: {errors:?}");
            }
        }
        assert!(parse("set history of file /x").config.is_none());
        assert!(parse("set history file /x").config.is_none());
    }

    #[test]
    fn that_one_of_them_stands_there_is_said_of_another_one_alone() {
        for (text, said) in
            [("on off", true), ("off on", true), ("on of", true), ("on is", false), ("off with", false)]
        {
            let shown = parse(&format!("set evidence {text}")).diagnostics[0].render(false);
            assert_eq!(shown.contains("stands there already"), said, "{shown}");
        }
    }

    #[test]
    fn of_is_taken_for_a_slip() {
        for text in ["set exitwatch of", "set history of", "set evidence of"] {
            let shown = parse(text).diagnostics[0].render(false);
            assert!(shown.contains("expected: 'on' or 'off'"), "{shown}");
            assert!(shown.contains("did you mean 'off'?"), "{shown}");
        }
    }
}
